"""Runs as they stand become tables, and tables become runs again."""

import math
from collections.abc import Callable

import polars as pl
import pytest

from lrtui.analysis.columns import EPOCHS, RUNS, schema
from lrtui.analysis.frames import epochs_frame, runs_frame, states_from_frames, study_result
from lrtui.study.records import EpochRecord, RunStatus
from lrtui.study.spec import RunSpec, Study
from lrtui.study.states import RunState


def trained(spec: RunSpec, status: RunStatus, losses: list[float]) -> RunState:
    records = tuple(
        EpochRecord(
            spec.run, epoch, loss, 40.0, loss, 50.0 + epoch, spec.lr, 0.0, None if epoch == 0 else 2.0, 0.1 * epoch
        )
        for epoch, loss in enumerate(losses)
    )
    return RunState(spec, status, records, seconds=sum(record.seconds for record in records))


@pytest.fixture
def mixed(study: Callable[..., Study]) -> tuple[Study, tuple[RunState, ...]]:
    """Return a study whose four runs are done, diverged, under way and waiting."""
    made = study(rates=[1e-2, 1e-1], replicates=2)
    fates = [
        (RunStatus.DONE, [2.0, 1.0, 0.5]),
        (RunStatus.DONE, [2.0, math.nan, math.inf]),
        (RunStatus.RUNNING, [2.0]),
        (RunStatus.WAITING, []),
    ]
    return made, tuple(trained(spec, *fate) for spec, fate in zip(made.runs, fates, strict=True))


def test_runs_have_the_documented_columns(mixed: tuple[Study, tuple[RunState, ...]]) -> None:
    _, states = mixed
    frame = runs_frame(states)
    assert dict(frame.schema) == schema(RUNS)
    assert frame["run"].to_list() == [1, 2, 3, 4]
    assert frame["status"].to_list() == ["done", "done", "running", "waiting"]
    assert frame["verdict"].to_list() == ["improving", "diverged", None, None]
    assert frame["epochs"].to_list() == [2, 2, 0, 0]
    assert frame["final_val_accuracy"].to_list() == [52.0, 52.0, None, None]
    assert frame["seed"].to_list() == [1, 2, 1, 2]
    assert frame["scenario"].to_list() == ["mlp-mnist-sgd-1e-2"] * 2 + ["mlp-mnist-sgd-1e-1"] * 2
    assert frame["final_val_loss"].to_list() == [0.5, math.inf, None, None]


def test_epochs_have_the_documented_columns_and_keep_nan(mixed: tuple[Study, tuple[RunState, ...]]) -> None:
    _, states = mixed
    frame = epochs_frame(states)
    assert dict(frame.schema) == schema(EPOCHS)
    assert frame.select("run", "epoch").rows() == [(1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (2, 2), (3, 0)]
    assert math.isnan(frame["val_loss"][4])
    assert frame["grad_norm"].to_list()[0] is None


def test_the_way_back_gives_the_same_runs(mixed: tuple[Study, tuple[RunState, ...]]) -> None:
    made, states = mixed
    result = study_result(made, states)
    shuffled = result.epochs.sample(fraction=1, shuffle=True, seed=1)
    back = states_from_frames(made, result.runs, shuffled)
    assert [(run.spec, run.status, run.seconds, len(run.records)) for run in back] == [
        (run.spec, run.status, run.seconds, len(run.records)) for run in states
    ]
    assert back[0].records == states[0].records
    assert runs_frame(back).equals(result.runs)
    assert epochs_frame(back).equals(result.epochs)


def test_a_run_without_a_row_is_waiting(mixed: tuple[Study, tuple[RunState, ...]]) -> None:
    made, states = mixed
    result = study_result(made, states)
    back = states_from_frames(made, result.runs.head(1), result.epochs.filter(pl.col("run") == 1))
    assert [run.status for run in back] == [RunStatus.DONE] + [RunStatus.WAITING] * 3


def test_other_swept_keys_become_columns_of_their_own_type(study: Callable[..., Study]) -> None:
    made = study(
        rates=[0.1],
        replicates=1,
        sweep={
            "model.hidden": [[64, 32], [16]],
            "optim.momentum": [0, 0.9],
            "data.train_limit": [100],
            "train.batch_size": [64],
            "data.scale": ["unit"],
        },
    )
    frame = runs_frame(RunState(spec) for spec in made.runs)
    others = {name: dtype for name, dtype in frame.schema.items() if name not in schema(RUNS)}
    assert others == {
        "model.hidden": pl.String,
        "optim.momentum": pl.Float64,
        "data.train_limit": pl.Int64,
        "data.scale": pl.String,
    }
    assert frame["model.hidden"].to_list() == ["64-32", "64-32", "16", "16"]
    assert frame["optim.momentum"].to_list() == [0.0, 0.9, 0.0, 0.9]


def test_a_swept_switch_is_boolean(study: Callable[..., Study]) -> None:
    made = study(rates=[0.1], replicates=1, optim={"momentum": 0.9}, sweep={"optim.nesterov": [True, False]})
    frame = runs_frame(RunState(spec) for spec in made.runs)
    assert frame["optim.nesterov"].to_list() == [True, False]


def test_no_runs_give_empty_tables() -> None:
    assert dict(runs_frame([]).schema) == schema(RUNS)
    assert dict(epochs_frame([]).schema) == schema(EPOCHS)


def test_every_column_is_described_once() -> None:
    for columns in (RUNS, EPOCHS):
        names = [column.name for column in columns]
        assert len(set(names)) == len(names)
        assert all(column.meaning for column in columns)
