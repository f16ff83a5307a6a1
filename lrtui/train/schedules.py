"""Learning-rate schedules: the rate, and with some the momentum, as a function of the step.

t counts steps, or finished epochs where `per` says so, from the end of the warm-up; the schedules over the whole
training span what the warm-up leaves of it. Only the performance schedule remembers anything.
"""

import math
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lrtui.study.records import EpochRecord
from lrtui.study.schedules import (
    ConstantConfig,
    CosineConfig,
    CyclicalConfig,
    ExponentialConfig,
    OneCycleConfig,
    PerformanceConfig,
    PiecewiseConfig,
    PowerConfig,
    ScheduleConfig,
    WarmRestartsConfig,
    counts_epochs,
)
from lrtui.train.early_stopping import Monitored

SMALLEST_FACTOR = 1e-30
"""The least a schedule leaves of optim.lr: a rate stays positive however often it falls to a tenth."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a step is taken with."""

    lr: float
    momentum: float | None
    """β of SGD and RMSProp, β₁ of the Adam family; None: as the optimizer has it."""


def _constant(config: ConstantConfig, t: int, span: int) -> float:
    return 1.0


def _power(config: PowerConfig, t: int, span: int) -> float:
    return float((1 + t / config.s) ** -config.c)


def _exponential(config: ExponentialConfig, t: int, span: int) -> float:
    return float(0.1 ** (t / config.s))


def _piecewise(config: PiecewiseConfig, t: int, span: int) -> float:
    return config.factors[bisect_right(config.boundaries, t)]


def _between(start: float, end: float, share: float) -> float:
    """Return the value that is `share` (0 to 1) of the way from `start` to `end`."""
    return start + (end - start) * share


def _onecycle(config: OneCycleConfig, t: int, span: int) -> float:
    """Return the guide's form, or that of the published run (Géron's OneCycleScheduler): each rate is met at its t.

    The published run's last part begins at η₁/10 and would meet a thousandth of that one step after the last.
    """
    if config.form == "guide":
        return _between(0.1, 1.0, _height(config, t, span))
    half = (span - (span // 10 + 1)) // 2
    if t < half:
        return _between(0.1, 1.0, t / half)
    if t < 2 * half:
        return _between(1.0, 0.1, (t - half) / half)
    return _between(0.1, 0.1 / 1000, (t - 2 * half) / (span - 2 * half))


def _cosine(config: CosineConfig, t: int, span: int) -> float:
    return _half_cosine(config.min_factor, t / span)


def _warm_restarts(config: WarmRestartsConfig, t: int, span: int) -> float:
    """Return SGDR's rate; each restart is at full height."""
    period = config.period
    if config.multiplier == 1:
        t %= period
    while t >= period:
        t -= period
        period *= config.multiplier
    return _half_cosine(config.min_factor, t / period)


def _half_cosine(end: float, share: float) -> float:
    return end + (1 - end) * (1 + math.cos(math.pi * share)) / 2


def _cyclical(config: CyclicalConfig, t: int, span: int) -> float:
    return _between(config.low_factor, 1.0, _height(config, t, span))


_FACTORS: dict[str, Callable[[Any, int, int], float]] = {
    "constant": _constant,
    "power": _power,
    "exponential": _exponential,
    "piecewise": _piecewise,
    "onecycle": _onecycle,
    "cosine": _cosine,
    "warm_restarts": _warm_restarts,
    "cyclical": _cyclical,
}
"""From a schedule's configuration, t and the t it spans to the share of optim.lr."""


def _height(config: OneCycleConfig | CyclicalConfig, t: int, span: int) -> float:
    """Return where the triangle stands, 0 to 1: its momentum is highest at 0, its rate at 1."""
    if isinstance(config, CyclicalConfig):
        return 1 - abs(t % (2 * config.half_period) / config.half_period - 1)
    half = span // 2  # of an odd number of steps the second part has one more: η₁ itself is met in any case
    return t / half if t < half else (span - t) / (span - half)


def _momentum(config: ScheduleConfig, t: int, span: int) -> float | None:
    if isinstance(config, OneCycleConfig) and config.form == "guide":
        return _between(config.momentum_high, config.momentum_low, _height(config, t, span))
    if isinstance(config, CyclicalConfig) and config.momentum_high is not None and config.momentum_low is not None:
        return _between(config.momentum_high, config.momentum_low, _height(config, t, span))
    return None


class Schedule:
    """The rate and momentum of every step of a training, counted from 0 over all its epochs."""

    def __init__(self, config: ScheduleConfig, lr: float, steps_per_epoch: int, epochs: int) -> None:
        self._config, self._lr = config, lr
        self._steps_per_t = steps_per_epoch if counts_epochs(config) else 1
        total = epochs if counts_epochs(config) else epochs * steps_per_epoch
        self._span = total - config.warmup

    def at(self, step: int) -> Setting:
        """Return the setting of the step about to be taken.

        A warm-up of w rises linearly, by the (t+1)/w-th part, to the rate and momentum with which the schedule begins.
        """
        warmup = self._config.warmup
        t = step // self._steps_per_t
        factor = self._factor(max(t - warmup, 0))
        if t < warmup:
            factor *= (t + 1) / warmup
        return Setting(self._lr * max(factor, SMALLEST_FACTOR), _momentum(self._config, max(t - warmup, 0), self._span))

    def epoch_ended(self, record: EpochRecord) -> None:
        """Take what a finished epoch brought; of all schedules, `performance` alone looks at it."""

    def _factor(self, t: int) -> float:
        return _FACTORS[self._config.name](self._config, t, self._span)


class PerformanceSchedule(Schedule):
    """The rate falls when nothing improves: Keras's ReduceLROnPlateau, whose decisions it matches.

    Reduced when `patience` epochs in a row brought no strict improvement; then the count begins again. The epochs of
    the warm-up and the state before training do not count.
    """

    def __init__(self, config: PerformanceConfig, lr: float, steps_per_epoch: int, epochs: int) -> None:
        super().__init__(config, lr, steps_per_epoch, epochs)
        self._performance = config
        self._monitored = Monitored(config.monitor)
        self._reduced = 1.0

    def epoch_ended(self, record: EpochRecord) -> None:
        config = self._performance
        if record.epoch <= config.warmup:
            return
        self._monitored.update(record)
        lowest = config.min_lr / self._lr
        if self._monitored.waited >= config.patience and self._reduced > lowest:
            self._reduced = max(self._reduced * config.factor, lowest)
            self._monitored.waited = 0

    def _factor(self, t: int) -> float:
        return self._reduced


def build(config: ScheduleConfig, lr: float, steps_per_epoch: int, epochs: int) -> Schedule:
    """Return the schedule of a training; `lr` is its η₀, or η₁ where it rises first."""
    if isinstance(config, PerformanceConfig):
        return PerformanceSchedule(config, lr, steps_per_epoch, epochs)
    return Schedule(config, lr, steps_per_epoch, epochs)
