"""What a results table holds."""

from dataclasses import replace

import pytest

from lrtui.errors import InputError
from lrtui.report.cells import Column, Table
from lrtui.report.render import FORMATS, render
from lrtui.report.table import results_table
from lrtui.study.records import FinderCurve, FinderPoint, McFigures, RunStatus
from tests.report.made import NAN, Saved, mixed, outcome, paper, state, study, variants, waiting


def small(table: dict[str, object], *statuses: RunStatus) -> Saved:
    base = {"title": "Small", "data": {"name": "digits"}, "model": {"name": "mlp"}, "optim": {"name": "sgd", "lr": 0.1}}
    made = study("small", {**base, **table})
    states = [
        waiting(spec) if status is RunStatus.WAITING else state(spec, [2.0, 1.0], [10, 50], status)
        for spec, status in zip(made.runs, statuses, strict=True)
    ]
    return Saved(made, tuple(states))


def test_people_are_shown_rounded_figures_and_programs_all_digits() -> None:
    columns = [Column("a", "a", "fixed", 2), Column("b", "b", "rate"), Column("c", "c", "number")]
    table = Table.of("", columns, [(66.6666, 0.1 + 0.2, 1 / 3), (-0.001, 1e-5, 11.0)])
    assert table.rows == ((66.6666, 0.1 + 0.2, 1 / 3), (-0.001, 1e-5, 11.0))
    assert table.shown("–") == [["66.67", "3e-1", "0.333333333333"], ["0.00", "1e-5", "11"]]


def test_a_huge_loss_keeps_four_digits_instead_of_thirty() -> None:
    table = Table.of("", [Column("a", "a", "fixed", 4)], [(3.14159e30,), (999999.0,)])
    assert table.shown("–") == [["3.142e30"], ["999999.0000"]]


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
        "verdict",
        "settling_epoch_median",
        "convergence_epoch_median",
        "fluctuation_mean",
        "diverged",
        "state",
    ]
    assert (
        table.note == "model mlp, data digits, optimizer sgd, batch 32, 6 epochs; unfinished scenarios: figures so far"
    )


def test_a_scenario_has_mean_and_sample_sd_of_its_finished_runs() -> None:
    first = results_table(mixed().result).records()[0]
    assert (first["n"], first["epochs"], first["diverged"]) == (2, 6, 0)
    assert first["val_accuracy_mean"] == (91.504 + 90.005) / 2
    assert first["val_accuracy_sd"] == pytest.approx((91.504 - 90.005) / 2**0.5)
    assert first["final_val_loss_mean"] == (0.3961234 + 0.4075) / 2
    assert first["verdict"] == "1 settled, 1 improving"


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
        "settling_epoch_median": None,
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
    with pytest.raises(InputError, match="expected scenario, run or epoch"):
        results_table(paper().result, per="layer")
    with pytest.raises(InputError, match="expected en or id"):
        results_table(paper().result, lang="fr")
    with pytest.raises(InputError, match="one row per scenario"):
        results_table(paper().result, per="run", lang="id")


def test_a_row_per_epoch_is_epochs_parquet() -> None:
    result = paper().result
    table = results_table(result, per="epoch")
    assert [column.key for column in table.columns] == result.epochs.columns
    assert len(table.rows) == len(result.epochs)
    assert all(render(table, fmt) for fmt in FORMATS)


def test_a_network_that_gives_nan_has_no_accuracy() -> None:
    saved = small({}, RunStatus.DONE)
    lost = state(saved.study.runs[0], [2.0, NAN], [10, 9.8])
    row = results_table(Saved(saved.study, (lost,)).result, per="run").records()[0]
    assert str(row["final_val_loss"]) == "nan"
    assert (row["final_val_accuracy"], row["best_val_accuracy"]) == (None, None)


def test_variants_stand_first_and_what_was_measured_after_training_has_columns() -> None:
    table = results_table(variants().result)
    assert [column.header for column in table.columns if column.identifies] == ["variant", "optimizer", "lr"]
    plain, adam = table.records()
    assert (plain["variant"], plain["optimizer"], plain["lr"]) == ("plain", "sgd", 0.1)
    assert (plain["val_accuracy_mean"], plain["test_accuracy_mean"], plain["test_accuracy_sd"]) == (
        71.5,
        69.5,
        0.5**0.5,
    )
    assert (adam["epochs"], adam["kept_epoch_mean"]) == (4, 2.0)
    assert not {"mc_accuracy_mean", "sparsity_mean"} & {column.key for column in table.columns}
    first = results_table(variants().result, per="run").records()[0]
    assert (first["test_accuracy"], first["kept_epoch"], first["epochs"]) == (69.0, 2, 4)


def test_figures_of_pruning_and_mc_dropout_have_columns_where_there_are_any() -> None:
    saved = variants()
    mc = McFigures(samples=10, accuracy=71.25, loss=0.5, sd=0.1, entropy=0.6, seconds=1.0)
    states = [
        replace(run, outcome=outcome(run.spec.run, 2, sparsity=0.9, mc=mc)) if run.spec.variant == "adam" else run
        for run in saved.states
    ]
    rows = results_table(replace(saved, states=tuple(states)).result).records()
    assert [(row["sparsity_mean"], row["mc_accuracy_mean"]) for row in rows] == [(0.0, None), (0.9, 71.25)]


def test_test_accuracy_has_no_column_where_the_test_images_validate() -> None:
    saved = small({}, RunStatus.DONE)
    saved = replace(saved, states=tuple(replace(run, outcome=outcome(1, 1)) for run in saved.states))
    keys = [column.key for column in results_table(saved.result).columns]
    assert not {"test_accuracy_mean", "kept_epoch_mean"} & set(keys)


def test_a_rate_that_the_finder_chose_is_said_to_be_and_an_unknown_one_is_missing() -> None:
    saved = small(
        {"optim": {"name": "sgd", "lr": "find"}, "sweep": {"train.batch_size": [16, 32]}}, *[RunStatus.WAITING] * 2
    )
    found, unknown = saved.states
    found = state(replace(found.spec, found_lr=0.00123456), [2.0, 1.0])
    table = results_table(Saved(saved.study, (found, unknown)).result)
    assert [row[0] for row in table.shown("–")] == ["1.23e-3", "–"]
    assert "lr found by the finder" in table.note
    mixed_rates = small({"sweep": {"optim.lr": ["find", 0.1]}}, *[RunStatus.WAITING] * 2)
    rows = results_table(mixed_rates.result).records()
    assert [(row["lr"], row["lr_found"]) for row in rows] == [(None, "true"), (0.1, "false")]


def test_a_study_of_range_tests_has_a_table_of_suggestions() -> None:
    saved = small({"sweep": {"train.batch_size": [16, 32]}}, *[RunStatus.WAITING] * 2)
    points = (FinderPoint(1e-4, 2.3, 2.3), FinderPoint(1e-2, 2.0, 2.1), FinderPoint(1.0, NAN, NAN))
    curve = FinderCurve(points, over=True, valley=0.00123456, minimum_tenth=1e-3, chosen=0.00123456)
    states = tuple(replace(run, finder=curve, status=RunStatus.DONE) for run in saved.states)
    rows = results_table(Saved(saved.study, states).result).records()
    assert [row["batch_size"] for row in rows] == [16, 32]
    assert (rows[0]["iterations"], rows[0]["lowest_loss"], rows[0]["lowest_lr"]) == (3, 2.1, 0.01)
    assert [rows[0][name] for name in ("valley", "steepest", "minimum_tenth", "chosen")] == [
        0.00123,
        None,
        1e-3,
        0.00123,
    ]
