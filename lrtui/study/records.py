"""What flows out of training: one record per epoch, and where each run stands."""

from dataclasses import dataclass
from enum import Enum


class RunStatus(str, Enum):
    """Where a run stands.

    `interrupted`: it was under way when its process died; `elsewhere`: another shard trains it; `untried`: the search of the
    study ended without asking for it.
    """

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    SKIPPED = "skipped"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    ELSEWHERE = "elsewhere"
    UNTRIED = "untried"

    @property
    def ended(self) -> bool:
        """Return whether nothing more will come of the run, in this study."""
        return self not in (RunStatus.WAITING, RunStatus.RUNNING)


class StudyStatus(str, Enum):
    """Where a study stands.

    `saving`: its last run has ended and the end is being written. `stopped`: ended by a person; `failed`: by an error;
    `interrupted`: its process died.
    """

    PREPARING = "preparing"
    RUNNING = "running"
    STOPPING = "stopping"
    SAVING = "saving"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"
    INTERRUPTED = "interrupted"

    @property
    def ended(self) -> bool:
        """Return whether nothing more will come of the study."""
        return self in (StudyStatus.DONE, StudyStatus.STOPPED, StudyStatus.FAILED, StudyStatus.INTERRUPTED)


@dataclass(frozen=True, slots=True)
class LayerRecord:
    """One row of `layers.parquet`: one layer of run `run` after `epoch` epochs, measured on a fixed batch.

    Layers count from 1 at the input; the last one is the output layer, measured on its logits. Of a recurrent layer there
    is one for the kernel of its inputs and one for that of its state; behind the latter come rows of its time steps.
    """

    run: int
    epoch: int
    layer: int
    name: str
    """`dense 3`, `conv 1`, `output`; of a time step `step 5`."""
    units: int
    """Units of a dense layer, channels of a convolution; of a recurrent kernel those of all its gates."""
    activation_mean: float
    activation_sd: float
    """Over images and units, of what the layer hands on (after its activation, and normalization that stands after it)."""
    dead: float | None
    """Share of units, 0 to 1, whose activation is positive for no image of the batch; None outside the ReLU family."""
    saturated: float | None
    """Share of outputs, 0 to 1, within 0.01 of a bound of logistic or tanh; None with other activations."""
    distinct_units: int | None
    """Units whose incoming weights differ from those of every other unit, counted once for each group of equals; None of
    a time step."""
    gradient_rms: float
    """Root mean square of the loss's gradient with respect to the layer's kernel; of a time step, over images and units,
    of the gradient of an image's own loss with respect to the state at that step, an LSTM's cell."""
    update_ratio: float | None
    """Norm of the last step's change of the kernel over the norm of the kernel; None before the first step, and of a time
    step."""
    step: int | None = None
    """Time step of the recurrent layer, from 1; None in rows of layers."""


@dataclass(frozen=True, slots=True)
class CurvatureRecord:
    """One row of `curvature.parquet`: the loss around the weights of run `run` after `epoch` epochs.

    What cannot be told is None: all of it where the loss of the batch is not finite.
    """

    run: int
    epoch: int
    lr: float
    """Learning rate in use: of the epoch's last step; at epoch 0 of the first."""
    loss: float
    """Of the fixed batch, without noise, penalties included, nats."""
    critical_lr: float | None
    """Largest rate at which a step along the optimizer's update still lowers that loss. 0: none does, the update goes uphill;
    infinite: no rate raises it."""
    passes: int
    """Forward passes that the search for it took."""
    sharpness: float | None
    """Largest eigenvalue of that loss's Hessian; None if it is not asked for."""
    gradient_square: float | None
    """Estimate of the squared norm of the true gradient, without bias, so that it may be negative; without penalties."""
    gradient_variance: float | None
    """Estimate, without bias, of the trace of the covariance of one image's gradient."""
    noise_scale: float | None
    """Simple noise scale, images: smoothed variance over smoothed square; None while that is not positive."""

    @property
    def limit(self) -> float | None:
        """Return 2/λ, the largest rate at which plain gradient descent on this loss is stable; None without a sharpness."""
        return 2 / self.sharpness if self.sharpness is not None and self.sharpness > 0 else None


