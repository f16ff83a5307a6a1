"""Tables, a row an example: CSV, TSV and Parquet, read by polars."""

import codecs
import contextlib
import csv
import io
from pathlib import Path

import numpy as np
import polars as pl
from polars import selectors

from lrtui.data.own.arrays import Arrays, cannot_read, listed, sha256_of_files, unlabelled
from lrtui.errors import InputError
from lrtui.study.datasets import TableConfig
from lrtui.text import literal

MOST_FEATURES = 100_000
MOST_CATEGORIES = 1_000
"""Values of one column of strings that become numbers of 0 and 1 each."""
_ENOUGH = 20
"""Rows from which on texts that mostly differ are taken for names."""


def read(config: TableConfig, path: Path, test: Path | None, *, labelled: bool = True) -> Arrays:
    """Return features, numbers as they are and strings one-hot, and labels of a table and that of its test rows.

    Raises InputError for a file that is damaged, a column that is missing, values that are missing, and too many columns.
    """
    whole = _frame(config, path)
    frames = [whole] if test is None else [whole, _frame(config, test)]
    columns = _features(config, whole, path, labelled=labelled)
    needed = (config.label, *columns) if labelled else tuple(columns)
    for frame, file in zip(frames, [path, test], strict=False):
        assert file is not None
        there = set(frame.columns)
        if absent := [name for name in needed if name not in there]:
            raise InputError(f"{literal(str(file))} has no column {literal(absent[0])}; it has {listed(frame.columns)}")
        _complete(frame, needed, file)
    encoded = _encoded(frames, columns, path)
    labels = [_label(frame[config.label], path) if labelled else unlabelled(np.empty(frame.height)) for frame in frames]
    made = [
        Arrays(literal(str(path)), numbers, label, source=literal(str(path)))
        for numbers, label in zip(encoded, labels, strict=True)
    ]
    files = [("", path)] if test is None else [("", path), ("test", test)]
    first = made[0] if test is None else made[0].joined(made[1])
    return Arrays(
        first.where,
        first.inputs,
        first.labels,
        first.test_inputs,
        first.test_labels,
        sha256=sha256_of_files(files),
        source=first.source,
    )


def _frame(config: TableConfig, path: Path) -> pl.DataFrame:
    try:
        if path.suffix.lower() == ".parquet":
            return pl.read_parquet(path)
        with path.open("rb") as file:
            if file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
                raise InputError(f"{literal(str(path))} is UTF-16; save it as UTF-8")
        frame = pl.read_csv(path, separator=_separator(config, path), infer_schema_length=None, try_parse_dates=False)
    except FileNotFoundError:
        raise InputError(f"{literal(str(path))}: no such file") from None
    except OSError as error:
        raise cannot_read(path, error) from None
    except pl.exceptions.PolarsError as error:
        first = _what_is_wrong(config, path) or literal(str(error).strip().partition("\n")[0])
        hint = _separated_otherwise(config, path)
        raise InputError(f"{literal(str(path))} cannot be read as a table: {first}{hint}") from None
    for name in frame.columns:
        original, _, number = name.rpartition("_duplicated_")
        if original in frame.columns and number.isdecimal():
            raise InputError(
                f"{literal(str(path))} has two columns called {literal(original)}{_unnamed(frame.columns)}"
            )
    if frame.width == 1 and (hint := _separated_otherwise(config, path)):
        raise InputError(f"{literal(str(path))} has one column, {literal(frame.columns[0][:60])}{hint}")
    return frame


def _what_is_wrong(config: TableConfig, path: Path) -> str:
    """Return what makes a text no table, and in which line; empty if that is not found."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        return f"line {line:,} is not UTF-8 (Latin-1, perhaps); save it as UTF-8"
    except OSError:
        return ""
    with contextlib.suppress(csv.Error):
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(config, path))
        width = len(next(rows, ()))
        for row in rows:
            if len(row) > width:
                return f"line {rows.line_num:,} has {len(row):,} fields, and the first {width:,}"
    return ""


def _unnamed(columns: list[str]) -> str:
    """Return what to say if the columns' names are numbers: a header is missing."""
    numbers = [name.rpartition("_duplicated_")[0] or name for name in columns]
    try:
        [float(number) for number in numbers]
    except ValueError:
        return ""
    return "; its first line has to name the columns, and is of numbers"


def _separator(config: TableConfig, path: Path) -> str:
    return config.separator or ("\t" if path.suffix.lower() == ".tsv" else ",")


def _separated_otherwise(config: TableConfig, path: Path) -> str:
    """Return what to say if the first line has more of another mark between its columns; else nothing."""
    if path.suffix.lower() == ".parquet":
        return ""
    with contextlib.suppress(OSError), path.open(encoding="utf-8", errors="replace") as file:
        line = file.readline(1 << 20)
        counts = {mark: line.count(mark) for mark in (",", ";", "\t", "|", " ")}
        mark = max(counts, key=lambda one: counts[one])
        if counts[mark] > line.count(_separator(config, path)):
            return f": its columns seem to be separated by {mark!r}; say data.separator = {mark!r}"
    return ""


