"""From runs as they stand to tables, and back."""

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from lrtui.analysis.columns import CURVATURE, EPOCHS, FINDER, LAYERS, RUNS, Column, schema
from lrtui.analysis.indicators import indicators
from lrtui.analysis.outcomes import outcome_columns, outcome_from
from lrtui.analysis.result import StudyResult
from lrtui.study.records import CurvatureRecord, EpochRecord, FinderCurve, FinderPoint, LayerRecord, Outcome, RunStatus
from lrtui.study.spec import RunSpec, Study
from lrtui.study.states import RunState, asked_for, first_state
from lrtui.text import format_value

_EPOCHS = list(schema(EPOCHS))
_ACCURACIES = ("train_accuracy", "val_accuracy")
_SUGGESTIONS = ("valley", "steepest", "minimum_tenth", "chosen", "doubt")


def study_result(study: Study, states: Iterable[RunState]) -> StudyResult:
    """Return the study as its runs stand."""
    states = asked_for(study, states)
    records = [record for state in states for record in state.records]
    curvature = curvature_frame(records)
    return StudyResult(
        study, runs_frame(states), records_frame(records), layers_frame(records), finder_frame(states), curvature
    )


def runs_frame(states: Iterable[RunState], specs: Iterable[RunSpec] = ()) -> pl.DataFrame:
    """Return one row per run of one study: the columns of `columns.RUNS`, then one per other swept key.

    `specs` are all runs of the study, if `states` are only some: the columns are the same then.

    A swept list becomes the text it has in the scenario's label. Figures of a run under way are those so far; they
    are null before its first epoch (`seconds` and `epochs` are 0).
    """
    states = tuple(states)
    rows = [_run_row(state) for state in states]
    data = {column.name: [row[column.name] for row in rows] for column in RUNS}
    frame = pl.DataFrame(data, schema=schema(RUNS))
    others = [dict(state.spec.other_swept) for state in states]
    kinds: dict[str, set[type]] = {}
    for key, value in (pair for spec in specs or (state.spec for state in states) for pair in spec.other_swept):
        kinds.setdefault(key, set()).add(type(value))
    return frame.with_columns(
        _swept_column(key, [other.get(key) for other in others], kinds[key] - {type(None)}) for key in kinds
    )


def epochs_frame(states: Iterable[RunState]) -> pl.DataFrame:
    """Return one row per run and measured epoch (epoch 0 too), in that order: the columns of `columns.EPOCHS`."""
    return records_frame(record for state in states for record in state.records)


def records_frame(records: Iterable[EpochRecord]) -> pl.DataFrame:
    """Return one row per epoch: the columns of `columns.EPOCHS`."""
    return known_accuracies(_attributes_frame(records, EPOCHS))


def known_accuracies(epochs: pl.DataFrame) -> pl.DataFrame:
    """Return epochs without the accuracies of a network whose loss is not a number: what it says is no answer."""
    pairs = (("train_loss", "train_accuracy"), ("val_loss", "val_accuracy"))
    return epochs.with_columns(
        pl.when(~pl.col(loss).is_nan()).then(pl.col(accuracy).fill_nan(None)) for loss, accuracy in pairs
    )


def layers_frame(records: Iterable[EpochRecord]) -> pl.DataFrame:
    """Return one row per epoch and layer, or time step, whose health was measured: the columns of `columns.LAYERS`."""
    return _attributes_frame((layer for record in records for layer in record.layers), LAYERS)


def curvature_frame(records: Iterable[EpochRecord]) -> pl.DataFrame:
    """Return one row per epoch after which the curvature was measured: the columns of `columns.CURVATURE`."""
    return _attributes_frame((record.curvature for record in records if record.curvature), CURVATURE)


def finder_frame(states: Iterable[RunState]) -> pl.DataFrame:
    """Return one row per step of every range test there is: the columns of `columns.FINDER`."""
    rows = [
        (state.spec.run, state.spec.scenario, number, *dataclasses.astuple(point), *suggestions)
        for state in states
        if (curve := state.finder) is not None
        for suggestions in [[getattr(curve, name) for name in _SUGGESTIONS]]
        for number, point in enumerate(curve.points, start=1)
    ]
    return pl.DataFrame(rows, schema=schema(FINDER), orient="row")


