"""A study on a Ray cluster of this machine: the same rows as lanes give, and what becomes of it when an actor dies."""

import importlib.util
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lrtui.store.reader import SavedStudy, open_study
from lrtui.study.records import StudyStatus
from tests.engine.test_resume import assert_same

pytestmark = [
    pytest.mark.ray,
    pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray is not installed"),
]

Run = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """Return a function that starts `lrtui run ARGUMENTS…` on the processor; what is still under way is ended at the end."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "lrtui", "run", *arguments, "--device", "cpu", "--quiet"]
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "start_new_session": True}
        started.append(subprocess.Popen(command, **options))
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=60)


def studies(tmp_path: Path) -> list[SavedStudy]:
    return [open_study(path) for path in sorted((tmp_path / "runs").iterdir(), key=lambda path: path.stat().st_ctime)]


def until(condition: Callable[[], object], process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)


def log_of(tmp_path: Path) -> str:
    return "".join(file.read_text() for file in (tmp_path / "runs").glob("*/log.txt"))


def actors(tmp_path: Path) -> list[int]:
    return [int(pid) for pid in re.findall(r"lane \d+ is on .*, process (\d+)", log_of(tmp_path))]


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_cluster_of_this_machine_comes_to_the_rows_of_lanes(run: Run, tmp_path: Path) -> None:
    said = ("quickstart", "--fresh", "--set", "train.epochs=6", "--set", "health.measure=true", "--lanes", "2")
    for extra in ((), ("--ray",)):
        _, err = (process := run(*said, *extra)).communicate(timeout=180)
        assert process.returncode == 0, err
    here, there = studies(tmp_path)
    assert there.status is StudyStatus.DONE
    assert_same(there, here)
    assert "ray" in there.device
    assert there.device["instructions"] == here.device["instructions"]
    assert there.runs["run_key"].to_list() == here.runs["run_key"].to_list(), "they are the same runs"
    assert len(actors(tmp_path)) == 2
    assert not [pid for pid in actors(tmp_path) if lives(pid)]


def test_the_runs_of_an_actor_that_dies_go_on(run: Run, tmp_path: Path) -> None:
    said = ("quickstart", "--fresh", "--set", "train.epochs=60", "--set", "train.checkpoint_seconds=0", "--lanes", "2")
    _, err = (process := run(*said)).communicate(timeout=180)
    assert process.returncode == 0, err
    process = run(*said, "--ray")
    until(lambda: len(actors(tmp_path)) == 2 and "done" in log_of(tmp_path).rpartition("lane 0 is on")[2], process)
    os.kill(actors(tmp_path)[-1], signal.SIGKILL)
    _, err = process.communicate(timeout=180)
    assert process.returncode == 0, err
    here, there = studies(tmp_path)
    assert_same(there, here)
    assert "is gone (" in log_of(tmp_path)
    assert "begun again" in log_of(tmp_path)
    assert len(actors(tmp_path)) == 3


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_study_and_the_actors(run: Run, tmp_path: Path, number: int) -> None:
    process = run("quickstart", "--set", "train.epochs=50000", "--set", "sweep.replicates=1", "--ray")
    until(lambda: "started on lane" in log_of(tmp_path), process)
    time.sleep(2)
    if number == signal.SIGINT:
        os.killpg(process.pid, number)  # as a terminal does
    else:
        process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 128 + number, err
    (saved,) = studies(tmp_path)
    assert saved.status is StudyStatus.STOPPED
    assert not [pid for pid in actors(tmp_path) if lives(pid)]
    assert "Traceback" not in err


def test_where_nobody_answers_that_is_said_in_a_line(run: Run, tmp_path: Path) -> None:
    _, err = (process := run("quickstart", "--ray", "127.0.0.1:1")).communicate(timeout=120)
    assert process.returncode == 2
    (line,) = [line for line in err.splitlines() if line.startswith("lrtui: ")]
    assert line.startswith("lrtui: --ray 127.0.0.1:1: no cluster can be joined: ")
    assert "Traceback" not in err
    assert not (tmp_path / "runs").exists() or not list((tmp_path / "runs").iterdir())
