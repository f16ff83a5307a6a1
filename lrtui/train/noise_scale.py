"""The gradient noise scale: how large a batch is before its gradient is more signal than noise.

S. McCandlish et al., An Empirical Model of Large-Batch Training (2018), appendix A.1: the simple noise scale tr Σ / |G|²
from the gradients of batches of two sizes.
"""

import math
from dataclasses import dataclass

from lrtui.train.checkpoint import State


@dataclass(frozen=True)
class Estimates:
    """What gradients of two sizes of batches say, without bias."""

    square: float
    """|G|², the squared norm of the true gradient; it may come out negative."""
    variance: float
    """tr Σ, the summed variance of the components of one image's gradient."""


def estimates(small_square: float, big_square: float, small: int, big: int) -> Estimates:
    """Return the estimates from the (mean) squared norms of gradients over `small` and over `big` images.

    The expected squared norm of the mean over B images is |G|² + tr Σ / B: two sizes are two equations.
    """
    return Estimates(
        square=(big * big_square - small * small_square) / (big - small),
        variance=(small_square - big_square) / (1 / small - 1 / big),
    )


class NoiseScale:
    """Both estimates smoothed over the measurements, and then their ratio: that of single ones would be biased."""

    def __init__(self, smoothing: float) -> None:
        self._smoothing = smoothing
        self._square = self._variance = 0.0

    def update(self, found: Estimates) -> float | None:
        """Take in a measurement; return tr Σ / |G|² so far, in images. None if |G|² is not above 0, or nothing is finite.

        A measurement that is not finite is passed over. Both averages begin at 0 alike, which their ratio does not see.
        """
        if not (math.isfinite(found.square) and math.isfinite(found.variance)):
            return None
        weight = self._smoothing
        self._square = weight * self._square + (1 - weight) * found.square
        self._variance = weight * self._variance + (1 - weight) * found.variance
        return self._variance / self._square if self._square > 0 else None

    def state(self) -> State:
        """Return what it remembers."""
        return {"square": self._square, "variance": self._variance}

    def restore(self, state: State) -> None:
        """Take up what `state` gave."""
        self._square, self._variance = state["square"], state["variance"]
