"""What is measured of a run besides its losses: MC dropout, other number formats, the health of its layers, the curvature of the
loss, the search for a rate."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from lrtui.study.fields import Fraction, Images, Positive, Share, Strict, as_tuple


class McDropoutConfig(Strict):
    """`[mc_dropout]`: after training, many passes with only the dropout layers active."""

    samples: Annotated[int, Field(ge=0, le=100_000)] = Field(
        0, description="stochastic passes over the test images; 0: none"
    )


class InferenceConfig(Strict):
    """`[inference]`: after training, the network once more with its weights in half precision, or in int8."""

    dtypes: Annotated[tuple[Literal["float16", "bfloat16", "int8"], ...], BeforeValidator(as_tuple)] = Field(
        (),
        description="number formats whose size, time and accuracy on the test images are measured beside float32's; `int8`: "
        "weights and inputs of dense and convolution layers, the rest in float32",
    )


class HealthConfig(Strict):
    """`[health]`: what is measured of every layer after every epoch, and the thresholds beyond which it is called ill."""

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


class CurvatureConfig(Strict):
    """`[curvature]`: how sharp the loss is where training stands, and how noisy its gradient, every few epochs."""

    measure: bool = Field(
        False, description="measure the largest rate that the loss can take, and the noise of the gradient"
    )
    every: Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        1, description="measured before training and after every so many epochs"
    )
    images: Images = Field(
        256,
        description="training images of the fixed batch, drawn by the seed and taken in one pass, and of the draws for the noise",
    )
    small: Images | None = Field(
        None,
        description="images of a small batch, of which the noise of the gradient is told; at most half of `images`; absent: "
        "an eighth",
    )
    smoothing: Fraction = Field(
        0.9, description="weight of the earlier measurements in the noise scale, which is bias-corrected"
    )
    sharpness: bool = Field(False, description="measure the largest eigenvalue of the Hessian too, by power iteration")
    iterations: Annotated[int, Field(ge=1, le=10_000)] = Field(
        20, description="steps of the power iteration at most; it ends before when a step changes 0.1 % or less"
    )

    @model_validator(mode="after")
    def _two_sizes(self) -> "CurvatureConfig":
        if self.small is not None and 2 * self.small > self.images:
            raise ValueError(f"small: must be at most half of images ({self.images:,}), got {self.small:,}")
        return self

    @property
    def small_images(self) -> int:
        """Return how many images a small batch has."""
        return max(1, self.images // 8) if self.small is None else self.small


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

    seeds: Annotated[int, Field(ge=1, le=100)] = Field(
        1, description="range tests side by side, with the run's seed and those that follow it; their mean loss is read"
    )

    @model_validator(mode="after")
    def _in_order(self) -> "FinderConfig":
        if self.max_lr <= self.min_lr:
            raise ValueError("max_lr: must be above min_lr")
        return self
