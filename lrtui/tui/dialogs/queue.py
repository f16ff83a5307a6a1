"""The queue of studies: what is trained next, in which order."""

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Label

from lrtui.text import count, literal
from lrtui.tui.row_list import Row, RowList
from lrtui.tui.themes import skin_of

if TYPE_CHECKING:
    from lrtui.tui.configuration.form import Order


class QueueScreen(ModalScreen[None]):
    """Shows the queue, and changes it at once; `changed` is called then."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,Q", "dismiss(None)", "Close"),
        Binding("u,shift+up", "shift(-1)", "Earlier"),
        Binding("n,shift+down", "shift(1)", "Later"),
        Binding("x,delete", "drop", "Drop"),
    ]

    def __init__(self, queue: "list[Order]", changed: Callable[[], None]) -> None:
        super().__init__()
        self._queue, self._changed = queue, changed
        self._rows = RowList(id="queue-rows")

    def compose(self) -> ComposeResult:
        """The studies in order, and the keys."""
        with Vertical(classes="dialog medium") as box:
            box.border_title = "Trained next"
            yield self._rows
            yield Label(Text("u earlier · n later · x drop · esc closes"), classes="explanation")

    def on_mount(self) -> None:
        """Be as high as there are studies."""
        self._rows.styles.height = max(1, min(12, len(self._queue)))
        self._rows.focus()
        self.call_after_refresh(self.draw)

    def draw(self) -> None:
        """Show the studies; those that were begun meanwhile are gone."""
        skin, rows = skin_of(self), []
        for place, order in enumerate(self._queue, 1):
            line = Text(f"{place:>2}  ")
            line.append(literal(order.study.name), skin.text)
            line.append(f"  {count(order.study.budget, 'run')}", skin.dim)
            if order.find_only:
                line.append("  range test", skin.accent)
            if order.study.overrides:
                line.append(f"  {literal(', '.join(order.study.overrides))}", skin.warn)
            rows.append(Row(str(id(order)), line))
        self._rows.show_rows(rows)

    def action_shift(self, by: int) -> None:
        """Train the study under the cursor earlier or later."""
        place = self._place()
        if place is not None and 0 <= place + by < len(self._queue):
            self._queue.insert(place + by, self._queue.pop(place))
            self._redraw()

    def action_drop(self) -> None:
        """Do not train the study under the cursor."""
        if (place := self._place()) is not None:
            del self._queue[place]
            self._redraw()
            if not self._queue:
                self.dismiss(None)

    def _place(self) -> int | None:
        current = self._rows.current
        return next((at for at, order in enumerate(self._queue) if current and str(id(order)) == current.key), None)

    def _redraw(self) -> None:
        self.draw()
        self._changed()
