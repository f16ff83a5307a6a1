"""The map of a run's layers as text, for the command line and the screen: a row per layer, a column per epoch, its scale."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rich.style import Style
from rich.text import Text

from lrtui.errors import InputError
from lrtui.plots.ansi import colours, printed
from lrtui.plots.layers import Band, Grid, LayerRun, Range, epoch_axis, grid
from lrtui.plots.metrics import LOG, SHARE, SIGNED, Kind, Metric
from lrtui.plots.palette import Ground, blend
from lrtui.text import literal, wrap

_COLD = ("#3a1d63", "#3e4a89", "#26828e", "#35b779", "#a5d93b", "#fde725")
_ON_DARK = {
    LOG: _COLD,
    SHARE: ("#1e2a3d", "#5b4a3a", "#c27a35", "#ff9a4a", "#ff4f64"),
    SIGNED: ("#58b2f0", "#33628c", "#222936", "#8c5a2c", "#f0a441"),
}
_ON_LIGHT = {
    LOG: _COLD,
    SHARE: ("#e3e9f2", "#f0d3ab", "#ee9d54", "#d8612f", "#a80f2e"),
    SIGNED: ("#0b6bb8", "#86b4dd", "#eceff4", "#e0ac77", "#b85f00"),
}
_STEPS = 48
"""Colours of a ramp: more cannot be told apart."""
_SHADES = {
    LOG: (("░", "blue"), ("▒", "blue"), ("▒", "cyan"), ("▓", "cyan"), ("▓", "green"), ("▓", "yellow"), ("█", "yellow")),
    SHARE: (("·", ""), ("░", "yellow"), ("▒", "yellow"), ("▓", "red"), ("█", "red")),
    SIGNED: (("█", "blue"), ("▒", "blue"), ("·", ""), ("▒", "yellow"), ("█", "yellow")),
}
"""Character and colour from low to high, if there are 16 colours."""
_LETTERS = {LOG: "░▒▓█", SHARE: "·░▒▓█", SIGNED: "▼▾·▴▲"}
"""The same, if there is no colour."""
_ROWS = 64
"""Layers drawn one by one in print; more share rows."""
_WIDEST, _TALLEST, _LINES = 6, 3, 12
"""In print: characters of a cell across and down if there is room, and lines that a map of few layers is made as tall as."""
_AXIS = "  epoch"
NOT_FINITE = "✗"
_KEY = f"  {NOT_FINITE} not a number"


@dataclass(frozen=True)
class Place:
    """An epoch and a layer, both from 0."""

    epoch: int
    layer: int


@dataclass(frozen=True)
class Look:
    """How values of one kind of measure look on a ground; with `letters` there is no colour."""

    kind: Kind
    ground: Ground
    letters: bool = False
    dim: str = "dim"
    bad: str = "bold red"

    @property
    def smooth(self) -> bool:
        """Return whether cells are filled with one of many colours, else with characters of a few."""
        return not self.letters and self.ground is not Ground.ANSI

    @property
    def levels(self) -> int:
        """Return how many looks there are."""
        if self.smooth:
            return _STEPS
        return len(_LETTERS[self.kind] if self.letters else _SHADES[self.kind])

    def colour(self, share: float) -> str:
        """Return the colour at a place from 0 to 1, `#rrggbb`."""
        return ramp(self.kind, self.ground)[_level(share, _STEPS)]

    def cell(self, share: float, width: int) -> Text:
        """Return a cell for a place from 0 to 1."""
        if self.smooth:
            return Text(" " * width, Style(bgcolor=self.colour(share)))
        character, style = self.shade(share)
        return Text(character * width, style)

    def shade(self, share: float) -> tuple[str, str]:
        """Return character and style for a place, if colours are few."""
        level = _level(share, self.levels)
        return (_LETTERS[self.kind][level], "") if self.letters else _SHADES[self.kind][level]


@dataclass(frozen=True)
class LayerMap:
    """A map laid out: its lines (cells, epochs, scale), and where in them its cells lie."""

    lines: tuple[Text, ...]
    grid: Grid
    left: int
    """Columns before the first cell."""
    cell: int
    """Columns of a cell."""
    tall: int
    """Lines of a row."""
    step: int
    """Rows of a line: two if each has half of it."""

    def place_at(self, x: int, y: int) -> Place | None:
        """Return what lies at a column and a line; None beside the cells and on empty ones."""
        column, row = (x - self.left) // self.cell, y // self.tall * self.step
        if x < self.left or column >= len(self.grid.columns) or not 0 <= row < len(self.grid.rows):
            return None
        if self.grid.cells[row][column] is None:
            return None
        return Place(self.grid.columns[column].last, self.grid.rows[row].first)


@lru_cache(maxsize=16)
def ramp(kind: Kind, ground: Ground) -> tuple[str, ...]:
    """Return the colours of a kind of measure from low to high."""
    anchors = (_ON_LIGHT if ground is Ground.LIGHT else _ON_DARK)[kind]
    return tuple(_blended(anchors, step / (_STEPS - 1)) for step in range(_STEPS))


def lay_out(
    run: LayerRun, measure: Metric, look: Look, *, width: int, height: int | None = None, cross: Place | None = None
) -> LayerMap:
    """Return the map, at most `width` wide; in `height` lines if given, else as tall as reads well in print.

    If there is nothing of the measure the map has no lines.
    """
    layers = run.measured[run.last]
    room = _ROWS if height is None else max(1, height - 2)
    halves = height is not None and look.smooth and len(layers) > room
    shared = len(layers) > room and not halves  # a shared row's name is longer
    left = max(len("↑ input"), *(len(layer.name) for layer in layers)) + 1 + 3 * shared
    across = max(1, width - left - len(_AXIS))
    drawn = grid(run.measured, run.last_column, measure, room * (2 if halves else 1), across)
    cell = max(1, across // len(drawn.columns))
    tall = 1 if halves else max(1, min(_TALLEST, (_LINES if height is None else room) // len(drawn.rows)))
    cell = min(_WIDEST, cell) if height is None else cell
    made = LayerMap((), drawn, left, cell, tall, 2 if halves else 1)
    if not drawn.values:
        return made
    scale = Range.of(measure.kind, drawn.values)
    lines = [*_rows(made, scale, look, cross)]
    axis = Text.assemble((f"{'↑ input':>{left - 1}} ", look.dim), (epoch_axis(drawn.columns, cell) + _AXIS, look.dim))
    axis.truncate(width)
    lost = any(not math.isfinite(value) for value in drawn.values)
    return LayerMap((*lines, axis, _legend(scale, look, left, width, lost)), drawn, left, cell, tall, made.step)


def layer_map(run: LayerRun, measure: Metric, *, width: int, colour: bool) -> str:
    """Return the map for printing, at most `width` wide, with ANSI codes if `colour`.

    Raises InputError if the run's layers have no such figure.
    """
    available = colours(colour)
    look = Look(measure.kind, Ground.ANSI if available == "16" else Ground.ANY, letters=available == "none")
    made = lay_out(run, measure, look, width=width)
    check(run, measure, made.grid)
    heading = literal(f"{measure.label} by layer and epoch · {run.title}")
    lines = [Text(line, "bold") for line in wrap(heading, width)]
    lines += made.lines
    lines += [Text(line) for line in wrap(literal(f"epoch {run.last}: {run.sentence}"), width)]
    return printed(lines, width, colour)


def check(run: LayerRun, measure: Metric, drawn: Grid) -> None:
    """Raise InputError if there is nothing of that measure to draw."""
    if not drawn.values:
        raise InputError(f"run {run.spec.run} has no {measure.label}: {measure.missing or 'nothing is measured yet'}")


def _rows(made: LayerMap, scale: Range, look: Look, cross: Place | None) -> list[Text]:
    lines = []
    drawn = made.grid
    for index in range(0, len(drawn.rows), made.step):
        pair = drawn.cells[index : index + made.step]
        for line in range(made.tall):
            middle = line == (made.tall - 1) // 2
            name = literal(drawn.names[index]) if middle else ""
            text = Text.assemble((f"{name:>{made.left - 1}} ", look.dim))
            for column, epochs in enumerate(drawn.columns):
                crossed = (
                    middle and cross is not None and _crossed(cross, drawn.rows[index : index + made.step], epochs)
                )
                text.append_text(_cell([row[column] for row in pair], made, scale, look, crossed=crossed))
            lines.append(text)
    return lines


def _cell(pair: Sequence[float | None], made: LayerMap, scale: Range, look: Look, *, crossed: bool) -> Text:
    """Return the cell of one row, or of two that share a line."""
    mark = "◆" if crossed else ""
    known = [value for value in pair if value is not None]
    if not known:
        return Text((mark or " ").center(made.cell), look.dim)
    if not all(map(math.isfinite, known)):
        return Text(NOT_FINITE * made.cell, "" if look.letters else look.bad)
    place = scale.place(known[0])
    if mark and look.smooth:
        return Text(mark.center(made.cell), Style(color="#ffffff", bgcolor=look.colour(place), bold=True))
    if mark:
        character, style = look.shade(place)
        return Text(mark.center(made.cell, character), style)
    if made.step == 1:
        return look.cell(place, made.cell)
    below = pair[1] if len(pair) > 1 else None
    ground = None if below is None else look.colour(scale.place(below))
    return Text("▀" * made.cell, Style(color=look.colour(place), bgcolor=ground))


def _crossed(cross: Place, rows: Sequence[Band], epochs: Band) -> bool:
    return epochs.first <= cross.epoch <= epochs.last and any(row.first <= cross.layer <= row.last for row in rows)


def _legend(scale: Range, look: Look, left: int, width: int, lost: bool) -> Text:
    """Return the looks from low to high with their values."""
    line = Text(" " * left, no_wrap=True)
    line.append(f"{scale.text(scale.low)} ", look.dim)
    if look.smooth:
        cells = max(8, min(32, width - left - 24))
        for index in range(cells):
            if index == cells // 2:
                line.append(f" {scale.text(scale.at(0.5))} ", look.dim)
            line.append_text(look.cell(index / (cells - 1), 1))
        line.append(f" {scale.text(scale.high)}", look.dim)
    else:
        labels = [scale.text(scale.at((level + 1) / look.levels)) for level in range(look.levels)]
        every = 2 if line.cell_len + sum(len(label) + 4 for label in labels) - 1 > width else 1
        for level, label in enumerate(labels):
            line.append_text(look.cell((level + 0.5) / look.levels, 2))
            if (look.levels - level - 1) % every == 0:
                line.append(f" {label} ", look.dim)
    line.rstrip()
    if lost and line.cell_len + len(_KEY) <= width:
        line.append(_KEY, look.dim)
    line.truncate(width)
    return line


def _level(share: float, levels: int) -> int:
    return min(levels - 1, int(share * levels))


def _blended(anchors: Sequence[str], share: float) -> str:
    at = share * (len(anchors) - 1)
    index = min(len(anchors) - 2, int(at))
    return blend(anchors[index], anchors[index + 1], at - index)
