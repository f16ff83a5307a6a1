"""A model family that lrtui does not know goes through every command."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from lrtui.plots.metrics import has
from lrtui.plots.view import View
from lrtui.store.reader import open_study
from tests.toy import register

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
