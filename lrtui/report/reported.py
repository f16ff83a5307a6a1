"""What a report and a summary need to know of a study: what `lrtui.store.reader.SavedStudy` offers."""

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from lrtui.analysis.result import StudyResult
from lrtui.book.scenario import Trained
from lrtui.study.records import StudyStatus
from lrtui.study.spec import Study
from lrtui.study.states import RunState


class ReportedStudy(Protocol):
    """A study that was saved, with what is known of how it was trained."""

    @property
    def id(self) -> str:
        """Return its name among the saved studies."""

    @property
    def path(self) -> Path:
        """Return its folder."""

    @property
    def study(self) -> Study:
        """Return what was to be trained."""

    @property
    def status(self) -> StudyStatus:
        """Return where it stands."""

    @property
    def message(self) -> str:
        """Return why it ended, where there is a reason."""

    @property
    def started(self) -> dt.datetime:
        """Return when it began, with its time zone."""

    @property
    def ended(self) -> dt.datetime | None:
        """Return when it ended."""

    @property
    def duration(self) -> float | None:
        """Return how many seconds it took; None if it has not ended."""

    @property
    def device(self) -> Mapping[str, Any]:
        """Return `kind`, `name` and size of what trained it."""

    @property
    def lanes(self) -> int:
        """Return how many runs were trained at a time."""

    @property
    def versions(self) -> Mapping[str, str]:
        """Return the versions of lrtui, Python and the libraries, and the system."""

    @property
    def fingerprints(self) -> Sequence[Mapping[str, Any]]:
        """Return `name`, `train_count`, `val_count`, `sha256` and `note` of each data set."""

    @property
    def warnings(self) -> Sequence[str]:
        """Return what could not be read, in sentences."""

    @property
    def states(self) -> Sequence[RunState]:
        """Return its runs as they stand, in the study's order."""

    @property
    def runs(self) -> pl.DataFrame:
        """Return its rows of runs.parquet."""

    @property
    def result(self) -> StudyResult:
        """Return what the analysis works on."""


def trained(saved: ReportedStudy) -> Trained:
    """Return what answers are made of."""
    device = saved.device
    return Trained(
        id=saved.id,
        result=saved.result,
        device=f"{device.get('kind', 'unknown')}: {device.get('name', 'unknown')}",
        lanes=saved.lanes,
        data=tuple(dict(fingerprint) for fingerprint in saved.fingerprints),
    )
