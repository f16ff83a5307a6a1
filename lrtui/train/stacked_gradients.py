"""What is done to the gradients and the kernels of rows in every step: penalties, clipping, bounds."""

from collections.abc import Sequence

import torch
from torch import Tensor

from lrtui.nn.models import Network
from lrtui.nn.stacked import StackedNetwork
from lrtui.study.schema import RunConfig


class StackedGradients:
    """The gradients of R networks as rows (R, P), beside their parameters; each row on its own."""

    def __init__(self, network: StackedNetwork, example: Network, config: RunConfig) -> None:
        """`example` is one of the networks, and knows which parameters are kernels."""
        self._optim, self._config = config.optim, config.regularization
        self.rows = torch.zeros_like(network.flat)
        self._views = [network.view(self.rows, name) for name in network.places]
        names = {id(parameter): name for name, parameter in example.named_parameters()}
        kernels = [names[id(kernel)] for kernel in example.kernels]
        bounded = kernels if self._config.max_norm_output else kernels[:-1]
        self._bounded = [network.view(network.flat, name) for name in bounded]
        self._kernels = [network.view(network.flat, name) for name in kernels]
        self._of_kernels = [network.view(self.rows, name) for name in kernels]

    def gather(self, gradients: Sequence[Tensor]) -> Tensor:
        """Return the rows of these gradients, the penalties' added: 2·l2·w + l1·sign(w) of every kernel."""
        torch._foreach_copy_(self._views, list(gradients))
        if self._config.l2:
            torch._foreach_add_(self._of_kernels, self._kernels, alpha=2 * self._config.l2)
        if self._config.l1:
            torch._foreach_add_(self._of_kernels, torch._foreach_sign(self._kernels), alpha=self._config.l1)
        return self.rows

    def clip(self) -> None:
        """Clip every row's gradient as `clip_gradients` clips a run's."""
        optim = self._optim
        if optim.clip_value is not None:
            self.rows.clamp_(-optim.clip_value, optim.clip_value)
        elif optim.clip_norm is not None:
            norms = torch.linalg.vector_norm(self.rows, dim=1, keepdim=True)
            self.rows.mul_((optim.clip_norm / (norms + 1e-6)).clamp(max=1))
        elif optim.clip_norm_each is not None:
            for view in self._views:
                norms = torch.linalg.vector_norm(view.flatten(1), dim=1)
                share = norms.reciprocal().mul(optim.clip_norm_each).clamp(max=1)
                view.mul_(share.view(-1, *[1] * (view.dim() - 1)))

    def constrain(self) -> None:
        """Scale every unit's incoming weights down to max_norm where they are longer."""
        limit = self._config.max_norm
        if limit is None:
            return
        for kernel in self._bounded:
            norms = torch.linalg.vector_norm(kernel.flatten(2), dim=2)
            share = torch.where(norms > limit, limit / (norms + 1e-7), torch.ones_like(norms))
            kernel.mul_(share.view(*norms.shape, *[1] * (kernel.dim() - 2)))
