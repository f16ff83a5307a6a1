"""What stands after every hidden layer."""

import torch
from torch import Tensor, nn
from torch.nn.functional import rrelu

from lrtui.study.networks import TAKES_ALPHA, NetworkConfig

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


def activation(config: NetworkConfig, noise: torch.Generator | None) -> nn.Module:
    """Return a new module of the network's activation; RReLU draws from `noise`."""
    alpha = TAKES_ALPHA.get(config.activation, 0.0) if config.alpha is None else config.alpha
    if config.activation == "rrelu":
        return RReLU(noise)
    if config.activation == "leaky_relu":
        return nn.LeakyReLU(alpha)
    if config.activation == "prelu":
        return nn.PReLU(init=alpha)
    if config.activation == "elu":
        return nn.ELU(alpha)
    return PLAIN[config.activation]()


PLAIN: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "tanh": nn.Tanh,
    "logistic": nn.Sigmoid,
    "selu": nn.SELU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
}
"""Activations without a parameter and without a draw."""
