"""A figure over replicates, and when two such figures differ."""

import math
import statistics
from dataclasses import dataclass


@dataclass(frozen=True)
class Stat:
    """One figure of every replicate of an arm, in order; at least one. Infinity stands for an epoch that never came."""

    values: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Return the mean of the finite values; NaN without any."""
        finite = self.finite
        return statistics.fmean(finite) if finite else math.nan

    @property
    def sd(self) -> float | None:
        """Return the sample standard deviation of the finite values; None for fewer than two."""
        finite = self.finite
        return statistics.stdev(finite) if len(finite) > 1 else None

    @property
    def finite(self) -> tuple[float, ...]:
        """Return the values that are numbers."""
        return tuple(value for value in self.values if math.isfinite(value))

    def text(self, decimals: int | None = 2, unit: str = "") -> str:
        """Return `96.02 ± 0.31 %`; where values are not finite, how many are: `12.5 ± 0.7 (2 of 3)`, `none`.

        `decimals` None: three significant digits, for figures of any size.
        """
        finite = self.finite
        if not finite:
            return "none"
        shown = " ± ".join(figure(value, decimals) for value in (self.mean, self.sd) if value is not None)
        share = "" if len(finite) == len(self.values) else f" ({len(finite)} of {len(self.values)})"
        return f"{shown}{f' {unit}' if unit else ''}{share}"


def figure(value: float, decimals: int | None) -> str:
    """Return the number with fixed decimals; a very large one, and with None any, with three significant digits."""
    return f"{value:.3g}" if decimals is None or abs(value) >= 1e6 else f"{value:.{decimals}f}"


def order(one: Stat, other: Stat) -> int | None:
    """Return 1 where every value of `one` is above every value of `other`, -1 where below, 0 where they overlap.

    None where either has fewer than two: there is no spread to judge by. NaN is neither above nor below anything.
    """
    if min(len(one.values), len(other.values)) < 2:
        return None
    if any(math.isnan(value) for value in (*one.values, *other.values)):
        return 0
    if min(one.values) > max(other.values):
        return 1
    return -1 if max(one.values) < min(other.values) else 0


def standard_errors(one: float, other: float, images: int) -> float:
    """Return by how many standard errors two accuracies, percent, of `images` images each are apart; positive: `one` is higher.

    The error is that of a difference of two binomial shares. It is on the safe side: where both are of the same images, as
    they are here, the difference scatters less. Infinity where both accuracies are all or nothing, and differ.
    """
    shares = one / 100, other / 100
    error = math.sqrt(sum(share * (1 - share) for share in shares) / images)
    difference = shares[0] - shares[1]
    return difference / error if error else math.copysign(math.inf, difference) if difference else 0.0
