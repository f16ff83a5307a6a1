"""A widget of ready-made lines that sends to the terminal only the cells that changed."""

from collections.abc import Iterator, Sequence

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from lrtui.tui.themes import Skin, skin_of


class DiffedLines(ScrollView):
    """DiffedLines of styled text, compared with those before and refreshed cell by cell.

    Textual sends a widget that is refreshed as a whole; here a plot in which one point was added costs some dozen bytes.
    """

    DEFAULT_CSS = """
    DiffedLines {
        scrollbar-size-vertical: 1;
        overflow-x: hidden;
        scrollbar-background: $background;
        scrollbar-background-hover: $background;
        scrollbar-background-active: $background;
        scrollbar-color: $border-blurred;
        scrollbar-color-hover: $primary;
        scrollbar-color-active: $primary;
    }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._drawn_lines: list[Text | Strip] = []
        """Each line as a strip once it was looked at: of thousands, laying out takes a second."""

    @property
    def skin(self) -> Skin:
        """Return the styles of the theme in use."""
        return skin_of(self)

    @property
    def room(self) -> int:
        """Return the cells there are for a line, beside a scrollbar."""
        return self.scrollable_content_region.width

    @property
    def plain(self) -> str:
        """Return what is shown, as plain text."""
        return "\n".join(line.plain if isinstance(line, Text) else line.text for line in self._drawn_lines)

    def show(self, lines: Sequence[Text]) -> None:
        """Replace what is shown by `lines`."""
        old, self._drawn_lines = self._drawn_lines, list(lines)
        if len(self._drawn_lines) != len(old):
            self.virtual_size = Size(self.size.width, len(self._drawn_lines))
        top = self.scroll_offset.y
        for index in range(top, min(top + self.size.height, max(len(self._drawn_lines), len(old)))):
            before, after = self._strip_at(old, index), self._strip_at(self._drawn_lines, index)
            if before != after:
                self._refresh_cells(index, before, after)

    def render(self) -> str:
        """Never used: lines are drawn by `render_line`."""
        return ""

    def render_line(self, y: int) -> Strip:
        """Return one visible line."""
        index = y + self.scroll_offset.y
        strip = self._strip_at(self._drawn_lines, index)
        return self.finish_line(index, strip.crop_extend(0, self.size.width, None)).apply_style(self.rich_style)

    def finish_line(self, index: int, strip: Strip) -> Strip:
        """Return the line as it is to be seen; a place for cursors."""
        return strip

    def redraw(self) -> None:
        """Draw everything anew: the theme or the size changed."""

    def watch_show_vertical_scrollbar(self) -> None:
        """The scrollbar takes a column, or gives it back."""
        self.call_after_refresh(self.redraw)

    def on_resize(self) -> None:
        """The lines were made for another width."""
        self.redraw()

    def _strip_at(self, lines: list[Text | Strip], index: int) -> Strip:
        """Return a line as a strip, and keep it in its place; an empty one beyond the last."""
        if not 0 <= index < len(lines):
            return Strip([])
        if isinstance(line := lines[index], Text):
            lines[index] = line = self._strip(line)
        return line

    def _strip(self, line: Text) -> Strip:
        if not line.spans:  # rich leaves a text's own style to whoever prints it
            style = self.app.console.get_style(line.style) if line.style else None
            return Strip([Segment(line.plain, style)] if line.plain else [])
        return Strip(line.render(self.app.console, end=""))

    def _refresh_cells(self, index: int, before: Strip, after: Strip) -> None:
        y = index - self.scroll_offset.y
        if not 0 <= y < self.size.height:
            return
        if (end := changed_until(before, after)) > 0:
            self.refresh(Region(0, y, end, 1))


def changed_until(before: Strip, after: Strip) -> int:
    """Return how many cells of a line must be sent again: Textual sends from the widget's left edge to the last change."""
    old, new = list(_cells(before)), list(_cells(after))
    length = max(len(old), len(new))
    blank = (" ", None)
    old += [blank] * (length - len(old))
    new += [blank] * (length - len(new))
    return next((cell + 1 for cell in range(length - 1, -1, -1) if old[cell] != new[cell]), 0)


def _cells(strip: Strip) -> Iterator[tuple[str, Style | None]]:
    """Yield one (character, style) per cell; a wide character is followed by an empty one."""
    for text, style, _ in strip:
        for character in text:
            yield character, style
            for _ in range(Segment(character).cell_length - 1):
                yield "", style
