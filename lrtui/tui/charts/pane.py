"""The charts pane: tabs, one of them in front."""

import asyncio
from dataclasses import dataclass, replace

from rich.style import Style
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from lrtui.plots.view import View
from lrtui.report.layer_measures import MEASURES
from lrtui.study.states import LogEvent
from lrtui.tui.analysed import AnalysedView
from lrtui.tui.answers import asks, done_runs, find
from lrtui.tui.charts import health
from lrtui.tui.charts.answer_view import AnswerView
from lrtui.tui.charts.chart import Chart
from lrtui.tui.charts.curves import curves
from lrtui.tui.charts.finder import Marked, curves_of, finder, marked
from lrtui.tui.charts.heatmap import HeatMap
from lrtui.tui.charts.log import LogView
from lrtui.tui.charts.options import ChartOptions
from lrtui.tui.charts.plot import Plot
from lrtui.tui.charts.published import PublishedTable
from lrtui.tui.charts.rates import rates
from lrtui.tui.charts.schedule import lr_log, schedule

TABS = ("Loss", "Accuracy", "Rate → result", "Published", "Log", "Health", "Finder", "Schedule")
_SHORT_TABS = ("Loss", "Acc", "Rate", "Publ", "Log", "Health", "Finder", "Sched")
_ANSWER = "Answer"
"""The name of `PUBLISHED` for a study that asks a question."""
LOSS, ACCURACY, RATE, PUBLISHED, LOG, HEALTH, FINDER, SCHEDULE = range(8)
PLOTS = (LOSS, ACCURACY, RATE, FINDER, SCHEDULE)
CURVES = (LOSS, ACCURACY)


@dataclass
class _Drawn:
    """What the visible tab was drawn from, to know whether to draw it again."""

    key: object = None


