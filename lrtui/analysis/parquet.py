"""Parquet, written in one way wherever lrtui writes it."""

import io
from collections.abc import Mapping

import polars as pl


def parquet_bytes(frame: pl.DataFrame, metadata: Mapping[str, str] | None = None) -> bytes:
    """Return a frame as a Parquet file, without statistics; `metadata` are texts kept beside it.

    Minima and maxima of a column leave NaN out, as the format has it, and DuckDB and Arrow take them to bound every row: rows
    with NaN would vanish from their answers.
    """
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd", statistics=False, metadata=dict(metadata or {}))
    return buffer.getvalue()
