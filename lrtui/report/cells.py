"""A table of results: columns and rows, in full precision for programs, each figure rounded in one way for people."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from lrtui.text import literal, shown_number, shown_rate, shown_value

Cell = str | int | float | tuple[Any, ...] | None
Kind = Literal["text", "list", "count", "fixed", "rate", "number"]

_LARGE = 1e6
"""From here on a figure with fixed decimals is given with four significant digits instead (a diverging loss)."""


class FoundRate(float):
    """A learning rate that nobody typed: people are shown three digits of it."""


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Kinds: `text`; `list` (a setting such as hidden layers: `64-32`); `count` (whole number); `fixed` (`decimals` decimals);
    `rate` (learning rates: `1e-5`); `number` (as short as it goes: `0.9`, `11.5`).
    """

    key: str
    """Its name for programs: the heading in CSV, JSON and Parquet."""
    header: str
    """Its name for people: the heading in text, Markdown and LaTeX."""
    kind: Kind = "text"
    decimals: int = 2
    identifies: bool = False
    """Whether it says which scenario or run a row is about."""
    missing: str = ""
    """What people read if there is no value; empty: what the format has for it."""
    signs: Mapping[str, str] = field(default_factory=dict)
    """Signs that people are shown for some of its texts."""
    for_programs: bool = False
    """Whether people are not shown it: what it says stands in the table's note."""

    @property
    def numeric(self) -> bool:
        """Return whether its cells are numbers, which stand on the right."""
        return self.kind not in ("text", "list")

    def settle(self, value: Cell) -> Cell:
        """Return the value as the table holds it, in full precision: control characters of text are written out."""
        if isinstance(value, bool):
            return shown_value(value)
        if isinstance(value, str):
            return literal(value)
        if isinstance(value, tuple):
            return tuple(literal(item) if isinstance(item, str) else item for item in value)
        return value + 0.0 if isinstance(value, float) and not isinstance(value, FoundRate) else value  # no -0.0

    def show(self, value: Cell, missing: str) -> str:
        """Return a settled value as people read it, rounded: `nan`, `inf`, `-inf` too; `missing` stands for None."""
        if value is None:
            return self.missing or missing
        if isinstance(value, str):
            return self.signs.get(value, value)
        if isinstance(value, tuple):
            return shown_value(value)
        if isinstance(value, int) or not math.isfinite(value):
            return str(value)
        if self.kind == "fixed":
            text = shown_number(value, 4) if abs(value) >= _LARGE else f"{value:.{self.decimals}f}"
            return text.removeprefix("-") if float(text) == 0 else text
        if self.kind == "rate":
            return shown_rate(float(f"{value:.3g}") if isinstance(value, FoundRate) else value)
        return shown_value(value)


@dataclass(frozen=True)
class Part:
    """A table of its own that people are shown in place of the whole."""

    note: str
    keys: tuple[str, ...]
    """Its columns."""
    needs: str = ""
    """The column without which a row is left out; empty: it has all rows."""


@dataclass(frozen=True)
class Table:
    """A table, settled: build it with `Table.of`."""

    title: str
    note: str
    """What holds for all rows; may be empty."""
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    changed: tuple[str, ...] = ()
    """What was changed of the preset: `KEY=VALUE`."""
    about: Mapping[str, Any] = field(default_factory=dict)
    """What JSON says besides, by key."""
    parts: tuple[Part, ...] = ()
    """The tables that people are shown; none: the table as it is. Programs have it whole."""

    @property
    def changes(self) -> str:
        """Return what was changed as people read it; empty if nothing was."""
        return f"changed: {', '.join(self.changed)}" if self.changed else ""

    @classmethod
    def of(
        cls,
        title: str,
        columns: Sequence[Column],
        rows: Sequence[Sequence[Cell]],
        note: str = "",
        changed: Sequence[str] = (),
        about: Mapping[str, Any] | None = None,
        parts: Sequence[Part] = (),
    ) -> "Table":
        """Return the table with every cell settled. Raises ValueError if a row has not one cell per column."""
        settled = tuple(tuple(column.settle(cell) for column, cell in zip(columns, row, strict=True)) for row in rows)
        texts = tuple(literal(change) for change in changed)
        return cls(literal(title), literal(note), tuple(columns), settled, texts, about or {}, tuple(parts))

    def for_people(self) -> list["Table"]:
        """Return the tables that people are shown: the first has the title and what was changed."""
        return [self._part(part, first=index == 0) for index, part in enumerate(self.parts)] or [self]

    @property
    def seen(self) -> "Table":
        """Return the table without the columns that only programs are given."""
        at = [index for index, column in enumerate(self.columns) if not column.for_programs]
        if len(at) == len(self.columns):
            return self
        rows = tuple(tuple(row[index] for index in at) for row in self.rows)
        return replace(self, columns=tuple(self.columns[index] for index in at), rows=rows)

    def _part(self, part: Part, first: bool) -> "Table":
        at = [index for index, column in enumerate(self.columns) if column.key in part.keys]
        needed = next((index for index, column in enumerate(self.columns) if column.key == part.needs), None)
        rows = [row for row in self.rows if needed is None or row[needed] is not None]
        return Table(
            self.title if first else "",
            part.note,
            tuple(self.columns[index] for index in at),
            tuple(tuple(row[index] for index in at) for row in rows),
            self.changed if first else (),
        )

    def shown(self, missing: str) -> list[list[str]]:
        """Return every cell as people read it, row by row."""
        return [
            [column.show(cell, missing) for column, cell in zip(self.columns, row, strict=True)] for row in self.rows
        ]

    def records(self) -> list[dict[str, Cell]]:
        """Return every row as a dict by column key, in full precision."""
        return [dict(zip((column.key for column in self.columns), row, strict=True)) for row in self.rows]
