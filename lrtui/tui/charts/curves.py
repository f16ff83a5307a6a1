"""Loss and accuracy over epochs: a mean line per scenario, its replicates behind it, one colour per learning rate."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lrtui.plots.palette import Colour
from lrtui.plots.view import Scenario, View
from lrtui.report.plot_scale import epochs, fit
from lrtui.report.terminal_plot import EDGE_MARKS, Series, draw
from lrtui.study.records import RunStatus
from lrtui.study.states import RunState
from lrtui.tui.charts.chart import Chart, Entry, Paint, letter
from lrtui.tui.charts.options import ChartOptions

RUNAWAY = 10.0
"""A loss above this multiple of the largest loss before training is marked at the edge instead of stretching the axis."""


@dataclass(frozen=True)
class _Curve:
    xs: list[float]
    ys: list[float]


def curves(
    view: View, metric: str, options: ChartOptions, *, width: int, height: int, epoch: int | None = None
) -> Chart:
    """Return the chart of `metric` (`loss` or `accuracy`) for one group.

    The legend reads the means at `epoch`; without one, the mean of every replicate's latest figure, as the table has it.
    """
    shapes = view.shape.of_group(options.group)
    splits = ("train", "val") if options.split == "both" else (options.split,)
    series: list[Series] = []
    paints: list[Paint] = []

    def add(curve: _Curve, paint: Paint, *, line: bool = True, mark: str = "") -> None:
        series.append(Series("", curve.xs, curve.ys, line=line, mark=mark, faint=paint.faded))
        paints.append(paint)

    if options.replicates:
        for shape in shapes:
            for state in view.states(shape):
                add(_smoothed(_replicate(state, metric, splits[-1]), options.smoothing), Paint(shape.colour, True))
    for index, shape in enumerate(shapes):
        states = view.states(shape)
        for split in splits:
            mean = _smoothed(_mean(_counted(states), metric, split), options.smoothing)
            faded = split == "train" and len(splits) > 1
            add(mean, Paint(shape.colour, faded), mark=letter(index) if options.letters and not faded else "")
        for state in states:
            if (lost := _first_lost(state, metric, splits)) is not None:
                add(_Curve([lost], [math.nan]), Paint(shape.colour), line=False)
    last = max(view.study.runs[index].epochs for shape in shapes for index in shape.runs)
    log = options.y_log(metric)
    finite = [y for one in series for y in one.ys]
    scale = fit(finite, log=log, ticks=max(2, height // 3), ceiling=_ceiling(view, shapes) if metric == "loss" else 100)
    x = epochs(last, log=options.x_log, ticks=max(2, width // 12))
    drawing = draw(series, width=width, height=height, x=x, y=scale) if any(one.xs for one in series) else None
    above = {paints[lost.series].rate for lost in (drawing.omitted if drawing else ()) if lost.reason == "above"}
    legend = tuple(_entry(view, index, shape, metric, splits, epoch, above) for index, shape in enumerate(shapes))
    names = {"val": "validation", "train": "training", "both": "validation (training faded)"}
    counts = [len(counted) for shape in shapes if (counted := _counted(view.states(shape)))] or [1]
    count = f"{min(counts)}–{max(counts)}" if min(counts) < max(counts) else str(max(counts))
    what = f"{names[options.split]} {metric}{' %' if metric == 'accuracy' else ''}"
    caption = what + (f", mean of {count}" if max(counts) > 1 else "")
    title = "latest" if epoch is None else f"epoch {epoch}"
    return Chart(caption, drawing, tuple(paints), title, legend, "" if drawing else "nothing measured yet")


def _replicate(state: RunState, metric: str, split: str) -> _Curve:
    points = [(record.epoch, getattr(record, f"{split}_{metric}")) for record in state.records]
    kept = [(float(epoch), value) for epoch, value in points if math.isfinite(value)]
    return _Curve([epoch for epoch, _ in kept], [value for _, value in kept])


def _counted(states: Sequence[RunState]) -> list[RunState]:
    """Return the replicates a mean is over, as in the table and in saved plots: those done, else all that began."""
    done = [state for state in states if state.status is RunStatus.DONE and state.records]
    trained = [state for state in states if state.epochs_done > 0]
    return done or trained or [state for state in states if state.records]


def _mean(counted: Sequence[RunState], metric: str, split: str) -> _Curve:
    """Return the mean at each epoch where every one of `counted` has a finite figure: always over the same replicates."""
    at: dict[int, list[float]] = {}
    for state in counted:
        for record in state.records:
            at.setdefault(record.epoch, []).append(getattr(record, f"{split}_{metric}"))
    means = {epoch: sum(values) / len(counted) for epoch, values in at.items() if len(values) == len(counted)}
    kept = sorted(epoch for epoch, mean in means.items() if math.isfinite(mean))
    return _Curve([float(epoch) for epoch in kept], [means[epoch] for epoch in kept])


def _smoothed(curve: _Curve, weight: float) -> _Curve:
    """Return the exponential moving average, corrected for its start."""
    return _Curve(curve.xs, list(average(curve.ys, weight))) if weight > 0 else curve


def average(values: Sequence[float], weight: float) -> Iterator[float]:
    """Yield the exponential moving average of `values`, the weight that its start lacks made up for."""
    total = 0.0
    for count, value in enumerate(values, start=1):
        total = weight * total + (1 - weight) * value
        yield total / (1 - weight**count)


def _first_lost(state: RunState, metric: str, splits: Sequence[str]) -> float | None:
    for record in state.records:
        if any(not math.isfinite(getattr(record, f"{split}_{metric}")) for split in splits):
            return float(record.epoch)
    return None


def _ceiling(view: View, shapes: Sequence[Scenario]) -> float | None:
    first = [state.records[0].val_loss for shape in shapes for state in view.states(shape) if state.records]
    usable = [value for value in first if math.isfinite(value) and value > 0]
    return RUNAWAY * max(usable) if usable else None


def _latest(counted: Sequence[RunState], metric: str, split: str) -> float | None:
    """Return the mean of the latest figures; None where there is none."""
    values = [getattr(state.records[-1], f"{split}_{metric}") for state in counted]
    return sum(values) / len(values) if values else None


def _entry(
    view: View,
    index: int,
    shape: Scenario,
    metric: str,
    splits: Sequence[str],
    epoch: int | None,
    above: set[Colour | None],
) -> Entry:
    states = view.states(shape)
    value = _latest(_counted(states), metric, splits[-1])
    if epoch is not None:
        curve = _mean(_counted(states), metric, splits[-1])
        value = dict(zip(curve.xs, curve.ys, strict=True)).get(float(epoch))
    lost = [at for state in states if (at := _first_lost(state, metric, splits)) is not None]
    note = f"{EDGE_MARKS['nan']}{f'{len(lost)} ' if len(states) > 1 else ''}@{min(lost):g}" if lost else ""
    if not note and shape.colour in above:
        note = EDGE_MARKS["above"]
    running = any(state.status is RunStatus.RUNNING for state in states)
    return Entry(shape.short, shape.colour, letter(index), figure(value, metric), note, running)


def figure(value: float | None, metric: str) -> str:
    """Return a loss with four significant places, an accuracy with two decimals, `–` for none."""
    if value is None:
        return "–"
    if metric == "accuracy":
        return f"{value:.2f}"
    return f"{value:.4f}" if abs(value) < 100 else f"{value:.3g}"
