"""The results table's rows: what stands in each cell, and by what a column is sorted."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from lrtui.book.protocol import reservations
from lrtui.plots.view import Scenario, View
from lrtui.study.records import RunStatus
from lrtui.study.schema import RunConfig
from lrtui.study.spec import Published
from lrtui.study.states import RunState
from lrtui.text import literal, rate_text, short_rate, shown_number
from lrtui.tui.analysed import AnalysedView, Figures
from lrtui.tui.signs import EARLY, REUSED, RUN_SIGNS, VERDICT_SIGNS, mean_sd
from lrtui.tui.table import Cell, Col
from lrtui.tui.themes import Skin

_LABEL = 30
"""Cells that a scenario's label has at most if the columns need the room."""
_BEFORE_LABEL = 4
"""Cells before it: the arrow, and the mark of the best."""
Key = float | str | None
"""What a row is sorted by; None comes last."""


@dataclass(frozen=True)
class ScenarioRow:
    """One scenario: its cells, and what each column sorts by."""

    scenario: Scenario
    cells: dict[str, Cell]
    keys: dict[str, Key]
    runs: Callable[[], tuple[tuple[int, dict[str, Cell]], ...]]
    """Makes its replicates' cells, by run number: few scenarios are opened."""
    mark: str = ""
    """`★` of the winner, `≈` of those that cannot be told from the best; see `report.compared`."""


def columns(view: View, room: int = 0) -> list[Col]:
    """Return the columns of the study's table: what can be measured of it, and what was published.

    The scenarios' labels are as long as they need to be if there is `room` (cells).
    """
    if view.finder:
        return _finder_columns(view)
    total = max(spec.epochs for spec in view.study.runs)
    configs = list({id(spec.config): spec.config for spec in view.study.runs}.values())
    kept = any(config.early_stopping.patience is not None for config in configs)
    seeds = len(view.study.seeds)
    only_rates = view.shape.sweeps_rate and len(view.shape.groups) == 1
    found = [
        *([Col("lr", "lr", 14, right=False, rank=1)] if any(spec.finds_lr for spec in view.study.runs) else []),
        Col("n", "n", 3, rank=5),
        Col("epoch", "epoch", max(5, 2 * len(str(total)) + 1) + (2 if kept else 0), rank=3),
        *([Col("kept", "kept", 4, rank=10)] if kept else []),
        Col("accuracy", f"{view.study.words.said('val acc %'):<13}", 13, rank=0),
        Col("best", "best", 6, rank=8),
        *([Col("test", "test %       ", 13, rank=2)] if _tests(configs) else []),
        *([Col("mc", "MC %", 6, rank=3)] if any(config.mc_dropout.samples for config in configs) else []),
        *([Col("zeros", "zeros %", 7, rank=5)] if any(config.pruning.name != "none" for config in configs) else []),
        Col("loss", "val loss", 8, rank=4),
        Col("convergence", "conv", 4, rank=7),
        Col("settled", "settled", 7, rank=7),
        Col("fluctuation", "fluct", 5, rank=9),
        Col("verdict", "verdict", max(11, len(_so_far(seeds, seeds))), right=False, rank=1),
    ]
    if view.study.published:
        found += [Col("paper", "paper", 5, rank=6), Col("difference", "Δ", 6, rank=6)]
    run = len(f"seed 1 {REUSED.symbol}" if any(state.reused_from for state in view.snapshot.runs) else "seed 1") + 1
    label = max(run, *(len(scenario.label) for scenario in view.shape.scenarios)) + _BEFORE_LABEL
    width = min(label, max(_LABEL, room - sum(column.width + 1 for column in found)))
    return [Col("label", "lr" if only_rates else "scenario", width, right=False), *found]


def shortened(scenario: Scenario, width: int) -> str:
    """Return a scenario's label in `width` cells: what is cut is never the rate, which comes first."""
    label = scenario.label
    return label if len(label) <= width else f"{label[: max(len(scenario.short), width - 1)].rstrip()}…"


def _finder_columns(view: View) -> list[Col]:
    label = max(7, *(len(scenario.label) for scenario in view.shape.scenarios)) + _BEFORE_LABEL
    return [
        Col("label", "scenario", min(label, _LABEL), right=False),
        Col("steps", "steps", 7, rank=2),
        Col("valley", "valley", 8, rank=0),
        Col("steepest", "steepest", 8, rank=0),
        Col("minimum_tenth", "min/10", 8, rank=0),
        Col("lr", "chosen", 14, right=False, rank=1),
        Col("verdict", "state", 11, right=False, rank=1),
    ]


def _tests(configs: Sequence[RunConfig]) -> bool:
    """Return whether the test images tell something that validation does not."""
    return any(
        config.data.validation != "test" or config.early_stopping.restores or config.pruning.name != "none"
        for config in configs
    )


