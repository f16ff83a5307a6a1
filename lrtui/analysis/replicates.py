"""The scenarios of a table of runs, each with what its replicates came to, by seed: what comparisons need of them.

Their means and deviations are those of `scenarios`, from `statistics`.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from lrtui.analysis.columns import SCENARIO_COORDINATES, swept
from lrtui.analysis.statistics import mean, sd
from lrtui.analysis.verdicts import FAILED, Verdict
from lrtui.analysis.wording import accuracy_text, fates
from lrtui.study.indicators import IndicatorConfig
from lrtui.study.records import RunStatus

_GRID = [column.name for column in SCENARIO_COORDINATES if column.name not in ("scenario", "lr")]


@dataclass(frozen=True)
class Scenario:
    """Runs with the same settings over several seeds; figures are of those that are done."""

    scenario: str
    """Its label in the tables."""
    label: str
    """What tells it from the study's others: `1e-1`, or `adam, 1e-1` if optimizers vary too."""
    lr: float | None
    grid: tuple[object, ...]
    """Every coordinate but the rate: scenarios that share it are one grid of rates."""
    accuracies: Mapping[int, float]
    """Percent, of the weights kept, by seed; a run whose network gave no numbers has none."""
    val_losses: Mapping[int, float]
    """Nats, of the weights kept, by seed; NaN and inf as they are."""
    ends: Mapping[int, float]
    """V_end, nats, by seed; see `verdicts.Curve`."""
    chance: float
    """H, nats: the loss of a network that knows nothing."""
    verdicts: Mapping[str, int]
    """How many runs that are done have which verdict."""
    knowing: int
    """Runs whose kept weights know something: those that learned, and those that lost it after the epoch that was kept."""
    silent: int
    """Runs that are done and gave no accuracy."""
    failed: int
    """Runs that ended in an error."""
    unfinished: int
    """Runs that are neither done nor failed."""

    @property
    def n(self) -> int:
        """Return the number of runs that are done and have an accuracy."""
        return len(self.accuracies)

    @property
    def mean(self) -> float:
        """Return the mean accuracy, percent; NaN without one."""
        known = mean(list(self.accuracies.values()))
        return math.nan if known is None else known

    @property
    def sd(self) -> float | None:
        """Return its sample standard deviation, points; None for fewer than two."""
        return sd(list(self.accuracies.values()))

    @property
    def text(self) -> str:
        """Return `98.10 ± 0.16 %`."""
        return accuracy_text(list(self.accuracies.values()))

    @property
    def lost(self) -> int:
        """Return how many of its runs diverged, collapsed or stalled."""
        return sum(self.verdicts.get(verdict.value, 0) for verdict in FAILED)

    @property
    def learned(self) -> bool:
        """Return whether one of its runs knows something at the end."""
        return sum(self.verdicts.values()) > self.lost

    @property
    def fates(self) -> str:
        """Return what became of the runs that know nothing: `2 of 3 diverged`; empty if there are none."""
        return fates(self.verdicts)


def gather(runs: pl.DataFrame, labels: Mapping[str, str]) -> list[Scenario]:
    """Return the scenarios of a table of runs, in order of appearance, under their short names."""
    grid = [*_GRID, *swept(runs)]
    groups = runs.group_by("scenario", maintain_order=True)
    return [_scenario(rows.to_dicts(), labels[str(name)], grid) for (name,), rows in groups]


def _scenario(rows: Sequence[Mapping[str, object]], label: str, grid: Sequence[str]) -> Scenario:
    first = rows[0]
    done = [row for row in rows if row["status"] == RunStatus.DONE.value]
    failed = sum(row["status"] == RunStatus.FAILED.value for row in rows)
    accuracies = {seed: value for seed, value in _by_seed(done, "final_val_accuracy").items() if math.isfinite(value)}
    return Scenario(
        scenario=str(first["scenario"]),
        label=label,
        lr=None if first["lr_found"] else _number(first["lr"]),
        grid=tuple(first[key] for key in grid),
        accuracies=accuracies,
        val_losses=_by_seed(done, "final_val_loss"),
        ends=_by_seed(done, "end_val_loss"),
        chance=_number(first["chance_loss"]) or math.nan,
        knowing=sum(_knows(row) for row in done),
        verdicts=Counter(str(row["verdict"]) for row in done if row["verdict"] is not None),
        silent=len(done) - len(accuracies),
        failed=failed,
        unfinished=len(rows) - len(done) - failed,
    )


def _knows(row: Mapping[str, object]) -> bool:
    verdict, loss, chance = row["verdict"], _number(row["final_val_loss"]), _number(row["chance_loss"])
    if verdict is None or Verdict(str(verdict)).learned:
        return verdict is not None
    kept = loss is not None and chance is not None and loss < IndicatorConfig().chance * chance
    return kept and verdict != Verdict.STALLED.value


def _by_seed(rows: Sequence[Mapping[str, object]], column: str) -> dict[int, float]:
    values = ((row["seed"], _number(row[column])) for row in rows)
    return {seed: value for seed, value in values if isinstance(seed, int) and value is not None}


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
