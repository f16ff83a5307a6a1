"""A study of another process: looked at through its folder, steered through its socket."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from lrtui.remote import RemoteStudy
from lrtui.session import Session
from lrtui.store import live, parts
from lrtui.store.follow import Follower
from lrtui.store.reader import open_study
from lrtui.study.records import RunStatus, StudyStatus
from lrtui.study.spec import Study

Start = Callable[..., Session]


@pytest.fixture
def attach() -> Iterator[Callable[[Path], RemoteStudy]]:
    attached: list[RemoteStudy] = []

    def look_at(path: Path) -> RemoteStudy:
        attached.append(RemoteStudy(path, interval=0.02))
        return attached[-1]

    yield look_at
    for study in attached:
        study.close()


def until(condition: Callable[[], object], what: str = "") -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.01)


def test_what_is_seen_from_outside_is_what_is_seen_from_inside(
    tiny: Callable[..., Study], train_study: Start, attach: Callable[[Path], RemoteStudy]
) -> None:
    session = train_study(
        tiny("train.epochs=4000", "health.measure=true", "curvature.measure=true", "train.batch_size=8"), lanes=1
    )
    remote = attach(session.path)
    assert remote.steerable
    assert remote.study.runs == session.study.runs
    until(lambda: remote.snapshot().running, "a run is under way")
    until(lambda: any(state.step for state in remote.snapshot().running), "within an epoch")
    until(lambda: remote.snapshot().runs[0].epochs_done >= 3, "epochs as they end")
    seen = remote.snapshot()
    assert seen.status is StudyStatus.RUNNING
    assert seen.images_per_second > 0
    until(lambda: remote.snapshot().resources, "what is in use")
    assert remote.snapshot().resources.memory > 2**20
    assert all(record.layers and record.curvature for record in seen.runs[0].records)
    assert [record.epoch for record in seen.runs[0].records] == list(range(len(seen.runs[0].records)))
    session.stop_study()
    assert remote.wait(60)
    assert session.wait(60)
    assert remote.snapshot().status is StudyStatus.STOPPED
    own = session.snapshot()
    for inside, outside in zip(own.runs, remote.snapshot().runs, strict=True):
        assert outside.status is inside.status
        assert outside.records == inside.records
        assert outside.outcome == inside.outcome
    assert remote.snapshot().events == own.events
    assert remote.saved.status is StudyStatus.STOPPED


def test_nothing_is_read_twice(
    tiny: Callable[..., Study], train_study: Start, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    session = train_study(tiny("train.epochs=300", "sweep.replicates=1"), lanes=1)
    until(lambda: session.snapshot().runs[0].epochs_done >= 5)
    follower = Follower(session.path)
    taken: list[int] = []
    original = parts.read_new

    def read_new(path: Path, table: str, through: int) -> tuple[pl.DataFrame, int]:
        frame, last = original(path, table, through)
        if table == "epochs.parquet":
            taken.append(len(frame))
        return frame, last

    monkeypatch.setattr(parts, "read_new", read_new)
    follower.look()
    taken.clear()
    while not session.wait(0.05):
        follower.look()
    until(lambda: follower.look() or follower.over, "the end")
    rows = len(open_study(session.path).epochs)
    assert sum(taken) < 4 * rows, "only what was put together anew meanwhile is read once more"
    assert follower.snapshot.status is StudyStatus.DONE
    assert follower.snapshot.runs[0].records == session.snapshot().runs[0].records


def test_it_is_steered_from_outside(
    tiny: Callable[..., Study], train_study: Start, attach: Callable[[Path], RemoteStudy]
) -> None:
    study = tiny("train.epochs=5000", "sweep.order=rate")
    session = train_study(study, lanes=1)
    first, second = attach(session.path), attach(session.path)
    until(lambda: first.snapshot().running)
    first.stop_run(1)
    until(lambda: second.snapshot().runs[0].status is RunStatus.STOPPED, "the other sees it")
    second.skip_scenario(study.runs[2].scenario)
    until(lambda: first.snapshot().runs[3].status is RunStatus.SKIPPED)
    first.stop_study()
    for remote in (first, second):
        assert remote.wait(60)
        assert [state.status.value for state in remote.snapshot().runs] == ["stopped", "stopped", "skipped", "skipped"]


def test_a_range_test_is_seen_step_by_step(
    tiny: Callable[..., Study], train_study: Start, attach: Callable[[Path], RemoteStudy]
) -> None:
    session = train_study(
        tiny("optim.lr=find", "finder.iterations=2000", "train.epochs=2", "sweep.replicates=1"), lanes=1
    )
    remote = attach(session.path)
    seen: set[int] = set()
    while not remote.wait(0.01):
        state = remote.snapshot().runs[0]
        if state.searching:
            seen.add(state.search_step)
    assert len(seen) > 2
    assert remote.snapshot().runs[0].finder == session.snapshot().runs[0].finder
    assert remote.snapshot().runs[0].spec.found_lr == session.snapshot().runs[0].spec.found_lr


def test_from_another_machine_it_can_be_looked_at_and_not_be_steered(
    tiny: Callable[..., Study],
    train_study: Start,
    attach: Callable[[Path], RemoteStudy],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    session = train_study(tiny("train.epochs=5000"), lanes=1)
    owner = live.read(session.path)
    assert owner is not None
    monkeypatch.setattr(live, "machine", lambda: "another one")
    remote = attach(session.path)
    assert not remote.steerable
    assert remote.where.endswith(owner.host)
    until(lambda: remote.snapshot().runs[0].epochs_done >= 2, "epochs are seen")
    assert remote.snapshot().runs[0].status is RunStatus.RUNNING
    remote.stop_study()
    until(lambda: "steer it from there" in remote.problem, "said why not")
    assert not session.wait(0)


@pytest.mark.skipif(os.name != "posix", reason="kills as POSIX has them")
def test_a_process_that_is_killed_is_seen_within_seconds(tmp_path: Path, attach: Callable[[Path], RemoteStudy]) -> None:
    command = [sys.executable, "-m", "lrtui", "run", "quickstart", "--set", "train.epochs=5000", "--quiet"]
    process = subprocess.Popen([*command, "--runs-dir", str(tmp_path / "runs")], stdout=subprocess.DEVNULL)
    try:
        until(lambda: list(tmp_path.glob("runs/*/parts/*")))
        (path,) = (tmp_path / "runs").iterdir()
        remote = attach(path)
        until(lambda: remote.snapshot().running)
        process.send_signal(signal.SIGKILL)
        process.wait()
        killed = time.monotonic()
        assert remote.wait(30)
        assert time.monotonic() - killed < 10
        assert remote.snapshot().status is StudyStatus.INTERRUPTED
        assert RunStatus.INTERRUPTED in {state.status for state in remote.snapshot().runs}
    finally:
        process.kill()
        process.wait()


def test_an_owner_that_is_replaced_is_followed(
    tiny: Callable[..., Study], train_study: Start, attach: Callable[[Path], RemoteStudy], tmp_path: Path
) -> None:
    session = train_study(tiny("train.epochs=400", "sweep.replicates=1"), lanes=1)
    remote = attach(session.path)
    until(lambda: remote.snapshot().runs[0].epochs_done >= 2)
    session.hand_over()
    assert session.wait(60)
    live.write(session.path, replace(live.owner_of(), since="2026-01-01"))
    resumed = Session.resume(session.path, handed_over=True, data_dir=tmp_path / "data")
    until(lambda: remote.snapshot().runs[1].records or remote.wait(0))
    assert not remote.wait(0), "it goes on, and is looked at on"
    resumed.stop_study()
    assert resumed.wait(60)
    assert remote.wait(60)
