"""A figure over replicates, and when two such figures differ."""

import math
import statistics
from collections.abc import Sequence
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

    def text(self, decimals: int = 2, unit: str = "") -> str:
        """Return `96.02 ± 0.31 %`; where values are not finite, how many are: `12.5 ± 0.7 (2 of 3)`, `none`."""
        finite = self.finite
        if not finite:
            return "none"
        shown = " ± ".join(figures([self.mean, *([] if self.sd is None else [self.sd])], decimals))
        share = "" if len(finite) == len(self.values) else f" ({len(finite)} of {len(self.values)})"
        return f"{shown}{f' {unit}' if unit else ''}{share}"


def figures(values: Sequence[float], decimals: int) -> list[str]:
    """Return the numbers with fixed decimals; with three significant digits where those would show nothing of the first."""
    if values[0] != 0 and not 10**-decimals <= abs(values[0]) < 1e6:
        return [f"{value:.2e}" for value in values]
    return [f"{value:.{decimals}f}" for value in values]


def figure(value: float, decimals: int) -> str:
    """Return one number as `figures` does."""
    return figures([value], decimals)[0]


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
