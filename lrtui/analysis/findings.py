"""What the rules behind the claims have in common: a finding, figures over replicates, and their words."""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from lrtui.analysis.pool import DoneRun, Sweep
from lrtui.analysis.protocol import RATES
from lrtui.text import format_rate

Runs = Sequence[DoneRun]
PlainSgd = Mapping[tuple[str, str], Sweep]
"""The sweeps under plain SGD, by model and data set."""


@dataclass(frozen=True)
class Finding:
    """What one model/data pair, or one comparison, says of a claim."""

    where: str
    """`MLP/MNIST`"""
    agrees: bool | None
    """None: it does not decide."""
    figures: list[str]
    lacks: str = ""
    """Why it does not decide."""
    needed: bool = True
    """Whether the claim cannot be held without it."""

    def undecided(self, why: str) -> "Finding":
        """Return the same figures without a judgement."""
        return replace(self, agrees=None, lacks=why)


def no_plain_runs(where: str) -> Finding:
    """Return the finding of a pair that was not measured at all."""
    return Finding(where, None, [], "no finished run under plain SGD")


def most(some: Runs, of: Runs) -> bool:
    """Return whether `some` are more than half."""
    return len(some) > len(of) / 2


def means(sweep: Sweep) -> dict[float, float]:
    """Return the mean final accuracy, percent, at each of the paper's rates that was measured."""
    known = {
        rate: [run.val_accuracy for run in sweep.rates[rate] if not math.isnan(run.val_accuracy)]
        for rate in RATES
        if rate in sweep.rates
    }
    return {rate: statistics.fmean(accuracies) for rate, accuracies in known.items() if accuracies}


def convergence(runs: Runs) -> float | None:
    """Return the median convergence epoch of the runs that converged, where those are more than half."""
    converged = _converged(runs)
    return statistics.median(converged) if len(converged) > len(runs) / 2 else None


def missing(sweep: Sweep, *rates: float) -> str:
    """Return which of the rates have no finished run, or nothing."""
    absent = [format_rate(rate) for rate in rates if rate not in sweep.rates]
    return f"no finished run at {', '.join(absent)}" if absent else ""


def convergence_text(runs: Runs) -> str:
    """Return `2 of 3 converged, median epoch 11.5`."""
    converged = _converged(runs)
    if not converged:
        return f"none of {len(runs)} converged"
    return f"{len(converged)} of {len(runs)} converged, median epoch {statistics.median(converged):g}"


def _converged(runs: Runs) -> list[int]:
    return [run.convergence_epoch for run in runs if run.convergence_epoch is not None]
