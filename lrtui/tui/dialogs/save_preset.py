"""The dialog that saves the form's settings as a preset: name, title, folder."""

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label

from lrtui import paths
from lrtui.errors import LrtuiError
from lrtui.text import literal

if TYPE_CHECKING:
    from lrtui.study.spec import Study

SAVE, OVERWRITE, CANCEL = Content("[ Save  ⏎ ]"), Content("[ Overwrite  ⏎ ]"), Content("[ Cancel  esc ]")


class SavePresetScreen(ModalScreen[str | None]):
    """Writes a preset file; returns its path, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Cancel"),
        Binding("up", "app.focus_previous", "Field above", show=False),
        Binding("down", "app.focus_next", "Field below", show=False),
    ]

    def __init__(self, study: "Study", made_from: str) -> None:
        """`made_from` is the id of the saved study whose settings they are; empty if they are a preset's."""
        super().__init__()
        self._study, self._made_from = study, made_from
        self._taken = ""

    def compose(self) -> ComposeResult:
        """Name, title, folder, what is wrong, buttons."""
        stem = self._study.name.rpartition("/")[2].removesuffix(".toml")
        with Vertical(classes="dialog medium") as box:
            box.border_title = "Save as preset"
            for key, label, value in (
                ("name", "Name", f"own/{stem}"),
                ("title", "Title", self._study.title),
                ("folder", "Folder", str(paths.own_presets())),
            ):
                yield Label(label)
                field = Input(literal(value), id=f"preset-{key}", compact=True, select_on_focus=True)
                field.cursor_blink = False
                yield field
            yield Label(id="save-error", markup=False)
            with Horizontal(classes="buttons"):
                yield Button(SAVE, id="save", variant="primary", compact=True)
                yield Button(CANCEL, id="cancel", compact=True)

    def on_mount(self) -> None:
        """Begin with the name."""
        self.query_one("#preset-name").focus()
        self._say("")

    @on(Input.Changed)
    def _changed(self) -> None:
        self._taken = ""
        self._say("")

    @on(Input.Submitted)
    @on(Button.Pressed, "#save")
    def _save(self) -> None:
        from lrtui.store.own_presets import TakenError, save

        name, title, folder = (self.query_one(f"#preset-{key}", Input).value for key in ("name", "title", "folder"))
        try:
            if not folder.strip():
                raise LrtuiError("needs a folder")
            path = save(
                self._study,
                name,
                Path(folder).expanduser(),
                title="" if title.strip() in ("", self._study.title) else title.strip(),
                made_from=self._made_from,
                overwrite=self._taken == name,
            )
        except TakenError as error:
            self._taken = name
            self._say(f"{error}; press again to overwrite it")
        except LrtuiError as error:
            self._say(str(error))
        else:
            self.dismiss(str(path))

    @on(Button.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)

    def _say(self, text: str) -> None:
        label = self.query_one("#save-error", Label)
        label.update(Text(literal(text)))
        label.display = bool(text)
        button = self.query_one("#save", Button)
        button.label = OVERWRITE if self._taken else SAVE
        button.refresh(layout=True)
