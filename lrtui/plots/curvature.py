"""The largest rate that the loss can take, over epochs, against the rate in use: where they meet, training breaks."""

from collections.abc import Iterator
from dataclasses import replace

from lrtui.analysis.curvature import summary
from lrtui.plots.chart import Chart, Kind, Series
from lrtui.plots.curves import curves
from lrtui.plots.metrics import CRITICAL, LIMIT, RATE
from lrtui.plots.series import counted, mean, run_curve
from lrtui.plots.view import View

_DOTS = 12
"""So many dots a scenario has at most: more of them hide the lines."""


def critical(view: View, *, group: int = 0, log: bool = True, x_log: bool = False, epoch: int | None = None) -> Chart:
    """Return the picture of one group: the critical rates as lines, the rates in use behind them, 2/λ of plain gradient
    descent as dots where it was measured; below it what that says, in words."""
    chart = curves(view, [RATE, CRITICAL], group=group, replicates=False, log=log, x_log=x_log, epoch=epoch)
    if chart.message:
        return chart
    dots = tuple(_limits(view, group))
    told = line(view, group)
    title = chart.title.replace("faded", "faded, 2/λ dots") if dots else chart.title
    return replace(chart, title=title, series=(*chart.series, *dots), notes=(told,) if told else ())


def line(view: View, group: int | None = None) -> str:
    """Return one line on the scenarios of a group, or of all; empty if nothing was measured."""
    if not any(spec.config.curvature.measure for spec in view.study.runs):
        return ""  # without looking at every epoch
    shape = view.shape
    scenarios = shape.scenarios if group is None else shape.of_group(group)
    return summary(
        {one.label if group is None else one.short: [state.records for state in view.states(one)] for one in scenarios}
    )


def _limits(view: View, group: int) -> Iterator[Series]:
    for one in view.of_group(group):
        states = view.states(one)
        if not all(state.spec.config.optim.is_plain_descent for state in states):
            continue
        curve = mean([run_curve(state, LIMIT) for state in counted(states)], geometric=True)
        stride = -(-len(curve.xs) // _DOTS) or 1
        if curve.xs:
            yield Series(Kind.DOTS, curve.xs[::stride], curve.ys[::stride], one.colour)
