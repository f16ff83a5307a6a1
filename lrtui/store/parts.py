"""The tables of a study as they lie on disk: a Parquet file each, and part files with the rows that came after it.

A part file `FIRST-LAST.parquet` (`TABLE-FIRST-LAST.parquet` of a table other than the epochs) holds the rows of the batches
FIRST to LAST, counted through the study. A table says in its metadata up to which batch it holds them all, and part files up
to there, or within another part file, are leftovers. Of two rows with one key the later one holds.

In format 1 a part file was one run's, `RUN-EPOCH.parquet`, and counted while the table had no row of that run.
"""

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from lrtui.analysis.columns import CURVATURE, EPOCHS, FINDER, LAYERS, RUNS, Column, empty
from lrtui.store import folder
from lrtui.store.contents import DamagedError, checked
from lrtui.text import literal

THROUGH = "lrtui.through"
"""Metadata of a table: the last batch whose rows it holds."""
COLUMNS: dict[str, tuple[Column, ...]] = {
    folder.RUNS_FILE: RUNS,
    folder.EPOCHS_FILE: EPOCHS,
    folder.LAYERS_FILE: LAYERS,
    folder.CURVATURE_FILE: CURVATURE,
    folder.FINDER_FILE: FINDER,
}
"""The tables of a study, by file, and their columns."""
KEYS: dict[str, tuple[str, ...]] = {
    folder.RUNS_FILE: ("run",),
    folder.EPOCHS_FILE: ("run", "epoch"),
    folder.LAYERS_FILE: ("run", "epoch", "layer", "step"),
    folder.CURVATURE_FILE: ("run", "epoch"),
    folder.FINDER_FILE: ("run", "iteration"),
}
"""What tells the rows of a table apart; they are sorted by it."""
_PREFIXES = {table: "" if table == folder.EPOCHS_FILE else f"{Path(table).stem}-" for table in COLUMNS}
_NAME = re.compile(r"(?:([a-z]+)-)?(\d{8,})-(\d{8,})\.parquet")
_NAME_1 = re.compile(r"(?:([a-z]+)-)?(\d{5,})-(\d{6,})\.parquet")
_OUTCOME_1 = re.compile(r"outcome-(\d{5,})\.parquet")
_TRIES = 20


@dataclass(frozen=True, order=True)
class Part:
    """A part file: the rows of some batches."""

    last: int
    first: int
    path: Path

    def within(self, other: "Part") -> bool:
        """Return whether all its rows are in another part file too."""
        return self != other and other.first <= self.first and self.last <= other.last


def part_file(path: Path, table: str, first: int, last: int) -> Path:
    """Return where the rows of the batches `first` to `last` are kept in a study folder."""
    return path / folder.PARTS_FOLDER / f"{_PREFIXES[table]}{first:08d}-{last:08d}.parquet"


def parts_of(path: Path, table: str) -> list[Part]:
    """Return the part files of a table that are not within another, in the order of their batches."""
    kept: list[Part] = []
    for part in sorted(all_parts_of(path, table), key=lambda part: (part.first, -part.last)):
        if not (kept and part.within(kept[-1])):
            kept.append(part)
    return kept


def all_parts_of(path: Path, table: str) -> list[Part]:
    """Return all part files of a table, leftovers too."""
    found = []
    for name in part_names(path):
        if (match := _NAME.fullmatch(name)) and _PREFIXES[table] == (f"{match[1]}-" if match[1] else ""):
            found.append(Part(int(match[3]), int(match[2]), path / folder.PARTS_FOLDER / name))
    return found


