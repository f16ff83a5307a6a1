"""The workbench: panes, keys, and a timer that looks at the board."""

import asyncio
import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path, PurePath
from typing import ClassVar

from rich.console import Console
from textual import events, work
from textual.app import App, ComposeResult
from textual.binding import BindingsMap, BindingType
from textual.command import Provider
from textual.containers import Horizontal, Vertical
from textual.worker import Worker, WorkerState

from lrtui.detached import leave_behind
from lrtui.notices import Notices
from lrtui.terminal import Signals
from lrtui.text import literal
from lrtui.tui import actions, keymap, themes
from lrtui.tui.actions import ACTIONS
from lrtui.tui.bound import key_of
from lrtui.tui.charts.pane import ChartsPane
from lrtui.tui.commands import ActionProvider
from lrtui.tui.config_file import Config
from lrtui.tui.configuration.form import ConfigurationForm
from lrtui.tui.configuration.pane import ConfigurationPane
from lrtui.tui.first import First
from lrtui.tui.footer import FooterBar
from lrtui.tui.handlers.catalogue import CatalogueReader
from lrtui.tui.handlers.charts import ChartActions
from lrtui.tui.handlers.compare import CompareActions
from lrtui.tui.handlers.form import FormActions
from lrtui.tui.handlers.jump import JumpActions
from lrtui.tui.handlers.manage import ManageActions
from lrtui.tui.handlers.more import MoreActions
from lrtui.tui.handlers.results import ResultsActions
from lrtui.tui.handlers.screen import ScreenActions
from lrtui.tui.handlers.study import StudyActions
from lrtui.tui.handlers.training import Training
from lrtui.tui.header import HeaderBar
from lrtui.tui.navigation import CONFIGURATION, Navigation
from lrtui.tui.presets.entries import PresetEntry
from lrtui.tui.presets.pane import PresetsPane
from lrtui.tui.results.pane import ResultsPane
from lrtui.tui.situation import Situation, situation
from lrtui.tui.stage import ResumeSession, Stage, StartSession, resume_session, start_session
from lrtui.tui.stderr import Captured
from lrtui.tui.tabs import PaneTabs

_DUTY = 0.03
"""At most this share of the time goes into looking: what the screen takes, training lacks."""
_LONGEST_PAUSE = 2.0
_STILL = 2.0
"""Seconds between looks at the board at least, if nothing is to move."""
_FOLLOW = 1.5
"""Seconds between looks at what other processes write."""