def states_from_frames(
    study: Study,
    runs: pl.DataFrame,
    epochs: pl.DataFrame,
    layers: pl.DataFrame | None = None,
    finder: pl.DataFrame | None = None,
    curvature: pl.DataFrame | None = None,
) -> tuple[RunState, ...]:
    """Return the study's runs as the tables have them, in the study's order; a run without a row is waiting.

    Range tests are those that were over.
    """
    rows = {row["run"]: row for row in runs.iter_rows(named=True)}
    records = _records(epochs, layers, curvature)
    curves = _curves(finder)
    chosen = {spec.scenario: curves[spec.run].chosen for spec in study.runs if spec.run in curves}
    return tuple(
        RunState(
            _with_rate(spec, rows.get(spec.run), chosen.get(spec.scenario)),
            status=RunStatus(rows[spec.run]["status"]) if spec.run in rows else first_state(study, spec).status,
            records=tuple(records.get(spec.run, ())),
            seconds=sum(record.seconds for record in records.get(spec.run, ())),
            outcome=outcome_from(spec.run, rows[spec.run]) if spec.run in rows else None,
            finder=curves.get(spec.run),
            message=_text(rows.get(spec.run), "message"),
            run_key=_text(rows.get(spec.run), "run_key"),
            reused_from=_text(rows.get(spec.run), "reused_from"),
            continued_from=_text(rows.get(spec.run), "continued_from"),
        )
        for spec in study.runs
    )


def with_newer_rows(
    study: Study,
    states: Sequence[RunState],
    runs: pl.DataFrame,
    epochs: pl.DataFrame,
    layers: pl.DataFrame,
    finder: pl.DataFrame,
    curvature: pl.DataFrame | None = None,
) -> tuple[RunState, ...]:
    """Return `states`, which are the study's runs, with what newer rows of its tables say.

    Epochs that a run has already are not taken in again; a run of which nothing is new stays the same object.
    """
    touched = {*runs["run"], *epochs["run"]} | (set() if finder.is_empty() else {spec.run for spec in study.runs})
    if not touched:
        return tuple(states)
    rows = set(runs["run"])
    newer = states_from_frames(study, runs, epochs, layers, finder, curvature)
    return tuple(
        _renewed(state, new, has_row=state.spec.run in rows) if state.spec.run in touched else state
        for state, new in zip(states, newer, strict=True)
    )


def _renewed(state: RunState, new: RunState, *, has_row: bool) -> RunState:
    last = state.records[-1].epoch if state.records else -1
    records = (*state.records, *(record for record in new.records if record.epoch > last))
    renewed = dataclasses.replace(
        state,
        spec=new.spec if has_row or new.spec.found_lr is not None else state.spec,
        status=new.status if has_row else state.status,
        records=records,
        seconds=sum(record.seconds for record in records),
        message=new.message if has_row else state.message,
        outcome=new.outcome if has_row else state.outcome,
        finder=new.finder or state.finder,
        run_key=new.run_key or state.run_key,
        reused_from=new.reused_from or state.reused_from,
    )
    return state if renewed == state else renewed


def _records(
    epochs: pl.DataFrame, layers: pl.DataFrame | None, curvature: pl.DataFrame | None
) -> dict[int, list[EpochRecord]]:
    """Return the records of every run, in order, each with its layers and its curvature."""
    health: dict[tuple[int, int], list[LayerRecord]] = {}
    if layers is not None:
        for row in layers.select(list(schema(LAYERS))).sort("run", "epoch", "layer", "step").iter_rows():
            health.setdefault(row[:2], []).append(LayerRecord(*row))
    around: dict[tuple[int, int], CurvatureRecord] = {}
    if curvature is not None:
        for row in curvature.select(list(schema(CURVATURE))).iter_rows():
            around[row[:2]] = CurvatureRecord(*row)
    records: dict[int, list[EpochRecord]] = {}
    whole = epochs.select(_EPOCHS).with_columns(pl.col(_ACCURACIES).fill_null(math.nan)).sort("run", "epoch")
    for row in whole.iter_rows():
        besides = (tuple(health.get(row[:2], ())), around.get(row[:2]))
        records.setdefault(row[0], []).append(EpochRecord(*(*row, *besides)))
    return records


