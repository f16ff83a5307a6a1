"""Results of the shipped experiments, made by hand: every figure a test relies on is written down in it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import polars as pl

from lrtui.analysis.columns import LAYERS, schema
from lrtui.analysis.frames import epochs_frame, runs_frame
from lrtui.analysis.result import StudyResult
from lrtui.study import preset
from lrtui.study.records import EpochRecord, RunStatus
from lrtui.study.spec import RunSpec, Study
from lrtui.study.states import RunState
from lrtui.text import format_value

Figures = Mapping[str, Any]
"""Of one arm: `losses` (by epoch from 0, of all replicates or a list for each), `layers` (rows of layers.parquet), `seconds` of
an epoch or by epoch, `lrs` by epoch, `grad_norm`; anything else is a column of runs.parquet, one value a replicate."""

LOSSES = (2.3, 1.0, 0.5, 0.4)


def arm_of(spec: RunSpec) -> str:
    """Return how tests call a run's arm: its variant, or the value of the one swept key."""
    return spec.variant or format_value(spec.swept[0][1])


def made(
    name: str, arms: Mapping[str, Figures], *, status: RunStatus = RunStatus.DONE, overrides: Sequence[str] = ()
) -> StudyResult:
    """Return a result of `lab/<name>`, or of `<name>` with its folder, over three seeds, each run with the figures of its arm."""
    study = preset.load(name if "/" in name else f"lab/{name}", ["sweep.replicates=3", *overrides])
    assert {arm_of(spec) for spec in study.runs} == set(arms)
    return measured(study, lambda spec: arms[arm_of(spec)], lambda _: status)


def measured(
    study: Study, figures: Callable[[RunSpec], Figures], status: Callable[[RunSpec], RunStatus]
) -> StudyResult:
    """Return a result of a study, every run with the figures and the status it is given."""
    states = [_state(spec, figures(spec), status(spec)) for spec in study.runs]
    frame = runs_frame(states)
    rows = [_row(row, spec, figures(spec)) for row, spec in zip(frame.to_dicts(), study.runs, strict=True)]
    layers = [{"run": spec.run, **row} for spec in study.runs for row in figures(spec).get("layers", ())]
    return StudyResult(
        study,
        pl.DataFrame(rows, schema=frame.schema),
        epochs_frame(states),
        pl.DataFrame(layers, schema=schema(LAYERS)),
    )


def layer(number: int, epoch: int = 3, *, name: str = "", **figures: Any) -> dict[str, Any]:
    """Return a row of layers.parquet, but for its run."""
    usual = {
        "epoch": epoch,
        "layer": number,
        "name": name or f"dense {number}",
        "units": 100,
        "activation_mean": 0.0,
        "activation_sd": 1.0,
        "dead": None,
        "saturated": None,
        "distinct_units": 100,
        "gradient_rms": 0.1,
        "update_ratio": None,
    }
    return {**usual, **figures}


def _state(spec: RunSpec, figures: Figures, status: RunStatus) -> RunState:
    losses = figures.get("losses", LOSSES)
    if isinstance(losses[0], Sequence):
        losses = losses[spec.replicate - 1]
    seconds = figures.get("seconds", 0.1)
    seconds = seconds if isinstance(seconds, Sequence) else [seconds] * len(losses)
    norm = figures.get("grad_norm", 1.0)
    rates = figures.get("lrs", [0.1] * len(losses))
    records = tuple(
        EpochRecord(spec.run, epoch, loss, 50.0, loss, 50.0, rates[epoch], 0.0, norm if epoch else None, seconds[epoch])
        for epoch, loss in enumerate(losses)
    )
    return RunState(spec, status, records)


def _row(row: dict[str, Any], spec: RunSpec, figures: Figures) -> dict[str, Any]:
    given = {key: values for key, values in figures.items() if key in row and key != "seconds"}
    return {**row, **{key: values[spec.replicate - 1] for key, values in given.items()}}
