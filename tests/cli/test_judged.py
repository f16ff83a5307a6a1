"""What is said of networks that were really trained: those that know nothing, and those that give no numbers."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def run(lrtui: Callable[..., Any], tmp_path: Path) -> Run:
    """Return a function that trains a preset with changes and returns the document of `run --json`."""

    def call(name: str, *changes: str) -> dict[str, Any]:
        options = [option for change in changes for option in ("--set", change)]
        result = lrtui("run", name, "--json", "--runs-dir", tmp_path / "runs", *options)
        assert result.status == 0, result.err
        document: dict[str, Any] = json.loads(result.out)
        return document

    return call


def verdicts(document: dict[str, Any]) -> set[str]:
    return {run["verdict"] for run in document["runs"]}


def test_twenty_logistic_layers_that_learn_nothing_are_stalled(run: Run) -> None:
    document = run("lab/initializers", 'sweep.variants=["logistic-normal"]', "train.epochs=3", "sweep.replicates=1")
    assert verdicts(document) == {"stalled"}


def test_raw_pixels_at_a_rate_far_too_large_are_stalled_and_nobody_won(run: Run) -> None:
    document = run(
        "quickstart", "data.scale=raw", "model.init=he", "optim.lr=[1.0]", "train.epochs=6", "sweep.replicates=2"
    )
    assert verdicts(document) <= {"stalled", "collapsed", "diverged"}
    (comparison,) = document["comparisons"]
    assert not comparison["winner"]
    assert {run["convergence_epoch"] for run in document["runs"]} == {None}


def test_the_weights_kept_decide_whoever_diverged(run: Run) -> None:
    changes = ("optim.lr=[0.3, 1e-9]", "early_stopping.patience=20", "train.epochs=3", "sweep.replicates=2")
    document = run("quickstart", *changes)
    (comparison,) = document["comparisons"]
    assert comparison["best"].endswith("3e-1") or comparison["best"].endswith("0.3")
    assert all(rival["difference"] >= 0 for rival in comparison["rivals"])


def test_a_network_that_gives_nan_has_no_accuracy(run: Run, lrtui: Callable[..., Any], tmp_path: Path) -> None:
    document = run("quickstart", "optim.lr=[1e30, 0.1]", "train.epochs=2", "sweep.replicates=2")
    lost = [run for run in document["runs"] if run["lr"] == 1e30]
    assert [(run["verdict"], run["final_val_accuracy"], run["final_val_loss"]) for run in lost] == [
        ("diverged", None, "nan")
    ] * 2
    assert document["comparisons"][0]["best"] == document["runs"][-1]["scenario"]
    for fmt in ("text", "markdown", "latex", "csv", "json"):
        assert lrtui("table", "last", "--runs-dir", tmp_path / "runs", "--format", fmt).status == 0
    assert lrtui("report", "last", "--runs-dir", tmp_path / "runs").status == 0
