"""Whatever lrtui says of a study is said in the words of its task: no accuracy where there is none, no images in a table."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import Result

Lrtui = Callable[..., Result]

SETTINGS = """
title = "T"
model = {{name = "{model}", hidden = [4]}}
optim.name = "adam"
train.epochs = 2
sweep.replicates = 2
sweep."optim.lr" = [1e-3, 1e-2]
sweep."train.batch_size" = [16, 32]
finder.iterations = 20
health.measure = true
curvature.measure = true
inference.dtypes = ["float16"]
data = {{{data}, train_limit = 64, val_limit = 16}}
task.{task}
"""
ACCURACY, IMAGES, NATS = r"accurac(y|ies)|akurasi|\bacc\b", r"\bimages?\b", r"\bnats?\b"
TASKS = {
    "regression": ("mlp", 'name = "numbers.npz"', 'name = "regression"', [ACCURACY, IMAGES, NATS]),
    "reconstruction": ("mlp", 'name = "digits"', 'name = "reconstruction"', [ACCURACY, NATS]),
    "rotation": ("mlp", 'name = "digits"', 'name = "rotation"', []),
    "next token": ("rnn", 'name = "constitution", context = 8', 'name = "next_token"', [IMAGES]),
    "classification": ("mlp", 'name = "classes.npz"', "label_smoothing = 0.1", [IMAGES]),
}
"""Of each: network, data, what the preset says of the task, and what must not be said."""
FORMATS = ("text", "markdown", "latex", "csv", "json")
LOSSES = {
    "regression": "loss (mean squared error / variance)",
    "reconstruction": "loss (mean squared error)",
    "next token": "loss (nats per token)",
}


@pytest.fixture
def preset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Return a function that writes the preset of a task, beside data of a person's own."""
    monkeypatch.setenv("LRTUI_RUNS", str(tmp_path / "runs"))
    drawn = np.random.default_rng(1).normal(size=(120, 4)).astype("float32")
    np.savez(tmp_path / "numbers.npz", x=drawn[:, 1:], y=drawn[:, 0] + drawn[:, 1])
    np.savez(tmp_path / "classes.npz", x=drawn[:, 1:], y=(drawn[:, 1] > 0).astype("int64"))

    def write(task: str) -> Path:
        model, data, said, _ = TASKS[task]
        file = tmp_path / "t.toml"
        file.write_text(SETTINGS.format(model=model, data=data, task=said))
        return file

    return write


def texts(text: str) -> str:
    """Return what is said of a study: no keys of JSON and CSV, no settings, nothing that the paper claims."""
    text = re.sub(r'<details>.*?</details>|<style>.*?</style>|"claims": .*?"disagreements"', "", text, flags=re.DOTALL)
    return re.sub(r'"[\w.]+": |\w+_accurac\w+|accuracy_\w+|\w+\.images|images = \d+', "", text)


@pytest.mark.parametrize("task", TASKS)
def test_nothing_is_said_in_words_of_another_task(
    lrtui: Lrtui, preset: Callable[[str], Path], task: str, tmp_path: Path
) -> None:
    file, common = preset(task), ("--device", "cpu", "--lanes", "1")
    said = {"run": lrtui("run", file, *common), "again": lrtui("run", file, *common, "--set", "sweep.replicates=1")}
    one, other = sorted((tmp_path / "runs").iterdir())
    commands = [
        *(("table", one, "--format", fmt, "--per", "scenario") for fmt in FORMATS),
        *(("table", one, "--per", per) for per in ("run", "epoch")),
        ("table", one, "--lang", "id"),
        *(("report", one, other, "--format", fmt) for fmt in ("text", "markdown", "html", "json")),
        ("diff", one, other),
        ("diff", one, other, "--json"),
        ("status", one),
        *(("plot", one, "--metric", metric) for metric in ("val_loss", "val_accuracy", "result", "noise_scale")),
        *(("plot", one, "--what", what) for what in ("accuracy", "best_accuracy", "loss")),
        ("find-lr", file, *common),
    ]
    said |= {" ".join(map(str, command)): lrtui(*command) for command in commands}
    for command, result in said.items():
        assert result.status == 0 or "noise_scale" in command, (command, result.err)
        for words in TASKS[task][-1]:
            found = re.search(f".*({words}).*", texts(result.out + result.err), re.IGNORECASE)
            assert found is None, (command, found and found[0])
    heading = said[f"table {one} --format text --per scenario"].out
    assert f"{task}: losses are" in heading and "for a network that knows nothing" in heading
    assert LOSSES.get(task, "loss (nats)") in said[f"plot {one} --metric val_loss"].out
    csv = said[f"table {one} --format csv --per scenario"].out.splitlines()
    assert (csv[0].endswith(",task") and csv[1].endswith(f",{task.replace(' ', '_')}")) is (task != "classification")
    found = said[f"find-lr {file} --device cpu --lanes 1"]
    if task == "classification":
        assert "labels smoothed by 0.1" in heading and "labels smoothed by 0.1" in found.out + found.err


def test_no_difference_is_taken_between_tasks(lrtui: Lrtui, preset: Callable[[str], Path], tmp_path: Path) -> None:
    for task in ("reconstruction", "rotation"):
        assert lrtui("run", preset(task), "--device", "cpu", "--lanes", "1", "--quiet").status == 0
    one, other = sorted((tmp_path / "runs").iterdir())
    told = lrtui("diff", one, other)
    assert told.status == 0 and "They learn different things (A: reconstruction; B: rotation)" in told.out
    assert "A R² %" in told.out and "B acc %" in told.out
    assert "B − A" not in told.out and "interval" not in told.out
