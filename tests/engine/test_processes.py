"""Lanes in processes of their own: the same bits as in this one, and what becomes of a study when one of them dies."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lrtui import paths
from lrtui.engine import process_hand, remote_hand
from lrtui.engine.lanes import Lanes
from lrtui.engine.shared_data import SharedFolder
from lrtui.session import Session
from lrtui.store.reader import SavedStudy, open_study
from lrtui.study.records import RunStatus, StudyStatus
from lrtui.study.spec import Study
from tests.engine.test_resume import assert_same, finish

pytestmark = pytest.mark.processes

Tiny = Callable[..., Study]
Start = Callable[..., Session]
LOPSIDED = ("train.epochs=[1500, 3, 2]", "optim.lr=1e-2", "sweep.replicates=1")
"""While the first lane trains the first run the second one trains the others."""
LONG = ("train.epochs=2000", "train.batch_size=4")


def workers() -> list[int]:
    """Return the processes of this one's lanes."""
    listed = subprocess.run(
        ["ps", "-o", "pid=,args=", "--ppid", str(os.getpid())], capture_output=True, text=True, check=False
    ).stdout
    return [int(line.split()[0]) for line in listed.splitlines() if "lrtui.engine.worker" in line]


def until(condition: Callable[[], object], what: str = "") -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.01)


def lane_of(session: Session, lane: int) -> int | None:
    """Return the run that a lane trains, once it has finished an epoch."""
    return next(
        (state.spec.run for state in session.snapshot().running if state.lane == lane and state.epochs_done), None
    )


def said(session: Session) -> str:
    return "\n".join(event.text for event in session.snapshot().events)


def in_one(train_study: Start, study: Study) -> SavedStudy:
    return finish(train_study(study, lanes=1))


@pytest.mark.parametrize(
    "overrides",
    [
        (
            "health.measure=true",
            "curvature.measure=true",
            "model.dropout=0.3",
            "optim.name=nadam",
            "mc_dropout.samples=3",
        ),
        (
            "optim.lr=find",
            "optim.name=adam",
            "model.activation=['relu', 'tanh']",
            "sweep.replicates=3",
            "train.epochs=9",
        ),
        ("model.name=cnn", "model.channels=[4]", "model.dense=[8]", "early_stopping.patience=1", "train.keep=best"),
    ],
    ids=["noise", "found rates", "cnn"],
)
def test_they_come_to_the_same_bits(tiny: Tiny, train_study: Start, overrides: tuple[str, ...]) -> None:
    study = tiny(*overrides)
    whole = in_one(train_study, study)
    session = train_study(study, lanes=2)
    saved = finish(session)
    assert saved.status is StudyStatus.DONE
    assert "on lane 1" in said(session)
    assert_same(saved, whole)
    assert sorted(file.name for file in (saved.path / "checkpoints").glob("*")) == sorted(
        file.name for file in (whole.path / "checkpoints").glob("*")
    )
    assert not workers()
    assert not [file for file in paths.shared_dir().rglob("*") if file.is_file()], "nothing is left in the cache"


@pytest.mark.parametrize("seconds", [0, 1000], ids=["with checkpoint", "without"])
def test_a_process_that_is_killed_costs_its_run_a_restart_and_no_more(
    tiny: Tiny, train_study: Start, seconds: int
) -> None:
    study = tiny("train.epochs=150", "train.batch_size=4", f"train.checkpoint_seconds={seconds}", "model.dropout=0.2")
    whole = in_one(train_study, study)
    session = train_study(study, lanes=2)
    until(lambda: lane_of(session, 1) is not None, "the second lane trains")
    (worker,) = workers()
    os.kill(worker, signal.SIGKILL)
    saved = finish(session)
    assert session.error is None
    assert saved.status is StudyStatus.DONE
    assert_same(saved, whole)
    log = said(session)
    assert "lane 1: its process was ended by SIGKILL (as happens when memory runs out); run" in log
    assert ("goes on from its checkpoint of epoch" in log) == (seconds == 0)


