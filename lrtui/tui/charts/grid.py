"""The cells of a heat map: layers by epochs, brought to the rows and columns there are."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from lrtui.engine.board import RunState
from lrtui.study.records import LayerRecord
from lrtui.tui.charts.measures import Measure, mean


@dataclass(frozen=True)
class Band:
    """A range of layers or of epochs that shares a row or a column; first and last, both within."""

    first: int
    last: int


@dataclass(frozen=True)
class Grid:
    """Rows from the output (top) to the input, columns from epoch 0; a cell is None where nothing was measured."""

    names: tuple[str, ...]
    """Of every row's layers."""
    rows: tuple[Band, ...]
    columns: tuple[Band, ...]
    cells: tuple[tuple[float | None, ...], ...]


def grid(state: RunState, measure: Measure, rows: int, columns: int) -> Grid:
    """Return the figures of a run in at most `rows` × `columns` cells.

    The columns are those of the whole training while it is under way, so that nothing moves.
    """
    measured = {record.epoch: record.layers for record in state.records if record.layers}
    layers = next(iter(measured.values()), ())
    last = state.records[-1].epoch if state.status.ended and state.records else state.spec.epochs
    down = bands(len(layers), rows)
    across = bands(last + 1, columns)
    by_column = [
        [measured[epoch] for epoch in range(band.first, band.last + 1) if epoch in measured] for band in across
    ]
    cells = [tuple(_cell(measure, band, found) for found in by_column) for band in down]
    names = [_name(layers, band) for band in down]
    return Grid(tuple(reversed(names)), tuple(reversed(down)), tuple(across), tuple(reversed(cells)))


def bands(count: int, room: int) -> list[Band]:
    """Return `count` things in at most `room` bands of nearly the same size."""
    number = min(count, max(1, room))
    edges = [round(index * count / number) for index in range(number + 1)] if number else [0]
    return [Band(first, after - 1) for first, after in itertools.pairwise(edges)]


def _cell(measure: Measure, band: Band, found: Sequence[tuple[LayerRecord, ...]]) -> float | None:
    values = [getattr(layer, measure.name) for layers in found for layer in layers[band.first : band.last + 1]]
    known = [value for value in values if value is not None]
    return mean(measure.kind, known) if known else None


def _name(layers: Sequence[LayerRecord], band: Band) -> str:
    first, last = layers[band.first].name, layers[band.last].name
    if band.first == band.last:
        return first
    kind, _, number = last.rpartition(" ")
    return f"{first}–{number}" if kind and first.startswith(kind) else f"{first}–"