@dataclass(frozen=True, slots=True)
class EpochRecord:
    """One row of `epochs.parquet`: what was measured after `epoch` epochs of run `run` (epoch 0: before training).

    Losses are mean cross-entropy in nats, without penalties; accuracies percent. From epoch 1 on, the training figures
    are the means over the epoch's own batches, each measured before its step; at epoch 0 both are plain evaluations.
    Losses may be NaN or inf; if a loss is NaN, so is its accuracy.
    """

    run: int
    epoch: int
    train_loss: float
    train_accuracy: float
    val_loss: float
    val_accuracy: float
    lr: float
    """Learning rate of the epoch's last step."""
    momentum: float
    """β of SGD and RMSProp, β₁ of the Adam family, in the epoch's last step; 0 if there is none."""
    grad_norm: float | None
    """Mean L2 norm of the whole gradient, before clipping, over up to 32 batches spread over the epoch; none at epoch 0."""
    seconds: float
    """Wall time of the epoch, validation, health and curvature included."""
    lr_first: float | None = None
    """Learning rate of the epoch's first step; None if it was that of the last."""
    momentum_first: float | None = None
    """Momentum of the epoch's first step; None if it was that of the last."""
    layers: tuple[LayerRecord, ...] = ()
    """The health of every layer, if it is measured."""
    curvature: CurvatureRecord | None = None
    """The loss around the weights, if it is measured after this epoch."""


@dataclass(frozen=True, slots=True)
class McFigures:
    """What MC dropout gave on the test images."""

    samples: int
    accuracy: float
    """Percent, of the mean probabilities."""
    loss: float
    """Mean negative log-likelihood of the mean probabilities, nats."""
    sd: float
    """Standard deviation over the passes of the probability of the predicted class, mean over images."""
    entropy: float
    """Predictive entropy, nats: of the mean probabilities, mean over images."""
    seconds: float
    """Wall time of all passes."""


@dataclass(frozen=True, slots=True)
class FoldedFigures:
    """Batch normalization folded into the layer before it or the dense layer behind it, on the test images."""

    seconds: float
    """Wall time of one pass, median of several."""
    unfolded_seconds: float
    difference: float
    """Largest absolute difference of a logit."""


@dataclass(frozen=True, slots=True)
class InferenceFigures:
    """A network with its weights in one number format, on the test images; logits are judged in float32."""

    dtype: str
    """`float32`, `float16`, `bfloat16` or `int8`."""
    bytes: int
    """What its weights and buffers take."""
    seconds: float
    """Wall time of one pass, median of several."""
    accuracy: float
    """Percent; NaN if the loss is."""
    loss: float
    """Mean cross-entropy, nats."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was measured once, after training, with the weights that were kept."""

    run: int
    kept_epoch: int
    """The epoch whose weights were kept: the best one if early stopping restores it, else the last."""
    stopped_early: bool
    val_loss: float
    val_accuracy: float
    """With the weights kept, after pruning."""
    test_loss: float
    test_accuracy: float
    test_entropy: float
    """Predictive entropy, nats, mean over images."""
    test_seconds: float
    """Wall time of one deterministic pass over the test images."""
    sparsity: float
    """Share of all kernel weights that are exactly 0, 0 to 1."""
    test_top5_accuracy: float | None = None
    """Percent of the test images whose class is among the five likeliest; None of ten classes or fewer."""
    unpruned_accuracy: float | None = None
    """Test accuracy before weights were pruned after training."""
    mc: McFigures | None = None
    folded: FoldedFigures | None = None
    inference: tuple[InferenceFigures, ...] = ()
    """float32 and every format of `inference.dtypes`, if there is any."""


@dataclass(frozen=True, slots=True)
class FinderPoint:
    """One step of the learning-rate finder; of several seeds the means."""

    lr: float
    loss: float
    """Of the step's batch, before the step."""
    smoothed: float
    """Exponentially weighted and bias-corrected."""
    low: float | None = None
    """The lowest smoothed loss of all seeds; None if there is one seed."""
    high: float | None = None
    """The highest."""


@dataclass(frozen=True, slots=True)
class FinderCurve:
    """A range test: its points so far, and its suggestions once it is over (None if the curve gives none)."""

    points: tuple[FinderPoint, ...]
    over: bool = False
    valley: float | None = None
    steepest: float | None = None
    minimum_tenth: float | None = None
    chosen: float | None = None
    """The one `finder.choose` names; the next best of the others if it gave none."""
    doubt: str = ""
    """Why there is no suggestion, or why it is not to be trusted: a clause about the range test; empty if it is."""

    @property
    def suggestions(self) -> dict[str, float]:
        """Return the suggestions there are, by name."""
        found = {"valley": self.valley, "steepest": self.steepest, "minimum_tenth": self.minimum_tenth}
        return {name: lr for name, lr in found.items() if lr is not None}
