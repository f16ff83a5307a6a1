"""Sparse networks: the smallest weights of every kernel become zero, once after training or ever more during it."""

from collections.abc import Sequence
from math import floor

import torch
from torch import Tensor

from lrtui.study.pruning import PruneAfterConfig, PruneGraduallyConfig
from lrtui.train.checkpoint import State


@torch.no_grad()
def prune(kernels: Sequence[Tensor], config: PruneAfterConfig) -> None:
    """Set small weights to zero, in place: of each kernel the share `target`, or all whose magnitude is below `threshold`.

    `target` zeroes exactly round(target · n) of a kernel's n weights, the smallest in magnitude.
    """
    for kernel in kernels:
        if config.target is not None:
            kernel.mul_(_mask(kernel, config.target))
        elif config.threshold is not None:
            kernel.masked_fill_(kernel.abs() < config.threshold, 0.0)


@torch.no_grad()
def sparsity(kernels: Sequence[Tensor]) -> float:
    """Return the share of all weights that are exactly zero, 0 to 1; 0 where there are none."""
    count = sum(kernel.numel() for kernel in kernels)
    if not count:
        return 0.0
    zeros = torch.stack([(kernel == 0).sum() for kernel in kernels]).sum()
    return int(zeros.item()) / count


class GradualPruning:
    """Holds ever more of the smallest weights of every kernel at zero while it is trained.

    After `done` of `total_steps` steps the share is initial + (target − initial) · (1 − (1 − progress)³); progress goes from
    0 to 1 between the configuration's `begin` and `end` (Zhu and Gupta, "To prune, or not to prune", 2017).
    The weights are chosen anew every `every` steps from `begin` on, and a last time at `end`; in between, and from then on,
    those chosen last are set back to zero after every step of the optimizer.
    """

    def __init__(self, kernels: Sequence[Tensor], config: PruneGraduallyConfig, total_steps: int) -> None:
        self._kernels, self._config = list(kernels), config
        self.begin = floor(config.begin * total_steps)
        """Steps done when it begins."""
        self.end = max(self.begin + 1, round(config.end * total_steps))
        """Steps done when the target is reached; within the training."""
        self._masks: list[Tensor] = []

    def share(self, done: int) -> float:
        """Return the share of each kernel that is zero after `done` steps, if weights are chosen then."""
        progress = min(1.0, max(0.0, (done - self.begin) / (self.end - self.begin)))
        initial = self._config.initial
        return initial + (self._config.target - initial) * (1 - (1 - progress) ** 3)

    @torch.no_grad()
    def after_step(self, step: int) -> None:
        """Zero what is to be zero after step `step` of the optimizer, counted from 0 over the whole training."""
        done = step + 1
        if self.begin < done <= self.end and (done == self.end or (done - self.begin) % self._config.every == 0):
            share = self.share(done)
            self._masks = [_mask(kernel, share) for kernel in self._kernels]
        if self._masks:
            torch._foreach_mul_(self._kernels, self._masks)

    def state(self) -> State:
        """Return which weights are held at zero."""
        return {"masks": self._masks}

    def restore(self, state: State) -> None:
        """Hold those at zero that `state` gave."""
        devices = [kernel.device for kernel in self._kernels]
        self._masks = [mask.to(device, copy=True) for mask, device in zip(state["masks"], devices, strict=False)]


def _mask(kernel: Tensor, share: float) -> Tensor:
    """Return 0 for the round(share · n) weights smallest in magnitude, 1 for the others, in the shape of `kernel`."""
    magnitudes = kernel.abs().flatten()
    smallest = magnitudes.topk(round(share * len(magnitudes)), largest=False, sorted=False).indices
    return torch.ones_like(magnitudes).index_fill_(0, smallest, 0.0).view_as(kernel)
