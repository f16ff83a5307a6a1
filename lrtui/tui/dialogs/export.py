"""The export dialog: what, in which format, to which file."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label

from lrtui.errors import LrtuiError
from lrtui.text import literal
from lrtui.tui.dialogs import export_files
from lrtui.tui.dialogs.choice import Choice
from lrtui.tui.dialogs.export_files import CONTENTS, content

if TYPE_CHECKING:
    from lrtui.analysis.result import StudyResult

WRITE, OVERWRITE, CANCEL = Content("[ Write  ⏎ ]"), Content("[ Overwrite  ⏎ ]"), Content("[ Cancel  esc ]")


class ExportScreen(ModalScreen[str | None]):
    """Writes a file; returns its path, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Cancel"),
        Binding("enter", "write", "Write"),
    ]

    def __init__(
        self,
        study: str,
        result: "StudyResult",
        report: Callable[[str], str],
        picture: Callable[[str], str | bytes],
    ) -> None:
        super().__init__()
        self._study, self._result, self._report, self._picture = study, result, report, picture
        self._what, self._format = CONTENTS[0].key, CONTENTS[0].formats[0]
        self._named = False
        self._overwrite = ""
        self._writing = False

    def compose(self) -> ComposeResult:
        """What, format, file, error, buttons."""
        with Vertical(classes="dialog medium") as box:
            box.border_title = "Export"
            with Horizontal(classes="choices"):
                with Vertical(classes="choice"):
                    yield Label("What")
                    yield Choice([(one.key, one.title) for one in CONTENTS], id="what")
                with Vertical(classes="choice format"):
                    yield Label("Format")
                    yield Choice([(fmt, fmt) for fmt in export_files.SUFFIXES], id="format")
            yield Label("File")
            yield Input(export_files.file_name(self._study, self._what, self._format), id="file", compact=True)
            yield Label(id="export-error", markup=False)
            with Horizontal(classes="buttons"):
                yield Button(WRITE, id="write", variant="primary", compact=True)
                yield Button(CANCEL, id="cancel", compact=True)

    def on_mount(self) -> None:
        """Begin with what is to be exported."""
        self.query_one("#file", Input).cursor_blink = False
        self.query_one("#what").focus()
        self._offer()

    @on(Choice.Changed)
    def _chosen(self) -> None:
        self._offer()

    @on(Input.Changed, "#file")
    def _file_changed(self, event: Input.Changed) -> None:
        self._named = event.value != export_files.file_name(self._study, self._what, self._format)
        self._overwrite = ""
        self._say("")

    @on(Input.Submitted, "#file")
    @on(Button.Pressed, "#write")
    def action_write(self) -> None:
        """Write the file; ask first where there is one."""
        if self._writing:
            return
        text = self.query_one("#file", Input).value
        try:
            path = export_files.check(text)
        except LrtuiError as error:
            self._say(str(error))
            return
        if path.exists() and self._overwrite != text:
            self._overwrite = text
            self._say(f"{path.name} exists; press again to overwrite it")
            return
        self._writing = True
        self._say("writing…")
        self._write(path)

    @work(exit_on_error=False)
    async def _write(self, path: Path) -> None:
        """Make and write the file in a thread: a report reads the whole study."""
        try:
            await asyncio.to_thread(
                export_files.write, path, self._result, self._what, self._format, self._report, self._picture
            )
        except LrtuiError as error:
            self._say(str(error))
        except Exception as error:  # whatever broke, the dialog stays and says so
            self._say(f"unexpected {type(error).__name__}: {error}")
        else:
            self.dismiss(str(path.absolute()))
        finally:
            self._writing = False

    @on(Button.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)

    def _offer(self) -> None:
        """Offer the formats there are, and a file name that fits."""
        what, fmt = self.query_one("#what", Choice), self.query_one("#format", Choice)
        fmt.offer(content(what.key).formats)
        self._what, self._format = what.key, fmt.key
        if not self._named:
            self.query_one("#file", Input).value = export_files.file_name(self._study, self._what, self._format)
        self._say("")

    def _say(self, text: str) -> None:
        label = self.query_one("#export-error", Label)
        label.update(Text(literal(text)))
        label.display = bool(text)
        button = self.query_one("#write", Button)
        button.label = OVERWRITE if self._overwrite else WRITE
        button.refresh(layout=True)  # a label that is set does not change the button's width
