"""The tab that shows the layers of one run."""

from dataclasses import dataclass, field

from lrtui.plots.layers import MEASURES, LayerRun, best_run, measured_runs
from lrtui.plots.view import View
from lrtui.study.records import RunStatus
from lrtui.study.states import RunState
from lrtui.tui.charts.caption import clickable
from lrtui.tui.charts.heatmap import HeatMap
from lrtui.tui.charts.tab import Facts, Tab


@dataclass
class Health(Tab):
    """A map of a run's layers: of the one under way, else of the best; of those of the scenario that was chosen."""

    name, short = "Health", "Health"
    empty = "Layers appear here when a study measures them: health.measure = true."
    measure: int = field(default=0, init=False)

    @property
    def front(self) -> HeatMap:
        """Return the map."""
        return self.pane.query_one(HeatMap)

    def shown(self, view: View) -> RunState | None:
        """Return the run that is shown."""
        runs = measured_runs(view)
        if scenario := self.settings.scenario:
            mine = [state for state in runs if state.spec.scenario == scenario]
            runs = [state for state in mine if state.spec.run == self.settings.run] or mine
        return next((state for state in runs if state.status is RunStatus.RUNNING), None) or best_run(runs)

    def draw(self, view: View) -> None:
        """Show the map, or why there is none."""
        state, measure = self.shown(view), MEASURES[self.measure]
        if state is None:
            self.front.say(self._why_none(view))
            return
        runs = [run.spec.run for run in measured_runs(view)]
        parts = [(f"m {measure.title}", "metric()")]
        if len(runs) > 1:
            parts.append((f"g run {runs.index(state.spec.run) + 1}/{len(runs)}", "next_shown()"))
        label = view.shape.by_scenario[state.spec.scenario].label
        title = f"{label}, seed {state.spec.seed}" if len(view.study.seeds) > 1 else label
        self.front.show_run(LayerRun(state), measure, title, clickable(parts, self.pane.skin))

    def say(self, text: str) -> None:
        """Show a sentence."""
        self.front.say(text)

    def key(self, view: View | None) -> object:
        """Return what the map depends on."""
        state = None if view is None else self.shown(view)
        shown = None if state is None else (state.spec.run, len(state.records), state.status)
        return super().key(view), self.measure, shown, self.settings.scenario

    def facts(self, view: View) -> Facts:
        """Return what there is to do."""
        return Facts(metrics=True, layers=len(measured_runs(view)) > 1)

    def begin(self) -> None:
        """The crosshair goes."""
        self.front.action_uncross()

    def next_metric(self) -> None:
        """Show the next measure."""
        self.measure = (self.measure + 1) % len(MEASURES)

    def next_shown(self) -> None:
        """Show the next run."""
        view = self.pane.view
        runs = [] if view is None else measured_runs(view)
        if view is not None and runs:
            state, numbers = self.shown(view), [run.spec.run for run in runs]
            at = -1 if state is None else numbers.index(state.spec.run)
            after = runs[(at + 1) % len(runs)].spec
            self.settings.scenario, self.settings.run = after.scenario, after.run

    def _why_none(self, view: View) -> str:
        scenario = self.settings.scenario
        specs = [spec for spec in view.study.runs if scenario in ("", spec.scenario)]
        if not any(spec.config.health.measure for spec in specs):
            return "The layers of this study are not measured. health.measure = true turns it on (^a shows the key in the form)."
        return "A range test measures no layers." if view.finder else "Nothing measured yet."
