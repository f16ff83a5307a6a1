"""What a run does besides training: early stopping, pruning, MC dropout, the health of its layers, the search for a rate."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from lrtui.study.fields import Fraction, Images, NonNegative, Positive, Share, Strict
from lrtui.study.schedules import Monitor


class RegularizationConfig(Strict):
    """`[regularization]`: penalties on kernels, and bounds on them."""

    l1: NonNegative = Field(
        0.0, description="adds l1 · Σ|w| over all kernels (not biases) to the loss that is minimized"
    )
    l2: NonNegative = Field(0.0, description="adds l2 · Σw² over all kernels to the loss that is minimized")
    max_norm: Positive | None = Field(
        None, description="each unit's incoming weights are scaled down to this L2 norm after every step"
    )


class EarlyStoppingConfig(Strict):
    """`[early_stopping]`: end when nothing has improved for a while; absent `patience`: train all epochs."""

    patience: Annotated[int, Field(ge=1)] | None = Field(
        None, description="end after so many epochs without strict improvement"
    )
    monitor: Monitor = Field("val_loss", description="what has to improve")
    restore_best: bool = Field(True, description="keep the weights of the best epoch, not of the last")

    @property
    def restores(self) -> bool:
        """Return whether the weights of the best epoch are kept."""
        return self.patience is not None and self.restore_best


class NoPruningConfig(Strict):
    """`[pruning] name = "none"`: every weight is kept."""

    name: Literal["none"] = "none"


class PruneAfterConfig(Strict):
    """`[pruning] name = "after"`: after training, small weights of every kernel become zero."""

    name: Literal["after"] = "after"
    target: Share | None = Field(None, description="share of each kernel's weights that become zero, the smallest")
    threshold: Positive | None = Field(None, description="instead of `target`: weights smaller than this become zero")

    @model_validator(mode="after")
    def _one_of_them(self) -> "PruneAfterConfig":
        if self.target is None and self.threshold is None:
            raise ValueError("target: missing; give it or threshold")
        if self.target is not None and self.threshold is not None:
            raise ValueError("threshold: excludes target; give one of them")
        return self


class PruneGraduallyConfig(Strict):
    """`[pruning] name = "gradual"`: during training ever more weights are held at zero, the smallest of every kernel.

    The share rises as 1 − (1 − progress)³ times `target` between two points of the training.
    """

    name: Literal["gradual"] = "gradual"
    target: Share = Field(description="share of each kernel's weights that end at zero")
    begin: Fraction = Field(0.0, description="share of the training after which it begins")
    end: Annotated[float, Field(gt=0, le=1)] = Field(
        0.75, description="share of the training after which the target is reached"
    )
    every: Annotated[int, Field(ge=1)] = Field(20, description="steps from one choice of weights to the next")

    @model_validator(mode="after")
    def _in_order(self) -> "PruneGraduallyConfig":
        if self.end <= self.begin:
            raise ValueError("end: must be after begin")
        return self


PRUNINGS: dict[str, type[Strict]] = {
    "none": NoPruningConfig,
    "after": PruneAfterConfig,
    "gradual": PruneGraduallyConfig,
}

PruningConfig = Annotated[NoPruningConfig | PruneAfterConfig | PruneGraduallyConfig, Field(discriminator="name")]


class McDropoutConfig(Strict):
    """`[mc_dropout]`: after training, many passes with only the dropout layers active."""

    samples: Annotated[int, Field(ge=0, le=100_000)] = Field(
        0, description="stochastic passes over the test images; 0: none"
    )


class HealthConfig(Strict):
    """`[health]`: what is measured of every layer after every epoch, and from where on it is called ill."""

    measure: bool = Field(False, description="measure the layers' activations and gradients on a fixed batch")
    images: Images = Field(256, description="training images of that batch, the first ones")
    vanishing: Share = Field(
        0.01,
        description="gradients vanish in a layer whose gradient RMS is below this multiple of the largest above it",
    )
    exploding: Annotated[float, Field(gt=1)] = Field(
        100.0,
        description="gradients explode in a layer whose gradient RMS is above this multiple of the smallest above it",
    )
    dead: Annotated[float, Field(gt=0, le=1)] = Field(0.5, description="share of dead units from which a layer is ill")
    saturated: Annotated[float, Field(gt=0, le=1)] = Field(
        0.5, description="share of saturated outputs from which a layer is ill"
    )


class FinderConfig(Strict):
    """`[finder]`: the range test behind `optim.lr = "find"` and `lrtui find-lr`."""

    min_lr: Positive = Field(1e-7, description="where it begins")
    max_lr: Positive = Field(10.0, description="where it ends")
    iterations: Annotated[int, Field(ge=10, le=100_000)] = Field(
        100, description="steps, the rate growing by one factor each"
    )
    smoothing: Fraction = Field(
        0.9, description="weight of what came before in the smoothed loss, which is bias-corrected"
    )
    stop_factor: Annotated[float, Field(gt=1)] = Field(
        4.0, description="end when the smoothed loss is above this multiple of its best"
    )
    choose: Literal["valley", "steepest", "minimum_tenth"] = Field(
        "valley", description='the suggestion that optim.lr = "find" takes'
    )

    @model_validator(mode="after")
    def _in_order(self) -> "FinderConfig":
        if self.max_lr <= self.min_lr:
            raise ValueError("max_lr: must be above min_lr")
        return self
