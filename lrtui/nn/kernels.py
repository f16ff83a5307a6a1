"""What a layer with weights is to whatever acts on weights: initializers, penalties, bounds, pruning, health."""

from typing import Protocol

from torch import nn


class Kernel(Protocol):
    """The weights of one layer: `nn.Linear` and convolutions are such, and so may be a part of a larger module."""

    @property
    def weight(self) -> nn.Parameter:
        """What the units weigh their inputs with: (units, inputs, *field)."""

    @property
    def bias(self) -> nn.Parameter | None:
        """What is added to every unit: (units,); None if there is none."""
