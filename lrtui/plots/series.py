"""From what runs recorded to curves: of one run, of a scenario's replicates together, smoothed. For live and saved alike.

Needs no polars: the workbench draws with it from its first paint on.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lrtui.analysis import statistics
from lrtui.plots.axes import CUT, ceiling
from lrtui.plots.metrics import MOMENTUM, RATE, VAL_LOSS, Metric
from lrtui.plots.view import View
from lrtui.study.records import EpochRecord, RunStatus
from lrtui.study.states import RunState

LOSSES = ("train_loss", "val_loss")


@dataclass(frozen=True)
class Curve:
    """Figures by epoch (or by another rising x); they may be NaN or infinite."""

    xs: tuple[float, ...] = ()
    ys: tuple[float, ...] = ()

    @property
    def lost(self) -> float | None:
        """Return the first x whose figure is not finite."""
        return next((x for x, y in zip(self.xs, self.ys, strict=True) if not math.isfinite(y)), None)

    @property
    def finite(self) -> "Curve":
        """Return the points whose figure is finite."""
        points = [(x, y) for x, y in zip(self.xs, self.ys, strict=True) if math.isfinite(y)]
        return Curve(tuple(x for x, _ in points), tuple(y for _, y in points))

    def at(self, x: float) -> float | None:
        """Return the last figure at `x`; None if there is none."""
        return next((y for known, y in zip(reversed(self.xs), reversed(self.ys), strict=True) if known == x), None)


def run_curve(state: RunState, metric: Metric) -> Curve:
    """Return a run's figures by epoch, epochs without one left out.

    Rate and momentum are those of both ends of every epoch, which spans from its first step, at the end of the epoch
    before, to its last.
    """
    if metric in (RATE, MOMENTUM):
        ends = [point for record in state.records if record.epoch > 0 for point in _ends(record, metric.name)]
        return Curve(tuple(x for x, _ in ends), tuple(y for _, y in ends))
    points: list[tuple[float, float | None]]
    if metric.table == "curvature":
        around = (record.curvature for record in state.records)
        points = [(float(one.epoch), getattr(one, metric.name)) for one in around if one is not None]
    else:
        points = [(float(record.epoch), getattr(record, metric.name)) for record in state.records]
    return Curve(tuple(x for x, y in points if y is not None), tuple(float(y) for _, y in points if y is not None))


def counted(states: Sequence[RunState]) -> list[RunState]:
    """Return the replicates a mean is over, as in the tables: those done, else all that began to train, else all measured."""
    done = [state for state in states if state.status is RunStatus.DONE and state.records]
    return done or [state for state in states if state.epochs_done > 0] or [state for state in states if state.records]


def mean(curves: Sequence[Curve], *, geometric: bool = False) -> Curve:
    """Return the mean at each x that every curve has, so that it is always over the same replicates; not finite if one is
    not."""
    of = statistics.geometric_mean if geometric else statistics.mean
    tables = [dict(zip(_places(curve), curve.ys, strict=True)) for curve in curves if curve.xs]
    shared = [place for place in tables[0] if all(place in table for table in tables)] if tables else []
    means = (of([table[place] for table in tables]) for place in shared)
    return Curve(tuple(x for x, _ in shared), tuple(value for value in means if value is not None))


def latest(states: Sequence[RunState], metric: Metric) -> float | None:
    """Return the mean of every counted replicate's latest figure; None if there is none."""
    curves = (run_curve(state, metric) for state in counted(states))
    of = statistics.geometric_mean if metric.geometric else statistics.mean
    return of([curve.ys[-1] for curve in curves if curve.ys])


def final(state: RunState, metric: Metric) -> float | None:
    """Return the figure of the weights that were kept, until there are such the latest; None before the first epoch."""
    if state.epochs_done == 0:
        return None
    return float(getattr(state.records[-1] if state.outcome is None else state.outcome, metric.name))


def smoothed(curve: Curve, weight: float, *, log: bool = False) -> Curve:
    """Return the exponential moving average, corrected for its start; what is not finite stays as it is.

    With `log`, for a logarithmic axis, it is that of the logarithms, and what has none stays as it is: an average of the
    figures themselves would hang above a curve that falls by decades.
    """
    if weight <= 0:
        return curve
    if not log:
        return Curve(curve.xs, tuple(_average(curve.ys, weight)))
    averages = _average([math.log(y) if y > 0 else math.nan for y in curve.ys], weight)
    pairs = zip(curve.ys, averages, strict=True)
    return Curve(curve.xs, tuple(math.exp(average) if math.isfinite(average) else y for y, average in pairs))


def cut(metric: Metric, states: Sequence[RunState], curves: Sequence[Curve], *, log: bool) -> float:
    """Return where the axis of the `curves` of some runs ends: see `axes.ceiling`. Runs whose training loss rose beyond
    what knows nothing loses are not calm."""
    if metric.unit == "%":
        return 100.0
    if metric in (RATE, MOMENTUM) or metric.table == "curvature":
        return math.inf
    nothing = max(state.spec.config.data.nothing for state in states)
    calm = [
        run_curve(state, metric)
        for state in states
        if state.records and not state.records[-1].train_loss > CUT * nothing
    ]
    quiet = [y for curve in calm if curve.lost is None for x, y in zip(curve.xs, curve.ys, strict=True) if x > 0]
    reference = nothing if metric.name in LOSSES else 0.0
    return ceiling(quiet, [y for curve in curves for y in curve.ys], reference=reference, log=log)


LOWEST = "lowest validation loss"
"""What makes a scenario the best of those under way."""


def best(view: View, group: int) -> str:
    """Return the scenario of a group with the lowest mean validation loss by now; empty if nothing is measured."""
    means = {one.scenario: latest(view.states(one), VAL_LOSS) for one in view.of_group(group)}
    known = {scenario: mean for scenario, mean in means.items() if mean is not None and math.isfinite(mean)}
    return min(known, key=known.__getitem__, default="")


def _places(curve: Curve) -> Iterator[tuple[float, int]]:
    """Yield every x with how often it occurred before: both ends of an epoch lie at one x."""
    seen: Counter[float] = Counter()
    for x in curve.xs:
        yield x, seen[x]
        seen[x] += 1


def _ends(record: EpochRecord, name: str) -> tuple[tuple[float, float], tuple[float, float]]:
    last = getattr(record, name)
    first = getattr(record, f"{name}_first")
    return (record.epoch - 1.0, last if first is None else first), (float(record.epoch), last)


def _average(values: Sequence[float], weight: float) -> Iterator[float]:
    total = share = 0.0
    for value in values:
        if math.isfinite(value):
            total, share = weight * total + (1 - weight) * value, weight * share + (1 - weight)
        yield total / share if math.isfinite(value) else value
