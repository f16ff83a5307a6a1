"""What goes wrong while a study is trained: a sentence, nothing lost that was shown, and no status that is not so."""

import errno
import os
import shutil
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl
import pytest

from lrtui.engine.board import Board
from lrtui.engine.hand import Job
from lrtui.engine.loop_hand import LoopHand
from lrtui.engine.queue import RunQueue
from lrtui.session import Session
from lrtui.store import disk, folder, parts
from lrtui.store.reader import open_study
from lrtui.store.writer import StudyWriter
from lrtui.study.records import FinderCurve, RunStatus, StudyStatus
from lrtui.study.spec import Study

Tiny = Callable[..., Study]
Start = Callable[..., Session]


def require_shown_is_kept(session: Session) -> None:
    """Every epoch on the Board is on disk, and its runs are told alike."""
    saved = open_study(session.path)
    kept = set(saved.epochs.select("run", "epoch").rows())
    for state in session.board.snapshot().runs:
        assert {(state.spec.run, record.epoch) for record in state.records} <= kept
    assert saved.status is session.board.snapshot().status


def fail_after(monkeypatch: pytest.MonkeyPatch, name: str, calls: int, number: int) -> None:
    """Have a function of the disk fail with an error number from its call number `calls` on, as long as the study trains."""
    original, done, lock = getattr(disk, name), [0], threading.Lock()

    def failing(*arguments: object) -> object:
        if threading.current_thread().name == "journal":
            with lock:
                done[0] += 1
            if done[0] > calls:
                raise OSError(number, os.strerror(number))
        return original(*arguments)

    monkeypatch.setattr(disk, name, failing)


