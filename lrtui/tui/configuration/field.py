"""One field of the form: label, text, and below it what is wrong with it."""

from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.suggester import SuggestFromList
from textual.widget import Widget
from textual.widgets import Input

from lrtui.text import literal
from lrtui.tui.bound import passing
from lrtui.tui.configuration.keys import FieldSpec
from lrtui.tui.configuration.pasted import pasted
from lrtui.tui.signs import wrap
from lrtui.tui.themes import skin_of

STOP = "stop"
"""The class of what ↑ and ↓ go to within the form."""
_COLUMN = 13
"""Where the texts begin."""
_LEAVING = ("up", "down", "tab", "shift+tab", "escape")
"""Keys that go elsewhere, and change nothing in a text."""


class FieldInput(Input):
    """A text field in which ↑ and ↓ go to the neighbours, and ← and → through the choices where there are some.

    As long as nothing was typed since it got the focus, the keys that go to another pane, and the one for help, are keys.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "step(-1)", "Up", show=False),
        Binding("down", "step(1)", "Down", show=False),
        Binding("escape", "leave", "Leave", show=False),
    ]

    @dataclass
    class Noted(Message):
        """There is something to say of what was pasted, or nothing any more."""

        input: "FieldInput"
        note: str

    def __init__(self, spec: FieldSpec) -> None:
        super().__init__(spec.text, compact=True, classes=STOP)
        self.cursor_blink = False
        self.editing = False
        """Whether it was typed into since it got the focus: every letter is text then."""
        self._several = spec.several
        self._choices: tuple[str, ...] = ()
        self.adopt(spec)

    def adopt(self, spec: FieldSpec) -> None:
        """Take the choices of another field."""
        self._choices, self._several = spec.choices, spec.several
        suggestions = spec.choices or (("find",) if spec.key == "optim.lr" else ())
        self.suggester = SuggestFromList(suggestions, case_sensitive=False) if suggestions else None
        self.placeholder = spec.placeholder

    def on_focus(self) -> None:
        """Nothing is typed yet."""
        self.editing = False

    def on_blur(self) -> None:
        """What was typed is typed."""
        self.editing = False

    async def on_key(self, event: events.Key) -> None:
        """Let a key through that goes elsewhere; after any other, and until enter, letters are text."""
        if not self.editing and (action := passing(event.key, self.app)):
            event.prevent_default()
            event.stop()
            await self.app.run_action(action)
        elif event.key == "enter":
            self.editing = False
        elif event.key not in _LEAVING and not (event.key in ("left", "right") and self.value in self._choices):
            self.editing = True

    def on_paste(self, event: events.Paste) -> None:
        """Take every line of what is pasted, or say that lines were left out; Textual's own takes the first silently."""
        event.prevent_default()
        event.stop()
        self.editing = True
        made = pasted(event.text, several=self._several)
        if made.text:
            if self.selection.is_empty:
                self.insert_text_at_cursor(made.text)
            else:
                self.replace(made.text, *self.selection)
        self.post_message(self.Noted(self, made.note))

    def action_step(self, by: int) -> None:
        """Go to a neighbour."""
        step(self, by)

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


def step(widget: Widget, by: int) -> None:
    """Go from one stop of the form to a neighbour."""
    if by > 0:
        widget.screen.focus_next(f".{STOP}")
    else:
        widget.screen.focus_previous(f".{STOP}")


class Field(Widget):
    """A key of the preset, editable. Label and error are drawn by the field itself, its one child is the text."""

    DEFAULT_CSS = """
    Field { height: auto; width: 1fr; layout: horizontal; }
    Field FieldInput { width: 1fr; height: 1; margin: 0 2 0 13; background: $background; }
    Field FieldInput:focus { background: $panel; }
    """

    @dataclass
    class Edited(Message):
        """The text changed."""

        field: "Field"

    def __init__(self, spec: FieldSpec) -> None:
        super().__init__()
        self.spec = spec
        self.input = FieldInput(spec)
        self.error = ""
        """What is wrong, shown below the text."""
        self.note = ""
        """What is to be said of it without anything being wrong."""

    def compose(self) -> ComposeResult:
        """The text."""
        yield self.input

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
        mark = "✗ " if self.error else "* " if self.changed else "  "
        return f"{mark}{self.spec.label}"

    def adopt(self, spec: FieldSpec, text: str) -> None:
        """Become the field of another preset's key of the same name."""
        if spec != self.spec:
            self.spec = spec
            self.input.adopt(spec)
        if self.input.value != text:
            self.input.value = text
        self._make_room()
        self.refresh()

    def fail(self, message: str) -> None:
        """Show what is wrong; empty: nothing is."""
        if message != self.error:
            self.error = message
            self.refresh(layout=True)

    def render(self) -> Text:
        """Draw the label, the sign of a choice, and the error."""
        skin = skin_of(self)
        style = f"bold {skin.bad}" if self.error else f"bold {skin.warn}" if self.changed else skin.dim
        width = self.size.width
        line = Text(no_wrap=True)
        line.append(self.label, style)
        if self.changed and line.cell_len < _COLUMN - 1:
            line.append("*", style)
        if self.spec.choices and width > 20:
            line.append(" " * (width - 1 - line.cell_len))
            line.append("↔", skin.dim)
        for part in self._below(width):
            line.append(f"\n  {part}", skin.bad if self.error else skin.warn)
        return line

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return 1, and a line more for every line of what is said of it."""
        return 1 + len(self._below(width))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Tell the form."""
        event.stop()
        self._say("")
        self._make_room()
        self.refresh()
        self.post_message(self.Edited(self))

    def on_click(self, event: events.Click) -> None:
        """A click beside the text takes the next choice; on the label, it goes to the text."""
        if event.widget is not self:
            return
        self.input.focus()
        if self.spec.choices and event.x >= self.size.width - 2:
            self.input.choose(1)

    def on_field_input_noted(self, event: FieldInput.Noted) -> None:
        """Say what became of what was pasted; after the change itself was seen."""
        event.stop()
        self.call_after_refresh(self._say, event.note)

    def on_resize(self) -> None:
        """There is more room, or less."""
        self._make_room()

    def _say(self, note: str) -> None:
        if note != self.note:
            self.note = note
            self.refresh(layout=True)

    def _make_room(self) -> None:
        """Let a long text begin right behind its label; the others stand in one column."""
        long = len(self.input.value) > self.size.width - _COLUMN - 2 and not self.spec.choices
        self.input.styles.margin = (0, 2 if self.spec.choices else 0, 0, len(self.label) + 1 if long else _COLUMN)

    def _below(self, width: int) -> list[str]:
        text = self.error or self.note
        return wrap(literal(text), width - 2) if text else []
