"""One field of the form: label, text, and below it what is wrong with it."""

from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.suggester import SuggestFromList
from textual.widgets import Input, Label

from lrtui.text import literal
from lrtui.tui.configuration.keys import FieldSpec


class FieldInput(Input):
    """A text field in which ↑ and ↓ go to the neighbours, and ← and → through the choices where there are some."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "step(-1)", "Up", show=False),
        Binding("down", "step(1)", "Down", show=False),
        Binding("escape", "leave", "Leave", show=False),
    ]

    def __init__(self, spec: FieldSpec) -> None:
        suggester = SuggestFromList(spec.choices, case_sensitive=False) if spec.choices else None
        super().__init__(spec.text, compact=True, suggester=suggester, select_on_focus=False)
        self.cursor_blink = False
        self._choices = spec.choices

    def action_step(self, by: int) -> None:
        """Go to a neighbour."""
        if by > 0:
            self.screen.focus_next(FieldInput)
        else:
            self.screen.focus_previous(FieldInput)

    def action_cursor_left(self, select: bool = False) -> None:
        """Take the choice before, or move the cursor in a text that is none of the choices."""
        if self.value in self._choices:
            self.choose(-1)
        else:
            super().action_cursor_left(select)

    def action_cursor_right(self, select: bool = False) -> None:
        """Take the next choice, or move the cursor in a text that is none of the choices."""
        if self.value in self._choices:
            self.choose(1)
        else:
            super().action_cursor_right(select)

    def choose(self, by: int) -> None:
        """Take another choice; from a text that is none of them, the first."""
        index = self._choices.index(self.value) + by if self.value in self._choices else 0
        self.value = self._choices[index % len(self._choices)]
        self.cursor_position = len(self.value)

    def action_leave(self) -> None:
        """Go to the frame around the fields, where letters are keys again."""
        self.screen.set_focus(self.screen.query_one("#fields"))


class Field(Vertical):
    """A key of the preset, editable."""

    DEFAULT_CSS = """
    Field { height: auto; }
    Field Horizontal { height: 1; }
    Field .label { width: 13; color: $text-muted; }
    Field FieldInput { width: 1fr; background: $background; }
    Field FieldInput:focus { background: $panel; }
    Field .turn { width: 2; color: $text-muted; text-align: right; }
    Field .problem { width: 1fr; height: auto; color: $error; display: none; padding-left: 2; }
    Field.wrong .problem { display: block; }
    Field.wrong .label { color: $error; text-style: bold; }
    Field.changed .label { text-style: bold; color: $warning; }
    Field.wrong.changed .label { color: $error; }
    """

    @dataclass
    class Edited(Message):
        """The text changed."""

        field: "Field"

    def __init__(self, spec: FieldSpec) -> None:
        super().__init__()
        self.spec = spec
        self.input = FieldInput(spec)
        self._label = Label(self._caption, classes="label")
        self._error = Label(classes="problem", markup=False)

    def compose(self) -> ComposeResult:
        """Lay out label, text, error."""
        with Horizontal():
            yield self._label
            yield self.input
            yield Label("↔" if self.spec.choices else "", classes="turn")
        yield self._error

    @property
    def key(self) -> str:
        """Return the dotted key."""
        return self.spec.key

    @property
    def text(self) -> str:
        """Return what is typed."""
        return self.input.value

    @property
    def changed(self) -> bool:
        """Return whether it differs from what the preset says."""
        return self.input.value.strip() != self.spec.text

    @property
    def label(self) -> str:
        """Return what stands before the text."""
        return str(self._label.content)

    @property
    def error(self) -> str:
        """Return what is shown below the field."""
        return str(self._error.content)

    def fail(self, message: str) -> None:
        """Show what is wrong; empty: nothing is."""
        self.set_class(bool(message), "wrong")
        self._error.update(Text(literal(message)))
        self._mark()

    def reset(self) -> None:
        """Set back to what the preset says."""
        self.input.value = self.spec.text

    def on_input_changed(self, event: Input.Changed) -> None:
        """Tell the form."""
        event.stop()
        self._mark()
        self.post_message(self.Edited(self))

    def on_click(self, event: events.Click) -> None:
        """A click beside the text takes the next choice."""
        if isinstance(event.widget, Label) and "turn" in event.widget.classes:
            self.input.focus()
            self.input.choose(1)

    def _mark(self) -> None:
        self.set_class(self.changed, "changed")
        self._label.update(self._caption)

    @property
    def _caption(self) -> Text:
        mark = "✗ " if self.has_class("wrong") else "* " if self.changed else "  "
        return Text(f"{mark}{self.spec.label[:11]}")
