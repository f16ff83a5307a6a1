"""Writing a file whole, or saying why not."""

import os
import threading
from pathlib import Path

import pytest

from lrtui.errors import InputError, WorkError
from lrtui.report import files
from lrtui.report.files import write


def test_text_is_utf8_and_bytes_are_bytes(tmp_path: Path) -> None:
    write(tmp_path / "a.txt", "± –\n")
    write(tmp_path / "b.bin", b"\x00\xff")
    assert (tmp_path / "a.txt").read_bytes() == "± –\n".encode()
    assert (tmp_path / "b.bin").read_bytes() == b"\x00\xff"


def test_what_was_there_is_replaced_behind_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.txt").write_text("old")
    (tmp_path / "link.txt").symlink_to("real.txt")
    write(tmp_path / "link.txt", "new")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real.txt").read_text() == "new"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.txt", "real.txt"]


def test_a_missing_folder_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no folder"):
        write(tmp_path / "none" / "a.txt", "x")
    with pytest.raises(InputError, match="is a folder"):
        write(tmp_path, "x")


def test_a_name_that_cannot_be_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a\\x00b: is not a file name"):
        write(tmp_path / "a\0b", "x")
    with pytest.raises(InputError, match="cannot be written: File name too long"):
        write(tmp_path / ("a" * 300), "x")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_permission_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(path: Path, content: bytes) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(files, "write_whole", denied)  # a real one would let the superuser write
    with pytest.raises(InputError, match="cannot be written: Permission denied"):
        write(tmp_path / "a.txt", "x")


def test_a_full_disk_is_the_works_failure_and_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.txt").write_text("old")

    def full(path: Path, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "write_whole", full)
    with pytest.raises(WorkError, match="cannot be written: No space left on device"):
        write(tmp_path / "a.txt", "new")
    assert (tmp_path / "a.txt").read_text() == "old"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_written_through(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    received: list[bytes] = []
    reader = threading.Thread(target=lambda: received.append(pipe.read_bytes()))
    reader.start()
    write(pipe, "through")
    reader.join(30)
    assert received == [b"through"]
    assert pipe.is_fifo()
