"""A comparison in sentences."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from lrtui.analysis.coordinates import short_rate
from lrtui.analysis.wording import listing
from lrtui.text import count, format_rate

if TYPE_CHECKING:
    from lrtui.analysis.winner import Comparison, Rival

SEEDS = 5
"""Replicates that are recommended: with three a difference of 2 standard deviations is found in 29 % of cases, with five in
66 %, with ten in 98 %."""
CAVEAT = (
    "Intervals and p-values are over seeds, paired, two-sided, at 95 %; they do not include that other validation images would "
    "give other accuracies. Where the test images validate, as in the paper's presets, the rate is chosen on test images."
)
_NAMED = 6
"""So many scenarios are named; of more, the rest is counted."""


def sentences(comparison: "Comparison") -> list[str]:
    """Return the result in whole sentences: first the verdict, then the edge, how many seeds are needed, the rate itself."""
    return [f"{text}." for part in (_verdict, _open, _edge, _seeds, _rate) for text in part(comparison) if text]


def _verdict(comparison: "Comparison") -> Iterator[str]:
    best, rivals = comparison.best, [rival for rival in comparison.rivals if rival.scenario.n]
    name = f"{best.label} {_lead(comparison)} with {best.text}{_fates(best.fates)}"
    if not comparison.learned:
        fates = listing(_some([f"{one.label} {one.fates}" for one in comparison.scenarios if one.verdicts]))
        accuracy = f"; the highest accuracy, {best.text}, is that of {best.label}" if best.n else ""
        yield f"No scenario learned, so nobody won: {fates}{accuracy}"
    elif not rivals:
        only = "the only scenario" if comparison.alone else "no other has a finished run with an accuracy"
        yield f"{best.label} reached {best.text}{_fates(best.fates)}; {only}: there is nothing to compare it with"
    elif comparison.ahead:
        closest = min(rivals, key=lambda rival: rival.paired.mean if rival.paired else 0.0)
        yield f"{name}, {_behind(closest)}{_and_others(len(rivals))}"
    elif all(rival.tied for rival in comparison.set_rivals):
        yield f"{listing(_some([one.label for one in comparison.alike]))} are tied with {best.text}"
    else:
        told = listing(_some([_beside(rival, comparison.equal_within) for rival in comparison.set_rivals]))
        yield f"{best.label} is best with {best.text}{_fates(best.fates)}, not distinguishable from {told}"


def _lead(comparison: "Comparison") -> str:
    return "won" if comparison.winner else "is ahead of all that is finished"


def _fates(fates: str) -> str:
    return f" ({fates})" if fates else ""


def _behind(rival: "Rival") -> str:
    """Return `0.83 points ahead of 1e-2 (95 % interval 0.37 to 1.29, p = 0.016)`."""
    assert rival.paired is not None
    return (
        f"{rival.paired.mean:.2f} points ahead of {rival.scenario.label} ({_interval(rival)}, p = {rival.paired.p:.2g})"
    )


def _interval(rival: "Rival") -> str:
    interval = rival.paired.interval if rival.paired is not None else None
    return "" if interval is None else f"95 % interval {interval[0]:.2f} to {interval[1]:.2f}"


def _and_others(rivals: int) -> str:
    return f" and further ahead of {count(rivals - 1, 'other')}" if rivals > 1 else ""


def _beside(rival: "Rival", equal_within: float) -> str:
    """Return a rival with how far it is behind: `3e-2 (0.10 points behind, −0.10 to 0.30, p = 0.23)`."""
    pair, label = rival.paired, rival.scenario.label
    if pair is None:
        return f"{label} (no common seed)"
    if rival.tied and (pair.constant or pair.n == 1):
        return f"{label} (tied)"
    behind = f"{pair.mean:.2f} points behind"
    if pair.n == 1:
        return f"{label} ({behind}, one common seed: no spread to judge by)"
    if pair.constant:
        return f"{label} ({behind}, the same in every seed: nothing to test)"
    equal = f", equal within {equal_within:g} points" if rival.equal(equal_within) else ""
    return f"{label} ({behind}, {_interval(rival)}, p = {pair.p:.2g}{equal})"


def _open(comparison: "Comparison") -> Iterator[str]:
    if comparison.unfinished:
        yield f"Not finished: {', '.join(_some(comparison.unfinished))}"
    if failed := [one for one in comparison.scenarios if one.failed]:
        runs = [f"{count(one.failed, 'run')} of {one.label}" for one in failed]
        yield f"Failed: {', '.join(_some(runs))}"
    if silent := [rival.scenario for rival in comparison.rivals if not rival.scenario.n] if comparison.learned else []:
        names = [f"{one.label} ({one.fates})" for one in silent]
        yield f"Without an accuracy: {', '.join(_some(names))}"


def _edge(comparison: "Comparison") -> Iterator[str]:
    rate = comparison.next_rate
    if rate is None:
        return
    low = comparison.edge == "low"
    at = comparison.grid[0 if low else -1]
    end = f"the {'lowest' if low else 'highest'} of the grid: try {format_rate(rate)}"
    if at is comparison.best:
        yield f"The best rate, {format_rate(at.lr or 0)}, is {end}"
    else:
        yield f"A rate that cannot be told from the best, {format_rate(at.lr or 0)}, is {end}"


def _seeds(comparison: "Comparison") -> Iterator[str]:
    if not comparison.learned or not comparison.rivals:
        return
    needs = [rival for rival in comparison.set_rivals if rival.more_seeds]
    for rival in needs[:1]:
        assert rival.paired is not None
        power = rival.paired.seeds_for_power
        yield (
            f"{count(rival.more_seeds or 0, 'more seed')} would tell it from {rival.scenario.label} if mean and spread stay as "
            f"they are ({rival.paired.seeds_to_settle} in all{'' if power is None else f'; {power} for 80 % power'})"
        )
    fewest = min(one.n for one in (comparison.best, *(rival.scenario for rival in comparison.rivals)) if one.n)
    if not comparison.winner and fewest < SEEDS and not comparison.unfinished:
        tell = "tells" if fewest == 1 else "tell"
        yield f"{count(fewest, 'replicate')} {tell} little: {SEEDS} are recommended (sweep.replicates)"


def _rate(comparison: "Comparison") -> Iterator[str]:
    if not comparison.learned:
        return
    if (best := comparison.best_rate) is not None:
        between = "" if best.interval is None else f" (95 % interval {_rates(best.interval)})"
        yield f"Between the grid's points the best rate is {format_rate(short_rate(best.rate))}{between}"
    if (cost := comparison.sensitivity) is not None:
        spread = "" if cost.sd is None else f" ± {cost.sd:.2f}"
        yield f"A wrong rate of this grid costs {cost.mean:.2f}{spread} nats on average"


def _rates(interval: tuple[float, float]) -> str:
    return " to ".join(format_rate(short_rate(rate)) for rate in interval)


def _some(names: Sequence[str]) -> list[str]:
    """Return the first names, and of the rest how many."""
    return [*names[:_NAMED], f"{len(names) - _NAMED} more"] if len(names) > _NAMED + 1 else list(names)
