"""The cells of a heat map of layers: layers by epochs, brought to the rows and columns there are."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lrtui.report.layer_measures import Measure, mean
from lrtui.study.records import LayerRecord

_STEPS = (1, 2, 5, 10, 20, 25, 50, 100, 200, 500, 1000, 10**9)
_LABEL = 6
"""Cells of the epoch axis for each of its labels, about."""


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

    @property
    def values(self) -> list[float]:
        """Return what was measured, row after row."""
        return [value for row in self.cells for value in row if value is not None]


def grid(measured: Mapping[int, Sequence[LayerRecord]], last: int, measure: Measure, rows: int, columns: int) -> Grid:
    """Return the figures of a run, its layers by epoch, in at most `rows` × `columns` cells; the columns end at epoch `last`."""
    layers = next(iter(measured.values()), ())
    down, across = bands(len(layers), rows), bands(last + 1, columns)
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


def epoch_axis(columns: Sequence[Band], cell: int) -> str:
    """Return the epochs as a line below columns that are `cell` characters wide, as many as there is room for."""
    line = [" "] * (cell * len(columns))
    every = max(1, -(-len(columns) * _LABEL // max(_LABEL, len(line))))
    epochs = columns[-1].last - columns[0].first + 1
    step = next(one for one in _STEPS if one >= every * epochs / len(columns))
    free = 0
    for index, band in enumerate(columns):
        tick = next((epoch for epoch in range(band.first, band.last + 1) if epoch % step == 0), None)
        if tick is None and index == len(columns) - 1:
            tick = band.last
        label = "" if tick is None else str(tick)
        at = min(index * cell + max(0, (cell - len(label)) // 2), len(line) - len(label))
        if label and at >= free:
            line[at : at + len(label)] = label
            free = at + len(label) + 1
    return "".join(line)


def _cell(measure: Measure, band: Band, found: Sequence[Sequence[LayerRecord]]) -> float | None:
    values = [getattr(layer, measure.name) for layers in found for layer in layers[band.first : band.last + 1]]
    known = [value for value in values if value is not None]
    return mean(measure.kind, known) if known else None


def _name(layers: Sequence[LayerRecord], band: Band) -> str:
    first, last = layers[band.first].name, layers[band.last].name
    if band.first == band.last:
        return first
    kind, _, number = last.rpartition(" ")
    return f"{first}–{number}" if kind and first.startswith(kind) else f"{first}–"
