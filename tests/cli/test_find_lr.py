"""`lrtui find-lr`: what it prints, what it saves, and what it refuses."""

import json
import math
import re
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from lrtui.store.reader import open_study
from lrtui.text import short_rate

Lrtui = Callable[..., object]

PRESET = """
title = "Searched"
[data]
name = "digits"
train_limit = 300
[model]
name = "mlp"
hidden = [16]
[optim]
name = "sgd"
momentum = 0.9
[train]
epochs = 2
batch_size = 32
[sweep]
"optim.lr" = [1e-2, 1e-1]
seeds = [5, 6, 7]
"""


@pytest.fixture
def searched_file(tmp_path: Path) -> Path:
    path = tmp_path / "my search.toml"
    path.write_text(PRESET)
    return path


def only_study(tmp_path: Path) -> Path:
    (path,) = [path for path in (tmp_path / "runs").iterdir() if path.is_dir()]
    return path


def test_the_curve_the_suggestions_and_how_to_use_one(lrtui: Lrtui, searched_file: Path, tmp_path: Path) -> None:
    result = lrtui("find-lr", searched_file, "--device", "cpu", "--set", "model.activation=elu")
    assert result.status == 0, result.err
    assert "smoothed loss by learning rate" in result.out
    curve = open_study(only_study(tmp_path)).states[0].finder
    assert curve is not None and curve.chosen is not None
    for lr in curve.suggestions.values():
        assert result.out.count(short_rate(lr)) >= 2  # in the legend and in the table
    legend = next(line for line in result.out.splitlines() if line.startswith("V valley"))
    assert re.fullmatch(r"V valley \S+ +S steepest \S+ +M minimum/10 \S+", legend.strip())
    command = f"lrtui run '{searched_file}' --set model.activation=elu --set optim.lr="
    (said,) = [line for line in result.out.splitlines() if command in line]
    assert float(said.rpartition("=")[2]) == pytest.approx(curve.chosen, rel=1e-2)


def test_it_is_saved_as_a_study_of_range_tests(lrtui: Lrtui, searched_file: Path, tmp_path: Path) -> None:
    assert lrtui("find-lr", searched_file, "--device", "cpu", "--quiet").status == 0
    saved = open_study(only_study(tmp_path))
    assert saved.kind == "finder"
    assert [state.spec.seed for state in saved.states] == [5]
    assert saved.epochs.is_empty()
    points = pl.read_parquet(only_study(tmp_path) / "finder.parquet")
    assert points["lr"].first() == pytest.approx(1e-7)
    assert saved.states[0].finder.chosen == saved.states[0].finder.valley
    plotted = lrtui("plot", "last")
    assert "smoothed loss by learning rate" in plotted.out


def test_json_is_one_document_in_full_precision(lrtui: Lrtui, searched_file: Path, tmp_path: Path) -> None:
    result = lrtui("find-lr", searched_file, "--device", "cpu", "--json", "--set", "sweep.replicates=2")
    document = json.loads(result.out)
    assert list(document) == ["study", "path", "status", "tests"]
    assert document["status"] == "done"
    assert [(test["run"], test["seed"], test["status"]) for test in document["tests"]] == [
        (1, 1, "done"),
        (2, 2, "done"),
    ]
    for test, state in zip(document["tests"], open_study(Path(document["path"])).states, strict=True):
        curve = state.finder
        assert curve is not None
        assert test["iterations"] == len(curve.points)
        assert {name: test[name] for name in curve.suggestions} == curve.suggestions
        assert test["chosen"] == curve.chosen


def test_every_scenario_has_a_test_of_its_own(lrtui: Lrtui, searched_file: Path) -> None:
    result = lrtui("find-lr", searched_file, "--device", "cpu", "--set", "optim.momentum=[0.5, 0.9]")
    assert result.out.count("smoothed loss by learning rate") == 2
    assert "--set optim.lr=find  (searches again, and gives each scenario its own)" in result.out
    assert result.err.count("done  lr ") == 2


def test_the_rate_suggested_can_be_trained_with(lrtui: Lrtui, searched_file: Path) -> None:
    found = json.loads(lrtui("find-lr", searched_file, "--device", "cpu", "--json", "--quiet").out)
    lr = found["tests"][0]["chosen"]
    trained = lrtui(
        "run",
        searched_file,
        "--device",
        "cpu",
        "--json",
        "--quiet",
        "--set",
        f"optim.lr={lr}",
        "--set",
        "train.epochs=30",
    )
    runs = json.loads(trained.out)["runs"]
    assert {run["lr"] for run in runs} == {lr}
    assert all(run["final_val_accuracy"] > 50 for run in runs)


def test_a_curve_that_never_falls_says_so(lrtui: Lrtui, searched_file: Path) -> None:
    result = lrtui(
        "find-lr", searched_file, "--device", "cpu", "--set", "finder.min_lr=1e30", "--set", "finder.max_lr=1e31"
    )
    assert result.status == 0
    assert "no suggestion: it ended after" in result.out
    assert "Train with it" not in result.out


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("optim.lr=0.1", "--set optim.lr: is what find-lr searches"),
        ("finder.max_lr=1e-9", "finder.max_lr: must be above min_lr"),
        ("finder.choose=best", "finder.choose"),
    ],
)
def test_bad_input_is_a_line_and_status_2(lrtui: Lrtui, searched_file: Path, override: str, said: str) -> None:
    result = lrtui("find-lr", searched_file, "--set", override)
    assert result.status == 2
    assert said in result.err
    assert len(result.err.splitlines()) == 1


def test_no_figure_is_infinite_in_json(lrtui: Lrtui, searched_file: Path) -> None:
    result = lrtui("find-lr", searched_file, "--device", "cpu", "--json", "--quiet")
    (test,) = json.loads(result.out)["tests"]
    assert all(math.isfinite(test[name]) for name in ("valley", "steepest", "minimum_tenth", "chosen"))


def test_a_range_test_does_not_take_over_the_name_of_its_preset(
    lrtui: Lrtui, searched_file: Path, tmp_path: Path
) -> None:
    name = searched_file.stem
    assert lrtui("find-lr", searched_file, "--device", "cpu", "--quiet").status == 0
    assert "range tests" in lrtui("table", name).out  # there is nothing else
    for arguments in (("--per", "epoch"), ("--lang", "id")):
        refused = lrtui("table", name, *arguments)
        assert (refused.status, refused.out) == (2, "")
        assert "this study is of range tests" in refused.err
    assert lrtui("run", searched_file, "--device", "cpu", "--quiet").status == 0
    assert lrtui("find-lr", searched_file, "--device", "cpu", "--quiet").status == 0
    assert "val acc %" in lrtui("table", name).out
    assert "range tests" not in lrtui("report", name).out
    assert "val_loss" not in lrtui("plot", name, "--metric", "result").err
    assert "smoothed loss by learning rate" in lrtui("plot", name, "--metric", "finder").out
