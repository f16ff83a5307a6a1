"""The line above a group of fields, which opens and closes what is not shown of it."""

from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.widget import Widget

from lrtui.tui.configuration.field import STOP, step
from lrtui.tui.themes import skin_of

_TITLES = {"optim": "optimizer", "mc_dropout": "MC dropout"}


class Heading(Widget, can_focus=True):
    """`model ───── ▸ 13 more`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "turn", "Open or close", show=False),
        Binding("right", "turn(True)", "Open", show=False),
        Binding("left", "turn(False)", "Close", show=False),
        Binding("up", "step(-1)", "Up", show=False),
        Binding("down", "step(1)", "Down", show=False),
        Binding("escape", "leave", "Leave", show=False),
    ]

    DEFAULT_CSS = "Heading { height: 1; width: 1fr; }"

    @dataclass
    class Turned(Message):
        """The group is to be opened or closed."""

        heading: "Heading"

    def __init__(self, group: str) -> None:
        super().__init__()
        self.group = group
        self._more, self._shown, self._open = 0, 0, False

    def show(self, shown: int, more: int, opened: bool) -> None:
        """Say how many fields are shown, and how many more there are."""
        if (shown, more, opened) != (self._shown, self._more, self._open):
            self._shown, self._more, self._open = shown, more, opened
            self.can_focus = more > 0
            self.set_class(more > 0, STOP)
            self.refresh()

    @property
    def plain(self) -> str:
        """Return what it says."""
        return self.render().plain

    def render(self) -> Text:
        """Draw title, line, and what can be opened."""
        skin = skin_of(self)
        title = _TITLES.get(self.group, self.group.replace("_", " "))
        right = ""
        if self._open:
            right = "▾ less"
        elif self._more:
            right = f"▸ {self._more} more" if self._shown else f"▸ {self._more}"
            right = "▸ what they set" if self.group == "variants" else right
        gap = max(1, self.size.width - len(title) - len(right) - (2 if right else 1))
        line = Text(no_wrap=True)
        line.append(f"{title} ", f"bold {skin.text}".strip() if self._shown else skin.text)
        line.append("─" * gap, skin.faint)
        line.append(f" {right}" if right else "", skin.accent if right else skin.dim)
        if self.has_focus:
            line.stylize(skin.cursor)
        return line

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """One line."""
        return 1

    def action_turn(self, wanted: bool | None = None) -> None:
        """Open or close."""
        if wanted is None or wanted != self._open:
            self.post_message(self.Turned(self))

    def action_step(self, by: int) -> None:
        """Go to a neighbour."""
        step(self, by)

    def action_leave(self) -> None:
        """Go to the frame around the fields."""
        self.screen.set_focus(self.screen.query_one("#fields"))

    def on_click(self, event: events.Click) -> None:
        """A click opens or closes too."""
        event.stop()
        if self._more:
            self.action_turn()

    def on_focus(self) -> None:
        """It looks different with the focus."""
        self.refresh()

    def on_blur(self) -> None:
        """And without."""
        self.refresh()
