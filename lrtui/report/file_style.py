"""How plots in files look: what all kinds of them share."""

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STYLE: Any = {
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
SINGLE = (7.2, 4.2)
"""Size of a figure with one picture, inches."""
_COLOURS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#000000")
"""Okabe and Ito's colours, told apart with any kind of colour vision (without their yellow, too pale for a line)."""
_FACET = (4.6, 3.2)
_FACETS_ACROSS = 2
_FURTHEST = 1e250
"""matplotlib cannot leave a margin beyond figures much larger than this; they are drawn here."""


def facets(figure: "Figure", count: int) -> "list[Axes]":
    """Return so many pictures in a figure, made large enough for them."""
    across = min(count, _FACETS_ACROSS)
    down = math.ceil(count / across)
    figure.set_size_inches(*(SINGLE if count == 1 else (_FACET[0] * across, _FACET[1] * down)))
    grid = list(figure.subplots(down, across, squeeze=False).flat)
    for axes in grid[count:]:
        axes.set_visible(False)
    return grid[:count]


def crosses(axes: "Axes", xs: Sequence[float], colour: str, row: int = 0) -> None:
    """Mark places on the x axis at the upper edge, in a row of their own."""
    edge = [1.0 - 0.03 * row] * len(xs)
    look: dict[str, Any] = {"color": colour, "markersize": 4, "clip_on": False, "zorder": 4}
    (marks,) = axes.plot(xs, edge, "x", transform=axes.get_xaxis_transform(), **look)
    marks.set_in_layout(False)


def count_epochs(axes: "Axes") -> None:
    """Make the x axis one of epochs: its ticks are whole numbers."""
    from matplotlib.ticker import MaxNLocator

    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 2.5, 5, 10], integer=True))


def line_colours(count: int) -> list[str]:
    """Return one colour each; many come from the even, lightness-ordered scale cividis."""
    if count <= len(_COLOURS):
        return list(_COLOURS[:count])
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    return [to_hex(colormaps["cividis"](0.9 * index / (count - 1))) for index in range(count)]


def drawable(values: Iterable[float]) -> list[float]:
    """Return values that matplotlib can draw: NaN, which leaves a gap, for those that are not finite."""
    return [max(-_FURTHEST, min(_FURTHEST, value)) if math.isfinite(value) else math.nan for value in values]
