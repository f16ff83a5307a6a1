"""`[schedule]`: how the learning rate, and with some the momentum, moves during training."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from lrtui.study.fields import Count, Counts, Fraction, NonNegative, Positive, Positives, Share, Strict

Monitor = Literal["val_loss", "val_accuracy", "train_loss", "train_accuracy"]


class _Schedule(Strict):
    warmup: Annotated[int, Field(ge=0)] = Field(
        0, description="linear warm-up over so many steps (epochs where `per` says so) before the schedule begins"
    )


class _Timed(_Schedule):
    per: Literal["step", "epoch"] = Field(
        "step", description="whether t counts steps, or finished epochs: the rate is then constant within an epoch"
    )


class ConstantConfig(_Timed):
    """`[schedule] name = "constant"`: the rate is optim.lr throughout."""

    name: Literal["constant"] = "constant"


class PowerConfig(_Timed):
    """`[schedule] name = "power"`: the rate falls as η₀ / (1 + t/s)^c."""

    name: Literal["power"] = "power"
    s: Count = Field(description="t after which, with c = 1, the rate is half")
    c: Positive = Field(1.0, description="exponent")


class ExponentialConfig(_Timed):
    """`[schedule] name = "exponential"`: the rate falls as η₀ · 0.1^(t/s)."""

    name: Literal["exponential"] = "exponential"
    s: Count = Field(description="t in which the rate falls to a tenth")


class PiecewiseConfig(_Timed):
    """`[schedule] name = "piecewise"`: a constant rate between boundaries."""

    name: Literal["piecewise"] = "piecewise"
    boundaries: Counts = Field(description="t at which the rate changes, rising")
    factors: Positives = Field(
        description="η₀ times which, before the first boundary, between them, and after the last"
    )

    @model_validator(mode="after")
    def _fit(self) -> "PiecewiseConfig":
        if len(self.factors) != len(self.boundaries) + 1:
            raise ValueError("factors: needs one more than there are boundaries")
        if list(self.boundaries) != sorted(set(self.boundaries)):
            raise ValueError("boundaries: must rise")
        return self


class PerformanceConfig(_Schedule):
    """`[schedule] name = "performance"`: the rate is multiplied by `factor` after `patience` epochs without improvement."""

    name: Literal["performance"] = "performance"
    warmup: Annotated[int, Field(ge=0)] = Field(0, description="linear warm-up over so many epochs before it begins")
    factor: Share = Field(0.5, description="what the rate is multiplied by")
    patience: Annotated[int, Field(ge=1)] = Field(5, description="epochs without strict improvement")
    monitor: Monitor = Field("val_loss", description="what has to improve")
    min_lr: NonNegative = Field(0.0, description="no further down than this")


class OneCycleConfig(_Schedule):
    """`[schedule] name = "onecycle"`: up to optim.lr (η₁), down again, over the whole training, per step."""

    name: Literal["onecycle"] = "onecycle"
    form: Literal["guide", "handson"] = Field(
        "guide",
        description="`guide`: η₁/10 up to η₁ and back, half the steps each, momentum high → low → high; `handson`: the last "
        "tenth of the steps falls on to a thousandth of η₁/10, momentum untouched",
    )
    momentum_high: Fraction = Field(0.95, description="of `guide`: momentum at the lowest rate")
    momentum_low: Fraction = Field(0.85, description="of `guide`: momentum at the highest rate")

    @model_validator(mode="after")
    def _in_order(self) -> "OneCycleConfig":
        _refuse_upside_down(self.momentum_high, self.momentum_low)
        return self


class CosineConfig(_Timed):
    """`[schedule] name = "cosine"`: half a cosine from optim.lr down, over the whole training."""

    name: Literal["cosine"] = "cosine"
    min_factor: Fraction = Field(0.0, description="where it ends, as a share of optim.lr")


class WarmRestartsConfig(_Timed):
    """`[schedule] name = "warm_restarts"`: half a cosine down, again and again."""

    name: Literal["warm_restarts"] = "warm_restarts"
    period: Count = Field(description="t of the first cosine")
    multiplier: Annotated[int, Field(ge=1, le=1000)] = Field(
        2, description="each period is so many times the one before"
    )
    min_factor: Fraction = Field(0.0, description="where each ends, as a share of optim.lr")


class CyclicalConfig(_Timed):
    """`[schedule] name = "cyclical"`: a triangle between a low rate and optim.lr."""

    name: Literal["cyclical"] = "cyclical"
    half_period: Count = Field(description="t from the low rate up to optim.lr, and as many down")
    low_factor: Share = Field(0.1, description="the low rate, as a share of optim.lr")
    momentum_high: Fraction | None = Field(
        None, description="momentum at the low rate; absent: momentum does not cycle"
    )
    momentum_low: Fraction | None = Field(None, description="momentum at optim.lr; goes with momentum_high")

    @model_validator(mode="after")
    def _together(self) -> "CyclicalConfig":
        if self.momentum_high is not None and self.momentum_low is None:
            raise ValueError("momentum_high: goes with momentum_low; give both")
        if self.momentum_low is not None and self.momentum_high is None:
            raise ValueError("momentum_low: goes with momentum_high; give both")
        if self.momentum_high is not None and self.momentum_low is not None:
            _refuse_upside_down(self.momentum_high, self.momentum_low)
        return self


def _refuse_upside_down(high: float, low: float) -> None:
    if high < low:
        raise ValueError("momentum_high: must not be below momentum_low")


SCHEDULES: dict[str, type[Strict]] = {
    "constant": ConstantConfig,
    "power": PowerConfig,
    "exponential": ExponentialConfig,
    "piecewise": PiecewiseConfig,
    "performance": PerformanceConfig,
    "onecycle": OneCycleConfig,
    "cosine": CosineConfig,
    "warm_restarts": WarmRestartsConfig,
    "cyclical": CyclicalConfig,
}

ScheduleConfig = Annotated[
    ConstantConfig
    | PowerConfig
    | ExponentialConfig
    | PiecewiseConfig
    | PerformanceConfig
    | OneCycleConfig
    | CosineConfig
    | WarmRestartsConfig
    | CyclicalConfig,
    Field(discriminator="name"),
]


def counts_epochs(config: ScheduleConfig) -> bool:
    """Return whether the schedule's t, and its warm-up, count epochs; else they count steps."""
    return isinstance(config, PerformanceConfig) or getattr(config, "per", "step") == "epoch"