@pytest.mark.parametrize(
    ("call", "number"),
    [
        *[("create", number) for number in (errno.ENOSPC, errno.EACCES, errno.EMFILE, errno.EROFS)],
        *[("write", number) for number in (errno.ENOSPC, errno.EDQUOT)],
        *[("sync", number) for number in (errno.EIO, errno.ENOSPC)],
        *[(name, errno.EIO) for name in ("rename", "sync_folder")],
    ],
)
def test_a_disk_that_fails_while_a_study_trains(
    tiny: Tiny, train_study: Start, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    fail_after(monkeypatch, call, 3, number)
    session = train_study(tiny("train.epochs=100000", "train.checkpoint_seconds=1000.0"), lanes=2)
    assert session.wait(60)
    sentence = f"cannot write the study: {os.strerror(number)}"
    assert str(session.error) == sentence
    saved = open_study(session.path)
    assert (saved.status, saved.message) == (StudyStatus.FAILED, sentence)
    require_shown_is_kept(session)
    assert not list(session.path.rglob(folder.TEMPORARY))


@pytest.mark.parametrize("loss", ["removed", "renamed", "runs folder removed"])
def test_a_folder_that_is_gone(tiny: Tiny, train_study: Start, loss: str) -> None:
    session = train_study(tiny("train.epochs=100000"), lanes=1)
    while not session.board.snapshot().runs[0].records:
        assert not session.wait(0.01)
    if loss == "renamed":
        session.path.rename(session.path.with_name("other"))
    else:
        gone = session.path if loss == "removed" else session.path.parent
        gone.rename(gone.with_name("gone"))
        shutil.rmtree(gone.with_name("gone"), ignore_errors=True)
    assert session.wait(60)
    assert str(session.error) == "cannot write the study: No such file or directory"
    assert session.board.snapshot().status is StudyStatus.FAILED


def test_a_checkpoint_that_cannot_be_written_ends_nothing(
    tiny: Tiny, train_study: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = folder.write_whole

    def full(path: Path, content: bytes) -> None:
        if path.suffix == ".safetensors":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        original(path, content)

    monkeypatch.setattr(folder, "write_whole", full)
    monkeypatch.setattr("lrtui.store.journal.GATHER_SECONDS", 0.0)
    session = train_study(tiny("train.checkpoint_seconds=0.0", "train.epochs=60"), lanes=1)
    assert session.wait(60)
    assert session.error is None
    said = [event.text for event in session.board.snapshot().events if "no checkpoints" in event.text]
    assert said == ["no checkpoints can be written: No space left on device; training goes on without"]
    assert open_study(session.path).status is StudyStatus.DONE


class _Panic(BaseException):
    """What a library written in another language ends a thread with."""


def test_a_run_that_dies_of_anything_fails_the_study_and_no_other_run(
    tiny: Tiny, train_study: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = LoopHand.train

    def dying(self: LoopHand, jobs: Sequence[Job], *rest: object) -> object:
        if jobs[0].spec.run == 1:
            raise _Panic("a pointer was none")
        return original(self, jobs, *rest)

    monkeypatch.setattr(LoopHand, "train", dying)
    session = train_study(tiny(), lanes=1)
    assert session.wait(60)
    saved = open_study(session.path)
    assert (saved.status, saved.message) == (StudyStatus.FAILED, "run 1: _Panic: a pointer was none")
    assert saved.runs["status"].to_list() == ["failed", "done", "done", "done"]
    assert saved.states[0].message == "_Panic: a pointer was none", "told when the study is opened again"
    require_shown_is_kept(session)


@pytest.mark.parametrize("count", [1, 2])
def test_a_lane_that_dies_fails_the_study_and_the_others_go_on(
    tiny: Tiny, train_study: Start, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    original = RunQueue.take

    def dying(self: RunQueue) -> object:
        if threading.current_thread().name == "lane-0":
            raise MemoryError
        return original(self)

    monkeypatch.setattr(RunQueue, "take", dying)
    session = train_study(tiny(), lanes=count)
    assert session.wait(60)
    saved = open_study(session.path)
    assert (saved.status, saved.message) == (StudyStatus.FAILED, "lane 0 died: MemoryError")
    assert saved.runs["status"].to_list() == (["done"] * 4 if count == 2 else ["stopped"] * 4)


def test_a_run_whose_end_cannot_be_handed_over_fails(
    tiny: Tiny, train_study: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(StudyWriter, "run_ended", broken)
    session = train_study(tiny(), lanes=1)
    assert session.wait(60)
    assert session.board.snapshot().status is StudyStatus.FAILED
    assert open_study(session.path).status is StudyStatus.FAILED
    assert "MemoryError" in str(session.error)


def test_an_end_that_cannot_be_written_is_an_error(
    tiny: Tiny, train_study: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(writer: StudyWriter, *_: object, **__: object) -> None:
        writer.let_go()
        raise MemoryError

    monkeypatch.setattr(StudyWriter, "finish", broken)
    session = train_study(tiny())
    assert session.wait(60)
    assert str(session.error) == "cannot write the study: MemoryError"
    assert session.board.snapshot().status is StudyStatus.FAILED
    assert open_study(session.path).status is StudyStatus.INTERRUPTED


def test_a_table_that_cannot_be_written_at_the_end_is_a_study_that_failed(tiny: Tiny, train_study: Start) -> None:
    session = train_study(tiny("train.epochs=60"), lanes=1)
    (session.path / folder.EPOCHS_FILE).mkdir()
    assert session.wait(60)
    assert str(session.error).startswith("cannot write the study: ")
    (session.path / folder.EPOCHS_FILE).rmdir()
    saved = open_study(session.path)
    assert saved.status is StudyStatus.FAILED
    assert len(saved.epochs) == sum(len(state.records) for state in session.board.snapshot().runs)


def test_a_study_is_done_only_if_every_run_is(tiny: Tiny, train_study: Start) -> None:
    session = train_study(tiny(), lanes=1)
    session.stop_run(4)
    assert session.wait(60)
    saved = open_study(session.path)
    assert saved.runs["status"].to_list() == ["done"] * 3 + ["stopped"]
    assert saved.status is StudyStatus.STOPPED


def test_a_range_test_is_on_disk_when_it_is_shown_as_over(
    tiny: Tiny, train_study: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_disk: list[bool] = []
    original = Board.finder_moved

    def look(board: Board, run: int, curve: FinderCurve) -> None:
        if curve.over:
            (path,) = (one for one in paths if one.is_dir())
            on_disk.append(run in parts.read(path, folder.FINDER_FILE).rows["run"].to_list())
        original(board, run, curve)

    monkeypatch.setattr(Board, "finder_moved", look)
    create = StudyWriter.create
    paths: list[Path] = []

    def remember(*arguments: object, **options: object) -> StudyWriter:
        writer = create(*arguments, **options)
        paths.append(writer.path)
        return writer

    monkeypatch.setattr(StudyWriter, "create", remember)
    session = train_study(tiny("optim.lr=find", "optim.name=adam", "finder.iterations=30"), find_only=True)
    assert session.wait(60)
    assert on_disk
    assert all(on_disk)


def test_outcomes_and_ends_are_on_disk_when_they_are_shown(
    tiny: Tiny, train_study: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_disk: list[RunStatus] = []
    original = Board.run_ended

    def look(board: Board, run: int, status: RunStatus, message: str = "") -> None:
        on_disk.append(open_study(session.path).states[run - 1].status)
        original(board, run, status, message)

    monkeypatch.setattr(Board, "run_ended", look)
    session = train_study(tiny("train.epochs=20"), lanes=1)
    assert session.wait(60)
    assert on_disk == [RunStatus.DONE] * 4


def test_writing_costs_no_more_per_run_in_a_large_study(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.store.test_store import create, outcome, record

    monkeypatch.setattr("lrtui.store.journal.GATHER_SECONDS", 0.0)
    original, written = folder.put, [0]

    def counted(path: Path, content: bytes) -> None:
        written[0] += len(pl.read_parquet(content)) if path.suffix == ".parquet" else 0
        original(path, content)

    monkeypatch.setattr(folder, "put", counted)
    rows = []
    for runs in (50, 800):
        study = tiny(f"sweep.replicates={runs // 2}", "train.epochs=1")
        writer = create(study, tmp_path / f"{runs}")
        written[0] = 0
        for spec in study.runs:
            for epoch in (0, 1):
                writer.epoch(record(spec.run, epoch))
            writer.outcome(outcome(spec.run, 1))
            writer.run_ended(spec.run, RunStatus.DONE)
            if spec.run % 5 == 0:
                writer.flush()
        writer.finish(StudyStatus.DONE, "", [])
        rows.append(written[0] / runs)
    assert rows[1] < 1.8 * rows[0], "rows written per run: at most a few times each, however many there are"


def test_the_picture_of_a_large_study_is_as_quick_as_that_of_a_small_one(tiny: Tiny) -> None:
    import time

    study = tiny("optim.lr=[1e-4, 1e-3, 1e-2, 1e-1, 1.0]", "sweep.replicates=1000")
    board = Board(study.runs)
    board.begin("cpu", 2)
    progress = board.run_started(1, 0, 10)
    quickest = 1.0
    for step in range(30):
        progress.step = step
        began = time.perf_counter()
        board.snapshot()
        quickest = min(quickest, time.perf_counter() - began)
    assert quickest < 0.01
    assert board.snapshot().runs is board.snapshot().runs
