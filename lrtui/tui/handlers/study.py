"""The actions of the study: start, open, stop, export."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

from textual.app import App

from lrtui.errors import LrtuiError
from lrtui.study.records import RunStatus
from lrtui.study.spec import Study
from lrtui.text import literal, short_rate
from lrtui.tui.bound import key_of
from lrtui.tui.charts.pane import ChartsPane
from lrtui.tui.charts.tabs import opening_tab
from lrtui.tui.charts.tabs.plotted import Finder, Loss
from lrtui.tui.charts.tabs.told import Answer
from lrtui.tui.configuration.form import ConfigurationForm, Order
from lrtui.tui.configuration.pane import ConfigurationPane
from lrtui.tui.dialogs.confirm import ConfirmScreen
from lrtui.tui.handlers.training import Training
from lrtui.tui.navigation import CHARTS, CONFIGURATION, RESULTS, Navigation
from lrtui.tui.presets.entries import PresetEntry, SavedEntry
from lrtui.tui.presets.pane import PresetsPane
from lrtui.tui.results.pane import ResultsPane
from lrtui.tui.situation import broken_off
from lrtui.tui.stage import Stage

_LONG = 2_000_000
"""Images to train on, in all epochs of all runs, from which on a study may take long."""


def _may_be_long(study: Study) -> bool:
    limits = (spec.epochs * (spec.config.data.train_limit or 50_000) for spec in study.runs)
    return sum(limits) > _LONG


class StudyActions:
    """What a person does to a study. `training` begins what is ordered, `look` looks at the board and shows what there is."""

    def __init__(
        self,
        app: App[None],
        stage: Stage,
        presets: PresetsPane,
        configuration: ConfigurationPane,
        charts: ChartsPane,
        results: ResultsPane,
        navigation: Navigation,
        training: Training,
        look: Callable[[], None],
    ) -> None:
        self._app, self._stage = app, stage
        self._presets, self._configuration, self._charts, self._results = presets, configuration, charts, results
        self._navigation, self._training, self._look = navigation, training, look
        training.failed = self._show_failure
        self._asking = False
        """It is being found out whether a study takes long."""
        self._agreed: list[Study] = []
        """Studies that may take long, and are to."""

    def action_start(self) -> None:
        """Start the study of the form, once: keys come faster than messages, so the form is brought up to them first."""
        if not self._stage.training and (order := self._checked_form().order) is not None:
            if order.study in self._agreed or not _may_be_long(order.study):
                self.begin(order)
            else:
                self._ask_first(order, "Start", self._begin_if_idle)

    def _begin_if_idle(self, order: Order) -> None:
        if not self._stage.training:
            self.begin(order)

    def _ask_first(self, order: Order, verb: str, then: Callable[[Order], None]) -> None:
        """Find out whether it takes long; while one is being asked about, no other is."""
        if not self._asking:
            self._asking = True
            self._app.run_worker(self._ask(order, verb, then), exit_on_error=False, group="cost")

    async def _ask(self, order: Order, verb: str, then: Callable[[Order], None]) -> None:
        """Call `then` for what may take long, after a question if it takes over an hour; the same is asked once."""
        from lrtui.store.cost import LONG, estimate

        study, device = order.study, "cpu" if order.device == "auto" else order.device.partition(":")[0]
        try:
            cost = await asyncio.to_thread(
                estimate, study, self._training.runs_dir, kind=device, lanes=order.lanes or os.cpu_count() or 1
            )
        finally:
            self._asking = False

        def answered(yes: bool | None) -> None:
            if yes:
                self._agreed.append(study)
                then(order)

        if cost.seconds is None or cost.seconds <= LONG:
            answered(True)
        else:
            self._app.push_screen(
                ConfirmScreen(f"{verb} it?", f"{literal(study.name)}: {literal(cost.text)}.", verb), answered
            )

    def action_enqueue(self) -> None:
        """Train the study of the form after those that were begun or queued before it."""
        if not self._stage.training:
            self.action_start()
        elif (order := self._checked_form().order) is not None:
            if order.study in self._agreed or not _may_be_long(order.study):
                self._enqueue(order)
            else:
                self._ask_first(order, "Queue", self._enqueue)

    def _enqueue(self, order: Order) -> None:
        self._stage.queue.append(order)
        place = len(self._stage.queue)
        self._app.notify(f"{literal(order.study.name)}: queued, number {place}", timeout=3, markup=False)
        self._stage.log.add(f"{order.study.name}: queued")
        self._look()
        self.begin_next()  # what was trained may have ended while this was asked

    def begin_next(self) -> None:
        """Begin the next study of the queue, if nothing is trained and nobody is leaving; who looks elsewhere goes on looking."""
        stage = self._stage
        if not stage.queue or stage.training or stage.leaving is not None:
            return
        order = stage.queue.pop(0)
        stage.begin(order.study.name)
        self._presets.show_live(PresetEntry(order.preset).key)
        self._training.begin(order)
        self._look()

    def action_resume(self) -> None:
        """Go on with the selected saved study, or with the one on the screen."""
        study = broken_off(self._stage, self._presets.selected)
        if self._stage.training or study is None:
            return
        self._stage.begin(study.path.name)
        self._presets.show_live(f"saved:{study.path.name}")
        self._training.resume(study.path, finder=study.finder)
        self._show_begun()

    def action_find(self) -> None:
        """Run a range test of every scenario of the form; the settings of a saved study are put into it first."""
        if self._stage.training:
            return
        entry = self._presets.selected
        if isinstance(entry, SavedEntry) and not self._configuration.form.display:
            self._configuration.edit(entry)
            self._navigation.bring_forward(CONFIGURATION)
            text = (
                f"The settings of this study are in the form: {key_of('find', self._app)} again begins their range test"
            )
            self._app.notify(text, timeout=5, markup=False)
            return
        try:
            order = self._checked_form().finder_order()
        except LrtuiError as error:
            self._app.notify(literal(str(error)), severity="error", markup=False)
            return
        if order is not None:
            self.begin(order)

    def action_use_rate(self) -> None:
        """Put the highlighted suggestion into the form of the preset that was tested."""
        test, view = self._charts.find_tab(Finder).test, self._stage.shown
        if test is None or test.lr is None or view is None:
            return
        rate = short_rate(test.lr)
        entry = self._presets.catalogue.preset(view.study.name)
        if entry is None:
            text = f"{view.study.name} is not among the presets: optim.lr = {rate} goes into no form"
            self._app.notify(literal(text), severity="warning", markup=False)
            return
        form = self._configuration.form
        if not form.stands_for(entry.file):
            self._presets.select(entry.key)
        self._configuration.show(entry)
        if not form.area.has("optim.lr"):
            return
        form.set_text("optim.lr", rate)
        self._app.notify(f"optim.lr = {rate} in the form", timeout=3, markup=False)
        self._look()
        self._navigation.bring_forward(CONFIGURATION)

    def action_open(self) -> None:
        """Open the selected saved study."""
        if isinstance(entry := self._presets.selected, SavedEntry):
            self.open_saved(entry)

    def open_saved(self, entry: SavedEntry) -> None:
        """Read a saved study in a thread and show it; the one that is being trained here is shown live."""
        session, live = self._stage.session, self._stage.live
        if session is not None and session.path == entry.summary.path and live is not None and live.live:
            self.action_live()
        else:
            self._app.run_worker(self._open(entry.summary.path), exit_on_error=False, exclusive=True, group="open")

    def attach(self, path: Path) -> None:
        """Show the study in a folder, as it goes on if another process trains it."""
        self._app.run_worker(self._open(path), exit_on_error=False, exclusive=True, group="open")

    def action_live(self) -> None:
        """Show the study that is being trained."""
        self._stage.close_saved()
        self._look()

    def action_stop_run(self) -> None:
        """Stop the selected run, or the first running one."""
        scenario, number = self._results.selected
        running = list(self._stage.shown.snapshot.running) if self._stage.shown else []
        chosen = [state for state in running if state.spec.run == number]
        chosen = chosen or [state for state in running if state.spec.scenario == scenario] or running
        if chosen and self._stage.steered is not None:
            self._stage.steered.stop_run(chosen[0].spec.run)
            self._asked(f"run {chosen[0].spec.run}: stop asked for")

    def action_skip(self) -> None:
        """Skip the selected scenario, or the one under way."""
        if self._stage.shown is None or self._stage.steered is None:
            return
        selected, _ = self._results.selected
        snapshot = self._stage.shown.snapshot
        open_scenarios = [
            state.spec.scenario
            for state in (*snapshot.running, *snapshot.runs)
            if state.status in (RunStatus.RUNNING, RunStatus.WAITING)
        ]
        if open_scenarios:
            scenario = selected if selected in open_scenarios else open_scenarios[0]
            self._stage.steered.skip_scenario(scenario)
            self._asked(f"{scenario}: skip asked for")

    def action_stop_study(self) -> None:
        """Ask, then stop the study."""
        study = self._stage.steered

        def answered(yes: bool | None) -> None:
            if not yes:
                return
            if self._stage.starting:
                self._stage.stop_asked = True
            elif study is not None:
                study.stop_study()
            self._asked("stop of the study asked for")

        text = "Runs under way end at their next batch; finished epochs are kept."
        self._app.push_screen(ConfirmScreen("Stop the study?", text, "Stop"), answered)

    def action_export(self) -> None:
        """Open the export dialog."""
        from lrtui.tui.dialogs.export import ExportScreen

        view = self._stage.shown
        if view is None or (result := self._stage.figures.result) is None:
            return
        path = view.path

        def report(fmt: str) -> str:
            from lrtui.report.document import report as make
            from lrtui.store.reader import open_study

            if path is None:
                raise LrtuiError("the study has no folder yet")
            return make([open_study(path)], fmt)

        def done(written: str | None) -> None:
            if written:
                where = str(Path(written).resolve())
                self._app.notify(f"written: {literal(where)}", timeout=4, markup=False)
                self._stage.log.add(f"exported to {where}", "good")

        self._app.push_screen(ExportScreen(view.study.name, result, report, self._charts.picture()), done)

    def _checked_form(self) -> ConfigurationForm:
        """Return the form of what is selected, brought up to what was typed."""
        self._configuration.show(self._presets.selected)
        self._configuration.form.check()
        return self._configuration.form

    def begin(self, order: Order) -> None:
        """Begin to train what was ordered, and show it."""
        self._stage.begin(order.study.name)
        self._presets.show_live(PresetEntry(order.preset).key)
        self._open_tab(order.study, finder=order.find_only, live=True)
        self._training.begin(order)
        self._show_begun()

    def _show_begun(self) -> None:
        self._look()
        if self._navigation.narrow or self._configuration.form.has_focus_within:  # what is typed now are keys
            self._navigation.action_show_pane(CHARTS)

    def _show_failure(self) -> None:
        """Show why a start failed, where the start led to the charts and nothing else is in sight."""
        if self._charts.region:
            self._navigation.bring_forward(RESULTS)

    def _open_tab(self, study: Study, *, finder: bool, live: bool) -> None:
        """Show the tab that answers what the study was made for; an answer is not there before runs are done."""
        tab = opening_tab(study, finder=finder)
        self._charts.show_tab(Loss if live and tab is Answer else tab)

    def replay(self, path: Path, speed: float = 0.0) -> None:
        """Show a saved study as it happened."""
        self._app.run_worker(self._open(path, speed), exit_on_error=False, exclusive=True, group="open")

    def action_replay(self) -> None:
        """Show the saved study on the screen as it happened."""
        if (view := self._stage.saved) is not None and view.path is not None:
            self.replay(view.path)

    def action_replay_pause(self) -> None:
        """Stand still, or go on."""
        if (replay := self._stage.replay) is not None:
            replay.pause()
        self._look()

    def action_replay_speed(self, by: int) -> None:
        """Faster or slower."""
        if (replay := self._stage.replay) is not None:
            replay.faster(by)
        self._look()

    def action_replay_end(self) -> None:
        """Show how it ended."""
        if (replay := self._stage.replay) is not None:
            replay.jump_to_end()
        self._look()

    async def _open(self, path: Path, speed: float | None = None) -> None:
        """Show a study; with a `speed` as it happened."""
        from lrtui.remote import RemoteStudy
        from lrtui.replay import Replay

        try:
            study: RemoteStudy | Replay = await asyncio.to_thread(
                lambda: RemoteStudy(path) if speed is None else Replay(path, speed)
            )
        except LrtuiError as error:
            self._app.notify(literal(str(error)), severity="error", markup=False)
            return
        saved = study.saved
        if study.wait(0):
            self._stage.open(saved)
        else:
            self._stage.attach(study)
        self._configuration.info.show_saved(saved)
        self._open_tab(saved.study, finder=saved.kind == "finder", live=self._stage.remote is not None)
        self._look()
        self._navigation.bring_forward(RESULTS if speed is None else CHARTS)

    def _asked(self, what: str) -> None:
        """Show at once that it was heard: it happens at the next batch."""
        self._app.notify(literal(what), timeout=3, markup=False)
        self._look()
