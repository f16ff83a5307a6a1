"""Putting rows on disk as they come, and keeping the number of files small at a cost that does not grow with the study."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from lrtui.analysis.parquet import parquet_bytes
from lrtui.store import disk, folder, parts
from lrtui.store.contents import DamagedError
from lrtui.store.parts import Part

FANOUT = 16
"""So many part files of like size are put together into one."""
FEWEST_ROWS = 1024
"""A table is not written anew for fewer rows in part files."""
_ORDER = (
    (folder.LAYERS_FILE, folder.CURVATURE_FILE),
    (folder.EPOCHS_FILE, folder.FINDER_FILE),
    (folder.RUNS_FILE,),
)
"""No epoch is on disk before its layers and its curvature, and no run before its epochs."""


@dataclass
class _Waiting:
    """What of a table is in part files."""

    compacted: int
    """Rows in the table's own file."""
    parts: list[tuple[Part, int, int]] = field(default_factory=list)
    """Part files in order, each with its rows and how often it was put together."""
    sound: bool = True
    """Whether all its files could be read when the study was taken up; else they are left as they are."""

    @property
    def rows(self) -> int:
        return sum(rows for _, rows, _ in self.parts)


class Tables:
    """The tables of one study folder, for its one writer. An OSError means that rows could not be kept, or not be read again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting = {table: _Waiting(0) for table in parts.COLUMNS}
        self._batch = 0

    @classmethod
    def reopen(cls, path: Path) -> "Tables":
        """Take up the tables of a folder, whatever was left there: all rows that can be read are in the tables then.

        Raises DamagedError if a table is damaged; part files that are stay where they are.
        """
        tables = cls(path)
        for table, waiting in tables._waiting.items():
            found = parts.read(path, table)
            waiting.compacted, waiting.sound = found.compacted, not found.warnings
            lying = parts.all_parts_of(path, table)
            tables._batch = max(tables._batch, found.through, *(part.last for part in lying), 0)
            waiting.parts = [(part, 0, 0) for part in lying]
        for table in _all_tables():
            leftovers = bool(tables._waiting[table].parts) or bool(parts.parts_1(path, table))
            if leftovers and tables._waiting[table].sound:
                tables._compact(table)
        return tables

    def begin(self, frames: Mapping[str, pl.DataFrame]) -> None:
        """Write the tables of a study that begins."""
        for table in _all_tables():
            if table in frames and not frames[table].is_empty():
                folder.write_frame(self._path / table, frames[table], {parts.THROUGH: "0"})
                self._waiting[table].compacted = len(frames[table])

    def append(self, frames: Mapping[str, pl.DataFrame]) -> None:
        """Put rows on disk, safe when this returns: a part file a table, one fsync each."""
        self._batch += 1
        written = [table for table, frame in frames.items() if not frame.is_empty()]
        for together in _ORDER:
            present = [table for table in together if table in written]
            for table in present:
                part = self._part(table, self._batch, self._batch)
                folder.put(part.path, parquet_bytes(frames[table]))
                self._waiting[table].parts.append((part, len(frames[table]), 0))
            if present:
                disk.sync_folder(self._path / folder.PARTS_FOLDER)

    def tidy(self) -> None:
        """Put part files together where there are many, and into their table once they hold as much as it does."""
        for table in _all_tables():
            waiting = self._waiting[table]
            if not waiting.sound:
                continue
            if waiting.rows >= max(waiting.compacted, FEWEST_ROWS):
                self._compact(table)
            while len(waiting.parts) >= FANOUT and len({level for _, _, level in waiting.parts[-FANOUT:]}) == 1:
                self._merge(table)

    def compact(self) -> None:
        """Put all rows into the tables, and remove the part files."""
        for table in _all_tables():
            if self._waiting[table].parts and self._waiting[table].sound:
                self._compact(table)

    def _compact(self, table: str) -> None:
        waiting = self._waiting[table]
        found = self._read(table)
        folder.write_frame(self._path / table, found, {parts.THROUGH: str(self._batch)})
        waiting.compacted = len(found)
        self._remove(part for part, _, _ in waiting.parts)
        waiting.parts = []
        for file in parts.parts_1(self._path, table):
            disk.remove(file)

    def _merge(self, table: str) -> None:
        """Put the last part files together into one."""
        waiting = self._waiting[table]
        merged = waiting.parts[-FANOUT:]
        try:
            frames = [parts.parquet_frame([part.path.read_bytes()], part.path) for part, _, _ in merged]
        except DamagedError as error:
            raise OSError(str(error)) from None
        whole = parts.joined(frames, table)
        part = self._part(table, merged[0][0].first, merged[-1][0].last)
        folder.write_whole(part.path, parquet_bytes(whole))
        waiting.parts[-FANOUT:] = [(part, len(whole), merged[-1][2] + 1)]
        self._remove(part for part, _, _ in merged)

    def _read(self, table: str) -> pl.DataFrame:
        try:
            found = parts.read(self._path, table)
        except DamagedError as error:
            raise OSError(str(error)) from None
        if found.warnings:
            raise OSError(found.warnings[0])
        return found.rows

    def _part(self, table: str, first: int, last: int) -> Part:
        return Part(last, first, parts.part_file(self._path, table, first, last))

    def _remove(self, removed: Iterable[Part]) -> None:
        for part in removed:
            disk.remove(part.path)


def _all_tables() -> tuple[str, ...]:
    return tuple(table for together in _ORDER for table in together)
