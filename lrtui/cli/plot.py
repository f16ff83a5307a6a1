"""`lrtui plot` in the terminal: one picture per group of runs that differ in nothing but the learning rate."""

import os
import shutil
import sys

import polars as pl

from lrtui.analysis.coordinates import short_rate
from lrtui.analysis.result import StudyResult
from lrtui.errors import InputError
from lrtui.report import plot_scale
from lrtui.report.curves import group_keys, group_label, groups, sweeps_rate
from lrtui.report.metrics import RESULT, Metric, find_metric
from lrtui.report.terminal_plot import Series, plot
from lrtui.text import format_rate, literal

MAX_HEIGHT = 24
SUGGESTIONS = {"valley": "valley", "steepest": "steepest", "minimum_tenth": "minimum / 10"}
RUNAWAY = 3.0
"""A loss axis ends at this multiple of the loss before training: a diverging curve leaves the picture, marked."""


def draw(result: StudyResult, metric_name: str) -> str:
    """Return the plots of a metric, as wide as the terminal; in colour where it is one and NO_COLOR is not set.

    Of a study that trained nothing but searched rates they are its range tests.
    Raises InputError for an unknown metric and where nothing is measured yet.
    """
    metric = find_metric(metric_name)
    if result.epochs.is_empty():
        pictures = range_tests(result)
    else:
        pictures = _results(result) if metric is RESULT else _curves(result, metric)
    if not pictures:
        raise InputError("nothing is measured yet")
    return "\n".join(pictures)


def range_tests(result: StudyResult) -> list[str]:
    """Return a plot of each range test: the smoothed loss by learning rate, and the suggested rates as upright lines."""
    pictures = []
    for _, steps in result.finder.sort("run", "iteration").group_by("run", maintain_order=True):
        shown = steps.filter(pl.col("smoothed").is_finite())
        first = steps.row(0, named=True)
        y = plot_scale.fit(shown["smoothed"].to_list())
        curve = Series("smoothed loss", shown["lr"].to_list(), shown["smoothed"].to_list())
        marks = [
            Series(f"{name} {format_rate(short_rate(first[key]))}", [first[key]] * 2, [y.low, y.high])
            for key, name in SUGGESTIONS.items()
            if first[key] is not None
        ]
        title = f"smoothed loss by learning rate · {literal(first['scenario'])}"
        pictures.append(_picture([*marks, curve], title, plot_scale.fit(steps["lr"].to_list(), log=True), y))
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
    size = shutil.get_terminal_size((100, 30))
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    height = max(8, min(MAX_HEIGHT, size.lines - len(series) - 4))
    return plot(series, title=title, width=size.columns, height=height, x=x, y=y, colour=colour)
