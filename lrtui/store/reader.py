"""Opening a study folder: a finished one, one being written, or one whose process was killed."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from lrtui.analysis.columns import OUTCOMES
from lrtui.analysis.frames import known_accuracies, runs_frame, states_from_frames
from lrtui.analysis.outcomes import outcome_from
from lrtui.analysis.result import StudyResult
from lrtui.errors import InputError
from lrtui.store import folder, parts, sittings
from lrtui.store.contents import DAMAGE, DamagedError, checked
from lrtui.store.document import read_document
from lrtui.store.log import read_log
from lrtui.store.remarks import Remarks, readable
from lrtui.study import preset
from lrtui.study.binding import bound, bound_starts
from lrtui.study.problems import PresetError
from lrtui.study.records import Outcome, RunStatus, StudyStatus
from lrtui.study.shards import Shard
from lrtui.study.spec import Study
from lrtui.study.states import BoardSnapshot, LogEvent, RunState, asked_for
from lrtui.text import literal

_TABLES = (folder.RUNS_FILE, folder.FINDER_FILE, folder.EPOCHS_FILE, folder.LAYERS_FILE, folder.CURVATURE_FILE)


@dataclass(frozen=True)
class SavedStudy:
    """A study as its folder tells it."""

    path: Path
    kind: str
    """`training`; `finder` if its runs are range tests and nothing more."""
    study: Study
    status: StudyStatus
    message: str
    started: dt.datetime
    ended: dt.datetime | None
    seconds: float | None
    """How long it took, as the one who trained it measured; None if it has not ended, or was saved by an earlier version."""
    device: dict[str, Any]
    lanes: int
    threads: int
    versions: dict[str, str]
    fingerprints: list[dict[str, Any]]
    sittings: tuple[sittings.Sitting, ...]
    """When it was trained, and where; more than one if it was resumed."""
    states: tuple[RunState, ...]
    epochs: pl.DataFrame
    """columns.EPOCHS, by run and epoch."""
    layers: pl.DataFrame
    """columns.LAYERS, by run, epoch and layer; empty if health was not measured."""
    curvature: pl.DataFrame
    """columns.CURVATURE, by run and epoch; empty if it was not measured."""
    finder: pl.DataFrame
    """columns.FINDER, by run and iteration; empty if no rate was searched."""
    origins: dict[str, dict[str, Any]]
    """On what the studies trained from which runs were taken over, by id: `device` and `lanes`."""
    warnings: list[str]
    """What could not be read, in sentences."""
    remarks: Remarks = field(default_factory=Remarks)
    """What a person keeps with it; its title is the study's, if there is one."""

    @property
    def left(self) -> tuple[RunState, ...]:
        """Return the runs that are to be trained when the study is gone on with: its own that are not done or skipped."""
        over = (RunStatus.DONE, RunStatus.SKIPPED, RunStatus.ELSEWHERE, RunStatus.UNTRIED)
        return tuple(state for state in self.states if state.status not in over)

    @property
    def complete(self) -> bool:
        """Return whether going on with it would do nothing: no run is left, and its end is on disk."""
        return not self.left and self.status in (StudyStatus.DONE, StudyStatus.STOPPED)

    @property
    def id(self) -> str:
        """Return the folder's name, by which commands know the study."""
        return self.path.name

    @property
    def duration(self) -> float | None:
        """Return the seconds from the begin of training to its end; None if it has not ended.

        Studies of earlier versions have only the times, to the second, and training began after the first of them.
        """
        if self.seconds is not None:
            return self.seconds
        return max(0.0, (self.ended - self.started).total_seconds()) if self.ended else None

    @cached_property
    def events(self) -> tuple[LogEvent, ...]:
        """Return the log."""
        return read_log(self.path)

    @cached_property
    def runs(self) -> pl.DataFrame:
        """Return columns.RUNS and the other swept keys, one row per run of the study; of a search, per run it asked for."""
        return runs_frame(asked_for(self.study, self.states))

    @property
    def result(self) -> StudyResult:
        """Return what the analysis works on."""
        return StudyResult(self.study, self.runs, self.epochs, self.layers, self.finder, self.curvature)

    def snapshot(self) -> BoardSnapshot:
        """Return the study as the live Board would show it."""
        return BoardSnapshot(
            status=self.status,
            message=self.message,
            device=str(self.device.get("kind", "")),
            lanes=self.lanes,
            engine=str(self.device.get("engine", "lanes")),
            runs=self.states,
            elapsed=self.duration or 0.0,
            images_per_second=0.0,
            seconds_left=None,
            events=self.events,
            most=self.study.budget if self.study.searches else None,
        )


