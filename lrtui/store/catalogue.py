"""The saved studies of a runs folder: listing them, finding one by what a person calls it."""

import contextlib
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

import polars as pl

from lrtui.analysis.columns import empty
from lrtui.analysis.leaders import Leaders, leaders_of, leading
from lrtui.errors import InputError
from lrtui.store import folder, parts
from lrtui.store.contents import DAMAGE, DamagedError
from lrtui.store.deleting import DOOMED
from lrtui.store.document import read_document
from lrtui.store.reader import kind_of, status_of
from lrtui.store.remarks import readable
from lrtui.study.records import RunStatus, StudyStatus
from lrtui.study.spec import looks_of
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
    changed: tuple[str, ...] = ()
    """What was changed of the preset: `optim.lr=0.03`."""
    reused: int = 0
    """How many of its runs were taken over from other studies."""
    shard: str = ""
    """Which share of the runs it trains, `3/8`; empty: all of them."""
    own_title: str = ""
    """What a person called it, if they did; then that is its title."""
    tags: tuple[str, ...] = ()
    note: str = ""
    preset: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)
    """The resolved preset, as study.json has it."""
    leaders: tuple[Leaders, ...] = ()
    """Per model/data pair; a scenario alone has no rival, and is left out."""

    @property
    def winner(self) -> str:
        """Return who leads, in a few words; empty if there is nothing to compare."""
        return leading(self.leaders)


def list_studies(runs_dir: Path) -> list[StudySummary]:
    """Return the studies of a runs folder, newest first; those that cannot be read are passed over: see `damaged_studies`.

    Raises InputError if the folder itself cannot be read.
    """
    found = []
    for path, _ in documents(runs_dir):
        with contextlib.suppress(InputError):
            found.append(summarize(path))
    return found


def study_folders(runs_dir: Path) -> list[Path]:
    """Return the folders of a runs folder that are studies, readable or not, by name. Raises as `list_studies` does."""
    return [runs_dir / name for name in sorted(_names(runs_dir)) if _is_study(runs_dir / name)]


def damaged_studies(runs_dir: Path) -> list[str]:
    """Return a sentence for each study of a runs folder that cannot be read, by name. Raises as `list_studies` does."""
    found = []
    for path in study_folders(runs_dir):
        try:
            read_document(path)
        except InputError as error:
            found.append(str(error))
    return found


def unread_remarks(runs_dir: Path) -> list[str]:
    """Return a sentence for each study whose title, tags and note cannot be read, by name. Raises as `list_studies` does."""
    return [sentence for path in study_folders(runs_dir) for sentence in readable(path)[1]]


def documents(runs_dir: Path) -> list[tuple[Path, dict[str, Any]]]:
    """Return folder and study.json of the studies of a runs folder, newest first; what is no readable study is passed over."""
    found = []
    for name in _names(runs_dir):
        path = runs_dir / name
        if _is_study(path):
            with contextlib.suppress(InputError):
                document = read_document(path)
                found.append((dt.datetime.fromisoformat(document["started"]), name, document))
    found.sort(key=lambda entry: entry[:2], reverse=True)
    return [(runs_dir / name, document) for _, name, document in found]


def _is_study(path: Path) -> bool:
    """Return whether a folder is a study, as far as one may look into it."""
    try:
        return (path / folder.STUDY_FILE).is_file()
    except PermissionError:
        return True
    except OSError:
        return False


def summarize(path: Path) -> StudySummary:
    """Return the line of one study folder; its epochs are not read. Raises InputError if it is no study."""
    living = folder.is_being_written(path)  # before study.json is read: one that ends meanwhile has ended
    document = read_document(path)
    try:
        kind = kind_of(document)
        runs = _or_empty(path, folder.RUNS_FILE)
        kept, _ = readable(path)
        asked = runs.filter(pl.col("status") != RunStatus.UNTRIED.value)
        return StudySummary(
            id=path.name,
            name=document["name"],
            title=kept.title or document["title"],
            status=status_of(document, living),
            started=dt.datetime.fromisoformat(document["started"]),
            runs_done=_runs_done(path, runs, kind),
            runs_total=document["runs"] - (runs.height - asked.height),
            device=document["device"]["kind"],
            path=path,
            kind=kind,
            changed=tuple(document.get("overrides", ())),
            reused=runs["reused_from"].count(),
            shard=document.get("shard") or "",
            own_title=kept.title,
            tags=kept.tags,
            note=kept.note,
            preset=document["preset"],
            leaders=leaders_of(asked, looks_of(document["preset"])) if kind == "training" else (),
        )
    except DAMAGE as error:
        raise DamagedError(f"{literal(str(path))}: is damaged: {literal(repr(error))}") from None


