"""Dropout that draws from a run's own generator, and passes with only dropout active.

torch's own layers draw from the global generator, which runs side by side would share. Masks are cut from uniform
numbers, which a CPU draws faster than Bernoulli numbers.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn.modules.dropout import _DropoutNd

ALPHA = 1.6732632423543772848170429916717
SCALE = 1.0507009873554804934193349852946
"""SELU's constants (Klambauer et al. 2017, the ones torch and Keras use)."""


class Dropout(nn.Module):
    """While training, set a share `p` of values to 0 and divide the others by 1 − p; else pass values through."""

    def __init__(self, p: float, generator: torch.Generator | None = None) -> None:
        super().__init__()
        self.p = p
        self.generator = generator

    def forward(self, x: Tensor) -> Tensor:
        """Return values of the shape of `x`. Raises ValueError while training without a generator."""
        if not self.training:
            return x
        return x * self.kept(x).div_(1 - self.p)

    def kept(self, x: Tensor) -> Tensor:
        """Return a new mask of the shape of `x`: 1 where a value is kept, 0 where it is dropped."""
        if self.generator is None:
            raise ValueError(f"{type(self).__name__} has no generator to draw from")
        return torch.empty_like(x).uniform_(generator=self.generator).lt_(1 - self.p)

    def extra_repr(self) -> str:
        """Return what torch prints between the brackets."""
        return f"p={self.p}"


class AlphaDropout(Dropout):
    """Dropout for SELU: dropped values become SELU's lower bound, then all are scaled to keep mean 0 and sd 1."""

    level: Tensor

    def __init__(self, p: float, generator: torch.Generator | None = None) -> None:
        super().__init__(p, generator)
        bound, self.scale, shift = alpha_constants(p)
        self.bound = bound
        self.register_buffer("level", torch.tensor(self.scale * bound + shift), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return values of the shape of `x`. Raises ValueError while training without a generator."""
        if not self.training:
            return x
        # scale·(kept·x + (1 − kept)·bound) + shift, in the fewest passes over memory
        return torch.addcmul(self.level, x - self.bound, self.kept(x), value=self.scale)


def alpha_constants(p: float) -> tuple[float, float, float]:
    """Return (value of what is dropped, scale, shift) of alpha dropout (Klambauer et al. 2017, section 3)."""
    bound = -ALPHA * SCALE
    scale = ((1 - p) * (1 + p * bound**2)) ** -0.5
    return bound, scale, -scale * p * bound


@contextmanager
def only_dropout(model: nn.Module) -> Iterator[None]:
    """Put dropout layers in training mode and everything else in inference mode, until the block ends."""
    modes = [(module, module.training) for module in model.modules()]
    for module, _ in modes:
        module.training = isinstance(module, Dropout | _DropoutNd)
    try:
        yield
    finally:
        for module, mode in modes:
            module.training = mode
