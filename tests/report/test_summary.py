"""The document of `lrtui run --json`."""

import json
from dataclasses import replace

import pytest

from lrtui.analysis.columns import RUNS
from lrtui.report.summary import summary
from tests.report.made import mixed, paper


def test_it_has_every_run_and_every_scenario() -> None:
    document = json.loads(json.dumps(summary(mixed()), allow_nan=False), parse_constant=pytest.fail)
    assert list(document) == [
        "study",
        "path",
        "status",
        "changed",
        "shard",
        "reused",
        "sittings",
        "rules",
        "runs",
        "scenarios",
        "comparisons",
    ]
    assert (document["study"], document["status"]) == ("20261121-165512-made", "running")
    assert document["path"].endswith("20261121-165512-made")
    assert [list(run) for run in document["runs"]] == [[*(column.name for column in RUNS), "model.hidden"]] * 8
    assert list(document["scenarios"][0]) == [
        "scenario",
        "variant",
        "model",
        "dataset",
        "optimizer",
        "lr",
        "lr_found",
        "batch_size",
        "model.hidden",
        "n",
        "val_accuracy_mean",
        "val_accuracy_sd",
        "best_val_accuracy_mean",
        "convergence_epoch_median",
        "settling_epoch_median",
        "stable_epoch_median",
        "verdict",
        "diverged",
        "stalled",
        "collapsed",
        "overfitting",
        "oscillating",
        "improving",
        "settled",
        "test_accuracy_mean",
        "test_accuracy_sd",
        "mc_accuracy_mean",
        "kept_epoch_mean",
        "sparsity_mean",
        "seconds_per_epoch_mean",
        "seconds_to_best_mean",
        "task",
    ]


def test_what_is_not_finite_is_a_string_and_what_is_missing_null() -> None:
    runs = summary(mixed())["runs"]
    assert [run["final_val_loss"] for run in runs[2:4]] == ["nan", "inf"]
    assert runs[7]["final_val_loss"] is None
    assert summary(mixed())["scenarios"][3]["val_accuracy_mean"] is None  # no run of it is done


def test_figures_are_in_full_precision() -> None:
    run = summary(paper())["runs"][0]
    assert run["final_val_accuracy"] == 23.4 + 0.11 * -1


def test_who_won_is_there_for_every_model_and_data_set() -> None:
    (comparison,) = summary(paper())["comparisons"]
    assert (comparison["winner"], comparison["edge"], comparison["next_rate"]) == (False, None, None)
    assert comparison["set"] == [comparison["best"]] == ["mlp-mnist-sgd-1e-2"]  # a run at 1e-1 gave no accuracy
    assert list(comparison["rivals"][0]) == [
        "scenario",
        "n",
        "difference",
        "low",
        "high",
        "t",
        "p",
        "p_holm",
        "more_seeds",
    ]
    labels = [scenario["scenario"] for scenario in summary(paper())["scenarios"]]
    assert {rival["scenario"] for rival in comparison["rivals"]} == {*labels} - {comparison["best"]}


def test_what_was_changed_of_the_preset_is_said() -> None:
    saved = mixed()
    changed = replace(saved, study=replace(saved.study, overrides=("optim.lr=0.1",)))
    assert summary(changed)["changed"] == ["optim.lr=0.1"]
