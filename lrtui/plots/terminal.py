"""Pictures as terminal text, for the command line and the screen. The one module that knows plotext.

plotext draws into one figure per process, refuses NaN, infinity and (on a log axis) values ≤ 0, and takes the limits of a
log axis as exponents. So: one lock around the figure, points it cannot take are kept aside and marked at the edge, and
logarithms are taken here. Every series is drawn as a layer of its own and kept, so that a live plot of forty curves
costs only those that changed; a cell knows which series it belongs to, and colours are the caller's.
"""

import functools
import itertools
import os
import re
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text

from lrtui.plots import palette
from lrtui.plots.ansi import colours, printed
from lrtui.plots.axes import Axis, thin
from lrtui.plots.chart import Chart, Kind, Series, pick, shortened
from lrtui.plots.palette import Ground
from lrtui.text import literal

if TYPE_CHECKING:
    from types import ModuleType

FRAME = -1
"""The series of a cell that belongs to the axes, or is empty."""


@dataclass(frozen=True)
class Marks:
    """The characters that a console has for curves and marks."""

    line: str
    """A character, or plotext's name of a set of them."""
    dot: str
    open: str
    key: str
    rule: str
    best: str
    """Of the best entry of a legend, as its chart explains."""
    edges: Mapping[str, str]
    """What marks a point that cannot be drawn, at the top (`below`: at the bottom) of its column."""
    plain: bool = False
    """Whether axes are drawn with + - | too."""


BRAILLE = Marks("braille", "●", "○", "▪", "│", "◆", {"nan": "✗", "inf": "✗", "above": "▴", "below": "▾"})
PLAIN = Marks("*", "o", ".", "#", ":", "<", {"nan": "x", "inf": "x", "above": "^", "below": "v"}, plain=True)
"""For consoles without braille: the kernel's own, and those that are not UTF-8."""

_lock = threading.Lock()
_CODE = re.compile(r"\x1b\[[0-9;]*m")
_FIRST_BRAILLE = 0x2800
_MIN_WIDTH, _MIN_HEIGHT = 16, 4
_FRAME_IN_ASCII = str.maketrans("┼┤├┬┴│─└┘┌┐", "+++++|-++++")
_TONES = {"good": "green", "warn": "yellow", "bad": "red", "dim": "dim"}
_LEGEND_LABEL, _LEGEND_LINES = 28, 12


@dataclass(frozen=True)
class Span:
    """A piece of a row that belongs to one series."""

    text: str
    series: int


@dataclass(frozen=True)
class Drawing:
    """Rows of exactly `width` cells, and where in them the canvas lies."""

    rows: tuple[tuple[Span, ...], ...]
    left: int
    """Cells before the first canvas column: tick labels and the axis."""
    columns: int
    lines: int
    """Rows of the canvas; the axis and its labels follow."""
    x: Axis

    def column_of(self, x: float) -> int:
        """Return the cell (from the row's start) that shows `x`."""
        return self.left + _cell(x, self.x, self.columns)

    def texts(self, styles: Sequence[str], frame: str) -> list[Text]:
        """Return the rows, in the style of each series and of the frame."""
        return [
            Text.assemble(*((span.text, frame if span.series == FRAME else styles[span.series]) for span in row))
            for row in self.rows
        ]

    def x_at(self, column: int) -> float:
        """Return the value of x that the cell `column` stands for."""
        share = min(1.0, max(0.0, (column - self.left) / max(1, self.columns - 1)))
        low, high = self.x.limits
        at = low + share * (high - low)
        return float(10.0**at) if self.x.log else at


Cells = list[list[tuple[str, int]]]


def marks() -> Marks:
    """Return the characters that the terminal of this process has."""
    encoding = (getattr(sys.__stdout__, "encoding", None) or "utf-8").lower().replace("-", "")
    return PLAIN if os.environ.get("TERM") == "linux" or not encoding.startswith("utf") else BRAILLE


