"""What one run's epochs say: accuracy, convergence, stability, verdict.

Notation: L_e is the validation loss after epoch e, L_0 the one before training. The definitions follow the paper where
it gives them (convergence is a validation loss that changes by less than 1 %); every threshold is a key of
`[indicators]`, named in backquotes below with its default.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

from lrtui.study.indicators import IndicatorConfig
from lrtui.study.records import EpochRecord


class Verdict(str, Enum):
    """What became of a run: the first of these that is true of it."""

    DIVERGED = "diverged"
    """A training or validation loss was not finite, or the final L is above `diverged` (1.5) · L_0."""
    STALLED = "stalled"
    """L never fell below `learned` (0.9) · L_0."""
    CONVERGED = "converged"
    """It has a convergence epoch."""
    UNSTABLE = "unstable"
    """The fluctuation over the last `unstable_window` (10) epochs is at least `unstable_fluctuation` (0.3)."""
    IMPROVING = "improving"
    """Everything else: still falling at the end."""


@dataclass(frozen=True, slots=True)
class Indicators:
    """The computed columns of `runs.parquet`, and the training loss's stability. None: there is no such figure (yet)."""

    epochs: int = 0
    """Epochs finished, not counting epoch 0."""
    seconds: float = 0.0
    """Wall time of all records, epoch 0 included."""
    verdict: Verdict | None = None
    final_val_accuracy: float | None = None
    """Percent; of the last epoch."""
    best_val_accuracy: float | None = None
    """Percent; the highest after any epoch from 1 on."""
    best_epoch: int | None = None
    """The first epoch with the best accuracy."""
    final_val_loss: float | None = None
    """Nats; of the last epoch; NaN and inf kept."""
    best_val_loss: float | None = None
    """Nats; the lowest after any epoch from 1 on. None where none is a number."""
    best_val_loss_epoch: int | None = None
    """The first epoch with the lowest loss."""
    convergence_epoch: int | None = None
    """The first e ≥ 2 where |L_e − L_{e−1}| / L_{e−1} is below `stable_change` (1 %) at e and on for `stable_epochs` (3) epochs
    in all, and L_e ≤ `learned` (0.9) · L_0. None where the verdict is diverged or stalled."""
    fluctuation: float | None = None
    """See `fluctuation`; of the validation loss, as `worst_jump`."""
    worst_jump: float | None = None
    train_fluctuation: float | None = None
    train_worst_jump: float | None = None
    diverged_at: int | None = None
    """The first epoch with a non-finite loss (0 when it was so before training); else the epoch from which on L stayed above
    `diverged` (1.5) · L_0 to the end."""


def indicators(records: Sequence[EpochRecord], config: IndicatorConfig) -> Indicators:
    """Return what the records of one run, in order from epoch 0, say of it. Before epoch 1 there is nothing to say.

    While a run is under way its figures are those it would end with now. Where epoch 0 is missing, nothing that is
    measured against L_0 is found.
    """
    trained = [record for record in records if record.epoch > 0]
    seconds = sum(record.seconds for record in records)
    if not trained:
        return Indicators(seconds=seconds)
    initial = records[0].val_loss if records[0].epoch == 0 else math.nan
    val_losses = [record.val_loss for record in records]
    train_losses = [record.train_loss for record in records]
    best = max(trained, key=lambda record: record.val_accuracy)
    numbers = [record for record in trained if not math.isnan(record.val_loss)]
    lowest = min(numbers, key=lambda record: record.val_loss, default=None)
    diverged_at = _diverged_at(records, initial, config)
    stalled = all(record.val_loss >= config.learned * initial for record in trained)
    convergence_epoch = None
    if diverged_at is not None:
        verdict = Verdict.DIVERGED
    elif stalled:
        verdict = Verdict.STALLED
    elif (convergence_epoch := _convergence_epoch(records, initial, config)) is not None:
        verdict = Verdict.CONVERGED
    elif (fluctuation(val_losses[-config.unstable_window - 1 :]) or 0.0) >= config.unstable_fluctuation:
        verdict = Verdict.UNSTABLE
    else:
        verdict = Verdict.IMPROVING
    return Indicators(
        epochs=trained[-1].epoch,
        seconds=seconds,
        verdict=verdict,
        final_val_accuracy=trained[-1].val_accuracy,
        best_val_accuracy=best.val_accuracy,
        best_epoch=best.epoch,
        final_val_loss=trained[-1].val_loss,
        best_val_loss=None if lowest is None else lowest.val_loss,
        best_val_loss_epoch=None if lowest is None else lowest.epoch,
        convergence_epoch=convergence_epoch,
        fluctuation=fluctuation(val_losses),
        worst_jump=worst_jump(val_losses),
        train_fluctuation=fluctuation(train_losses),
        train_worst_jump=worst_jump(train_losses),
        diverged_at=diverged_at,
    )


def fluctuation(losses: Sequence[float]) -> float | None:
    """Return Σ max(0, L_e − L_{e−1}) / Σ |L_e − L_{e−1}|: 0 falls every epoch, 0.5 purely oscillates, 1 only rises.

    A loss that never moves does not fluctuate: 0. Only steps between two finite losses count; None where there are none.
    """
    steps = [after - before for before, after in _finite_steps(losses)]
    if not steps:
        return None
    moved = sum(map(abs, steps))
    return sum(step for step in steps if step > 0) / moved if moved > 0 else 0.0


def worst_jump(losses: Sequence[float]) -> float | None:
    """Return max (L_e − L_{e−1}) / L_{e−1}, a fraction; negative where the loss fell every epoch.

    Only steps between two finite losses count; None where there are none.
    """
    return max((_relative(before, after) for before, after in _finite_steps(losses)), default=None)


def _finite_steps(losses: Sequence[float]) -> list[tuple[float, float]]:
    return [step for step in pairwise(losses) if math.isfinite(step[0]) and math.isfinite(step[1])]


def _relative(before: float, after: float) -> float:
    """Return the relative change; from a loss of exactly 0, any rise is infinite."""
    if before == 0:
        return math.inf if after > 0 else 0.0
    return (after - before) / before


def _convergence_epoch(records: Sequence[EpochRecord], initial: float, config: IndicatorConfig) -> int | None:
    in_a_row = 0
    for at in range(1, len(records)):
        if records[at].epoch < 2:
            continue
        change = abs(_relative(records[at - 1].val_loss, records[at].val_loss))
        in_a_row = in_a_row + 1 if change < config.stable_change else 0
        first = at - config.stable_epochs + 1
        if in_a_row >= config.stable_epochs and records[first].val_loss <= config.learned * initial:
            return records[first].epoch
    return None


def _diverged_at(records: Sequence[EpochRecord], initial: float, config: IndicatorConfig) -> int | None:
    for record in records:
        if not (math.isfinite(record.val_loss) and math.isfinite(record.train_loss)):
            return record.epoch
    since = None
    for record in reversed(records):
        if record.epoch == 0 or not record.val_loss > config.diverged * initial:
            break
        since = record.epoch
    return since
