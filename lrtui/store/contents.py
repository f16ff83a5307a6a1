"""What a study's tables may hold: checked once, when they are read, against the documented columns."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from lrtui.analysis.columns import BOUNDS, FILLED, LATER, TOGETHER, Column, schema
from lrtui.errors import InputError
from lrtui.study.records import RunStatus
from lrtui.text import literal


class DamagedError(InputError):
    """A file of a study is not what it should be: one sentence that names the file."""


Bounds = tuple[float | None, float | None]
"""The lowest and the highest value there may be."""

DAMAGE = (
    *(
        KeyError,
        TypeError,
        ValueError,
        IndexError,
        AttributeError,
        ArithmeticError,
        RecursionError,
        NotImplementedError,
    ),
    pl.exceptions.PolarsError,
    pl.exceptions.PanicException,
)
"""What comes of contents that nobody foresaw."""


def checked(frame: pl.DataFrame, columns: tuple[Column, ...], file: Path) -> pl.DataFrame:
    """Return a table with all `columns` in their order, then what else is in it.

    Columns that came later than the table are filled with null. Raises DamagedError, naming file and column, if one is
    missing, of another type, empty where there is always something, or out of its bounds.
    """
    types = schema(columns)
    found = frame.schema
    if missing := [column.name for column in columns if column.name not in found and column.name not in LATER]:
        raise _damaged(file, f"there is no column {missing[0]}")
    for column in columns:
        if column.name in found and found[column.name] not in (column.dtype, pl.Null()):
            raise _damaged(file, f"{column.name} is {found[column.name]}, {column.dtype} expected")
    lacking = [pl.lit(None, column.dtype).alias(column.name) for column in columns if column.name not in found]
    empty = [pl.col(name).cast(types[name]) for name, kind in found.items() if kind == pl.Null() and name in types]
    whole = frame.with_columns(*lacking, *empty).select(*types, *(name for name in found if name not in types))
    for problem in _problems(whole, columns, [name for name, kind in found.items() if kind != pl.Null()]):
        raise _damaged(file, problem)
    return whole


def _problems(frame: pl.DataFrame, columns: tuple[Column, ...], there: Sequence[str]) -> Iterator[str]:
    filled = [column.name for column in columns if column.name in FILLED and column.name in there]
    nulls = frame.select(pl.col(filled).null_count()).row(0) if filled else ()
    for name, count in zip(filled, nulls, strict=True):
        if count:
            yield f"{name} is empty in {count} of {len(frame)} rows"
    for name, others in TOGETHER.items():
        for other in others:
            if name in there and other in there:
                count = frame.select((pl.col(name).is_not_null() & pl.col(other).is_null()).sum()).item()
                if count:
                    yield f"{other} is empty where {name} is not, in {count} of {len(frame)} rows"
    bounded = _bounded(columns)
    outside = frame.select(
        (
            (False if low is None else pl.col(column.name) < low)
            | (pl.lit(value=False) if high is None else pl.col(column.name) > high)
        )
        .sum()
        .alias(column.name)
        for column, (low, high) in bounded
    )
    for (column, (low, high)), count in zip(bounded, outside.row(0), strict=True):
        if count:
            yield f"{column.name} is {_outside(low, high)} in {count} of {len(frame)} rows"
    if any(column.name == "status" for column in columns):
        unknown = set(frame["status"].unique()) - {status.value for status in RunStatus}
        for text in sorted(unknown):
            yield f"status is {literal(text)}"


def _bounded(columns: tuple[Column, ...]) -> list[tuple[Column, Bounds]]:
    """Return the columns that have bounds. Where numbers are told, R² stands for an accuracy, and has no lower one."""
    bounded: list[tuple[Column, Bounds]] = [
        (column, BOUNDS[column.unit]) for column in columns if column.unit in BOUNDS and column.dtype.is_numeric()
    ]
    bounded = [(column, (None if column.name.endswith("accuracy") else low, high)) for column, (low, high) in bounded]
    counted = ("run", "layer", "iteration", "replicate")
    return bounded + [(column, (1.0, None)) for column in columns if column.name in counted]


def _outside(low: float | None, high: float | None) -> str:
    if low is None:
        return f"more than {high:g}"
    return f"less than {low:g}" if high is None else f"not within {low:g} and {high:g}"


def _damaged(file: Path, what: str) -> DamagedError:
    return DamagedError(f"{literal(str(file))}: is damaged: {what}")