def _curves(finder: pl.DataFrame | None) -> dict[int, FinderCurve]:
    """Return the range test of every run that one was made with."""
    if finder is None:
        return {}
    curves = {}
    for (run,), rows in finder.sort("run", "iteration").group_by("run", maintain_order=True):
        points = tuple(
            FinderPoint(*point) for point in rows.select("lr", "loss", "smoothed", "low", "high").iter_rows()
        )
        suggestions = rows.select(*_SUGGESTIONS[:-1], pl.col("doubt").fill_null("")).row(0, named=True)
        curves[int(run)] = FinderCurve(points, over=True, **suggestions)
    return curves


def _with_rate(spec: RunSpec, row: Mapping[str, Any] | None, chosen: float | None) -> RunSpec:
    """Return the spec with the rate the finder chose: the one in the run's row, else its scenario's."""
    if not spec.finds_lr:
        return spec
    found = chosen if row is None or row["lr"] is None else row["lr"]
    return dataclasses.replace(spec, found_lr=found)


def _text(row: Mapping[str, Any] | None, column: str) -> str:
    return (row or {}).get(column) or ""


def _run_row(state: RunState) -> dict[str, Any]:
    spec, outcome = state.spec, state.outcome
    found = indicators(state.records, spec.config, outcome)
    trained = [record.seconds for record in state.records if record.epoch > 0]
    return {
        "run": spec.run,
        "scenario": spec.scenario,
        "variant": spec.variant or None,
        "model": spec.model,
        "dataset": spec.dataset,
        "task": spec.config.task.name,
        "optimizer": spec.optimizer,
        "lr": None if math.isnan(spec.lr) else spec.lr,
        "lr_found": spec.finds_lr,
        "batch_size": spec.batch_size,
        "chance_loss": spec.config.data.nothing,
        "replicate": spec.replicate,
        "seed": spec.seed,
        "status": state.status.value,
        **dataclasses.asdict(found),
        "verdict": None if found.verdict is None else found.verdict.value,
        "seconds_per_epoch": sum(trained) / len(trained) if trained else None,
        "seconds_to_best": _seconds_to_best(state, outcome, found.best_val_loss_epoch),
        **outcome_columns(outcome),
        "message": state.message or None,
        "run_key": state.run_key or None,
        "reused_from": state.reused_from or None,
        "continued_from": state.continued_from or None,
    }


def _seconds_to_best(state: RunState, outcome: Outcome | None, lowest: int | None) -> float | None:
    stopping = state.spec.config.early_stopping
    restored = outcome is not None and stopping.patience is not None and stopping.restore_best
    best = outcome.kept_epoch if restored and outcome is not None else lowest
    return None if best is None else sum(record.seconds for record in state.records if record.epoch <= best)


def _attributes_frame(things: Iterable[object], columns: tuple[Column, ...]) -> pl.DataFrame:
    """Return one row per thing, its attributes under their own names."""
    things = list(things)
    data = {column.name: [getattr(thing, column.name) for thing in things] for column in columns}
    return pl.DataFrame(data, schema=schema(columns))


def _swept_column(key: str, values: list[Any], kinds: set[type]) -> pl.Series:
    """Return the values under their own type; whole and broken numbers mixed as Float64, anything else as text."""
    if kinds == {bool}:
        return pl.Series(key, values, pl.Boolean())
    if kinds == {int}:
        return pl.Series(key, values, pl.Int64())
    if kinds <= {int, float}:
        return pl.Series(key, [None if value is None else float(value) for value in values], pl.Float64())
    return pl.Series(key, [None if value is None else format_value(value) for value in values], pl.String())
