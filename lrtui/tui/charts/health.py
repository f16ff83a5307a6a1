"""Which run's layers are shown, and what is said where there are none."""

from lrtui.plots.view import View
from lrtui.study.records import LayerRecord, RunStatus
from lrtui.study.states import RunState

Chosen = tuple[str, int | None]
"""A scenario, and one of its runs (None: the one under way, else the best)."""


def has_health(state: RunState) -> bool:
    """Return whether layers of a run were measured."""
    return any(record.layers for record in state.records)


def measured_layers(state: RunState) -> dict[int, tuple[LayerRecord, ...]]:
    """Return a run's layers by epoch."""
    return {record.epoch: record.layers for record in state.records if record.layers}


def last_column(state: RunState) -> int:
    """Return the last epoch of a run's map: that of the whole training while it is under way, so that nothing moves."""
    return state.records[-1].epoch if state.status.ended and state.records else state.spec.epochs


def measured_runs(view: View) -> list[RunState]:
    """Return the runs with something to show, in the study's order."""
    return [state for state in view.snapshot.runs if has_health(state)]


def run_shown(view: View, chosen: Chosen | None) -> RunState | None:
    """Return the run to show: of what was chosen, the one under way, else the one with the highest accuracy."""
    runs = measured_runs(view)
    if chosen is not None:
        scenario, number = chosen
        mine = [state for state in runs if state.spec.scenario == scenario]
        runs = [state for state in mine if state.spec.run == number] or mine
    running = [state for state in runs if state.status is RunStatus.RUNNING]
    return next(iter(running), None) or max(runs, key=lambda state: state.records[-1].val_accuracy, default=None)


def why_none(view: View, chosen: Chosen | None) -> str:
    """Return why there is no map: not asked for, or not yet measured."""
    states = [state for state in view.snapshot.runs if chosen is None or state.spec.scenario == chosen[0]]
    if not any(state.spec.config.health.measure for state in states):
        return "The layers of this study are not measured. health.measure = true turns it on (^a shows the key in the form)."
    if view.finder:
        return "A range test measures no layers."
    return "Nothing measured yet."


def next_run(view: View, chosen: Chosen | None, by: int = 1) -> Chosen | None:
    """Return the run after the one shown."""
    runs = measured_runs(view)
    if not runs:
        return chosen
    shown = run_shown(view, chosen)
    numbers = [state.spec.run for state in runs]
    at = numbers.index(shown.spec.run) if shown is not None else -1
    state = runs[(at + by) % len(runs)]
    return state.spec.scenario, state.spec.run
