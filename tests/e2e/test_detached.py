"""Studies that outlive their terminal: it is closed, hangs up, has no reader, or was left from the outset."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lrtui.store import live, resources
from lrtui.store.reader import open_study
from lrtui.study.records import StudyStatus
from tests.e2e.terminal import Terminal

pytestmark = [pytest.mark.e2e, pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")]

PRESET = """
title = "Two rates"
data.name = "digits"
model.name = "mlp"
model.hidden = [16]
optim.name = "sgd"
train.epochs = 40
[sweep]
"optim.lr" = [1e-2, 1e-1]
"""
PATIENCE = 120


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return the folder that the commands work in; what still trains there at the end is killed."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "two.toml").write_text(PRESET)
    yield tmp_path
    for path in (tmp_path / "runs").glob("*"):
        if (owner := live.living(path)) is not None:
            os.kill(owner.pid, signal.SIGKILL)


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "lrtui", *arguments, "--runs-dir", "runs"]


def lrtui(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*arguments), capture_output=True, text=True, check=False, timeout=PATIENCE)


def until(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.05)


def the_study(folder: Path) -> Path:
    (path,) = (folder / "runs").iterdir()
    return path


def trains(folder: Path) -> bool:
    """Return whether epochs come."""
    return len(list((folder / "runs").glob("*/parts/*"))) > 0


def ended(folder: Path) -> bool:
    return open_study(the_study(folder)).status.ended


def log_of(folder: Path) -> str:
    return (the_study(folder) / "log.txt").read_text()


def terminal(folder: Path, *arguments: str) -> Terminal:
    environment = {**os.environ, "TERM": "xterm-256color"}
    return Terminal(command(*arguments), columns=100, lines=30, env=environment, cwd=folder)


def test_training_goes_on_when_its_terminal_is_closed(folder: Path) -> None:
    window = terminal(folder, "run", "two.toml", "--set", "train.epochs=20000")
    until(lambda: window.read(0.05) and trains(folder), "it trains")
    pid = window.process.pid
    window.hang_up()
    until(lambda: "the terminal is gone; training goes on" in log_of(folder), "the log says so")
    assert live.living(the_study(folder)) is not None
    for descriptor in (0, 1, 2):
        assert Path(f"/proc/{pid}/fd/{descriptor}").readlink() == Path(os.devnull)
    assert lrtui("stop", "last").returncode == 0
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert open_study(the_study(folder)).status is StudyStatus.STOPPED


def test_results_go_where_they_were_sent_after_a_hangup(folder: Path) -> None:
    with (folder / "out").open("w") as out:
        process = subprocess.Popen(command("run", "two.toml"), stdout=out, stderr=subprocess.PIPE)
        until(lambda: trains(folder), "it trains")
        process.send_signal(signal.SIGHUP)
        assert process.wait(PATIENCE) == 0
        process.communicate()
    assert "Saved as" in (folder / "out").read_text()
    assert open_study(the_study(folder)).status is StudyStatus.DONE


def test_a_signal_that_is_ignored_stays_ignored(folder: Path) -> None:
    ignoring = ["sh", "-c", "trap '' HUP INT; exec \"$@\"", "sh", *command("run", "two.toml")]
    process = subprocess.Popen(ignoring, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    until(lambda: trains(folder), "it trains")
    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert "Saved as" in out
    assert "terminal" not in log_of(folder)


def test_progress_that_nobody_reads_ends_nothing(folder: Path) -> None:
    process = subprocess.Popen(command("run", "two.toml"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stderr is not None
    with process.stdout, process.stderr:
        assert process.stderr.readline()
        process.stderr.close()
        assert "Saved as" in process.stdout.read()
    assert process.wait(PATIENCE) == 0
    assert open_study(the_study(folder)).status is StudyStatus.DONE


def test_a_terminal_that_stands_still_keeps_nobody_from_ending(folder: Path) -> None:
    window = terminal(folder, "run", "two.toml", "--set", "train.epochs=20000")
    until(lambda: trains(folder), "it trains, and nobody reads")
    os.kill(window.process.pid, signal.SIGTERM)
    until(lambda: os.waitpid(window.process.pid, os.WNOHANG)[0], "it ends")
    assert open_study(the_study(folder)).status is StudyStatus.STOPPED


def test_left_from_the_outset_looked_at_and_stopped(folder: Path) -> None:
    began = lrtui("run", "two.toml", "--detach", "--set", "train.epochs=20000")
    assert (began.returncode, began.stderr) == (0, "")
    study = the_study(folder)
    assert study.name in began.stdout
    assert "lrtui attach" in began.stdout
    owner = live.living(study)
    assert owner is not None
    assert os.getsid(owner.pid) == owner.pid, "a session of its own"
    until(lambda: trains(folder), "it trains")
    (listed,) = json.loads(lrtui("studies", "--live", "--json").stdout)
    assert (listed["id"], listed["status"]) == (study.name, "running")

    def standing() -> dict[str, object]:
        document: dict[str, object] = json.loads(lrtui("status", "--json", "--since", "0").stdout)
        return document

    until(lambda: standing()["epochs"], "rows are told")
    found = standing()
    assert (found["status"], found["runs_total"], found["runs_done"]) == ("running", 2, 0)
    assert found["live"]["pid"] == owner.pid
    assert {row["epochs"] for row in found["running"]} == {20000}
    until(lambda: standing()["resources"], "what is in use is told")
    assert min(row["epoch"] for row in found["epochs"]) == 1
    assert lrtui("stop", study.name, "--run", "1").returncode == 0
    until(lambda: "run 1: stop asked for" in log_of(folder), "one run stops")
    stopped = lrtui("stop", study.name)
    assert "stopped: 0 of 2 runs done" in stopped.stdout
    assert live.living(study) is None
    assert lrtui("stop", study.name).returncode == 2
    assert json.loads(lrtui("studies", "--live", "--json").stdout) == []
    over = json.loads(lrtui("status", "--json").stdout)
    assert (over["live"], over["resources"]) == (None, None)
    assert resources.read(study)


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["no-such-preset"], 2, "no-such-preset"),
        (["two.toml", "--set", "data.name=mnist"], 2, "lrtui data fetch mnist"),
        (["two.toml", "--device", "cuda"], 2, "CUDA"),
    ],
)
def test_what_cannot_be_started_is_said_before_the_prompt_is_back(
    arguments: list[str], status: int, said: str, folder: Path
) -> None:
    result = lrtui("run", *arguments, "--detach")
    assert result.returncode == status
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert not list(folder.glob("runs/*"))
