"""Which runs the paper's claims are judged on, and the figures that its claims are about."""

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import polars as pl

from lrtui.analysis.wording import pair_name
from lrtui.book.figures import Figures
from lrtui.book.grouping import Grouping
from lrtui.book.measures import Measure, column
from lrtui.book.protocol import RATES
from lrtui.book.question import Evidence, LackingError, Point, judge, lines
from lrtui.book.scenario import FAILED, Scenario
from lrtui.book.sweeps import Sweep, sweeps
from lrtui.text import shown_rate


@dataclass(frozen=True)
class Pair:
    """One of the paper's model/data pairs, and what it says of it."""

    model: str
    dataset: str
    collapsed: float
    """Validation accuracy, percent, below which the paper speaks of a collapse."""
    epochs: Mapping[float, int]
    """Epochs to convergence of Table 1, by rate; the highest has none."""

    @property
    def key(self) -> tuple[str, str]:
        """Return model and data set."""
        return self.model, self.dataset

    @property
    def name(self) -> str:
        """Return `MLP/MNIST`."""
        return pair_name(self.model, self.dataset)

    def sweep(self, grouping: Grouping) -> Sweep:
        """Return its sweep under plain SGD. Raises LackingError if there is none."""
        sweep = plain_sweeps(grouping).get(self.key)
        if sweep is None:
            raise LackingError("no finished run under plain SGD")
        return sweep


PAIRS = (
    Pair("mlp", "mnist", 60.0, {1e-5: 28, 1e-4: 20, 1e-3: 12, 1e-2: 10}),
    Pair("cnn", "cifar10", 30.0, {1e-5: 30, 1e-4: 22, 1e-3: 15, 1e-2: 12}),
)
Rule = Callable[[Pair, Sweep], Sequence[Evidence]]

LOW_RATES, HIGH_RATES = (1e-5, 1e-4), (1e-2, 1e-1)
SLOW = 25
"""Epochs that the text says both low rates need more of."""
STEADY = 0.3
"""Fluctuation below which a run counts as stable."""
NEAR_EPOCHS = 3
"""Epochs within which a convergence epoch counts as that of Table 1."""
FALLEN = 0.98
"""Share of its value before training that a training loss which did not fall keeps."""


def in_pairs(rule: Rule) -> tuple[Point, ...]:
    """Return a point for each pair. Runs that depart from the protocol give figures and decide nothing."""
    return tuple(Point(pair.name, partial(_judged, rule, pair)) for pair in PAIRS)


def _judged(rule: Rule, pair: Pair, grouping: Grouping) -> Sequence[Evidence]:
    sweep = pair.sweep(grouping)
    try:
        evidence = rule(pair, sweep)
    except LackingError as lacking:
        check_protocol([sweep], lacking.measured)
        raise
    check_protocol([sweep], lines(evidence))
    return evidence


def plain_sweeps(grouping: Grouping) -> dict[tuple[str, str], Sweep]:
    """Return the sweeps under plain SGD, by model and data set."""
    return {(sweep.model, sweep.dataset): sweep for sweep in sweeps(grouping) if sweep.optimizer == "sgd"}


def check_protocol(used: Sequence[Sweep], measured: Sequence[str]) -> None:
    """Raise LackingError, with what was measured, if runs depart from the protocol."""
    for sweep in used:
        if sweep.departures:
            raise LackingError(", ".join(sweep.departures), [f"{line}{sweep.remark}" for line in measured])


def complete(evidence: Sequence[Evidence], sweep: Sweep, *rates: float) -> Sequence[Evidence]:
    """Return the evidence. Raises LackingError if a rate is missing and what there is does not contradict already."""
    return unless_lacking(evidence, missing(sweep, *rates))


def unless_lacking(evidence: Sequence[Evidence], lacks: str) -> Sequence[Evidence]:
    """Return the evidence. Raises LackingError if something lacks and what there is does not contradict already."""
    if lacks and not (evidence and judge(evidence).contradicts):
        raise LackingError(lacks, lines(evidence))
    return evidence


def missing(sweep: Sweep, *rates: float) -> str:
    """Return which of the rates have no finished run, or nothing."""
    absent = [shown_rate(rate) for rate in rates if rate not in sweep.rates]
    return f"no finished run at {', '.join(absent)}" if absent else ""


def measured(sweep: Sweep, *rates: float) -> dict[float, Scenario]:
    return {rate: sweep.rates[rate] for rate in rates if rate in sweep.rates}


def accuracies(sweep: Sweep, *needed: float) -> dict[float, Figures]:
    """Return the final validation accuracies at each of the paper's rates that has any.

    Raises LackingError if a needed one has none.
    """
    need(sweep, *needed)
    taken = {rate: one.column("final_val_accuracy") for rate, one in measured(sweep, *RATES).items()}
    known = {rate: figures for rate, figures in taken.items() if figures is not None}
    if lacks := [shown_rate(rate) for rate in needed if rate not in known]:
        raise LackingError(f"no accuracy at {', '.join(lacks)}")
    return known


def _convergence(scenario: Scenario, _: Grouping) -> Figures | None:
    """Return the convergence epoch of every run that learned; infinity: it did not converge by the end."""
    rows = scenario.runs.filter(~pl.col("verdict").is_in(FAILED)).sort("seed")
    epochs = rows.select("seed", pl.col("convergence_epoch").cast(pl.Float64).fill_null(math.inf)).rows()
    return Figures(dict(epochs)) if epochs else None


CONVERGENCE = Measure(
    "convergence_epoch",
    "conv.",
    1,
    _convergence,
    "convergence epoch",
    above="{} converges later than {}",
    below="{} converges sooner than {}",
)
FLUCTUATION = Measure(
    "fluctuation",
    "fluct.",
    3,
    column("fluctuation"),
    above="the loss of {} fluctuates more than that of {}",
    below="the loss of {} fluctuates less than that of {}",
)
STEADINESS = Measure(
    "steadiness",
    "fluctuation (of a run that failed: infinite)",
    3,
    lambda scenario, _: Figures(
        {
            seed: math.inf if scenario.failed[seed] else fluctuation or 0.0
            for seed, fluctuation in scenario.runs.sort("seed").select("seed", "fluctuation").iter_rows()
        }
    ),
    above="the loss of {} fluctuates more than that of {}",
    below="the loss of {} fluctuates less than that of {}",
)


def convergence_text(scenario: Scenario) -> str:
    """Return `2 of 3 converged, median epoch 11.5`."""
    converged = scenario.runs["convergence_epoch"].drop_nulls().to_list()
    if not converged:
        return f"none of {scenario.n} converged"
    return f"{len(converged)} of {scenario.n} converged, median epoch {statistics.median(converged):g}"


def need(sweep: Sweep, *rates: float) -> dict[float, Scenario]:
    """Return the scenarios at the rates. Raises LackingError if one is missing."""
    if lacks := missing(sweep, *rates):
        raise LackingError(lacks)
    return measured(sweep, *rates)
