"""A question with two answers."""

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Label


class ConfirmScreen(ModalScreen[bool]):
    """Asks; returns whether the answer was yes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,n", "answer(False)", "No"),
        Binding("y", "answer(True)", "Yes"),
        Binding("left,right", "app.focus_next", "Other", show=False),
    ]

    def __init__(self, question: str, explanation: str, yes: str) -> None:
        super().__init__()
        self._question, self._explanation, self._yes = question, explanation, yes

    def compose(self) -> ComposeResult:
        """Question, explanation, buttons."""
        with Vertical(classes="dialog narrow"):
            yield Label(Text(self._question, "bold"), classes="question")
            yield Label(Text(self._explanation), classes="explanation")
            with Horizontal(classes="buttons"):
                yield Button(Content(f"[ {self._yes}  y ]"), id="yes", variant="warning", compact=True)
                yield Button(Content("[ Cancel  esc ]"), id="no", compact=True)

    def on_mount(self) -> None:
        """The harmless answer has the focus."""
        self.query_one("#no", Button).focus()

    def action_answer(self, yes: bool) -> None:
        """Give the answer."""
        self.dismiss(yes)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Give the button's answer."""
        self.dismiss(event.button.id == "yes")


class QuitScreen(ConfirmScreen):
    """Asks whether to quit; asking to quit once more says yes."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("q", "answer(True)", "Yes", show=False)]
