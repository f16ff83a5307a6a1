"""What lrtui says of a study, to read: its remarks, or who won."""

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
    """The remarks, as wide as there is room, each behind a `mark`."""

    def __init__(self, remarks: Sequence[str], mark: str) -> None:
        super().__init__(id="remark-lines")
        self._remarks, self._mark = remarks, mark

    def redraw(self) -> None:
        """Lay the text out."""
        lines = []
        for remark in self._remarks:
            for index, part in enumerate(wrap(literal(remark), self.room - len(self._mark))):
                mark = " " * len(self._mark) if index else self._mark
                lines.append(Text.assemble((mark, self.skin.warn), (part, self.skin.text)))
        self.show(lines)


class RemarksScreen(ModalScreen[None]):
    """The remarks, or with a `title` of their own other paragraphs."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,i,V", "dismiss", "Close")]

    def __init__(self, remarks: Sequence[str], title: str = "") -> None:
        super().__init__()
        self._remarks, self._title = remarks, title

    def compose(self) -> ComposeResult:
        """One scrollable text."""
        with Vertical(classes="dialog wide") as box:
            box.border_title = self._title or count(len(self._remarks), "remark")
            box.border_subtitle = "esc closes · ↑ ↓ scroll"
            yield RemarkLines(self._remarks, "" if self._title else "⚠ ")

    def on_mount(self) -> None:
        """Ready to be scrolled."""
        self.query_one(RemarkLines).focus()
