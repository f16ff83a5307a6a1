"""Pictures in files, SVG or PNG, through matplotlib (the extra `plots`). The same study gives the same SVG, byte for byte,
whatever the environment says of matplotlib: MPLBACKEND, MATPLOTLIBRC, style files, an unreadable configuration."""

import contextlib
import io
import math
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs

from lrtui.errors import InputError
from lrtui.plots import heatmap, palette
from lrtui.plots.axes import Axis
from lrtui.plots.chart import Chart, Entry, Kind, Series
from lrtui.plots.dashes import PATTERNS, pattern
from lrtui.plots.layers import LayerRun, Range, find_run, grid
from lrtui.plots.metrics import LOG, SHARE, Metric, find_metric, named
from lrtui.plots.palette import Ground
from lrtui.plots.pictures import pictures
from lrtui.plots.view import View
from lrtui.text import literal, wrap

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = (".svg", ".png")
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
    "axes.unicode_minus": True,
}
_DPI = 150
_SINGLE, _FACET, _ACROSS = (7.2, 4.2), (4.6, 3.2), 2
"""Sizes of a picture alone and of one among several, inches, and how many stand side by side."""
_TONES = {"good": "#0a7d55", "warn": "#9a5b00", "bad": "#c0202f", "dim": "#9a9a9a", "": "#666666"}
_LOOKS: dict[Kind, dict[str, Any]] = {
    Kind.LINE: {"linewidth": 1.8, "zorder": 3},
    Kind.FAINT: {"linewidth": 0.8, "zorder": 2},
    Kind.DOTS: {"linestyle": "", "marker": "o", "markersize": 4.5, "zorder": 4},
    Kind.OPEN: {"linestyle": "", "marker": "o", "markersize": 4.5, "markerfacecolor": "none", "zorder": 4},
}
_EDGES = {"nan": ("x", 1.0), "inf": ("x", 1.0), "above": ("^", 1.0), "below": ("v", 0.0)}
_FURTHEST = 1e250
"""matplotlib cannot draw to figures much larger than this."""
_ENTRIES, _LABEL = 40, 24
_KEY = 11.0
"""Length of the piece of a broken line in a legend, in widths of the line."""
_NAMES, _WORDS = 40, 105
"""Layers whose names all have room, and characters in a line of words."""


def image(view: View, suffix: str, metric: str | None = None, run: int | None = None) -> bytes:
    """Return a metric of the study as a file with the ending `suffix` (.svg or .png); without one what `find_metric` takes.

    Against the epoch: a picture per group of runs that differ in nothing but the rate. `result`: final validation accuracy
    against the learning rate. `finder`: the range tests. A figure of layers: the map of one run, `run` or the best one.
    Raises InputError for an unknown metric, run or ending, if nothing of it is measured, and if matplotlib is missing or
    broken.
    """
    chosen = find_metric(metric, view, run)
    return written(view, suffix, lambda figure: _drawn(figure, view, chosen, run))


def chart_image(view: View, chart: Chart, suffix: str) -> bytes:
    """Return one chart of a study as a file with the ending `suffix`. Raises InputError as `image` does."""
    if chart.x is None:
        raise InputError(f"there is nothing to draw: {chart.message}")
    return written(view, suffix, lambda figure: _charts(figure, [chart]))


def _drawn(figure: "Figure", view: View, metric: Metric, run: int | None) -> None:
    if metric.table == "layers":
        _layers(figure, find_run(view, run), metric)
        return
    charts = pictures(view, metric, run)
    if all(chart.x is None for chart in charts):
        raise InputError(f"no {named(metric, view.study).label} to plot: {charts[0].message}")
    _charts(figure, [chart for chart in charts if chart.x is not None])


def written(view: View, suffix: str, draw: "Callable[[Figure], None]") -> bytes:
    """Return what `draw` draws, under the study's title, as a file with the ending `suffix`. Raises as `image` does."""
    fmt = suffix.lower().removeprefix(".")
    if suffix.lower() not in FORMATS:
        raise InputError(f"{literal(suffix) or 'no ending'}: a plot is written as {' or '.join(FORMATS)}")
    with _matplotlib():
        from matplotlib.figure import Figure

        figure = Figure(layout="constrained")
        draw(figure)
        figure.suptitle(literal(view.study.title), fontsize=11, parse_math=False)
        out = io.BytesIO()
        figure.savefig(out, format=fmt, dpi=_DPI, metadata={"Date": None} if fmt == "svg" else None)
        return out.getvalue()


