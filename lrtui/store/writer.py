"""Writing a study: every epoch on disk as it ends, compacted when its run ends."""

import contextlib
import datetime as dt
import platform
import shutil
import threading
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import polars as pl

from lrtui import __version__
from lrtui.analysis.frames import (
    epochs_frame,
    finder_frame,
    layers_frame,
    outcome_frame,
    records_frame,
    runs_frame,
)
from lrtui.errors import InputError
from lrtui.store import folder, sittings
from lrtui.store.reader import read_document
from lrtui.study.records import EpochRecord, FinderCurve, Outcome, RunStatus, StudyStatus
from lrtui.study.run_key import KEY_VERSION
from lrtui.study.spec import Study
from lrtui.study.states import RunState


class StudyWriter:
    """The one writer of a study folder. An OSError means that rows could not be kept."""

    def __init__(self, path: Path, study: Study, document: dict[str, Any]) -> None:
        self.path = path
        self.document = document
        """What study.json says."""
        self._specs = {spec.run: spec for spec in study.runs}
        self._latest: dict[int, list[EpochRecord]] = {}
        self._parts: dict[int, list[Path]] = {}
        self._finders: dict[int, RunState] = {}
        self._finders_lock = threading.Lock()
        self._lock = folder.Lock(path)
        try:
            (path / folder.PARTS_FOLDER).mkdir(exist_ok=True)
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
        kind: str = "training",
        numerics: int | None = None,
        origins: Mapping[str, Any] | None = None,
    ) -> "StudyWriter":
        """Make the folder of a new study. Raises InputError if that cannot be done.

        `kind` is `finder` if its runs are range tests and nothing more; `numerics` says which computation trains them,
        `origins` on what the studies trained from which runs are taken over, by id.
        """
        started = dt.datetime.now(dt.timezone.utc)
        document = {
            "format": folder.FORMAT,
            "kind": kind,
            "name": study.name,
            "title": study.title,
            "overrides": list(study.overrides),
            "advice": list(study.advice),
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
            "sittings": [sittings.begun(started, device=device, lanes=lanes, threads=threads, versions=versions())],
            "numerics": numerics,
            "keys": KEY_VERSION,
            "origins": dict(origins or {}),
        }
        path = None
        try:
            path = _new_folder(runs_dir, started, study.name)
            return cls(path, study, document)
        except OSError as error:
            if path is not None:
                shutil.rmtree(path, ignore_errors=True)
            raise InputError(f"cannot write to the runs folder {runs_dir}: {error.strerror or error}") from None

    @classmethod
    def reopen(
        cls, path: Path, study: Study, states: Sequence[RunState], *, device: dict[str, Any], lanes: int, threads: int
    ) -> "StudyWriter":
        """Go on writing a study. `states` are its runs as they stand in its folder; those to be trained are waiting.

        Raises InputError if a living process writes it, or if the folder cannot be written.
        """
        if folder.is_being_written(path):
            raise InputError(f"{path.name}: is being trained by another process")
        document = read_document(path)
        closed = sittings.closed(document, path)
        now = dt.datetime.now(dt.timezone.utc)
        sitting = sittings.begun(now, device=device, lanes=lanes, threads=threads, versions=versions())
        document |= {"status": StudyStatus.RUNNING.value, "message": "", "ended": None, "seconds": None}
        document["sittings"] = [*closed, sitting]
        try:
            writer = cls(path, study, document)
        except OSError as error:
            raise InputError(f"cannot write to {path}: {error.strerror or error}") from None
        try:
            writer._take_up(states)
        except OSError as error:
            writer._lock.release()
            raise InputError(f"cannot write to {path}: {error.strerror or error}") from None
        return writer

    def _take_up(self, states: Sequence[RunState]) -> None:
        """Bring tables and parts to what they are while a study is trained: of ended runs in the tables, else in parts."""
        self._finders = {state.spec.run: state for state in states if state.finder is not None}
        parts = self.path / folder.PARTS_FOLDER
        compacted = set()
        if (self.path / folder.EPOCHS_FILE).exists():
            compacted = set(pl.read_parquet(self.path / folder.EPOCHS_FILE, columns=["run"])["run"].to_list())
        for state in states:
            run = state.spec.run
            mine = [part for part in parts.iterdir() if folder.part_run(part) == run]
            if not state.status.ended and run in compacted and state.records:
                for part in mine:
                    part.unlink()
                first = state.records[0]
                if any(record.layers for record in state.records):
                    folder.write_frame(self._part(folder.LAYERS_FILE, first), layers_frame(state.records))
                folder.write_frame(self._part(folder.EPOCHS_FILE, first), records_frame(state.records))
            else:
                self._parts[run] = mine
        self._compact(states)
        for state in states:
            if state.status.ended:
                self._remove_parts(state.spec.run)
                self._remove_checkpoint(state)

    def checkpoint(self, run: int, epoch: int, content: bytes) -> None:
        """Keep what a run needs to go on after an epoch whose row is on disk; it replaces the one before."""
        file = folder.checkpoint_file(self.path, run)
        file.parent.mkdir(exist_ok=True)
        folder.write_whole(file, content)

    def take_over(self, states: Sequence[RunState]) -> None:
        """Put runs that another study trained on disk, whole; `states` are all runs of the study."""
        known = [state for state in states if state.reused_from]
        for state in known:
            if state.finder is not None:
                self._finders[state.spec.run] = state
        if self._finders:
            folder.write_frame(self.path / folder.FINDER_FILE, finder_frame(self._finders.values()))
        self.run_ended(known[0].spec.run, states)

    def abandon(self) -> None:
        """Remove the study again: it could not be begun."""
        self._lock.release()
        shutil.rmtree(self.path, ignore_errors=True)

    def epoch(self, record: EpochRecord) -> None:
        """Put one finished epoch on disk; its layers first, so that no epoch lacks them.

        It is added to the run's latest part, which is written anew, or begins the next one: files are slow to remove.
        """
        latest = self._latest.setdefault(record.run, [])
        if len(latest) == folder.EPOCHS_PER_PART:
            latest.clear()
        latest.append(record)
        if record.layers:
            folder.write_frame(self._part(folder.LAYERS_FILE, latest[0]), layers_frame(latest))
        folder.write_frame(self._part(folder.EPOCHS_FILE, latest[0]), records_frame(latest))

    def finder(self, run: int, curve: FinderCurve) -> None:
        """Put a range test that is over on disk."""
        with self._finders_lock:
            self._finders[run] = RunState(self._specs[run], finder=curve)
            folder.write_frame(self.path / folder.FINDER_FILE, finder_frame(self._finders.values()))

    def outcome(self, outcome: Outcome) -> None:
        """Put what was measured after a run on disk; with it the run is done, also before its compaction."""
        part = self.path / folder.PARTS_FOLDER / folder.outcome_name(outcome.run)
        self._parts.setdefault(outcome.run, []).append(part)
        folder.write_frame(part, outcome_frame(outcome))

    def run_ended(self, run: int, states: Sequence[RunState]) -> None:
        """Compact: rewrite the tables with every ended run, then remove the run's parts."""
        self._compact(states)
        self._latest.pop(run, None)
        self._remove_parts(run)
        for state in states:
            if state.spec.run == run:
                self._remove_checkpoint(state)

    def _compact(self, states: Sequence[RunState]) -> None:
        ended = [state for state in states if state.status.ended]
        layers = layers_frame(record for state in ended for record in state.records)
        if not layers.is_empty() or (self.path / folder.LAYERS_FILE).exists():
            folder.write_frame(self.path / folder.LAYERS_FILE, layers)
        folder.write_frame(self.path / folder.EPOCHS_FILE, epochs_frame(ended))
        folder.write_frame(self.path / folder.RUNS_FILE, runs_frame(states))

    def _remove_checkpoint(self, state: RunState) -> None:
        """Remove what a run would go on from if nobody will go on with it."""
        if state.status in (RunStatus.DONE, RunStatus.SKIPPED):
            folder.checkpoint_file(self.path, state.spec.run).unlink(missing_ok=True)

    def _remove_parts(self, run: int) -> None:
        for part in self._parts.pop(run, ()):
            part.unlink(missing_ok=True)

    def finish(
        self, status: StudyStatus, message: str, states: Sequence[RunState], *, seconds: float | None = None
    ) -> None:
        """The study ended after `seconds`: write its end, in the room kept for it, and let the folder go."""
        ended = dt.datetime.now(dt.timezone.utc).isoformat(timespec="seconds")
        self.document |= {"status": status.value, "message": message, "ended": ended, "seconds": seconds}
        self.document["sittings"] = sittings.ended(self.document, status, ended, seconds)
        try:
            (self.path / folder.RESERVE_FILE).unlink(missing_ok=True)
            folder.write_json(self.path / folder.STUDY_FILE, self.document)
            folder.write_frame(self.path / folder.RUNS_FILE, runs_frame(states))
            for name in (folder.PARTS_FOLDER, folder.CHECKPOINTS_FOLDER):
                with contextlib.suppress(OSError):  # it is missing, or something is in it
                    (self.path / name).rmdir()
        finally:
            self._lock.release()

    def _part(self, table: str, first: EpochRecord) -> Path:
        part = self.path / folder.PARTS_FOLDER / folder.part_name(table, first.run, first.epoch)
        parts = self._parts.setdefault(first.run, [])
        if part not in parts[-2:]:
            parts.append(part)
        return part


def read_checkpoint(path: Path, run: int) -> bytes | None:
    """Return what was kept last of a run in a study folder; None if nothing. Raises InputError if it cannot be read."""
    file = folder.checkpoint_file(path, run)
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputError(f"{file}: cannot be read: {error.strerror or error}") from None


def versions() -> dict[str, str]:
    """Return what the figures depend on: lrtui, Python, the libraries, the system."""
    libraries = {name: metadata.version(name) for name in ("torch", "torchvision", "numpy", "polars")}
    return {"lrtui": __version__, "python": platform.python_version(), **libraries, "system": platform.platform()}


def _new_folder(runs_dir: Path, started: dt.datetime, name: str) -> Path:
    """Return a fresh folder `20261121-165512-paper-mlp-mnist` (local time); a number is added if there is one of that name."""
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