def _features(config: TableConfig, frame: pl.DataFrame, path: Path, *, labelled: bool) -> list[str]:
    if labelled and config.label not in frame.columns:
        hint = _separated_otherwise(config, path)
        raise InputError(
            f"{literal(str(path))} has no column {literal(config.label)} (data.label); it has {listed(frame.columns)}"
            f"{hint or _unnamed(frame.columns)}"
        )
    columns = list(config.features) if config.features else [name for name in frame.columns if name != config.label]
    if config.label in columns:
        raise InputError(f"data.features: {literal(config.label)} is the label")
    if not columns:
        raise InputError(f"{literal(str(path))} has no column besides {literal(config.label)}")
    return columns


def _complete(frame: pl.DataFrame, columns: tuple[str, ...], path: Path) -> None:
    if not frame.height:
        raise InputError(f"{literal(str(path))} has no rows")
    counts = frame.select(pl.col(columns).null_count()).row(0)
    for name, count in zip(columns, counts, strict=True):
        if count:
            row = frame[name].is_null().arg_max()
            raise InputError(
                f"{literal(str(path))}: column {literal(name)} lacks {count:,} of {frame.height:,} values, the first in row "
                f"{(row or 0) + 1:,}; leave those rows or the column out"
            )


def _encoded(frames: list[pl.DataFrame], columns: list[str], path: Path) -> list[np.ndarray]:
    """Return the features (N, F) float32 of every frame, with the categories of the first."""
    if len(columns) > MOST_FEATURES:
        raise InputError(f"{literal(str(path))} has {len(columns):,} columns of features; at most {MOST_FEATURES:,}")
    parts: list[list[pl.Expr]] = []
    width = 0
    kinds = frames[0].schema  # made anew each time it is asked for
    numbers = _numbers(frames, columns)
    for name in columns:
        kind = kinds[name]
        if kind.is_numeric() or kind == pl.Boolean:
            parts.append([pl.col(name).cast(numbers)])
        elif kind in (pl.String, pl.Categorical, pl.Enum):
            _few_are_numbers(frames[0][name].cast(pl.String), path)
            values = frames[0][name].cast(pl.String).unique().sort().to_list()
            if frames[0].height >= _ENOUGH and len(values) > frames[0].height / 2:
                raise InputError(
                    f"{literal(str(path))}: column {literal(name)} has {len(values):,} different texts in {frames[0].height:,} "
                    "rows: it names rows rather than describing them; data.features names the columns to use"
                )
            if len(values) > MOST_CATEGORIES:
                raise InputError(
                    f"{literal(str(path))}: column {literal(name)} has {len(values):,} different texts, each of which would "
                    f"become a number; at most {MOST_CATEGORIES:,}. data.features names the columns to use"
                )
            parts.append(
                [
                    (pl.col(name).cast(pl.String) == value).cast(pl.Float32).alias(f"{name}\0{number}")
                    for number, value in enumerate(values)
                ]
            )
        else:
            raise InputError(
                f"{literal(str(path))}: column {literal(name)} holds {kind}, neither numbers nor texts; data.features names the "
                "columns to use"
            )
        width += len(parts[-1])
    if width > MOST_FEATURES:
        raise InputError(f"{literal(str(path))} gives {width:,} features; at most {MOST_FEATURES:,}")
    flat = [part for each in parts for part in each]
    try:
        return [np.ascontiguousarray(frame.select(flat).to_numpy()) for frame in frames]
    except pl.exceptions.PolarsError as error:
        first = str(error).strip().partition("\n")[0]
        raise InputError(f"{literal(str(path))}: {literal(first)}") from None


def _numbers(frames: list[pl.DataFrame], columns: list[str]) -> type[pl.DataType]:
    """Return the type that the numbers of all frames fit into: 32 bits where that keeps whole numbers whole."""
    for frame in frames:
        chosen = frame.select(columns).select(selectors.numeric())
        largest = chosen.select(pl.all().cast(pl.Float64, strict=False).abs().max()).row(0) if chosen.width else ()
        if any(value is not None and value >= 2.0**24 for value in largest):
            return pl.Float64
    return pl.Float32


def _few_are_numbers(column: pl.Series, path: Path) -> None:
    """Refuse a column of texts most of which are numbers: what stands for a missing one would make each of them a category."""
    other = ~column.str.strip_chars().cast(pl.Float64, strict=False).is_finite().fill_null(value=False)
    if 0 < int(other.sum()) < len(column) / 2:
        row = other.arg_max() or 0
        raise InputError(
            f"{literal(str(path))}: column {literal(column.name)} holds numbers, but {literal(str(column[row])[:40])!r} in row "
            f"{row + 1:,}; leave those rows or the column out"
        )


def _label(column: pl.Series, path: Path) -> np.ndarray:
    if column.dtype.is_decimal():
        column = column.cast(pl.Float64)
    if column.dtype.is_numeric() or column.dtype == pl.Boolean:
        return column.cast(pl.Int64).to_numpy() if column.dtype == pl.Boolean else column.to_numpy()
    if column.dtype in (pl.String, pl.Categorical, pl.Enum):
        _few_are_numbers(column.cast(pl.String), path)
        return np.array(column.cast(pl.String).to_list(), dtype=str)
    raise InputError(
        f"{literal(str(path))}: the label {literal(column.name)} holds {column.dtype}, neither numbers nor texts"
    )
