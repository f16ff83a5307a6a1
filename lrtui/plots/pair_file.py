"""The map of two swept keys in a file, SVG or PNG: a number and a mark in every cell, a colour, lines if they are asked for."""

import math
from typing import TYPE_CHECKING, Any

from lrtui.plots import heatmap, pair_lines
from lrtui.plots.file import written
from lrtui.plots.metrics import LOG
from lrtui.plots.pair_lines import Law
from lrtui.plots.pair_text import DIVERGED, UNDER_WAY, UNTRAINED, others
from lrtui.plots.pairs import Cell, PairMap, text_of
from lrtui.plots.palette import Ground
from lrtui.plots.view import View
from lrtui.text import literal, wrap

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_CELL_WIDTH, _CELL_HEIGHT, _BESIDE = 0.85, 0.5, (2.2, 2.0)
"""Inches of a cell, and of what stands beside them."""
_LARGEST = (16.0, 12.0)
_NUMBERS = 24
"""Cells across or down up to which each has its number."""


def pair_image(view: View, suffix: str, drawn: PairMap, law: Law | None = None) -> bytes:
    """Return the map as a file with the ending `suffix`. Raises InputError as `file.image` does."""
    return written(view, suffix, lambda figure: _draw(figure, drawn, law))


def _draw(figure: "Figure", drawn: PairMap, law: Law | None) -> None:
    import numpy as np
    from matplotlib.colors import ListedColormap, Normalize

    across, down = len(drawn.xs), len(drawn.ys)
    size = (across * _CELL_WIDTH + _BESIDE[0], down * _CELL_HEIGHT + _BESIDE[1])
    wide, high = (min(most, wanted) for most, wanted in zip(_LARGEST, size, strict=True))
    figure.set_size_inches(max(5.0, wide), max(2.8, high))
    axes = figure.subplots()
    place = drawn.places()
    shares = [
        [place(one.value) if one.finite and one.value is not None else math.nan for one in row] for row in drawn.cells
    ]
    ramp = ListedColormap(list(heatmap.ramp(LOG, Ground.LIGHT)))
    axes.imshow(
        np.ma.masked_invalid(np.array(shares)), cmap=ramp, norm=Normalize(0, 1), aspect="auto", interpolation="nearest"
    )
    axes.set_facecolor("#e6e6e6")
    axes.grid(visible=False)
    if max(across, down) <= _NUMBERS:
        best, row_bests = drawn.best, drawn.best_of_rows
        for row, cells in enumerate(drawn.cells):
            for column, one in enumerate(cells):
                marks = ("[", "]") if best == (row, column) else ("‹", "›") if row_bests[row] == column else ("", "")
                dark = math.isnan(shares[row][column]) or shares[row][column] > 0.6
                look: dict[str, Any] = {
                    "ha": "center",
                    "va": "center",
                    "fontsize": 8,
                    "color": "#101318" if dark else "#ffffff",
                }
                axes.text(column, row, _label(one, drawn, marks), parse_math=False, zorder=4, **look)
    if law is not None:
        for line in pair_lines.lines(drawn, law):
            style = "-" if line.through_best else "--"
            axes.plot(
                [x for x, _ in line.points],
                [y for _, y in line.points],
                style,
                color="#101318",
                linewidth=1.0,
                alpha=0.7,
                zorder=3,
            )
    axes.set(xlim=(-0.5, across - 0.5), ylim=(down - 0.5, -0.5))
    every_x, every_y = -(-across // _NUMBERS), -(-down // _NUMBERS)
    axes.set_xticks(
        range(0, across, every_x), [text_of(drawn.pair.x, x) for x in drawn.xs[::every_x]], parse_math=False
    )
    axes.set_yticks(range(0, down, every_y), [text_of(drawn.pair.y, y) for y in drawn.ys[::every_y]], parse_math=False)
    axes.set_xlabel(literal(drawn.pair.x), parse_math=False)
    axes.set_ylabel(literal(drawn.pair.y), parse_math=False)
    axes.set_title(f"{drawn.shown.title}{others(drawn)}", parse_math=False)
    told = ["[ ] best · ‹ › best of its row"]
    every = [one for row in drawn.cells for one in row]
    told += [f"{DIVERGED} diverged"] * any(one.diverged or (one.value is not None and not one.finite) for one in every)
    told += [f"grey {UNTRAINED}: not trained yet"] * any(one.value is None for one in every)
    told += [pair_lines.legend(pair_lines.lines(drawn, law), law).replace("•", "lines:")] if law is not None else []
    words = [
        line for text in (" · ".join(told), drawn.sentence) for line in wrap(literal(text), max(50, int(size[0] * 14)))
    ]
    figure.supxlabel("\n".join(words), fontsize=8, parse_math=False)


def _label(one: Cell, drawn: PairMap, marks: tuple[str, str]) -> str:
    if one.value is None:
        return UNDER_WAY if one.under_way else UNTRAINED
    if not one.finite:
        return DIVERGED
    sign = DIVERGED if one.diverged else UNDER_WAY if one.under_way else ""
    return f"{marks[0]}{drawn.shown.text(one.value)}{sign}{marks[1]}"
