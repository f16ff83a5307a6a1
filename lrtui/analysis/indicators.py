"""What one run's epochs say: accuracy, verdict, settling and convergence, fluctuation.

Notation: L_e is the validation loss after epoch e, L_0 the one before training. Every threshold is a key of
`[indicators]`, named in backquotes below with its default.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from lrtui.analysis.verdicts import Curve, Verdict
from lrtui.analysis.verdicts import end as end_of
from lrtui.study.records import EpochRecord, Outcome
from lrtui.study.schema import RunConfig

__all__ = ["Indicators", "Verdict", "fluctuation", "indicators", "worst_jump"]


@dataclass(frozen=True, slots=True)
class Indicators:
    """The computed columns of `runs.parquet`, and the training loss's stability. None: there is no such figure (yet)."""

    epochs: int = 0
    """Epochs finished, not counting epoch 0."""
    seconds: float = 0.0
    """Wall time of all records, epoch 0 included."""
    verdict: Verdict | None = None
    final_val_accuracy: float | None = None
    """Percent; of the weights kept: after training those of the outcome; until then those of the epoch that would be kept
    now. None if the network gave no numbers."""
    best_val_accuracy: float | None = None
    """Percent; the highest after any epoch from 1 on."""
    best_epoch: int | None = None
    """The first epoch with the best accuracy."""
    final_val_loss: float | None = None
    """Nats; of the weights kept; NaN and inf as they are."""
    end_val_loss: float | None = None
    """Nats; median of the last three epochs; NaN if one of them is."""
    best_val_loss: float | None = None
    """Nats; the lowest after any epoch from 1 on. None if none is a number."""
    best_val_loss_epoch: int | None = None
    """The first epoch with the lowest loss."""
    settling_epoch: int | None = None
    """See `Curve.settling_epoch`; None unless the verdict is settled."""
    stable_epoch: int | None = None
    """The paper's "loss validation stabil (< 1 % perubahan)", to the letter: the first e ≥ 2 with |L_e − L_{e−1}| / L_{e−1}
    below `stable_change` (1 %). A rate so small that nothing moves gives 2."""
    convergence_epoch: int | None = None
    """The first e ≥ 2 with such a change at e and on for `stable_epochs` (3) epochs in all, and L_e ≤ `learned` (0.9) · L_0.
    None if the run diverged, stalled or collapsed."""
    fluctuation: float | None = None
    """See `fluctuation`; of the validation loss, as `worst_jump`."""
    worst_jump: float | None = None
    diverged_at: int | None = None
    """See `Curve.diverged_at`."""


def indicators(records: Sequence[EpochRecord], config: RunConfig, outcome: Outcome | None = None) -> Indicators:
    """Return what the records of one run, in order from epoch 0, say of it. Before epoch 1 there is nothing to say.

    While a run is under way its figures are those it would end with now. If epoch 0 is missing, there is no convergence
    epoch, which is measured against L_0.
    """
    trained = [record for record in records if record.epoch > 0]
    seconds = sum(record.seconds for record in records)
    if not trained:
        return Indicators(seconds=seconds)
    thresholds = config.indicators
    curve = Curve(
        tuple(record.val_loss for record in trained),
        tuple(record.train_loss for record in trained),
        tuple(record.lr for record in trained),
        config.data.nothing,
        thresholds,
    )
    verdict = curve.verdict()
    known = [record for record in trained if accuracy(record) is not None]
    best = max(known, key=lambda record: record.val_accuracy, default=None)
    lowest = min(known, key=lambda record: record.val_loss, default=None)
    val_losses = [record.val_loss for record in records]
    initial = records[0].val_loss if records[0].epoch == 0 else math.nan
    convergence = _stable_from(
        trained, thresholds.stable_change, thresholds.stable_epochs, thresholds.learned * initial
    )
    final = kept(trained, config)
    return Indicators(
        epochs=trained[-1].epoch,
        seconds=seconds,
        verdict=verdict,
        final_val_accuracy=accuracy(outcome or final),
        best_val_accuracy=None if best is None else best.val_accuracy,
        best_epoch=None if best is None else best.epoch,
        final_val_loss=(outcome or final).val_loss,
        end_val_loss=end_of(curve.val_losses),
        best_val_loss=None if lowest is None else lowest.val_loss,
        best_val_loss_epoch=None if lowest is None else lowest.epoch,
        settling_epoch=curve.settling_epoch() if verdict is Verdict.SETTLED else None,
        stable_epoch=_stable_from(trained, thresholds.stable_change, 1, math.inf),
        convergence_epoch=convergence if verdict.learned else None,
        fluctuation=fluctuation(val_losses),
        worst_jump=worst_jump(val_losses),
        diverged_at=curve.diverged_at,
    )


def accuracy(measured: EpochRecord | Outcome) -> float | None:
    """Return the validation accuracy, percent; None if the network's loss, and so its outputs, are not numbers."""
    missing = math.isnan(measured.val_loss) or math.isnan(measured.val_accuracy)
    return None if missing else measured.val_accuracy


def kept(trained: Sequence[EpochRecord], config: RunConfig) -> EpochRecord:
    """Return the epoch whose weights would be kept now: the best one if early stopping restores it, else the last."""
    if not config.early_stopping.restores:
        return trained[-1]
    monitor = config.early_stopping.monitor
    sign = -1 if monitor.endswith("accuracy") else 1
    known = [record for record in trained if not math.isnan(getattr(record, monitor))]
    return min(known, key=lambda record: sign * getattr(record, monitor), default=trained[-1])


def fluctuation(losses: Sequence[float]) -> float | None:
    """Return Σ max(0, L_e − L_{e−1}) / Σ |L_e − L_{e−1}|: 0 falls every epoch, 0.5 purely oscillates, 1 only rises.

    A loss that never moves does not fluctuate: 0. Only steps between two finite losses count; None if there are none.
    """
    steps = [after - before for before, after in _finite_steps(losses)]
    if not steps:
        return None
    moved = sum(map(abs, steps))
    return sum(step for step in steps if step > 0) / moved if moved > 0 else 0.0


def worst_jump(losses: Sequence[float]) -> float | None:
    """Return max (L_e − L_{e−1}) / L_{e−1}, a fraction; negative if the loss fell every epoch.

    Only steps between two finite losses count; None if there are none.
    """
    return max((_relative(before, after) for before, after in _finite_steps(losses)), default=None)


def _finite_steps(losses: Sequence[float]) -> list[tuple[float, float]]:
    return [step for step in pairwise(losses) if math.isfinite(step[0]) and math.isfinite(step[1])]


def _relative(before: float, after: float) -> float:
    """Return the relative change; from a loss of exactly 0, any rise is infinite."""
    if before == 0:
        return math.inf if after > 0 else 0.0
    return (after - before) / before


def _stable_from(trained: Sequence[EpochRecord], change: float, epochs: int, limit: float) -> int | None:
    """Return the first epoch of so many in a row that change the loss by less than `change`, at or below `limit`."""
    in_a_row = 0
    for at in range(1, len(trained)):
        stable = abs(_relative(trained[at - 1].val_loss, trained[at].val_loss)) < change
        in_a_row = in_a_row + 1 if stable else 0
        first = trained[at - epochs + 1] if in_a_row >= epochs else None
        if first is not None and first.val_loss <= limit:
            return first.epoch
    return None
