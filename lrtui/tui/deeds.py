"""What the keys do: one method per action of the list."""

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import work

from lrtui.errors import LrtuiError
from lrtui.plots.view import short_rate
from lrtui.report.layer_measures import MEASURES
from lrtui.study.records import RunStatus
from lrtui.text import literal
from lrtui.tui import themes
from lrtui.tui.charts.answer_view import AnswerView
from lrtui.tui.charts.options import ChartOptions
from lrtui.tui.charts.pane import FINDER, HEALTH, LOSS, SCHEDULE
from lrtui.tui.configuration.form import Order
from lrtui.tui.dialogs.confirm import ConfirmScreen, QuitScreen
from lrtui.tui.dialogs.help import HelpScreen
from lrtui.tui.presets.entries import PresetEntry, SavedEntry

if TYPE_CHECKING:
    from lrtui.tui.app import LrtuiApp


class Deeds:
    """The actions of the workbench (a part of `LrtuiApp`)."""

    leaving: int | None = None
    """The exit status with which the app is being left; None while it stays."""

    # --- study

    def action_start(self: "LrtuiApp") -> None:
        """Start the study of the form, once: keys come faster than messages, so the form is brought up to them first."""
        if self.stage.training:
            return
        self.configuration.show(self.presets.selected)
        self.configuration.form.check()
        order = self.configuration.form.order
        if order is not None:
            self._begin(order)

    def action_find(self: "LrtuiApp") -> None:
        """Run a range test of every scenario of the form."""
        if self.stage.training:
            return
        self.configuration.show(self.presets.selected)
        self.configuration.form.check()
        try:
            order = self.configuration.form.finder_order()
        except LrtuiError as error:
            self.notify(literal(str(error)), severity="error", markup=False)
            return
        if order is not None:
            self._begin(order)

    def action_use_rate(self: "LrtuiApp") -> None:
        """Put the highlighted suggestion into the form of the preset that was tested."""
        one, view = self.charts.marked, self.stage.shown
        if one is None or one.lr is None or view is None:
            return
        form = self.configuration.form
        entry = next(
            (entry for entry in self._presets if entry.file.name.removesuffix(".toml") == view.study.name), None
        )
        if entry is None:
            text = f"{view.study.name} is not among the presets: optim.lr = {short_rate(one.lr)} goes into no form"
            self.notify(literal(text), severity="warning", markup=False)
            return
        if not form.stands_for(entry.file):
            self.presets.select(entry.key)
        self.configuration.show(entry)
        if not form.area.has("optim.lr"):
            return
        form.set_text("optim.lr", short_rate(one.lr))
        self.notify(f"optim.lr = {short_rate(one.lr)} in the form", timeout=3, markup=False)
        self.show_stage()
        if self.screen.has_class("narrow"):
            self.action_show_pane(1)

    def _suit_tab(self: "LrtuiApp", *, finder: bool, finds: bool) -> None:
        """A range test is looked at in its own tab, and a study that makes none is not."""
        if finder:
            self.charts.show_tab(FINDER)
        elif self.charts.tab == FINDER and not finds:
            self.charts.show_tab(LOSS)

    def _begin(self: "LrtuiApp", order: Order) -> None:
        self.stage.begin(order.study.name)
        self.presets.show_live(PresetEntry(order.preset).key)
        self._suit_tab(finder=order.find_only, finds=any(spec.finds_lr for spec in order.study.runs))
        self.show_stage()
        self.start_training(order)
        if self.screen.has_class("narrow"):
            self.action_show_pane(2)

    def action_open(self: "LrtuiApp") -> None:
        """Open the selected saved study."""
        if isinstance(entry := self.presets.selected, SavedEntry):
            self.open_saved(entry)

    @work(exit_on_error=False, exclusive=True, group="open")
    async def open_saved(self: "LrtuiApp", entry: SavedEntry) -> None:
        """Read a saved study and show it; the one that is being trained here is shown live."""
        from lrtui.store.reader import open_study

        session = self.stage.session
        if session is not None and session.path == entry.summary.path and self.stage.live and self.stage.live.live:
            self.action_live()
            return
        try:
            saved = await asyncio.to_thread(open_study, entry.summary.path)
        except LrtuiError as error:
            self.notify(literal(str(error)), severity="error", markup=False)
            return
        self.stage.open(saved)
        self.configuration.info.show_saved(saved)
        self._suit_tab(finder=saved.kind == "finder", finds=any(spec.finds_lr for spec in saved.study.runs))
        self.show_stage()
        if self.screen.has_class("narrow"):
            self.action_show_pane(3)

    def action_live(self: "LrtuiApp") -> None:
        """Show the study that is being trained."""
        self.stage.close_saved()
        self.show_stage()

    def action_stop_run(self: "LrtuiApp") -> None:
        """Stop the selected run, or the first running one."""
        scenario, number = self.results.selected
        running = list(self.stage.live.snapshot.running) if self.stage.live else []
        chosen = [state for state in running if state.spec.run == number]
        chosen = chosen or [state for state in running if state.spec.scenario == scenario] or running
        if chosen and self.stage.session is not None:
            self.stage.session.stop_run(chosen[0].spec.run)
            self._asked(f"run {chosen[0].spec.run}: stop asked for")

    def action_skip(self: "LrtuiApp") -> None:
        """Skip the selected scenario, or the one under way."""
        if self.stage.live is None or self.stage.session is None:
            return
        selected, _ = self.results.selected
        snapshot = self.stage.live.snapshot
        open_scenarios = [
            state.spec.scenario
            for state in (*snapshot.running, *snapshot.runs)
            if state.status in (RunStatus.RUNNING, RunStatus.WAITING)
        ]
        if open_scenarios:
            scenario = selected if selected in open_scenarios else open_scenarios[0]
            self.stage.session.skip_scenario(scenario)
            self._asked(f"{scenario}: skip asked for")

    def action_stop_study(self: "LrtuiApp") -> None:
        """Ask, then stop the study."""

        def answered(yes: bool | None) -> None:
            if not yes:
                return
            if self.stage.starting:
                self.stage.stop_asked = True
            elif self.stage.session is not None:
                self.stage.session.stop_study()
            self._asked("stop of the study asked for")

        question = ConfirmScreen(
            "Stop the study?", "Runs under way end at their next batch; finished epochs are kept.", "Stop"
        )
        self.push_screen(question, answered)

    def _asked(self: "LrtuiApp", what: str) -> None:
        """Show at once that it was heard: it happens at the next batch."""
        self.stage.log.add(what, "warn")
        self.notify(literal(what), timeout=3, markup=False)
        self.look()

    def action_export(self: "LrtuiApp") -> None:
        """Open the export dialog."""
        from lrtui.tui.dialogs.export import ExportScreen

        view = self.stage.shown
        if view is None:
            return
        path = view.path

        def report(fmt: str) -> str:
            from lrtui.report.document import report as make
            from lrtui.store.reader import open_study

            return make([open_study(path)], fmt)

        def done(written: str | None) -> None:
            if written:
                self.notify(f"written: {literal(written)}", markup=False)
                self.stage.log.add(f"exported to {written}", "good")

        self.push_screen(ExportScreen(view.study.name, self.stage.figures.result, report), done)

    # --- presets and form

    def action_filter(self: "LrtuiApp") -> None:
        """Type a filter."""
        if self.screen.has_class("narrow"):
            self.action_show_pane(0)
        self.presets.open_filter()

    def action_all_keys(self: "LrtuiApp") -> None:
        """Show every key of the form, or only those that matter."""
        self.configuration.form.show_all()

    def action_reset(self: "LrtuiApp") -> None:
        """Set the form back."""
        self.configuration.form.reset()

    # --- charts

    def action_tab(self: "LrtuiApp", tab: int) -> None:
        """Show a chart."""
        had = self.charts.front.has_focus
        self.charts.show_tab(tab)
        if had or isinstance(self.charts.front, AnswerView):  # a text to read: the arrows are to scroll it
            self.charts.front.focus()
        if self.screen.has_class("narrow"):
            self.action_show_pane(2)
        self.show_footer()

    def action_split(self: "LrtuiApp") -> None:
        """Validation, training, or both."""
        self._set_options(self.charts.options.next_split())

    def action_replicates(self: "LrtuiApp") -> None:
        """Show or hide single replicates."""
        self._set_options(replace(self.charts.options, replicates=not self.charts.options.replicates))

    def action_y_scale(self: "LrtuiApp") -> None:
        """Logarithmic or linear."""
        self.charts.toggle_y()
        self.show_stage()

    def action_x_scale(self: "LrtuiApp") -> None:
        """Logarithmic or linear epochs."""
        self._set_options(replace(self.charts.options, x_log=not self.charts.options.x_log))

    def action_smooth(self: "LrtuiApp", by: int) -> None:
        """More or less smoothing."""
        self._set_options(self.charts.options.smoother(by))

    def action_metric(self: "LrtuiApp") -> None:
        """Show something else of the same study: accuracy or loss, rate or momentum, the next measure of layers."""
        options, tab = self.charts.options, self.charts.tab
        if tab == HEALTH:
            options = replace(options, layer_metric=(options.layer_metric + 1) % len(MEASURES))
        elif tab == SCHEDULE:
            options = replace(options, schedule_metric="momentum" if options.schedule_metric == "lr" else "lr")
        else:
            options = replace(options, rate_metric="loss" if options.rate_metric == "accuracy" else "accuracy")
        self._set_options(options)

    def action_next_shown(self: "LrtuiApp") -> None:
        """The layers of the next run, or the next range test."""
        self.charts.next_shown()
        self.show_footer()

    def action_suggestion(self: "LrtuiApp") -> None:
        """Highlight the next suggestion."""
        self.charts.next_suggestion()
        self.show_footer()

    def action_group(self: "LrtuiApp") -> None:
        """Show the next group of curves."""
        if (view := self.stage.shown) is not None:
            options = self.charts.options
            self._set_options(replace(options, group=(options.group + 1) % len(view.shape.groups)))

    def _set_options(self: "LrtuiApp", options: ChartOptions) -> None:
        self.charts.set_options(options)
        self.show_stage()

    # --- results

    def action_sort(self: "LrtuiApp") -> None:
        """Sort by the next column."""
        self.results.sort_next()

    def action_sort_by(self: "LrtuiApp", key: str) -> None:
        """Sort by the column clicked."""
        self.results.sort_by(key)

    def action_reverse(self: "LrtuiApp") -> None:
        """Turn the order round."""
        self.results.reverse()

    def action_expand(self: "LrtuiApp") -> None:
        """Show or hide all runs."""
        self.results.toggle_all()

    # --- screen

    def action_dark(self: "LrtuiApp") -> None:
        """Dark or light."""
        self.theme = themes.LIGHT if self.theme == themes.DARK else themes.DARK

    def action_help(self: "LrtuiApp") -> None:
        """Show the help."""
        self.push_screen(HelpScreen(self.situation))

    async def action_quit(self: "LrtuiApp") -> None:
        """Leave; ask while a study is being trained; asked twice, leave."""
        if isinstance(self.screen, QuitScreen):
            self.screen.dismiss(True)
        elif not self.stage.training:
            self.leave(0)
        elif self.leaving is None:
            text = "The study stops at its next batch; finished epochs are kept and it can be opened again."
            self.push_screen(
                QuitScreen("Quit while training?", text, "Stop and quit"), lambda yes: yes and self.leave(0)
            )

    def leave(self: "LrtuiApp", status: int) -> None:
        """Stop what is being trained, wait until it is on disk, and go."""
        if self.leaving is None:
            self.leaving = status
            self._leave()

    @work(exit_on_error=False)
    async def _leave(self: "LrtuiApp") -> None:
        starting = [worker for worker in self.workers if worker.group == "start"]
        if self.stage.session is not None:
            self.stage.session.stop_study()
        if starting:
            await self.workers.wait_for_complete(starting)
        if self.stage.session is not None:
            await asyncio.to_thread(self.stage.session.wait)
        self.exit(return_code=self.leaving or 0)