def draw(chart: Chart, *, width: int, height: int, marks: Marks = BRAILLE, letters: bool = False) -> Drawing:
    """Return a chart that has axes in `width` × `height` cells; later series lie on earlier ones, of rules in one column the
    letters of the later ones above. Safe in any thread.

    With `letters` every curve carries the letter that stands for it without colour.
    """
    x, y = chart.x or Axis(0, 1), chart.y or Axis(0, 1)
    if width < _MIN_WIDTH or height < _MIN_HEIGHT:
        blank = (Span(" " * max(0, width), FRAME),)
        return Drawing((blank,) * max(0, height), 0, max(1, width), max(0, height), x)
    frame = _frame(width, height, x, y, marks.plain)
    left = max(len(label) for _, label in y.ticks(_y_room(height))) + 1
    columns, lines = width - left, height - 2
    cells: Cells = [[(character, FRAME) for character in row] for row in frame]
    for index, one in enumerate(chart.series):
        for row, column, character in _series(one, x, y, columns, lines, marks, letters=letters):
            below, other = cells[row][left + column]
            covered = chart.series[other] if other != FRAME else None
            equals = covered is None or covered.kind is one.kind
            cells[row][left + column] = (_merged(below, character) if equals else character, index)
    rules: dict[int, list[int]] = {}
    last = {one.mark: index for index, one in enumerate(chart.series) if one.kind is Kind.LINE}  # of dashes
    for index, one in enumerate(chart.series):
        if one.kind is Kind.RULE:
            if not x.refuses(one.xs[0]):
                rules.setdefault(left + _cell(one.xs[0], x, columns), []).append(index)
        elif letters and one.mark and (one.kind is not Kind.LINE or last[one.mark] == index):
            _set_letter(cells, index, one, x, y, left, columns)
    for column, indexes in rules.items():
        _set_rules(cells, column, [(chart.series[index].mark, index) for index in reversed(indexes)], marks.rule)
    for index, one in enumerate(chart.series):
        for at, reason in _refused(one, x, y):
            row = lines - 1 if reason == "below" else 0
            cells[row][left + _cell(at, x, columns)] = (marks.edges[reason], index)
    return Drawing(tuple(_spans(row) for row in cells), left, columns, lines, x)


def style(one: Series, ground: Ground, tone: Callable[[str], str]) -> str:
    """Return the style of a series on a terminal, as rich writes it; `tone` gives that of `good`, `warn`, `bad`, `dim`."""
    return tone(one.tone) if one.colour is None else palette.style(one.colour, ground, faint=one.kind.faint)


def needs_letters(chart: Chart, ground: Ground) -> bool:
    """Return whether there are not colours enough for the series of a chart."""
    return any(one.colour is not None and not palette.tells_apart(one.colour, ground) for one in chart.series)


def plot(
    chart: Chart, *, width: int = 80, height: int = 20, colour: bool = True, legend_lines: int = _LEGEND_LINES
) -> str:
    """Return a whole picture for printing: title, curves, legend, notes. ANSI codes if `colour`."""
    available, drawn = colours(colour), marks()
    ground = Ground.ANSI if available == "16" else Ground.ANY
    lines = [Text(literal(chart.title), "bold")]
    if chart.x is None:
        return printed([*lines, Text(literal(chart.message))], width, colour)
    letters = available == "none" or needs_letters(chart, ground)
    drawing = draw(chart, width=width, height=height, marks=drawn, letters=letters)
    lines += drawing.texts([style(one, ground, lambda tone: _TONES.get(tone, "dim")) for one in chart.series], "dim")
    lines += _legend(chart, width, ground, legend_lines, drawn, letters=letters)
    lines += [Text(literal(note)) for note in chart.notes]
    return printed(lines, width, colour)


