"""Width: whether the best rate stays where it is as a network grows wider, with µP's scaling and without."""

import math
from collections.abc import Mapping, Sequence

from lrtui.analysis.rates import lowest_between
from lrtui.analysis.wording import listing
from lrtui.book.compare import Expect, compare
from lrtui.book.figures import Figures, number
from lrtui.book.grouping import Grouping
from lrtui.book.lab.experiment import Experiment
from lrtui.book.measures import ACCURACY, KEPT_LOSS
from lrtui.book.question import BELOW, Evidence, LackingError, Point, Region
from lrtui.book.scenario import Scenario
from lrtui.study.networks import NetworkConfig
from lrtui.text import shown_rate

STAYS = Region(-0.5, 0.5)
"""Decades within which a rate counts as where it was: it is half a decade up or down that people try next."""
NAMES = {"standard": "the standard parametrization", "mup": "µP"}

Widths = dict[int, dict[float, Scenario]]
"""The scenarios of each width, by ascending width and rate."""


def _widths(grouping: Grouping, parametrization: str) -> Widths:
    """Return the scenarios of a parametrization that differ in width and rate. Raises LackingError for fewer than two widths."""
    found: Widths = {}
    for scenario in grouping.done:
        model = scenario.config.model
        if isinstance(model, NetworkConfig) and model.parametrization == parametrization and scenario.lr is not None:
            found.setdefault(model.first_width, {})[scenario.lr] = scenario
    found = {width: dict(sorted(found[width].items())) for width in sorted(found) if len(found[width]) > 1}
    if len(found) < 2:
        raise LackingError(f"fewer than two widths have finished runs at several rates with {NAMES[parametrization]}")
    return found


def _best(rates: Mapping[float, Scenario], grouping: Grouping) -> Figures:
    """Return the decade of the best rate of every seed that has a loss at each; seeds that never learned have none.

    Raises LackingError if there is none.
    """
    losses = [KEPT_LOSS.of(scenario, grouping).by_seed for scenario in rates.values()]
    by_seed = {}
    for seed in sorted(set.intersection(*map(set, losses))):
        place = lowest_between([math.log10(rate) for rate in rates], [of[seed] for of in losses])
        if place is not None:
            by_seed[seed] = place
    if not by_seed:
        raise LackingError("no seed was trained at every rate")
    return Figures(by_seed)


def _moves(parametrization: str, expected: Region, text: str) -> Point:
    """Return the point on how many decades the best rate moves from the narrowest network to the widest, by seed."""

    def look(grouping: Grouping) -> Sequence[Evidence]:
        widths = _widths(grouping, parametrization)
        (narrow, its_rates), *_, (wide, their_rates) = widths.items()
        before, after = _best(its_rates, grouping).by_seed, _best(their_rates, grouping).by_seed
        if not (common := sorted(before.keys() & after.keys())):
            raise LackingError("no seed has a best rate at both widths")
        moved = Figures({seed: after[seed] - before[seed] for seed in common})
        line = (
            f"{NAMES[parametrization]}: from {_rate(Figures(before))} at width {narrow} to {_rate(Figures(after))} at width "
            f"{wide}, by a factor of {_factor(moved)}"
        )
        return [Evidence((line,), moved.interval, expected, len(common), said=line)]

    return Point(text, look)


def _rate(places: Figures) -> str:
    return shown_rate(float(f"{10**places.mean:.2g}"))


def _factor(moved: Figures) -> str:
    if moved.interval is None:
        return f"{number(10**moved.mean, None)}, one seed"
    low, high = (number(10**end, None) for end in moved.interval)
    return f"{number(10**moved.mean, None)} [{low}, {high}]"


def _tuned_small(grouping: Grouping) -> Sequence[Evidence]:
    """Return the widest networks beside each other, each at the rate that is best for the narrowest one of its kind."""
    taken = []
    for parametrization in ("mup", "standard"):
        widths = _widths(grouping, parametrization)
        (_, narrow), *_, (wide, its_rates) = widths.items()
        rate, _ = min(narrow.items(), key=lambda one: _mean(one[1], grouping))
        if rate not in its_rates:
            raise LackingError(
                f"width {wide} was not trained at {shown_rate(rate)}, the best rate of the narrowest network"
            )
        taken.append(its_rates[rate])
    return [compare(grouping, KEPT_LOSS, taken[0], taken[1], Expect.LOWER)]


def _mean(scenario: Scenario, grouping: Grouping) -> float:
    figures = KEPT_LOSS.of(scenario, grouping)
    return math.inf if len(figures.finite) < len(figures.values) else figures.mean


def _by_width(grouping: Grouping) -> Sequence[str]:
    said = []
    for parametrization, name in NAMES.items():
        try:
            widths = _widths(grouping, parametrization)
            rates = [f"{_rate(_best(rates, grouping))} at width {width}" for width, rates in widths.items()]
        except LackingError:
            continue
        said.append(f"Best rate with {name}: {listing(rates)}.")
    return said


WIDTHS = Experiment(
    guide="With the standard parametrization the best rate falls as a network grows wider; with µP it stays, so that it can be "
    "found on a narrow network and used on a wide one.",
    measures=(KEPT_LOSS, ACCURACY),
    points=(
        _moves("standard", BELOW, "without µP the widest network's best rate is lower than the narrowest's"),
        _moves("mup", STAYS, "with µP they are within half a decade of each other"),
        Point(
            "at the narrowest's best rate the widest network ends at a lower loss with µP than without", _tuned_small
        ),
    ),
    details=_by_width,
    source="Yang et al., 2022",
)
"""Best is what has the lowest validation loss of the weights kept, a parabola through three rates between the grid's points."""
