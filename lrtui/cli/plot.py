"""`lrtui plot` in the terminal: one picture per group of runs that differ in nothing but the learning rate, one per range
test, or the map of one run's layers."""

import os
import shutil
import sys

import polars as pl

from lrtui.analysis.result import StudyResult
from lrtui.report import plot_scale
from lrtui.report.curves import group_keys, group_label, groups, sweeps_rate
from lrtui.report.layer_map import layer_map
from lrtui.report.layer_run import find_run
from lrtui.report.metrics import FINDER, LAYERS, RESULT, Metric, find_metric
from lrtui.report.range_ceiling import ceiling
from lrtui.report.range_tests import range_tests as tests_of
from lrtui.report.terminal_plot import Series, plot
from lrtui.text import literal

MAX_HEIGHT = 24
RUNAWAY = 3.0
"""A loss axis ends at this multiple of the loss before training: a diverging curve leaves the picture, marked."""


def draw(result: StudyResult, metric_name: str | None = None, run: int | None = None) -> str:
    """Return the plots of a metric, as wide as the terminal; in colour where it is one and NO_COLOR is not set.

    Without a name it is what `find_metric` takes. Of layers one run is drawn: `run`, or the best.
    Raises InputError for an unknown metric or run, and where nothing of it is measured.
    """
    metric = find_metric(metric_name, result, run)
    if metric.table == "layers":
        return layer_map(
            find_run(result, run), LAYERS[metric.name], width=_terminal().columns, colour=_in_colour()
        ).rstrip("\n")
    if metric is FINDER:
        return "\n".join(range_tests(result, run))
    return "\n".join(_results(result) if metric is RESULT else _curves(result, metric))


def range_tests(result: StudyResult, run: int | None = None) -> list[str]:
    """Return a plot of each range test: the smoothed loss by learning rate, and the suggested rates as upright lines."""
    pictures = []
    for test in tests_of(result, run):
        rates, losses = test.settled
        y = plot_scale.fit(losses, ceiling=ceiling(test.smoothed))
        curve = Series("smoothed loss", rates, losses)
        marks = [Series(one.label, [one.lr] * 2, [y.low, y.high]) for one in test.suggestions]
        title = f"smoothed loss by learning rate · {literal(test.scenario)}"
        pictures.append(_picture([*marks, curve], title, plot_scale.fit(test.rates, log=True), y))
    return pictures


def _curves(result: StudyResult, metric: Metric) -> list[str]:
    pictures, rates = [], sweeps_rate(result.runs)
    for group in groups(result, metric.name):
        scenarios = sorted(group.scenarios, key=lambda scenario: scenario.lr) if rates else group.scenarios
        series = [Series(scenario.label, scenario.mean.epochs, scenario.mean.values) for scenario in scenarios]
        starts = [curve.ys[0] for curve in series if curve.ys]
        ceiling = RUNAWAY * max(starts) if metric.name == "val_loss" else None
        values = (value for curve in series for value in curve.ys)
        last = max((int(curve.xs[-1]) for curve in series if curve.xs), default=1)
        pictures.append(
            _picture(
                series,
                " · ".join(part for part in (metric.axis, group.label, "mean of replicates, by epoch") if part),
                plot_scale.epochs(last),
                plot_scale.fit(values, log=metric.log, ceiling=ceiling),
            )
        )
    return pictures


def _results(result: StudyResult) -> list[str]:
    keys = group_keys(result.runs)
    measured = result.runs.filter(pl.col("final_val_accuracy").is_not_null())
    pictures = []
    for values, runs in measured.group_by(keys or [pl.lit(0)], maintain_order=True):
        means = runs.group_by("lr").agg(pl.col("final_val_accuracy").mean()).sort("lr")
        rates = means["lr"].to_list()
        series = [
            Series("mean", rates, means["final_val_accuracy"].to_list()),
            Series("each run", runs["lr"].to_list(), runs["final_val_accuracy"].to_list(), line=False),
        ]
        title = " · ".join(part for part in (RESULT.axis, group_label(keys, values) if keys else "", "by rate") if part)
        pictures.append(
            _picture(
                series, title, plot_scale.fit(rates, log=True), plot_scale.fit(runs["final_val_accuracy"].to_list())
            )
        )
    return pictures


def _picture(series: list[Series], title: str, x: plot_scale.Scale, y: plot_scale.Scale) -> str:
    size = _terminal()
    height = max(8, min(MAX_HEIGHT, size.lines - len(series) - 4))
    return plot(series, title=title, width=size.columns, height=height, x=x, y=y, colour=_in_colour())


def _terminal() -> os.terminal_size:
    return shutil.get_terminal_size((100, 30))


def _in_colour() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
