"""The adaptive search of a rate: what to train next, from how the runs stand. Knows no engine; the same runs, the same answer.

It begins with a few rates, one seed each. Then it halves the gaps in log10 to both sides of the best rate until these are
as narrow as the grid. Then it gives one more seed to each rate that cannot be told from the best, at the level at which the
winner is called; that may bring another rate to the front, whose gaps are halved in turn. It ends if only the best is left,
if those that are left have all their seeds, or when the budget is spent.
"""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lrtui.analysis.statistics import ALPHA
from lrtui.study.records import RunStatus
from lrtui.study.search import starts
from lrtui.study.spec import RunSpec, Study
from lrtui.study.states import RunState
from lrtui.text import count

_LEARNED = 0.5
"""Only rates with so much of the best's accuracy say how much a seed changes."""


@dataclass(frozen=True)
class _Rate:
    """A rate that was tried: its runs by seed."""

    index: int
    """Its position in the grid."""
    accuracies: tuple[float, ...]
    """Percent, of the weights kept, of the runs that are done; 0 of one whose network gives no numbers."""
    tried: int
    """Runs that are done, failed, or under way."""

    @property
    def mean(self) -> float:
        return statistics.fmean(self.accuracies)


def next_runs(study: Study, states: Sequence[RunState]) -> tuple[RunSpec, ...]:
    """Return the runs that a search trains next, given that none is under way; none if it is over.

    Runs that were begun and broken off come first.
    """
    begun = [state.spec for state in states if not state.status.ended and state.records]
    if begun:
        return tuple(begun)
    groups, level = _groups(states), ALPHA / (study.looks or 1)
    left = study.budget - sum(_tried(state) and not state.reused_from for state in states)
    share = max(1, left // len(groups)) if groups else 0
    found: list[RunSpec] = []
    for group in groups:
        found += _next_of(group, level)[:share]
    return tuple(found[: max(0, left)])


def told(study: Study, states: Sequence[RunState]) -> str:
    """Return how much a search tried, as a sentence without its full stop."""
    tried = [state for state in states if _tried(state)]
    rates = {(_others(state.spec), state.spec.lr) for state in tried}
    every = {(_others(state.spec), state.spec.lr) for state in states}
    nothing = "" if any(_knows(state) for state in states) else "no rate learned anything: "
    return (
        f"{nothing}the search tried {len(rates)} of {count(len(every), 'rate')} with {count(len(tried), 'run')}; "
        f"the whole grid has {len(study.runs)}"
    )


def _tried(state: RunState) -> bool:
    return state.status in (RunStatus.DONE, RunStatus.FAILED) or bool(state.records)


def _others(spec: RunSpec) -> str:
    """Return what a run has besides its rate and seed: runs that share it are one grid of rates."""
    return repr(sorted(spec.coordinates.items()))


def _groups(states: Sequence[RunState]) -> list[dict[float, list[RunState]]]:
    """Return the grids of a study: the runs of every rate, rates ascending, replicates in order."""
    grids: dict[str, dict[float, list[RunState]]] = {}
    for state in states:
        grids.setdefault(_others(state.spec), {}).setdefault(state.spec.lr, []).append(state)
    return [{rate: grid[rate] for rate in sorted(grid)} for grid in grids.values()]


def _next_of(grid: Mapping[float, list[RunState]], level: float) -> list[RunSpec]:
    """Return what is to be trained next of one grid; rates are told apart at a significance level."""
    runs = list(grid.values())
    first = [spec for index in starts(list(grid)) if (spec := _one_more(runs[index], 1)) is not None]
    if first:
        return first
    rates = [rate for index, group in enumerate(runs) if (rate := _rate(index, group)) is not None]
    if not any(_knows(state) for group in runs for state in group):
        return []
    best = max(rates, key=lambda rate: rate.mean)
    if closer := [spec for index in _halfway(best, rates) if (spec := _one_more(runs[index], 1)) is not None]:
        return closer
    close = _close(best, rates, level)
    if len(close) < 2:
        return []
    open_ones = [rate for rate in close if _one_more(runs[rate.index], rate.tried + 1) is not None]
    fewest = min((rate.tried for rate in open_ones), default=0)
    wanted = [_one_more(runs[rate.index], fewest + 1) for rate in open_ones if rate.tried == fewest]
    return [spec for spec in wanted if spec is not None]


def _knows(state: RunState) -> bool:
    """Return whether a run's kept weights do better than guessing."""
    config = state.spec.config
    chance = config.indicators.chance * config.data.nothing
    return state.outcome is not None and state.outcome.val_loss < chance


def _rate(index: int, group: Sequence[RunState]) -> _Rate | None:
    """Return a rate as its runs stand; None if none of them is done."""
    done = [state for state in group if state.status is RunStatus.DONE and state.outcome is not None]
    if not done:
        return None
    figures = (state.outcome.val_accuracy for state in done if state.outcome is not None)
    accuracies = tuple(0.0 if math.isnan(figure) else figure for figure in figures)
    return _Rate(index, accuracies, sum(_tried(state) for state in group))


def _one_more(group: Sequence[RunState], wanted: int) -> RunSpec | None:
    """Return the next replicate of a rate that has fewer than `wanted` runs tried; None if it has them, or has no more."""
    if sum(_tried(state) for state in group) >= wanted:
        return None
    return next((state.spec for state in group if not state.status.ended), None)


def _halfway(best: _Rate, rates: Sequence[_Rate]) -> list[int]:
    """Return the positions half way between the best and its nearest neighbours that were tried, where there are any."""
    below = max((rate.index for rate in rates if rate.index < best.index), default=best.index)
    above = min((rate.index for rate in rates if rate.index > best.index), default=best.index)
    return [(best.index + other) // 2 for other in (below, above) if abs(best.index - other) > 1]


def _close(best: _Rate, rates: Sequence[_Rate], level: float) -> list[_Rate]:
    """Return the rates that cannot be told from the best, itself among them.

    By Student's t for two means; the deviation of a run's accuracy is the median over the rates that learned, or a rate's own
    if that is larger, since two or three seeds of one rate say little of it. While no rate has two seeds nothing is known of
    it: then the best and the one behind it are close, and get them.
    """
    several = [
        rate for rate in rates if len(rate.accuracies) > 1 and (rate is best or rate.mean >= _LEARNED * best.mean)
    ]
    degrees = sum(len(rate.accuracies) - 1 for rate in several)
    if not degrees:
        return sorted(rates, key=lambda rate: -rate.mean)[:2]
    common = statistics.median(statistics.stdev(rate.accuracies) for rate in several)
    from scipy.special import stdtrit

    wide = float(stdtrit(degrees, 1 - level / 2))

    def error(rate: _Rate) -> float:
        own = statistics.stdev(rate.accuracies) if len(rate.accuracies) > 1 else 0.0
        return max(common, own) / math.sqrt(len(rate.accuracies))

    return [
        rate for rate in rates if rate is best or best.mean - rate.mean <= wide * math.hypot(error(best), error(rate))
    ]
