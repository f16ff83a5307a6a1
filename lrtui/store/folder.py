"""The files of a study folder, and writing them so that a kill at any moment leaves each whole."""

import contextlib
import json
import os
from pathlib import Path
from typing import Any

import polars as pl

from lrtui.analysis.parquet import parquet_bytes

STUDY_FILE = "study.json"
RUNS_FILE = "runs.parquet"
EPOCHS_FILE = "epochs.parquet"
LAYERS_FILE = "layers.parquet"
FINDER_FILE = "finder.parquet"
PARTS_FOLDER = "parts"
CHECKPOINTS_FOLDER = "checkpoints"
LOG_FILE = "log.txt"
LOCK_FILE = ".lock"
EPOCHS_PER_PART = 16
RESERVE_FILE = ".reserve"
RESERVE_BYTES = 16 * 1024
"""Kept from the start, so that a study that fills the disk can still write how it ended."""
FORMAT = 1
"""Version of the folder's layout, kept in study.json."""


def write_whole(path: Path, content: bytes) -> None:
    """Put `content` at `path`, whole or not at all: temporary name, fsync, rename, fsync of the folder."""
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def write_frame(path: Path, frame: pl.DataFrame) -> None:
    """Put a frame at `path` as Parquet, whole or not at all."""
    write_whole(path, parquet_bytes(frame))


def write_json(path: Path, document: dict[str, Any]) -> None:
    """Put a document at `path`, whole or not at all."""
    write_whole(path, json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n")


def part_pattern(table: str) -> str:
    """Return the pattern of the names of a table's part files; the table is its file's name."""
    return f"{_part_prefix(table)}[0-9]*-[0-9]*.parquet"


def part_name(table: str, run: int, epoch: int) -> str:
    """Return the name of the part file that begins with an epoch of a run."""
    return f"{_part_prefix(table)}{run:05d}-{epoch:06d}.parquet"


OUTCOME_PATTERN = "outcome-[0-9]*.parquet"
"""The names of the part files of runs that are measured and not yet compacted."""


def outcome_name(run: int) -> str:
    """Return the name of the part file of a run's outcome."""
    return f"outcome-{run:05d}.parquet"


def outcome_run(part: Path) -> int:
    """Return the run that the part file of an outcome is of."""
    return int(part.stem.rpartition("-")[2])


def checkpoint_file(path: Path, run: int) -> Path:
    """Return where the checkpoint of a run is kept in a study folder."""
    return path / CHECKPOINTS_FOLDER / f"run-{run:05d}.safetensors"


def _part_prefix(table: str) -> str:
    return "" if table == EPOCHS_FILE else f"{table.partition('.')[0]}-"


def part_run(part: Path) -> int:
    """Return the run that a part file is of."""
    return int(part.stem.split("-")[-1 if part.stem.startswith("outcome-") else -2])


def _sync_folder(folder: Path) -> None:
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Lock:
    """Held by the process that writes a study, so that a reader knows a live study from one whose process died."""

    def __init__(self, folder: Path) -> None:
        self._file = (folder / LOCK_FILE).open("wb")
        _try_lock(self._file.fileno())

    def release(self) -> None:
        """Let go; the file stays."""
        self._file.close()


def is_being_written(folder: Path) -> bool:
    """Return whether a living process writes this study."""
    try:
        with (folder / LOCK_FILE).open("rb") as file:
            return not _try_lock(file.fileno())
    except OSError:
        return False


def _try_lock(descriptor: int) -> bool:
    try:
        import fcntl  # Windows has none: there a study counts as being written while it says so
    except ImportError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
