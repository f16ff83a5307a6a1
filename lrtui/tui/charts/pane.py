"""The charts pane: tabs, one of them in front."""

from collections.abc import Callable, Sequence
from dataclasses import astuple
from typing import TYPE_CHECKING, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget

from lrtui.errors import InputError
from lrtui.plots.dashes import pattern
from lrtui.plots.emphasis import without
from lrtui.plots.overlay import names, overlay
from lrtui.plots.view import View
from lrtui.plots.zoom import Zoom
from lrtui.study.states import LogEvent
from lrtui.text import literal
from lrtui.tui.analysed import AnalysedView
from lrtui.tui.bound import key_of
from lrtui.tui.charts.answer_view import AnswerView
from lrtui.tui.charts.heatmap import HeatMap
from lrtui.tui.charts.log import LogView
from lrtui.tui.charts.pair_view import PairView
from lrtui.tui.charts.plot import Plot
from lrtui.tui.charts.tab import SMOOTHING, SPLITS, Settings, Tab
from lrtui.tui.charts.tabs import TABS
from lrtui.tui.charts.tabs.compare import CompareView
from lrtui.tui.charts.tabs.plotted import Plotted
from lrtui.tui.charts.tabs.told import Log
from lrtui.tui.themes import Skin, skin_of

if TYPE_CHECKING:
    from pathlib import Path

    from lrtui.analysis import winner
    from lrtui.analysis.result import StudyResult
    from lrtui.book import published

AnyTab = TypeVar("AnyTab", bound=Tab)


