"""One of several, all of them in sight; told apart by signs, not by colour."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip

from lrtui.tui.diffed_lines import DiffedLines


class Choice(DiffedLines, can_focus=True):
    """A list of options of which one is taken; some may not be available."""

    DEFAULT_CSS = "Choice { height: auto; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "step(-1)", "Up", show=False),
        Binding("down", "step(1)", "Down", show=False),
    ]

    @dataclass
    class Changed(Message):
        """Another option was taken."""

        choice: "Choice"
        key: str

        @property
        def control(self) -> "Choice":
            """Return the list it happened in."""
            return self.choice

    def __init__(self, options: Sequence[tuple[str, str]], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._options = list(options)
        self._available = {key for key, _ in options}
        self.key = options[0][0]

    def on_mount(self) -> None:
        """Be as high as there are options."""
        self.styles.height = len(self._options)

    def offer(self, keys: Sequence[str]) -> None:
        """Make only `keys` available; the first of them is taken where the present one is not among them."""
        self._available = set(keys)
        if self.key not in self._available:
            self.key = keys[0]
        self.redraw()

    def take(self, key: str) -> None:
        """Take an option."""
        if key in self._available and key != self.key:
            self.key = key
            self.redraw()
            self.post_message(self.Changed(self, key))

    def action_step(self, by: int) -> None:
        """Take the next available option."""
        keys = [key for key, _ in self._options if key in self._available]
        self.take(keys[max(0, min(len(keys) - 1, keys.index(self.key) + by))])

    def on_click(self, event: events.Click) -> None:
        """Take the option clicked."""
        if 0 <= event.y < len(self._options):
            self.take(self._options[event.y][0])

    def redraw(self) -> None:
        """Lay the options out."""
        lines = []
        for key, title in self._options:
            style = self.skin.text if key in self._available else self.skin.faint
            line = Text()
            line.append(f"{'◉' if key == self.key else '○'} {title}", style)
            lines.append(line)
        self.show(lines)

    def finish_line(self, index: int, strip: Strip) -> Strip:
        """Show where the keys go."""
        here = index < len(self._options) and self._options[index][0] == self.key
        return strip.apply_style(Style.parse(self.skin.cursor)) if here and self.has_focus else strip

    def on_focus(self) -> None:
        """It looks different with the focus."""
        self.refresh()

    def on_blur(self) -> None:
        """And without."""
        self.refresh()
