"""The heat map of a run's layers in a file: layers from the input (bottom) to the output, epoch by epoch."""

import math
from typing import TYPE_CHECKING

from lrtui.report.file_style import count_epochs
from lrtui.report.layer_grid import grid
from lrtui.report.layer_map import check
from lrtui.report.layer_measures import LOG, SHARE, SIGNED, Measure, Range
from lrtui.report.layer_ramp import VIRIDIS
from lrtui.report.layer_run import LayerRun
from lrtui.report.text_table import wrap
from lrtui.text import literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Normalize
    from matplotlib.figure import Figure

_ANCHORS = {
    LOG: VIRIDIS,
    SHARE: ("#f0f2f5", "#f0d3ab", "#ee9d54", "#d8612f", "#a80f2e"),
    SIGNED: ("#0b6bb8", "#86b4dd", "#f4f5f7", "#e0ac77", "#b85f00"),
}
"""As in the terminal, on white paper."""
_UNMEASURED, _NOT_FINITE = "#d0d0d0", "#d00000"
_NAMES = 40
"""Layers whose names all have room."""
_WORDS = 105
"""Characters in a line of words."""


def draw_layers(figure: "Figure", run: LayerRun, measure: Measure) -> None:
    """Draw the map, its scale, and the words for the latest epoch. What is not finite is a cross, what was not measured grey.

    Raises InputError where the run's layers have no such figure.
    """
    import numpy as np
    from matplotlib.colors import LinearSegmentedColormap

    drawn = grid(run.measured, run.last, measure, len(run.measured[run.last]), run.last + 1)
    check(run, measure, drawn)
    scale = Range.of(measure.kind, drawn.values)
    cells = [[_shown(value, scale) for value in row] for row in drawn.cells]
    figure.set_size_inches(7.2, max(2.8, min(12.0, 1.8 + 0.18 * len(drawn.names))))
    axes = figure.subplots()
    ramp = LinearSegmentedColormap.from_list(measure.kind, _ANCHORS[measure.kind], N=256)
    image = axes.imshow(
        np.ma.masked_invalid(np.array(cells)), cmap=ramp, norm=_norm(scale), aspect="auto", interpolation="nearest"
    )
    axes.set_facecolor(_UNMEASURED)
    axes.grid(visible=False)
    lost = [(x, y) for y, row in enumerate(drawn.cells) for x, value in enumerate(row) if _lost(value)]
    axes.plot([x for x, _ in lost], [y for _, y in lost], "x", color=_NOT_FINITE, markersize=4)
    _name_axes(axes, drawn.names)
    axes.set_title(literal(run.title), parse_math=False)
    bar = figure.colorbar(image, ax=axes, pad=0.02)
    notes = ["× not a number"] * bool(lost) + ["grey: not measured"] * any(None in row for row in drawn.cells)
    bar.set_label(f"{measure.title} ({', '.join(notes)})" if notes else measure.title)
    if measure.kind == SHARE:
        bar.ax.yaxis.set_major_formatter(lambda value, _: scale.text(value))
    figure.supxlabel("\n".join(wrap(literal(run.words), _WORDS)), fontsize=8, parse_math=False)


def _shown(value: float | None, scale: Range) -> float:
    """Return what the cell is coloured by: NaN where there is nothing to colour."""
    if value is None or not math.isfinite(value):
        return math.nan
    return max(scale.low, value)


def _lost(value: float | None) -> bool:
    return value is not None and not math.isfinite(value)


def _norm(scale: Range) -> "Normalize":
    from matplotlib.colors import LogNorm, Normalize

    return (LogNorm if scale.kind == LOG else Normalize)(scale.low, scale.high)


def _name_axes(axes: "Axes", names: tuple[str, ...]) -> None:
    step = -(-len(names) // _NAMES)
    named = range(0, len(names), step)
    axes.set_yticks(named, [literal(names[index]) for index in named])
    count_epochs(axes)
