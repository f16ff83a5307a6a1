"""The dialog for what a person keeps with a saved study: title, tags, note."""

from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, TextArea

from lrtui.errors import LrtuiError
from lrtui.store import remarks
from lrtui.store.remarks import Remarks
from lrtui.text import literal


class StudyRemarksScreen(ModalScreen[bool]):
    """Writes what is kept with a study; returns whether it did."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(False)", "Cancel"),
        Binding("ctrl+s", "save", "Save"),
        Binding("up", "app.focus_previous", "Field above", show=False),
        Binding("down", "app.focus_next", "Field below", show=False),
    ]

    def __init__(self, path: Path, kept: Remarks, title: str) -> None:
        """`title` is what the study is called now."""
        super().__init__()
        self._path, self._kept, self._title = path, kept, title

    def compose(self) -> ComposeResult:
        """Title, tags, note, what is wrong, buttons."""
        with Vertical(classes="dialog medium") as box:
            box.border_title = Content(literal(self._path.name))
            yield Label("Title (empty: the preset's)")
            yield Input(self._kept.title, placeholder=literal(self._title), id="remarks-title", compact=True)
            yield Label("Tags, with spaces between them")
            yield Input(" ".join(self._kept.tags), id="remarks-tags", compact=True)
            yield Label("Note")
            yield TextArea(self._kept.note, id="remarks-note", compact=True, show_line_numbers=False)
            yield Label(id="save-error", markup=False)
            with Horizontal(classes="buttons"):
                yield Button(Content("[ Save  ^s ]"), id="save", variant="primary", compact=True)
                yield Button(Content("[ Cancel  esc ]"), id="cancel", compact=True)

    def on_mount(self) -> None:
        """Begin with the title."""
        for field in self.query(Input):
            field.cursor_blink = False
        self.query_one("#remarks-note", TextArea).cursor_blink = False
        self.query_one("#remarks-title").focus()
        self._say("")

    @on(Input.Submitted)
    @on(Button.Pressed, "#save")
    def action_save(self) -> None:
        """Keep them."""
        title, tags = (self.query_one(f"#remarks-{key}", Input).value for key in ("title", "tags"))
        try:
            remarks.write(self._path, Remarks.of(title, tags.split(), self.query_one("#remarks-note", TextArea).text))
        except LrtuiError as error:
            self._say(str(error))
        else:
            self.dismiss(True)

    @on(Button.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(False)

    def _say(self, text: str) -> None:
        label = self.query_one("#save-error", Label)
        label.update(Text(literal(text)))
        label.display = bool(text)
