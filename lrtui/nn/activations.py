"""What stands after every hidden layer."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import rrelu

from lrtui.study.model_config import ModelConfig

LOWER, UPPER = 1 / 8, 1 / 3
"""Between these RReLU draws its slopes, in torch and in its paper."""


class RReLU(nn.Module):
    """Leaky ReLU with a slope drawn for every value: uniform in 1/8 to 1/3 while training, their mean else.

    Draws from `generator`, where `torch.nn.RReLU` takes the global one.
    """

    def __init__(self, generator: torch.Generator | None) -> None:
        super().__init__()
        self.generator = generator

    def forward(self, x: Tensor) -> Tensor:
        """Return values of the shape of `x`. Raises ValueError while training without a generator."""
        if not self.training:
            return rrelu(x, LOWER, UPPER)
        if self.generator is None:
            raise ValueError("RReLU has no generator to draw from")
        slopes = torch.empty_like(x)
        drawn: Tensor = torch.ops.aten.rrelu_with_noise(x, slopes, LOWER, UPPER, True, self.generator)
        return drawn


def activation(config: ModelConfig, noise: torch.Generator | None) -> nn.Module:
    """Return a new module of the network's activation; RReLU draws from `noise`."""
    if config.activation == "rrelu":
        return RReLU(noise)
    alpha = config.properties.alpha if config.alpha is None else config.alpha
    return _MODULES[config.activation]() if alpha is None else _MODULES[config.activation](alpha)


_MODULES: dict[str, Callable[..., nn.Module]] = {
    "relu": nn.ReLU,
    "tanh": nn.Tanh,
    "logistic": nn.Sigmoid,
    "leaky_relu": nn.LeakyReLU,
    "prelu": lambda alpha: nn.PReLU(init=alpha),
    "elu": nn.ELU,
    "selu": nn.SELU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
}
"""All but RReLU, which draws; those with an α take it."""
