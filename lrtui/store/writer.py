"""Writing a study: whoever trains hands over every epoch as it ends and goes on; it is shown once it is on disk."""

import contextlib
import datetime as dt
import platform
import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import Any

import polars as pl

from lrtui import __version__
from lrtui.analysis.frames import curvature_frame, finder_frame, layers_frame, records_frame, runs_frame
from lrtui.errors import InputError
from lrtui.store import disk, folder, live, parts, sittings
from lrtui.store.document import read_document
from lrtui.store.journal import Journal, as_os_error
from lrtui.store.tables import Tables
from lrtui.study.records import EpochRecord, FinderCurve, Outcome, RunStatus, StudyStatus
from lrtui.study.run_key import KEY_VERSION
from lrtui.study.spec import Study
from lrtui.study.states import RunState


def nothing() -> None:
    """Do nothing: for rows after which nothing is to be shown."""


_OVER = (RunStatus.DONE, RunStatus.SKIPPED)
"""How runs end that nobody goes on with."""


@dataclass(frozen=True)
class _RangeTest:
    """A range test that is over: the run that it was made with."""

    state: RunState


class StudyWriter:
    """The one writer of a study folder: a `Recorder`. An OSError means that rows could not be kept.

    Calls return at once; `then` is called by the writing thread, once the rows of this call and of all before it are on disk.
    Safe to use from several threads; what concerns one run comes from one.
    """

    def __init__(self, path: Path, study: Study, document: dict[str, Any], lock: folder.Lock) -> None:
        self.path = path
        self.document = document
        """What study.json says."""
        self.on_remark: Callable[[str], object] = lambda _: None
        """Called by the writing thread with what a person should know, a sentence."""
        self._lock, self._guard = lock, threading.Lock()
        self._specs = study.runs
        self._states = {spec.run: RunState(spec) for spec in study.runs}
        """Every run without its epochs, as far as it was handed over."""
        self._records: dict[int, list[EpochRecord]] = {}
        """Epochs of the runs under way."""
        self._rates: dict[str, float] = {}
        """What the finder chose, by scenario."""
        self._ended: dict[int, tuple[RunStatus, str]] = {}
        """How the runs ended whose last row was handed over."""
        self._checkpoints: dict[int, tuple[int, bytes]] = {}
        """The newest checkpoint of a run, until its epoch is on disk: its epoch and content."""
        self._due: dict[int, bytes] = {}
        """Checkpoints whose epoch is on disk. Touched by the writing thread only, like what follows."""
        self._obsolete: set[int] = set()
        """Runs that need no checkpoint any more."""
        self._without_checkpoints = False
        self._tables = Tables(path)
        self._journal = Journal(self._keep, self._settle)

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
        states: Sequence[RunState] = (),
        libraries: Mapping[str, str] | None = None,
        into: Path | None = None,
        code: Mapping[str, str] | None = None,
        starts: Mapping[str, Mapping[str, str]] | None = None,
    ) -> "StudyWriter":
        """Make the folder of a new study. Raises InputError if that cannot be done.

        `kind` is `finder` if its runs are range tests and nothing more; `numerics` says which computation trains them,
        `origins` on what the studies trained from which runs are taken over, by id.
        `code` has the SHA-256 of the person's own code that it runs, by name; `starts` the weights that runs begin with, by
        run.
        `states` are all its runs, where something is known of them before they are trained; `libraries` what they were
        trained with, if that was elsewhere. `into` is the folder itself, instead of a new one in the runs folder.
        """
        started = dt.datetime.now(dt.timezone.utc)
        used = dict(libraries or versions())
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
            "runs": len(study.own),
            "shard": str(study.shard) if study.shard else None,
            "device": device,
            "lanes": lanes,
            "threads": threads,
            "data": list(fingerprints),
            "versions": used,
            "sittings": [sittings.begun(started, device=device, lanes=lanes, threads=threads, versions=used)],
            "numerics": numerics,
            "keys": KEY_VERSION,
            "origins": dict(origins or {}),
        }
        if study.folder:
            document |= {"folder": study.folder, "code": dict(code or {})}
        if starts:
            document["starts"] = {run: dict(start) for run, start in starts.items()}
        path, lock = None, None
        try:
            path = _new_folder(runs_dir, started, study.name) if into is None else _empty_folder(into)
            lock = folder.Lock(path)
            writer = cls(path, study, document, lock)
            disk.make_folder(path / folder.PARTS_FOLDER)
            folder.write_whole(path / folder.RESERVE_FILE, bytes(folder.RESERVE_BYTES))
            writer._begin(states or [RunState(spec) for spec in study.runs])
            folder.write_json(path / folder.STUDY_FILE, document)
            disk.sync_folder(path.parent)
        except BaseException as error:
            if lock is not None:
                lock.release()
            if not isinstance(error, OSError):
                raise
            if path is not None:
                shutil.rmtree(path, ignore_errors=True)
            where = f"the runs folder {runs_dir}" if into is None else str(into)
            raise InputError(f"cannot write to {where}: {error.strerror or error}") from None
        return writer

    @classmethod
    def reopen(
        cls,
        path: Path,
        study: Study,
        states: Sequence[RunState],
        *,
        device: dict[str, Any],
        lanes: int,
        threads: int,
        handed_over: bool = False,
    ) -> "StudyWriter":
        """Go on writing a study: every row that is there is kept, and what a kill left half written is removed.

        `states` are its runs as they stand in its folder; those to be trained are waiting. Raises InputError if a living
        process writes it, or if the folder is damaged or cannot be written.
        """
        taken = f"{path.name}: is being trained by another process"
        try:
            lock = folder.Lock(path)
        except BlockingIOError:
            raise InputError(taken) from None
        except OSError as error:
            raise InputError(f"cannot write to {path}: {error.strerror or error}") from None
        try:
            owner = live.living(path)
            if owner is not None and not owner.is_this_process:  # where locks cannot be had
                raise InputError(taken)
            document = read_document(path)
            now = dt.datetime.now(dt.timezone.utc)
            sitting = sittings.begun(
                now, device=device, lanes=lanes, threads=threads, versions=versions(), handed_over=handed_over
            )
            document["sittings"] = [*sittings.closed(document, path), sitting]
            document |= {"format": folder.FORMAT, "status": StudyStatus.RUNNING.value}
            document |= {"message": "", "ended": None, "seconds": None}
            folder.make_folders(path / folder.PARTS_FOLDER)
            folder.sweep((path, path / folder.PARTS_FOLDER, path / folder.CHECKPOINTS_FOLDER))
            writer = cls(path, study, document, lock)
            writer._take_up(states)
            folder.write_whole(path / folder.RESERVE_FILE, bytes(folder.RESERVE_BYTES))
            folder.write_json(path / folder.STUDY_FILE, document)
        except OSError as error:
            lock.release()
            raise InputError(f"cannot write to {path}: {error.strerror or error}") from None
        except BaseException:
            lock.release()
            raise
        return writer

    # --- a Recorder

    def epoch(self, record: EpochRecord, then: Callable[[], object] = nothing) -> None:
        """Keep one finished epoch, and its layers. An epoch that was handed over before is replaced, and what came after it."""
        records = self._records.setdefault(record.run, [])
        while records and records[-1].epoch >= record.epoch:
            records.pop()
        records.append(record)
        self._ended.pop(record.run, None)
        self._journal.put(record, then)

    def finder(self, run: int, curve: FinderCurve, then: Callable[[], object] = nothing) -> None:
        """Keep a range test that is over."""
        with self._guard:
            state = self._states[run] = replace(self._states[run], finder=curve)
            if curve.chosen is not None:
                self._rates[state.spec.scenario] = curve.chosen
        self._journal.put(_RangeTest(state), then)

    def lr_found(self, run: int, lr: float, then: Callable[[], object] = nothing) -> None:
        """The finder chose a run's learning rate; it is in the run's row once the run has ended."""
        with self._guard:
            state = self._states[run]
            self._states[run] = replace(state, spec=replace(state.spec, found_lr=lr))
        self._journal.put(None, then)

    def outcome(self, outcome: Outcome, then: Callable[[], object] = nothing) -> None:
        """Keep what was measured after a run: with it the run is done."""
        with self._guard:
            self._states[outcome.run] = replace(self._states[outcome.run], outcome=outcome)
        self._end(outcome.run, RunStatus.DONE, "", then)

    def checkpoint(self, run: int, epoch: int, content: bytes) -> None:
        """Keep what a run needs to go on after an epoch that was handed over, instead of what was kept before.

        Where that cannot be written training goes on without.
        """
        with self._guard:
            self._checkpoints[run] = epoch, content
        self._journal.put(None, lambda: self._checkpoint_due(run, epoch))

    def kept(self, run: int, content: bytes) -> None:
        """Keep for good what `train.keep` names of a run; it is on disk when this returns, and before the run is done."""
        folder.make_folders(self.path / folder.CHECKPOINTS_FOLDER)
        folder.write_whole(folder.kept_file(self.path, run), content)

    def run_ended(self, run: int, status: RunStatus, message: str = "", then: Callable[[], object] = nothing) -> None:
        """Keep how a run ended: `message` is why it failed, when it did. The checkpoint of a run that is done is removed."""
        if self._ended.get(run) == (status, message):
            self._journal.put(None, then)
        else:
            self._end(run, status, message, then)

    def flush(self) -> None:
        """Wait until all that was handed over is on disk and shown. Raises OSError if it cannot be kept."""
        self._journal.flush()

    # --- the end

    def on_failure(self, call: Callable[[OSError], object]) -> None:
        """Have `call` called by the writing thread if rows cannot be kept."""
        self._journal.on_failure = call

    def finish(
        self, status: StudyStatus, message: str, states: Sequence[RunState], *, seconds: float | None = None
    ) -> None:
        """The study ended after `seconds`, its runs as `states` say: write that, and let the folder go.

        If rows could not be kept, that is what study.json says, in the room kept for it, and the OSError is raised.
        """
        error: OSError | None = None
        try:
            self._journal.close()
            self._keep_ends(states)
            self._tables.compact()
            for name in (folder.PARTS_FOLDER, folder.CHECKPOINTS_FOLDER):  # what was removed does not come back
                if (self.path / name).is_dir():
                    disk.sync_folder(self.path / name)
        except BaseException as failure:  # the end is written, whatever it was
            error = as_os_error(failure)
            if status is not StudyStatus.FAILED:
                status, message = StudyStatus.FAILED, cannot_write(error)
        ended = dt.datetime.now(dt.timezone.utc).isoformat(timespec="seconds")
        self.document |= {"status": status.value, "message": message, "ended": ended, "seconds": seconds}
        self.document["sittings"] = sittings.ended(self.document, status, ended, seconds)
        try:
            disk.remove(self.path / folder.RESERVE_FILE)
            folder.write_json(self.path / folder.STUDY_FILE, self.document)
            if error is None:
                self._clear()
            else:
                with contextlib.suppress(OSError):
                    self._tables.append({folder.RUNS_FILE: runs_frame(states, self._specs)})
        finally:
            self.let_go()
        if error is not None:
            raise error

    def let_go(self) -> None:
        """End without a word: the folder stays as it is, as after a kill."""
        self._journal.abandon()
        self._lock.release()

    def _begin(self, states: Sequence[RunState]) -> None:
        """Write the runs of a study that begins, those that are known already whole."""
        records = [record for state in states for record in state.records]
        self._tables.begin(
            {
                folder.LAYERS_FILE: layers_frame(records),
                folder.CURVATURE_FILE: curvature_frame(records),
                folder.EPOCHS_FILE: records_frame(records),
                folder.FINDER_FILE: finder_frame(states),
                folder.RUNS_FILE: runs_frame(states, self._specs),
            }
        )
        self._know(states)

    def _know(self, states: Sequence[RunState]) -> None:
        """Go on from how runs stand on disk."""
        for state in states:
            if state.finder is not None and state.finder.chosen is not None:
                self._rates[state.spec.scenario] = state.finder.chosen
            if state.status.ended and state.status is not RunStatus.INTERRUPTED:
                self._ended[state.spec.run] = state.status, state.message
            if state.status not in _OVER:
                self._records[state.spec.run] = list(state.records)
            self._states[state.spec.run] = replace(state, records=())

    def _take_up(self, states: Sequence[RunState]) -> None:
        """Go on with runs as a folder has them: their rows as `states` say, all in the tables."""
        measured = parts.outcomes_1(self.path)  # in format 1 they had a file each, and are in `states`
        self._tables = Tables.reopen(self.path)
        self._tables.append({folder.RUNS_FILE: runs_frame(states, self._specs)})
        over = [folder.checkpoint_file(self.path, state.spec.run) for state in states if state.status in _OVER]
        for file in (*measured, *(checkpoint for checkpoint in over if checkpoint.exists())):
            disk.remove(file)
        self._know(states)

    def _keep_ends(self, states: Sequence[RunState]) -> None:
        """Write the row of every run that has none of its end."""
        rest = [state for state in states if state.spec.run not in self._ended]
        self._tables.append({folder.RUNS_FILE: runs_frame(rest, self._specs)})

    def _clear(self) -> None:
        """Remove the folders that nothing is in."""
        for name in (folder.PARTS_FOLDER, folder.CHECKPOINTS_FOLDER):
            one = self.path / name
            if one.is_dir() and not any(one.iterdir()):
                disk.remove_folder(one)

    def _end(self, run: int, status: RunStatus, message: str, then: Callable[[], object]) -> None:
        state = self._states[run]
        records = tuple(self._records.get(run, ()))
        spec, rate = state.spec, self._rates.get(state.spec.scenario)
        if spec.finds_lr and spec.found_lr is None and rate is not None:
            spec = replace(spec, found_lr=rate)
        whole = replace(
            state,
            spec=spec,
            status=status,
            message=message,
            records=records,
            seconds=sum(record.seconds for record in records),
        )
        self._ended[run] = status, message
        self._journal.put(whole, then)

    # --- in the writing thread

    def _keep(self, contents: Sequence["EpochRecord | RunState | _RangeTest"]) -> None:
        """Put rows on disk, all together."""
        if not contents:
            return
        records = [content for content in contents if isinstance(content, EpochRecord)]
        runs = {content.spec.run: content for content in contents if isinstance(content, RunState)}
        tests = {content.state.spec.run: content.state for content in contents if isinstance(content, _RangeTest)}
        frames: dict[str, pl.DataFrame] = {}
        if any(record.layers for record in records):
            frames[folder.LAYERS_FILE] = layers_frame(records)
        if any(record.curvature for record in records):
            frames[folder.CURVATURE_FILE] = curvature_frame(records)
        if records:
            frames[folder.EPOCHS_FILE] = records_frame(records)
        if tests:
            frames[folder.FINDER_FILE] = finder_frame(tests.values())
        if runs:
            frames[folder.RUNS_FILE] = runs_frame(runs.values(), self._specs)
        self._tables.append(frames)
        self._obsolete |= {run for run, state in runs.items() if state.status in _OVER}

    def _settle(self) -> None:
        """After rows were shown: checkpoints, and keeping the number of files small."""
        self._write_checkpoints()
        self._tables.tidy()

    def _checkpoint_due(self, run: int, epoch: int) -> None:
        """The epoch of a checkpoint is on disk; if there is a newer one by now, that is waited for instead."""
        with self._guard:
            if run in self._checkpoints and self._checkpoints[run][0] == epoch:
                self._due[run] = self._checkpoints.pop(run)[1]

    def _write_checkpoints(self) -> None:
        for run in self._obsolete:
            self._due.pop(run, None)
            self._records.pop(run, None)
            disk.remove(folder.checkpoint_file(self.path, run))
        self._obsolete.clear()
        try:
            for run, content in self._due.items():
                folder.make_folders(self.path / folder.CHECKPOINTS_FOLDER)
                folder.write_whole(folder.checkpoint_file(self.path, run), content)
        except OSError as error:
            if not self._without_checkpoints:
                self.on_remark(f"no checkpoints can be written: {error.strerror or error}; training goes on without")
            self._without_checkpoints = True
        self._due.clear()


