"""A comparison in sentences."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from lrtui.analysis.rates import sensitivity
from lrtui.analysis.statistics import ALPHA, MOST_SEEDS
from lrtui.analysis.wording import listing, p_text
from lrtui.study.tasks import CLASSIFICATION
from lrtui.text import count, short_rate, shown_number, shown_rate

if TYPE_CHECKING:
    from lrtui.analysis.rates import Sensitivity
    from lrtui.analysis.replicates import Scenario
    from lrtui.analysis.winner import Comparison, Rival
    from lrtui.study.words import Words

SEEDS = 5
"""Replicates that are recommended: with three a difference of 2 standard deviations is found in 29 % of cases, with five in
66 %, with ten in 98 %."""
_CAVEAT = (
    "Intervals and p-values are over seeds, paired, two-sided, at 95 %; they do not include that other validation images would "
    "give other accuracies. Where the test images validate, as in the paper's presets, the rate is chosen on test images."
)
_NAMED = 6
"""So many scenarios are named; of more, the rest is counted."""
_WITH_FIGURES = 2
"""So many rivals have their figures in the sentence; the others are named."""


def caveat(words: "Words") -> str:
    """Return what the intervals leave out, in words of the runs."""
    return words.said(_CAVEAT)


def sentences(comparison: "Comparison") -> list[str]:
    """Return the result in whole sentences: first the edge, then the verdict, how many seeds are needed, the rate itself."""
    parts = (edge, _said, _looks, _apart, _open, _seeds, _rate)
    return [f"{text}." for part in parts for text in part(comparison)]


def _said(comparison: "Comparison") -> Iterator[str]:
    yield verdict(comparison)


def verdict(comparison: "Comparison") -> str:
    """Return who won, or which scenarios cannot be told from the best, without its full stop."""
    best, rivals = comparison.best, comparison.tested
    score = comparison.words.score
    reached = f"{_figure(comparison)}{_fates(best)}"
    if not comparison.learned:
        return _nobody_learned(comparison)
    if not rivals:
        only = "the only scenario" if comparison.alone else f"no other has a finished run with an {score}"
        return f"{best.label} reached {reached}; {only}: there is nothing to compare it with"
    if comparison.ahead:
        lead = "won" if comparison.winner else "is ahead of all that is finished"
        return f"{best.label} {lead} with {reached}: {_ahead_of(rivals, comparison)}"
    if not comparison.set_rivals:
        higher = any(one.n and one.mean > best.mean for one in comparison.scenarios)
        whole = f", of those with an {score} in every run," if higher else ""
        untested = "; of one seed nothing can be tested" if _one_seed(rivals) else ""
        return f"{best.label} is highest{whole} with {reached}{untested}"
    if all(rival.tied for rival in comparison.set_rivals):
        return f"{listing(_some([one.label for one in comparison.alike]))} are tied with {_figure(comparison)}"
    told = [_beside(rival, comparison) for rival in comparison.set_rivals[:_WITH_FIGURES]]
    others = [rival.scenario.label for rival in comparison.set_rivals[_WITH_FIGURES:]]
    return f"{best.label} is best with {reached}, not distinguishable from {listing(_some([*told, *others]))}"


def _looks(comparison: "Comparison") -> Iterator[str]:
    """Yield why tests are stricter than usual, where they are."""
    if comparison.level < ALPHA and comparison.learned and any(rival.p_holm is not None for rival in comparison.rivals):
        yield (
            f"A search may end as soon as it sees a difference, so each test is held to {100 * comparison.level:.3g} % "
            f"instead of {100 * ALPHA:.2g} %"
        )


def _one_seed(rivals: "Sequence[Rival]") -> bool:
    return all(rival.paired is not None and rival.paired.n == 1 for rival in rivals)


def _nobody_learned(comparison: "Comparison") -> str:
    best = comparison.best
    if comparison.alone:
        return f"It did not learn: {best.fates}, {_figure(comparison)}"
    fates = listing(_some([f"{one.label} {one.fates}" for one in comparison.scenarios if one.verdicts]))
    highest = f"; the highest {comparison.words.score}, {best.text}, is that of {best.label}" if best.n else ""
    return f"No scenario learned, so nobody won: {fates}{highest}"


def _figure(comparison: "Comparison") -> str:
    """Return what the best came to: `98.10 ± 0.16 %` of images, of other tasks `an R² of 95.23 ± 0.88 %`."""
    score, best = comparison.words.score, comparison.best
    if not best.n:
        return f"no {score}"
    return best.text if comparison.task == CLASSIFICATION.name else f"an {score} of {best.text}"


def _fates(scenario: "Scenario") -> str:
    return f" ({scenario.fates})" if scenario.fates else ""


def _ahead_of(rivals: "Sequence[Rival]", comparison: "Comparison") -> str:
    """Return `0.83 points ahead of 1e-2 (95 % interval 0.37 to 1.29, p = 0.016)`, and which rival has the largest p."""
    nearest = min(rivals, key=lambda rival: rival.paired.mean if rival.paired else 0.0)
    closest = max(rivals, key=lambda rival: (rival.paired.p or 0.0) if rival.paired else 0.0)
    assert nearest.paired is not None and closest.paired is not None
    best, lead = comparison.best, f"{points(nearest.paired.mean)} {comparison.words.points} ahead"
    others = f" and further ahead of {count(len(rivals) - 1, 'other')}" if len(rivals) > 1 else ""
    call = "" if closest is nearest else f"; the closest call is {closest.scenario.label} ({p_text(closest.paired.p)})"
    return f"{lead} of {nearest.scenario.label} ({_tested(nearest, best)}){others}{call}"


def _tested(rival: "Rival", best: "Scenario", *, corrected: bool = False) -> str:
    """Return `95 % interval −0.10 to 0.30, p = 0.23`, of how far behind or ahead it is, and of how many seeds if some lack.

    With `corrected` Holm's p stands beside it, if it is another: by that one the rival is not told from the best.
    """
    assert rival.paired is not None and rival.paired.interval is not None
    low, high = rival.paired.interval
    low, high = (low, high) if rival.paired.mean >= 0 else (-high, -low)
    raw, holm = p_text(rival.paired.p), p_text(rival.p_holm if corrected else rival.paired.p)
    correction = "" if holm == raw else f", {holm.removeprefix('p = ')} after Holm's correction"
    return f"95 % interval {points(low)} to {points(high)}, {raw}{correction}{_common(rival, best)}"


def _common(rival: "Rival", best: "Scenario") -> str:
    seeds = rival.paired.n if rival.paired is not None else 0
    most = max(one.n + one.silent for one in (best, rival.scenario))
    return f", over the {count(seeds, 'seed')} that both have" if seeds < most else ""


def points(value: float) -> str:
    """Return a difference with two decimals and a true minus."""
    return f"{value:.2f}".replace("-", "−").replace("−0.00", "0.00")


def _gap(mean: float, comparison: "Comparison") -> str:
    return f"{points(abs(mean))} {comparison.words.points} {'behind' if mean >= 0 else 'ahead'}"


def _beside(rival: "Rival", comparison: "Comparison") -> str:
    """Return a rival with how far it is behind: `3e-2 (0.10 points behind, 95 % interval −0.10 to 0.30, p = 0.23)`."""
    pair, label = rival.paired, rival.scenario.label
    best, within = comparison.best, comparison.equal_within
    assert pair is not None
    if rival.tied:
        return f"{label} (tied{_common(rival, best)})"
    equal = f", equal within {within:g} {comparison.words.points}" if rival.equal(within) else ""
    return f"{label} ({_gap(pair.mean, comparison)}, {_tested(rival, best, corrected=True)}{equal})"


def _apart(comparison: "Comparison") -> Iterator[str]:
    """Yield what keeps the best from having won, of the scenarios that are not in its set."""
    if not comparison.learned or not comparison.tested:
        return
    best = comparison.best
    if best.silent:
        runs = f"{best.silent} of the {best.n + best.silent} runs of {best.label}"
        yield f"{runs} gave no {comparison.words.score}, so it has not won"
    if not _one_seed(comparison.tested):
        yield from _some([_clause(rival, comparison) for rival in comparison.open_rivals])
    if left := [rival.scenario.label for rival in comparison.tested if rival.left]:
        yield (
            f"The search left {listing(_some(left))} behind with too few seeds to be compared by seed: further than seeds differ "
            "(Student's t with the spread within all rates)"
        )


def _clause(rival: "Rival", comparison: "Comparison") -> str:
    pair, label, best = rival.paired, rival.scenario.label, comparison.best
    if pair is None:
        return f"{label} has no seed in common with {best.label}"
    if pair.same_in_every_seed:
        return f"{label} is {_gap(pair.mean, comparison)} in every seed{_common(rival, best)}"
    if pair.p is None:
        return f"{label} is {_gap(pair.mean, comparison)} in the one seed that both have: nothing can be tested"
    fates = f", {rival.scenario.fates}" if rival.scenario.fates else ""
    return f"{label} is {_gap(pair.mean, comparison)} ({_tested(rival, best)}{fates})"


def _open(comparison: "Comparison") -> Iterator[str]:
    if comparison.unfinished:
        yield f"Not finished: {', '.join(_some(comparison.unfinished))}"
    if failed := [one for one in comparison.scenarios if one.failed]:
        runs = [f"{count(one.failed, 'run')} of {one.label}" for one in failed]
        yield f"Failed: {', '.join(_some(runs))}"
    if silent := [rival.scenario for rival in comparison.rivals if not rival.scenario.n] if comparison.learned else []:
        names = [f"{one.label}{_fates(one)}" for one in silent]
        yield f"Without an {comparison.words.score}: {', '.join(_some(names))}"


def edge(comparison: "Comparison") -> Iterator[str]:
    edges, grid = comparison.edges, comparison.grid
    if len(edges) > 1:
        ends = f"{_rate_of(grid[0])} and {_rate_of(grid[-1])}"
        further = " and ".join(map(shown_rate, sorted(comparison.next_rates)))
        yield f"The best and the rates that cannot be told from it reach both ends of the grid, {ends}: try {further}"
    for end, further in zip(edges, map(shown_rate, comparison.next_rates), strict=True) if len(edges) == 1 else ():
        at = grid[0 if end == "low" else -1]
        which = "The best rate" if at is comparison.best else "A rate that cannot be told from the best"
        lies = "the lowest" if end == "low" else "the highest"
        yield f"{which}, {_rate_of(at)}, is {lies} of the grid: try {further}"


def _rate_of(scenario: "Scenario") -> str:
    return shown_rate(scenario.lr or 0)


def _seeds(comparison: "Comparison") -> Iterator[str]:
    if not comparison.learned or not comparison.tested:
        return
    undecided = [
        rival for rival in comparison.set_rivals if not rival.tied and not rival.equal(comparison.equal_within)
    ]
    for rival in [one for one in undecided if one.more_seeds != 0][:1]:
        assert rival.paired is not None
        if rival.more_seeds is None:
            yield f"Over {MOST_SEEDS:,} seeds would be needed to tell it from {rival.scenario.label}"
            continue
        power = rival.paired.seeds_for_power
        yield (
            f"{count(rival.more_seeds, 'more seed')} would tell it from {rival.scenario.label} if mean and spread stay as "
            f"they are ({rival.paired.seeds_to_settle} in all{'' if power is None else f'; {power} for 80 % power'})"
        )
    fewest = min(one.n + one.silent for one in (comparison.best, *(rival.scenario for rival in comparison.tested)))
    if comparison.searched:  # it gives seeds to those that need them
        fewest = comparison.best.n + comparison.best.silent
    if (undecided or comparison.open_rivals) and fewest < SEEDS and not comparison.unfinished:
        tell = "tells" if fewest == 1 else "tell"
        yield f"{count(fewest, 'replicate')} {tell} little: {SEEDS} are recommended (sweep.replicates)"


def _rate(comparison: "Comparison") -> Iterator[str]:
    if not comparison.learned:
        return
    if (best := comparison.best_rate) is not None:
        between = "" if best.interval is None else f" (95 % interval {_rates(best.interval)})"
        yield f"Between the grid's points the best rate is {short_rate(best.rate)}{between}"
    if (cost := comparison.sensitivity) is not None:
        yield f"Over this grid a rate costs {_in_units(cost, comparison)} more than the best, on average"
    others = {name: sensitivity(grid) for name, grid in comparison.grids.items() if grid != comparison.grid}
    if told := [f"{name}: {_cost(cost, comparison)}" for name, cost in others.items() if name and cost is not None]:
        yield f"Over the others' grids it costs, {'; '.join(_some(told))}"


def _in_units(cost: "Sensitivity", comparison: "Comparison") -> str:
    """Return `0.27 ± 0.08 nats`; of losses without a unit their kind stands behind it."""
    words = comparison.words
    return f"{_cost(cost, comparison)} {words.unit or f'({words.axis})'}"


def _cost(cost: "Sensitivity", comparison: "Comparison") -> str:
    """Return `0.27 ± 0.08`; losses without a unit are of any size, and have two digits."""
    figures = [figure for figure in (cost.mean, cost.sd) if figure is not None]
    return " ± ".join(f"{figure:.2f}" if comparison.words.unit else shown_number(figure, 2) for figure in figures)


def _rates(interval: tuple[float, float]) -> str:
    return " to ".join(short_rate(rate) for rate in interval)


def _some(names: Sequence[str]) -> list[str]:
    """Return the first names, and of the rest how many."""
    return [*names[:_NAMED], f"{len(names) - _NAMED} more"] if len(names) > _NAMED + 1 else list(names)
