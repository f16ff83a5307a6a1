"""Learning rate or momentum over epochs, as it was used: both ends of every epoch."""

import math
from collections.abc import Sequence

from lrtui.plots.view import View
from lrtui.report.plot_scale import epochs, fit
from lrtui.report.terminal_plot import Series, draw
from lrtui.study.records import EpochRecord, RunStatus
from lrtui.study.states import RunState
from lrtui.text import format_rate
from lrtui.tui.charts.chart import Chart, Entry, Paint, letter
from lrtui.tui.charts.options import ChartOptions

SPREAD = 20.0
"""Rates of different scenarios that are further apart are easier to read on a logarithmic axis."""


def schedule(view: View, options: ChartOptions, *, width: int, height: int, epoch: int | None = None) -> Chart:
    """Return the chart of one group. Replicates differ only where the rate depends on how training went.

    An epoch spans from its first step, at the end of the epoch before, to its last. The legend reads the last step's.
    """
    metric = options.schedule_metric
    shapes = view.shape.of_group(options.group)
    series: list[Series] = []
    paints: list[Paint] = []
    legend: list[Entry] = []
    for index, shape in enumerate(shapes):
        states = view.states(shape)
        begun = [state for state in states if state.epochs_done > 0]
        longest = max(begun, key=lambda state: state.epochs_done, default=None)
        for state in begun if options.replicates else ():
            if state is not longest and _values(state, metric) != _values(longest, metric)[: state.epochs_done]:
                series.append(_series(state, metric, faint=True))
                paints.append(Paint(shape.colour, True))
        value = None
        if longest is not None:
            mark = letter(index) if options.letters else ""
            series.append(_series(longest, metric, mark=mark))
            paints.append(Paint(shape.colour))
            at = longest.epochs_done if epoch is None else epoch
            value = next((getattr(one, metric) for one in longest.records if one.epoch == max(1, at)), None)
        running = any(state.status is RunStatus.RUNNING for state in states)
        legend.append(Entry(shape.short, shape.colour, letter(index), _figure(value, metric), "", running))
    caption = "learning rate" if metric == "lr" else "momentum (β; β₁ of the Adam family)"
    title = "latest" if epoch is None else f"epoch {epoch}"
    if not any(one.xs for one in series):
        return Chart(caption, None, (), title, tuple(legend), "nothing trained yet")
    last = max(view.study.runs[index].epochs for shape in shapes for index in shape.runs)
    log = metric == "lr" and lr_log(view, options)
    finite = [
        *(y for one in series for y in one.ys),
        *(() if log else (0.0,)),
    ]  # a constant rate is a line, not a range
    y = fit(finite, log=log, ticks=max(2, height // 3), ceiling=None if metric == "lr" else 1.0)
    x = epochs(last, log=options.x_log, ticks=max(2, width // 12))
    drawing = draw(series, width=width, height=height, x=x, y=y)
    return Chart(caption, drawing, tuple(paints), title, tuple(legend))


def lr_log(view: View, options: ChartOptions) -> bool:
    """Return whether the rate's axis is logarithmic: as set, else where the scenarios' highest rates are far apart."""
    if options.lr_log is not None:
        return options.lr_log
    tops = []
    for shape in view.shape.of_group(options.group):
        used = [record.lr for state in view.states(shape) for record in state.records if record.lr > 0]
        if used or math.isfinite(shape.lr):
            tops.append(max(used, default=shape.lr))
    return bool(tops) and max(tops) > SPREAD * min(tops)


def _ends(record: EpochRecord, metric: str) -> tuple[float, float]:
    last = getattr(record, metric)
    first = record.lr_first if metric == "lr" else record.momentum_first
    return (last if first is None else first), last


def _values(state: RunState, metric: str) -> Sequence[tuple[float, float]]:
    return [_ends(record, metric) for record in state.records if record.epoch > 0]


def _series(state: RunState, metric: str, *, faint: bool = False, mark: str = "") -> Series:
    xs: list[float] = []
    ys: list[float] = []
    for record in state.records:
        if record.epoch > 0:
            for x, y in zip((record.epoch - 1, record.epoch), _ends(record, metric), strict=True):
                if math.isfinite(y):
                    xs.append(float(x))
                    ys.append(y)
    return Series("", xs, ys, mark=mark, faint=faint)


def _figure(value: float | None, metric: str) -> str:
    if value is None or not math.isfinite(value):
        return "–"
    return format_rate(float(f"{value:.3g}")) if metric == "lr" else f"{value:.4f}"
