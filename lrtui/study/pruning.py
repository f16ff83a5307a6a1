"""`[pruning]`: which weights become zero, after training or ever more of them during it."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from lrtui.study.fields import Component, Fraction, Positive, Share


class PruningConfig(Component):
    """Base of the ways to prune."""


class NoPruningConfig(PruningConfig):
    """`[pruning] name = "none"`: every weight is kept."""

    name: Literal["none"] = "none"


class PruneAfterConfig(PruningConfig):
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


class PruneGraduallyConfig(PruningConfig):
    """`[pruning] name = "gradual"`: during training ever more weights are held at zero, the smallest of every kernel.

    Between two points of the training the share rises from `initial` to `target`, as 1 − (1 − progress)³.
    """

    name: Literal["gradual"] = "gradual"
    target: Share = Field(description="share of each kernel's weights that end at zero")
    initial: Fraction = Field(0.0, description="share that the first choice of weights starts from")
    begin: Fraction = Field(0.0, description="share of the training after which it begins")
    end: Annotated[float, Field(gt=0, le=1)] = Field(
        0.75, description="share of the training after which the target is reached"
    )
    every: Annotated[int, Field(ge=1)] = Field(20, description="steps from one choice of weights to the next")

    @model_validator(mode="after")
    def _in_order(self) -> "PruneGraduallyConfig":
        if self.end <= self.begin:
            raise ValueError("end: must be after begin")
        if self.initial >= self.target:
            raise ValueError("initial: must be below target")
        return self


PRUNINGS: dict[str, type[PruningConfig]] = {
    "none": NoPruningConfig,
    "after": PruneAfterConfig,
    "gradual": PruneGraduallyConfig,
}
