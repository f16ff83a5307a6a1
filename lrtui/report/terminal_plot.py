"""Curves and dots as terminal text. The one module that knows plotext.

plotext draws into one figure per process, refuses NaN, infinity and (on a log axis) values ≤ 0, and takes the limits of a
log axis as exponents. So: one lock around the figure, points it cannot take are kept aside and marked at the edge, and
logarithms are taken here. Every series is drawn as a layer of its own and kept, so that a live plot of twenty curves
costs only those that changed; a cell knows which series it belongs to, and colours are the caller's.
"""

import functools
import math
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.text import Text

from lrtui.report.ansi import printed
from lrtui.report.plot_scale import Scale, fit, thin

AXIS = -1
"""The series of a cell that belongs to the axes, or is empty."""
EDGE_MARKS = {"nan": "✗", "inf": "✗", "above": "▴", "below": "▾"}
"""What marks a point that cannot be drawn, at the top (`below`: at the bottom) of its column."""
COLOURS = ("#4c9be8", "#e8a13a", "#4fb477", "#e0607e", "#a98bea", "#3fb8c4", "#c9b458", "#9aa5b1")

_lock = threading.Lock()
_CODE = re.compile(r"\x1b\[[0-9;]*m")
_BRAILLE = 0x2800
_MIN_WIDTH, _MIN_HEIGHT = 16, 4
_DOT = "●"


@dataclass(frozen=True)
class Series:
    """One curve (`line`) or a set of dots.

    `mark` is a character set on its last point, to tell curves apart without colour. A `faint` curve gives way where
    another crosses it; of two equals the dots of both are shown.
    """

    label: str
    xs: Sequence[float]
    ys: Sequence[float]
    line: bool = True
    mark: str = ""
    faint: bool = False


@dataclass(frozen=True)
class Omitted:
    """A point that could not be drawn, and why: `nan`, `inf`, `above` or `below` the axis."""

    series: int
    x: float
    y: float
    reason: str


@dataclass(frozen=True)
class Span:
    """A piece of a row that belongs to one series."""

    text: str
    series: int


@dataclass(frozen=True)
class Drawing:
    """Rows of exactly `width` cells, and where in them the canvas lies."""

    rows: tuple[tuple[Span, ...], ...]
    omitted: tuple[Omitted, ...]
    left: int
    """Cells before the first canvas column: tick labels and the axis."""
    columns: int
    lines: int
    """Rows of the canvas; the axis and its labels follow."""
    x: Scale

    def column_of(self, x: float) -> int:
        """Return the cell (from the row's start) that shows `x`."""
        return self.left + _place(self.x.position(x), self.x, self.columns)

    def x_at(self, column: int) -> float:
        """Return the value of x that the cell `column` stands for."""
        share = min(1.0, max(0.0, (column - self.left) / max(1, self.columns - 1)))
        low, high = self.x.position(self.x.low), self.x.position(self.x.high)
        at = low + share * (high - low)
        return float(10.0**at) if self.x.log else at


def draw(series: Sequence[Series], *, width: int, height: int, x: Scale, y: Scale) -> Drawing:
    """Return `series` drawn in `width` × `height` cells; later series lie on earlier ones. Safe to call from any thread."""
    if width < _MIN_WIDTH or height < _MIN_HEIGHT:
        blank = (Span(" " * max(0, width), AXIS),)
        return Drawing((blank,) * max(0, height), (), 0, max(1, width), max(0, height), x)
    frame = _frame(width, height, x, y)
    left = max((len(label) for _, label in y.ticks), default=1) + 1
    columns, lines = width - left, height - 2
    cells = [[(character, AXIS) for character in row] for row in frame]
    omitted: list[Omitted] = []
    for index, one in enumerate(series):
        for xs, ys in _drawable(index, one, x, y, omitted):
            points = thin(xs, ys, columns) if one.line else (xs, ys)
            layer = _layer(tuple(points[0]), tuple(points[1]), one.line, columns, lines, _limits(x), _limits(y))
            for row, column, drawn in layer:
                below, other = cells[row][left + column]
                equals = other == AXIS or series[other].faint == one.faint
                cells[row][left + column] = (_merged(below, drawn) if equals else drawn, index)
    for index, one in enumerate(series):
        _set_mark(cells, index, one, x, y, (left, columns, lines))
    for point in omitted:
        if x.refuses(point.x):
            continue
        row = lines - 1 if point.reason == "below" else 0
        column = left + _place(x.position(point.x), x, columns)
        cells[row][column] = (EDGE_MARKS[point.reason], point.series)
    return Drawing(tuple(_spans(row) for row in cells), tuple(omitted), left, columns, lines, x)


def to_text(drawing: Drawing, styles: Sequence[str], axis: str = "") -> Text:
    """Return the drawing as rich text, series `i` in `styles[i]`."""
    rows = []
    for row in drawing.rows:
        line = Text(no_wrap=True)
        for span in row:
            line.append(span.text, axis if span.series == AXIS else styles[span.series % len(styles)])
        rows.append(line)
    return Text("\n", no_wrap=True).join(rows)


