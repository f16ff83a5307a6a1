"""`[optim]`: the optimizers, their rate, and gradient clipping."""

import math
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from lrtui.study.fields import Component, Count, Fraction, Names, NonNegative, Positive, Rate, Strict, as_tuple

CLIPPINGS = ("clip_value", "clip_norm", "clip_norm_each")
"""The keys that clip gradients, of which one may be given."""


class GroupConfig(Strict):
    """`[[optim.groups]]`: layers with a rate of their own, or that are frozen for a while."""

    layers: Names = Field(
        description="names of layers, or patterns such as `conv *`, as health, and its plots, call them: `dense 1`, `output`"
    )
    factor: NonNegative = Field(1.0, description="of the rate, at which they are trained")
    frozen: bool = Field(False, description="never trained")
    until: Count | None = Field(None, description="not trained for so many epochs, then at their rate")

    @model_validator(mode="after")
    def _one_of_them(self) -> "GroupConfig":
        if self.frozen and self.until is not None:
            raise ValueError("until: excludes frozen; give one of them")
        return self

    def __str__(self) -> str:
        """Return what people are shown: `dense * × 0.1 after 10 epochs`, `conv * frozen`."""
        what = "frozen" if self.frozen else f"× {self.factor:g}"
        after = f" after {self.until} epochs" if self.until else ""
        return f"{', '.join(self.layers)} {what}{after}"

    @property
    def trained_after(self) -> float:
        """Return after how many epochs they are trained; infinite: never."""
        return math.inf if self.frozen or self.factor == 0 else float(self.until or 0)


class OptimConfig(Component):
    """The keys all optimizers share, and what is known of each of them."""

    adaptive: ClassVar[bool] = False
    """Whether every weight has a step length of its own, from the gradients that it has had."""
    momentum_key: ClassVar[str | None] = None
    """The key of the momentum that a schedule may cycle; None if there is none."""
    tells_kernels: ClassVar[bool] = False
    """Whether the kernels between input and output are trained otherwise than all else."""
    averages: ClassVar[bool] = False
    """Whether what is looked at is an average of the weights that are trained with."""

    lr: Rate = Field(
        description="learning rate η; `find`: the finder chooses it, once for each scenario, before training"
    )
    clip_value: Positive | None = Field(
        None, description="every component of the gradient is clipped to ± this, which may turn it"
    )
    clip_norm: Positive | None = Field(
        None,
        description="a whole gradient with a larger L2 norm is scaled down to this, which keeps its direction; Keras's "
        "`global_clipnorm`",
    )
    clip_norm_each: Positive | None = Field(
        None,
        description="the same for the gradient of every kernel and every bias by itself; Keras's `clipnorm`",
    )

    groups: Annotated[tuple[GroupConfig, ...], BeforeValidator(as_tuple), Field(min_length=1)] | None = Field(
        None,
        description="groups of layers with a rate of their own, or frozen for a while, a table `[[optim.groups]]` each",
    )

    @model_validator(mode="after")
    def _one_clipping(self) -> "OptimConfig":
        given = [key for key in CLIPPINGS if getattr(self, key) is not None]
        if len(given) > 1:
            raise ValueError(f"{given[1]}: excludes {given[0]}; give one of them")
        return self

    @property
    def is_plain_descent(self) -> bool:
        """Return whether a step is the rate times the gradient, and nothing else."""
        return False

    @property
    def step_of(self) -> Literal["gradient", "sign", ""]:
        """Return what a step is as long as: the gradient, or as if it were of its sign, whatever its size; empty: neither."""
        return "sign" if self.adaptive else "gradient"

    @property
    def first_momentum(self) -> float:
        """Return the momentum that training begins with: β of SGD and RMSProp, β₁ of the Adam family, 0 without any."""
        return float(getattr(self, self.momentum_key)) if self.momentum_key else 0.0


_EPS_INSIDE = "√(s + ε), as in the guide and Keras 3; false: √s + ε, as in PyTorch"


class SgdConfig(OptimConfig):
    """`[optim] name = "sgd"`: stochastic gradient descent, with momentum β when above 0, Nesterov's form on request."""

    momentum_key = "momentum"
    name: Literal["sgd"] = "sgd"
    momentum: Fraction = Field(0.0, description="momentum β; 0 is none")
    nesterov: bool = Field(False, description="gradient taken at θ + βm; needs momentum above 0")

    @field_validator("nesterov")
    @classmethod
    def _needs_momentum(cls, nesterov: bool, info: ValidationInfo) -> bool:
        if nesterov and info.data.get("momentum") == 0:
            raise ValueError("needs momentum above 0")
        return nesterov

    @property
    def is_plain_descent(self) -> bool:
        """Return whether a step is the rate times the gradient, and nothing else."""
        return self.momentum == 0 and all(getattr(self, key) is None for key in (*CLIPPINGS, "groups"))


