"""Plots into a file, SVG or PNG, through matplotlib (the extra `plots`). The same study gives the same SVG, byte for byte."""

import io
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from lrtui.analysis.result import StudyResult
from lrtui.errors import InputError
from lrtui.report.curves import Curve, Scenario, group_keys, group_label, groups, sweeps_rate
from lrtui.report.file_finder import draw_range_tests
from lrtui.report.file_layers import draw_layers
from lrtui.report.file_style import SINGLE, STYLE, count_epochs, crosses, drawable, facets, line_colours
from lrtui.report.files import write
from lrtui.report.layer_run import find_run
from lrtui.report.metrics import FINDER, LAYERS, RESULT, Metric, find_metric
from lrtui.report.range_tests import range_tests
from lrtui.study.records import RunStatus
from lrtui.text import literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = (".svg", ".png")

_DONE = pl.col("status") == RunStatus.DONE.value
_DIVERGED = pl.col("diverged_at").is_not_null()
_KINDS: tuple[tuple[str, pl.Expr, dict[str, Any]], ...] = (
    ("run", _DONE & ~_DIVERGED, {"marker": "o"}),
    ("diverged", _DONE & _DIVERGED, {"marker": "x"}),
    ("unfinished", ~_DONE, {"marker": "o", "markerfacecolor": "none"}),
)
"""How a run looks in the plot of results."""
_DPI = 150


def save(result: StudyResult, path: Path, metric: str | None = None, run: int | None = None) -> None:
    """Plot a metric of the study into `path` (.svg or .png); without one what `find_metric` takes.

    Against the epoch: one colour per learning rate, a thick line for the mean and thin ones for the replicates, one
    picture per group of runs that differ in nothing but the rate. `result`: final validation accuracy against the
    learning rate. `finder`: the range tests. A figure of layers: a heat map of one run, `run` or the best one. What is not
    finite is a cross. Raises InputError for an unknown metric, run or file ending, where nothing of it is measured, where
    matplotlib is missing, and where the file cannot be written.
    """
    chosen = find_metric(metric, result, run)
    fmt = path.suffix.lower()
    if fmt not in FORMATS:
        raise InputError(f"{literal(str(path))}: a plot is written as {' or '.join(FORMATS)}")
    write(path, _drawn(result, chosen, run, fmt.removeprefix(".")))


def _drawn(result: StudyResult, metric: Metric, run: int | None, fmt: str) -> bytes:
    try:
        import matplotlib  # an extra, and slow to import
        from matplotlib.figure import Figure
    except ImportError:
        raise InputError("plots in files need matplotlib: pip install matplotlib") from None
    with matplotlib.rc_context():
        matplotlib.rcdefaults()  # whatever a person's matplotlibrc says
        matplotlib.rcParams.update(STYLE)
        figure = Figure(layout="constrained")
        if metric is RESULT:
            _result(figure, result)
        elif metric is FINDER:
            draw_range_tests(figure, range_tests(result, run))
        elif metric.table == "layers":
            draw_layers(figure, find_run(result, run), LAYERS[metric.name])
        else:
            _curves(figure, result, metric)
        figure.suptitle(literal(result.study.title), fontsize=11, parse_math=False)
        out = io.BytesIO()
        figure.savefig(out, format=fmt, dpi=_DPI, metadata={"Date": None} if fmt == "svg" else None)
        return out.getvalue()


def _curves(figure: "Figure", result: StudyResult, metric: Metric) -> None:
    found = groups(result, metric.name)
    scenarios = [scenario for group in found for scenario in group.scenarios]
    rates = sweeps_rate(result.runs)
    labels = dict.fromkeys(one.label for one in (sorted(scenarios, key=lambda one: one.lr) if rates else scenarios))
    colours = dict(zip(labels, line_colours(len(labels)), strict=True))
    for axes, group in zip(facets(figure, len(found)), found, strict=True):
        crossed = [scenario.label for scenario in group.scenarios if _lost(scenario)]
        for scenario in group.scenarios:
            _scenario(axes, scenario, colours[scenario.label])
            if scenario.label in crossed:
                crosses(axes, _lost(scenario), colours[scenario.label], crossed.index(scenario.label))
        axes.set_title(group.label, parse_math=False)
        axes.set_ylabel(metric.axis)
        count_epochs(axes)
        if metric.log:
            axes.set_yscale("log")
    _legend(figure, colours, "learning rate" if rates else None, crosses=any(map(_lost, scenarios)))


def _scenario(axes: "Axes", scenario: Scenario, colour: str) -> None:
    for curve in scenario.replicates:
        axes.plot(curve.epochs, drawable(curve.values), color=colour, linewidth=0.7, alpha=0.45, zorder=2)
    mean: Curve = scenario.mean
    marker = "o" if len(mean.epochs) == 1 else None
    axes.plot(mean.epochs, drawable(mean.values), color=colour, linewidth=1.8, marker=marker, zorder=3)


def _lost(scenario: Scenario) -> list[int]:
    """Return the epochs at which a replicate's figure is not finite."""
    points = (point for curve in scenario.replicates for point in zip(curve.epochs, curve.values, strict=True))
    return sorted({epoch for epoch, value in points if not math.isfinite(value)})


def _legend(figure: "Figure", colours: dict[str, str], title: str | None, *, crosses: bool) -> None:
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], color=colour, linewidth=1.8, label=label) for label, colour in colours.items()]
    if crosses:
        handles.append(Line2D([], [], color="#444444", marker="x", linestyle="", markersize=4, label="not finite"))
    for text in figure.legend(handles=handles, title=title, loc="outside right upper").get_texts():
        text.set_parse_math(False)


def _result(figure: "Figure", result: StudyResult) -> None:
    runs = result.runs.filter(pl.col("final_val_accuracy").is_not_null())
    figure.set_size_inches(*SINGLE)
    axes = figure.subplots()
    keys = group_keys(result.runs)
    parts = list(runs.group_by(keys, maintain_order=True)) if keys else [((), runs)]
    for colour, (values, group) in zip(line_colours(len(parts)), parts, strict=True):
        _rates(axes, group, colour, group_label(keys, values))
    axes.set_xscale("log")
    axes.set_xlabel("learning rate")
    axes.set_ylabel(RESULT.axis)
    _result_legend(figure, axes, runs)


def _rates(axes: "Axes", runs: pl.DataFrame, colour: str, label: str) -> None:
    means = runs.filter(_DONE).group_by("lr").agg(pl.col("final_val_accuracy").mean()).sort("lr")
    line: dict[str, Any] = {"color": colour, "linewidth": 1.6, "marker": "_", "markersize": 12, "markeredgewidth": 1.6}
    axes.plot(means["lr"], means["final_val_accuracy"], label=label or "mean", zorder=2, **line)
    for _, which, look in _KINDS:
        chosen = runs.filter(which)
        axes.plot(
            chosen["lr"], chosen["final_val_accuracy"], color=colour, linestyle="", markersize=4.5, zorder=3, **look
        )


def _result_legend(figure: "Figure", axes: "Axes", runs: pl.DataFrame) -> None:
    from matplotlib.lines import Line2D

    handles, _ = axes.get_legend_handles_labels()
    for label, which, look in _KINDS:
        if not runs.filter(which).is_empty():
            handles.append(Line2D([], [], color="#444444", linestyle="", markersize=4.5, label=label, **look))
    for text in figure.legend(handles=handles, loc="outside right upper").get_texts():
        text.set_parse_math(False)
