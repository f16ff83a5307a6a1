"""The heat map of a run's layers as terminal text: a row per layer, a column per epoch, its scale, and a line of plain words."""

import math

from rich.style import Style
from rich.text import Text

from lrtui.errors import InputError
from lrtui.report.ansi import Colours, colours, printed
from lrtui.report.layer_grid import Grid, epoch_axis, grid
from lrtui.report.layer_measures import Measure, Range
from lrtui.report.layer_ramp import ANCHORS, LETTERS, SHADES, blended, level
from lrtui.report.layer_run import LayerRun
from lrtui.report.text_table import wrap
from lrtui.text import literal

_ROWS = 64
"""Layers drawn one by one; more share rows."""
_WIDEST, _TALLEST = 6, 3
"""Characters of a cell across and down, where there is room."""
_LINES = 12
"""Lines that a map of few layers is made as tall as."""
_SCALE = 32
_AXIS = "  epoch"
_NOT_FINITE = "✗"


def layer_map(run: LayerRun, measure: Measure, *, width: int, colour: bool) -> str:
    """Return the map for printing, at most `width` wide, with ANSI codes if `colour`: cells of one of many colours, of
    characters in colour where the terminal has 16, of characters alone without colour.

    Raises InputError where the run's layers have no such figure.
    """
    left = max(len(layer.name) for layer in run.measured[run.last]) + 4  # a shared row's name is longer
    across = max(1, width - left - len(_AXIS))
    drawn = grid(run.measured, run.last, measure, _ROWS, across)
    check(run, measure, drawn)
    look = _Look(measure, Range.of(measure.kind, drawn.values), colours(colour))
    left = max(map(len, (*drawn.names, "↑ input"))) + 1
    cell = max(1, min(_WIDEST, across // len(drawn.columns)))
    heading = literal(f"{measure.title} by layer and epoch · {run.title}")
    lines = [Text(line, "bold") for line in wrap(heading, width)]
    lines += _rows(drawn, look, left, cell)
    lines.append(Text(f"{'↑ input':>{left - 1}} {epoch_axis(drawn.columns, cell)}{_AXIS}", "dim"))
    lines.append(_legend(look, left))
    if any(not math.isfinite(value) for value in drawn.values):
        lines.append(Text.assemble(" " * left, look.cell(math.nan, 1), (" not a number", "dim")))
    lines += [Text(line) for line in wrap(literal(run.words), width)]
    return printed(lines, width, colour)


def check(run: LayerRun, measure: Measure, drawn: Grid) -> None:
    """Raise InputError where there is nothing of that measure to draw."""
    if not drawn.values:
        raise InputError(f"run {run.spec.run} has no {measure.title}: {measure.absent or 'nothing is measured yet'}")


class _Look:
    """How a value looks: what its cell is filled with."""

    def __init__(self, measure: Measure, scale: Range, available: Colours) -> None:
        self.scale = scale
        self._anchors = ANCHORS[measure.kind]
        letters = tuple((letter, "") for letter in LETTERS[measure.kind])
        self.shades = SHADES[measure.kind] if available == "16" else letters
        self.smooth = available == "many"

    def cell(self, value: float | None, width: int) -> Text:
        if value is None:
            return Text(" " * width)
        if not math.isfinite(value):
            return Text(_NOT_FINITE * width, "bold red" if self.smooth or self.shades[-1][1] else "")
        return self.at(self.scale.place(value), width)

    def at(self, share: float, width: int) -> Text:
        if self.smooth:
            return Text(" " * width, Style(bgcolor=blended(self._anchors, share)))
        character, style = self.shades[level(share, len(self.shades))]
        return Text(character * width, style)


def _rows(drawn: Grid, look: _Look, left: int, cell: int) -> list[Text]:
    tall = max(1, min(_TALLEST, _LINES // len(drawn.names)))
    lines = []
    for name, values in zip(drawn.names, drawn.cells, strict=True):
        cells = Text().join(look.cell(value, cell) for value in values)
        for line in range(tall):
            label = name if line == (tall - 1) // 2 else ""
            lines.append(Text.assemble(f"{literal(label):>{left - 1}} ", cells))
    return lines


def _legend(look: _Look, left: int) -> Text:
    """Return the looks from low to high, and the values between which each stands."""
    scale, line = look.scale, Text(" " * left)
    line.append(f"{scale.text(scale.low)} ", "dim")
    if look.smooth:
        for index in range(_SCALE):
            if index == _SCALE // 2:
                line.append(f" {scale.text(scale.at(0.5))} ", "dim")
            line.append_text(look.at(index / (_SCALE - 1), 1))
        line.append(f" {scale.text(scale.high)}", "dim")
    else:
        for index in range(len(look.shades)):
            line.append_text(look.at((index + 0.5) / len(look.shades), 2))
            line.append(f" {scale.text(scale.at((index + 1) / len(look.shades)))} ", "dim")
    line.rstrip()
    return line
