"""What flows out of training: one record per epoch, and where each run stands."""

from dataclasses import dataclass
from enum import Enum


class RunStatus(str, Enum):
    """Where a run stands. `interrupted` is a run that was under way when its process died."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    SKIPPED = "skipped"
    FAILED = "failed"
    INTERRUPTED = "interrupted"

    @property
    def ended(self) -> bool:
        """Return whether nothing more will come of the run."""
        return self not in (RunStatus.WAITING, RunStatus.RUNNING)


class StudyStatus(str, Enum):
    """Where a study stands. `stopped`: ended by a person; `failed`: by an error; `interrupted`: its process died."""

    PREPARING = "preparing"
    RUNNING = "running"
    STOPPING = "stopping"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"
    INTERRUPTED = "interrupted"

    @property
    def ended(self) -> bool:
        """Return whether nothing more will come of the study."""
        return self not in (StudyStatus.PREPARING, StudyStatus.RUNNING, StudyStatus.STOPPING)


@dataclass(frozen=True, slots=True)
class EpochRecord:
    """One row of `epochs.parquet`: what was measured after `epoch` epochs of run `run` (epoch 0: before training).

    Losses are mean cross-entropy in nats, accuracies percent. From epoch 1 on, the training figures are the means over
    the epoch's own batches, each measured before its step; at epoch 0 both are plain evaluations. Losses may be NaN or inf.
    """

    run: int
    epoch: int
    train_loss: float
    train_accuracy: float
    val_loss: float
    val_accuracy: float
    lr: float
    momentum: float
    """β of SGD and RMSProp, β₁ of the Adam family, 0 where there is none."""
    grad_norm: float | None
    """Mean L2 norm of the whole gradient over up to 32 batches spread evenly over the epoch; none at epoch 0."""
    seconds: float
    """Wall time of the epoch, validation included."""
