"""From runs as they stand to tables, and back."""

from collections.abc import Iterable
from typing import Any

import polars as pl

from lrtui.analysis.columns import EPOCHS, RUNS, schema
from lrtui.analysis.indicators import indicators
from lrtui.analysis.result import StudyResult
from lrtui.engine.board import RunState
from lrtui.study.records import EpochRecord, RunStatus
from lrtui.study.spec import Study
from lrtui.text import format_value

_EPOCH_NAMES = tuple(column.name for column in EPOCHS)


def study_result(study: Study, states: Iterable[RunState]) -> StudyResult:
    """Return the study as its runs stand."""
    states = tuple(states)
    return StudyResult(study, runs_frame(states), epochs_frame(states))


def runs_frame(states: Iterable[RunState]) -> pl.DataFrame:
    """Return one row per run of one study: the columns of `columns.RUNS`, then one per other swept key.

    A swept list becomes the text it has in the scenario's label. Figures of a run under way are those so far; they
    are null before its first epoch (`seconds` and `epochs` are 0).
    """
    states = tuple(states)
    rows = [_run_row(state) for state in states]
    data = {column.name: [row[column.name] for row in rows] for column in RUNS}
    frame = pl.DataFrame(data, schema=schema(RUNS))
    others = [dict(state.spec.other_swept) for state in states]
    keys = dict.fromkeys(key for other in others for key in other)
    return frame.with_columns(_swept_column(key, [other.get(key) for other in others]) for key in keys)


def epochs_frame(states: Iterable[RunState]) -> pl.DataFrame:
    """Return one row per run and measured epoch (epoch 0 too), in that order: the columns of `columns.EPOCHS`."""
    records = [record for state in states for record in state.records]
    data = {name: [getattr(record, name) for record in records] for name in _EPOCH_NAMES}
    return pl.DataFrame(data, schema=schema(EPOCHS))


def states_from_frames(study: Study, runs: pl.DataFrame, epochs: pl.DataFrame) -> tuple[RunState, ...]:
    """Return the study's runs as the tables have them, in the study's order; a run without a row is waiting."""
    statuses = dict(runs.select("run", "status").iter_rows())
    records: dict[int, list[EpochRecord]] = {}
    for row in epochs.select(_EPOCH_NAMES).sort("run", "epoch").iter_rows():
        records.setdefault(row[0], []).append(EpochRecord(*row))
    return tuple(
        RunState(
            spec,
            status=RunStatus(statuses.get(spec.run, RunStatus.WAITING)),
            records=tuple(records.get(spec.run, ())),
            seconds=sum(record.seconds for record in records.get(spec.run, ())),
        )
        for spec in study.runs
    )


def _run_row(state: RunState) -> dict[str, Any]:
    spec = state.spec
    found = indicators(state.records, spec.config.indicators)
    return {
        "run": spec.run,
        "scenario": spec.scenario,
        "model": spec.model,
        "dataset": spec.dataset,
        "optimizer": spec.optimizer,
        "lr": spec.lr,
        "batch_size": spec.batch_size,
        "replicate": spec.replicate,
        "seed": spec.seed,
        "status": state.status.value,
        "verdict": None if found.verdict is None else found.verdict.value,
        "epochs": found.epochs,
        "final_val_accuracy": found.final_val_accuracy,
        "best_val_accuracy": found.best_val_accuracy,
        "best_epoch": found.best_epoch,
        "final_val_loss": found.final_val_loss,
        "convergence_epoch": found.convergence_epoch,
        "fluctuation": found.fluctuation,
        "worst_jump": found.worst_jump,
        "diverged_at": found.diverged_at,
        "seconds": found.seconds,
    }


def _swept_column(key: str, values: list[Any]) -> pl.Series:
    """Return the values under their own type; whole and broken numbers mixed as Float64, anything else as text."""
    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return pl.Series(key, values, pl.Boolean())
    if kinds == {int}:
        return pl.Series(key, values, pl.Int64())
    if kinds <= {int, float}:
        return pl.Series(key, [None if value is None else float(value) for value in values], pl.Float64())
    return pl.Series(key, [None if value is None else format_value(value) for value in values], pl.String())
