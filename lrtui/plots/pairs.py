"""Two swept keys at once: which pairs a study has, and what each cell of their map holds.

Needs no polars: the workbench draws with it from its first paint on.
"""

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lrtui.analysis.verdicts import Curve
from lrtui.errors import InputError
from lrtui.plots.metrics import VAL_ACCURACY, VAL_LOSS, Metric, named
from lrtui.plots.series import counted, final
from lrtui.plots.view import Scenario, View
from lrtui.study.records import RunStatus
from lrtui.study.spec import RunSpec, Study, value_of
from lrtui.study.states import RunState
from lrtui.text import literal, shown_rate, shown_value

RATE, BATCH = "optim.lr", "train.batch_size"
_LEAST_ERROR = 0.01
"""Points below 100 %, and nats, that colours tell apart at the good end."""


@dataclass(frozen=True)
class Shown:
    """What the cells show."""

    name: str
    label: str
    metric: Metric
    best: bool
    """Of a run's epochs the best, else what its last one (the weights that were kept) came to."""

    @property
    def higher(self) -> bool:
        """Return whether more is better."""
        return self.metric.name == VAL_ACCURACY.name

    @property
    def title(self) -> str:
        """Return the label with its unit."""
        return f"{self.label} ({self.metric.unit})"

    def named(self, study: Study) -> "Shown":
        """Return the same as it is called of a study's runs."""
        return replace(self, label=study.words.said(self.label), metric=named(self.metric, study))

    def of_run(self, state: RunState) -> float | None:
        """Return a run's figure; None before its first epoch is over."""
        if not self.best:
            return final(state, self.metric)
        found = [getattr(record, self.metric.name) for record in state.records if record.epoch > 0]
        finite = [value for value in found if math.isfinite(value)]
        return (max if self.higher else min)(finite) if finite else (found[0] if found else None)

    def badness(self, value: float) -> float:
        """Return how bad a finite figure is, in decades: of the error, or of the loss."""
        return math.log10(max(_LEAST_ERROR, 100 - value if self.higher else value))

    def text(self, value: float) -> str:
        """Return a figure in few characters."""
        return f"{value:.2f}" if self.higher else f"{value:#.3g}" if value < 100 else f"{value:.0e}"


SHOWN = (
    Shown("accuracy", "final validation accuracy", VAL_ACCURACY, best=False),
    Shown("best_accuracy", "best validation accuracy", VAL_ACCURACY, best=True),
    Shown("loss", "final validation loss", VAL_LOSS, best=False),
    Shown("best_loss", "lowest validation loss", VAL_LOSS, best=True),
)


@dataclass(frozen=True)
class Pair:
    """Two keys of a study that take more than one value each: `x` goes across, `y` up."""

    x: str
    y: str

    @property
    def label(self) -> str:
        """Return both."""
        return literal(f"{self.x} × {self.y}")

    @property
    def has_lines(self) -> bool:
        """Return whether lines of constant η/B mean something."""
        return (self.x, self.y) == (RATE, BATCH)


@dataclass(frozen=True)
class Cell:
    """What is known at one value of each key."""

    value: float | None = None
    """Mean over replicates; not finite if one of them is not; None if nothing is trained."""
    runs: int = 0
    """How many it is the mean of."""
    diverged: int = 0
    """How many of them diverged."""
    under_way: bool = False
    """More is to come."""

    @property
    def finite(self) -> bool:
        """Return whether it has a figure to compare."""
        return self.value is not None and math.isfinite(self.value)


@dataclass(frozen=True)
class PairMap:
    """The cells, a row per value of `pair.y`, the first on top."""

    pair: Pair
    shown: Shown
    xs: tuple[Any, ...]
    ys: tuple[Any, ...]
    cells: tuple[tuple[Cell, ...], ...]
    others: tuple[str, ...] = ()
    """Other swept keys: a cell is that of their best values."""

    @property
    def best(self) -> tuple[int, int] | None:
        """Return row and column of the best cell; None if there is no figure."""
        found = [
            (row, column) for row, line in enumerate(self.cells) for column, cell in enumerate(line) if cell.finite
        ]
        return min(found, key=lambda at: self._badness(self.cells[at[0]][at[1]]), default=None)

    @property
    def best_of_rows(self) -> tuple[int | None, ...]:
        """Return the column of every row's best cell."""
        lines = ([column for column, cell in enumerate(line) if cell.finite] for line in self.cells)
        return tuple(
            min(known, key=lambda column, line=line: self._badness(line[column]), default=None)  # type: ignore[misc]
            for known, line in zip(lines, self.cells, strict=True)
        )

    @property
    def empty(self) -> bool:
        """Return whether nothing is trained yet."""
        return all(cell.value is None for line in self.cells for cell in line)

    def places(self) -> Callable[[float], float]:
        """Return what gives a finite figure its place from 0, the worst, to 1, the best of the map."""
        found = [
            self.shown.badness(cell.value)
            for line in self.cells
            for cell in line
            if cell.finite and cell.value is not None
        ]
        low, high = min(found, default=0.0), max(found, default=0.0)
        span = high - low or 1.0
        return lambda value: 1 - (self.shown.badness(value) - low) / span

    @property
    def sentence(self) -> str:
        """Return which value of `x` is best for each of `y`: `best optim.lr by train.batch_size: 8 → 3e-2, 32 → 1e-1`."""
        told = [
            f"{text_of(self.pair.y, y)} → {text_of(self.pair.x, self.xs[column])}"
            for y, column in zip(self.ys, self.best_of_rows, strict=True)
            if column is not None
        ]
        if numeric(self.ys):
            told.reverse()
        return f"best {self.pair.x} by {self.pair.y}: {', '.join(told)}" if told else ""

    def _badness(self, cell: Cell) -> float:
        value = math.inf if cell.value is None else cell.value
        return -value if self.shown.higher else value


