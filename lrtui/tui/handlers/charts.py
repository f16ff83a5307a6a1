"""The actions of the charts."""

from collections.abc import Callable
from dataclasses import replace

from lrtui.report.layer_measures import MEASURES
from lrtui.tui.charts.answer_view import AnswerView
from lrtui.tui.charts.options import ChartOptions
from lrtui.tui.charts.pane import HEALTH, SCHEDULE, ChartsPane
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
        self._set(self._charts.options.next_split())

    def action_replicates(self) -> None:
        """Show or hide single replicates."""
        self._set(replace(self._charts.options, replicates=not self._charts.options.replicates))

    def action_y_scale(self) -> None:
        """Logarithmic or linear."""
        self._charts.toggle_y()
        self._show()

    def action_x_scale(self) -> None:
        """Logarithmic or linear epochs."""
        self._set(replace(self._charts.options, x_log=not self._charts.options.x_log))

    def action_smooth(self, by: int) -> None:
        """More or less smoothing."""
        self._set(self._charts.options.smoother(by))

    def action_metric(self) -> None:
        """Show something else of the same study: accuracy or loss, rate or momentum, the next measure of layers."""
        options, tab = self._charts.options, self._charts.tab
        if tab == HEALTH:
            options = replace(options, layer_metric=(options.layer_metric + 1) % len(MEASURES))
        elif tab == SCHEDULE:
            options = replace(options, schedule_metric="momentum" if options.schedule_metric == "lr" else "lr")
        else:
            options = replace(options, rate_metric="loss" if options.rate_metric == "accuracy" else "accuracy")
        self._set(options)

    def action_next_shown(self) -> None:
        """The layers of the next run, or the next range test."""
        self._charts.next_shown()
        self._show()

    def action_suggestion(self) -> None:
        """Highlight the next suggestion."""
        self._charts.next_suggestion()
        self._show()

    def action_group(self) -> None:
        """Show the next group of curves."""
        if (view := self._stage.shown) is not None:
            options = self._charts.options
            self._set(replace(options, group=(options.group + 1) % len(view.shape.groups)))

    def _set(self, options: ChartOptions) -> None:
        self._charts.set_options(options)
        self._show()