def plot(
    series: Sequence[Series],
    *,
    title: str = "",
    width: int = 80,
    height: int = 20,
    x: Scale | None = None,
    y: Scale | None = None,
    colour: bool = True,
) -> str:
    """Return a whole plot for printing: title, curves, legend, and which points could not be drawn. ANSI codes if `colour`.

    Without colour every curve carries the letter its legend entry begins with.
    """
    lettered = [
        one if colour else Series(one.label, one.xs, one.ys, one.line, _letter(index))
        for index, one in enumerate(series)
    ]
    x = x or fit((value for one in series for value in one.xs), ticks=6)
    y = y or fit((value for one in series for value in one.ys), ticks=max(3, height // 4))
    drawing = draw(lettered, width=width, height=height, x=x, y=y)
    lines = [Text(title, "bold")] if title else []
    lines.append(to_text(drawing, COLOURS, "dim"))
    lines.append(_legend(lettered, drawing, width))
    return printed(lines, width, colour)


def _legend(series: Sequence[Series], drawing: Drawing, width: int) -> Text:
    lost = {point.series: point for point in reversed(drawing.omitted)}
    rows = [Text()]
    for index, one in enumerate(series):
        entry = Text(f"{one.mark or '▪'} ", COLOURS[index % len(COLOURS)])
        entry.append(one.label, "default")
        if index in lost:
            point = lost[index]
            entry.append(f" {EDGE_MARKS[point.reason]} {point.reason} at {point.x:g}", "default")
        if rows[-1].cell_len and rows[-1].cell_len + 3 + entry.cell_len > width:
            rows.append(Text())
        rows[-1].append("   " if rows[-1].cell_len else "")
        rows[-1].append_text(entry)
    return Text("\n").join(rows)


def _letter(index: int) -> str:
    return chr(ord("a") + index % 26)


def _drawable(
    index: int, one: Series, x: Scale, y: Scale, omitted: list[Omitted]
) -> list[tuple[list[float], list[float]]]:
    """Return the stretches of a series that can be drawn, and note the points between them."""
    stretches: list[tuple[list[float], list[float]]] = [([], [])]
    for at, value in zip(one.xs, one.ys, strict=True):
        if x.refuses(at):
            continue
        if reason := y.refuses(value):
            omitted.append(Omitted(index, at, value, reason))
            if one.line:
                stretches.append(([], []))
            continue
        stretches[-1][0].append(x.position(at))
        stretches[-1][1].append(y.position(value))
    return [stretch for stretch in stretches if stretch[0]]


@functools.lru_cache(maxsize=32)
def _frame(width: int, height: int, x: Scale, y: Scale) -> tuple[str, ...]:
    """Return the rows of an empty plot: axes, ticks and their labels."""
    label_width = max((len(label) for _, label in y.ticks), default=1)
    with _lock:
        plotext = _empty_figure(width, height, _limits(x), _limits(y))
        plotext.xaxes(True, False)
        plotext.yaxes(True, False)
        plotext.xticks([x.position(value) for value, _ in x.ticks], [label for _, label in x.ticks])
        plotext.yticks([y.position(value) for value, _ in y.ticks], [label.rjust(label_width) for _, label in y.ticks])
        plotext.scatter([x.position(x.low)], [y.position(y.low)], marker=" ")  # without data there are no axes
        return _rows(plotext.build(), width, height)


@functools.lru_cache(maxsize=1024)
def _layer(
    xs: tuple[float, ...],
    ys: tuple[float, ...],
    line: bool,
    columns: int,
    lines: int,
    x_limits: tuple[float, float],
    y_limits: tuple[float, float],
) -> tuple[tuple[int, int, str], ...]:
    """Return the cells (row, column, character) that one stretch of a series covers."""
    with _lock:
        plotext = _empty_figure(columns, lines, x_limits, y_limits)
        plotext.frame(False)
        plotext.xfrequency(0)
        plotext.yfrequency(0)
        if line:
            plotext.plot(xs, ys, marker="braille")
        else:
            plotext.scatter(xs, ys, marker=_DOT)
        rows = _rows(plotext.build(), columns, lines)
    return tuple(
        (row, column, character)
        for row, text in enumerate(rows)
        for column, character in enumerate(text)
        if character != " "
    )


def _empty_figure(width: int, height: int, x_limits: tuple[float, float], y_limits: tuple[float, float]) -> Any:
    import plotext

    plotext.clear_figure()
    plotext.limit_size(False, False)
    plotext.plot_size(width, height)
    plotext.theme("clear")
    plotext.xlim(*x_limits)
    plotext.ylim(*y_limits)
    return plotext


def _rows(text: str, width: int, height: int) -> tuple[str, ...]:
    rows = [_CODE.sub("", row)[:width].ljust(width) for row in text.split("\n")[:height]]
    return (*rows, *[" " * width] * (height - len(rows)))


def _limits(scale: Scale) -> tuple[float, float]:
    return scale.position(scale.low), scale.position(scale.high)


def _merged(below: str, above: str) -> str:
    """Return the dots of both where two curves meet in a cell."""
    if _BRAILLE <= ord(below) < _BRAILLE + 256 and _BRAILLE <= ord(above) < _BRAILLE + 256:
        return chr(ord(below) | ord(above))
    return above


def _set_mark(
    cells: list[list[tuple[str, int]]], index: int, one: Series, x: Scale, y: Scale, canvas: tuple[int, int, int]
) -> None:
    left, columns, lines = canvas
    if not one.mark:
        return
    for at, value in zip(reversed(one.xs), reversed(one.ys), strict=True):
        if not x.refuses(at) and not y.refuses(value):
            row = lines - 1 - _place(y.position(value), y, lines)
            cells[row][left + _place(x.position(at), x, columns)] = (one.mark, index)
            return


def _place(position: float, scale: Scale, cells: int) -> int:
    low, high = scale.position(scale.low), scale.position(scale.high)
    share = (position - low) / (high - low) if high > low else 0.0
    return min(cells - 1, max(0, math.floor(round(0.5 + share * (cells - 1), 8))))


def _spans(row: list[tuple[str, int]]) -> tuple[Span, ...]:
    spans: list[Span] = []
    start = 0
    for index in range(1, len(row) + 1):
        if index == len(row) or row[index][1] != row[start][1]:
            spans.append(Span("".join(character for character, _ in row[start:index]), row[start][1]))
            start = index
    return tuple(spans)
