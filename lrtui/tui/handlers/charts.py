"""The actions of the charts."""

from collections.abc import Callable

from lrtui.tui.charts.answer_view import AnswerView
from lrtui.tui.charts.pane import ChartsPane
from lrtui.tui.charts.tabs.pair import Pairs
from lrtui.tui.navigation import CHARTS, Navigation
from lrtui.tui.stage import Stage


class ChartActions:
    """Which chart is in front, and how it is drawn. `show` brings the screen up to date."""

    def __init__(self, charts: ChartsPane, stage: Stage, navigation: Navigation, show: Callable[[], None]) -> None:
        self._charts, self._stage, self._navigation, self._show = charts, stage, navigation, show

    def action_tab(self, tab: int) -> None:
        """Show a chart."""
        had = self._charts.front.has_focus
        self._charts.show_tab(tab)
        if had or isinstance(self._charts.front, AnswerView):  # a text to read: the arrows are to scroll it
            self._charts.front.focus()
        self._navigation.bring_forward(CHARTS)
        self._show()

    def action_split(self) -> None:
        """Validation, training, or both."""
        self._charts.next_split()
        self._redraw()

    def action_replicates(self) -> None:
        """Show or hide single replicates."""
        self._charts.settings.replicates = not self._charts.settings.replicates
        self._redraw()

    def action_y_scale(self) -> None:
        """Logarithmic or linear."""
        if (view := self._charts.view) is not None:
            self._charts.tab.toggle_y(view)
        self._redraw()

    def action_x_scale(self) -> None:
        """Logarithmic or linear epochs."""
        self._charts.settings.x_log = not self._charts.settings.x_log
        self._redraw()

    def action_smooth(self, by: int) -> None:
        """More or less smoothing."""
        self._charts.smoother(by)
        self._redraw()

    def action_metric(self) -> None:
        """Show something else of the same study: accuracy or loss, rate or momentum, the next measure of layers."""
        self._charts.tab.next_metric()
        self._redraw()

    def action_next_shown(self) -> None:
        """The layers of the next run, or the next range test."""
        if (view := self._charts.view) is not None:
            self._charts.tab.next_shown(view)
        self._redraw()

    def action_suggestion(self) -> None:
        """Highlight the next suggestion."""
        self._charts.tab.step(1)
        self._redraw()

    def action_map_lines(self) -> None:
        """Lines of constant η/B, of constant η/√B, none."""
        self._charts.find_tab(Pairs).next_lines()
        self._redraw()

    def action_group(self) -> None:
        """Show the next group of curves."""
        self._charts.next_group()
        self._redraw()

    def _redraw(self) -> None:
        self._charts.draw()
        self._show()
