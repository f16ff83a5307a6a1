"""Replicate statistics against a second implementation, and what counts."""

import math
import statistics
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrtui.analysis.columns import RUNS, SCENARIOS, schema
from lrtui.analysis.frames import runs_frame
from lrtui.analysis.result import StudyResult
from lrtui.analysis.scenarios import scenarios


def one(frame: pl.DataFrame, scenario: str) -> dict[str, Any]:
    return frame.row(by_predicate=pl.col("scenario") == scenario, named=True)


def test_the_columns_are_the_documented_ones(measured: Callable[..., StudyResult]) -> None:
    assert dict(scenarios(measured({0.1: [90.0]}).runs).schema) == schema(SCENARIOS)
    assert dict(scenarios(runs_frame([])).schema) == schema(SCENARIOS)


def test_other_swept_columns_stand_after_the_coordinates(measured: Callable[..., StudyResult]) -> None:
    result = measured({0.1: [90.0, 92.0]}, sweep={"optim.momentum": [0.0, 0.9]})
    frame = scenarios(result.runs)
    assert frame.columns.index("optim.momentum") == frame.columns.index("batch_size") + 1
    assert frame["optim.momentum"].to_list() == [0.0, 0.9]


def test_figures_of_three_replicates_by_hand(measured: Callable[..., StudyResult]) -> None:
    def run(accuracy: float, **more: Any) -> dict[str, Any]:
        return {"final_val_accuracy": accuracy, **more}

    result = measured(
        {
            1e-1: [
                run(
                    90.0,
                    verdict="settled",
                    convergence_epoch=11,
                    fluctuation=0.1,
                    worst_jump=0.2,
                    best_val_accuracy=91.0,
                ),
                run(
                    92.0,
                    verdict="settled",
                    convergence_epoch=14,
                    fluctuation=0.2,
                    worst_jump=0.4,
                    best_val_accuracy=92.0,
                ),
                run(
                    10.0,
                    verdict="diverged",
                    fluctuation=None,
                    worst_jump=None,
                    final_val_loss=math.nan,
                    best_val_accuracy=30.0,
                ),
            ],
            1e-2: [80.0],
        }
    )
    row = one(scenarios(result.runs), "mlp-mnist-sgd-1e-1")
    assert (row["n"], row["unfinished"], row["waiting"], row["epochs"]) == (3, 0, 0, 30)
    assert row["val_accuracy_mean"] == pytest.approx(64.0)
    # deviations 26, 28, −54: (676 + 784 + 2916) / 2 = 2188
    assert row["val_accuracy_sd"] == pytest.approx(math.sqrt(2188))
    assert row["best_val_accuracy_mean"] == pytest.approx(71.0)
    assert row["convergence_epoch_median"] == 12.5
    assert (row["converged"], row["settled"], row["diverged"], row["stalled"]) == (2, 2, 1, 0)
    assert row["verdict"] == "2 settled, 1 diverged"
    assert row["fluctuation_mean"] == pytest.approx(0.15)
    assert row["worst_jump_mean"] == pytest.approx(0.3)
    assert math.isnan(row["final_val_loss_mean"])


def test_means_and_spread_of_what_was_measured_after_training(measured: Callable[..., StudyResult]) -> None:
    def run(test: float, kept: int) -> dict[str, Any]:
        return {"test_accuracy": test, "kept_epoch": kept, "seconds_to_best": 2.0 * kept, "best_val_loss": 0.5}

    row = scenarios(measured({1e-2: [run(50.0, 4), run(52.0, 8), run(54.0, 12)]}).runs).row(0, named=True)
    assert (row["test_accuracy_mean"], row["test_accuracy_sd"]) == (52.0, 2.0)
    assert (row["kept_epoch_mean"], row["kept_epoch_sd"]) == (8.0, 4.0)
    assert (row["seconds_to_best_mean"], row["seconds_to_best_sd"]) == (16.0, 8.0)
    assert (row["best_val_loss_mean"], row["epochs_mean"]) == (0.5, 30.0)
    assert (row["mc_accuracy_mean"], row["sparsity_sd"]) == (None, None)


def test_one_replicate_has_no_spread(measured: Callable[..., StudyResult]) -> None:
    row = scenarios(measured({1e-2: [80.0]}).runs).row(0, named=True)
    assert (row["n"], row["val_accuracy_mean"], row["val_accuracy_sd"]) == (1, 80.0, None)
    assert (row["verdict"], row["convergence_epoch_median"]) == ("improving", None)


def test_only_done_runs_count_unless_there_are_none(measured: Callable[..., StudyResult]) -> None:
    cut = {"final_val_accuracy": 50.0, "status": "stopped", "epochs": 4}
    running = {"final_val_accuracy": 20.0, "status": "running", "epochs": 2}
    unbegun = {"final_val_accuracy": None, "status": "running", "epochs": 0, "verdict": None, "fluctuation": None}
    result = measured({1e-1: [90.0, cut, unbegun], 1e-2: [cut, running, unbegun], 1e-3: [unbegun]})

    strict, partial = scenarios(result.runs), scenarios(result.runs, partial=True)
    for frame in (strict, partial):
        assert frame.select("n", "unfinished", "waiting").rows() == [(1, 1, 1), (0, 2, 1), (0, 0, 3)]
        assert frame["scenario"].to_list() == ["mlp-mnist-sgd-1e-1", "mlp-mnist-sgd-1e-2", "mlp-mnist-sgd-1e-3"]
    assert strict["val_accuracy_mean"].to_list() == [90.0, None, None]
    assert strict["epochs"].to_list() == [30, None, None]
    assert strict["verdict"].to_list() == ["improving", None, None]
    assert strict["diverged"].to_list() == [0, 0, 0]
    assert partial["val_accuracy_mean"].to_list() == [90.0, 35.0, None]
    assert partial["epochs"].to_list() == [30, 2, None]


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abc"),
            st.floats(0, 100),
            st.sampled_from(["done", "done", "stopped"]),
            st.sampled_from(["settled", "diverged", "stalled", "improving"]),
            st.integers(2, 30),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_statistics_against_numpy(rows: list[tuple[str, float, str, str, int]]) -> None:
    names = ("scenario", "final_val_accuracy", "status", "verdict", "convergence_epoch")
    runs = pl.DataFrame(
        [dict.fromkeys(schema(RUNS)) | {"epochs": 3} | dict(zip(names, row, strict=True)) for row in rows],
        schema=schema(RUNS),
    ).with_columns(convergence_epoch=pl.when(pl.col("verdict") == "settled").then("convergence_epoch"))
    frame = scenarios(runs)
    assert frame["scenario"].to_list() == list(dict.fromkeys(row[0] for row in rows))
    for row in frame.iter_rows(named=True):
        done = [run for run in rows if run[0] == row["scenario"] and run[2] == "done"]
        accuracies = [run[1] for run in done]
        epochs = [run[4] for run in done if run[3] == "settled"]
        assert row["n"] == len(done)
        assert row["unfinished"] == sum(run[0] == row["scenario"] for run in rows) - len(done)
        assert row["val_accuracy_mean"] == (pytest.approx(np.mean(accuracies)) if done else None)
        assert row["val_accuracy_sd"] == (
            pytest.approx(np.std(accuracies, ddof=1), abs=1e-9) if len(done) > 1 else None
        )
        assert row["convergence_epoch_median"] == (statistics.median(epochs) if epochs else None)
        assert row["converged"] == len(epochs)
        assert row["diverged"] == sum(run[3] == "diverged" for run in done)
