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

from lrtui.report.terminal_plot import AXIS, Span
from lrtui.tui.charts.chart import Chart, Entry
from lrtui.tui.diffed_lines import DiffedLines

_LEGEND_WIDTH, _LABEL_WIDTH = 23, 7
"""The legend's width with the shortest labels."""
_LONGEST_LABEL = 16
_NARROWEST_WITH_LEGEND, _NARROWEST_WITH_LABELS = 58, 80

Maker = Callable[[int, int, float | None], Chart]
"""Makes the chart for (width, height) with the crosshair at a value of x."""


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

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._make: Maker | None = None
        self._toggles = Text()
        self._chart: Chart | None = None
        self._cross: int | None = None
        self._last = 0
        self._label = self._wanted = _LABEL_WIDTH
        """Cells for a label of the legend: now, and where there is room."""
        self._first = 0
        """The first entry of a legend that is longer than its place."""

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
        """Show a sentence in place of a chart."""
        self._make = None
        width = self.size.width
        self._parts(width, [Text()], [Text(), Text(text.center(width), self.app.skin.dim)], [])

    @property
    def cross(self) -> int | None:
        """Return the epoch the crosshair is at."""
        return self._cross

    def show_chart(self, make: Maker, toggles: Text, last: int, label: int = 0) -> None:
        """Draw anew with `make`; `toggles` says how; `last` is the last epoch, 0 where there is no crosshair.

        `label` is the length of the legend's longest label.
        """
        self._make, self._toggles, self._last = make, toggles, last
        self._wanted = max(_LABEL_WIDTH, min(label, _LONGEST_LABEL))
        if last == 0:
            self._cross = None
        self.redraw()

    def redraw(self) -> None:
        """Make and show the chart at the size there is."""
        width, height = self.size
        if self._make is None or width < 4 or height < 2:
            return
        self._label = self._wanted if width >= _NARROWEST_WITH_LABELS else _LABEL_WIDTH
        legend = self._legend_width if width >= _NARROWEST_WITH_LEGEND else 0
        self._chart = chart = self._make(width - legend, height - 1, self._cross)
        caption = [self._caption(chart, width)]
        if chart.drawing is None:
            blank = [Text()] * max(0, (height - 2) // 2)
            self._parts(width, caption, [*blank, Text(chart.message.center(width), self.app.skin.dim)], [])
            return
        column = None if self._cross is None else chart.drawing.column_of(max(self._cross, chart.drawing.x.low))
        rows = [
            self._row(chart, row, column if index < chart.drawing.lines else None)
            for index, row in enumerate(chart.drawing.rows)
        ]
        self._parts(width, caption, rows, self._legend(chart, height - 1) if legend else [])

    def on_resize(self) -> None:
        """The chart was made for another size."""
        self.redraw()

    def _parts(self, width: int, caption: list[Text], rows: list[Text], entries: list[Text]) -> None:
        legend = self.query_one("#legend", Canvas)
        legend.display = bool(entries)
        legend.styles.width = self._legend_width
        self.query_one("#caption", Canvas).show(caption)
        self.query_one("#canvas", Canvas).show(rows)
        legend.show([Text(" ").append_text(entry) for entry in entries])

    def action_cross(self, by: int) -> None:
        """Move the crosshair by epochs."""
        if self._last:
            at = (
                self._last
                if self._cross is None and by < 0
                else (self._cross or 0) + by
                if self._cross is not None
                else 0
            )
            self._cross = max(0, min(self._last, at))
            self.redraw()
        else:
            self.post_message(self.Stepped(by))

    def action_uncross(self) -> None:
        """Put the crosshair away."""
        if self._cross is not None:
            self._cross = None
            self.redraw()

    def action_legend(self, by: int) -> None:
        """Move through a legend that is longer than its place."""
        self._first += by
        self.redraw()

    def on_mouse_scroll_down(self) -> None:
        """The wheel moves through the legend."""
        self.action_legend(1)

    def on_mouse_scroll_up(self) -> None:
        """And back."""
        self.action_legend(-1)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """The crosshair follows the mouse."""
        drawing = self._chart.drawing if self._chart else None
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

    @property
    def _legend_width(self) -> int:
        return _LEGEND_WIDTH - _LABEL_WIDTH + self._label

    def _caption(self, chart: Chart, width: int) -> Text:
        caption = Text()
        caption.append(chart.caption, self.app.skin.text)
        room = width - caption.cell_len - 1
        if self._toggles.cell_len <= room:
            caption.append(" " * (room - self._toggles.cell_len + 1))
            caption.append_text(self._toggles)
        caption.truncate(width)
        return caption

    def _row(self, chart: Chart, row: tuple[Span, ...], column: int | None) -> Text:
        line = Text()
        at = 0
        for span in row:
            style = self._style(chart, span.series)
            if column is not None and at <= column < at + len(span.text):
                cut = column - at
                here = span.text[cut]
                line.append(span.text[:cut], style)
                line.append("│" if here in " ⠀" else here, self.app.skin.dim if here in " ⠀" else style)
                line.append(span.text[cut + 1 :], style)
            else:
                line.append(span.text, style)
            at += len(span.text)
        return line

    def _style(self, chart: Chart, series: int) -> str:
        if series == AXIS:
            return self.app.skin.dim
        paint = chart.paints[series]
        if paint.style:
            return getattr(self.app.skin, paint.style)
        if paint.rate is None:
            return self.app.skin.dim
        return self.app.skin.faded(paint.rate) if paint.faded else self.app.skin.rate(paint.rate)

    def _legend(self, chart: Chart, height: int) -> list[Text]:
        room, total = max(2, height - 2), len(chart.legend)
        lines = [Text(chart.legend_title.rjust(self._legend_width - 7), self.app.skin.dim)]
        if total <= room:
            self._first = 0
            return lines + [self._entry(entry) for entry in chart.legend]
        self._first = max(0, min(self._first, total - room + 1))
        shown = chart.legend[self._first :][: room - 1]
        lines += [self._entry(entry) for entry in shown]
        where = f"{self._first + 1}–{self._first + len(shown)} of {total}"
        return [*lines, Text(f"  {where}  ↑ ↓", self.app.skin.dim)]

    def _entry(self, entry: Entry) -> Text:
        skin = self.app.skin
        mark = entry.mark if self.app.letters or entry.style else "▪"
        line = Text()
        line.append(f"{mark} ", getattr(skin, entry.style) if entry.style else skin.rate(entry.rate))
        wide = self._label if entry.value else self._legend_width - 5
        label = entry.label if len(entry.label) <= wide else f"{entry.label[: wide - 1]}…"
        line.append(f"{label:<{wide}}", skin.text)
        if entry.value:
            line.append(entry.value.rjust(7), skin.text if entry.value != "–" else skin.dim)
        if entry.chosen:
            line.append(" ◂", skin.accent)
            line.stylize("bold")
        if entry.note:
            line.append(f" {entry.note}", self.app.skin.bad)
        elif entry.running:
            line.append(" ▸now", self.app.skin.accent)
        line.truncate(self._legend_width - 1)
        return line
