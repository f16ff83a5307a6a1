"""Who won, by how much, and whether the replicates support it."""

import functools
import itertools
import math
import random
import statistics
from dataclasses import dataclass

import polars as pl

from lrtui.analysis.wording import accuracy_text
from lrtui.study.records import RunStatus

EXACT_SPLITS = 20_000
"""Up to so many ways of splitting the replicates the permutation test tries every one; beyond, so many random ones."""
_UNFINISHED = [RunStatus.WAITING.value, RunStatus.RUNNING.value]


@dataclass(frozen=True)
class Standing:
    """A scenario and the final validation accuracies (percent) of its done runs, in order of replicate."""

    scenario: str
    accuracies: tuple[float, ...]

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
    provisional: bool
    """Whether runs are still waiting or running."""

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
        """Return the result in words."""
        lead = (
            f"{self.best.scenario} {'leads' if self.provisional else 'won'} with {accuracy_text(self.best.accuracies)}"
        )
        if self.runner_up is None or self.gap is None:
            return f"{lead}, the only scenario with a finished run"
        rival = self.runner_up.scenario
        ahead = f"{lead}, {self.gap:.2f} points ahead of {rival} ({accuracy_text(self.runner_up.accuracies)})"
        if self.separated is None:
            if self.best.n == self.runner_up.n:
                return f"{ahead}; one replicate each: no spread to judge by"
            alone = self.best if self.best.n == 1 else self.runner_up
            return f"{ahead}; only one replicate of {alone.scenario}: no spread to judge by"
        p_value = f"permutation p = {self.p_value:.3g}"
        if self.separated:
            return f"{ahead}; every replicate of it is above every replicate of {rival} ({p_value})"
        return f"{ahead}; not separated: replicates of the two overlap ({p_value})"


def winner(runs: pl.DataFrame) -> Winner | None:
    """Return the best scenario of a table of runs and its runner-up, or None without a done run.

    Only `done` runs count, a diverged one with the accuracy it ended at. Of equal means, the scenario that stands first
    is ahead. Accuracies on different data do not compare: for a study of several, see `winners`.
    """
    accuracies: dict[str, list[float]] = {}
    done = runs.filter(pl.col("status") == RunStatus.DONE.value, pl.col("final_val_accuracy").is_not_null())
    for scenario, accuracy in done.select("scenario", "final_val_accuracy").iter_rows():
        accuracies.setdefault(scenario, []).append(accuracy)
    standings = [Standing(scenario, tuple(values)) for scenario, values in accuracies.items()]
    standings.sort(key=lambda standing: -standing.mean)
    if not standings:
        return None
    provisional = runs["status"].is_in(_UNFINISHED).any()
    return Winner(standings[0], standings[1] if len(standings) > 1 else None, provisional)


def winners(runs: pl.DataFrame) -> list[Winner]:
    """Return the winner of every model/data pair that has a done run, in order of appearance."""
    pairs = runs.partition_by("model", "dataset", maintain_order=True)
    return [found for pair in pairs if (found := winner(pair)) is not None]


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
