"""The workbench: panes, keys, and a timer that looks at the board."""

import asyncio
import contextlib
import os
import signal
import threading
import time
from pathlib import Path
from typing import ClassVar

from rich.console import Console
from textual import events, work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input
from textual.worker import Worker, WorkerState

from lrtui.errors import LrtuiError
from lrtui.text import literal
from lrtui.tui import actions, themes
from lrtui.tui.actions import ACTIONS, Situation
from lrtui.tui.charts.finder import curves_of
from lrtui.tui.charts.health import measured_runs
from lrtui.tui.charts.pane import CURVES, FINDER, HEALTH, PLOTS, RATE, SCHEDULE, ChartsPane
from lrtui.tui.commands import ActionProvider
from lrtui.tui.configuration.form import ConfigurationForm, Order
from lrtui.tui.configuration.pane import ConfigurationPane
from lrtui.tui.deeds import Deeds
from lrtui.tui.footer import FooterBar
from lrtui.tui.header import HeaderBar
from lrtui.tui.navigation import Navigation
from lrtui.tui.presets.entries import Catalogue, PresetEntry, SavedEntry, list_presets, list_saved, read_preset
from lrtui.tui.presets.pane import PresetsPane
from lrtui.tui.results.pane import ResultsPane
from lrtui.tui.stage import Stage, StartSession, start_session
from lrtui.tui.stderr import Captured
from lrtui.tui.tabs import PaneTabs

_DUTY = 0.03
"""At most this share of the time goes into looking: what the screen takes, training lacks."""
_LONGEST_PAUSE = 2.0


