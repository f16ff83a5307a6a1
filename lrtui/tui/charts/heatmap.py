"""The heat map of a run's layers: a row per layer, a column per epoch, its scale, and a line of plain words."""

import math
from dataclasses import dataclass
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType

from lrtui.report.layer_grid import Band, Grid, epoch_axis, grid
from lrtui.report.layer_measures import MEASURES, SHARE, Measure, Range
from lrtui.study.records import EpochRecord
from lrtui.study.states import RunState
from lrtui.tui.charts.health import last_column, measured_layers
from lrtui.tui.charts.ramps import Ramp
from lrtui.tui.diffed_lines import DiffedLines
from lrtui.tui.signs import wrap

_TALLEST, _WORDS = 3, 2
"""DiffedLines a layer has at most, and lines that the words below have where layers leave them."""
_AROUND = 3
"""DiffedLines around the map: caption, epochs, colours."""
_AXIS_NAME = "  epoch"
_NOT_FINITE = "✗"


@dataclass(frozen=True)
class Place:
    """What the crosshair is on: an epoch and a layer, both from 0."""

    epoch: int
    layer: int


class HeatMap(DiffedLines, can_focus=True):
    """Draws one run; arrows and the mouse read single values."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "cross(-1, 0)", "Epoch before", show=False),
        Binding("right", "cross(1, 0)", "Next epoch", show=False),
        Binding("up", "cross(0, 1)", "Layer above", show=False),
        Binding("down", "cross(0, -1)", "Layer below", show=False),
        Binding("home", "cross(-100000, 0)", "First epoch", show=False),
        Binding("end", "cross(100000, 0)", "Last epoch", show=False),
        Binding("escape", "uncross", "Crosshair away", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._state: RunState | None = None
        self._measure = MEASURES[0]
        self._title, self._toggles = "", Text()
        self._message = ""
        self._cross: Place | None = None
        self._grid: Grid | None = None
        self._left, self._cell, self._tall, self._halves = 0, 1, 1, False

    @property
    def cross(self) -> Place | None:
        """Return what the crosshair is on."""
        return self._cross

    def say(self, message: str, toggles: Text | None = None) -> None:
        """Show a sentence in place of a map."""
        self._state, self._message, self._grid = None, message, None
        self._toggles = toggles or Text()
        self.redraw()

    def show_run(self, state: RunState, measure: Measure, title: str, toggles: Text) -> None:
        """Show a run's layers; `title` says which run."""
        if self._state is None or state.spec.run != self._state.spec.run:
            self._cross = None
        self._state, self._measure, self._title, self._toggles = state, measure, title, toggles
        self.redraw()

    def redraw(self) -> None:
        """Lay the map out for the size there is."""
        width, height = self.size
        if width < 12 or height < 4:
            return
        if self._state is None:
            lines = [self._caption("", width), Text()] if self._toggles.cell_len else [Text(), Text()]
            self.show(
                lines + [Text(part.center(width).rstrip(), self.skin.dim) for part in wrap(self._message, width - 4)]
            )
            return
        self.show(self._lines(self._state, width, height))

    def action_cross(self, epochs: int, layers: int) -> None:
        """Move the crosshair; it begins at the latest epoch and the input."""
        records = self._measured()
        if not records:
            return
        last, top = records[-1].epoch, len(records[-1].layers) - 1
        at = self._cross
        self._cross = (
            Place(last, 0)
            if at is None
            else Place(max(0, min(last, at.epoch + epochs)), max(0, min(top, at.layer + layers)))
        )
        self.redraw()

    def action_uncross(self) -> None:
        """Put the crosshair away."""
        if self._cross is not None:
            self._cross = None
            self.redraw()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """The crosshair follows the mouse."""
        found = self._place_at(event.x, event.y + self.scroll_offset.y)
        if found != self._cross:
            self._cross = found
            self.redraw()

    def on_leave(self) -> None:
        """The mouse is gone, and the crosshair with it."""
        if not self.has_focus:
            self.action_uncross()

    def _measured(self) -> list[EpochRecord]:
        return [record for record in self._state.records if record.layers] if self._state else []

    def _ramp(self) -> Ramp:
        return Ramp(self._measure.kind, self.app.theme, self.app.letters)

    def _lines(self, state: RunState, width: int, height: int) -> list[Text]:
        ramp = self._ramp()
        records = self._measured()
        layers = records[-1].layers
        self._left = max(len(layer.name) for layer in layers) + 2
        words = 1 if len(layers) == height - _AROUND - 1 else _WORDS
        room = max(1, height - _AROUND - words)
        self._halves = ramp.smooth and len(layers) > room
        if len(layers) > room and not ramp.smooth:
            self._left += 3
        across = max(1, width - self._left - len(_AXIS_NAME))
        drawn = grid(
            measured_layers(state), last_column(state), self._measure, 2 * room if self._halves else room, across
        )
        self._grid = drawn
        self._tall = 1 if self._halves else max(1, min(_TALLEST, room // len(drawn.rows)))
        self._cell = max(1, across // len(drawn.columns))
        if not drawn.values:
            absent = self._measure.absent or "nothing measured yet"
            return [self._caption(self._title, width), Text(), Text(f"{self._measure.title}: {absent}", self.skin.dim)]
        scale = Range.of(self._measure.kind, drawn.values)
        lines = [self._caption(self._reading() or f"{self._measure.title} · {self._title}", width)]
        lines += self._map(drawn, scale, ramp)
        lines += [self._axis(drawn), self._legend(scale, ramp, width)]
        lines += self._words(width, words)
        return lines

    def _caption(self, text: str, width: int) -> Text:
        caption = Text.assemble((text, self.skin.text))
        room = width - caption.cell_len - 1
        if self._toggles.cell_len <= room:
            caption.append(" " * (room - self._toggles.cell_len + 1))
            caption.append_text(self._toggles)
        caption.truncate(width)
        return caption

    def _map(self, drawn: Grid, scale: Range, ramp: Ramp) -> list[Text]:
        lines = []
        step = 2 if self._halves else 1
        for index in range(0, len(drawn.rows), step):
            pair = [drawn.cells[index], drawn.cells[index + 1] if index + 1 < len(drawn.rows) else None]
            for line in range(self._tall):
                name = drawn.names[index] if line == (self._tall - 1) // 2 else ""
                text = Text(no_wrap=True)
                text.append(f"{name:>{self._left - 1}} ", self.skin.text if name in ("output",) else self.skin.dim)
                for column in range(len(drawn.columns)):
                    below = pair[1][column] if step == 2 and pair[1] is not None else None
                    crossed = self._crossed(drawn, index, column, step) and line == (self._tall - 1) // 2
                    text.append_text(self._cells(pair[0][column], below, step == 2, scale, ramp, crossed))
                lines.append(text)
        return lines

    def _crossed(self, drawn: Grid, index: int, column: int, step: int) -> bool:
        if self._cross is None:
            return False
        rows = drawn.rows[index : index + step]
        return _within(self._cross.epoch, drawn.columns[column]) and any(
            _within(self._cross.layer, row) for row in rows
        )

    def _cells(
        self, value: float | None, below: float | None, halves: bool, scale: Range, ramp: Ramp, crossed: bool
    ) -> Text:
        mark = "◆" if crossed else ""
        known = [one for one in (value, below) if one is not None]
        if not known:
            return Text((mark or " ").center(self._cell), self.skin.dim)
        if not all(map(math.isfinite, known)):
            return Text(_NOT_FINITE * self._cell, self.skin.bad)
        place = scale.place(known[0])
        if not ramp.smooth:
            character, style = ramp.shade(place)
            return Text(mark.center(self._cell, character) if mark else character * self._cell, style)
        upper = ramp.colour(place)
        if mark:
            return Text(mark.center(self._cell), Style(color="#ffffff", bgcolor=upper, bold=True))
        if not halves:
            return Text(" " * self._cell, Style(bgcolor=upper))
        if below is None:
            return Text("▀" * self._cell, Style(color=upper))
        return Text("▀" * self._cell, Style(color=upper, bgcolor=ramp.colour(scale.place(below))))

    def _axis(self, drawn: Grid) -> Text:
        """Return the epochs below the map, and where the input is."""
        text = Text(no_wrap=True)
        text.append(f"{'↑ input':>{self._left - 1}} ", self.skin.text)
        text.append(epoch_axis(drawn.columns, self._cell), self.skin.dim)
        text.append(_AXIS_NAME, self.skin.dim)
        text.truncate(self.size.width)
        return text

    def _legend(self, scale: Range, ramp: Ramp, width: int) -> Text:
        """Return the colours from low to high with their values."""
        line = Text(" " * self._left, no_wrap=True)
        if ramp.smooth:
            cells = max(8, min(32, width - self._left - 24))
            line.append(f"{scale.text(scale.low)} ", self.skin.dim)
            for index in range(cells):
                if index == cells // 2:
                    line.append(f" {scale.text(scale.at(0.5))} ", self.skin.dim)
                line.append(" ", Style(bgcolor=ramp.colour(index / (cells - 1))))
            line.append(f" {scale.text(scale.high)}", self.skin.dim)
        else:
            line.append(f"{scale.text(scale.low)} ", self.skin.dim)
            every = 2 if ramp.levels * 10 > width - self._left else 1
            for level in range(ramp.levels):
                character, style = ramp.shade((level + 0.5) / ramp.levels)
                line.append(character * 2, style)
                if (ramp.levels - level - 1) % every == 0:
                    line.append(f" {scale.text(scale.at((level + 1) / ramp.levels))} ", self.skin.dim)
        key = f"   {_NOT_FINITE} not a number"
        if scale.kind != SHARE and line.cell_len + len(key) <= width:
            line.append(key, self.skin.dim)
        line.truncate(width)
        return line

    def _at(self) -> EpochRecord:
        """Return the epoch the crosshair is on, else the latest."""
        records = self._measured()
        cross = self._cross
        return records[-1] if cross is None else min(records, key=lambda one: abs(one.epoch - cross.epoch))

    def _reading(self) -> str:
        """Return what the crosshair reads."""
        if self._cross is None:
            return ""
        record = self._at()
        layer = record.layers[min(self._cross.layer, len(record.layers) - 1)]
        value = getattr(layer, self._measure.name)
        shown = "–" if value is None else Range(self._measure.kind, 0.0, 1.0).text(value)
        return f"epoch {record.epoch}, {layer.name}: {self._measure.title} {shown}"

    def _words(self, width: int, room: int) -> list[Text]:
        """Return what the figures of an epoch mean."""
        from lrtui.analysis.health import sentence

        record, state = self._at(), self._state
        said = sentence(record.layers, state.spec.config.health) if state else ""
        style = self.skin.good if said.startswith("healthy") else self.skin.warn
        parts = wrap(f"epoch {record.epoch}: {said}", width)
        if len(parts) > room:
            parts = [*parts[: room - 1], f"{parts[room - 1][: width - 2]} …"]
        return [Text(part, style) for part in parts]

    def _place_at(self, x: int, y: int) -> Place | None:
        drawn = self._grid
        if drawn is None or self._state is None:
            return None
        column, row = (x - self._left) // self._cell, (y - 1) // self._tall * (2 if self._halves else 1)
        inside = x >= self._left and column < len(drawn.columns) and y >= 1 and row < len(drawn.rows)
        if not inside or drawn.cells[row][column] is None:
            return None
        return Place(drawn.columns[column].last, drawn.rows[row].first)


def _within(value: int, band: Band) -> bool:
    return band.first <= value <= band.last
