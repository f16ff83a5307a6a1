"""A table in each format that `lrtui table` writes: the same figures, rounded for people, in full precision for programs."""

import json
import math
from collections.abc import Callable
from typing import Any

import polars as pl

from lrtui.analysis.parquet import parquet_bytes
from lrtui.errors import InputError
from lrtui.report.cells import Kind, Table
from lrtui.report.csv_table import csv_table
from lrtui.report.markup import latex_table, markdown_table
from lrtui.report.text_table import text_table
from lrtui.text import one_of

_POLARS: dict[Kind, pl.DataType] = {
    "text": pl.String(),
    "list": pl.String(),
    "count": pl.Int64(),
    "fixed": pl.Float64(),
    "rate": pl.Float64(),
    "number": pl.Float64(),
}


def render(table: Table, fmt: str, width: int | None = None) -> str | bytes:
    """Return the table as text, csv, markdown, latex or json (str), or parquet (bytes).

    `width` is that of the terminal, for text; None: as wide as it comes. Figures that are missing are `–` in text and
    Markdown, `--` in LaTeX, empty in CSV, null in JSON and Parquet; those that are not finite are `nan`, `inf`, `-inf`,
    in JSON as strings, in Parquet as themselves. Raises InputError for another format.
    """
    if fmt in _FOR_PEOPLE:
        return "\n".join(_FOR_PEOPLE[fmt](part, width) for part in table.for_people())
    if fmt not in _FOR_PROGRAMS:
        raise InputError(f"unknown table format {fmt!r}; expected {one_of(FORMATS)}")
    return _FOR_PROGRAMS[fmt](table)


def json_number(value: float) -> float | str:
    """Return the number, or `nan`, `inf`, `-inf` as a string where JSON has none."""
    return value if math.isfinite(value) else str(value)


def json_safe(value: Any) -> Any:
    """Return the value, and all values within it, as `json.dumps(…, allow_nan=False)` takes them."""
    if isinstance(value, float):
        return json_number(value)
    if isinstance(value, dict):
        return {key: json_safe(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [json_safe(inner) for inner in value]
    return value


def json_object(document: dict[str, Any]) -> dict[str, Any]:
    """Return an object of a JSON document, its values as `json_safe` gives them."""
    return {key: json_safe(value) for key, value in document.items()}


def json_table(table: Table) -> str:
    """Return one JSON document: title, note, what was changed, columns (key and header) and rows (an object by key each)."""
    return json.dumps(json_document(table), ensure_ascii=False, allow_nan=False, indent=2) + "\n"


def json_document(table: Table) -> dict[str, Any]:
    """Return what `json_table` writes, as a dict."""
    return {
        "title": table.title,
        "note": table.note,
        "changed": list(table.changed),
        **json_safe(dict(table.about)),
        "columns": [{"key": column.key, "header": column.header} for column in table.columns],
        "rows": json_safe(table.records()),
    }


def parquet_table(table: Table) -> bytes:
    """Return the table as a Parquet file under the columns' keys, in full precision, NaN and infinity as they are.

    Lists are text as in CSV: `[64, 32]`. If something was changed of the preset, a last column `changed` says what.
    """
    schema = {column.key: _POLARS[column.kind] for column in table.columns}
    rows = [[json.dumps(cell) if isinstance(cell, tuple) else cell for cell in row] for row in table.rows]
    frame = pl.DataFrame(rows, schema=schema, orient="row", strict=False)
    if table.changed:
        frame = frame.with_columns(pl.lit(", ".join(table.changed)).alias("changed"))
    return parquet_bytes(frame)


_FOR_PEOPLE: dict[str, Callable[[Table, int | None], str]] = {
    "text": text_table,
    "markdown": lambda table, _: markdown_table(table),
    "latex": lambda table, _: latex_table(table),
}
_FOR_PROGRAMS: dict[str, Callable[[Table], str | bytes]] = {
    "csv": csv_table,
    "json": json_table,
    "parquet": parquet_table,
}

FORMATS = ("text", "csv", "markdown", "latex", "json", "parquet")
"""The names of the formats."""
