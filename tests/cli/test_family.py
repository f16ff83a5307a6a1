"""A model family, a task and a kind of own data that lrtui does not know go through the commands."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from lrtui.plots.metrics import has
from lrtui.plots.view import View
from lrtui.store.reader import open_study
from tests.toy import register, register_data, register_task

Lrtui = Callable[..., object]


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return register(monkeypatch, tmp_path)


def test_it_goes_through_every_command(lrtui: Lrtui, file: Path, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    trained = lrtui(
        "run", file, "--json", "--quiet", "--device", "cpu", "--runs-dir", runs,
        "--set", "optim.lr=find", "--set", "data.name=digits", "--set", "health.measure=true",
        "--set", "sweep.replicates=2", "--set", "pruning.name=after", "--set", "pruning.target=0.5",
    )  # fmt: skip
    assert trained.status == 0, trained.err
    assert {run["model"] for run in json.loads(trained.out)["runs"]} == {"toy"}
    (study,) = (path for path in runs.iterdir() if path.is_dir())
    for arguments in (
        ("check", file),
        ("show", file),
        ("studies", "--runs-dir", runs),
        *(("table", study, "--format", form) for form in ("text", "csv", "markdown", "latex", "json")),
        ("table", study, "--lang", "id"),
        *(("report", study, "--format", form) for form in ("text", "markdown", "json")),
        *(
            ("plot", study, "--metric", metric)
            for metric in has(View.of_saved(open_study(study)))
            if metric != "result"
        ),
        ("plot", study, "-o", tmp_path / "loss.svg"),
        ("find-lr", file, "--quiet", "--runs-dir", runs, "--set", "data.name=digits"),
    ):
        result = lrtui(*arguments)
        assert result.status == 0, (arguments, result.err)


def test_a_sweep_of_its_rates_is_plotted_by_rate(lrtui: Lrtui, file: Path, tmp_path: Path) -> None:
    rates = ("--set", "optim.lr=[1e-2, 1e-1]")
    assert lrtui("run", file, "--quiet", "--runs-dir", tmp_path / "runs", *rates).status == 0
    assert lrtui("plot", "last", "--runs-dir", tmp_path / "runs", "--metric", "result").status == 0


def goes_through(lrtui: Lrtui, file: Path, runs: Path, *settings: str) -> dict[str, object]:
    """Return the document of a study of this preset, which is checked, shown, trained, told of and drawn."""
    said = [word for setting in settings for word in ("--set", setting)]
    trained = lrtui("run", file, "--json", "--quiet", "--device", "cpu", "--runs-dir", runs, *said)
    assert trained.status == 0, trained.err
    document = json.loads(trained.out)
    study = document["path"]
    for arguments in (
        ("check", file),
        ("show", file, *said),
        *(("table", study, "--format", form) for form in ("text", "csv", "markdown", "latex", "json")),
        *(("table", study, "--per", per) for per in ("run", "epoch")),
        ("table", study, "--lang", "id"),
        *(("report", study, "--format", form) for form in ("text", "markdown", "json", "html")),
        ("plot", study, "--metric", "val_accuracy"),
        ("find-lr", file, "--quiet", "--runs-dir", runs, *said),
        ("run", study, "--quiet", "--runs-dir", runs),
    ):
        result = lrtui(*arguments)
        assert result.status == 0, (arguments, result.err)
    return document


@pytest.mark.parametrize("data", ["digits", "mine.points"])
def test_a_task_goes_through_the_commands(
    lrtui: Lrtui, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: str
) -> None:
    file = register_data(monkeypatch, tmp_path)
    register_task(monkeypatch)
    settings = ["task.name=brightness"]
    if data == "digits":
        file.write_text(file.read_text().replace("skip = 100", ""))
        settings += ["data.name=digits", "data.train_limit=200"]
    document = goes_through(lrtui, file, tmp_path / "runs", *settings)
    runs = document["runs"]
    assert {run["task"] for run in runs} == {"brightness"}
    assert all(run["final_val_loss"] < 2 for run in runs)
    table = lrtui("table", document["path"]).out
    assert "R² %" in table
    assert "mean squared error of the brightness" in table


def test_a_task_that_data_cannot_have_is_refused(lrtui: Lrtui, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = register_data(monkeypatch, tmp_path)
    refused = lrtui("run", file, "--quiet", "--set", "task.name=rotation")
    assert refused.status == 2
    assert "task.name: rotation is for lrtui's own data sets of images" in refused.err


def test_a_kind_of_own_data_goes_through_the_commands(
    lrtui: Lrtui, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = register_data(monkeypatch, tmp_path)
    document = goes_through(lrtui, file, tmp_path / "runs")
    assert {run["dataset"] for run in document["runs"]} == {"mine.points"}
    wrong = lrtui("show", file, "--set", "data.skipp=1")
    assert wrong.status == 2
    assert "did you mean data.skip?" in wrong.err
