"""`[schedule]`: how the learning rate, and with some the momentum, moves during training."""

import math
from bisect import bisect_right
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from lrtui.study.fields import Component, Count, Counts, Fraction, NonNegative, Positive, Positives, Share

Monitor = Literal["val_loss", "val_accuracy", "train_loss", "train_accuracy"]


class ScheduleConfig(Component):
    """The keys all schedules share, and what they say of the momentum."""

    warmup: Annotated[int, Field(ge=0)] = Field(
        0, description="linear warm-up over so many steps (epochs where `per` says so) before the schedule begins"
    )

    falls: ClassVar[bool] = False
    """Whether the rate falls from optim.lr on, and only falls."""
    depends_on_end: ClassVar[bool] = True
    """Whether what it says of a moment depends on when training ends; else a longer training begins as a shorter one."""

    @property
    def counts_epochs(self) -> bool:
        """Return whether its t, and its warm-up, count epochs; else they count steps."""
        return False

    @property
    def is_steady(self) -> bool:
        """Return whether rate and momentum stay as they are within an epoch."""
        return self.counts_epochs

    def trunk(self, epochs: int, total: int) -> "ScheduleConfig | None":
        """Return the schedule by which a run of `epochs` begins as one of `total` epochs does by this; None if there is none."""
        return None if self.depends_on_end else self

    @property
    def momentum_cycle(self) -> str | None:
        """Return the key by which it cycles the momentum; None if it leaves that alone."""
        return None

    def momentum(self, t: int, span: int) -> float | None:
        """Return the momentum at `t` of `span`; None if the schedule leaves it alone."""
        return None


class FunctionConfig(ScheduleConfig):
    """A schedule that is a function of time alone.

    `t` counts from 0, from the end of the warm-up; `span` is what the warm-up leaves of the training.
    """

    def factor(self, t: int, span: int) -> float:
        """Return the share of optim.lr at `t` of `span`."""
        raise NotImplementedError


class _Timed(FunctionConfig):
    per: Literal["step", "epoch"] = Field(
        "step", description="whether t counts steps, or finished epochs: the rate is then constant within an epoch"
    )

    @property
    def counts_epochs(self) -> bool:
        """Return whether the rate changes once an epoch."""
        return self.per == "epoch"


class ConstantConfig(_Timed):
    """`[schedule] name = "constant"`: the rate is optim.lr throughout."""

    depends_on_end: ClassVar[bool] = False
    name: Literal["constant"] = "constant"

    @property
    def is_steady(self) -> bool:
        """Return whether it has no warm-up within an epoch."""
        return self.counts_epochs or not self.warmup

    def factor(self, t: int, span: int) -> float:
        return 1.0


class PowerConfig(_Timed):
    """`[schedule] name = "power"`: the rate falls as η₀ / (1 + t/s)^c."""

    depends_on_end: ClassVar[bool] = False
    falls: ClassVar[bool] = True
    name: Literal["power"] = "power"
    s: Count = Field(description="t after which, with c = 1, the rate is half")
    c: Positive = Field(1.0, description="exponent")

    def factor(self, t: int, span: int) -> float:
        return float((1 + t / self.s) ** -self.c)


class ExponentialConfig(_Timed):
    """`[schedule] name = "exponential"`: the rate falls as η₀ · 0.1^(t/s)."""

    depends_on_end: ClassVar[bool] = False
    falls: ClassVar[bool] = True
    name: Literal["exponential"] = "exponential"
    s: Count = Field(description="t in which the rate falls to a tenth")

    def factor(self, t: int, span: int) -> float:
        return float(0.1 ** (t / self.s))


class PiecewiseConfig(_Timed):
    """`[schedule] name = "piecewise"`: a constant rate between boundaries."""

    depends_on_end: ClassVar[bool] = False
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

    def factor(self, t: int, span: int) -> float:
        return self.factors[bisect_right(self.boundaries, t)]


