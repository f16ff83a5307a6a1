"""The line of panes on a small screen, where one is shown at a time."""

from rich.style import Style
from rich.text import Text

from lrtui.tui.diffed_lines import DiffedLines

PANES = ("presets", "configuration", "charts", "results")


class PaneTabs(DiffedLines):
    """Presets │ Configuration │ Charts │ Results."""

    DEFAULT_CSS = "PaneTabs { height: 1; display: none; }"

    def __init__(self) -> None:
        super().__init__(id="pane-tabs")
        self._pane = 0

    def show_pane(self, pane: int) -> None:
        """Mark the pane that is shown."""
        self._pane = pane
        self.redraw()

    def left_of(self, pane: int) -> int:
        """Return the column at which the tab of a pane begins."""
        return sum(len(self._title(name)) + 3 for name in PANES[:pane])

    def _title(self, name: str) -> str:
        return name.capitalize() if self.size.width >= 50 else name[:6].capitalize()

    def redraw(self) -> None:
        """Lay the tabs out."""
        line = Text()
        for index, name in enumerate(PANES):
            title = self._title(name)
            look = "bold reverse" if index == self._pane else self.skin.text
            line.append(f" {title} ", Style.parse(look) + Style(meta={"@click": f"app.show_pane({index})"}))
            line.append("│" if index < len(PANES) - 1 else "", self.skin.faint)
        self.show([line])
