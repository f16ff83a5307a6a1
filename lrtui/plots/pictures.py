"""Which pictures a metric of a study has: the same ones in the terminal and in a file. Imports polars for some."""

from lrtui.plots.chart import Chart
from lrtui.plots.curvature import critical
from lrtui.plots.curves import curves, natural_log
from lrtui.plots.finder import finder, range_tests
from lrtui.plots.metrics import CRITICAL, FINDER, RESULT, Metric
from lrtui.plots.rates import rates
from lrtui.plots.view import View
from lrtui.study.states import asked_for


def pictures(view: View, metric: Metric, run: int | None = None, *, replicates: bool = True) -> list[Chart]:
    """Return the charts of a metric that is not of layers: one per group, or per range test (of `run`'s scenario)."""
    if metric is FINDER:
        return [finder(view, test) for test in range_tests(view, run)]
    groups = range(len(view.shape.groups))
    if metric is RESULT:
        from lrtui.analysis.frames import runs_frame
        from lrtui.analysis.winner import comparisons

        told = comparisons(
            runs_frame(asked_for(view.study, view.snapshot.runs)), view.study.equal_within, view.study.looks
        )
        return [rates(view, group=group, told=told) for group in groups]
    if metric is CRITICAL:
        return [critical(view, group=group) for group in groups]
    return [
        curves(view, [metric], group=group, log=natural_log(view, metric, group), replicates=replicates)
        for group in groups
    ]