def scenario_rows(view: View, figures: AnalysedView, skin: Skin) -> list[ScenarioRow]:
    """Return a row per scenario, in the study's order."""
    marks = _marks(view, figures)
    return [
        replace(_scenario(view, figures, scenario, skin), mark=marks.get(scenario.scenario, ""))
        for scenario in view.scenarios
    ]


def _marks(view: View, figures: AnalysedView) -> dict[str, str]:
    """Return the signs that the table on paper has too; none while more can come."""
    if view.finder or view.live:
        return {}
    from lrtui.report.compared import MARK, marks

    return {scenario: MARK.signs[mark] for scenario, mark in marks(figures.comparisons()).items()}


def _gap(gap: float | None, *, early: bool, done: bool, skin: Skin) -> Cell:
    """Return measured minus published, in points; before the published number of epochs it says little, and is marked."""
    if gap is None:
        return Cell("–", skin.dim)
    style = skin.dim if early or not done else skin.good if abs(gap) <= 2 else skin.warn
    return Cell(f"{gap:+.1f}{'°' if early else ''}", style)


def _scenario(view: View, figures: AnalysedView, scenario: Scenario, skin: Skin) -> ScenarioRow:
    row = figures.scenarios.get(scenario.scenario, Figures())
    states = view.states(scenario)
    published = _published(view, scenario)
    done = sum(state.status is RunStatus.DONE for state in states)
    unfinished = sum(state.epochs_done > 0 and state.status is not RunStatus.DONE for state in states)
    style = skin.text if done else skin.dim
    mean, sd = row.number("val_accuracy_mean"), row.number("val_accuracy_sd")
    epoch = _epoch(states)
    verdict = _state(row, states, skin)
    gap = None if mean is None or published is None or published.val_accuracy is None else mean - published.val_accuracy
    early = published is not None and (
        epoch < (published.epochs or 0) or bool(reservations(view.study, states[0].spec.config))
    )
    cells = {
        "label": Cell(scenario.label, skin.rate(scenario.colour)),
        "n": Cell(f"{done}+{unfinished}" if unfinished else str(done), style),
        "epoch": Cell(_of(epoch, states[0].spec.epochs, states) if epoch else "–", style),
        "kept": Cell(_number(row.number("kept_epoch_mean"), 0), style),
        "test": Cell(mean_sd(row.number("test_accuracy_mean"), row.number("test_accuracy_sd")), style),
        "mc": Cell(_number(row.number("mc_accuracy_mean"), 2), style),
        "zeros": Cell(_percent(row.number("sparsity_mean")), style),
        **_rates(states, skin),
        "accuracy": Cell(mean_sd(mean, sd), style),
        "best": Cell(_number(row.number("best_val_accuracy_mean"), 2), style),
        "loss": Cell(_number(row.number("final_val_loss_mean"), 4), style),
        "convergence": Cell(_number(row.number("convergence_epoch_median"), 0), style),
        "settled": Cell(_number(row.number("settling_epoch_median"), 0), style),
        "fluctuation": Cell(_number(row.number("fluctuation_mean"), 2), style),
        "verdict": verdict,
        "paper": Cell(_number(published.val_accuracy if published else None, 2), skin.dim),
        "difference": _gap(gap, early=early, done=bool(done), skin=skin),
    }
    keys = {
        "label": None,
        "n": done,
        "epoch": epoch,
        "kept": row.number("kept_epoch_mean"),
        "test": row.number("test_accuracy_mean"),
        "mc": row.number("mc_accuracy_mean"),
        "zeros": row.number("sparsity_mean"),
        "lr": next((state.spec.lr for state in states if not math.isnan(state.spec.lr)), None),
        "accuracy": mean,
        "best": row.number("best_val_accuracy_mean"),
        "loss": row.number("final_val_loss_mean"),
        "convergence": row.number("convergence_epoch_median"),
        "settled": row.number("settling_epoch_median"),
        "fluctuation": row.number("fluctuation_mean"),
        "verdict": verdict.text,
        "paper": published.val_accuracy if published else None,
        "difference": gap,
    }
    runs = partial(_runs, states, figures, skin)
    return ScenarioRow(scenario, cells, {key: _sortable(value) for key, value in keys.items()}, runs)


def _runs(states: Sequence[RunState], figures: AnalysedView, skin: Skin) -> tuple[tuple[int, dict[str, Cell]], ...]:
    return tuple((state.spec.run, _run(state, figures.runs.get(state.spec.run, Figures()), skin)) for state in states)


