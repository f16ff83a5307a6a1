"""Early stopping, and the count of epochs without improvement that it shares with the performance schedule."""

import math

import torch
from torch import Tensor, nn

from lrtui.study.records import EpochRecord
from lrtui.study.regularization import EarlyStoppingConfig
from lrtui.study.schedules import Monitor
from lrtui.train.checkpoint import State


class Monitored:
    """The best value so far of what is monitored, and how many epochs in a row did not improve on it.

    An improvement is by more than `min_delta`. Losses improve downwards, accuracies upwards. NaN never improves on
    anything; but the first epoch is the best so far whatever it brought, and any number improves on a NaN it left.
    """

    def __init__(self, monitor: Monitor, min_delta: float = 0.0) -> None:
        self._monitor, self._min_delta = monitor, min_delta
        self._sign = 1 if monitor.endswith("accuracy") else -1
        self._best = math.nan
        self.best_epoch = 0
        """The epoch of the best value; 0 before the first."""
        self.waited = 0

    def update(self, record: EpochRecord) -> bool:
        """Take the next epoch and return whether it is the best so far."""
        value = self._sign * float(getattr(record, self._monitor))
        improved = (
            self.best_epoch == 0
            or value > self._best + self._min_delta
            or (math.isnan(self._best) and not math.isnan(value))
        )
        if improved:
            self._best, self.best_epoch, self.waited = value, record.epoch, 0
        else:
            self.waited += 1
        return improved

    def state(self) -> State:
        """Return what it remembers."""
        return {"best": self._best, "best_epoch": self.best_epoch, "waited": self.waited}

    def restore(self, state: State) -> None:
        """Remember what `state` gave."""
        self._best, self.best_epoch, self.waited = state["best"], state["best_epoch"], state["waited"]


class EarlyStopping:
    """When to end a training, and which epoch was its best: Keras's EarlyStopping, whose decisions it matches.

    Without `patience` it never says stop, and still knows the best epoch.
    """

    def __init__(self, config: EarlyStoppingConfig) -> None:
        self._patience = math.inf if config.patience is None else config.patience
        self._monitored = Monitored(config.monitor)

    def update(self, record: EpochRecord) -> bool:
        """Take the record of a finished epoch; return whether it is the best so far, so that its weights are worth keeping.

        The state before training (epoch 0) does not count.
        """
        return record.epoch > 0 and self._monitored.update(record)

    @property
    def best_epoch(self) -> int:
        """Return the epoch with the best value so far; 0 before the first."""
        return self._monitored.best_epoch

    @property
    def should_stop(self) -> bool:
        """Return whether `patience` epochs in a row did not improve."""
        return self._monitored.waited >= self._patience

    def state(self) -> State:
        """Return what it remembers."""
        return self._monitored.state()

    def restore(self, state: State) -> None:
        """Remember what `state` gave."""
        self._monitored.restore(state)


class KeptWeights:
    """The parameters and buffers of a network as they were after its best epoch; none before `keep`."""

    def __init__(self, network: nn.Module) -> None:
        self._network = network
        self._kept: list[Tensor] = []

    @torch.no_grad()
    def keep(self) -> None:
        """Keep what the network has now; into the same memory as before."""
        now = list(self._network.state_dict().values())
        if not self._kept:
            self._kept = [tensor.clone() for tensor in now]
            return
        for target, tensor in zip(self._kept, now, strict=True):
            target.copy_(tensor)

    @torch.no_grad()
    def put_back(self) -> bool:
        """Give the network what was kept; return whether there was anything."""
        if self._kept:
            for target, tensor in zip(self._network.state_dict().values(), self._kept, strict=True):
                target.copy_(tensor)
        return bool(self._kept)

    @property
    def weights(self) -> dict[str, Tensor]:
        """Return what is kept, under the names it has in the network; empty before `keep`."""
        return dict(zip(self._network.state_dict(), self._kept, strict=False))

    def state(self) -> State:
        """Return what is kept."""
        return {"kept": self._kept}

    def restore(self, state: State) -> None:
        """Keep what `state` gave."""
        like = self._network.state_dict().values()
        self._kept = [torch.empty_like(mine).copy_(kept) for mine, kept in zip(like, state["kept"], strict=False)]