def _legend(chart: Chart, width: int, ground: Ground, lines: int, marks: Marks, *, letters: bool) -> list[Text]:
    """Return the entries side by side; of more than fit in so many lines those that matter; and what the best one's sign is."""
    shown = shortened([one for one in chart.legend if one.label], min(_LEGEND_LABEL, max(8, width // 3)))
    entries = []
    for one in shown:
        key = one.mark if letters or one.tone else marks.key
        look = _TONES.get(one.tone, "") if one.colour is None else palette.style(one.colour, ground)
        text = Text.assemble((f"{key} ", look), literal(one.label), *((" ", one.value) if one.value else ()))
        text.append(f" {marks.best}" if one.best and chart.best else "")
        text.append(f" {one.note}" if one.note else "")
        entries.append(text)
    wide = max((entry.cell_len for entry in entries), default=0) + 3
    across = max(1, (width + 3) // wide) if wide else 1
    room = across * lines
    kept = pick(shown, room)
    cells = [entries[index] for index in kept]
    if len(kept) < len(entries):
        cells.append(Text(f"… {len(entries) - len(kept)} more", "dim"))
    rows = []
    for start in range(0, len(cells), across):
        row = Text()
        for entry in cells[start : start + across]:
            row.append_text(entry)
            row.append(" " * (wide - entry.cell_len))
        row.rstrip()
        rows.append(row)
    return [*rows, Text(f"{marks.best} {chart.best}", "dim")] if chart.best else rows


def _series(
    one: Series, x: Axis, y: Axis, columns: int, lines: int, marks: Marks, *, letters: bool
) -> Iterator[tuple[int, int, str]]:
    """Yield the cells (row, column, character) that a series covers."""
    if one.kind is Kind.RULE:
        return
    ends = (x.limits, y.limits)
    marker = one.mark if letters and marks.plain and one.mark else marks.line
    if one.kind in (Kind.DOTS, Kind.OPEN):
        points = [
            (at, value) for at, value in zip(one.xs, one.ys, strict=True) if not x.refuses(at) and not y.refuses(value)
        ]
        for at, value in points:
            yield (
                lines - 1 - _cell(value, y, lines),
                _cell(at, x, columns),
                marks.dot if one.kind is Kind.DOTS else marks.open,
            )
        return
    for heights in (one.ys, one.highs) if one.kind is Kind.BAND else (one.ys,):
        for xs, ys in _stretches(one.xs, heights, x, y):
            thinned = thin(xs, ys, columns)
            yield from _layer(tuple(thinned[0]), tuple(thinned[1]), marker, columns, lines, *ends)


def _stretches(xs: Sequence[float], ys: Sequence[float], x: Axis, y: Axis) -> list[tuple[list[float], list[float]]]:
    """Return the stretches of a line that can be drawn, as positions; one that leaves the axis is drawn up to its end."""
    stretches: list[tuple[list[float], list[float]]] = [([], [])]
    before: tuple[float, float] | None = None
    low, high = y.limits
    for at, value in zip(xs, ys, strict=True):
        if x.refuses(at):
            continue
        reason = y.refuses(value)
        if reason in ("nan", "inf") or (y.log and value <= 0):
            before = None
            stretches.append(([], []))
            continue
        here = x.position(at), y.position(value)
        if before is not None and not low <= before[1] <= high and not reason:
            stretches.append(([_crossing(before, here, low, high)], [high if before[1] > high else low]))
        if reason:
            if before is not None and low <= before[1] <= high:
                stretches[-1][0].append(_crossing(here, before, low, high))
                stretches[-1][1].append(high if reason == "above" else low)
            stretches.append(([], []))
        else:
            stretches[-1][0].append(here[0])
            stretches[-1][1].append(here[1])
        before = here
    return [stretch for stretch in stretches if stretch[0]]


def _crossing(outside: tuple[float, float], inside: tuple[float, float], low: float, high: float) -> float:
    """Return the x at which a line between two points crosses the edge."""
    edge = high if outside[1] > high else low
    rise = inside[1] - outside[1]
    return outside[0] + (inside[0] - outside[0]) * min(1.0, max(0.0, (edge - outside[1]) / rise if rise else 0.0))


def _refused(one: Series, x: Axis, y: Axis) -> Iterator[tuple[float, str]]:
    """Yield the x of every point that is marked at the edge, and why."""
    if one.kind not in (Kind.RULE, Kind.BAND):
        for at, value in zip(one.xs, one.ys, strict=True):
            if not x.refuses(at) and (reason := y.refuses(value)):
                yield at, reason


def _y_room(height: int) -> int:
    return max(3, height // 3)


@functools.lru_cache(maxsize=32)
def _frame(width: int, height: int, x: Axis, y: Axis, plain: bool) -> tuple[str, ...]:
    """Return the rows of an empty plot: axes, ticks and their labels, and what the x axis is called."""
    down, across = y.ticks(_y_room(height)), x.ticks(max(2, width // 12))
    label_width = max(len(label) for _, label in down)
    with _lock:
        plotext = _empty_figure(width, height, x.limits, y.limits)
        plotext.xaxes(True, False)
        plotext.yaxes(True, False)
        plotext.xticks([x.position(value) for value, _ in across], [label for _, label in across])
        plotext.yticks([y.position(value) for value, _ in down], [label.rjust(label_width) for _, label in down])
        plotext.scatter([x.limits[0]], [y.limits[0]], marker=" ")  # without data there are no axes
        rows = _rows(plotext.build(), width, height)
    rows = (*rows[:-1], _named(rows[-1], x.name))
    return tuple(row.translate(_FRAME_IN_ASCII) for row in rows) if plain else rows


def _named(labels: str, name: str) -> str:
    """Return the row of tick labels with the name of the axis, or its last word, in the last gap that it fits into."""
    for text in dict.fromkeys((name, name.rpartition(" ")[2])):
        gaps = [match for match in re.finditer(" +", labels) if len(match.group()) >= len(text) + 2]
        if gaps and text:
            middle = (gaps[-1].start() + gaps[-1].end() - len(text)) // 2
            return labels[:middle] + text + labels[middle + len(text) :]
    return labels


@functools.lru_cache(maxsize=2048)
def _layer(
    xs: tuple[float, ...],
    ys: tuple[float, ...],
    marker: str,
    columns: int,
    lines: int,
    x_limits: tuple[float, float],
    y_limits: tuple[float, float],
) -> tuple[tuple[int, int, str], ...]:
    """Return the cells (row, column, character) that one stretch of a line covers."""
    with _lock:
        plotext = _empty_figure(columns, lines, x_limits, y_limits)
        plotext.frame(False)
        plotext.xfrequency(0)
        plotext.yfrequency(0)
        plotext.plot(xs, ys, marker=marker)
        rows = _rows(plotext.build(), columns, lines)
    return tuple(
        (row, column, character)
        for row, text in enumerate(rows)
        for column, character in enumerate(text)
        if character != " "
    )


def _empty_figure(
    width: int, height: int, x_limits: tuple[float, float], y_limits: tuple[float, float]
) -> "ModuleType":
    import plotext

    plotext.clear_figure()
    plotext.limit_size(False, False)
    plotext.plot_size(width, height)
    plotext.theme("clear")
    plotext.xlim(*x_limits)
    plotext.ylim(*y_limits)
    figure: ModuleType = plotext
    return figure


def _rows(text: str, width: int, height: int) -> tuple[str, ...]:
    rows = [_CODE.sub("", row)[:width].ljust(width) for row in text.split("\n")[:height]]
    return (*rows, *[" " * width] * (height - len(rows)))


def _merged(below: str, above: str) -> str:
    """Return the dots of both where two curves meet in a cell."""
    if all(_FIRST_BRAILLE <= ord(one) < _FIRST_BRAILLE + 256 for one in (below, above)):
        return chr(ord(below) | ord(above))
    return above


def _set_letter(cells: Cells, index: int, one: Series, x: Axis, y: Axis, left: int, columns: int) -> None:
    lines = len(cells) - 2
    for at, value in zip(reversed(one.xs), reversed(one.ys), strict=True):
        if not x.refuses(at) and not y.refuses(value):
            cells[lines - 1 - _cell(value, y, lines)][left + _cell(at, x, columns)] = (one.mark, index)
            return


def _set_rules(cells: Cells, column: int, rules: Sequence[tuple[str, int]], rule: str) -> None:
    """Draw the rules of one column: their letters one below the other, the line that of the first."""
    lettered = [one for one in rules if one[0]]
    for row in range(len(cells) - 2):
        if row < len(lettered):
            cells[row][column] = lettered[row]
        elif cells[row][column][0] in " ⠀":
            cells[row][column] = (rule, rules[0][1])


def _cell(value: float, axis: Axis, cells: int) -> int:
    low, high = axis.limits
    share = (axis.position(value) - low) / (high - low) if high > low else 0.0
    return min(cells - 1, max(0, int(round(0.5 + share * (cells - 1), 8))))


def _spans(row: Sequence[tuple[str, int]]) -> tuple[Span, ...]:
    groups = itertools.groupby(row, key=lambda cell: cell[1])
    return tuple(Span("".join(character for character, _ in cells), series) for series, cells in groups)
