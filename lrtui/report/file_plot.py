"""Plots into a file, SVG or PNG, through matplotlib (the extra `plots`). The same study gives the same SVG, byte for byte."""

import io
import math
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from lrtui.analysis.result import StudyResult
from lrtui.errors import InputError
from lrtui.report.curves import Curve, Scenario, group_keys, group_label, groups, sweeps_rate
from lrtui.report.files import write
from lrtui.report.metrics import RESULT, Metric, find_metric
from lrtui.study.records import RunStatus
from lrtui.text import literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = (".svg", ".png")

_COLOURS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#000000")
"""Okabe and Ito's colours, told apart with any kind of colour vision (without their yellow, too pale for a line)."""
_STYLE: Any = {
    "svg.hashsalt": "lrtui",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "axes.titlesize": 9,
}
_DONE = pl.col("status") == RunStatus.DONE.value
_DIVERGED = pl.col("diverged_at").is_not_null()
_KINDS: tuple[tuple[str, pl.Expr, dict[str, Any]], ...] = (
    ("run", _DONE & ~_DIVERGED, {"marker": "o"}),
    ("diverged", _DONE & _DIVERGED, {"marker": "x"}),
    ("unfinished", ~_DONE, {"marker": "o", "markerfacecolor": "none"}),
)
"""How a run looks in the plot of results."""
_FACET = (4.6, 3.2)
_FACETS_ACROSS = 2
_FURTHEST = 1e250
"""matplotlib cannot leave a margin beyond figures much larger than this; they are drawn here."""
_DPI = 150


def save(result: StudyResult, path: Path, metric: str = "val_loss") -> None:
    """Plot a metric of the study into `path` (.svg or .png).

    Against the epoch: one colour per learning rate, a thick line for the mean and thin ones for the replicates, one
    picture per group of runs that differ in nothing but the rate. `result`: final validation accuracy against the
    learning rate. A figure that is not finite is a cross at the upper edge. Raises InputError for an unknown metric or
    file ending, where nothing is measured yet, where matplotlib is missing, and where the file cannot be written.
    """
    chosen = find_metric(metric)
    fmt = path.suffix.lower()
    if fmt not in FORMATS:
        raise InputError(f"{literal(str(path))}: a plot is written as {' or '.join(FORMATS)}")
    write(path, _drawn(result, chosen, fmt.removeprefix(".")))


def _drawn(result: StudyResult, metric: Metric, fmt: str) -> bytes:
    try:
        import matplotlib  # an extra, and slow to import
        from matplotlib.figure import Figure
    except ImportError:
        raise InputError("plots in files need matplotlib: pip install matplotlib") from None
    with matplotlib.rc_context():
        matplotlib.rcdefaults()  # whatever a person's matplotlibrc says
        matplotlib.rcParams.update(_STYLE)
        figure = Figure(layout="constrained")
        if metric is RESULT:
            _result(figure, result)
        else:
            _curves(figure, result, metric)
        figure.suptitle(literal(result.study.title), fontsize=11, parse_math=False)
        out = io.BytesIO()
        figure.savefig(out, format=fmt, dpi=_DPI, metadata={"Date": None} if fmt == "svg" else None)
        return out.getvalue()


def _curves(figure: "Figure", result: StudyResult, metric: Metric) -> None:
    found = groups(result, metric.name)
    if not found:
        raise InputError(f"there is no {metric.label} to plot yet: no epoch is finished")
    scenarios = [scenario for group in found for scenario in group.scenarios]
    rates = sweeps_rate(result.runs)
    labels = dict.fromkeys(one.label for one in (sorted(scenarios, key=lambda one: one.lr) if rates else scenarios))
    colours = dict(zip(labels, _colours(len(labels)), strict=True))
    across = min(len(found), _FACETS_ACROSS)
    down = math.ceil(len(found) / across)
    width, height = (7.2, 4.2) if len(found) == 1 else (_FACET[0] * across, _FACET[1] * down)
    figure.set_size_inches(width, height)
    grid = figure.subplots(down, across, squeeze=False)
    for axes in grid.flat[len(found) :]:
        axes.set_visible(False)
    for axes, group in zip(grid.flat, found, strict=False):
        crossed = [scenario.label for scenario in group.scenarios if _lost(scenario)]
        for scenario in group.scenarios:
            _scenario(axes, scenario, colours[scenario.label])
            if scenario.label in crossed:
                _crosses(axes, _lost(scenario), colours[scenario.label], crossed.index(scenario.label))
        axes.set_title(group.label, parse_math=False)
        axes.set_xlabel("epoch")
        axes.set_ylabel(metric.axis)
        axes.xaxis.get_major_locator().set_params(integer=True)
        if metric.log:
            axes.set_yscale("log")
    _legend(figure, colours, "learning rate" if rates else None, crosses=any(map(_lost, scenarios)))


def _scenario(axes: "Axes", scenario: Scenario, colour: str) -> None:
    for curve in scenario.replicates:
        axes.plot(curve.epochs, _finite(curve.values), color=colour, linewidth=0.7, alpha=0.45, zorder=2)
    mean: Curve = scenario.mean
    marker = "o" if len(mean.epochs) == 1 else None
    axes.plot(mean.epochs, _finite(mean.values), color=colour, linewidth=1.8, marker=marker, zorder=3)


def _crosses(axes: "Axes", epochs: list[int], colour: str, row: int) -> None:
    """Mark epochs at the upper edge; one row for each learning rate that needs one."""
    edge = [1.0 - 0.03 * row] * len(epochs)
    look: dict[str, Any] = {"color": colour, "markersize": 4, "clip_on": False, "zorder": 4}
    (marks,) = axes.plot(epochs, edge, "x", transform=axes.get_xaxis_transform(), **look)
    marks.set_in_layout(False)


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
    if runs.is_empty():
        raise InputError("there is no final validation accuracy to plot yet: no epoch is finished")
    figure.set_size_inches(7.2, 4.2)
    axes = figure.subplots()
    keys = group_keys(result.runs)
    parts = list(runs.group_by(keys, maintain_order=True)) if keys else [((), runs)]
    for colour, (values, group) in zip(_colours(len(parts)), parts, strict=True):
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


def _colours(count: int) -> list[str]:
    """Return one colour each; many come from the even, lightness-ordered scale cividis."""
    if count <= len(_COLOURS):
        return list(_COLOURS[:count])
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    return [to_hex(colormaps["cividis"](0.9 * index / (count - 1))) for index in range(count)]


def _finite(values: Iterable[float]) -> list[float]:
    return [max(-_FURTHEST, min(_FURTHEST, value)) if math.isfinite(value) else math.nan for value in values]
