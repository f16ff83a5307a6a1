"""Going from pane to pane; on a small screen one of them is shown at a time."""

from textual.app import App
from textual.geometry import Size
from textual.screen import Screen
from textual.widget import Widget

from lrtui.tui.charts.pane import ChartsPane
from lrtui.tui.configuration.pane import ConfigurationPane
from lrtui.tui.presets.pane import PresetsPane
from lrtui.tui.results.pane import ResultsPane
from lrtui.tui.tabs import PANES, PaneTabs

NARROW_WIDTH, NARROW_HEIGHT = 100, 28
PRESETS, CONFIGURATION, CHARTS, RESULTS = range(4)


class Navigation:
    """Which pane a person is in."""

    def __init__(
        self,
        app: App[None],
        presets: PresetsPane,
        configuration: ConfigurationPane,
        charts: ChartsPane,
        results: ResultsPane,
    ) -> None:
        self._app = app
        self._presets, self._configuration, self._charts, self._results = presets, configuration, charts, results
        self._pane = PRESETS

    @property
    def _screen(self) -> Screen[object]:
        return self._app.screen_stack[0]

    @property
    def narrow(self) -> bool:
        """Return whether one pane is shown at a time."""
        return self._screen.has_class("narrow")

    def fit(self, size: Size) -> None:
        """Show one pane at a time on a small screen."""
        self._screen.set_class(size.width < NARROW_WIDTH or size.height < NARROW_HEIGHT, "narrow")
        self._results.fit()

    def action_show_pane(self, pane: int) -> None:
        """Go to a pane; on a small screen it takes the place of the others."""
        self._pane = pane % len(PANES)
        self.mark_pane()
        self._screen.set_focus(self._target())  # at once: the next key may be under way

    def action_pane(self, by: int) -> None:
        """Go to the next pane."""
        self.action_show_pane(self._pane + by)

    def bring_forward(self, pane: int) -> None:
        """Show a pane where only one is shown; else leave the focus where it is."""
        if self.narrow:
            self.action_show_pane(pane)

    def mark_pane(self) -> None:
        """Show which pane is in front."""
        for index, pane in enumerate(PANES):
            self._screen.set_class(index == self._pane, f"at-{pane}")
        self._screen.query_one(PaneTabs).show_pane(self._pane)

    def note_pane(self, widget: Widget) -> None:
        """The focus went to `widget`: its pane is the one a person is in."""
        for index, pane in enumerate(PANES):
            if index != self._pane and any(node.id == pane for node in widget.ancestors):
                self._pane = index
                self.mark_pane()

    def _target(self) -> Widget:
        """Return what takes the focus in the present pane."""
        if self._pane == PRESETS:
            return self._presets.rows
        if self._pane == CONFIGURATION:
            return self._configuration.form.frame if self._configuration.form.display else self._configuration.info
        return self._charts.front if self._pane == CHARTS else self._results.table