class _AdamFamily(OptimConfig):
    adaptive = True
    momentum_key = "beta1"
    beta1: Fraction = Field(0.9, description="decay of the mean of gradients")
    beta2: Fraction = Field(0.999, description="decay of the mean of squared gradients")
    eps: Positive = Field(1e-7, description="ε, added to the root")


class AdamConfig(_AdamFamily):
    """`[optim] name = "adam"`: means of gradients and of their squares, both corrected for their start at zero."""

    name: Literal["adam"] = "adam"


class NadamConfig(_AdamFamily):
    """`[optim] name = "nadam"`: Adam with Nesterov momentum."""

    name: Literal["nadam"] = "nadam"
    momentum_decay: NonNegative = Field(0.004, description="0.004 follows tf.keras ≤ 2.10, 1.0 follows Keras 3")


class AdamWConfig(_AdamFamily):
    """`[optim] name = "adamw"`: Adam with decoupled weight decay."""

    name: Literal["adamw"] = "adamw"
    weight_decay: NonNegative = Field(0.01, description="decoupled weight decay")


class RmspropConfig(OptimConfig):
    """`[optim] name = "rmsprop"`: gradients divided by the root of a decaying mean of their squares."""

    adaptive = True
    momentum_key = "momentum"
    name: Literal["rmsprop"] = "rmsprop"
    rho: Fraction = Field(0.9, description="ρ, decay of the mean of squared gradients")
    momentum: Fraction = Field(0.0, description="momentum β; 0 is none")
    eps: Positive = Field(1e-7, description="ε, added under the root or to it")
    eps_inside: bool = Field(True, description=_EPS_INSIDE)


class AdagradConfig(OptimConfig):
    """`[optim] name = "adagrad"`: gradients divided by the root of the sum of their squares so far."""

    adaptive = True
    name: Literal["adagrad"] = "adagrad"
    eps: Positive = Field(1e-7, description="ε, added under the root or to it")
    eps_inside: bool = Field(True, description=_EPS_INSIDE)
    initial_accumulator: NonNegative = Field(
        0.0, description="where the sum of squares begins: 0 in the guide and PyTorch, 0.1 in Keras"
    )


class MuonConfig(OptimConfig):
    """`[optim] name = "muon"`: orthogonal steps for the kernels between input and output, AdamW for all else."""

    adaptive = True
    momentum_key = "momentum"
    tells_kernels = True
    name: Literal["muon"] = "muon"
    momentum: Fraction = Field(0.95, description="momentum β of the kernels' gradients, a decaying mean")
    nesterov: bool = Field(True, description="the step looks ahead along the momentum")
    weight_decay: NonNegative = Field(0.0, description="decoupled weight decay")
    iterations: Annotated[int, Field(ge=1, le=99)] = Field(
        5, description="of the Newton–Schulz iteration that makes a step orthogonal"
    )
    adjust: Literal["adamw", "original"] = Field(
        "adamw",
        description="length of a kernel's step: as AdamW's, 0.2 √max(rows, columns), so that one rate suits both; or √max(1, "
        "rows / columns)",
    )
    beta1: Fraction = Field(0.9, description="decay of AdamW's mean of gradients")
    beta2: Fraction = Field(0.999, description="decay of its mean of squared gradients")
    eps: Positive = Field(1e-7, description="its ε, added to the root")

    @property
    def step_of(self) -> Literal["gradient", "sign", ""]:
        """Return nothing: a kernel's step is orthogonal."""
        return ""


class ScheduleFreeConfig(OptimConfig):
    """`[optim] name = "schedule_free"`: SGD or AdamW that averages its weights, and needs no schedule that knows the end.

    What is measured is the average. Batch normalization's running statistics are those of the weights trained with, which lie
    a little beside it.
    """

    adaptive = True
    averages = True
    name: Literal["schedule_free"] = "schedule_free"
    base: Literal["adamw", "sgd"] = Field("adamw", description="what a step is")
    beta: Annotated[float, Field(gt=0, lt=1)] = Field(
        0.9, description="β: gradients are taken at (1 − β) · fast weights + β · average"
    )
    beta2: Fraction = Field(0.999, description="of adamw: decay of the mean of squared gradients")
    eps: Positive = Field(1e-8, description="of adamw: ε, added to the root")
    weight_decay: NonNegative = Field(0.0, description="weight decay, taken where the gradient is")

    @property
    def step_of(self) -> Literal["gradient", "sign", ""]:
        """Return what a step of its base is as long as."""
        return "sign" if self.base == "adamw" else "gradient"


OPTIMIZERS: dict[str, type[OptimConfig]] = {
    "sgd": SgdConfig,
    "adam": AdamConfig,
    "nadam": NadamConfig,
    "adamw": AdamWConfig,
    "rmsprop": RmspropConfig,
    "adagrad": AdagradConfig,
    "muon": MuonConfig,
    "schedule_free": ScheduleFreeConfig,
}