class PerformanceConfig(ScheduleConfig):
    """`[schedule] name = "performance"`: the rate is multiplied by `factor` after `patience` epochs without improvement."""

    depends_on_end: ClassVar[bool] = False
    falls: ClassVar[bool] = True
    name: Literal["performance"] = "performance"
    warmup: Annotated[int, Field(ge=0)] = Field(0, description="linear warm-up over so many epochs before it begins")
    factor: Share = Field(0.5, description="what the rate is multiplied by")
    patience: Annotated[int, Field(ge=1)] = Field(5, description="epochs without improvement")
    monitor: Monitor = Field("val_loss", description="what has to improve")
    min_delta: NonNegative = Field(
        0.0, description="improvement is by more than this (nats, or points of accuracy); Keras's default is 1e-4"
    )
    min_lr: NonNegative = Field(0.0, description="no further down than this")

    @property
    def counts_epochs(self) -> bool:
        """Return that it does."""
        return True


class OneCycleConfig(FunctionConfig):
    """`[schedule] name = "onecycle"`: up to optim.lr (η₁), down again, over the whole training, per step."""

    name: Literal["onecycle"] = "onecycle"
    form: Literal["guide", "text", "handson"] = Field(
        "guide",
        description="`guide` (its code): η₁/10 up to η₁ and back, half the steps each, momentum high → low → high; `text` "
        "(its text): the same over all but the last tenth of the steps, then linearly from η₁/10 to η₁/10,000, momentum "
        "high; `handson`: the same two parts, momentum untouched",
    )
    momentum_high: Fraction = Field(0.95, description="of `guide` and `text`: momentum at the lowest rate")
    momentum_low: Fraction = Field(0.85, description="of `guide` and `text`: momentum at the highest rate")

    @model_validator(mode="after")
    def _in_order(self) -> "OneCycleConfig":
        _refuse_upside_down(self.momentum_high, self.momentum_low)
        return self

    @property
    def momentum_cycle(self) -> str | None:
        """Return `form`, which decides it."""
        return None if self.form == "handson" else "form"

    def factor(self, t: int, span: int) -> float:
        """Return the share of η₁: each rate is met at its t.

        `text` meets η₁/10,000 at the last of its steps. `handson` is the published run's (Géron's OneCycleScheduler): its
        last part begins at η₁/10 and would meet a thousandth of that one step after the last.
        """
        if self.form != "handson":
            cycle = self._cycle(span)
            return (
                _between(0.1, 1.0, _triangle(t, cycle))
                if t < cycle
                else _between(0.1, 1e-4, (t + 1 - cycle) / (span - cycle))
            )
        half = (span - (span // 10 + 1)) // 2
        if t < half:
            return _between(0.1, 1.0, t / half)
        if t < 2 * half:
            return _between(1.0, 0.1, (t - half) / half)
        return _between(0.1, 0.1 / 1000, (t - 2 * half) / (span - 2 * half))

    def momentum(self, t: int, span: int) -> float | None:
        if self.form == "handson":
            return None
        cycle = self._cycle(span)
        return _between(self.momentum_high, self.momentum_low, _triangle(t, cycle) if t < cycle else 0.0)

    def _cycle(self, span: int) -> int:
        """Return how many steps go up and down: all of `guide`'s, all but the last tenth (rounded down) of `text`'s."""
        return span - span // 10 if self.form == "text" else span


class CosineConfig(_Timed):
    """`[schedule] name = "cosine"`: half a cosine from optim.lr down, over the whole training."""

    falls: ClassVar[bool] = True
    name: Literal["cosine"] = "cosine"
    min_factor: Fraction = Field(0.0, description="where it ends, as a share of optim.lr")

    def factor(self, t: int, span: int) -> float:
        return _half_cosine(self.min_factor, t / span)


class WsdConfig(_Timed):
    """`[schedule] name = "wsd"`: warm-up, optim.lr for as long as one likes, and a cool-down at the end.

    Until the cool-down it is what `constant` is: where `per` is `epoch`, a run goes on from the end of one with a constant rate
    that kept its last weights, so that one run is the trunk of several.
    """

    falls: ClassVar[bool] = True
    name: Literal["wsd"] = "wsd"
    cooldown: Count = Field(description="t of the cool-down, the last of the training")
    form: Literal["linear", "sqrt"] = Field(
        "sqrt", description="how it falls: in a line, or as 1 − √ of what of it is over"
    )
    min_factor: Fraction = Field(0.0, description="where it would be one step after the end, as a share of optim.lr")

    def factor(self, t: int, span: int) -> float:
        over = (t - (span - self.cooldown) + 1) / (self.cooldown + 1)
        if over <= 0:
            return 1.0
        return _between(1.0, self.min_factor, over if self.form == "linear" else math.sqrt(over))

    def trunk(self, epochs: int, total: int) -> ScheduleConfig | None:
        if not self.counts_epochs or epochs > total - self.cooldown:
            return None
        return ConstantConfig(warmup=self.warmup, per="epoch")


class WarmRestartsConfig(_Timed):
    """`[schedule] name = "warm_restarts"`: half a cosine down, again and again."""

    depends_on_end: ClassVar[bool] = False
    name: Literal["warm_restarts"] = "warm_restarts"
    period: Count = Field(description="t of the first cosine")
    multiplier: Annotated[int, Field(ge=1, le=1000)] = Field(
        2, description="each period is so many times the one before"
    )
    min_factor: Fraction = Field(0.0, description="where each ends, as a share of optim.lr")

    def factor(self, t: int, span: int) -> float:
        """Return SGDR's rate; each restart is at full height."""
        period = self.period
        if self.multiplier == 1:
            t %= period
        while t >= period:
            t -= period
            period *= self.multiplier
        return _half_cosine(self.min_factor, t / period)


class CyclicalConfig(_Timed):
    """`[schedule] name = "cyclical"`: a triangle between a low rate and optim.lr."""

    depends_on_end: ClassVar[bool] = False
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

    @property
    def momentum_cycle(self) -> str | None:
        """Return `momentum_high` if it is given."""
        return None if self.momentum_high is None else "momentum_high"

    def factor(self, t: int, span: int) -> float:
        return _between(self.low_factor, 1.0, self._height(t))

    def momentum(self, t: int, span: int) -> float | None:
        if self.momentum_high is None or self.momentum_low is None:
            return None
        return _between(self.momentum_high, self.momentum_low, self._height(t))

    def _height(self, t: int) -> float:
        return 1 - abs(t % (2 * self.half_period) / self.half_period - 1)


def _refuse_upside_down(high: float, low: float) -> None:
    if high < low:
        raise ValueError("momentum_high: must not be below momentum_low")


def _between(start: float, end: float, share: float) -> float:
    """Return the value that is `share` (0 to 1) of the way from `start` to `end`."""
    return start + (end - start) * share


def _half_cosine(end: float, share: float) -> float:
    return end + (1 - end) * (1 + math.cos(math.pi * share)) / 2


def _triangle(t: int, span: int) -> float:
    """Return where one triangle over `span` stands, 0 to 1: momentum is highest at 0, the rate at 1."""
    half = span // 2  # of an odd number of steps the second part has one more: η₁ itself is met in any case
    return t / half if t < half else (span - t) / (span - half)


SCHEDULES: dict[str, type[ScheduleConfig]] = {
    "constant": ConstantConfig,
    "power": PowerConfig,
    "exponential": ExponentialConfig,
    "piecewise": PiecewiseConfig,
    "performance": PerformanceConfig,
    "onecycle": OneCycleConfig,
    "cosine": CosineConfig,
    "warm_restarts": WarmRestartsConfig,
    "cyclical": CyclicalConfig,
    "wsd": WsdConfig,
}
