"""The variants of a preset, and what each sets: to read, not to change."""

from collections.abc import Sequence

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical

from lrtui.text import literal
from lrtui.tui.configuration.heading import Heading
from lrtui.tui.diffed_lines import DiffedLines
from lrtui.tui.signs import wrap
from lrtui.tui.themes import skin_of


class _Names(DiffedLines):
    """The lines below the heading."""

    DEFAULT_CSS = "_Names { height: auto; width: 1fr; }"


class VariantList(Vertical):
    """Names; opened, what each variant sets that others set otherwise."""

    DEFAULT_CSS = "VariantList { height: auto; width: 1fr; display: none; }"

    def __init__(self) -> None:
        super().__init__()
        self._heading = Heading("variants")
        self._lines = _Names()
        self._variants: Sequence[tuple[str, list[str]]] = ()
        self._open = False

    def compose(self) -> ComposeResult:
        """Heading and lines."""
        yield self._heading
        yield self._lines

    def show_variants(self, variants: Sequence[tuple[str, list[str]]], opened: bool) -> None:
        """Show the variants of a preset."""
        self._variants, self._open = variants, opened
        self.display = bool(variants)
        self.redraw()

    def set_open(self, opened: bool) -> None:
        """Show what they set, or only their names."""
        if opened != self._open:
            self._open = opened
            self.redraw()

    def on_resize(self, event: events.Resize) -> None:
        """The lines were made for another width."""
        self.redraw()

    def redraw(self) -> None:
        """Lay the lines out."""
        width = self.size.width
        if not self.is_mounted or width < 8:
            return
        skin = skin_of(self)
        lines: list[Text] = []
        for name, settings in self._variants:
            lines.append(Text(f"  {literal(name)}"[:width], skin.text))
            for setting in settings if self._open else ():
                lines += [Text(f"    {part}", skin.dim) for part in wrap(literal(setting), width - 4)]
        self._lines.styles.height = len(lines)
        self._lines.show(lines)
        self._heading.show(len(self._variants), sum(len(settings) for _, settings in self._variants), self._open)