@contextlib.contextmanager
def _matplotlib() -> Iterator[None]:
    """Make matplotlib draw as its defaults and `_STYLE` say. Raises InputError if it is missing or cannot be imported.

    What a person's environment says of it is read when it is first imported: until then it is shown another one.
    """
    try:
        with _bare_environment():
            import matplotlib
            import matplotlib.figure  # an extra, and slow to import

            matplotlib.get_configdir()  # asked once, and kept
            matplotlib.get_cachedir()
    except ImportError:
        raise InputError("plots in files need matplotlib: pip install matplotlib") from None
    except Exception as error:
        raise InputError(f"matplotlib cannot be imported: {literal(f'{type(error).__name__}: {error}')}") from None
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_STYLE)
        yield


@contextlib.contextmanager
def _bare_environment() -> Iterator[None]:
    """Show matplotlib an empty configuration: no backend, no matplotlibrc, no styles; what it keeps goes into a folder of
    ours. A matplotlibrc in the current folder comes before all others, so that folder is left meanwhile."""
    before = {name: os.environ.pop(name, None) for name in ("MPLBACKEND", "MATPLOTLIBRC", "MPLCONFIGDIR")}
    here = os.open(".", os.O_RDONLY) if "matplotlib" not in sys.modules and Path("matplotlibrc").exists() else None
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "matplotlibrc"
        empty.touch()
        kept = platformdirs.user_cache_path("lrtui") / "matplotlib"
        os.environ.update(MATPLOTLIBRC=str(empty), MPLCONFIGDIR=str(kept))
        try:
            if here is not None:
                os.chdir(folder)
            yield
        finally:
            if here is not None:
                os.fchdir(here)
                os.close(here)
            del os.environ["MATPLOTLIBRC"], os.environ["MPLCONFIGDIR"]
            os.environ.update({name: value for name, value in before.items() if value is not None})


def _charts(figure: "Figure", charts: Sequence[Chart]) -> None:
    across = min(len(charts), _ACROSS)
    down = math.ceil(len(charts) / across)
    figure.set_size_inches(*(_SINGLE if len(charts) == 1 else (_FACET[0] * across, _FACET[1] * down)))
    grid = list(figure.subplots(down, across, squeeze=False).flat)
    for axes in grid[len(charts) :]:
        axes.set_visible(False)
    entries: dict[str, Entry] = {}
    for axes, chart in zip(grid, charts, strict=False):
        _chart(axes, chart, alone=len(charts) == 1)
        entries |= {one.label: one for one in chart.legend if one.label}
    _legend(figure, list(entries.values()))


def _chart(axes: "Axes", chart: Chart, *, alone: bool) -> None:
    if chart.x is None or chart.y is None:
        return
    for one in chart.series:
        _series(axes, one, chart.x, chart.y)
    for axis, scale, name in ((axes.xaxis, chart.x, "x"), (axes.yaxis, chart.y, "y")):
        ticks = scale.ticks(7 if alone else 5)
        axes.set(**{f"{name}scale": "log" if scale.log else "linear", f"{name}lim": (scale.low, scale.high)})
        axis.set_ticks([value for value, _ in ticks], [label for _, label in ticks])
        axis.set_ticks([], minor=True)
        axis.set_label_text(scale.name)
    rules = [one for one in chart.legend if one.tone and one.value not in ("", "–")]
    told = " · ".join(f"{one.label} {one.value}{' (chosen)' if one.chosen else ''}" for one in rules)
    lines = [line for text in (chart.title, told, *chart.notes) for line in wrap(literal(text), 90 if alone else 56)]
    axes.set_title("\n".join(lines), parse_math=False)


def _series(axes: "Axes", one: Series, x: Axis, y: Axis) -> None:
    colour = _TONES[one.tone] if one.colour is None else palette.style(one.colour, Ground.LIGHT)
    if one.kind is Kind.RULE:
        axes.axvline(one.xs[0], color=colour, linewidth=1.4, linestyle=":" if one.tone == "dim" else "--", zorder=4)
        return
    if one.kind is Kind.BAND:
        axes.fill_between(
            one.xs, _drawable(one.ys), _drawable(one.highs), color=colour, alpha=0.18, linewidth=0, zorder=1
        )
        return
    look = {"color": colour, "alpha": 0.5 if one.kind is Kind.FAINT else 1.0, **_LOOKS[one.kind]}
    if one.kind is Kind.LINE and len(one.xs) == 1:
        look["marker"] = "o"
    axes.plot(one.xs, _drawable(one.ys), **look)
    for reason, (marker, edge) in _EDGES.items():
        lost = [
            at for at, value in zip(one.xs, one.ys, strict=True) if not x.refuses(at) and y.refuses(value) == reason
        ]
        if lost and one.kind is not Kind.FAINT:
            edges: dict[str, Any] = {"color": colour, "markersize": 4, "clip_on": False, "zorder": 5}
            (marks,) = axes.plot(lost, [edge] * len(lost), marker, transform=axes.get_xaxis_transform(), **edges)
            marks.set_in_layout(False)


