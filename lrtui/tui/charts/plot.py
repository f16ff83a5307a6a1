"""The widget that shows a chart: caption, plot, legend, crosshair."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message

from lrtui.plots.chart import Chart, Entry, pick, shortened
from lrtui.plots.terminal import Drawing, Marks, draw, marks, needs_letters, style
from lrtui.text import literal
from lrtui.tui.charts.caption import captioned
from lrtui.tui.diffed_lines import DiffedLines
from lrtui.tui.signs import wrap
from lrtui.tui.themes import Skin, has_letters, skin_of

_SHORTEST_LABEL, _BESIDE_LABEL = 7, 18
"""Columns of a legend's label, and of what stands beside it: key, value, note."""
_NARROWEST_WITH_LEGEND = 58
_NOTES = 6
"""One line in so many is given to the sentences below a chart."""

Maker = Callable[[int | None], Chart]
"""Makes the chart with the crosshair at an epoch."""


class Canvas(DiffedLines):
    """The lines of a plot; the chart around it knows when to draw them anew."""

    def redraw(self) -> None:
        """Nothing: the chart does."""


class Plot(Vertical, can_focus=True):
    """A chart and a crosshair that reads its values.

    Caption, canvas and legend are widgets of their own: what Textual sends for a change begins at its widget's left edge.
    """

    DEFAULT_CSS = """
    Plot #caption { height: 1; }
    Plot Horizontal { height: 1fr; }
    Plot #canvas { width: 1fr; height: 1fr; }
    Plot #legend { height: 1fr; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "cross(-1)", "Crosshair left", show=False),
        Binding("right", "cross(1)", "Crosshair right", show=False),
        Binding("home", "cross(-100000)", "First epoch", show=False),
        Binding("end", "cross(100000)", "Last epoch", show=False),
        Binding("up", "legend(-1)", "Legend up", show=False),
        Binding("down", "legend(1)", "Legend down", show=False),
        Binding("escape", "uncross", "Crosshair away", show=False),
    ]

    @dataclass
    class Stepped(Message):
        """← or → on a chart that has no crosshair."""

        by: int

    @dataclass
    class Zoomed(Message):
        """The wheel was turned over the picture: `about` is where, as a share of its width or height."""

        axis: str
        about: float
        out: bool

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._make: Maker | None = None
        self._toggles = Text()
        self._drawing: Drawing | None = None
        self._cross: int | None = None
        self._last = 0
        self._first: int | None = None
        """The first entry of a legend that a person moves through; None: it shows those that matter."""

    def compose(self) -> ComposeResult:
        """Caption above, canvas and legend side by side."""
        yield Canvas(id="caption")
        with Horizontal():
            yield Canvas(id="canvas")
            yield Canvas(id="legend")

    @property
    def plain(self) -> str:
        """Return what is shown, as plain text."""
        return "\n".join(part.plain for part in self.query(Canvas))

    def say(self, text: str) -> None:
        """Show a sentence, or paragraphs, in place of a chart."""
        self.show_chart(lambda epoch: Chart("", message=text), Text(), 0)

    @property
    def cross(self) -> int | None:
        """Return the epoch the crosshair is at."""
        return self._cross

    def show_chart(self, make: Maker, toggles: Text, last: int) -> None:
        """Draw anew with `make`; `toggles` says how; `last` is the last epoch, 0 if there is no crosshair."""
        self._make, self._toggles, self._last = make, toggles, last
        if last == 0:
            self._cross = None
        self.redraw()

    def redraw(self) -> None:
        """Make and show the chart at the size there is."""
        width, height = self.size
        if width < 4 or height < 2 or self._make is None:
            return
        chart, characters, skin = self._make(self._cross), marks(), self.skin
        caption = captioned(literal(chart.title), self._toggles, width, skin)
        self._drawing = None
        if chart.x is None:
            self._show(caption, _said(chart.message, width, height, skin), [])
            return
        letters = has_letters(self) or needs_letters(chart, skin.ground)
        legend = Legend(chart, skin, characters, width, letters=letters)
        beside = legend.width if width >= _NARROWEST_WITH_LEGEND and chart.legend else 0
        notes = [Text(line, skin.warn) for note in chart.notes for line in wrap(note, width - beside)]
        notes = notes[: max(1, height // _NOTES)]
        room = height - 1 - len(notes)
        drawing = draw(chart, width=width - beside, height=room, marks=characters, letters=letters)
        self._drawing = drawing
        rows = drawing.texts([style(one, skin.ground, skin.tone) for one in chart.series], skin.dim)
        if self._cross is not None and drawing.x.low <= self._cross <= drawing.x.high:
            self._draw_cross(rows, drawing.column_of(max(self._cross, drawing.x.low)), characters.rule)
        entries: list[Text] = []
        if beside:
            entries, self._first = legend.lines(height - 1, self._first)
        self._show(caption, [*rows, *notes], entries, beside)

    @property
    def skin(self) -> Skin:
        """Return the styles of the theme in use."""
        return skin_of(self)

    def on_resize(self) -> None:
        """The chart was made for another size."""
        self.redraw()

    def _show(self, caption: Text, rows: list[Text], entries: list[Text], beside: int = 0) -> None:
        legend = self.query_one("#legend", Canvas)
        legend.display = bool(entries)
        legend.styles.width = beside
        self.query_one("#caption", Canvas).show([caption])
        self.query_one("#canvas", Canvas).show(rows)
        legend.show([Text(" ").append_text(entry) for entry in entries])

    def action_cross(self, by: int) -> None:
        """Move the crosshair by epochs."""
        if self._last:
            begin = 0 if by > 0 else self._last
            self._cross = begin if self._cross is None else max(0, min(self._last, self._cross + by))
            self.redraw()
        else:
            self.post_message(self.Stepped(by))

    def action_uncross(self) -> None:
        """Put the crosshair away; the legend shows those that matter again."""
        if self._cross is not None or self._first is not None:
            self._cross = self._first = None
            self.redraw()

    def action_legend(self, by: int) -> None:
        """Move through a legend that is longer than its place; it begins at its first entry."""
        self._first = 0 if self._first is None else self._first + by
        self.redraw()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel moves through the legend; over the picture it goes further away."""
        self._wheel(event, 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """And back; or closer."""
        self._wheel(event, -1)

    def _wheel(self, event: events.MouseEvent, by: int) -> None:
        drawing, canvas = self._drawing, self.query_one("#canvas").region
        column, row = event.screen_x - canvas.x, event.screen_y - canvas.y
        if (
            drawing is None
            or not drawing.left <= column < drawing.left + drawing.columns
            or not 0 <= row < drawing.lines
        ):
            self.action_legend(by)
        elif event.shift or event.ctrl:
            self.post_message(self.Zoomed("y", 1 - (row + 0.5) / drawing.lines, by > 0))
        else:
            self.post_message(self.Zoomed("x", (column - drawing.left + 0.5) / drawing.columns, by > 0))

    @property
    def cross_share(self) -> float:
        """Return where the crosshair is, as a share of the picture's width; the middle without one."""
        drawing = self._drawing
        if self._cross is None or drawing is None:
            return 0.5
        share = (drawing.column_of(max(self._cross, drawing.x.low)) - drawing.left) / max(1, drawing.columns - 1)
        return min(1.0, max(0.0, share))

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """The crosshair follows the mouse."""
        drawing = self._drawing
        if drawing is None or not self._last:
            return
        column = event.screen_x - self.query_one("#canvas").region.x
        inside = drawing.left <= column < drawing.left + drawing.columns
        at = round(drawing.x_at(column)) if inside else None
        if at != self._cross:
            self._cross = at
            self.redraw()

    def on_leave(self) -> None:
        """The mouse is gone, and the crosshair with it."""
        if not self.has_focus:
            self.action_uncross()

    def _draw_cross(self, rows: list[Text], column: int, rule: str) -> None:
        """Draw the crosshair into the rows of the canvas, where nothing else is."""
        for index in range(self._drawing.lines if self._drawing else 0):
            row = rows[index]
            if row.plain[column : column + 1] in (" ", "⠀"):
                rows[index] = Text.assemble(row[:column], (rule, self.skin.dim), row[column + 1 :])


def _said(message: str, width: int, height: int, skin: Skin) -> list[Text]:
    """Return a sentence in the middle; of several paragraphs, the first stands out and all begin at the left."""
    first, *others = message.split("\n")
    if not others:
        words = [Text(line.center(width).rstrip(), skin.dim) for line in wrap(first, max(8, width - 4))]
        return [*[Text()] * max(0, (height - 2) // 2), *words]
    lines = [Text(f" {line}", f"bold {skin.text}".strip()) for line in wrap(first, max(8, width - 2))]
    for paragraph in others:
        lines += [Text(), *(Text(f" {line}", skin.dim) for line in wrap(paragraph, max(8, width - 2)))]
    return [Text(), *lines][: max(1, height - 1)]


class Legend:
    """The lines beside a chart: as wide as its labels need, up to a share of the pane."""

    def __init__(self, chart: Chart, skin: Skin, marks: Marks, width: int, *, letters: bool) -> None:
        self._chart, self._skin, self._key = chart, skin, None if letters else marks.key
        self._best = f" {marks.best}" if chart.best else ""
        longest = max((len(one.label) for one in chart.legend), default=0)
        self._label = max(_SHORTEST_LABEL, min(longest, width // 4 - _BESIDE_LABEL // 2))
        self._entries = shortened(chart.legend, self._label)

    @property
    def width(self) -> int:
        """Return the columns it takes."""
        return self._label + _BESIDE_LABEL

    def lines(self, height: int, first: int | None) -> tuple[list[Text], int | None]:
        """Return its lines, and the first entry shown: `first`, within what there is; None shows those that matter.

        The last line says what the sign of the best one means.
        """
        lines, first = self._rows(height, first)
        if self._best and any(one.best for one in self._entries):
            lines.append(Text(f"{self._best[1:]} {self._chart.best}", self._skin.dim))
        return lines, first

    def _rows(self, height: int, first: int | None) -> tuple[list[Text], int | None]:
        skin, total, room = self._skin, len(self._entries), max(2, height - 2)
        title = literal(self._chart.legend_title)[-(self.width - 7) :]
        lines = [Text(title.rjust(self.width - 7), skin.dim)]
        if total <= room:
            return lines + [self._entry(one) for one in self._entries], None
        if first is None:
            kept = pick(self._entries, room)
            lines += [self._entry(self._entries[index]) for index in kept]
            return [*lines, Text(f"  {total - len(kept)} more  ↑ ↓", skin.dim)], None
        first = max(0, min(first, total - room + 1))
        shown = self._entries[first:][: room - 1]
        lines += [self._entry(one) for one in shown]
        return [*lines, Text(f"  {first + 1}–{first + len(shown)} of {total}  ↑ ↓", skin.dim)], first

    def _entry(self, entry: Entry) -> Text:
        skin = self._skin
        key = entry.mark if self._key is None or entry.tone else self._key
        coloured = skin.rate(entry.colour) if entry.colour is not None else skin.tone(entry.tone or "dim")
        line = Text.assemble((f"{key} ", coloured))
        wide = self._label if entry.value else self.width - 5
        line.append(f"{entry.label:<{wide}}", skin.text)
        if entry.value:
            line.append(entry.value.rjust(8), skin.text if entry.value != "–" else skin.dim)
        if entry.chosen:
            line.append(" ◂", skin.accent)
            line.stylize("bold")
        if entry.best:
            line.append(self._best, skin.good)
        if entry.note:
            line.append(f" {entry.note}", skin.bad)
        elif entry.running:
            line.append(" ▸now", skin.accent)
        line.truncate(self.width - 1)
        return line
