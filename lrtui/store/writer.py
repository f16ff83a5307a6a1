"""Writing a study: every epoch on disk as it ends, compacted when its run ends."""

import dataclasses
import datetime as dt
import platform
import shutil
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import polars as pl

from lrtui import __version__
from lrtui.analysis.columns import EPOCHS, schema
from lrtui.analysis.frames import epochs_frame, runs_frame
from lrtui.engine.board import RunState
from lrtui.errors import InputError
from lrtui.store import folder
from lrtui.study.records import EpochRecord, StudyStatus
from lrtui.study.spec import Study


class StudyWriter:
    """The one writer of a study folder. An OSError means that rows could not be kept."""

    def __init__(self, path: Path, document: dict[str, Any]) -> None:
        self.path = path
        self._document = document
        self._lock = folder.Lock(path)
        try:
            (path / folder.PARTS_FOLDER).mkdir()
            folder.write_json(path / folder.STUDY_FILE, document)
            folder.write_whole(path / folder.RESERVE_FILE, bytes(folder.RESERVE_BYTES))
        except OSError:
            self._lock.release()
            raise

    @classmethod
    def create(
        cls,
        runs_dir: Path,
        study: Study,
        *,
        device: dict[str, Any],
        lanes: int,
        threads: int,
        fingerprints: Sequence[dict[str, Any]],
    ) -> "StudyWriter":
        """Make the folder of a new study. Raises InputError where that cannot be done."""
        started = dt.datetime.now(dt.timezone.utc)
        document = {
            "format": folder.FORMAT,
            "name": study.name,
            "title": study.title,
            "overrides": list(study.overrides),
            "preset": study.resolved,
            "hash": study.hash,
            "status": StudyStatus.RUNNING.value,
            "message": "",
            "started": started.isoformat(timespec="seconds"),
            "ended": None,
            "runs": len(study.runs),
            "device": device,
            "lanes": lanes,
            "threads": threads,
            "data": list(fingerprints),
            "versions": versions(),
        }
        path = None
        try:
            path = _new_folder(runs_dir, started, study.name)
            return cls(path, document)
        except OSError as error:
            if path is not None:
                shutil.rmtree(path, ignore_errors=True)
            raise InputError(f"cannot write to the runs folder {runs_dir}: {error.strerror or error}") from None

    def epoch(self, record: EpochRecord) -> None:
        """Put one finished epoch on disk."""
        frame = pl.DataFrame([dataclasses.asdict(record)], schema=schema(EPOCHS))
        folder.write_frame(self._part(record.run, record.epoch), frame)

    def run_ended(self, run: int, states: Sequence[RunState]) -> None:
        """Compact: rewrite both tables with every ended run, then drop the run's parts."""
        ended = [state for state in states if state.status.ended]
        folder.write_frame(self.path / folder.EPOCHS_FILE, epochs_frame(ended))
        folder.write_frame(self.path / folder.RUNS_FILE, runs_frame(states))
        for state in ended:
            if state.spec.run == run:
                for record in state.records:
                    self._part(run, record.epoch).unlink(missing_ok=True)

    def finish(self, status: StudyStatus, message: str, states: Sequence[RunState]) -> None:
        """The study ended: write its end, in the room kept for it, and let the folder go."""
        ended = dt.datetime.now(dt.timezone.utc).isoformat(timespec="seconds")
        self._document |= {"status": status.value, "message": message, "ended": ended}
        try:
            (self.path / folder.RESERVE_FILE).unlink(missing_ok=True)
            folder.write_json(self.path / folder.STUDY_FILE, self._document)
            folder.write_frame(self.path / folder.RUNS_FILE, runs_frame(states))
            if not any((self.path / folder.PARTS_FOLDER).iterdir()):
                (self.path / folder.PARTS_FOLDER).rmdir()
        finally:
            self._lock.release()

    def _part(self, run: int, epoch: int) -> Path:
        return self.path / folder.PARTS_FOLDER / folder.part_name(run, epoch)


def versions() -> dict[str, str]:
    """Return what the figures depend on: lrtui, Python, the libraries, the system."""
    libraries = {name: metadata.version(name) for name in ("torch", "torchvision", "numpy", "polars")}
    return {"lrtui": __version__, "python": platform.python_version(), **libraries, "system": platform.platform()}


def _new_folder(runs_dir: Path, started: dt.datetime, name: str) -> Path:
    """Return a fresh folder `20261121-165512-paper-mlp-mnist` (local time); a number is added where one is there."""
    slug = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in name).strip("-") or "study"
    stem = f"{started.astimezone():%Y%m%d-%H%M%S}-{slug}"
    runs_dir.mkdir(parents=True, exist_ok=True)
    for number in range(1, 1000):
        path = runs_dir / (stem if number == 1 else f"{stem}-{number}")
        try:
            path.mkdir()
        except FileExistsError:
            continue
        return path
    raise FileExistsError(f"{stem}: too many studies of that name")
