"""Going from pane to pane; on a small screen one of them is shown at a time."""

from typing import TYPE_CHECKING

from textual import events
from textual.widget import Widget

from lrtui.tui.tabs import PANES, PaneTabs

if TYPE_CHECKING:
    from lrtui.tui.app import LrtuiApp

NARROW_WIDTH, NARROW_HEIGHT = 100, 28


class Navigation:
    """Which pane a person is in (a part of `LrtuiApp`)."""

    _pane = 0

    def on_resize(self: "LrtuiApp", event: events.Resize) -> None:
        """A small screen shows one pane at a time."""
        narrow = event.size.width < NARROW_WIDTH or event.size.height < NARROW_HEIGHT
        self.screen_stack[0].set_class(narrow, "narrow")
        self.results.fit()

    def action_show_pane(self: "LrtuiApp", pane: int) -> None:
        """Go to a pane; on a small screen it takes the place of the others."""
        self._pane = pane % len(PANES)
        self.mark_pane()
        self._focus_pane()

    def action_pane(self: "LrtuiApp", by: int) -> None:
        """Go to the next pane."""
        self.action_show_pane(self._pane + by)

    def _focus_pane(self: "LrtuiApp") -> None:
        pane = PANES[self._pane]
        form = self.configuration.form
        widgets = {
            "presets": self.presets.tree,
            "configuration": form.query_one("#fields") if form.display else self.configuration.info,
            "charts": self.charts.front,
            "results": self.results.query_one("#table"),
        }
        self.screen_stack[0].set_focus(widgets[pane])  # at once: the next key may be under way

    def mark_pane(self: "LrtuiApp") -> None:
        """Show which pane is in front."""
        screen = self.screen_stack[0]
        for index, pane in enumerate(PANES):
            screen.set_class(index == self._pane, f"at-{pane}")
        screen.query_one(PaneTabs).show_pane(self._pane)

    def note_pane(self: "LrtuiApp", widget: Widget) -> None:
        """The focus went to `widget`: its pane is the one a person is in."""
        for index, pane in enumerate(PANES):
            if index != self._pane and any(node.id == pane for node in widget.ancestors):
                self._pane = index
                self.mark_pane()
