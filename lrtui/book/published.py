"""Measured figures beside published ones."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lrtui.analysis.result import StudyResult
from lrtui.analysis.scenarios import scenarios
from lrtui.book.protocol import reservations
from lrtui.book.scenario import Scenario, Trained
from lrtui.book.sweeps import Sweep, by_rate, done_runs, sweeps
from lrtui.study.spec import Published


@dataclass(frozen=True)
class Comparison:
    """One scenario beside one published figure of it."""

    row: Mapping[str, Any]
    """The scenario, as in `columns.SCENARIOS`: figures of the runs that are done."""
    published: Published
    reason: str
    """Why they do not compare: `3 of 30 epochs`; empty if they do."""

    @property
    def comparable(self) -> bool:
        """Return whether the runs are what the figures stand for: the preset as it is, or the paper's protocol."""
        return not self.reason

    @property
    def difference(self) -> float | None:
        """Return measured minus published accuracy, points; None without either."""
        measured: float | None = self.row["val_accuracy_mean"]
        published = self.published.val_accuracy
        return None if measured is None or published is None else measured - published


@dataclass(frozen=True)
class OptimizerFit:
    """How far an optimizer's measured accuracies are from the published ones."""

    optimizer: str
    """Name, and settings other than the defaults."""
    model: str | None
    """None, with `dataset`, in the row over all pairs."""
    dataset: str | None
    n: int
    """Scenarios with a measured and a published accuracy."""
    mean_absolute_difference: float
    """Points."""
    reason: str
    """As in `Comparison`."""
    covered: tuple[tuple[str, str, float], ...]
    """Model, data set and learning rate of those scenarios, sorted."""


def beside_published(result: StudyResult) -> list[Comparison]:
    """Return every scenario of the study for which the preset gives published figures, in the study's order.

    `protocol.reservations` says which compare. The paper's figures are plain SGD's; beside another optimizer they are a
    reference, not its result.
    """
    specs = {spec.scenario: spec for spec in reversed(result.study.runs)}
    found = []
    for row in scenarios(result.runs).iter_rows(named=True):
        spec = specs[row["scenario"]]
        reasons = reservations(result.study, spec.config) if row["n"] else ("no finished run",)
        if spec.config.data.validation == "test":
            row["test_accuracy_mean"] = None  # it is the validation accuracy
        found += [
            Comparison(row, figure, ", ".join(reasons)) for figure in result.study.published if figure.matches(spec)
        ]
    return found


def optimizer_fit(studies: Sequence[Trained]) -> list[OptimizerFit]:
    """Return each optimizer's mean absolute difference from the paper's accuracies, per model/data pair and then over all.

    Studies are put together as `grouping.group` says. The rows over all pairs stand last and have neither model nor data set.
    """
    papers = done_runs(study for study in studies if study.result.study.protocol == "paper")
    measured = [sweep for sweep in sweeps(by_rate(papers)) if _differences(sweep)]
    pairs = [_fit([sweep], sweep.model, sweep.dataset) for sweep in measured]
    optimizers = dict.fromkeys(sweep.optimizer for sweep in measured)
    overall = [_fit([sweep for sweep in measured if sweep.optimizer == name], None, None) for name in optimizers]
    return pairs + overall


def alike(fits: Sequence[OptimizerFit]) -> list[OptimizerFit]:
    """Return one row for each of the optimizers that were measured in the same scenarios in the same way, the closest first.

    Of several such sets of scenarios it is the widest; there is none with fewer than two optimizers.
    """
    sets: dict[object, dict[str, OptimizerFit]] = {}
    for fit in fits:  # of equal rows the one over all pairs stays, which stands later
        sets.setdefault((fit.covered, fit.reason), {})[fit.optimizer] = fit
    shared = (list(rows.values()) for rows in sets.values() if len(rows) > 1)
    widest = max(shared, key=lambda rows: rows[0].n, default=[])
    return sorted(widest, key=lambda fit: fit.mean_absolute_difference)


def _differences(sweep: Sweep) -> dict[float, float]:
    """Return the absolute difference in points at every learning rate with a published accuracy."""
    return {rate: gap for rate, scenario in sweep.rates.items() if (gap := _gap(scenario)) is not None}


def _gap(scenario: Scenario) -> float | None:
    published, measured = scenario.published, scenario.column("final_val_accuracy")
    if published is None or published.val_accuracy is None or measured is None:
        return None
    return abs(measured.mean - published.val_accuracy)


def _fit(over: Sequence[Sweep], model: str | None, dataset: str | None) -> OptimizerFit:
    differences = {
        (sweep.model, sweep.dataset, rate): value for sweep in over for rate, value in _differences(sweep).items()
    }
    reasons = dict.fromkeys(", ".join(sweep.departures) for sweep in over if sweep.departures)
    return OptimizerFit(
        optimizer=over[0].optimizer,
        model=model,
        dataset=dataset,
        n=len(differences),
        mean_absolute_difference=statistics.fmean(differences.values()),
        reason="; ".join(reasons),
        covered=tuple(sorted(differences)),
    )
