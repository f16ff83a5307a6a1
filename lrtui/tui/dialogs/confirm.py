"""A question with two answers."""

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Label


class Explanation(VerticalScroll, can_focus=False):
    """What is to be known before one answers; longer than there is room for, it scrolls."""

    def __init__(self, text: str) -> None:
        super().__init__(Label(Text(text), classes="explanation"))


class ConfirmScreen(ModalScreen[bool]):
    """Asks; returns whether the answer was yes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,n", "answer(False)", "No"),
        Binding("y", "answer(True)", "Yes"),
        Binding("left,right", "app.focus_next", "Other", show=False),
        Binding("up", "scroll_by(-1)", "Up", show=False),
        Binding("down", "scroll_by(1)", "Down", show=False),
    ]

    def __init__(self, question: str, explanation: str, yes: str) -> None:
        super().__init__()
        self._question, self._explanation, self._yes = question, explanation, yes

    def compose(self) -> ComposeResult:
        """Question, explanation, buttons."""
        with Vertical(classes="dialog narrow"):
            yield Label(Text(self._question, "bold"), classes="question")
            yield Explanation(self._explanation)
            with Horizontal(classes="buttons"):
                yield Button(Content(f"[ {self._yes}  y ]"), id="yes", variant="warning", compact=True)
                yield Button(Content("[ Cancel  esc ]"), id="no", compact=True)

    def on_mount(self) -> None:
        """The harmless answer has the focus."""
        self.query_one("#no", Button).focus()

    def action_scroll_by(self, lines: int) -> None:
        """Read on."""
        self.query_one(Explanation).scroll_relative(y=lines, animate=False)

    def action_answer(self, yes: bool) -> None:
        """Give the answer."""
        self.dismiss(yes)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Give the button's answer."""
        self.dismiss(event.button.id == "yes")


class OptionsScreen(ModalScreen[str | None]):
    """Asks; returns which of several answers was given, None for none of them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,n", "answer(None)", "Cancel"),
        Binding("left,up", "app.focus_previous", "Other", show=False),
        Binding("right,down", "app.focus_next", "Other", show=False),
    ]

    def __init__(self, question: str, explanation: str, options: Sequence[tuple[str, str, str]]) -> None:
        """`options` are answers with their words and keys, the first the one that is proposed."""
        super().__init__()
        self._question, self._explanation, self._options = question, explanation, options

    def compose(self) -> ComposeResult:
        """Question, explanation, buttons."""
        with Vertical(classes="dialog narrow"):
            yield Label(Text(self._question, "bold"), classes="question")
            yield Explanation(self._explanation)
            with Horizontal(classes="buttons"):
                for answer, words, key in self._options:
                    yield Button(Content(f"[ {words}  {key} ]"), id=answer, compact=True)
                yield Button(Content("[ Cancel  esc ]"), id="cancel", compact=True)

    def on_mount(self) -> None:
        """The harmless answer has the focus."""
        self.query_one("#cancel", Button).focus()

    def on_key(self, event: events.Key) -> None:
        """Give the answer of a key."""
        for answer, _, key in self._options:
            if event.key == key:
                event.stop()
                self.dismiss(answer)

    def action_answer(self, answer: str | None) -> None:
        """Give no answer."""
        self.dismiss(answer)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Give the button's answer."""
        self.dismiss(None if event.button.id == "cancel" else event.button.id)


class QuitScreen(ModalScreen[str]):
    """Asks whether to quit while training: returns `background`, `stop` or `stay`; asking to quit once more says `stop`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,n", "answer('stay')", "Stay"),
        Binding("b", "answer('background')", "Keep training in the background"),
        Binding("y,q,s", "answer('stop')", "Stop and quit"),
        Binding("left,up", "app.focus_previous", "Other", show=False),
        Binding("right,down", "app.focus_next", "Other", show=False),
    ]

    def __init__(self, queued: int = 0) -> None:
        """So many studies of the queue would not be trained."""
        super().__init__()
        self._queued = queued

    def compose(self) -> ComposeResult:
        """Question, explanation, buttons."""
        studies = "1 study" if self._queued == 1 else f"{self._queued} studies"
        lost = f" The {studies} of the queue will not be trained."
        explanation = (
            "In the background a process of its own goes on, from the last checkpoint, without a terminal; `lrtui attach` shows "
            "it again. If it is stopped, finished epochs are kept, and `lrtui resume` goes on with it."
        ) + (lost if self._queued else "")
        with Vertical(classes="dialog medium"):
            yield Label(Text("Quit while training?", "bold"), classes="question")
            yield Explanation(explanation)
            with Horizontal(classes="buttons"):
                yield Button(Content("[ Background  b ]"), id="background", compact=True)
                yield Button(Content("[ Stop  y ]"), id="stop", variant="warning", compact=True)
                yield Button(Content("[ Stay  esc ]"), id="stay", compact=True)

    def on_mount(self) -> None:
        """The harmless answer has the focus."""
        self.query_one("#stay", Button).focus()

    def action_answer(self, answer: str) -> None:
        """Give the answer."""
        self.dismiss(answer)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Give the button's answer."""
        self.dismiss(event.button.id)