class ChartsPane(Vertical):
    """Shows the study's curves, its rates, the published figures, the log, its layers, its range tests or its schedules."""

    def __init__(self) -> None:
        super().__init__(id="charts", classes="pane")
        self.tab = LOSS
        self.options = ChartOptions()
        self.chosen: health.Chosen | None = None
        """Whose layers are shown; None: of the run under way, else of the best."""
        self._view: View | None = None
        self._figures: AnalysedView | None = None
        self._events: list[LogEvent] = []
        self._drawn = _Drawn()
        self._answered: object = None
        """The study and the runs whose answer is shown, or is being worked out."""
        self._answering = False
        self._titled: object = None

    def compose(self) -> ComposeResult:
        """Lay out the kinds of content; one is shown."""
        yield Plot(id="plot")
        yield PublishedTable(id="published")
        yield AnswerView(id="answer")
        yield LogView(id="log")
        yield HeatMap(id="health")

    def on_mount(self) -> None:
        """Show the first tab."""
        self.show_tab(LOSS)

    def show_tab(self, tab: int) -> None:
        """Bring a tab to the front."""
        self.tab = tab
        self._bring_forward()
        self._drawn.key = None
        self.call_after_refresh(self.draw)

    @property
    def front(self) -> Plot | PublishedTable | AnswerView | LogView | HeatMap:
        """Return the content that can take the focus."""
        published = Plot if self._view is None else AnswerView if asks(self._view) else PublishedTable
        kinds = {PUBLISHED: published, LOG: LogView, HEALTH: HeatMap}
        return self.query_one(kinds.get(self.tab, Plot))

    @property
    def marked(self) -> Marked | None:
        """Return the range test in front, and which of its suggestions is highlighted."""
        return marked(self._view, self.options) if self._view is not None and self.tab == FINDER else None

    @property
    def measure(self) -> str:
        """Return what the axis in front shows, by the name that the options have for it."""
        options = self.options
        return {
            ACCURACY: "accuracy",
            RATE: options.rate_metric,
            FINDER: "finder",
            SCHEDULE: options.schedule_metric,
        }.get(self.tab, "loss")

    def set_options(self, options: ChartOptions) -> None:
        """Draw another way."""
        self.options = options
        self.draw()

    def toggle_y(self) -> None:
        """Turn the vertical axis over."""
        if self.tab == SCHEDULE and self._view is not None:
            if self.options.schedule_metric == "lr":
                self.set_options(replace(self.options, lr_log=not lr_log(self._view, self.options)))
        else:
            self.set_options(self.options.toggle_y(self.measure))

    def choose(self, chosen: health.Chosen | None) -> None:
        """Show the layers and the range test of this scenario, or of one run of it."""
        self.chosen = chosen
        if chosen is not None and self._view is not None:
            names = [shape.scenario for shape in self._view.shape.scenarios]
            if chosen[0] in names:
                self.options = replace(self.options, scenario=names.index(chosen[0]), suggestion=None)
        self.draw()

    def next_shown(self) -> None:
        """Show the layers of the next run, or the next range test."""
        if self._view is None:
            return
        if self.tab == HEALTH:
            self.choose(health.next_run(self._view, self.chosen))
        elif (one := self.marked) is not None:
            shapes = [shape for shape, _, _ in curves_of(self._view)]
            following = shapes[(shapes.index(one.shape) + 1) % len(shapes)]
            self.choose((following.scenario, None))

    def next_suggestion(self, by: int = 1) -> None:
        """Highlight another suggestion of the range test."""
        one = self.marked
        if one is not None and one.name is not None:
            names = list(one.curve.suggestions)
            self.set_options(replace(self.options, suggestion=(names.index(one.name) + by) % len(names)))

    def show_view(self, view: View | None, figures: AnalysedView, events: list[LogEvent]) -> None:
        """Show a study as it stands."""
        if view is not None and (self._view is None or view.study is not self._view.study):
            self.options = replace(self.options, group=0, scenario=0, suggestion=None, lr_log=None)
            self.chosen = None
            self.query_one(Plot).action_uncross()
            self._map.action_uncross()
        front = self.front
        self._view, self._figures, self._events = view, figures, events
        self._title()
        if front is not self.front:
            had = front.has_focus
            self._bring_forward()
            if had:
                self.front.focus()
            self.call_after_refresh(self.draw)
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
        elif self.tab == PUBLISHED and asks(self._view):
            self._answer(self._view)
        elif self.tab == PUBLISHED and self._figures is not None:
            self.query_one(PublishedTable).show_comparison(self._view, self._figures.published())
        elif self.tab == HEALTH:
            self._health(self._view)
        else:
            self._plot(self._view)

    def on_plot_stepped(self, event: Plot.Stepped) -> None:
        """On a range test ← and → go through the suggestions."""
        event.stop()
        if self.tab == FINDER and abs(event.by) == 1:
            self.next_suggestion(event.by)
            self.app.show_footer()

    def on_resize(self, event: events.Resize) -> None:
        """The names of the tabs are as long as there is room for."""
        self._title()

    @property
    def _map(self) -> HeatMap:
        return self.query_one(HeatMap)

    def _bring_forward(self) -> None:
        """Show what is in front, and nothing else."""
        front = self.front
        for widget in self.children:
            widget.display = widget is front
        self._title()

    def _key(self) -> object:
        version = self._figures.version if self._figures else 0
        theme = self.app.theme
        if self.tab == LOG:
            return LOG, len(self._events), theme, self._events[-1:]
        view = self._view
        if self.tab == PUBLISHED and view is not None and asks(view):
            return PUBLISHED, id(view.study), view.live, done_runs(view), theme
        running = () if view is None else tuple(state.spec.run for state in view.snapshot.running)
        shown: object = None
        if view is not None and self.tab == HEALTH:
            state = health.run_shown(view, self.chosen)
            shown = (self.chosen, self.options.layer_metric, state and (state.spec.run, len(state.records)))
        elif view is not None and self.tab == FINDER:
            shown = [(len(curve.points), curve.over) for _, _, curve in curves_of(view)]
        return self.tab, version, self.options, id(view and view.study), theme, running, shown

    def _plot(self, view: View) -> None:
        options = replace(self.options, letters=self.app.letters)
        plot = self.query_one(Plot)
        last = max(spec.epochs for spec in view.study.runs)
        grouped = len(view.shape.groups) > 1 and self.tab != FINDER
        suffix = f" · {view.shape.groups[options.group]}" if grouped else ""

        def make(width: int, height: int, at: int | None) -> Chart:
            size = {"width": width, "height": height}
            if self.tab == RATE:
                chart = rates(view, options, **size)
            elif self.tab == FINDER:
                chart = finder(view, options, **size)
            elif self.tab == SCHEDULE:
                chart = schedule(view, options, epoch=at, **size)
            else:
                chart = curves(view, self.measure, options, epoch=at, **size)
            return replace(chart, caption=chart.caption + suffix)

        label = 0 if self.tab == FINDER else max(len(shape.short) for shape in view.shape.of_group(options.group))
        plot.show_chart(make, self._toggles(options), 0 if self.tab in (RATE, FINDER) else last, label)

    def _answer(self, view: View) -> None:
        """Show the answer that the runs give by now; worked out in a thread, and anew when another run is done."""
        page, key = self.query_one(AnswerView), (view.study, done_runs(view))
        if not key[1]:
            self._answered = None
            nothing = "The answer comes when runs are done." if view.live else "No run is done, so there is no answer."
            page.show_answer(view, None, nothing)
        elif self._answered == key:
            page.redraw()
        elif not self._answering:
            if self._answered is None or self._answered[0] is not view.study:
                page.show_answer(view, None, "The answer is being worked out…")
            self._answered, self._answering = key, True
            self.app.run_worker(self._work_out(view), group="answer", exit_on_error=False)

    async def _work_out(self, view: View) -> None:
        found, message = None, ""
        try:
            found = await asyncio.to_thread(find, view)
        except Exception as error:  # whatever broke, the screen stays and says so
            message = f"The answer cannot be worked out: {type(error).__name__}: {error}"
        self._answering = False
        if self.is_attached and self._view is not None:
            if self._view.study is view.study:
                self.query_one(AnswerView).show_answer(view, found, message)
            self.draw(anew=True)  # another run may have ended meanwhile

    def _health(self, view: View) -> None:
        state = health.run_shown(view, self.chosen)
        measure = MEASURES[self.options.layer_metric]
        runs = health.measured_runs(view)
        parts = [(f"m {measure.title}", "metric()")]
        if state is None:
            self._map.say(health.why_none(view, self.chosen))
            return
        if len(runs) > 1:
            parts.append((f"g run {runs.index(state) + 1}/{len(runs)}", "next_shown()"))
        label = view.shape.by_scenario[state.spec.scenario].label
        several = len(view.study.seeds) > 1
        title = f"{label}, seed {state.spec.seed}" if several else label
        self._map.show_run(state, measure, title, self._clickable(parts))

    def _empty(self) -> None:
        text = "Curves appear here when a study is trained or a saved one is opened."
        if self.tab == HEALTH:
            self._map.say("Layers appear here when a study measures them: health.measure = true.")
            return
        if self.tab == PUBLISHED:
            text = "The published figures, or the answer to the study's question, appear here when a study is trained or opened."
        if self.tab == FINDER:
            text = "f runs a range test for the preset that is selected; its curve appears here."
        self.query_one(Plot).say(text)

    def _toggles(self, options: ChartOptions) -> Text:
        log = options.y_log(self.measure)
        if self.tab == SCHEDULE:
            log = self.measure == "lr" and self._view is not None and lr_log(self._view, options)
        parts = [(f"y {'log' if log else 'lin'}", "y_scale()")]
        if self.tab in (RATE, SCHEDULE):
            parts.insert(0, ({"lr": "rate"}.get(self.measure, self.measure), "metric()"))
        if self.tab in (*CURVES, SCHEDULE):
            parts.append((f"x {'log' if options.x_log else 'lin'}", "x_scale()"))
        if self.tab in CURVES:
            parts.append((f"smooth {options.smoothing:.1f}", "smooth(1)"))
            parts.append((f"runs {'on' if options.replicates else 'off'}", "replicates()"))
        if self._view is not None and len(self._view.shape.groups) > 1 and self.tab != FINDER:
            parts.insert(0, (f"{options.group + 1}/{len(self._view.shape.groups)}", "group()"))
        return self._clickable(parts)

    def _clickable(self, parts: list[tuple[str, str]]) -> Text:
        text = Text()
        for label, action in parts:
            text.append("  " if text.cell_len else "")
            text.append(label, Style.parse(self.app.skin.dim) + Style(meta={"@click": f"app.{action}"}))
        return text

    def _title(self) -> None:
        room = self.size.width
        names = TABS if sum(len(name) + 3 for name in TABS) <= room - 2 else _SHORT_TABS
        if asks(self._view):
            names = (*names[:PUBLISHED], _ANSWER, *names[PUBLISHED + 1 :])
        if self._titled == (names, self.tab):
            return
        self._titled = names, self.tab
        parts = []
        for index, name in enumerate(names):
            look = "bold reverse" if index == self.tab else ""
            parts.append(f"[@click=app.tab({index})]{f'[{look}] {name} [/]' if look else f' {name} '}[/]")
        self.border_title = Content.from_markup("│".join(parts))
