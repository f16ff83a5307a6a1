"""The widget that shows a chart: caption, plot, legend, crosshair."""

from collections.abc import Callable
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType

from lrtui.report.terminal_plot import AXIS, Span
from lrtui.tui.charts.chart import Chart, Entry
from lrtui.tui.lines import Lines

LEGEND_WIDTH = 23
_NARROWEST_WITH_LEGEND = 58

Maker = Callable[[int, int, float | None], Chart]
"""Makes the chart for (width, height) with the crosshair at a value of x."""


class Plot(Lines, can_focus=True):
    """A chart and a crosshair that reads its values."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "cross(-1)", "Crosshair left", show=False),
        Binding("right", "cross(1)", "Crosshair right", show=False),
        Binding("home", "cross(-100000)", "First epoch", show=False),
        Binding("end", "cross(100000)", "Last epoch", show=False),
        Binding("escape", "uncross", "Crosshair away", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._make: Maker | None = None
        self._toggles = Text()
        self._chart: Chart | None = None
        self._cross: int | None = None
        self._last = 0

    @property
    def cross(self) -> int | None:
        """Return the epoch the crosshair is at."""
        return self._cross

    def show_chart(self, make: Maker, toggles: Text, last: int) -> None:
        """Draw anew with `make`; `toggles` says how; `last` is the last epoch, 0 where there is no crosshair."""
        self._make, self._toggles, self._last = make, toggles, last
        if last == 0:
            self._cross = None
        self.redraw()

    def redraw(self) -> None:
        """Make and show the chart at the size there is."""
        width, height = self.size
        if self._make is None or width < 4 or height < 2:
            return
        legend = LEGEND_WIDTH if width >= _NARROWEST_WITH_LEGEND else 0
        self._chart = chart = self._make(width - legend, height - 1, self._cross)
        lines = [self._caption(chart, width)]
        if chart.drawing is None:
            lines += [Text()] * max(0, (height - 2) // 2)
            lines.append(Text(chart.message.center(width), self.skin.dim))
        else:
            column = None if self._cross is None else chart.drawing.column_of(max(self._cross, chart.drawing.x.low))
            entries = self._legend(chart, height - 1) if legend else []
            for index, row in enumerate(chart.drawing.rows):
                line = self._row(chart, row, column if index < chart.drawing.lines else None)
                if index < len(entries):
                    line.append(" ")
                    line.append_text(entries[index])
                lines.append(line)
        self.show(lines[:height])

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

    def action_uncross(self) -> None:
        """Put the crosshair away."""
        if self._cross is not None:
            self._cross = None
            self.redraw()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """The crosshair follows the mouse."""
        drawing = self._chart.drawing if self._chart else None
        if drawing is None or not self._last:
            return
        at = round(drawing.x_at(event.x)) if drawing.left <= event.x < drawing.left + drawing.columns else None
        if at != self._cross:
            self._cross = at
            self.redraw()

    def on_leave(self) -> None:
        """The mouse is gone, and the crosshair with it."""
        if not self.has_focus:
            self.action_uncross()

    def _caption(self, chart: Chart, width: int) -> Text:
        caption = Text()
        caption.append(chart.caption, self.skin.text)
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
                line.append("│" if here in " ⠀" else here, self.skin.dim if here in " ⠀" else style)
                line.append(span.text[cut + 1 :], style)
            else:
                line.append(span.text, style)
            at += len(span.text)
        return line

    def _style(self, chart: Chart, series: int) -> str:
        if series == AXIS:
            return self.skin.dim
        paint = chart.paints[series]
        if paint.rate < 0:
            return self.skin.dim
        return self.skin.faded(paint.rate) if paint.faded else self.skin.rate(paint.rate)

    def _legend(self, chart: Chart, height: int) -> list[Text]:
        room = max(1, height - 2)
        shown = chart.legend if len(chart.legend) <= room else chart.legend[: room - 1]
        lines = [Text(chart.legend_title.rjust(LEGEND_WIDTH - 7), self.skin.dim)]
        lines += [self._entry(entry) for entry in shown]
        if len(shown) < len(chart.legend):
            lines.append(Text(f"  and {len(chart.legend) - len(shown)} more", self.skin.dim))
        return lines

    def _entry(self, entry: Entry) -> Text:
        mark = entry.mark if self.app.letters else "▪"
        line = Text()
        line.append(f"{mark} ", self.skin.rate(entry.rate))
        label = entry.label if len(entry.label) <= 7 else f"{entry.label[:6]}…"
        line.append(f"{label:<7}", self.skin.text)
        line.append(entry.value.rjust(7), self.skin.text if entry.value != "–" else self.skin.dim)
        if entry.note:
            line.append(f" {entry.note}", self.skin.bad)
        elif entry.running:
            line.append(" ▸now", self.skin.accent)
        line.truncate(LEGEND_WIDTH - 1)
        return line
