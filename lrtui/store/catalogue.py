"""The saved studies of a runs folder: listing them, finding one by what a person calls it."""

import contextlib
import datetime as dt
import io
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from lrtui.errors import InputError
from lrtui.store import folder
from lrtui.store.reader import kind_of, open_study, read_document, status_of
from lrtui.study.records import RunStatus, StudyStatus
from lrtui.text import literal


@dataclass(frozen=True)
class StudySummary:
    """A saved study in a line."""

    id: str
    name: str
    title: str
    status: StudyStatus
    started: dt.datetime
    runs_done: int
    runs_total: int
    device: str
    path: Path
    kind: str = "training"
    """See `SavedStudy.kind`."""


def list_studies(runs_dir: Path) -> list[StudySummary]:
    """Return the studies of a runs folder, newest first; folders that are no readable study are passed over.

    Raises InputError where the folder itself cannot be read.
    """
    found = []
    for name in _names(runs_dir):
        if (runs_dir / name / folder.STUDY_FILE).is_file():
            with contextlib.suppress(InputError):
                found.append(summarize(runs_dir / name))
    return sorted(found, key=lambda summary: (summary.started, summary.id), reverse=True)


def summarize(path: Path) -> StudySummary:
    """Return the line of one study folder. Raises InputError where it is not one."""
    document = read_document(path)
    try:
        status = status_of(document, folder.is_being_written(path))
        return StudySummary(
            id=path.name,
            name=document["name"],
            title=document["title"],
            status=status,
            started=dt.datetime.fromisoformat(document["started"]),
            runs_done=_runs_done(path, status),
            runs_total=document["runs"],
            device=document["device"]["kind"],
            path=path,
            kind=kind_of(document),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{literal(str(path / folder.STUDY_FILE))}: is damaged: {error!r}") from None


def resolve(text: str, runs_dir: Path) -> Path:
    """Return the folder a person means: a path, an id, a unique prefix of one, or `last`.

    A preset's name (`paper/mlp-mnist`) means its newest study. Raises InputError with what comes near.
    """
    path = Path(text).expanduser()
    with contextlib.suppress(OSError, ValueError):  # a name no file can have, a folder that may not be looked into
        if (path / folder.STUDY_FILE).is_file():
            return path
    studies = list_studies(runs_dir)
    if not studies:
        raise InputError(f"{literal(text)}: there are no studies under {literal(str(runs_dir))}")
    if text == "last":
        return studies[0].path
    exact = [study for study in studies if text in (study.id, study.name)]
    if exact:
        return exact[0].path
    begun = [study for study in studies if study.id.startswith(text)]
    if len(begun) == 1:
        return begun[0].path
    if begun:
        raise InputError(f"{literal(text)}: several studies begin so: {', '.join(study.id for study in begun)}")
    raise InputError(f"{literal(text)}: no such study under {literal(str(runs_dir))}; `lrtui studies` lists them")


def _names(runs_dir: Path) -> list[str]:
    try:
        return [path.name for path in runs_dir.iterdir()]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read the runs folder {literal(str(runs_dir))}: {error}") from None


def _runs_done(path: Path, status: StudyStatus) -> int:
    """Return the number of runs that are done. The table of a study that did not end as it should may be behind its epochs."""
    if status in (StudyStatus.INTERRUPTED, StudyStatus.FAILED):
        try:
            statuses = open_study(path).runs["status"]
        except InputError:
            return 0
    else:
        try:
            table = io.BytesIO((path / folder.RUNS_FILE).read_bytes())
            statuses = pl.read_parquet(table, columns=["status"])["status"]
        except (OSError, pl.exceptions.PolarsError):
            return 0
    return int((statuses == RunStatus.DONE.value).sum())
