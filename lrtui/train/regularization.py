"""Penalties on kernels (l1, l2) and bounds on them (max-norm)."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from lrtui.nn.constraints import max_norm_
from lrtui.study.regularization import RegularizationConfig


class Regularizer:
    """What `[regularization]` does to a network's kernels in every step; nothing, at no cost, where it is empty."""

    def __init__(self, kernels: Sequence[nn.Parameter], config: RegularizationConfig) -> None:
        self._kernels: list[Tensor] = list(kernels)
        self._l1, self._l2, self._max_norm = config.l1, config.l2, config.max_norm
        self._bound = self._kernels if config.max_norm_output else self._kernels[:-1]

    def add_gradients(self) -> None:
        """Add the penalty's gradient, 2·l2·w + l1·sign(w), to the kernels' gradients: after backward, before clipping.

        The same as adding `penalty()` to the loss, without its forward and backward pass.
        """
        if not (self._l1 or self._l2):
            return
        with torch.no_grad():
            trained = [(kernel, kernel.grad) for kernel in self._kernels if kernel.grad is not None]
            kernels, gradients = [kernel for kernel, _ in trained], [gradient for _, gradient in trained]
            if self._l2 and trained:
                torch._foreach_add_(gradients, kernels, alpha=2 * self._l2)
            if self._l1 and trained:
                torch._foreach_add_(gradients, torch._foreach_sign(kernels), alpha=self._l1)

    def constrain(self) -> None:
        """Scale every unit's incoming weights down to max_norm where they are longer: after the step."""
        if self._max_norm is not None:
            max_norm_(self._bound, self._max_norm)

    @torch.no_grad()
    def penalty(self) -> Tensor:
        """Return l1 · Σ|w| + l2 · Σw² over all kernels, a scalar: what Keras's `l1` and `l2` add to the loss."""
        total = torch.zeros((), device=self._kernels[0].device if self._kernels else None)
        if self._l1:
            total = total + self._l1 * torch.stack([kernel.abs().sum() for kernel in self._kernels]).sum()
        if self._l2:
            total = total + self._l2 * torch.stack([kernel.square().sum() for kernel in self._kernels]).sum()
        return total
