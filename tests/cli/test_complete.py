"""What the shell is offered behind the tab key."""

import os
import shlex
import shutil
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


def test_values_of_keys_that_take_one_of_a_few() -> None:
    assert offered("run", "quickstart", "--set", "optim.name=ad") == [
        "optim.name=adam",
        "optim.name=adamw",
        "optim.name=adagrad",
    ]
    assert offered("run", "quickstart", "--set", "health.measure=") == ["health.measure=false", "health.measure=true"]
    assert offered("show", "quickstart", "--set", "sweep.search=b") == ["sweep.search=bracket"]
    assert offered("run", "quickstart", "--set", "train.epochs=") == []
    assert offered("run", "quickstart", "--set", "no.such=") == []


def test_new_commands_and_their_choices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert offered("op") == ["open"]
    assert offered("open", "outlook/rate") == ["outlook/rate-batch"]
    assert "best_loss" in offered("plot", "last", "--what", "")
    (tmp_path / "20261121-one").mkdir()
    (tmp_path / "20261121-one" / "study.json").touch()
    for command in ("open", "diff", "tag", "note", "rename", "delete", "stop", "attach"):
        assert "20261121-one" in offered(command, "--runs-dir", str(tmp_path), "2026"), command


def in_bash(line: str, folder: Path) -> list[str]:
    """Return what bash offers at the end of a line."""
    script = f"""
        lrtui() {{ {shlex.quote(sys.executable)} -m lrtui "$@"; }}
        env() {{ while [[ $1 == *=* ]]; do local -x "$1"; shift; done; "$@"; }}
        eval "$(_LRTUI_COMPLETE=bash_source lrtui)"
        COMP_LINE={shlex.quote(line)}; COMP_POINT=${{#COMP_LINE}}; COMP_WORDS=($COMP_LINE); COMP_CWORD=1
        compopt() {{ :; }}
        _lrtui_completion lrtui; printf '%s\n' "${{COMPREPLY[@]}}"
    """
    environment = os.environ | {"XDG_CACHE_HOME": str(folder)}
    answer = subprocess.run(
        ["bash", "--norc", "-c", script], env=environment, cwd=folder, capture_output=True, text=True, check=True
    )
    return answer.stdout.split()


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
def test_bash_ends_a_word_at_an_equals_sign(tmp_path: Path) -> None:
    for _ in range(2):  # the second time from what is kept
        assert in_bash("lrtui run quickstart --set optim.name=ad", tmp_path) == ["adam", "adamw", "adagrad"]
    assert in_bash("lrtui run --set=sweep.search=br", tmp_path) == ["bracket"]
    assert in_bash("lrtui run quickstart --set optim.n", tmp_path) == ["optim.name=", "optim.nesterov="]
    assert (tmp_path / "lrtui" / "completion.json").exists()
    (tmp_path / "lrtui" / "completion.json").write_text("damaged")
    assert in_bash("lrtui run quickstart --set optim.lr", tmp_path) == ["optim.lr="]
