"""Learning rate against result: a dot per replicate, a line through the means."""

import math
from dataclasses import replace

from lrtui.plots.view import Scenario, View
from lrtui.report.plot_scale import Scale, fit
from lrtui.report.terminal_plot import Series, draw
from lrtui.study.records import RunStatus
from lrtui.study.states import RunState
from lrtui.text import format_rate
from lrtui.tui.charts.chart import Chart, Entry, Paint, letter
from lrtui.tui.charts.curves import figure
from lrtui.tui.charts.options import ChartOptions


def rates(view: View, options: ChartOptions, *, width: int, height: int, at: float | None = None) -> Chart:
    """Return the chart of one group; runs under way stand where they are now, faded."""
    metric = options.rate_metric
    known = [replace(shape, lr=_lr(view, shape)) for shape in view.shape.of_group(options.group)]
    shapes = sorted((shape for shape in known if math.isfinite(shape.lr)), key=lambda shape: shape.lr)
    caption = f"final validation {metric}{' %' if metric == 'accuracy' else ''} by learning rate"
    if len(shapes) < 2 or not view.shape.sweeps_rate:
        return Chart(caption, None, (), "", (), "one learning rate: nothing to set against another")
    means: list[tuple[float, float]] = []
    dots: list[tuple[Series, Paint]] = []
    legend = []
    for index, shape in enumerate(shapes):
        measured = [(state, _final(state, metric)) for state in view.states(shape)]
        done = [value for state, value in measured if state.status is RunStatus.DONE and value is not None]
        so_far = done or [value for _, value in measured if value is not None]
        finite = [value for value in so_far if math.isfinite(value)]
        if finite:
            means.append((shape.lr, sum(finite) / len(finite)))
        for state, value in measured:
            if value is not None:
                faded = state.status is not RunStatus.DONE
                mark = letter(index) if options.letters else ""
                dots.append((Series("", [shape.lr], [value], line=False, mark=mark), Paint(shape.colour, faded)))
        lost = len(so_far) - len(finite)
        legend.append(
            Entry(
                shape.short,
                shape.colour,
                letter(index),
                figure(sum(finite) / len(finite) if finite else None, metric),
                f"✗{lost}" if lost else "",
                any(state.status is RunStatus.RUNNING for state in view.states(shape)),
            )
        )
    if not dots:
        return Chart(caption, None, (), "mean", tuple(legend), "nothing measured yet")
    series = [Series("", [x for x, _ in means], [y for _, y in means], faint=True), *(one for one, _ in dots)]
    paints = (Paint(None, True), *(paint for _, paint in dots))
    lrs = [shape.lr for shape in shapes]
    x = Scale(lrs[0] / 1.6, lrs[-1] * 1.6, True, tuple((lr, format_rate(lr)) for lr in lrs))
    y = fit((value for one in series for value in one.ys), log=options.y_log(metric), ticks=max(2, height // 3))
    drawing = draw(series, width=width, height=height, x=x, y=y)
    return Chart(caption, drawing, paints, "mean", tuple(legend))


def _lr(view: View, shape: Scenario) -> float:
    """Return the scenario's rate, or what the finder chose; NaN until it has."""
    return next((state.spec.lr for state in view.states(shape) if math.isfinite(state.spec.lr)), math.nan)


def _final(state: RunState, metric: str) -> float | None:
    if state.epochs_done == 0:
        return None
    if state.outcome is not None:
        return float(getattr(state.outcome, f"val_{metric}"))
    return float(getattr(state.records[-1], f"val_{metric}"))
