"""Two scenarios beside each other by one figure, paired by seed."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

from lrtui.analysis.statistics import ALPHA, PairedDifference, paired
from lrtui.analysis.wording import fates, p_text
from lrtui.book.figures import Figures, number, signed, standard_error
from lrtui.book.grouping import Grouping
from lrtui.book.measures import TEST_ACCURACY, Measure
from lrtui.book.question import ABOVE, BELOW, Evidence, LackingError, Region
from lrtui.book.scenario import Scenario

ERRORS = 2.0
"""Standard errors of the test images that make the interval of one seed."""
EVERYWHERE = (-math.inf, math.inf)
CRITERION = (
    "Scenarios are compared seed by seed: a difference counts if its 95 % t-interval lies on one side of zero (p ≤ "
    "0.05, two-sided); as high, as low or equal means that the interval stays within a margin, which is given. Ratios "
    "are compared by their logarithms: their means are geometric, their differences factors. A difference that is the "
    "same in every seed has no p: it tells the two apart, and makes no winner. An epoch that never came, a loss that "
    "is not a number, and the accuracy of a network that gives no numbers are worse than any other: such a difference "
    "counts if every seed of the one has a figure and none of the other, or by the sign test over the seeds. Of one "
    "seed only an accuracy is judged, by the interval of ± 2 standard errors of the test images (binomial). The "
    "intervals do not include what other validation images would give."
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
    by_seed = (replace(figures, ratio=measure.ratio).compared.by_seed for figures in (one, other))
    ours, theirs = ({seed: figures[seed] for seed in common} for figures in by_seed)
    if not common:
        raise LackingError(f"no seed has the {measure.name} of both")
    if not all(map(math.isfinite, (*ours.values(), *theirs.values()))):
        return _with_infinity(tuple(ours.values()), tuple(theirs.values()))
    pair = paired(ours, theirs)
    assert pair is not None
    return _of_numbers(pair, measure)


def _of_numbers(pair: PairedDifference, measure: Measure) -> Difference:
    shown, low, high = (_shown(bound, measure) for bound in (pair.mean, *(pair.interval or (math.nan, math.nan))))
    what = "factor" if measure.ratio else "difference"
    if pair.n == 1:
        return Difference(1, None, f"{what} {shown}, one seed", mean=pair.mean)
    if pair.constant:
        words = "the same in every seed" if pair.mean == 0 else f"{what} {shown} in every seed"
        return Difference(pair.n, (pair.mean, pair.mean), words, mean=pair.mean)
    words = f"{what} {shown} [{low}, {high}], {p_text(pair.p)}"
    return Difference(pair.n, pair.interval, words, pair.p, pair.mean, pair.seeds_to_settle)


def _shown(difference: float, measure: Measure) -> str:
    """Return a difference with its sign; of the logarithms of ratios the factor that it is."""
    return number(math.exp(difference), None) if measure.ratio else signed(difference, measure.decimals)


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
    words = f"higher in {counts[0]} and lower in {counts[1]} of {seeds} seeds, sign test {p_text(p)}"
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
    pair = _Pair.of(grouping, measure, one, other)
    found, text = pair.found, [pair.line]
    figures = [f"{measure.name} {pair.figures}"]
    if measure.per_time and pair.theirs.mean:
        figures.append(f"{pair.ours.mean / pair.theirs.mean:.2f} times as much")
    if measure.tested and (tests := _tests(grouping, one, other)) is not None:
        if one.config.data.validation != "test":  # else it is the validation accuracy
            text.append(tests.line)
            figures.append(f"{TEST_ACCURACY.name} {tests.figures}")
        if found.seeds == 1:
            found, apart = _by_images(pair, tests)
            text.append(apart)
    if expected in (Expect.NO_HIGHER, Expect.NO_LOWER):
        text[0] += f"; {expected.value}: by less than {measure.margin_text}"
    elif found.interval and found.more_seeds and found.more_seeds > found.seeds and not found.way:
        text[0] += f"; {found.more_seeds} seeds would settle it"
    if measure.timed and (busy := _busy(one, other)):
        text.append(busy.strip())
    said = _clause(replace(pair, found=found), "; ".join(figures))
    region = expected.region(measure.near(pair.theirs.mean))
    p = found.p if expected in (Expect.HIGHER, Expect.LOWER) else None  # several are corrected by those with zero
    return Evidence(tuple(text), found.interval, region, found.seeds, p, said)


@dataclass(frozen=True)
class _Pair:
    """Two scenarios beside each other by one figure."""

    measure: Measure
    one: Scenario
    other: Scenario
    ours: Figures
    theirs: Figures
    found: Difference

    @classmethod
    def of(cls, grouping: Grouping, measure: Measure, one: Scenario, other: Scenario) -> "_Pair":
        ours, theirs = measure.of(one, grouping), measure.of(other, grouping)
        return cls(measure, one, other, ours, theirs, difference(ours, theirs, measure))

    @property
    def line(self) -> str:
        ours, theirs = (one.text(self.measure.decimals, self.measure.unit) for one in (self.ours, self.theirs))
        return f"{self.measure.name}: {self.one.label} {ours}, {self.other.label} {theirs}; {self.found.words}"

    @property
    def figures(self) -> str:
        return f"{self.ours.text(self.measure.decimals)} against {self.theirs.text(self.measure.decimals, self.measure.unit)}"


def _tests(grouping: Grouping, one: Scenario, other: Scenario) -> _Pair | None:
    """Return the test accuracies beside each other; None if there are none of a common seed."""
    try:
        return _Pair.of(grouping, TEST_ACCURACY, one, other)
    except LackingError:
        return None


def beside(grouping: Grouping, measure: Measure, one: Scenario, other: Scenario) -> str:
    """Return the comparison as a sentence. Raises LackingError as `compare` does."""
    said = compare(grouping, measure, one, other).said
    return f"{said if said.startswith(one.label) else said[0].upper() + said[1:]}."


def against(figures: Figures, region: Region, line: str) -> Evidence:
    """Return the evidence that a figure lies in a region: its 95 % interval does."""
    return Evidence((line,), figures.interval, region, len(figures.values))


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


def _by_images(pair: _Pair, tests: _Pair) -> tuple[Difference, str]:
    """Return the difference of one seed with the interval of its test images, and a line that gives it.

    If the validation images say otherwise, nothing is known.
    """
    (seed,) = pair.ours.by_seed.keys() & pair.theirs.by_seed.keys()
    images = min((count for scenario in (pair.one, pair.other) if (count := scenario.test_images)), default=None)
    ours, theirs = tests.ours.by_seed.get(seed), tests.theirs.by_seed.get(seed)
    if images is None or ours is None or theirs is None:
        return pair.found, "how many test images there are is not known, and so not their sampling error"
    mean, error = ours - theirs, standard_error(ours, theirs, images)
    same_way = mean * (pair.ours.by_seed[seed] - pair.theirs.by_seed[seed]) >= 0
    interval = (mean - ERRORS * error, mean + ERRORS * error) if same_way else EVERYWHERE
    errors = f"{abs(mean) / error:.1f}" if error else "many"
    line = f"{errors} standard errors of {images:,} images apart; there is no spread over seeds to judge by"
    return replace(pair.found, interval=interval), line


def _clause(pair: _Pair, figures: str) -> str:
    measure, found = pair.measure, pair.found
    first, second = _named(pair.one), _named(pair.other)
    if not (pair.ours.finite or pair.theirs.finite):
        return f"neither {first} nor {second} ever gets there ({measure.name})"
    way = found.way
    if found.interval is None:
        (seed,) = pair.ours.by_seed.keys() & pair.theirs.by_seed.keys()
        one, other = pair.ours.by_seed[seed], pair.theirs.by_seed[seed]  # infinite: never, of which there is no mean
        way = (one > other) - (one < other)
    busy = _busy(pair.one, pair.other) if measure.timed else ""
    if not way:
        return f"{first} and {second} cannot be told apart{busy} ({figures})"
    said = (measure.above if way > 0 else measure.below).format(first, second)
    points = f" by {number(abs(found.mean), 2)} points" if measure.tested and found.mean is not None else ""
    return f"{said}{points}{busy} ({figures})"


def _named(scenario: Scenario) -> str:
    """Return its label, and how many of its runs failed."""
    lost = fates(Counter(scenario.runs["verdict"]))
    return f"{scenario.label} ({lost})" if lost else scenario.label


def _busy(one: Scenario, other: Scenario) -> str:
    return " on this busy machine" if one.uneven or other.uneven else ""
