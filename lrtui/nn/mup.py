"""The maximal update parametrization, µP: weights and rates that go with a network's width (Yang et al., 2022).

After table 3 of Tensor Programs V. With m the width over that at which nothing differs from the standard parametrization:

| of                     | first layer's kernel, vectors as wide | kernels between | last layer's kernel |
|------------------------|---------------------------------------|-----------------|---------------------|
| variance at the start  | 1                                     | 1/m, by its fan | 1/m², of that 1/m by its fan |
| rate, gradient descent | m                                     | 1               | 1/m                 |
| rate, Adam's kind      | 1                                     | 1/m             | 1/m                 |

An optimizer's weight decay is divided by what the rate is multiplied by (appendix B.3).
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch

from lrtui.nn.kernels import Kernel

if TYPE_CHECKING:
    from lrtui.nn.models import Network


@torch.no_grad()
def begin(layers: Sequence[Kernel], multiplier: float) -> None:
    """Have weights that were drawn in the standard parametrization, ordered from the input, be as µP wants them."""
    if multiplier == 1:
        return
    layers[-1].weight.mul_(multiplier**-0.5)
    for layer in layers[1:]:
        if layer.bias is not None:  # their spread would go with the fan, and has none of its own
            layer.bias.mul_(multiplier**0.5)


def rate_factors(network: "Network", multiplier: float, step_of: str) -> list[float]:
    """Return what the rate of every parameter is multiplied by, in the network's order.

    `step_of` is `gradient` if a step is as long as the gradient, `sign` if it is as if of its sign.
    """
    first, last = network.layers[0].kernel, network.layers[-1].kernel
    places = {id(layer.kernel.weight): layer.kernel for layer in network.layers}
    places |= {id(layer.kernel.bias): layer.kernel for layer in network.layers if layer.kernel.bias is not None}
    factors, owner = [], None
    for parameter in network.parameters():
        owner = places.get(id(parameter), owner)
        if parameter.dim() > 1:
            factors.append(_of_kernel(owner is first, owner is last, multiplier, step_of))
        else:  # of a hidden layer, one a unit: not what comes before the first, an α of all units, or the output's
            as_wide = owner is not None and owner is not last and parameter.shape[0] == owner.weight.shape[0]
            factors.append(multiplier if step_of == "gradient" and as_wide else 1.0)
    return factors


def _of_kernel(first: bool, last: bool, multiplier: float, step_of: str) -> float:
    if step_of == "gradient":
        return multiplier if first else 1 / multiplier if last else 1.0
    return 1.0 if first else 1 / multiplier
