"""The charts pane: five tabs, one of them in front."""

from dataclasses import dataclass, replace

from rich.style import Style
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from lrtui.tui.charts.chart import Chart
from lrtui.tui.charts.curves import curves
from lrtui.tui.charts.log import Event, LogView
from lrtui.tui.charts.options import ChartOptions
from lrtui.tui.charts.plot import Plot
from lrtui.tui.charts.published import PublishedTable
from lrtui.tui.charts.rates import rates
from lrtui.tui.figures import Figures
from lrtui.tui.view import View

TABS = ("Loss", "Accuracy", "Rate → result", "Published", "Log")
LOSS, ACCURACY, RATE, PUBLISHED, LOG = range(5)


@dataclass
class _Drawn:
    """What the visible tab was drawn from, to know whether to draw it again."""

    key: object = None


class ChartsPane(Vertical):
    """Shows the study's curves, its rates, the published figures, or the log."""

    def __init__(self) -> None:
        super().__init__(id="charts", classes="pane")
        self.tab = LOSS
        self.options = ChartOptions()
        self._view: View | None = None
        self._figures: Figures | None = None
        self._events: list[Event] = []
        self._drawn = _Drawn()

    def compose(self) -> ComposeResult:
        """Lay out the three kinds of content; one is shown."""
        yield Plot(id="plot")
        yield PublishedTable(id="published")
        yield LogView(id="log")

    def on_mount(self) -> None:
        """Show the first tab."""
        self.show_tab(LOSS)

    def show_tab(self, tab: int) -> None:
        """Bring a tab to the front."""
        self.tab = tab
        self.query_one(Plot).display = tab in (LOSS, ACCURACY, RATE)
        self.query_one(PublishedTable).display = tab == PUBLISHED
        self.query_one(LogView).display = tab == LOG
        self._title()
        self._drawn.key = None
        self.call_after_refresh(self.draw)

    @property
    def front(self) -> Plot | PublishedTable | LogView:
        """Return the content that can take the focus."""
        if self.tab == PUBLISHED:
            return self.query_one(PublishedTable)
        return self.query_one(LogView) if self.tab == LOG else self.query_one(Plot)

    def set_options(self, options: ChartOptions) -> None:
        """Draw another way."""
        self.options = options
        self.draw()

    def show_view(self, view: View | None, figures: Figures, events: list[Event]) -> None:
        """Show a study as it stands."""
        if view is not None and (self._view is None or view.study is not self._view.study):
            self.options = replace(self.options, group=0)
            self.query_one(Plot).action_uncross()
        self._view, self._figures, self._events = view, figures, events
        self.draw()

    def draw(self, *, anew: bool = False) -> None:
        """Draw the tab in front, if what it shows changed and it is visible."""
        key = self._key()
        if (key == self._drawn.key and not anew) or not self.front.size.width:
            return
        self._drawn.key = key
        if self.tab == LOG:
            self.query_one(LogView).show_events(self._events)
        elif self._view is None:
            self._empty()
        elif self.tab == PUBLISHED and self._figures is not None:
            self.query_one(PublishedTable).show_comparison(self._view, self._figures.published())
        else:
            self._plot(self._view)

    def _key(self) -> object:
        version = self._figures.version if self._figures else 0
        theme = self.app.theme
        if self.tab == LOG:
            return LOG, len(self._events), theme, self._events[-1:]
        running = () if self._view is None else tuple(state.spec.run for state in self._view.snapshot.running)
        return self.tab, version, self.options, id(self._view and self._view.study), theme, running

    def _plot(self, view: View) -> None:
        options = replace(self.options, letters=self.app.letters)
        plot = self.query_one(Plot)
        last = max(spec.epochs for spec in view.study.runs)
        group = view.shape.groups[options.group]
        suffix = f" · {group}" if len(view.shape.groups) > 1 else ""

        def make(width: int, height: int, at: int | None) -> Chart:
            metric = "loss" if self.tab == LOSS else "accuracy"
            chart = (
                rates(view, options, width=width, height=height)
                if self.tab == RATE
                else curves(view, metric, options, width=width, height=height, epoch=at)
            )
            return replace(chart, caption=chart.caption + suffix)

        plot.show_chart(make, self._toggles(options), 0 if self.tab == RATE else last)

    def _empty(self) -> None:
        self.query_one(Plot).say("Curves appear here when a study is trained or a saved one is opened.")

    def _toggles(self, options: ChartOptions) -> Text:
        metric = "loss" if self.tab == LOSS else "accuracy"
        if self.tab == RATE:
            metric = options.rate_metric
        parts = [(f"y {'log' if options.y_log(metric) else 'lin'}", "y_scale()")]
        if self.tab == RATE:
            parts.insert(0, (options.rate_metric, "metric()"))
        else:
            parts.append((f"x {'log' if options.x_log else 'lin'}", "x_scale()"))
            parts.append((f"smooth {options.smoothing:.1f}", "smooth(1)"))
            parts.append((f"runs {'on' if options.replicates else 'off'}", "replicates()"))
        if self._view is not None and len(self._view.shape.groups) > 1:
            parts.insert(0, (f"{options.group + 1}/{len(self._view.shape.groups)}", "group()"))
        text = Text()
        for label, action in parts:
            text.append("  " if text.cell_len else "")
            text.append(label, Style.parse(self.app.skin.dim) + Style(meta={"@click": f"app.{action}"}))
        return text

    def _title(self) -> None:
        parts = []
        for index, name in enumerate(TABS):
            look = "bold reverse" if index == self.tab else ""
            parts.append(f"[@click=app.tab({index})]{f'[{look}] {name} [/]' if look else f' {name} '}[/]")
        self.border_title = Content.from_markup("│".join(parts))