class ChartsPane(Vertical):
    """Shows one tab of a study as it stands."""

    def __init__(self) -> None:
        super().__init__(id="charts", classes="pane")
        self.settings = Settings()
        self.tabs = [kind(self) for kind in TABS]
        self.tab = self.tabs[0]
        self.view: View | None = None
        self.events: Sequence[LogEvent] = ()
        self._figures: AnalysedView | None = None
        self.beside: tuple[View, ...] = ()
        """Saved studies beside the one on the screen."""
        self.baseline = 0
        """From which of them differences are taken; 0: the one on the screen."""
        self._about: tuple[str, ...] = ()
        """What the selected preset asks and says, in paragraphs; shown as long as there is no study."""
        self._overlaid: tuple[object, View] | None = None
        self._titled: object = None
        self._drawn: object = None
        """What the tab in front was drawn from, to know whether to draw it again."""

    def compose(self) -> ComposeResult:
        """Lay out the kinds of content; one is shown."""
        yield Plot(id="plot")
        yield AnswerView(id="answer")
        yield LogView(id="log")
        yield HeatMap(id="health")
        yield PairView(id="pairs")
        yield CompareView(id="compare")

    def on_mount(self) -> None:
        """Show the first tab."""
        self.show_tab(0)

    # --- what others ask

    @property
    def front(self) -> Widget:
        """Return the content that can take the focus; without a study a sentence, or the log."""
        if self.view is not None:
            return self.tab.front(self.view)
        return self.query_one(LogView if isinstance(self.tab, Log) else Plot)

    @property
    def offers(self) -> frozenset[str]:
        """Return the names of the actions that make sense on the tab in front."""
        toggles = [] if self.view is None else self.tab.toggles(self.view)
        return frozenset(action.partition("(")[0] for _, action in toggles)

    def find_tab(self, kind: type[AnyTab]) -> AnyTab:
        """Return the tab of a kind."""
        return next(tab for tab in self.tabs if isinstance(tab, kind))

    # --- what tabs ask

    @property
    def skin(self) -> Skin:
        """Return the styles of the theme in use."""
        return skin_of(self)

    def published(self) -> "list[published.Comparison]":
        """Return measured beside published."""
        return self._figures.published() if self._figures else []

    def comparisons(self) -> "list[winner.Comparison]":
        """Return what the replicates say of the rates."""
        return self._figures.comparisons() if self._figures else []

    @property
    def beside_paths(self) -> "list[Path]":
        """Return the folders of the studies beside the one on the screen."""
        return [view.path for view in self.beside if view.path is not None]

    @property
    def beside_key(self) -> object:
        """Return what differs if other studies are beside, or another is the baseline."""
        return tuple(id(view.snapshot) for view in self.beside), self.baseline

    @property
    def letters_beside(self) -> dict[str, str]:
        """Return the letters of the studies beside, by their folders' names."""
        return {
            path.name: letter for path, letter in zip(self.beside_paths, names(len(self.beside) + 1)[1:], strict=True)
        }

    @property
    def figures_version(self) -> int:
        """Return a number that differs if figures changed."""
        return self._figures.version if self._figures else 0

    @property
    def named_beside(self) -> str:
        """Return which study is which, in a sentence."""
        told = [
            f"{'' if (broken := pattern(turn)) is None else broken.name} {letter}: {name}"
            for turn, (name, letter) in enumerate(self.letters_beside.items(), 1)
        ]
        return f"A: this study, whole lines; {', '.join(told)}"

    def result(self) -> "StudyResult | None":
        """Return the study on the screen and its tables."""
        return self._figures.result if self._figures else None

    def overlaid(self, view: View) -> View:
        """Return the study on the screen with those beside it, without what is hidden."""
        others = [other for other in self.beside if other.path != view.path]
        if not others:
            return without(view, self.settings.hidden)
        key = (id(view.snapshot), self.beside_key, self.settings.hidden)
        if self._overlaid is None or self._overlaid[0] != key:
            letters = self.letters_beside
            called = ["A", *(letters[other.path.name] for other in others if other.path is not None)]
            self._overlaid = key, without(overlay([view, *others], called), self.settings.hidden)
        return self._overlaid[1]

    # --- what is shown

    def set_beside(self, beside: tuple[View, ...]) -> None:
        """Set saved studies beside the one on the screen."""
        self.beside, self._overlaid = beside, None
        self.baseline = min(self.baseline, len(beside))

    def picture(self) -> Callable[[str], str | bytes]:
        """Return what makes the chart in front, as it is now, in a format: svg, png or text."""
        tab, view = self.tab, self.view

        def make(fmt: str) -> str | bytes:
            if view is None or not isinstance(tab, Plotted):
                raise InputError(f"{tab.name}: is no chart with axes; show one, and export it")
            together, chart = tab.picture(view)
            if fmt != "text":
                from lrtui.plots.file import chart_image

                return chart_image(together, chart, f".{fmt}")
            from lrtui.plots.terminal import plot

            return plot(chart, width=100, height=28, colour=False)

        return make

    def zoom(self, axis: str, *, about: float | None = None, out: bool = False) -> None:
        """Show less, or more, of an axis; about the crosshair unless said otherwise."""
        if about is None:
            about = self.query_one(Plot).cross_share if axis == "x" else 0.5
        self.settings.zoom = self.settings.zoom.closer(axis, about, out=out)

    def zoom_out(self) -> None:
        """Show the whole picture."""
        self.settings.zoom = Zoom()

    def on_plot_zoomed(self, event: Plot.Zoomed) -> None:
        """The wheel over the picture: closer, or further away."""
        event.stop()
        if isinstance(self.tab, Plotted):
            self.zoom(event.axis, about=event.about, out=event.out)
            self.draw()

    def show_tab(self, tab: int | type[Tab]) -> None:
        """Bring a tab to the front."""
        self.tab = self.tabs[tab] if isinstance(tab, int) else self.find_tab(tab)
        self.zoom_out()
        self._bring_forward()
        self._drawn = None
        self.call_after_refresh(self.draw)

    def choose(self, scenario: str, run: int | None) -> None:
        """Show the layers and the range test of this scenario, or of one run of it."""
        self.settings.scenario, self.settings.run = scenario, run
        self.draw()

    def tell(self, about: Sequence[str]) -> None:
        """Show what the selected preset asks and says, paragraph by paragraph, as long as there is no study."""
        told = tuple(" ".join(literal(paragraph).split()) for paragraph in about if paragraph)
        if told != self._about:
            self._about = told
            self.draw()

    def show_view(self, view: View | None, figures: AnalysedView, events: Sequence[LogEvent]) -> None:
        """Show a study as it stands."""
        if view is not None and (self.view is None or view.study is not self.view.study):
            self.settings.group, self.settings.scenario, self.settings.run = 0, "", None
            self.settings.hidden, self.settings.zoom = frozenset(), Zoom()
            for tab in self.tabs:
                tab.begin()
            self.query_one(Plot).action_uncross()
        self.view, self._figures, self.events = view, figures, events
        self._title()
        self.draw()

    def draw(self, *, anew: bool = False) -> None:
        """Draw the tab in front, if what it shows changed and it is visible."""
        if not self.front.display:
            self._bring_forward()
            self._drawn = None
            self.call_after_refresh(self.draw)
        key = self._key()
        if (key == self._drawn and not anew) or not self.front.size.width:
            return
        self._drawn = key
        if isinstance(self.tab, Log):
            self.tab.draw(self.view)
        elif self.view is None:
            empty = self.tab.empty.replace("{find}", key_of("find", self.app))
            self.query_one(Plot).say("\n".join([*self._about, empty]))
        else:
            self.tab.draw(self.view)

    # --- what is set

    def next_group(self) -> None:
        """Show the next group of curves."""
        if self.view is not None:
            self.settings.group = (self.settings.group + 1) % len(self.view.shape.groups)

    def next_split(self) -> None:
        """Show validation, training, or both."""
        self.settings.split = SPLITS[(SPLITS.index(self.settings.split) + 1) % len(SPLITS)]

    def smoother(self, by: int) -> None:
        """Smooth more (1) or less (-1); at the end it begins again."""
        self.settings.smoothing = SMOOTHING[(SMOOTHING.index(self.settings.smoothing) + by) % len(SMOOTHING)]

    def on_plot_stepped(self, event: Plot.Stepped) -> None:
        """On a chart without a crosshair ← and → step through what it has."""
        event.stop()
        if abs(event.by) == 1:
            self.tab.step(event.by)
            self.draw()

    def on_resize(self, event: events.Resize) -> None:
        """The names of the tabs are as long as there is room for."""
        self._title()

    def _key(self) -> object:
        """Return what a drawing depends on."""
        view, set_here = self.view, [value for name, value in vars(self.tab).items() if name != "pane"]
        now: object = None
        if view is not None:
            runs = view.snapshot.runs
            points = [len(state.finder.points) for state in runs if state.finder is not None]
            now = id(view.study), view.live, [state.spec.run for state in view.snapshot.running], points
        version = self._figures.version if self._figures else 0
        return (
            self.tab.name,
            self._about if view is None else (),
            set_here,
            astuple(self.settings),
            now,
            version,
            len(self.events),
            self.events[-1:],
            self.app.theme,
            self.beside_key,
        )

    def _bring_forward(self) -> None:
        """Show what is in front, and nothing else."""
        front = self.front
        had_focus = any(widget.has_focus for widget in self.children)
        for widget in self.children:
            widget.display = widget is front
        if had_focus:
            front.focus()
        self._title()

    @property
    def lefts_of_tabs(self) -> list[int]:
        """Return the columns of the pane's upper edge at which the names of its tabs begin."""
        widths = [len(name) + 3 for name in self._names]
        return [2 + sum(widths[:index]) for index in range(len(widths))]

    @property
    def _names(self) -> list[str]:
        """Return the names of the tabs; where there is no room those that save most are short."""
        names = [tab.title(short=False) for tab in self.tabs]
        short = [tab.title(short=True) for tab in self.tabs]
        for index in sorted(range(len(names)), key=lambda index: len(short[index]) - len(names[index])):
            if sum(len(name) + 3 for name in names) <= self.size.width - 2:
                break
            names[index] = short[index]
        return names

    def _title(self) -> None:
        names = self._names
        if self._titled == (names, self.tab):
            return
        self._titled = names, self.tab
        parts = []
        for index, name in enumerate(names):
            look = f"[bold reverse] {name} [/]" if self.tabs[index] is self.tab else f" {name} "
            parts.append(f"[@click=app.tab({index})]{look}[/]")
        self.border_title = Content.from_markup("│".join(parts))
