"""The layers of one run: which run is shown, what was measured of it, and the cells of its map."""

import itertools
import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lrtui.analysis.health import decades, ills, sentence
from lrtui.errors import InputError
from lrtui.plots.metrics import LOG, SHARE, SIGNED, VAL_ACCURACY, Kind, Metric
from lrtui.plots.series import final
from lrtui.plots.view import View
from lrtui.study.records import LayerRecord, RunStatus
from lrtui.study.spec import RunSpec
from lrtui.study.states import RunState
from lrtui.text import count, shown_rate

_NOISE = 1e-9
"""Decades by which a mean may miss a power of ten."""


@dataclass(frozen=True)
class Range:
    """The values between which colours go, rounded so that they rarely move."""

    kind: Kind
    low: float
    high: float

    @classmethod
    def of(cls, kind: Kind, values: Iterable[float]) -> "Range":
        """Return the range of the finite `values`: whole decades, 0 to 1, or as far below 0 as above."""
        finite = [value for value in values if math.isfinite(value)]
        if kind == SHARE:
            return cls(kind, 0.0, 1.0)
        if kind == SIGNED:
            most = max((abs(value) for value in finite), default=0.0) or 1.0
            step = 10.0 ** math.floor(math.log10(most))
            top = next(step * factor for factor in (1.0, 2.0, 5.0, 10.0) if most <= step * factor * (1 + 1e-9))
            return cls(kind, -top, top)
        positive = [value for value in finite if value > 0] or [1.0]
        low, high = math.floor(math.log10(min(positive)) + _NOISE), math.ceil(math.log10(max(positive)) - _NOISE)
        return cls(kind, 10.0**low, 10.0 ** max(high, low + 1))

    def place(self, value: float) -> float:
        """Return where a finite value lies, 0 to 1."""
        if self.kind == LOG:
            if value <= self.low:
                return 0.0
            share = math.log10(value / self.low) / math.log10(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return min(1.0, max(0.0, share))

    def at(self, share: float) -> float:
        """Return the value at a place."""
        if self.kind == LOG:
            return float(self.low * (self.high / self.low) ** share)
        return self.low + share * (self.high - self.low)

    def text(self, value: float) -> str:
        """Return a value in few characters."""
        if not math.isfinite(value):
            return str(value)
        if self.kind == SHARE:
            return f"{100 * value:.0f} %"
        rounded = float(f"{value:.2g}")
        return shown_rate(rounded) if 0 < abs(rounded) < 0.01 or self.kind == LOG else f"{rounded:g}"


def mean(kind: Kind, values: Iterable[float]) -> float:
    """Return what one cell shows of several values: their mean, of positive ones over decades the geometric one.

    Not finite if one of them is not.
    """
    known = list(values)
    if any(not math.isfinite(value) for value in known):
        return math.nan
    if kind != LOG:
        return statistics.fmean(known)
    return 0.0 if min(known) <= 0 else statistics.geometric_mean(known)


@dataclass(frozen=True)
class LayerRun:
    """A run whose layers were measured."""

    state: RunState
    place: str = ""
    """What it is among the study's runs: `run 3 of 15, the least healthy`."""

    @property
    def spec(self) -> RunSpec:
        """Return which run it is."""
        return self.state.spec

    @property
    def measured(self) -> dict[int, tuple[LayerRecord, ...]]:
        """Return its layers, from the input, after each epoch that was measured, in order."""
        return {record.epoch: record.layers for record in self.state.records if record.layers}

    @property
    def title(self) -> str:
        """Return which run it is: `mlp-digits-sgd-1e-2 · seed 1 · run 3 of 15`."""
        return f"{self.spec.scenario} · seed {self.spec.seed} · {self.place}"

    @property
    def last(self) -> int:
        """Return the latest epoch that was measured."""
        return max(self.measured)

    @property
    def last_column(self) -> int:
        """Return the last epoch of its map: that of the whole training while it is under way, so that nothing moves."""
        return self.state.epochs_done if self.state.status.ended else self.spec.epochs

    @property
    def sentence(self) -> str:
        """Return the state of its layers after the latest epoch in plain words."""
        return self.sentence_at(self.last)

    def sentence_at(self, epoch: int) -> str:
        """Return the state of its layers after an epoch that was measured in plain words."""
        return sentence(self.measured[epoch], self.spec.config.health)


def measured_runs(view: View) -> list[RunState]:
    """Return the runs of which layers were measured, in the study's order."""
    return [state for state in view.snapshot.runs if any(record.layers for record in state.records)]


def best_run(runs: Sequence[RunState]) -> RunState | None:
    """Return the finished run with the highest validation accuracy (of all, if none is finished)."""
    done = [state for state in runs if state.status is RunStatus.DONE] or runs
    return max(done, key=_accuracy, default=None)


def telling_run(runs: Sequence[RunState]) -> tuple[RunState | None, str]:
    """Return the measured run that tells most, and what it is: `the least healthy`; `the best` if all layers are healthy.

    Of the runs whose layers are ill it is the one whose gradients differ most from layer to layer. Only finished runs
    count, if there are any.
    """
    done = [state for state in runs if state.status is RunStatus.DONE]
    so_far = "" if done else " so far"
    found = {state.spec.run: diagnosis for state in done or runs if (diagnosis := _diagnosis(state)) is not None}
    if not found:
        return best_run(runs), f"the best{so_far}"
    return max((state for state in runs if state.spec.run in found), key=lambda state: found[state.spec.run]), (
        f"the least healthy{so_far}"
    )


def _diagnosis(state: RunState) -> float | None:
    """Return over how many decades a run's gradients are spread, at the latest epoch at which they were numbers.

    None if its layers are healthy after the latest epoch.
    """
    epochs = [record.layers for record in state.records if record.layers]
    if not epochs or not ills(epochs[-1], state.spec.config.health):
        return None
    for layers in reversed(epochs):
        if (spread := decades(layers)) is not None:
            return spread
    return 0.0


def find_run(view: View, number: int | None = None) -> LayerRun:
    """Return run `number`, else the one that tells most.

    Raises InputError if there is no such run, or its layers were not measured.
    """
    runs, total = measured_runs(view), len(view.study.runs)
    if number is None:
        state, which = telling_run(runs)
        if state is None:
            raise InputError("no layer is measured yet")
        return LayerRun(state, f"run {state.spec.run} of {total}{'' if total == 1 else f', {which}'}")
    spec_of(view, number)
    chosen = next((state for state in runs if state.spec.run == number), None)
    if chosen is None:
        known = ", ".join(str(state.spec.run) for state in runs)
        raise InputError(f"--run {number}: its layers were not measured (they were of run {known})")
    return LayerRun(chosen, f"run {number} of {total}")


def spec_of(view: View, number: int) -> RunSpec:
    """Return the run of that number. Raises InputError if the study has none."""
    spec = next((spec for spec in view.study.runs if spec.run == number), None)
    if spec is None:
        raise InputError(f"--run {number}: the study has {count(len(view.study.runs), 'run')}, numbered from 1")
    return spec


def _accuracy(state: RunState) -> float:
    accuracy = final(state, VAL_ACCURACY)
    return accuracy if accuracy is not None and math.isfinite(accuracy) else -math.inf


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
    """Rows from the output (top) to the input, columns from epoch 0; a cell is None if nothing was measured there."""

    names: tuple[str, ...]
    """Of every row's layers."""
    rows: tuple[Band, ...]
    columns: tuple[Band, ...]
    cells: tuple[tuple[float | None, ...], ...]

    @property
    def values(self) -> list[float]:
        """Return what was measured, row after row."""
        return [value for row in self.cells for value in row if value is not None]


def grid(measured: Mapping[int, Sequence[LayerRecord]], last: int, measure: Metric, rows: int, columns: int) -> Grid:
    """Return the figures of a run, its layers (and their time steps) by epoch, in at most `rows` × `columns` cells.

    The columns end at epoch `last`.
    """
    layers = next(iter(measured.values()), ())
    down, across = _rows(layers, rows), bands(last + 1, columns)
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


def _rows(layers: Sequence[LayerRecord], room: int) -> list[Band]:
    """Return layers and time steps in at most `room` bands, none of which has both, if there is room for that."""
    kinds = [len(list(alike)) for _, alike in itertools.groupby(layers, key=lambda layer: layer.step is None)]
    if len(kinds) < 2 or not len(kinds) <= room < len(layers):
        return bands(len(layers), room)
    shares = [1] * len(kinds)
    while sum(shares) < room:
        fullest = max(range(len(kinds)), key=lambda at: kinds[at] / shares[at])
        shares[fullest] += 1
    made: list[Band] = []
    for many, share in zip(kinds, shares, strict=True):
        start = made[-1].last + 1 if made else 0
        made += [Band(start + band.first, start + band.last) for band in bands(many, share)]
    return made


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


def _cell(measure: Metric, band: Band, found: Sequence[Sequence[LayerRecord]]) -> float | None:
    values = [getattr(layer, measure.name) for layers in found for layer in layers[band.first : band.last + 1]]
    known = [value for value in values if value is not None]
    return mean(measure.kind, known) if known else None


def _name(layers: Sequence[LayerRecord], band: Band) -> str:
    first, last = layers[band.first].name, layers[band.last].name
    if band.first == band.last:
        return first
    kind, _, number = last.rpartition(" ")
    return f"{first}–{number}" if number.isdigit() and first.startswith(kind) else f"{first}–"
