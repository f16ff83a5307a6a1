"""Standard streams that are closed, or whose reader goes away, whatever the command."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.e2e, pytest.mark.skipif(os.name != "posix", reason="a POSIX shell closes the streams")]

PRESET = """
title = "tiny"
[data]
name = "synthetic"
train_limit = 64
[model]
name = "mlp"
hidden = [4]
[optim]
name = "sgd"
lr = 0.1
[train]
epochs = 1
"""


def shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a line of bash in `folder` in which `$LRTUI` is the command."""
    environment = os.environ | {"LRTUI": f"{sys.executable} -m lrtui", "TERM": "xterm"}
    return subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tiny.toml").write_text(PRESET)
    return tmp_path


@pytest.mark.parametrize("closed", ["2>&-", ">&-", "<&- >&- 2>&-"])
def test_a_study_is_trained_and_saved_whatever_stream_is_closed(closed: str, folder: Path) -> None:
    result = shell(f"$LRTUI run tiny.toml --device cpu {closed}", folder)
    assert result.returncode == 0, result.stderr
    assert ("Saved as" in result.stdout) is (">&- " not in f"{closed.replace('2>&-', '')} ")
    assert "Traceback" not in result.stderr
    (study,) = (folder / "runs").iterdir()
    assert '"status": "done"' in (study / "study.json").read_text()


@pytest.mark.parametrize("command", ["presets", "studies", "data", "table --help"])
def test_what_only_prints_says_in_a_line_that_it_cannot(command: str, folder: Path) -> None:
    result = shell(f"$LRTUI {command} >&-", folder)
    assert result.returncode == 1
    assert result.stderr == "lrtui: cannot write to standard output: Bad file descriptor\n"


@pytest.mark.parametrize("command", ["presets", "show tiny.toml", "--help"])
def test_a_reader_that_has_enough_is_no_failure(command: str, folder: Path) -> None:
    result = shell(f"for _ in 1 2; do $LRTUI {command} | true; echo ${{PIPESTATUS[0]}}; done", folder)
    assert (result.stdout, result.stderr) == ("0\n0\n", "")


def test_a_study_whose_results_nobody_reads_is_no_failure(folder: Path) -> None:
    result = shell("$LRTUI run tiny.toml --device cpu --quiet | true; echo ${PIPESTATUS[0]}", folder)
    assert (result.stdout, result.stderr) == ("0\n", "")


@pytest.mark.parametrize("closed", ["<&-", ">&- 2>&-"])
def test_the_workbench_without_a_stream_is_refused(closed: str, folder: Path) -> None:
    result = shell(f"$LRTUI {closed}", folder)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr
