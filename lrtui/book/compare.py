"""Two scenarios beside each other by one figure, paired by seed."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

from lrtui.analysis.statistics import ALPHA, PairedDifference, paired
from lrtui.book.figures import Figures, number, signed, standard_error
from lrtui.book.grouping import Grouping
from lrtui.book.measures import TEST_ACCURACY, Measure
from lrtui.book.question import ABOVE, BELOW, Evidence, LackingError, Region
from lrtui.book.scenario import FAILED, Scenario

ERRORS = 2.0
"""Standard errors of the test images that make the interval of one seed."""
EVERYWHERE = (-math.inf, math.inf)
CRITERION = (
    "Scenarios are compared seed by seed: a difference counts if its 95 % t-interval lies on one side of zero (p ≤ 0.05, "
    "two-sided); as high, as low or equal means that the interval stays within a margin, which is given. If every seed "
    "gives the same difference there is nothing to test, and it counts. An epoch that never came, a loss that is not a "
    "number, and the accuracy of a network that gives no numbers are worse than any other: such a difference counts if "
    "every seed of the one has a figure and none of the other, or by the sign test over the seeds. Of one seed only an "
    "accuracy is judged, by the interval of ± 2 standard errors of the test images (binomial). The intervals do not include "
    "what other validation images would give."
)


class Expect(Enum):
    """How the first of two scenarios stands to the second, if the source is right."""

    HIGHER = "higher"
    LOWER = "lower"
    NO_HIGHER = "no higher"
    NO_LOWER = "no lower"
    NOTHING = "nothing"
    """The source does not say."""

    def region(self, margin: float) -> Region:
        """Return where the difference is then."""
        return {
            Expect.HIGHER: ABOVE,
            Expect.LOWER: BELOW,
            Expect.NO_HIGHER: Region(high=margin),
            Expect.NO_LOWER: Region(low=-margin),
            Expect.NOTHING: Region(),
        }[self]


@dataclass(frozen=True)
class Difference:
    """The difference of two scenarios in a figure, the one minus the other, over their common seeds."""

    seeds: int
    interval: tuple[float, float] | None
    """None: one seed. An infinite end stands for what is not known, or a figure that never came."""
    words: str
    p: float | None = None
    mean: float | None = None
    """None if a figure is infinite."""
    more_seeds: int | None = None
    """How many seeds would settle it, were the spread the same."""

    @property
    def way(self) -> int:
        """Return 1 if it is above zero, -1 if below, 0 if that is open."""
        if self.interval is None:
            return 0
        return 1 if self.interval[0] > 0 else -1 if self.interval[1] < 0 else 0


def difference(one: Figures, other: Figures, measure: Measure) -> Difference:
    """Return the difference over the common seeds. Raises LackingError if they share none.

    If a figure is infinite (never), no mean can be taken: see `CRITERION`.
    """
    common = sorted(one.by_seed.keys() & other.by_seed.keys())
    ours, theirs = ({seed: figures.by_seed[seed] for seed in common} for figures in (one, other))
    if not common:
        raise LackingError(f"no seed has the {measure.name} of both")
    if not all(map(math.isfinite, (*ours.values(), *theirs.values()))):
        return _with_infinity(tuple(ours.values()), tuple(theirs.values()))
    pair = paired(ours, theirs)
    assert pair is not None
    return _of_numbers(pair, measure)


def _of_numbers(pair: PairedDifference, measure: Measure) -> Difference:
    shown = signed(pair.mean, measure.decimals)
    if pair.n == 1:
        return Difference(1, None, f"difference {shown}, one seed", mean=pair.mean)
    if pair.constant:
        words = "the same in every seed" if pair.mean == 0 else f"difference {shown} in every seed"
        return Difference(pair.n, (pair.mean, pair.mean), words, mean=pair.mean)
    assert pair.interval is not None
    low, high = (signed(bound, measure.decimals) for bound in pair.interval)
    words = f"difference {shown} [{low}, {high}], p = {pair.p:.2g}"
    return Difference(pair.n, pair.interval, words, pair.p, pair.mean, pair.seeds_to_settle)


def _with_infinity(ours: Sequence[float], theirs: Sequence[float]) -> Difference:
    seeds = len(ours)
    if seeds == 1:
        return Difference(1, None, "one seed")
    for one, other, sign in ((ours, theirs, 1), (theirs, ours, -1)):
        if all(map(math.isinf, one)) and all(map(math.isfinite, other)):
            return Difference(seeds, (sign * one[0],) * 2, "a figure in every seed of the one, in none of the other")
    signs = [(one > other) - (one < other) for one, other in zip(ours, theirs, strict=True)]
    counts = signs.count(1), signs.count(-1)
    n, most = sum(counts), max(counts)
    p = min(1.0, 2 * sum(math.comb(n, k) for k in range(most, n + 1)) / 2**n)
    words = f"higher in {counts[0]} and lower in {counts[1]} of {seeds} seeds, sign test p = {p:.2g}"
    if p > ALPHA:
        return Difference(seeds, EVERYWHERE, words, p)
    tiny = math.ulp(0.0)
    return Difference(seeds, (tiny, math.inf) if counts[0] > counts[1] else (-math.inf, -tiny), words, p)


def compare(
    grouping: Grouping,
    measure: Measure,
    one: Scenario,
    other: Scenario,
    expected: Expect = Expect.NOTHING,
    *,
    any_images: bool = False,
) -> Evidence:
    """Return two scenarios beside each other. Raises LackingError if there is nothing to compare, or it does not compare.

    Unless `any_images` says otherwise, both have to be of the same images.
    """
    _check_comparable(measure, one, other, any_images)
    ours, theirs = measure.of(one, grouping), measure.of(other, grouping)
    found = difference(ours, theirs, measure)
    margin = measure.near(theirs.mean)
    lines, tests = [_line(measure, one, other, ours, theirs, found)], None
    if measure.tested:
        tests = TEST_ACCURACY.take(one, grouping), TEST_ACCURACY.take(other, grouping)
    figures = [f"{measure.name} {_pair(ours, theirs, measure)}"]
    if measure.per_time and theirs.mean:
        figures.append(f"{ours.mean / theirs.mean:.2f} times as much")
    if tests and tests[0] and tests[1] and tests[0].by_seed.keys() & tests[1].by_seed.keys():
        if one.config.data.validation != "test":  # else it is the validation accuracy
            tested = difference(tests[0], tests[1], TEST_ACCURACY)
            lines.append(_line(TEST_ACCURACY, one, other, tests[0], tests[1], tested))
            figures.append(f"{TEST_ACCURACY.name} {_pair(tests[0], tests[1], TEST_ACCURACY)}")
        if found.seeds == 1:
            found, apart = _by_images(found, ours, theirs, (tests[0], tests[1]), (one, other))
            lines.append(apart)
    region = expected.region(margin)
    if expected in (Expect.NO_HIGHER, Expect.NO_LOWER):
        lines[0] += f"; {expected.value}: by less than {measure.margin_text}"
    elif found.interval and found.more_seeds and found.more_seeds > found.seeds and not found.way:
        lines[0] += f"; {found.more_seeds} seeds would settle it"
    if measure.timed and (busy := _busy(one, other)):
        lines.append(busy.strip())
    said = _clause(measure, one, other, ours, theirs, found, figures)
    return Evidence(tuple(lines), found.interval, region, found.seeds, _p(found, expected), said)


def beside(grouping: Grouping, measure: Measure, one: Scenario, other: Scenario) -> str:
    """Return the comparison as a sentence. Raises LackingError as `compare` does."""
    said = compare(grouping, measure, one, other).said
    return f"{said if said.startswith(one.label) else said[0].upper() + said[1:]}."


def against(figures: Figures, region: Region, line: str) -> Evidence:
    """Return the evidence that a figure lies in a region: its 95 % interval does."""
    pair = PairedDifference(figures.values)
    return Evidence((line,), pair.interval, region, pair.n)


def _p(found: Difference, expected: Expect) -> float | None:
    """Return the p-value that several comparisons are corrected by: of those with zero."""
    return found.p if expected in (Expect.HIGHER, Expect.LOWER) else None


def _check_comparable(measure: Measure, one: Scenario, other: Scenario, any_images: bool) -> None:
    labels = f"{one.label} and {other.label}"
    same_data = not (one.contents and other.contents) or one.contents == other.contents
    if not any_images and (one.images != other.images or not same_data):
        raise LackingError(f"{labels} were not trained and validated on the same images")
    if measure.timed and (one.machines != other.machines or len(one.machines) > 1):
        raise LackingError(
            f"{labels} were not trained on one machine with the same number of runs at a time, so that their seconds do not "
            "compare"
        )


def _by_images(
    found: Difference,
    ours: Figures,
    theirs: Figures,
    tests: tuple[Figures, Figures],
    both: tuple[Scenario, Scenario],
) -> tuple[Difference, str]:
    """Return the difference of one seed with the interval of its test images, and a line that gives it.

    If the validation images say otherwise, nothing is known.
    """
    (seed,) = ours.by_seed.keys() & theirs.by_seed.keys()
    images = min((count for scenario in both if (count := scenario.test_images)), default=None)
    if images is None or not all(seed in test.by_seed for test in tests):
        return found, "how many test images there are is not known, and so not their sampling error"
    accuracies = tests[0].by_seed[seed], tests[1].by_seed[seed]
    mean, error = accuracies[0] - accuracies[1], standard_error(*accuracies, images)
    same_way = mean * (ours.by_seed[seed] - theirs.by_seed[seed]) >= 0
    interval = (mean - ERRORS * error, mean + ERRORS * error) if same_way else EVERYWHERE
    errors = f"{abs(mean) / error:.1f}" if error else "many"
    line = f"{errors} standard errors of {images:,} images apart; there is no spread over seeds to judge by"
    return replace(found, interval=interval), line


def _line(measure: Measure, one: Scenario, other: Scenario, ours: Figures, theirs: Figures, found: Difference) -> str:
    shown = [
        f"{scenario.label} {figures.text(measure.decimals, measure.unit)}"
        for scenario, figures in ((one, ours), (other, theirs))
    ]
    return f"{measure.name}: {', '.join(shown)}; {found.words}"


def _clause(
    measure: Measure,
    one: Scenario,
    other: Scenario,
    ours: Figures,
    theirs: Figures,
    found: Difference,
    figures: Sequence[str],
) -> str:
    first, second = _named(one), _named(other)
    if not (ours.finite or theirs.finite):
        return f"neither {first} nor {second} ever gets there ({measure.name})"
    way = found.way
    if found.interval is None:
        way = (ours.mean > theirs.mean) - (ours.mean < theirs.mean)
    busy = _busy(one, other) if measure.timed else ""
    shown = "; ".join(figures)
    if not way:
        return f"{first} and {second} cannot be told apart{busy} ({shown})"
    said = (measure.above if way > 0 else measure.below).format(first, second)
    points = f" by {number(abs(found.mean), 2)} points" if measure.tested and found.mean is not None else ""
    return f"{said}{points}{busy} ({shown})"


def _pair(one: Figures, other: Figures, measure: Measure) -> str:
    unit = f" {measure.unit}" if measure.unit else ""
    return f"{one.text(measure.decimals)} against {other.text(measure.decimals)}{unit}"


def _named(scenario: Scenario) -> str:
    """Return its label, and how many of its runs failed."""
    verdicts = scenario.runs["verdict"].to_list()
    shown = []
    for verdict in FAILED:
        if number_of := verdicts.count(verdict):
            shown.append(verdict if number_of == len(verdicts) else f"{number_of} of {len(verdicts)} {verdict}")
    return f"{scenario.label} ({', '.join(shown)})" if shown else scenario.label


def _busy(one: Scenario, other: Scenario) -> str:
    return " on this busy machine" if one.uneven or other.uneven else ""