def open_study(path: Path) -> SavedStudy:
    """Return the study in a folder. Raises InputError, naming the file, if it is no study or is damaged."""
    living = folder.is_being_written(path)  # before study.json is read: one that ends meanwhile has ended
    document = read_document(path)
    try:
        kind, study = kind_of(document), _study(document)
        outcomes, unread = _read_outcomes(path)
        kept, unreadable = readable(path)
        if kept.title:
            study = replace(study, title=kept.title)
        # what is written first is read last: no run is done here whose last epoch is not, and no epoch lacks its layers
        runs, finder, epochs, layers, curvature = (parts.read(path, table) for table in _TABLES)
        states = states_from_frames(study, runs.rows, epochs.rows, layers.rows, finder.rows, curvature.rows)
        return SavedStudy(
            path=path,
            kind=kind,
            study=study,
            status=status_of(document, living),
            message=str(document["message"]),
            started=dt.datetime.fromisoformat(document["started"]),
            ended=dt.datetime.fromisoformat(document["ended"]) if document["ended"] else None,
            seconds=document.get("seconds"),
            device=document["device"],
            lanes=document["lanes"],
            threads=document["threads"],
            versions=document["versions"],
            fingerprints=document["data"],
            sittings=sittings.read(document),
            states=tuple(as_it_stands(state, outcomes, document, living) for state in states),
            epochs=known_accuracies(epochs.rows),
            layers=layers.rows,
            curvature=curvature.rows,
            finder=finder.rows,
            origins=dict(document.get("origins", {})),
            warnings=[warning for table in (epochs, layers, curvature, finder, runs) for warning in table.warnings]
            + [*unread, *unreadable],
            remarks=kept,
        )
    except PresetError as error:
        raise DamagedError(f"{literal(str(path / folder.STUDY_FILE))}: {error}") from None
    except DAMAGE as error:
        raise DamagedError(f"{literal(str(path))}: is damaged: {literal(repr(error))}") from None


def _study(document: dict[str, Any]) -> Study:
    study = preset.from_resolved(document["name"], document["preset"], folder=document.get("folder", ""))
    study = bound(study, document["data"], document.get("code", {}))
    study = bound_starts(study, document.get("starts", {}))
    study = replace(study, overrides=tuple(document.get("overrides", ())))
    if shard := document.get("shard"):
        study = replace(study, shard=Shard.parse(shard))
    if "advice" in document:
        study = replace(study, advice=tuple(document["advice"]))
    if "protocol" not in document["preset"]:  # saved when the only figures were the paper's
        study = replace(study, protocol="paper")
    return study


def status_of(document: dict[str, Any], living: bool) -> StudyStatus:
    """Return the status study.json gives; `interrupted` if it says running and no living process writes it."""
    status = StudyStatus(document["status"])
    return StudyStatus.INTERRUPTED if not status.ended and not living else status


def kind_of(document: dict[str, Any]) -> str:
    """Return the kind study.json gives; `training` if it was written before there were others."""
    return str(document.get("kind", "training"))


def _read_outcomes(path: Path) -> tuple[dict[int, Outcome], list[str]]:
    """Return the outcomes that format 1 has not compacted yet, by run; to be read before runs.parquet, as parts are."""
    found, unreadable = {}, []
    for part in parts.outcomes_1(path):
        try:
            row = checked(parts.parquet_frame([part.read_bytes()], part), OUTCOMES, part).row(0, named=True)
        except FileNotFoundError:
            continue
        except OSError as error:
            unreadable.append(f"{literal(str(part))}: cannot be read: {error.strerror}")
            continue
        except (InputError, pl.exceptions.OutOfBoundsError) as error:
            unreadable.append(str(error))
            continue
        if outcome := outcome_from(row["run"], row):
            found[outcome.run] = outcome
    return found, unreadable


def as_it_stands(
    state: RunState, outcomes: Mapping[int, Outcome], document: Mapping[str, Any], living: bool
) -> RunState:
    """Return the run as it stands now: runs.parquet is as old as the last compaction.

    A run is done when it has its outcome, and only then; before studies had a kind, runs had none and were done with
    their last epoch.
    """
    if state.status.ended:
        return state
    state = replace(state, outcome=state.outcome or outcomes.get(state.spec.run))
    over = state.outcome is not None
    if "kind" not in document:
        over = bool(state.records) and state.epochs_done == state.spec.epochs
    elif document["kind"] == "finder":
        over = state.finder is not None
    if over:
        return replace(state, status=RunStatus.DONE)
    if not state.records and state.finder is None:
        return replace(state, status=RunStatus.WAITING)
    return replace(state, status=RunStatus.RUNNING if living else RunStatus.INTERRUPTED)
