"""Who won, by how much, and whether the replicates support it."""

import functools
import itertools
import math
import random
import statistics
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from lrtui.analysis.coordinates import rate_text, telling
from lrtui.analysis.indicators import Verdict
from lrtui.analysis.wording import accuracy_text
from lrtui.study.records import RunStatus
from lrtui.text import format_value

EXACT_SPLITS = 20_000
"""Up to so many ways of splitting the replicates the permutation test tries every one; beyond, so many random ones."""
_NAMED = 6
"""So many scenarios that are not finished are named; of more, the rest is counted."""


@dataclass(frozen=True)
class Standing:
    """A scenario and the final validation accuracies (percent) of its done runs, in order of replicate."""

    scenario: str
    accuracies: tuple[float, ...]
    diverged: int
    """How many of them diverged."""
    label: str
    """What tells the scenario from the study's others: `1e-1`, or `adam, 1e-1` where optimizers vary too."""

    @property
    def n(self) -> int:
        """Return the number of done runs."""
        return len(self.accuracies)

    @property
    def mean(self) -> float:
        """Return the mean accuracy, percent."""
        return statistics.fmean(self.accuracies)


@dataclass(frozen=True)
class Winner:
    """The scenario with the highest mean final validation accuracy, and the next one."""

    best: Standing
    runner_up: Standing | None
    """None when only one scenario has a done run."""
    unfinished: tuple[str, ...] = ()
    """Labels of the scenarios of which not every run is done."""

    @property
    def provisional(self) -> bool:
        """Return whether runs are not done: waiting, running, stopped, skipped, failed or interrupted."""
        return bool(self.unfinished)

    @property
    def gap(self) -> float | None:
        """Return how many points the best mean is ahead."""
        return None if self.runner_up is None else self.best.mean - self.runner_up.mean

    @property
    def separated(self) -> bool | None:
        """Return whether every replicate is above every replicate of the runner-up; None with fewer than two of either."""
        if self.runner_up is None or min(self.best.n, self.runner_up.n) < 2:
            return None
        return min(self.best.accuracies) > max(self.runner_up.accuracies)

    @property
    def p_value(self) -> float | None:
        """Return the one-sided permutation p-value of the difference of means; None with fewer than two replicates of either."""
        if self.runner_up is None or min(self.best.n, self.runner_up.n) < 2:
            return None
        return permutation_p(self.best.accuracies, self.runner_up.accuracies)

    def sentence(self) -> str:
        """Return the result in words; of an unfinished study, also what is not finished."""
        if not self.provisional:
            return self._comparison()
        rest = len(self.unfinished) - _NAMED
        more = f" and {rest} more" if rest > 0 else ""
        return f"{self._comparison()}; not finished: {', '.join(self.unfinished[:_NAMED])}{more}"

    def _comparison(self) -> str:
        verb = "is best of the finished" if self.provisional else "won"
        lead = f"{self.best.label} {verb} with {accuracy_text(self.best.accuracies)}"
        if self.best.diverged == self.best.n:
            return f"Every finished run diverged; the highest accuracy is that of {self.best.label}"
        if self.best.diverged:
            lead += f" ({self.best.diverged} of {self.best.n} diverged)"
        if self.runner_up is None or self.gap is None:
            return f"{lead}, the only scenario with a finished run"
        rival = self.runner_up.label
        ahead = f"{lead}, {self.gap:.2f} points ahead of {rival} ({accuracy_text(self.runner_up.accuracies)})"
        if self.separated is None:
            if self.best.n == self.runner_up.n:
                return f"{ahead}; one replicate each: no spread to judge by"
            alone = self.best if self.best.n == 1 else self.runner_up
            return f"{ahead}; only one replicate of {alone.label}: no spread to judge by"
        p_value = f"permutation p = {self.p_value:.3g}"
        if self.separated:
            sizes = f"the lowest that {self.best.n} against {self.runner_up.n} can give"
            return f"{ahead}; every replicate of it is above every replicate of {rival} ({p_value}, {sizes})"
        return f"{ahead}; not separated: replicates of the two overlap ({p_value})"


def winner(runs: pl.DataFrame, labels: Mapping[str, str] | None = None) -> Winner | None:
    """Return the best scenario of a table of runs and its runner-up, or None without a done run.

    Only `done` runs count, a diverged one with the accuracy it ended at; a scenario all of whose runs diverged is behind
    every other. Of equal means, the scenario that stands first
    is ahead. Accuracies on different data do not compare: for a study of several, see `winners`.
    `labels` are the scenarios' short names, where they are to tell them apart in a larger table.
    """
    labels = labels or _labels(runs)
    done = runs.filter(pl.col("status") == RunStatus.DONE.value, pl.col("final_val_accuracy").is_not_null())
    standings = [
        Standing(
            scenario,
            tuple(rows["final_val_accuracy"]),
            int((rows["verdict"] == Verdict.DIVERGED.value).sum()),
            labels[scenario],
        )
        for (scenario,), rows in done.group_by("scenario", maintain_order=True)
    ]
    standings.sort(key=lambda standing: (standing.diverged == standing.n, -standing.mean))
    if not standings:
        return None
    open_runs = runs.filter(pl.col("status") != RunStatus.DONE.value)
    unfinished = tuple(labels[scenario] for scenario in open_runs["scenario"].unique(maintain_order=True))
    return Winner(standings[0], standings[1] if len(standings) > 1 else None, unfinished)


def winners(runs: pl.DataFrame) -> list[Winner]:
    """Return the winner of every model/data pair that has a done run, in order of appearance."""
    labels = _labels(runs)
    pairs = runs.partition_by("model", "dataset", maintain_order=True)
    return [found for pair in pairs if (found := winner(pair, labels)) is not None]


def _labels(runs: pl.DataFrame) -> dict[str, str]:
    """Return every scenario's coordinates that tell it from the others of the table; its whole label where none does."""
    keys = telling(runs)
    labels = {}
    for row in runs.unique("scenario", maintain_order=True).iter_rows(named=True):
        parts = [rate_text(row["lr"], row["lr_found"]) if key == "lr" else _part(key, row[key]) for key in keys]
        labels[row["scenario"]] = ", ".join(parts) or row["scenario"]
    return labels


def _part(key: str, value: object) -> str:
    return str(value) if isinstance(value, str) else f"{key.rpartition('.')[2]} {format_value(value)}"


@functools.lru_cache(maxsize=256)
def permutation_p(higher: tuple[float, ...], lower: tuple[float, ...]) -> float:
    """Return the share of ways to split all values into groups of these sizes with a difference of means at least this large.

    One-sided, and exact up to `EXACT_SPLITS` splits (three against three: 20, so never below 0.05); beyond, an estimate
    from as many random splits, always the same ones.
    """
    pooled = (*higher, *lower)
    size = len(higher)
    # with both sizes fixed, the difference of means rises with the first group's sum
    observed = math.fsum(higher)
    least = observed - 1e-9 * max(1.0, abs(observed))
    if math.comb(len(pooled), size) <= EXACT_SPLITS:
        sums = [math.fsum(group) for group in itertools.combinations(pooled, size)]
        return sum(value >= least for value in sums) / len(sums)
    draw = random.Random(0)
    reached = sum(math.fsum(draw.sample(pooled, size)) >= least for _ in range(EXACT_SPLITS))
    return (reached + 1) / (EXACT_SPLITS + 1)
