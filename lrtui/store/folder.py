"""The files of a study folder, and writing them so that a kill at any moment leaves each whole."""

import contextlib
import errno
import json
import secrets
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lrtui.store import disk

if TYPE_CHECKING:
    import polars as pl

STUDY_FILE = "study.json"
RUNS_FILE = "runs.parquet"
EPOCHS_FILE = "epochs.parquet"
LAYERS_FILE = "layers.parquet"
CURVATURE_FILE = "curvature.parquet"
FINDER_FILE = "finder.parquet"
RESOURCES_FILE = "resources.parquet"
PARTS_FOLDER = "parts"
CHECKPOINTS_FOLDER = "checkpoints"
LOG_FILE = "log.txt"
LOCK_FILE = ".lock"
RESERVE_FILE = ".reserve"
RESERVE_BYTES = 16 * 1024
"""Kept from the start, so that a study that fills the disk can still write how it ended."""
FORMAT = 2
"""Version of the folder's layout, kept in study.json."""
READABLE_FORMATS = (1, 2)
TEMPORARY = ".*.tmp"
"""Names of files that are being written; one that stays was left by a kill."""
_PATIENCE = 1.0
"""Seconds in which somebody who only looked whether a study is locked has looked."""


def write_whole(path: Path, content: bytes) -> None:
    """Put `content` at `path`, whole or not at all: temporary name, fsync, rename, fsync of the folder."""
    put(path, content)
    disk.sync_folder(path.parent)


def put(path: Path, content: bytes) -> None:
    """Put `content` at `path` whole; its name may be lost in a power cut until the folder is synced."""
    temporary = path.with_name(f".lrtui-{secrets.token_hex(8)}.tmp")
    try:
        descriptor = disk.create(temporary)
        try:
            disk.write(descriptor, content)
            disk.sync(descriptor)
        finally:
            disk.close(descriptor)
        disk.rename(temporary, path)
    except OSError:
        with contextlib.suppress(OSError):
            disk.remove(temporary)
        raise


def write_frame(path: Path, frame: "pl.DataFrame", metadata: Mapping[str, str] | None = None) -> None:
    """Put a frame at `path` as Parquet, whole or not at all."""
    from lrtui.analysis.parquet import parquet_bytes  # polars comes with it, and the workbench begins without

    write_whole(path, parquet_bytes(frame, metadata))


def write_json(path: Path, document: Mapping[str, Any]) -> None:
    """Put a document at `path`, whole or not at all."""
    write_whole(path, json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n")


def make_folders(path: Path) -> None:
    """Make a folder and those above it that do not exist; none of them is lost in a power cut."""
    missing = []
    for one in (path, *path.parents):
        if one.is_dir():
            break
        missing.append(one)
    for one in reversed(missing):
        with contextlib.suppress(FileExistsError):  # somebody else made it meanwhile
            disk.make_folder(one)
        disk.sync_folder(one.parent)
    if not path.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "Not a directory", str(path))


def sweep(folders: Iterable[Path]) -> None:
    """Remove what kills left half written."""
    for one in folders:
        for leftover in one.glob(TEMPORARY):
            with contextlib.suppress(OSError):
                disk.remove(leftover)


def checkpoint_file(path: Path, run: int) -> Path:
    """Return where the checkpoint of a run is kept in a study folder."""
    return path / CHECKPOINTS_FOLDER / f"run-{run:05d}.safetensors"


def kept_file(path: Path, run: int) -> Path:
    """Return where the weights of a run that are to stay (`train.keep`) are in a study folder."""
    return path / CHECKPOINTS_FOLDER / f"run-{run:05d}.kept.safetensors"


class Lock:
    """Held by the process that writes a study, so that no other does.

    Raises BlockingIOError if another holds it. Where the file system knows no locks there is none.
    """

    def __init__(self, folder: Path) -> None:
        self._file = (folder / LOCK_FILE).open("ab")
        try:
            until = time.monotonic() + _PATIENCE
            while not _try_lock(self._file.fileno(), exclusive=True):
                if time.monotonic() > until:
                    raise BlockingIOError(errno.EAGAIN, "another process writes it")
                time.sleep(0.01)
        except OSError:
            self._file.close()
            raise

    def release(self) -> None:
        """Let go; the file stays."""
        self._file.close()


def is_being_written(folder: Path) -> bool:
    """Return whether a living process writes this study.

    live.json says who does. Where there is none the lock is asked, without taking it from a writer: versions before 0.3 had
    nothing else, and it is what there is of a study that begins. Where locks cannot be had nobody writes.
    """
    from lrtui.store import live  # it writes through this module

    if (owner := live.read(folder)) is not None:
        return live.lives(owner, folder)
    try:
        with (folder / LOCK_FILE).open("rb") as file:
            return not _try_lock(file.fileno(), exclusive=False)
    except OSError:
        return False


def _try_lock(descriptor: int, *, exclusive: bool) -> bool:
    """Return False if somebody else holds the lock; True also where locks cannot be had."""
    try:
        import fcntl  # Windows has none
    except ImportError:
        return True
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EWOULDBLOCK, errno.EAGAIN)
    return True
