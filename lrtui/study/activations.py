"""What there is to know of every activation. `lrtui.nn.activations` builds them."""

from dataclasses import dataclass
from typing import Literal

ActivationName = Literal["relu", "tanh", "logistic", "leaky_relu", "rrelu", "prelu", "elu", "selu", "gelu", "silu"]


@dataclass(frozen=True)
class Activation:
    """Properties of one activation."""

    alpha: float | None = None
    """The default of its α: the slope below zero (PReLU: where that begins), ELU's lower bound; None if it has none."""
    dies: bool = False
    """Whether a unit that is positive for no image counts as dead: below zero it passes on nothing, or a fixed small share.
    ELU, SELU, GELU and SiLU still bend there."""
    bounds: tuple[float, float] | None = None
    """Between what its outputs lie, if they do; near a bound they are saturated."""
    self_normalizing: bool = False
    """Whether it keeps mean 0 and standard deviation 1 from layer to layer, if all else is as it needs."""

    @property
    def saturates(self) -> bool:
        """Return whether its outputs can come near a bound."""
        return self.bounds is not None


ACTIVATIONS: dict[ActivationName, Activation] = {
    "relu": Activation(dies=True),
    "tanh": Activation(bounds=(-1.0, 1.0)),
    "logistic": Activation(bounds=(0.0, 1.0)),
    "leaky_relu": Activation(alpha=0.01, dies=True),
    "rrelu": Activation(dies=True),
    "prelu": Activation(alpha=0.25, dies=True),
    "elu": Activation(alpha=1.0),
    "selu": Activation(self_normalizing=True),
    "gelu": Activation(),
    "silu": Activation(),
}
