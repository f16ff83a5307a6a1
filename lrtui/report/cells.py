"""A table of results: columns, rows, and each figure rounded once, so that every format says the same."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from lrtui.text import format_rate, format_value, literal

Cell = str | int | float | None
Kind = Literal["text", "count", "fixed", "rate", "number"]

_LARGE = 1e6
"""From here on a figure with fixed decimals is given with four significant digits instead (a diverging loss)."""


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Kinds: `text`; `count` (whole number); `fixed` (`decimals` decimals); `rate` (learning rates: `1e-5`); `number`
    (as short as it goes: `0.9`, `11.5`).
    """

    key: str
    """Its name for programs: the heading in CSV, JSON and Parquet."""
    header: str
    """Its name for people: the heading in text, Markdown and LaTeX."""
    kind: Kind = "text"
    decimals: int = 2
    identifies: bool = False
    """Whether it says which scenario or run a row is about."""

    @property
    def numeric(self) -> bool:
        """Return whether its cells are numbers, which stand on the right."""
        return self.kind != "text"

    def settle(self, value: Cell) -> Cell:
        """Return the value as the table holds it: numbers rounded, control characters of text written out."""
        if isinstance(value, bool):
            return format_value(value)
        if value is None or isinstance(value, int):
            return value
        if isinstance(value, str):
            return literal(value)
        if not math.isfinite(value):
            return value
        if self.kind == "fixed":
            rounded = float(f"{value:.4g}") if abs(value) >= _LARGE else round(value, self.decimals)
            return rounded + 0.0  # -0.0 becomes 0.0
        return float(f"{value:.12g}")

    def show(self, value: Cell, missing: str) -> str:
        """Return a settled value as text; `missing` stands for None. Not a number and infinity: `nan`, `inf`, `-inf`."""
        if value is None:
            return missing
        if isinstance(value, str | int) or not math.isfinite(value):
            return str(value)
        if self.kind == "fixed":
            return f"{value:.4g}" if abs(value) >= _LARGE else f"{value:.{self.decimals}f}"
        return format_rate(value) if self.kind == "rate" else format_value(value)


@dataclass(frozen=True)
class Table:
    """A table, settled: build it with `Table.of`. Figures are rounded for reading.

    Full precision is in the study's own runs.parquet and epochs.parquet.
    """

    title: str
    note: str
    """What holds for all rows; may be empty."""
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]

    @classmethod
    def of(cls, title: str, columns: Sequence[Column], rows: Sequence[Sequence[Cell]], note: str = "") -> "Table":
        """Return the table with every cell settled. Raises ValueError where a row has not one cell per column."""
        settled = tuple(tuple(column.settle(cell) for column, cell in zip(columns, row, strict=True)) for row in rows)
        return cls(literal(title), literal(note), tuple(columns), settled)

    def shown(self, missing: str) -> list[list[str]]:
        """Return every cell as text, row by row."""
        return [
            [column.show(cell, missing) for column, cell in zip(self.columns, row, strict=True)] for row in self.rows
        ]

    def records(self) -> list[dict[str, Cell]]:
        """Return every row as a dict by column key."""
        return [dict(zip((column.key for column in self.columns), row, strict=True)) for row in self.rows]
