"""What lrtui remarks on a study, to read."""

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from lrtui.text import count, literal
from lrtui.tui.diffed_lines import DiffedLines
from lrtui.tui.signs import wrap


class RemarkLines(DiffedLines, can_focus=True):
    """The remarks, as wide as there is room."""

    def __init__(self, remarks: Sequence[str]) -> None:
        super().__init__(id="remark-lines")
        self._remarks = remarks

    def redraw(self) -> None:
        """Lay the text out."""
        lines = []
        for remark in self._remarks:
            for index, part in enumerate(wrap(literal(remark), self.room - 2)):
                lines.append(Text.assemble(("  " if index else "⚠ ", self.skin.warn), (part, self.skin.text)))
        self.show(lines)


class RemarksScreen(ModalScreen[None]):
    """The remarks."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,i", "dismiss", "Close")]

    def __init__(self, remarks: Sequence[str]) -> None:
        super().__init__()
        self._remarks = remarks

    def compose(self) -> ComposeResult:
        """One scrollable text."""
        with Vertical(classes="dialog wide") as box:
            box.border_title = count(len(self._remarks), "remark")
            box.border_subtitle = "esc closes · ↑ ↓ scroll"
            yield RemarkLines(self._remarks)

    def on_mount(self) -> None:
        """Ready to be scrolled."""
        self.query_one(RemarkLines).focus()
