"""Files whole or not at all, on every file system; a lock that only its writer holds."""

import errno
import fcntl
import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from lrtui.errors import InputError
from lrtui.report import files
from lrtui.store import disk, folder, live
from lrtui.store.reader import open_study
from lrtui.store.writer import StudyWriter
from lrtui.study.records import StudyStatus
from lrtui.study.spec import Study
from tests.store.failing_disk import FailingDisk
from tests.store.test_store import create

Tiny = Callable[..., Study]


def test_an_export_does_not_write_through_a_link_that_somebody_left(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("somebody's file")
    for name in (".out.csv.tmp", ".lrtui-0.tmp"):
        (tmp_path / name).symlink_to(tmp_path / "victim")
    files.write(tmp_path / "out.csv", "mine")
    assert (tmp_path / "victim").read_text() == "somebody's file"
    assert not (tmp_path / "out.csv").is_symlink()
    assert (tmp_path / "out.csv").read_text() == "mine"
    with pytest.raises(FileExistsError):
        disk.create(tmp_path / ".out.csv.tmp")


def test_a_file_has_the_permissions_that_others_have(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("")
    files.write(tmp_path / "out.csv", "mine")
    assert stat.S_IMODE((tmp_path / "out.csv").stat().st_mode) == stat.S_IMODE((tmp_path / "plain").stat().st_mode)


def test_two_who_write_one_file_leave_one_of_both_whole(tmp_path: Path) -> None:
    texts = ["a" * 100_000, "b" * 100_000]
    writers = [threading.Thread(target=files.write, args=(tmp_path / "out.csv", text)) for text in texts * 5]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert (tmp_path / "out.csv").read_text() in texts
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP, errno.ENOSYS, errno.EBADF])
def test_folders_that_cannot_be_synced_take_nothing_from_their_files(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    original = os.fsync

    def fsync(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(number, os.strerror(number))
        original(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    files.write(tmp_path / "out.csv", "mine")
    writer = create(tiny(), tmp_path / "runs")
    writer.finish(StudyStatus.STOPPED, "", ())
    assert open_study(writer.path).status is StudyStatus.STOPPED


def test_a_folder_whose_disk_fails_is_an_error(tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fsync(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(InputError, match="Input/output error"):
        create(tiny(), tmp_path / "runs")


def test_a_new_study_outlives_a_power_cut_also_in_folders_that_were_made_for_it(tiny: Tiny, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        failing = FailingDisk(patch, tmp_path)
        writer = create(tiny(), tmp_path / "a" / "b" / "runs")
        writer.let_go()
    failing.after_power_cut(tmp_path / "left", seed=None)
    left = tmp_path / "left" / "a" / "b" / "runs" / writer.path.name
    assert open_study(left).runs["status"].to_list() == ["waiting"] * 4


def test_whoever_looks_takes_no_lock_and_disturbs_no_other(tiny: Tiny, tmp_path: Path) -> None:
    path = tmp_path / "study"
    path.mkdir()
    lock = folder.Lock(path)
    assert folder.is_being_written(path)
    lock.release()
    wrong, going = [], threading.Event()

    def look() -> None:
        while not going.is_set():
            if folder.is_being_written(path):
                wrong.append(1)

    lookers = [threading.Thread(target=look) for _ in range(3)]
    for looker in lookers:
        looker.start()
    lookers[0].join(0.3)
    going.set()
    for looker in lookers:
        looker.join()
    assert wrong == []
    for _ in range(50):
        begun = folder.Lock(path)
        with (path / folder.LOCK_FILE).open("rb") as file, pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        begun.release()


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EBADF, errno.EIO])
def test_where_there_are_no_locks_live_json_tells_who_writes(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def flock(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", flock)
    study = tiny()
    writer = create(study, tmp_path)
    assert open_study(writer.path).status is StudyStatus.INTERRUPTED, "nobody says that he trains it"
    live.write(writer.path, live.owner_of(os.getppid()))
    saved = open_study(writer.path)
    assert saved.status is StudyStatus.RUNNING
    with pytest.raises(InputError, match="is being trained by another process"):
        StudyWriter.reopen(writer.path, study, saved.states, device={"kind": "cpu"}, lanes=1, threads=1)
    writer.finish(StudyStatus.STOPPED, "", ())


def test_a_study_is_not_gone_on_with_while_another_writes_it(tiny: Tiny, tmp_path: Path) -> None:
    study = tiny()
    writer = create(study, tmp_path)
    states = open_study(writer.path).states
    with pytest.raises(InputError, match="is being trained by another process"):
        StudyWriter.reopen(writer.path, study, states, device={"kind": "cpu"}, lanes=1, threads=1)
    writer.finish(StudyStatus.STOPPED, "", ())
    StudyWriter.reopen(writer.path, study, states, device={"kind": "cpu"}, lanes=1, threads=1).let_go()


def test_a_clock_that_was_set_back(tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import datetime as dt

    hours = iter([5, 5, 4, 4, 3, 3, 3, 3])

    class _Clock(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:
            return dt.datetime(2026, 11, 26, next(hours), tzinfo=tz)

    monkeypatch.setattr("lrtui.store.writer.dt.datetime", _Clock)
    first, second = create(tiny(), tmp_path), create(tiny(), tmp_path)
    assert first.path != second.path
    for writer in (first, second):
        writer.finish(StudyStatus.STOPPED, "", ())
        saved = open_study(writer.path)
        assert saved.ended is not None
        assert saved.ended < saved.started
        assert saved.duration == 0.0
        assert saved.sittings[0].seconds is None