class LrtuiApp(Deeds, Navigation, App[None]):
    """Select a preset, watch its study train, read who won, export the table."""

    TITLE = "lrtui"
    CSS_PATH: ClassVar[list[str]] = ["app.tcss", "dialogs/dialogs.tcss"]
    COMMANDS: ClassVar = {ActionProvider}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key, action.name, action.title, show=False, priority=key.startswith("ctrl") or action.ahead)
        for action in ACTIONS
        for key in action.keys.split(",")
    ]

    def __init__(
        self,
        runs_dir: Path,
        data_dir: Path,
        device: str = "auto",
        lanes: int | None = None,
        *,
        start: StartSession = start_session,
        interval: float = 0.5,
        captured: Captured | None = None,
    ) -> None:
        plain = "NO_COLOR" in os.environ or Console(force_terminal=True).color_system in (None, "standard")
        super().__init__(ansi_color=True if plain else None)
        self.runs_dir, self.data_dir = runs_dir, data_dir
        self.stage = Stage()
        self._device, self._lanes = device, lanes
        self._start_session = start
        self._interval = interval
        self._captured = captured or Captured()
        self._plain = plain
        self._presets: list[PresetEntry] = []
        self._saved: list[SavedEntry] = []
        self._footer: object = None
        for theme in themes.THEMES:
            self.register_theme(theme)
        self.theme = themes.ANSI if plain else themes.DARK

    # --- what others ask

    @property
    def skin(self) -> themes.Skin:
        """Return the styles of the theme in use."""
        return themes.SKINS.get(self.theme, themes.SKINS[themes.DARK])

    @property
    def letters(self) -> bool:
        """Return whether curves need letters because there is no colour."""
        return self.no_color

    @property
    def situation(self) -> Situation:
        """Return what decides which actions make sense now."""
        stage = self.stage
        view = stage.shown
        form, charts, entry = self.configuration.form, self.charts, self.presets.selected
        stopping = (view is not None and view.snapshot.status.value == "stopping") or (
            bool(stage.starting) and stage.stop_asked
        )
        tab = charts.tab if view is not None else -1
        return Situation(
            training=stage.training,
            stopping=stopping,
            typing=isinstance(self.screen_stack[0].focused, Input),
            filtering=self.screen_stack[0].focused is self.presets.query_one("#filter"),
            on_preset=self._can_order(entry),
            on_saved=isinstance(entry, SavedEntry),
            shown=view is not None,
            saved_shown=stage.saved is not None and not stage.starting,
            running=view is not None and view.live,
            plot=tab in PLOTS,
            curves=tab in CURVES,
            metrics=tab in (RATE, SCHEDULE, HEALTH),
            epochs=tab in (*CURVES, SCHEDULE),
            layers=tab == HEALTH and len(measured_runs(view)) > 1,
            tests=tab == FINDER and len(curves_of(view)) > 1,
            suggested=tab == FINDER and (marked := charts.marked) is not None and marked.lr is not None,
            form=form.display and bool(form.shown),
            groups=view is not None and tab != FINDER and len(view.shape.groups) > 1,
            own_theme=not self._plain,
            changed=form.display and form.changed,
        )

    def _can_order(self, entry: PresetEntry | SavedEntry | None) -> bool:
        form = self.configuration.form
        if isinstance(entry, PresetEntry) and not form.stands_for(entry.file):  # the form is about to follow the tree
            return not entry.problems
        here = isinstance(entry, PresetEntry) or (entry is None and form.display and form.has_focus_within)
        return here and form.order is not None

    @property
    def _stands(self) -> bool:
        """Return whether the parts are there: messages and timers still come while the app closes."""
        return self.is_running and bool(self.screen_stack)

    @property
    def presets(self) -> PresetsPane:
        """Return the presets pane."""
        return self.screen_stack[0].query_one(PresetsPane)

    @property
    def configuration(self) -> ConfigurationPane:
        """Return the configuration pane."""
        return self.screen_stack[0].query_one(ConfigurationPane)

    @property
    def charts(self) -> ChartsPane:
        """Return the charts pane."""
        return self.screen_stack[0].query_one(ChartsPane)

    @property
    def results(self) -> ResultsPane:
        """Return the results pane."""
        return self.screen_stack[0].query_one(ResultsPane)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that make no sense now do nothing; under a dialog one can only quit."""
        if not self._stands:
            return True
        if len(self.screen_stack) > 1 and actions.known(action):
            return action == "quit"
        return actions.works(action, self.situation)

    # --- the screen

    def compose(self) -> ComposeResult:
        """Lay out header, panes, footer."""
        yield HeaderBar()
        yield PaneTabs()
        with Horizontal(id="body"):
            with Vertical(id="left"):
                yield PresetsPane()
                yield ConfigurationPane(self._device, self._lanes)
            with Vertical(id="right"):
                yield ChartsPane()
                yield ResultsPane()
        yield FooterBar()

    def on_mount(self) -> None:
        """Paint first; everything slow follows."""
        self._handle_signals()
        self._presets = list_presets()
        self.presets.show_catalogue(Catalogue.of(self._presets, ()))
        self.presets.tree.focus()
        self.mark_pane()
        self.call_after_refresh(self._behind_first_paint)
        self.theme_changed_signal.subscribe(self, lambda _: self.call_after_refresh(self._redraw_all))

    def _behind_first_paint(self) -> None:
        self.presets.select("preset:shipped:quickstart")
        self.show_stage()
        self._read_catalogue()
        self._tick()

    @work(exit_on_error=False)
    async def _read_catalogue(self) -> None:
        """Read every preset and the saved studies, then warm up what a start needs."""
        self._presets = await asyncio.to_thread(lambda: [read_preset(entry) for entry in list_presets()])
        self._show_catalogue()
        await self.refresh_saved()
        if self._start_session is start_session:
            threading.Thread(target=_warm_up, daemon=True).start()  # leaving must not wait for it

    async def refresh_saved(self) -> None:
        """Read the saved studies anew."""
        self._saved = await asyncio.to_thread(list_saved, self.runs_dir)
        self._show_catalogue()

    def _show_catalogue(self) -> None:
        self.presets.show_catalogue(Catalogue.of(self._presets, self._saved))

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Know which pane the person is in."""
        self.note_pane(self.screen_stack[0].focused or event.widget)
        self.show_footer()

    def on_descendant_blur(self) -> None:
        """The keys that work change with the focus."""
        self.show_footer()

    def _redraw_all(self) -> None:
        screen = self.screen_stack[0]
        for widget in (self.presets, self.results, self.charts):
            widget.draw()
        for widget in screen.query("HeaderBar, FooterBar, PaneTabs, SavedInfo, VariantList"):
            widget.redraw()
        self.results.say("", "text")
        self.show_stage()

    # --- looking at the board

    def _tick(self) -> None:
        if not self._stands:
            return
        began = time.perf_counter()
        for line in self._captured.lines():
            self.stage.log.add(line, "warn")
        self.look()
        cost = time.perf_counter() - began
        self.set_timer(min(_LONGEST_PAUSE, max(self._interval, cost / _DUTY)), self._tick)

    def look(self) -> None:
        """Look at the board, and show what there is."""
        if self.stage.look():
            self._ended()
        self.show_stage()

    def show_stage(self) -> None:
        """Hand what there is to every part; each redraws what changed."""
        if not self._stands:
            return
        stage = self.stage
        screen = self.screen_stack[0]
        screen.query_one(HeaderBar).show_view(stage.shown, stage.preparing)
        self.charts.show_view(stage.shown, stage.figures, stage.events)
        self.results.show_view(stage.shown, stage.figures)
        self.configuration.form.allow(stage.training)
        if not stage.training:
            self.presets.show_live("")
        self.results.say(*stage.verdict())
        self.show_footer()

    def show_footer(self) -> None:
        """Show the keys that work now."""
        if not self._stands:
            return
        now = self.situation
        if now != self._footer:
            self._footer = now
            hint = "esc leaves the field" if now.typing else ""
            self.screen_stack[0].query_one(FooterBar).show_actions(actions.footer(now), hint)

    @work(exit_on_error=False)
    async def _ended(self) -> None:
        """The study is over: wait until it is on disk, then list it."""
        if self.stage.session is not None:
            await asyncio.to_thread(self.stage.session.wait)
        await self.refresh_saved()

    @work(exit_on_error=False, group="start")
    async def start_training(self, order: Order) -> None:
        """Start the study for which the stage is set; everything slow happens in a thread."""
        stage = self.stage
        try:
            session = await asyncio.to_thread(
                self._start_session,
                order.study,
                device=order.device,
                lanes=order.lanes,
                runs_dir=self.runs_dir,
                data_dir=self.data_dir,
                **({"find_only": True} if order.find_only else {}),
            )
        except LrtuiError as error:
            self._cannot_start(str(error))
        except Exception as error:  # whatever broke, the screen stays and says so
            self._cannot_start(f"unexpected {type(error).__name__}: {error}")
        else:
            if self.leaving is not None or stage.stop_asked:
                session.stop_study()
            if stage.began(session, finder=order.find_only):
                self._ended()
            self.show_stage()
            await self.refresh_saved()
        self.show_stage()

    def _cannot_start(self, reason: str) -> None:
        text = f"Cannot start {self.stage.starting}: {literal(reason)}"
        self.stage.fail(text)
        self.notify(text, severity="error", timeout=15, markup=False)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What a worker broke on belongs in the log, not over the screen."""
        if event.state is WorkerState.ERROR:
            self.stage.log.add(f"{type(event.worker.error).__name__}: {event.worker.error}", "bad")

    # --- messages of the panes

    def on_presets_pane_selected(self) -> None:
        """Show what is selected by now; going on is having read why a start failed."""
        if not self._stands:
            return
        self.configuration.show(self.presets.selected)
        if self.stage.failure and not self.stage.starting:
            self.stage.failure = ""
            self.show_stage()
        self.show_footer()

    def on_presets_pane_opened(self, event: PresetsPane.Opened) -> None:
        """Open a saved study."""
        self.open_saved(event.entry)

    def on_results_pane_pointed(self, event: ResultsPane.Pointed) -> None:
        """Layers and range test are those of the row that the cursor went to."""
        self.charts.choose((event.scenario, event.run))
        self.show_footer()

    def on_configuration_form_checked(self, event: ConfigurationForm.Checked) -> None:
        """Whether it can be started may have changed."""
        event.form.allow(self.stage.training)
        self.show_footer()

    async def on_configuration_form_submitted(self) -> None:
        """Enter in the form starts."""
        await self.run_action("start")

    def _handle_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            try:
                loop.add_signal_handler(number, self.leave, 128 + number)
            except (NotImplementedError, RuntimeError, ValueError):  # not in the main thread: a test
                return


def _warm_up() -> None:
    with contextlib.suppress(Exception):  # what is broken is said when a study is started
        import lrtui.session  # noqa: F401  torch, before it is needed
