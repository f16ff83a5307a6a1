"""What the log says of a run."""

import math

from lrtui.study.records import RunStatus
from lrtui.study.spec import RunSpec
from lrtui.study.states import LogLevel, RunState
from lrtui.text import count, shown_rate

LEVELS = {RunStatus.DONE: LogLevel.INFO, RunStatus.FAILED: LogLevel.ERROR}
"""How an ended run is logged; any other end was asked for, and is a warning."""


def name_of(spec: RunSpec) -> str:
    """Return how the log calls a run."""
    return f"run {spec.run} ({spec.scenario}, seed {spec.seed})"


def ending(state: RunState) -> tuple[str, LogLevel]:
    """Return how a run ended, and its level: facts, no verdict."""
    facts = [f"{name_of(state.spec)} {state.status.value}"]
    if state.records:
        last, outcome = state.records[-1], state.outcome
        accuracy = last.val_accuracy if outcome is None else outcome.val_accuracy
        task = state.spec.config.task
        facts.append(
            f"{_percent('' if task.counts else f'{task.score} ', accuracy)} after {count(state.epochs_done, 'epoch')}".lstrip()
        )
        if outcome is not None:
            if outcome.stopped_early:
                facts.append(f"stopped early, weights of epoch {outcome.kept_epoch} kept")
            facts.append(_percent("test ", outcome.test_accuracy))
            if outcome.mc is not None:
                facts.append(_percent("MC dropout ", outcome.mc.accuracy))
        facts.append(f"{state.seconds:.1f} s")
    if state.message:
        facts.append(state.message)
    return ", ".join(filter(None, facts)), LEVELS.get(state.status, LogLevel.WARNING)


def range_test(state: RunState) -> str:
    """Return what a range test that is over suggests."""
    curve = state.finder
    suggestions = {} if curve is None else curve.suggestions
    found = [f"{name.replace('_tenth', '/10')} {_rate(lr)}" for name, lr in suggestions.items()]
    taken = f"; taken: {_rate(curve.chosen)}" if curve is not None and curve.chosen is not None else ""
    return f"range test of {state.spec.scenario}: {', '.join(found) or 'no suggestion'}{taken}"


def _percent(what: str, accuracy: float | None) -> str:
    """Return an accuracy; empty if the network gave no numbers."""
    return "" if accuracy is None or math.isnan(accuracy) else f"{what}{accuracy:.2f} %"


def _rate(lr: float) -> str:
    return shown_rate(lr, 3)