def part_names(path: Path) -> list[str]:
    """Return the names in the folder of parts, sorted; none if there is no such folder."""
    try:
        return sorted(file.name for file in (path / folder.PARTS_FOLDER).iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise DamagedError(f"{literal(str(path / folder.PARTS_FOLDER))}: cannot be read: {error.strerror}") from None


@dataclass(frozen=True)
class Table:
    """A table as it stands, whatever files its rows are in."""

    rows: pl.DataFrame
    """Sorted by KEYS, one row of each."""
    compacted: int
    """How many rows the table's own file has."""
    through: int
    """The last batch in it; 0 if there is none."""
    warnings: tuple[str, ...] = ()
    """What could not be read, in sentences."""


def read(path: Path, table: str) -> Table:
    """Return a table of the study folder `path`. Raises DamagedError if its own file is damaged.

    Part files are looked at before the table: what a writer takes away in between is then in the table.
    """
    for _ in range(_TRIES):
        parts, older = parts_of(path, table), parts_1(path, table)
        contents = {file: _content(file) for file in (*(part.path for part in parts), *older)}
        own, through = read_own(path, table)
        if not any(isinstance(content, FileNotFoundError) for content in contents.values()):
            break  # else what is gone was put into a file that was not there yet
    known = set(own["run"].unique()) if older else set()
    wanted = [file for file, run in older.items() if run not in known]
    wanted += [part.path for part in parts if part.last > through]
    frames, warnings = _parsed({file: contents[file] for file in wanted}, table)
    return Table(joined([own, *frames], table), len(own), through, tuple(warnings))


def read_new(path: Path, table: str, through: int) -> tuple[pl.DataFrame, int]:
    """Return the rows of the batches after `through`, and the last batch there is; earlier rows may be among them.

    Raises DamagedError if a file of them is damaged.
    """
    for _ in range(_TRIES):
        newer = [part for part in parts_of(path, table) if part.last > through]
        contents = {part.path: _content(part.path) for part in newer}
        compacted = through_of(path, table)
        if not any(isinstance(content, FileNotFoundError) for content in contents.values()):
            break
    frames, last = [empty(COLUMNS[table])], through
    if compacted > through:
        own, last = read_own(path, table)
        frames.append(own)
    frames += _parsed({part.path: contents[part.path] for part in newer if part.last > last}, table)[0]
    return joined(frames, table), max(last, *(part.last for part in newer), 0)


def through_of(path: Path, table: str) -> int:
    """Return the last batch in a table's own file; 0 if there is none, or if it cannot be told."""
    try:
        return int(pl.read_parquet_metadata(path / table).get(THROUGH, "0"))
    except (OSError, ValueError, pl.exceptions.PolarsError):
        return 0


def read_own(path: Path, table: str) -> tuple[pl.DataFrame, int]:
    """Return what a table's own file holds, and up to which batch: nothing if there is no such file.

    Raises DamagedError if it is damaged.
    """
    match _content(path / table):
        case bytes() as content:
            frame = _frame([content], table, path / table)
            try:
                told = pl.read_parquet_metadata(io.BytesIO(content)).get(THROUGH, "0")
                return frame, int(told)
            except (ValueError, pl.exceptions.PolarsError) as error:
                raise DamagedError(f"{literal(str(path / table))}: is damaged: {literal(str(error))}") from None
        case FileNotFoundError() | NotADirectoryError():
            return empty(COLUMNS[table]), 0
        case OSError() as error:
            raise DamagedError(f"{literal(str(path / table))}: cannot be read: {error.strerror}")


def joined(frames: Sequence[pl.DataFrame], table: str) -> pl.DataFrame:
    """Return the rows of several frames, of those with one key the last, sorted. A range test is replaced as a whole."""
    whole = frames[0]
    if table == folder.FINDER_FILE:
        for later in frames[1:]:
            others = whole.filter(~pl.col("run").is_in(later["run"].unique().to_list()))
            whole = pl.concat([others, later], how="diagonal_relaxed")
    elif len(frames) > 1:
        whole = pl.concat(frames, how="diagonal_relaxed")
    keys = [key for key in KEYS[table] if key in whole.columns]  # parts of an earlier version have no steps
    return whole.unique(keys, keep="last", maintain_order=True).sort(keys)


def parts_1(path: Path, table: str) -> dict[Path, int]:
    """Return the part files of format 1 of a table, in order, and the run that each is of."""
    found = {}
    for name in part_names(path):
        match = _NAME_1.fullmatch(name)
        if match and not _NAME.fullmatch(name) and _PREFIXES[table] == (f"{match[1]}-" if match[1] else ""):
            found[path / folder.PARTS_FOLDER / name] = int(match[2])
    return found


def outcomes_1(path: Path) -> dict[Path, int]:
    """Return the part files of format 1 of runs that are measured and not in the table yet, and the run that each is of."""
    matches = {name: _OUTCOME_1.fullmatch(name) for name in part_names(path)}
    return {path / folder.PARTS_FOLDER / name: int(match[1]) for name, match in matches.items() if match}


def _content(file: Path) -> bytes | OSError:
    try:
        return file.read_bytes()
    except OSError as error:
        return error


def _parsed(contents: Mapping[Path, bytes | OSError], table: str) -> tuple[list[pl.DataFrame], list[str]]:
    """Return what part files hold, in their order, and what cannot be read, in sentences."""
    whole = [content for content in contents.values() if isinstance(content, bytes)]
    if len(whole) == len(contents) > 1 and table != folder.FINDER_FILE:
        try:  # in one go: a study that was killed may have thousands
            return [_frame(whole, table, next(iter(contents)))], []
        except DamagedError:
            pass  # one of them; the others are sound
    frames, warnings = [], []
    for file, content in contents.items():
        if isinstance(content, FileNotFoundError):
            continue
        try:
            if isinstance(content, OSError):
                raise DamagedError(f"{literal(str(file))}: cannot be read: {content.strerror}")
            frames.append(_frame([content], table, file))
        except DamagedError as error:
            warnings.append(str(error))
    return frames, warnings


def _frame(contents: Sequence[bytes], table: str, file: Path) -> pl.DataFrame:
    """Return the rows of Parquet files of a table, checked. Raises DamagedError that names `file`."""
    return checked(parquet_frame(contents, file), COLUMNS[table], file)


def parquet_frame(contents: Sequence[bytes], file: Path) -> pl.DataFrame:
    """Return the rows of Parquet files. Raises DamagedError that names `file`."""
    try:
        return pl.read_parquet(list(contents))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError, TypeError) as error:
        raise DamagedError(f"{literal(str(file))}: cannot be read: {literal(str(error))}") from None