class LrtuiApp(App[None]):
    """Select a preset, watch its study train, read who won, export the table."""

    TITLE = "lrtui"
    CSS_PATH: ClassVar[str | PurePath | list[str | PurePath] | None] = ["app.tcss", "dialogs/dialogs.tcss"]
    COMMANDS: ClassVar[set[type[Provider]]] = {ActionProvider}  # type: ignore[assignment]  # wider in the base class
    BINDINGS: ClassVar[list[BindingType]] = [*keymap.bindings(ACTIONS)]

    def __init__(
        self,
        runs_dir: Path,
        data_dir: Path,
        device: str = "auto",
        lanes: int | None = None,
        *,
        start: StartSession = start_session,
        resume: ResumeSession = resume_session,
        interval: float = 0.5,
        captured: Captured | None = None,
        signals: Signals | None = None,
        attached: Path | None = None,
        notices: Notices | None = None,
        config: Config | None = None,
        first: First | None = None,
    ) -> None:
        """`signals` handles signals once there is no screen any more; `attached` is the folder of a study to begin with.

        `notices` tells a person who looks elsewhere what matters of a study of this process, `config` is what that person has
        set of keys and colours, `first` what is on the screen at first instead of `attached`.
        """
        plain = "NO_COLOR" in os.environ or Console(force_terminal=True).color_system in (None, "standard")
        super().__init__(ansi_color=True if plain else None)
        config = config or Config()
        self.actions = config.actions
        """What can be done, with the keys that do it."""
        if config.keys:
            self._bindings = BindingsMap(keymap.bindings(self.actions))
        self._letters = config.letters
        if not config.motion:
            self.animation_level, interval = "none", max(interval, _STILL)
        self.stage = Stage()
        self.header, self.footer = HeaderBar(), FooterBar()
        self.presets, self.configuration = PresetsPane(), ConfigurationPane(device, lanes)
        self.charts, self.results = ChartsPane(), ResultsPane()
        self._warm = start is start_session
        self._interval = interval
        self._captured = captured or Captured()
        self._signals, self._first = signals, first or First(study=attached)
        self._notices = notices or Notices(bell=self.bell)
        notify = self._notices.options
        self.lost = False
        """Whether the terminal went away."""
        self._plain = plain
        self._footer: Situation | None = None
        self._unshown = ""
        """What was said last of something that cannot be shown."""
        for theme in themes.THEMES:
            self.register_theme(theme)
        self.theme = themes.ANSI if plain else config.theme
        panes = self.presets, self.configuration, self.charts, self.results
        self.navigation = Navigation(self, *panes)
        info = self.configuration.info
        self.catalogue = CatalogueReader(
            self,
            self.stage,
            self.presets,
            info,
            runs_dir,
            self.show_stage,
            self.attach,
            self.configuration.form.reread,
        )
        self.training = Training(
            self, self.stage, start, resume, runs_dir, data_dir, self.show_stage, self.catalogue.refresh
        )
        self.study_actions = StudyActions(self, self.stage, *panes, self.navigation, self.training, look=self.look)
        self.training.then = self.study_actions.begin_next
        self.screen_actions = ScreenActions(
            self,
            self.stage,
            lambda: self.situation,
            lambda session: leave_behind(session, "--data-dir", str(data_dir), *notify),
            self.actions,
        )
        self.compare_actions = CompareActions(self, self.presets, self.charts, self.results, self.show_stage)
        self._offer_actions(
            self.catalogue,
            self.navigation,
            self.study_actions,
            self.screen_actions,
            ChartActions(self.charts, self.stage, self.navigation, self.show_stage),
            FormActions(
                self, self.stage, self.presets, self.configuration, self.navigation, self.catalogue.action_refresh
            ),
            ResultsActions(self, self.results),
            self.compare_actions,
            ManageActions(
                self,
                self.stage,
                self.presets,
                self.catalogue.refresh,
                self.show_stage,
                self.on_presets_pane_selected,
            ),
            JumpActions(self, self.charts, self.navigation),
            MoreActions(self, self.stage, self.presets, self.configuration, self.study_actions.begin),
        )

    def _offer_actions(self, *handlers: object) -> None:
        """Let Textual find what the keys do: it looks for `action_…` at the app."""
        for handler in handlers:
            for name in dir(handler):
                if name.startswith("action_"):
                    setattr(self, name, getattr(handler, name))

    # --- what others ask

    @property
    def skin(self) -> themes.Skin:
        """Return the styles of the theme in use."""
        return themes.skin_of(self)

    @property
    def letters(self) -> bool:
        """Return whether what colours tell is told by letters and shades too: there is no colour, or a person wants it so."""
        return self.no_color or self._letters

    @property
    def situation(self) -> Situation:
        """Return what decides which actions make sense now."""
        focused = self.screen_stack[0].focused
        form = self.configuration.form
        return situation(self.stage, self.presets, form, self.charts, self.results, focused, own_theme=not self._plain)

    @property
    def _stands(self) -> bool:
        """Return whether the parts are there: messages and timers still come while the app closes."""
        return self.is_running and bool(self.screen_stack)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that make no sense now do nothing; under a dialog one can only quit."""
        if not self._stands:
            return True
        if self.stage.leaving is not None and actions.known(action):
            return False  # what was trained is being saved
        if len(self.screen_stack) > 1 and actions.known(action):
            return action in ("quit", "suspend")
        return actions.works(action, self.situation)

    # --- the screen

    def compose(self) -> ComposeResult:
        """Lay out header, panes, footer."""
        yield self.header
        yield PaneTabs()
        with Horizontal(id="body"):
            with Vertical(id="left"):
                yield self.presets
                yield self.configuration
            with Vertical(id="right"):
                yield self.charts
                yield self.results
        yield self.footer

    def on_mount(self) -> None:
        """Paint first; everything slow follows."""
        self._handle_signals()
        self.catalogue.list_presets()
        self.presets.rows.focus()
        self.navigation.mark_pane()
        self.call_after_refresh(self._behind_first_paint)
        self.app_resume_signal.subscribe(self, lambda _: self.refresh(layout=True))  # the shell has written over all
        self.theme_changed_signal.subscribe(self, lambda _: self.call_after_refresh(self._redraw_all))

    def attach(self, path: Path) -> None:
        """Show the study in a folder, as it goes on if another process trains it."""
        self.study_actions.attach(path)

    def on_resize(self, event: events.Resize) -> None:
        """A small screen shows one pane at a time."""
        self.navigation.fit(event.size)

    def _behind_first_paint(self) -> None:
        self.presets.select(self._first.preset or "preset:shipped:quickstart")
        self.show_stage()
        if self._first.study is not None and self._first.speed is None:
            self.attach(self._first.study)
        elif self._first.study is not None:
            self.study_actions.replay(self._first.study, self._first.speed or 0.0)
        elif self._first.preset:
            self.configuration.show(self.presets.selected)
            self.navigation.action_show_pane(CONFIGURATION)
        self._read_catalogue()
        self._tick()

    @work(exit_on_error=False)
    async def _read_catalogue(self) -> None:
        """Read what there is, then warm up what a start needs, and follow what other processes do."""
        await self.catalogue.read()
        if self._first.study is not None:
            self.presets.select(f"saved:{self._first.study.name}")
        self.set_interval(_FOLLOW, self.catalogue.follow)
        if self._warm:
            threading.Thread(target=_warm_up, daemon=True).start()  # leaving must not wait for it

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Know which pane the person is in."""
        if self._stands:
            self.navigation.note_pane(self.screen_stack[0].focused or event.widget)
            self.show_footer()

    def on_descendant_blur(self) -> None:
        """The keys that work change with the focus."""
        self.show_footer()

    def _redraw_all(self) -> None:
        for pane in (self.presets, self.results, self.charts):
            pane.draw()
        for lines in (self.header, self.footer, self.screen_stack[0].query_one(PaneTabs), self.configuration.info):
            lines.redraw()
        self.configuration.form.area.redraw()
        self.results.say("", "text")
        self.show_stage()

    # --- looking at the board

    def _tick(self) -> None:
        if not self._stands:
            return
        began = time.perf_counter()
        for line in self._captured.lines():
            self.stage.log.add(line, "warn")
        if (screen := self._captured.screen) is not None:
            if screen.gone:
                self.lose_terminal()
                return
            if screen.caught_up():
                self.refresh(layout=True)
        self.look()
        cost = time.perf_counter() - began
        self.set_timer(min(_LONGEST_PAUSE, max(self._interval, cost / _DUTY)), self._tick)

    def look(self) -> None:
        """Look at the board, and show what there is."""
        if self.stage.look():
            self.training.ended()
        if (session := self.stage.session) is not None and self.stage.live is not None:
            self._notices.look(session.path, self.stage.live.snapshot, session.note)
        self.show_stage()

    def show_stage(self) -> None:
        """Show what there is. What cannot be shown is told in the log; what is trained does not end for it."""
        if not self._stands:
            return
        try:
            self._show_stage()
        except Exception as error:
            text = f"cannot be shown: {type(error).__name__}: {error}"
            if text != self._unshown:
                self._unshown = text
                self.stage.log.add(text, "bad")
                self.notify(literal(text), severity="error", markup=False)
            if self.stage.saved is not None:
                self.stage.close_saved()
                with contextlib.suppress(Exception):  # it is said already
                    self._show_stage()

    def _show_stage(self) -> None:
        """Hand what there is to every part; each redraws what changed."""
        stage = self.stage
        self.header.show_view(
            stage.shown,
            stage.preparing,
            saving=stage.leaving is not None,
            as_of=stage.as_of,
            attached=stage.attached,
            leading=stage.leading(),
            queued=len(stage.queue),
        )
        self.charts.show_view(stage.shown, stage.figures, stage.events)
        self.results.show_view(stage.shown, stage.figures)
        self.configuration.form.allow(stage.training)
        if not stage.training:
            self.presets.show_live("")
        sentence, style = stage.verdict()
        self.results.say(sentence.replace("{use_rate}", key_of("use_rate", self)), style)
        self.show_footer()

    def show_footer(self) -> None:
        """Show the keys that work now."""
        if not self._stands:
            return
        now = self.situation
        if now != self._footer:
            self._footer = now
            self.configuration.form.allow(self.stage.training)  # the button says the same
            hint = "esc leaves the field" if now.typing else f"⏎ {now.enter}" if now.enter else ""
            self.footer.show_actions(actions.footer(now, self.actions), hint)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What a worker broke on belongs in the log, not over the screen."""
        if event.state is WorkerState.ERROR:
            self.stage.log.add(f"{type(event.worker.error).__name__}: {event.worker.error}", "bad")

    # --- messages of the panes

    def on_presets_pane_selected(self) -> None:
        """Show what is selected by now; going on is having read why a start failed."""
        if not self._stands:
            return
        if self.presets.finds_nothing:
            self.configuration.show_nothing("Nothing matches the filter; esc empties it.")
        else:
            self.configuration.show(self.presets.selected)
            self.on_presets_pane_listed()
        if self.stage.failure and not self.stage.starting:
            self.stage.failure = ""
            self.show_stage()
        self.show_footer()

    def on_presets_pane_listed(self) -> None:
        """As long as there is no study, show what the selected preset asks, once it is read."""
        if isinstance(selected := self.presets.selected, PresetEntry):
            self.charts.tell(selected.about)

    def on_presets_pane_marked(self) -> None:
        """Set a saved study beside the one on the screen, or take it away."""
        self.compare_actions.action_mark()

    def on_presets_pane_opened(self, event: PresetsPane.Opened) -> None:
        """Open a saved study."""
        self.study_actions.open_saved(event.entry)

    def on_results_pane_pointed(self, event: ResultsPane.Pointed) -> None:
        """Layers and range test are those of the row that the cursor went to."""
        self.charts.choose(event.scenario, event.run)
        self.show_footer()

    def on_configuration_form_checked(self, event: ConfigurationForm.Checked) -> None:
        """Whether it can be started may have changed."""
        event.form.allow(self.stage.training)
        self.presets.show_edited(event.form.edited)
        self.show_footer()

    async def on_configuration_form_submitted(self) -> None:
        """Enter in the form starts, or says why not."""
        now = self.situation
        await self.run_action("wrong" if now.wrong else "enqueue" if now.training else "start")

    def _handle_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            self._on_signal(loop, number, partial(self.screen_actions.leave, 128 + number))
        if hasattr(signal, "SIGHUP"):
            self._on_signal(loop, signal.SIGHUP, self.lose_terminal)

    def _on_signal(self, loop: asyncio.AbstractEventLoop, number: int, call: Callable[[], None]) -> None:
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):  # not in the main thread: a test
            if signal.getsignal(number) is not signal.SIG_IGN:
                loop.add_signal_handler(number, call)

    def lose_terminal(self) -> None:
        """The terminal is going or gone: close the screen; what is trained goes on without."""
        self.lost = True
        if self._signals is not None:  # a hangup comes more than once
            loop, numbers = asyncio.get_running_loop(), (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
            signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
            for number in numbers:
                loop.remove_signal_handler(number)
            self._signals.__enter__()
            signal.pthread_sigmask(signal.SIG_UNBLOCK, numbers)
        self.screen_actions.lose_terminal()


def _warm_up() -> None:
    with contextlib.suppress(Exception):  # what is broken is said when a study is started
        import lrtui.session  # noqa: F401  torch, before it is needed