def cannot_write(error: OSError) -> str:
    """Return the sentence that says why rows could not be kept."""
    return f"cannot write the study: {error.strerror or error}"


def read_checkpoint(path: Path, run: int) -> bytes | None:
    """Return what a run of a study folder can go on from; None if nothing. Raises InputError if it cannot be read."""
    return _read(folder.checkpoint_file(path, run))


def read_kept(path: Path, run: int) -> bytes | None:
    """Return what was kept for good of a run (`train.keep`); None if nothing. Raises InputError if it cannot be read."""
    return _read(folder.kept_file(path, run))


def _read(file: Path) -> bytes | None:
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


def _empty_folder(path: Path) -> Path:
    """Return the folder, made if it is not there. Raises FileExistsError if it is there already."""
    folder.make_folders(path.parent)
    disk.make_folder(path)
    return path


def _new_folder(runs_dir: Path, started: dt.datetime, name: str) -> Path:
    """Return a fresh folder `20261121-165512-paper-mlp-mnist` (local time); a number is added if there is one of that name."""
    slug = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in name).strip("-") or "study"
    stem = f"{started.astimezone():%Y%m%d-%H%M%S}-{slug}"
    folder.make_folders(runs_dir)
    for number in range(1, 1000):
        path = runs_dir / (stem if number == 1 else f"{stem}-{number}")
        try:
            disk.make_folder(path)
        except FileExistsError:
            continue
        return path
    raise FileExistsError(f"{stem}: too many studies of that name")
