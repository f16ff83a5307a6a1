"""Tables, a row an example: CSV, TSV and Parquet, read by polars."""

from pathlib import Path

import numpy as np
import polars as pl

from lrtui.data.own.arrays import Arrays, cannot_read, listed, sha256_of_files
from lrtui.errors import InputError
from lrtui.study.datasets import TableConfig
from lrtui.text import literal

MOST_FEATURES = 100_000
MOST_CATEGORIES = 1_000
"""Values of one column of strings that become numbers of 0 and 1 each."""


def read(config: TableConfig, path: Path, test: Path | None) -> Arrays:
    """Return features, numbers as they are and strings one-hot, and labels of a table and that of its test rows.

    Raises InputError for a file that is damaged, a column that is missing, values that are missing, and too many columns.
    """
    whole = _frame(config, path)
    frames = [whole] if test is None else [whole, _frame(config, test)]
    columns = _features(config, whole, path)
    for frame, file in zip(frames, [path, test], strict=False):
        assert file is not None
        if absent := [name for name in (config.label, *columns) if name not in frame.columns]:
            raise InputError(f"{literal(str(file))} has no column {literal(absent[0])}; it has {listed(frame.columns)}")
        _complete(frame, (config.label, *columns), file)
    encoded = _encoded(frames, columns, path)
    labels = [_label(frame[config.label], path) for frame in frames]
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
        separator = config.separator or ("\t" if path.suffix.lower() == ".tsv" else ",")
        frame = pl.read_csv(path, separator=separator, infer_schema_length=None, try_parse_dates=False)
    except FileNotFoundError:
        raise InputError(f"{literal(str(path))}: no such file") from None
    except OSError as error:
        raise cannot_read(path, error) from None
    except pl.exceptions.PolarsError as error:
        first = str(error).strip().partition("\n")[0]
        raise InputError(f"{literal(str(path))} cannot be read as a table: {literal(first)}") from None
    if frame.width == 1 and not config.separator:
        found = [mark for mark in (";", "\t", "|", ",") if mark in frame.columns[0]]
        if found:
            raise InputError(
                f"{literal(str(path))} has one column, {literal(frame.columns[0][:60])}: its columns seem to be "
                f"separated by {found[0]!r}; say data.separator = {found[0]!r}"
            )
    return frame


def _features(config: TableConfig, frame: pl.DataFrame, path: Path) -> list[str]:
    if config.label not in frame.columns:
        raise InputError(
            f"{literal(str(path))} has no column {literal(config.label)} (data.label); it has {listed(frame.columns)}"
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
    for name in columns:
        kind = frames[0].schema[name]
        if kind.is_numeric() or kind == pl.Boolean:
            parts.append([pl.col(name).cast(pl.Float32)])
        elif kind in (pl.String, pl.Categorical, pl.Enum):
            values = frames[0][name].cast(pl.String).unique().sort().to_list()
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


def _label(column: pl.Series, path: Path) -> np.ndarray:
    if column.dtype.is_numeric() or column.dtype == pl.Boolean:
        return column.cast(pl.Int64).to_numpy() if column.dtype == pl.Boolean else column.to_numpy()
    if column.dtype in (pl.String, pl.Categorical, pl.Enum):
        return np.array(column.cast(pl.String).to_list(), dtype=str)
    raise InputError(
        f"{literal(str(path))}: the label {literal(column.name)} holds {column.dtype}, neither numbers nor texts"
    )
