"""The tables of a study as they are on disk, whole, in every format of a table."""

from collections.abc import Callable

import polars as pl

from lrtui.analysis.parquet import parquet_bytes
from lrtui.analysis.scenarios import scenarios
from lrtui.errors import InputError
from lrtui.report.cells import Column, Kind, Table
from lrtui.report.render import FORMATS, render
from lrtui.store.reader import SavedStudy
from lrtui.store.resources import read_frame
from lrtui.text import one_of

_FRAMES: dict[str, Callable[[SavedStudy], pl.DataFrame]] = {
    "epochs": lambda saved: saved.epochs,
    "runs": lambda saved: saved.runs,
    "scenarios": lambda saved: scenarios(saved.runs, partial=True),
    "layers": lambda saved: saved.layers,
    "finder": lambda saved: saved.finder,
    "curvature": lambda saved: saved.curvature,
    "resources": lambda saved: read_frame(saved.path),
}
NAMES = tuple(_FRAMES)
"""The tables a study may have."""
_IDENTIFY = ("run", "epoch", "layer", "scenario", "iteration", "at")


def measured(saved: SavedStudy, name: str, fmt: str, width: int | None = None) -> str | bytes:
    """Return a table of a study with all its columns (docs/columns.md) and rows, in a format of `FORMATS`.

    Programs read full precision; in Parquet every column has the type it has on disk. Text is at most `width` wide; None: as
    wide as it comes. Raises InputError for another name or format, and if the study has no row of that table.
    """
    if name not in _FRAMES:
        raise InputError(f"unknown table {name!r}; expected {one_of(NAMES)}")
    if fmt not in FORMATS:
        raise InputError(f"unknown table format {fmt!r}; expected {one_of(FORMATS)}")
    frame = _FRAMES[name](saved)
    if frame.is_empty():
        there = [other for other in NAMES if other != name and not _FRAMES[other](saved).is_empty()]
        raise InputError(f"{saved.id} has no {name}; it has {', '.join(there) or 'nothing yet'}")
    if fmt == "parquet":
        return parquet_bytes(frame)
    return render(_table(saved, name, frame), fmt, width)


def _table(saved: SavedStudy, name: str, frame: pl.DataFrame) -> Table:
    times = [column for column, kind in frame.schema.items() if kind.is_temporal()]
    texts = frame.with_columns(pl.col(column).dt.strftime("%Y-%m-%dT%H:%M:%S%.3fZ") for column in times)
    columns = [
        Column(column, column, _kind(kind), identifies=column in _IDENTIFY) for column, kind in texts.schema.items()
    ]
    return Table.of(saved.study.title, columns, texts.rows(), name, saved.study.overrides)


def _kind(kind: pl.DataType) -> Kind:
    return "count" if kind.is_integer() else "number" if kind.is_float() else "text"