def _run(state: RunState, row: Figures, skin: Skin) -> dict[str, Cell]:
    style = skin.text if state.status is RunStatus.DONE else skin.dim
    return {
        "label": Cell(f"seed {state.spec.seed}{f' {REUSED.symbol}' if state.reused_from else ''}", skin.dim),
        "epoch": Cell(_of(state.epochs_done, state.spec.epochs, [state]) if state.records else "–", style),
        "kept": Cell(_number(row.number("kept_epoch"), 0), style),
        "test": Cell(mean_sd(row.number("test_accuracy"), None), style),
        "mc": Cell(_number(row.number("mc_accuracy"), 2), style),
        "zeros": Cell(_percent(row.number("sparsity")), style),
        **_rates([state], skin),
        "accuracy": Cell(mean_sd(row.number("final_val_accuracy"), None), style),
        "best": Cell(_number(row.number("best_val_accuracy"), 2), style),
        "loss": Cell(_number(row.number("final_val_loss"), 4), style),
        "convergence": Cell(_number(row.number("convergence_epoch"), 0), style),
        "settled": Cell(_number(row.number("settling_epoch"), 0), style),
        "fluctuation": Cell(_number(row.number("fluctuation"), 2), style),
        "verdict": _run_state(state, row, skin),
    }


def _of(epoch: int, planned: int, states: Sequence[RunState]) -> str:
    """Return `37/100`, with the sign of early stopping where that is why a run ended there."""
    stopped = any(state.outcome is not None and state.outcome.stopped_early for state in states)
    return f"{epoch}/{planned}{f' {EARLY.symbol}' if stopped else ''}"


def _rates(states: Sequence[RunState], skin: Skin) -> dict[str, Cell]:
    """Return the rate the finder chose, and the suggestions of the range test."""
    found = next((state.spec for state in states if state.spec.found_lr is not None), states[0].spec)
    cells = {
        "lr": Cell(
            rate_text(found.found_lr if found.finds_lr else found.lr, found.finds_lr),
            skin.text if found.found_lr is not None else skin.dim,
        )
    }
    curve = next((state.finder for state in states if state.finder is not None), None)
    if curve is not None:
        cells["steps"] = Cell(f"{len(curve.points)}/{found.config.finder.iterations}", skin.text)
        cells |= {
            name: Cell(short_rate(lr), f"bold {skin.text}".strip() if lr == curve.chosen else skin.text)
            for name, lr in curve.suggestions.items()
        }
    return cells


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f}"


def _run_state(state: RunState, row: Figures, skin: Skin) -> Cell:
    verdict = row.text("verdict")
    if state.status is RunStatus.DONE and verdict:
        sign = VERDICT_SIGNS[verdict]
        at = row.number("diverged_at")
        text = f"{sign.symbol} div @{at}" if at is not None else sign.text  # in full it is wider than the column
        return Cell(text, getattr(skin, sign.style))
    sign = RUN_SIGNS[state.status]
    text = f"{sign.text}: {literal(state.message)}" if state.message else sign.text
    return Cell(text, getattr(skin, sign.style))


def _so_far(done: int, runs: int) -> str:
    return f"· {done} of {runs} done"


def _state(row: Figures, states: list[RunState], skin: Skin) -> Cell:
    """Return what a scenario is at: running, waiting, how it ended."""
    statuses = [state.status for state in states]
    if RunStatus.RUNNING in statuses:
        sign = RUN_SIGNS[RunStatus.RUNNING]
        return Cell(sign.text, skin.accent)
    done, waiting = statuses.count(RunStatus.DONE), statuses.count(RunStatus.WAITING)
    if waiting == len(statuses):
        sign = RUN_SIGNS[RunStatus.WAITING]
        return Cell(sign.text, skin.dim)
    if waiting:
        return Cell(_so_far(done, len(statuses)), skin.dim)
    if done and not row.text("verdict"):
        sign = RUN_SIGNS[RunStatus.DONE]
        return Cell(sign.text, skin.good)
    if not done:
        ended = (status for status in statuses if status not in (RunStatus.SKIPPED, RunStatus.ELSEWHERE))
        worst = next(ended, statuses[0])
        sign = RUN_SIGNS[worst]
        return Cell(sign.text, getattr(skin, sign.style))
    verdict = row.text("verdict")
    if verdict in VERDICT_SIGNS:
        sign = VERDICT_SIGNS[verdict]
        return Cell(sign.text, getattr(skin, sign.style))
    counts = [part.split(" ") for part in verdict.split(", ") if part]
    return Cell("mixed " + " ".join(f"{number}{VERDICT_SIGNS[word].symbol}" for number, word in counts), skin.warn)


def _epoch(states: list[RunState]) -> int:
    """Return the epoch of the run under way, else the fewest any begun run has."""
    running = [state.epochs_done for state in states if state.status is RunStatus.RUNNING]
    begun = [state.epochs_done for state in states if state.epochs_done]
    return max(running) if running else min(begun, default=0)


def _published(view: View, scenario: Scenario) -> Published | None:
    spec = view.study.runs[scenario.runs[0]]
    return next((figure for figure in view.study.published if figure.matches(spec)), None)


def _number(value: float | None, places: int) -> str:
    if value is None:
        return "–"
    return shown_number(value, 2) if not abs(value) < 10_000 else f"{value:.{places}f}"


def _sortable(value: Key) -> Key:
    return None if isinstance(value, float) and math.isnan(value) else value
