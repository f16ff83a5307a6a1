"""What a results table holds."""

import pytest

from lrtui.errors import InputError
from lrtui.report.cells import Column, Table
from lrtui.report.table import results_table
from lrtui.study.records import RunStatus
from tests.report.made import NAN, Saved, mixed, paper, state, study, waiting


def small(table: dict[str, object], *statuses: RunStatus) -> Saved:
    base = {"title": "Small", "data": {"name": "digits"}, "model": {"name": "mlp"}, "optim": {"name": "sgd", "lr": 0.1}}
    made = study("small", {**base, **table})
    states = [
        waiting(spec) if status is RunStatus.WAITING else state(spec, [2.0, 1.0], [10, 50], status)
        for spec, status in zip(made.runs, statuses, strict=True)
    ]
    return Saved(made, tuple(states))


def test_figures_are_rounded_once_as_their_column_says() -> None:
    columns = [Column("a", "a", "fixed", 2), Column("b", "b", "rate"), Column("c", "c", "number")]
    table = Table.of("", columns, [(66.6666, 0.1 + 0.2, 1 / 3), (-0.001, 1e-5, 11.0)])
    assert table.rows == ((66.67, 0.3, 0.333333333333), (0.0, 1e-5, 11.0))
    assert str(table.rows[1][0]) == "0.0"
    assert table.shown("–") == [["66.67", "3e-1", "0.333333333333"], ["0.00", "1e-5", "11"]]


def test_a_huge_loss_keeps_four_digits_instead_of_thirty() -> None:
    table = Table.of("", [Column("a", "a", "fixed", 4)], [(3.14159e30,), (999999.0,)])
    assert table.shown("–") == [["3.142e+30"], ["999999.0000"]]
    assert table.rows[0][0] == 3.142e30


def test_a_row_needs_a_cell_for_every_column() -> None:
    with pytest.raises(ValueError, match="shorter"):
        Table.of("", [Column("a", "a"), Column("b", "b")], [("x",)])


def test_columns_are_the_coordinates_that_vary_and_the_figures() -> None:
    table = results_table(mixed().result)
    assert [column.key for column in table.columns] == [
        "lr",
        "model.hidden",
        "n",
        "epochs",
        "val_accuracy_mean",
        "val_accuracy_sd",
        "best_val_accuracy_mean",
        "final_val_loss_mean",
        "convergence_epoch_median",
        "fluctuation_mean",
        "diverged",
        "verdict",
        "state",
    ]
    assert (
        table.note == "model mlp, data digits, optimizer sgd, batch 32, 6 epochs; unfinished scenarios: figures so far"
    )


def test_a_scenario_has_mean_and_sample_sd_of_its_finished_runs() -> None:
    first = results_table(mixed().result).records()[0]
    assert (first["n"], first["epochs"], first["diverged"]) == (2, 6, 0)
    assert first["val_accuracy_mean"] == 90.75  # of 91.504 and 90.005
    assert first["val_accuracy_sd"] == 1.06
    assert first["final_val_loss_mean"] == 0.4018
    assert first["verdict"] == "1 converged, 1 improving"


def test_diverged_runs_have_a_row_like_any_other() -> None:
    second = results_table(mixed().result).records()[1]
    assert (second["diverged"], second["verdict"], second["state"]) == (2, "diverged", "done")
    assert second["final_val_loss_mean"] != second["final_val_loss_mean"]
    third = results_table(mixed().result, per="run").records()[2]
    assert (third["diverged_at"], third["verdict"], third["status"]) == (2, "diverged", "done")


def test_what_is_not_done_is_there_and_says_so() -> None:
    rows = results_table(mixed().result).records()
    assert [row["state"] for row in rows] == ["done", "done", "1 done, 1 stopped", "unfinished: 1 running, 1 waiting"]
    assert [row["n"] for row in rows] == [2, 2, 1, 0]
    assert rows[3]["val_accuracy_mean"] == 55.5
    statuses = [row["status"] for row in results_table(mixed().result, per="run").records()]
    assert statuses == ["done"] * 5 + ["stopped", "running", "waiting"]


@pytest.mark.parametrize("status", [RunStatus.WAITING, RunStatus.SKIPPED])
def test_a_scenario_without_an_epoch_has_no_figures_at_all(status: RunStatus) -> None:
    saved = small({}, RunStatus.WAITING)
    saved = Saved(saved.study, tuple(type(run)(run.spec, status) for run in saved.states))
    (row,) = results_table(saved.result).records()
    assert row == {
        "lr": 0.1,
        "n": 0,
        "epochs": None,
        "val_accuracy_mean": None,
        "val_accuracy_sd": None,
        "best_val_accuracy_mean": None,
        "final_val_loss_mean": None,
        "convergence_epoch_median": None,
        "fluctuation_mean": None,
        "diverged": None,
        "verdict": None,
        "state": status.value,
    }


def test_a_finished_study_needs_no_state() -> None:
    table = results_table(paper().result)
    assert "state" not in [column.key for column in table.columns]
    assert table.note == "model mlp, data mnist, optimizer sgd, batch 64, 30 epochs"


@pytest.mark.parametrize(
    ("sweep", "keys", "cells"),
    [
        ({"optim.momentum": [0.9, 0.99999]}, ["lr", "optim.momentum"], ["0.9", "0.99999"]),
        ({"optim.nesterov": [False]}, ["lr"], ["1e-1"]),
        ({"train.batch_size": [16, 32]}, ["lr", "batch_size"], ["16", "32"]),
        ({"model.activation": ["relu", "tanh"]}, ["lr", "model.activation"], ["relu", "tanh"]),
        ({"data.name": ["digits", "synthetic"]}, ["dataset", "lr"], ["1e-1", "1e-1"]),
    ],
)
def test_any_swept_key_gets_a_column_where_it_varies(
    sweep: dict[str, list[object]], keys: list[str], cells: list[str]
) -> None:
    count = len(next(iter(sweep.values())))
    table = results_table(small({"sweep": sweep}, *[RunStatus.DONE] * count).result)
    assert [column.key for column in table.columns if column.identifies] == keys
    assert [row[len(keys) - 1] for row in table.shown("–")] == cells


def test_two_swept_truth_values_read_as_in_a_preset() -> None:
    optim = {"name": "sgd", "lr": 0.1, "momentum": 0.9}
    saved = small({"optim": optim, "sweep": {"optim.nesterov": [False, True]}}, RunStatus.DONE, RunStatus.DONE)
    assert [row["optim.nesterov"] for row in results_table(saved.result).records()] == ["false", "true"]


def test_wrong_words_are_refused() -> None:
    with pytest.raises(InputError, match="expected scenario or run"):
        results_table(paper().result, per="epoch")
    with pytest.raises(InputError, match="expected en or id"):
        results_table(paper().result, lang="fr")
    with pytest.raises(InputError, match="one row per scenario"):
        results_table(paper().result, per="run", lang="id")


def test_nan_accuracy_cannot_be_but_nan_loss_stays_nan() -> None:
    saved = small({}, RunStatus.DONE)
    lost = state(saved.study.runs[0], [2.0, NAN], [10, 9.8])
    row = results_table(Saved(saved.study, (lost,)).result, per="run").records()[0]
    assert str(row["final_val_loss"]) == "nan"
    assert row["final_val_accuracy"] == 9.8