def _legend(figure: "Figure", entries: Sequence[Entry]) -> None:
    from matplotlib.lines import Line2D

    handles = []
    for one in entries:
        colour = _TONES[one.tone] if one.colour is None else palette.style(one.colour, Ground.LIGHT)
        note = f" {one.note}" if one.note else ""
        broken = (None if one.colour is None else pattern(one.colour.turn)) or (PATTERNS[0] if one.tone else None)
        look: dict[str, Any] = {}
        if broken is not None:
            period = _KEY / max(1, broken.periods // 5)
            look["linestyle"] = (0, tuple(share * period for share in broken.stroke))
        handles.append(Line2D([], [], color=colour, linewidth=1.8, label=f"{literal(one.label)}{note}", **look))
    columns = 1 + len(handles) // 21
    for text in figure.legend(handles=handles, loc="outside right upper", ncols=columns).get_texts():
        text.set_parse_math(False)


def _drawable(values: Sequence[float]) -> list[float]:
    """Return values that matplotlib can draw: NaN, which leaves a gap, for those that are not finite."""
    return [max(-_FURTHEST, min(_FURTHEST, value)) if math.isfinite(value) else math.nan for value in values]


def _layers(figure: "Figure", run: LayerRun, measure: Metric) -> None:
    """Draw the map, its scale, and the words for the latest epoch. What is not finite is a cross, what was not measured grey."""
    import numpy as np
    from matplotlib.colors import ListedColormap, LogNorm, Normalize

    drawn = grid(run.measured, run.last, measure, len(run.measured[run.last]), run.last + 1)
    heatmap.check(run, measure, drawn)
    scale = Range.of(measure.kind, drawn.values)
    cells = [[_coloured(value, scale) for value in row] for row in drawn.cells]
    figure.set_size_inches(7.2, max(2.8, min(12.0, 1.8 + 0.18 * len(drawn.names))))
    axes = figure.subplots()
    norm = (LogNorm if scale.kind == LOG else Normalize)(scale.low, scale.high)
    ramp = ListedColormap(list(heatmap.ramp(measure.kind, Ground.LIGHT)))
    image = axes.imshow(
        np.ma.masked_invalid(np.array(cells)), cmap=ramp, norm=norm, aspect="auto", interpolation="nearest"
    )
    axes.set_facecolor("#d0d0d0")
    axes.grid(visible=False)
    lost = [(x, y) for y, row in enumerate(drawn.cells) for x, value in enumerate(row) if _lost(value)]
    axes.plot([x for x, _ in lost], [y for _, y in lost], "x", color="#d00000", markersize=4)
    named = range(0, len(drawn.names), -(-len(drawn.names) // _NAMES))
    axes.set_yticks(named, [literal(drawn.names[index]) for index in named])
    epochs = Axis(0, max(1, run.last), whole=True).ticks(8)
    axes.set_xticks(
        [value for value, _ in epochs if value <= run.last], [text for value, text in epochs if value <= run.last]
    )
    axes.set_xlabel("epoch")
    axes.set_title(literal(run.title), parse_math=False)
    bar = figure.colorbar(image, ax=axes, pad=0.02)
    notes = ["× not a number"] * bool(lost) + ["grey: not measured"] * any(None in row for row in drawn.cells)
    bar.set_label(f"{measure.label} ({', '.join(notes)})" if notes else measure.label)
    if measure.kind == SHARE:
        bar.ax.yaxis.set_major_formatter(lambda value, _: scale.text(value))
    words = wrap(literal(f"epoch {run.last}: {run.sentence}"), _WORDS)
    figure.supxlabel("\n".join(words), fontsize=8, parse_math=False)


def _coloured(value: float | None, scale: Range) -> float:
    """Return what the cell is coloured by: NaN if there is nothing to colour."""
    return math.nan if value is None or not math.isfinite(value) else max(scale.low, value)


def _lost(value: float | None) -> bool:
    return value is not None and not math.isfinite(value)
