"""`lrtui open`, `lrtui plot --what`, `lrtui doctor` on the configuration file, from the command line."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lrtui.tui.first import First
from tests.test_replay import study

Run = Callable[..., Any]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Return what the workbench was opened with; none is."""
    calls: list[dict[str, Any]] = []

    def run(*_: object, **options: Any) -> int:
        calls.append(options)
        return 0

    for module in ("opening", "main", "steer"):
        monkeypatch.setattr(sys.modules[f"lrtui.cli.{module}"], "has_screen", lambda: True)
    monkeypatch.setattr("lrtui.tui.run.run", run)
    return calls


def test_a_study_a_preset_and_a_replay_are_opened(
    lrtui: Run, opened: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = study("five-rates")
    runs = ("--runs-dir", path.parent)
    assert lrtui("open", path.name, *runs).status == 0
    assert opened[-1]["first"] == First(study=path)
    assert lrtui("open", path.name, "--replay", *runs).status == 0
    assert opened[-1]["first"] == First(study=path, speed=0.0)
    assert lrtui("open", path.name, "--replay", "20x", "--no-motion", *runs).status == 0
    assert opened[-1]["first"] == First(study=path, speed=20.0)
    assert opened[-1]["motion"] is False
    assert lrtui("open", "paper/mlp-mnist").status == 0
    assert opened[-1]["first"] == First(preset="preset:shipped:paper/mlp-mnist")
    (tmp_path / "mine.toml").write_text('[data]\nname = "digits"\n[model]\nname = "mlp"\n[optim]\nname = "sgd"\n')
    assert lrtui("open", "mine.toml").status == 0
    assert opened[-1]["first"] == First(preset="preset:own:mine.toml")
    assert lrtui("--no-motion").status == 0
    assert opened[-1]["motion"] is False


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("nothing-of-that-name",), "nothing-of-that-name"),
        (("five-rates", "--replay", "fast"), "--replay fast: takes a speed, 0.1 to 100000 times"),
        (("five-rates", "--replay", "0"), "--replay 0: takes a speed"),
        (("five-rates", "--replay", "nan"), "--replay nan: takes a speed"),
        (("lab/clipping", "--replay"), "lab/clipping"),
    ],
)
def test_what_cannot_be_opened_is_one_line(
    lrtui: Run, opened: list[dict[str, Any]], arguments: tuple[str, ...], told: str
) -> None:
    result = lrtui("open", *arguments, "--runs-dir", study("five-rates").parent)
    assert result.status == 2
    assert told in result.err
    assert result.err.count("\n") == 1
    assert opened == []


def test_without_a_terminal_it_says_what_shows_a_study(lrtui: Run) -> None:
    result = lrtui("open", "five-rates", "--runs-dir", study("five-rates").parent)
    assert (result.status, result.out) == (2, "")
    assert "`lrtui table`, `report` and `plot` show a study without one" in result.err


def test_a_map_takes_two_keys_and_nothing_else(lrtui: Run) -> None:
    runs = ("--runs-dir", study("five-rates").parent)
    for arguments, told in (
        (("--what", "loss"), r"a map takes two swept keys"),
        (("--what", "loss", "--metric", "lr"), "--metric: not with --what"),
        (("--pair", "a,b", "--run", "1"), "--run: not with --what"),
    ):
        result = lrtui("plot", "five-rates", *arguments, *runs)
        assert result.status == 2
        assert told in result.err
    assert lrtui("plot", "five-rates", "range-tests", "--what", "loss", *runs).status == 2


def test_doctor_says_where_keys_are_set_and_what_is_wrong(
    lrtui: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "config.toml"
    monkeypatch.setattr("lrtui.paths.config_file", lambda: file)
    monkeypatch.setattr("lrtui.cli.doctor._devices", lambda: iter(()))
    assert f"config      {file}: not there" in lrtui("doctor").out
    file.write_text('theme = "light"\n[keys]\nexport = "f9"\n')
    out = lrtui("doctor").out
    assert f"ok   config      {file}: theme light, 1 action with keys of your own" in out
    keys = lrtui("doctor", "--keys").out.splitlines()
    assert any(line.split()[:2] == ["export", "F9"] for line in keys)
    assert any(line.split()[:2] == ["tab_9", "9"] for line in keys)
    file.write_text('[keys]\nexport = "q"\n')
    result = lrtui("doctor")
    assert f"FAIL config      {file}:2: keys.export: q is taken by quit" in result.out
    assert result.status == 1
