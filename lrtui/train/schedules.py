"""The rate and momentum of every step of a training: what a schedule's configuration says, its warm-up before it.

Only the performance schedule remembers anything.
"""

from dataclasses import dataclass

from lrtui.study.records import EpochRecord
from lrtui.study.schedules import FunctionConfig, PerformanceConfig, ScheduleConfig
from lrtui.train.checkpoint import State
from lrtui.train.early_stopping import Monitored

SMALLEST_FACTOR = 1e-30
"""The least a schedule leaves of optim.lr: a rate stays positive however often it falls to a tenth."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a step is taken with."""

    lr: float
    momentum: float | None
    """β of SGD and RMSProp, β₁ of the Adam family; None: as the optimizer has it."""


class Schedule:
    """The rate and momentum of every step of a training, counted from 0 over all its epochs."""

    def __init__(self, config: ScheduleConfig, lr: float, steps_per_epoch: int, epochs: int) -> None:
        self._config, self._lr = config, lr
        self._steps_per_t = steps_per_epoch if config.counts_epochs else 1
        total = epochs if config.counts_epochs else epochs * steps_per_epoch
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
        momentum = self._config.momentum(max(t - warmup, 0), self._span)
        return Setting(self._lr * max(factor, SMALLEST_FACTOR), momentum)

    def epoch_ended(self, record: EpochRecord) -> None:
        """Take what a finished epoch brought; of all schedules, `performance` alone looks at it."""

    def state(self) -> State:
        """Return what it remembers of the epochs so far."""
        return {}

    def restore(self, state: State) -> None:
        """Remember what `state` gave."""

    def _factor(self, t: int) -> float:
        assert isinstance(self._config, FunctionConfig)
        return self._config.factor(t, self._span)


class PerformanceSchedule(Schedule):
    """The rate falls when nothing improves: Keras's ReduceLROnPlateau, whose decisions it matches.

    Reduced when `patience` epochs in a row brought no improvement by more than `min_delta`; then the count begins
    again. The epochs of the warm-up and the state before training do not count.
    """

    def __init__(self, config: PerformanceConfig, lr: float, steps_per_epoch: int, epochs: int) -> None:
        super().__init__(config, lr, steps_per_epoch, epochs)
        self._performance = config
        self._monitored = Monitored(config.monitor, config.min_delta)
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

    def state(self) -> State:
        return {"monitored": self._monitored.state(), "reduced": self._reduced}

    def restore(self, state: State) -> None:
        self._monitored.restore(state["monitored"])
        self._reduced = state["reduced"]

    def _factor(self, t: int) -> float:
        return self._reduced


def build(config: ScheduleConfig, lr: float, steps_per_epoch: int, epochs: int) -> Schedule:
    """Return the schedule of a training; `lr` is its η₀, or η₁ where it rises first."""
    if isinstance(config, PerformanceConfig):
        return PerformanceSchedule(config, lr, steps_per_epoch, epochs)
    return Schedule(config, lr, steps_per_epoch, epochs)
