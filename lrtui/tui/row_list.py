"""A list of rows with a cursor: the preset tree and the results table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from lrtui.tui.diffed_lines import DiffedLines


@dataclass(frozen=True)
class Row:
    """One row; `key` says which it is when rows around it come and go."""

    key: str
    text: Text
    opens: bool = False
    """Whether it has rows below it that can be shown or hidden."""
    arrow: int = 0
    """Cells from the left within which a click opens or closes it."""


class RowList(DiffedLines, can_focus=True):
    """RowList, a cursor, and what a person does to them, as messages."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home", "move(-100000)", "First", show=False),
        Binding("end", "move(100000)", "Last", show=False),
        Binding("space", "turn", "Open or close", show=False),
        Binding("right", "turn(True)", "Open", show=False),
        Binding("left", "turn(False)", "Close", show=False),
    ]

    @dataclass
    class Moved(Message):
        """The cursor is on another row."""

        rows: "RowList"
        key: str

        @property
        def control(self) -> "RowList":
            """Return the list it happened in."""
            return self.rows

    @dataclass
    class Chosen(Message):
        """A row was double-clicked."""

        rows: "RowList"
        key: str

    @dataclass
    class Toggled(Message):
        """A row is to be opened (True), closed (False) or turned over (None)."""

        rows: "RowList"
        key: str
        open: bool | None

    @dataclass
    class Resized(Message):
        """The rows were made for another size."""

        rows: "RowList"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._rows: tuple[Row, ...] = ()
        self._cursor = 0

    @property
    def current(self) -> Row | None:
        """Return the row under the cursor."""
        return self._rows[self._cursor] if self._cursor < len(self._rows) else None

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Replace the rows; the cursor stays on its row where that is still there."""
        key = self.current.key if self.current else None
        self._rows = tuple(rows)
        self.show([row.text for row in rows])
        keys = [row.key for row in rows]
        cursor = keys.index(key) if key in keys else max(0, min(self._cursor, len(keys) - 1))
        self._put_cursor(cursor, follow=False)
        if keys and keys[cursor] != key:
            self.post_message(self.Moved(self, keys[cursor]))

    def select(self, key: str) -> bool:
        """Put the cursor on the row `key`; returns whether there is one."""
        for index, row in enumerate(self._rows):
            if row.key == key:
                self._go(index)
                return True
        return False

    def finish_line(self, index: int, strip: Strip) -> Strip:
        """Draw the cursor."""
        if index != self._cursor or index >= len(self._rows):
            return strip
        style = self.skin.cursor if self.has_focus else self.skin.cursor_blurred
        return strip.apply_style(Style.parse(style))

    def action_move(self, by: int) -> None:
        """Move the cursor."""
        self._go(self._cursor + by)

    def action_page(self, by: int) -> None:
        """Move the cursor by a screenful."""
        self._go(self._cursor + by * max(1, self.size.height - 1))

    def action_turn(self, wanted: bool | None = None) -> None:
        """Open or close the row under the cursor."""
        if self.current is not None:
            self.post_message(self.Toggled(self, self.current.key, wanted))

    def on_click(self, event: events.Click) -> None:
        """Go to the row clicked; open or close it at its arrow; a double click chooses."""
        index = event.y + self.scroll_offset.y
        if not 0 <= index < len(self._rows):
            return
        row = self._rows[index]
        self._go(index)
        if row.opens and event.x < row.arrow:
            self.post_message(self.Toggled(self, row.key, None))
        elif event.chain == 2:
            self.post_message(self.Chosen(self, row.key))

    def redraw(self) -> None:
        """Ask for rows of the new size."""
        self.post_message(self.Resized(self))

    def on_focus(self) -> None:
        """The cursor looks different with the focus."""
        self._refresh_row(self._cursor)

    def on_blur(self) -> None:
        """And without."""
        self._refresh_row(self._cursor)

    def _go(self, index: int) -> None:
        before = self._cursor
        self._put_cursor(max(0, min(index, len(self._rows) - 1)), follow=True)
        if self._cursor != before and self.current is not None:
            self.post_message(self.Moved(self, self.current.key))

    def _put_cursor(self, index: int, *, follow: bool) -> None:
        if index != self._cursor:
            self._refresh_row(self._cursor)
            self._cursor = index
            self._refresh_row(index)
        if follow:
            self.scroll_to_region(Region(0, index, 1, 1), animate=False, force=True)

    def _refresh_row(self, index: int) -> None:
        self.refresh(Region(0, index - self.scroll_offset.y, self.size.width, 1))
