"""What the shell is offered behind the tab key."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from lrtui.cli.main import cli


def offered(*words: str) -> list[str]:
    """Return what is offered for the last of the words after `lrtui`."""
    *before, last = words
    return [item.value for item in ShellComplete(cli, {}, "lrtui", "_LRTUI_COMPLETE").get_completions(before, last)]


def test_presets_by_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert offered("run", "quick") == ["quickstart"]
    assert "paper/mlp-mnist" in offered("show", "paper/")
    assert offered("find-lr", "no-such-preset") == ["no-such-preset"], "then files are offered"


def test_studies_newest_first(tmp_path: Path) -> None:
    for name in ("20261121-one", "20261122-two", "other"):
        (tmp_path / name).mkdir()
    for name in ("20261121-one", "20261122-two"):
        (tmp_path / name / "study.json").touch()
    for command in ("table", "report", "plot"):
        assert offered(command, "--runs-dir", str(tmp_path), "") == ["20261122-two", "20261121-one", "last"]
    assert offered("--runs-dir", str(tmp_path), "table", "20261121") == ["20261121-one"]
    assert offered("table", "--runs-dir", str(tmp_path / "none"), "x") == ["x"], "then folders are offered"


def test_keys_and_data_sets() -> None:
    assert offered("run", "quickstart", "--set", "optim.l") == ["optim.lr="]
    assert "sweep.replicates=" in offered("run", "quickstart", "--set", "sweep.")
    assert offered("data", "fetch", "ci") == ["cifar10"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_is_given_its_script_and_answers(shell: str, tmp_path: Path) -> None:
    def ask(instruction: str, **variables: str) -> str:
        environment = os.environ | {"_LRTUI_COMPLETE": f"{shell}_{instruction}"} | variables
        command = [sys.executable, "-m", "lrtui"]
        return subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True).stdout

    assert "_LRTUI_COMPLETE" in ask("source")
    words = {"COMP_WORDS": "lrtui run quick", "COMP_CWORD": "quick" if shell == "fish" else "2"}
    assert "quickstart" in ask("complete", **words)


def test_a_preset_given_as_a_command_is_told_how_to_run_it(lrtui: Callable[..., object]) -> None:
    result = lrtui("quickstart")
    assert (result.status, result.err) == (
        2,
        "lrtui: quickstart: no such command; `lrtui run quickstart` trains this preset\n",
    )
    assert "No such command 'nonsense'" in lrtui("nonsense").err
    assert "_LRTUI_COMPLETE=zsh_source" in lrtui("--help").out