class SeveralStudiesError(InputError):
    """What a person wrote is how more than one study begins."""


class Wanted(Enum):
    """What a command looks for in the study that a preset's name means."""

    TRAINING = "training"
    RANGE_TEST = "finder"
    LEFT = "left"
    """Something left to train."""
    LIVE = "live"
    """Being trained."""
    ANY = "any"


def resolve(text: str, runs_dir: Path, wanted: Wanted = Wanted.ANY) -> Path:
    """Return the folder a person means: a path, an id, a unique prefix of one, or `last`.

    A preset's name (`paper/mlp-mnist`) means its newest study that has what is `wanted`: one that was trained, rather than
    its rates searched only; one with range tests; one that was broken off; one under way. One with a finished run, or under
    way, comes before one that ended without. If there is none, it is the newest. Raises InputError with what comes near.
    """
    path = Path(text).expanduser()
    with contextlib.suppress(OSError, ValueError):  # a name no file can have, a folder that may not be looked into
        if (path / folder.STUDY_FILE).is_file():
            return path
    with contextlib.suppress(OSError, ValueError):
        if text == Path(text).name and (runs_dir / text / folder.STUDY_FILE).is_file():
            return runs_dir / text
    studies = documents(runs_dir)
    if not studies:
        raise InputError(f"{literal(text)}: there are no studies under {literal(str(runs_dir))}")
    if text == "last":
        return studies[0][0]
    if exact := [path for path, _ in studies if path.name == text]:
        return exact[0]
    if named := [(path, document) for path, document in studies if document["name"] == text]:
        return max(named, key=lambda one: _serves(one[0], one[1], wanted))[0]  # the first of equals: the newest
    begun = [path for path, _ in studies if path.name.startswith(text)]
    if len(begun) == 1:
        return begun[0]
    if begun:
        raise SeveralStudiesError(
            f"{literal(text)}: several studies begin so: {', '.join(path.name for path in begun)}"
        )
    raise InputError(f"{literal(text)}: no such study under {literal(str(runs_dir))}; `lrtui studies` lists them")


def _serves(path: Path, document: dict[str, Any], wanted: Wanted) -> tuple[bool, bool]:
    """Return whether a study has what is wanted, and whether it is under way or has a finished run."""
    if wanted is Wanted.ANY:
        return True, True
    try:
        kind = kind_of(document)
        if wanted is Wanted.LIVE:
            return folder.is_being_written(path), True
        if wanted is Wanted.LEFT:
            status = status_of(document, folder.is_being_written(path))
            return status.ended and status is not StudyStatus.DONE, True
        has = kind == wanted.value
        if wanted is Wanted.RANGE_TEST:  # a training may search its rates before
            has = not _or_empty(path, folder.FINDER_FILE).is_empty()
        status = status_of(document, folder.is_being_written(path))
        fruitful = status is StudyStatus.DONE or not status.ended
        fruitful = fruitful or bool(_runs_done(path, _or_empty(path, folder.RUNS_FILE), kind))
    except DAMAGE:
        return False, False
    return has, fruitful


def _names(runs_dir: Path) -> list[str]:
    try:
        return [path.name for path in runs_dir.iterdir() if not path.name.startswith(DOOMED)]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read the runs folder {literal(str(runs_dir))}: {error}") from None


def _runs_done(path: Path, runs: pl.DataFrame, kind: str) -> int:
    """Return the number of runs that are done."""
    done = set(runs.filter(pl.col("status") == RunStatus.DONE.value)["run"])
    done |= set(parts.outcomes_1(path).values())
    if kind == "finder":
        done |= set(_or_empty(path, folder.FINDER_FILE)["run"])
    return len(done)


def _or_empty(path: Path, table: str) -> pl.DataFrame:
    """Return a table of a study, without rows if it cannot be read: a list of studies shows what it can."""
    try:
        return parts.read(path, table).rows
    except InputError:
        return empty(parts.COLUMNS[table])