def pairs(study: Study) -> list[Pair]:
    """Return every pair of swept keys, those with the rate first."""
    return [Pair(x, y) for x, y in itertools.combinations(study.varied_keys, 2)]


def find_pair(study: Study, names: str | None) -> Pair:
    """Return the pair called `KEY,KEY`, else the first one. Raises InputError if the study has no such pair."""
    there = study.varied_keys
    if len(there) < 2:
        one = f"only {literal(there[0])}" if there else "no key"
        raise InputError(f"a map takes two swept keys; {literal(study.name)} sweeps {one}")
    if names is None:
        return pairs(study)[0]
    wanted = [name.strip() for name in names.split(",")]
    if len(wanted) != 2 or wanted[0] == wanted[1] or not set(wanted) <= set(there):
        raise InputError(
            f"--pair {literal(names)}: takes two of the keys the study sweeps, KEY,KEY: {literal(', '.join(there))}"
        )
    return Pair(wanted[0], wanted[1])


def pair_map(view: View, pair: Pair, shown: Shown) -> PairMap:
    """Return the map of a pair as the study stands."""
    firsts = {one.scenario: view.study.runs[one.runs[0]] for one in view.shape.scenarios}
    xs, ys = (_values(key, list(firsts.values())) for key in (pair.x, pair.y))
    if numeric(ys):
        ys.reverse()  # as on an axis: the largest on top
    columns, rows = ({_hashed(value): index for index, value in enumerate(values)} for values in (xs, ys))
    found: list[list[Cell]] = [[Cell() for _ in xs] for _ in ys]
    for scenario in view.shape.scenarios:
        spec = firsts[scenario.scenario]
        row, column = rows[_hashed(value_of(spec, pair.y))], columns[_hashed(value_of(spec, pair.x))]
        found[row][column] = _better(found[row][column], _cell(view, scenario, shown), shown)
    others = tuple(key for key in view.study.varied_keys if key not in (pair.x, pair.y))
    return PairMap(pair, shown.named(view.study), tuple(xs), tuple(ys), tuple(map(tuple, found)), others)


def numeric(values: Sequence[Any]) -> bool:
    """Return whether the values lie on an axis of numbers."""
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def text_of(key: str, value: Any) -> str:
    """Return a value of a key in few characters."""
    if value is None:
        return "–"
    return literal(shown_rate(value) if key == RATE else shown_value(value))


def diverged(state: RunState) -> bool:
    """Return whether a run diverged, by the measure of verdicts."""
    records = [record for record in state.records if record.epoch > 0]
    if not records:
        return False
    finite = math.isfinite(sum(record.val_loss + record.train_loss for record in records))
    if finite and max(record.train_loss for record in records[-3:]) <= state.spec.config.data.nothing:
        return False  # most runs, and many are asked of at every drawing
    curve = Curve(
        tuple(record.val_loss for record in records),
        tuple(record.train_loss for record in records),
        tuple(record.lr for record in records),
        state.spec.config.data.nothing,
        state.spec.config.indicators,
    )
    return curve.diverged_at is not None


def _cell(view: View, scenario: Scenario, shown: Shown) -> Cell:
    every = view.states(scenario)
    states = [state for state in counted(every) if state.epochs_done > 0]
    values = [value for state in states if (value := shown.of_run(state)) is not None]
    waits = any(not state.status.ended for state in every)
    if not values:
        return Cell(under_way=any(state.status is RunStatus.RUNNING for state in every))
    return Cell(sum(values) / len(values), len(values), sum(map(diverged, states)), under_way=waits)


def _better(one: Cell, other: Cell, shown: Shown) -> Cell:
    """Return the cell that says more for its values of the two keys."""
    if not (one.finite and other.finite):
        return one if one.finite or (one.value is not None and not other.finite) else other
    assert one.value is not None and other.value is not None
    return one if (one.value >= other.value) == shown.higher else other


def _values(key: str, specs: Sequence[RunSpec]) -> list[Any]:
    values = list({_hashed(value): value for spec in specs for value in (value_of(spec, key),)}.values())
    return sorted(values) if numeric(values) else values


def _hashed(value: Any) -> Any:
    return tuple(map(_hashed, value)) if isinstance(value, list | tuple) else value
