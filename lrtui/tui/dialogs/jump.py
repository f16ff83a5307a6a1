"""Jump: a key on every pane, chart and tab; pressing it goes there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.geometry import Offset
from textual.screen import ModalScreen
from textual.widgets import Static

from lrtui.tui.themes import skin_of


@dataclass(frozen=True)
class Target:
    """Somewhere to go: its key, where the key is shown, and the app's action that goes there."""

    key: str
    at: Offset
    action: str


class JumpScreen(ModalScreen[str | None]):
    """The keys, over the screen as it is; any other key, or a click, puts them away."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "Close")]

    def __init__(self, targets: Sequence[Target]) -> None:
        super().__init__()
        self._targets = targets

    def compose(self) -> ComposeResult:
        """Lay the keys over what they lead to."""
        for target in self._targets:
            yield Static(Text(f" {target.key} "), classes="jump-key")
        yield Static(Text(" jump: press a key that is shown · esc "), id="jump-hint")

    def on_mount(self) -> None:
        """Put every key where it belongs."""
        look = f"reverse {skin_of(self).key}".strip()
        for target, shown in zip(self._targets, self.query(".jump-key").results(Static), strict=True):
            shown.update(Text(f" {target.key} ", look))
            shown.styles.offset = target.at.x, target.at.y

    def on_key(self, event: events.Key) -> None:
        """Go where the key leads."""
        event.stop()
        pressed = event.character or event.key
        self.dismiss(next((target.action for target in self._targets if target.key == pressed), None))

    def on_click(self, event: events.Click) -> None:
        """Put the keys away."""
        event.stop()
        self.dismiss(None)
