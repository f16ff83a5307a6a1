"""The tab that shows the layers of one run."""

from dataclasses import dataclass, field

from lrtui.plots.layers import LayerRun, measured_runs, telling_run
from lrtui.plots.metrics import MEASURES
from lrtui.plots.view import View
from lrtui.study.records import RunStatus
from lrtui.study.states import RunState
from lrtui.tui.bound import key_of
from lrtui.tui.charts.caption import clickable
from lrtui.tui.charts.heatmap import HeatMap
from lrtui.tui.charts.plot import Plot
from lrtui.tui.charts.tab import Tab, Toggle


@dataclass
class Health(Tab):
    """A map of a run's layers: of the one under way, else of the least healthy; of those of the scenario that was chosen."""

    name, short = "Health", "Health"
    empty = "Layers appear here when a study measures them: health.measure = true."
    measure: int = field(default=0, init=False)

    def front(self, view: View) -> HeatMap | Plot:
        """Return the map, or the plot, which says why there is none."""
        return self.plot if self.shown(view) is None else self._map

    def shown(self, view: View) -> RunState | None:
        """Return the run that is shown."""
        runs = measured_runs(view)
        if scenario := self.settings.scenario:
            mine = [state for state in runs if state.spec.scenario == scenario]
            runs = [state for state in mine if state.spec.run == self.settings.run] or mine
        return next((state for state in runs if state.status is RunStatus.RUNNING), None) or telling_run(runs)[0]

    def draw(self, view: View) -> None:
        """Show the map, or why there is none."""
        state = self.shown(view)
        if state is None:
            self.plot.say(self._why_none(view))
            return
        label = view.shape.by_scenario[state.spec.scenario].label
        title = f"{label}, seed {state.spec.seed}" if len(view.study.seeds) > 1 else label
        toggles = clickable(self.toggles(view), self.pane.skin)
        self._map.show_run(LayerRun(state), MEASURES[self.measure], title, toggles)

    def toggles(self, view: View) -> list[Toggle]:
        """Return which measure is shown, and of which run."""
        next_one = key_of("next_shown", self.pane.app)
        parts, state = (
            [(f"{key_of('metric', self.pane.app)} {MEASURES[self.measure].label}", "metric()")],
            self.shown(view),
        )
        runs = [run.spec.run for run in measured_runs(view)]
        if len(runs) > 1:
            place = "" if state is None else f"{next_one} run {runs.index(state.spec.run) + 1}/{len(runs)}"
            parts.append((place, "next_shown()"))
        return parts

    def begin(self) -> None:
        """The crosshair goes."""
        self._map.action_uncross()

    def next_metric(self) -> None:
        """Show the next measure."""
        self.measure = (self.measure + 1) % len(MEASURES)

    def next_shown(self, view: View) -> None:
        """Show the next run."""
        runs, state = measured_runs(view), self.shown(view)
        if runs:
            numbers = [run.spec.run for run in runs]
            after = runs[0 if state is None else (numbers.index(state.spec.run) + 1) % len(runs)].spec
            self.settings.scenario, self.settings.run = after.scenario, after.run

    @property
    def _map(self) -> HeatMap:
        return self.pane.query_one(HeatMap)

    def _why_none(self, view: View) -> str:
        scenario = self.settings.scenario
        specs = [spec for spec in view.study.runs if scenario in ("", spec.scenario)]
        if not any(spec.config.health.measure for spec in specs):
            return (
                "The layers of this study are not measured. health.measure = true turns it on "
                f"({key_of('all_keys', self.pane.app)} shows the key in the form)."
            )
        return "A range test measures no layers." if view.finder else "Nothing measured yet."