def test_a_run_whose_process_dies_again_and_again_fails_alone(
    tiny: Tiny, train_study: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = process_hand.ProcessHand.train

    def dying(self: process_hand.ProcessHand, *arguments: object) -> object:
        if arguments[0][0].spec.run == 2:
            self._process.kill()
        return original(self, *arguments)

    monkeypatch.setattr(process_hand.ProcessHand, "train", dying)
    session = train_study(tiny(*LOPSIDED), lanes=2)
    assert session.wait(60)
    saved = open_study(session.path)
    assert saved.runs["status"].to_list() == ["done", "failed", "done"]
    assert saved.states[1].message.startswith("its process was ended by SIGKILL")
    assert saved.states[1].message.endswith(", 3 times")


def test_what_breaks_there_is_told_here(tiny: Tiny, train_study: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Lanes, "_checkpoint", lambda self, run: b"nonsense" if run == 2 else None)
    session = train_study(tiny(*LOPSIDED), lanes=2)
    assert session.wait(60)
    saved = open_study(session.path)
    assert saved.runs["status"].to_list() == ["done", "failed", "done"]
    assert saved.states[1].message.startswith("DamagedCheckpointError: it cannot be read")
    assert saved.message == f"run 2: {saved.states[1].message}"
    assert "engine/workshop.py" in said(session), "the traceback is that of the other process"


@pytest.mark.parametrize("end", ["run", "scenario", "study"])
def test_what_is_stopped_there_stops(tiny: Tiny, train_study: Start, end: str) -> None:
    session = train_study(tiny(*LONG, "optim.lr=[1e-3, 1e-2, 1e-1]", "sweep.order=rate"), lanes=2)
    until(lambda: lane_of(session, 1) is not None, "the second lane trains")
    run = lane_of(session, 1)
    assert run is not None
    state = session.board.state(run)
    assert state.records
    until(lambda: session.snapshot().runs[run - 1].step > 0, "it is seen within an epoch")
    if end == "run":
        session.stop_run(run)
    elif end == "scenario":
        session.skip_scenario(state.spec.scenario)
    else:
        session.stop_study()
    until(lambda: session.board.state(run).status.ended, "it stops")
    assert session.board.state(run).status is (RunStatus.SKIPPED if end == "scenario" else RunStatus.STOPPED)
    if end != "study":
        assert session.snapshot().status is StudyStatus.RUNNING
        session.stop_study()
    saved = finish(session)
    assert saved.status is StudyStatus.STOPPED
    assert saved.states[run - 1].records == session.snapshot().runs[run - 1].records
    assert not workers()


def test_a_process_that_hangs_is_killed_when_it_is_to_stop(
    tiny: Tiny, train_study: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_hand, "PATIENCE_SECONDS", 0.5)
    session = train_study(tiny(*LONG), lanes=2)
    until(lambda: lane_of(session, 1) is not None, "the second lane trains")
    run, (worker,) = lane_of(session, 1), workers()
    os.kill(worker, signal.SIGSTOP)
    session.stop_study()
    saved = finish(session)
    assert saved.states[run - 1].status is RunStatus.STOPPED
    assert not workers()


def test_where_there_is_no_room_to_share_data_a_process_reads_it_for_itself(
    tiny: Tiny, train_study: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    study = tiny("train.epochs=100")
    whole = in_one(train_study, study)
    monkeypatch.setattr(SharedFolder, "put", full)
    session = train_study(study, lanes=2)
    saved = finish(session)
    assert "on lane 1" in said(session)
    assert_same(saved, whole)


def test_a_lane_whose_process_cannot_be_started_leaves_its_runs_to_the_others(
    tiny: Tiny, train_study: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    session = train_study(tiny(), lanes=2)
    saved = finish(session)
    assert saved.status is StudyStatus.DONE
    assert "lane 1 cannot train: its process cannot be started: No such file or directory" in said(session)


def test_what_a_killed_process_left_in_the_cache_is_removed_by_the_next(tiny: Tiny, train_study: Start) -> None:
    finish(train_study(tiny("train.epochs=30"), lanes=2))
    (folder,) = paths.shared_dir().iterdir()
    dead, alive = folder / "999999999-1-x", folder / f"{os.getppid()}-{_started(os.getppid())}-x"
    for one in (dead, alive):
        one.mkdir()
        (one / "train_images").write_bytes(b"0" * 100)
    finish(train_study(tiny("train.epochs=30"), lanes=2))
    assert [one.exists() for one in (dead, alive)] == [False, True]


def _started(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]


def test_the_processes_end_with_the_one_that_started_them(tmp_path: Path, tiny: Tiny) -> None:
    tiny(*LONG)
    environment = os.environ | {"LRTUI_RUNS": str(tmp_path / "runs")}
    owner = subprocess.Popen(
        [sys.executable, "-m", "lrtui", "run", str(tmp_path / "tiny.toml"), "--lanes", "2", "--quiet"]
        + [part for change in LONG for part in ("--set", change)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def children() -> list[str]:
        command = ["ps", "-o", "pid=,args=", "--ppid", str(owner.pid)]
        listed = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        return [line.split()[0] for line in listed.splitlines() if "lrtui.engine.worker" in line]

    until(children, "a worker")
    (worker,) = children()
    owner.kill()
    owner.wait()
    until(lambda: not Path(f"/proc/{worker}").exists(), "it ends")


@pytest.fixture
def stillborn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes that end before they say a word, as where memory is limited."""
    original = process_hand._start

    def start(said: object) -> object:
        link, process = original(said)
        process.kill()
        process.wait()
        return link, process

    monkeypatch.setattr(process_hand, "_start", start)


@pytest.mark.parametrize("lanes", [2, 4])
def test_processes_that_die_before_they_begin_leave_their_runs_to_the_others(
    tiny: Tiny, train_study: Start, stillborn: None, lanes: int
) -> None:
    session = train_study(tiny(), lanes=lanes)
    saved = finish(session)
    assert saved.status is StudyStatus.DONE
    assert session.error is None
    assert "lane 1 cannot train: its process was ended by SIGKILL (as happens when memory runs out), 3 times" in said(
        session
    )


def test_a_lane_that_is_done_takes_up_what_another_loses(tiny: Tiny, train_study: Start) -> None:
    """The first lane's run is long over when the other's process is killed for the last time."""
    study = tiny("train.epochs=[1, 1500]", "optim.lr=1e-2", "sweep.replicates=1")
    session = train_study(study, lanes=2)
    until(lambda: session.board.state(1).status is RunStatus.DONE, "the first run")
    until(lambda: lane_of(session, 1) == 2, "the second run")
    (worker,) = workers()
    os.kill(worker, signal.SIGKILL)
    saved = finish(session)
    assert saved.status is StudyStatus.DONE
    assert "run 2 begun again" in said(session)


@pytest.mark.parametrize("end", ["study", "runs"])
def test_a_process_that_hangs_before_it_begins_is_ended_when_its_run_is_to_end(
    tiny: Tiny, train_study: Start, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    original = process_hand._start

    def start(said: object) -> object:
        link, process = original(said)
        os.kill(process.pid, signal.SIGSTOP)
        return link, process

    monkeypatch.setattr(process_hand, "_start", start)
    session = train_study(tiny(*LONG, "sweep.replicates=5"), lanes=2)
    until(lambda: len(session.snapshot().running) == 2, "it is to train")
    if end == "study":
        session.stop_study()
    else:
        for state in session.snapshot().runs:
            session.stop_run(state.spec.run)
    saved = finish(session)
    assert "cannot train" not in said(session)
    assert {state.status for state in saved.states} == {RunStatus.STOPPED}
    assert saved.status is StudyStatus.STOPPED
    assert not workers()


def test_runs_that_come_on_are_begun_again_as_often_as_their_process_is_killed(tiny: Tiny, train_study: Start) -> None:
    study = tiny("train.epochs=[20000, 19000]", "train.batch_size=4", "optim.lr=1e-2", "sweep.replicates=1")
    session = train_study(study, lanes=2)

    def epochs() -> int:
        return max((state.epochs_done for state in session.snapshot().running if state.lane == 1), default=0)

    for _ in range(4):
        before = epochs()
        until(lambda before=before: epochs() > before and workers(), "an epoch more")
        (worker,) = workers()
        os.kill(worker, signal.SIGKILL)
        until(lambda worker=worker: worker not in workers(), "it is gone")
    assert all(state.status is not RunStatus.FAILED for state in session.snapshot().runs)
    session.stop_study()
    assert finish(session).status is StudyStatus.STOPPED
