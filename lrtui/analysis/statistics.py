"""Replicates compared: paired differences, their intervals, and how many seeds would settle one.

Everything is paired by seed, since the runs of two scenarios with the same seed share their initialization and the order
of their images. Figures are percentage points, or whatever the unit of the values is.
"""

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

CONFIDENCE = 0.95
ALPHA = 0.05
"""Significance level of every test."""
POWER = 0.8
MOST_SEEDS = 1000
"""More seeds than this are not counted out."""


def mean(values: Sequence[float]) -> float | None:
    """Return the mean, correctly rounded, as every table, sentence and picture has it; None without values."""
    return statistics.fmean(values) if values else None


def geometric_mean(values: Sequence[float]) -> float | None:
    """Return the mean of what spans decades, by logarithms; of values that are negative or not finite the plain mean."""
    if not values or any(value < 0 or not math.isfinite(value) for value in values):
        return mean(values)
    return 0.0 if 0 in values else math.exp(statistics.fmean(map(math.log, values)))


def sd(values: Sequence[float]) -> float | None:
    """Return the sample standard deviation (n − 1), in the units of the values; None for fewer than two."""
    if len(values) < 2:
        return None
    return statistics.stdev(values) if all(map(math.isfinite, values)) else math.nan


@dataclass(frozen=True)
class PairedDifference:
    """The differences of two scenarios over the seeds that both have, one minus other."""

    differences: tuple[float, ...]
    """By ascending seed; not empty."""

    @property
    def n(self) -> int:
        """Return the number of common seeds."""
        return len(self.differences)

    @property
    def mean(self) -> float:
        """Return d̄."""
        return statistics.fmean(self.differences)

    @property
    def sd(self) -> float | None:
        """Return s, the sample standard deviation of the differences; None for one seed."""
        return statistics.stdev(self.differences) if self.n > 1 else None

    @property
    def constant(self) -> bool:
        """Return whether every seed gives the same difference, up to rounding: there is then nothing to test."""
        return self.n > 1 and max(self.differences) - min(self.differences) <= 1e-9 * max(1.0, abs(self.mean))

    @property
    def same_in_every_seed(self) -> bool:
        """Return whether every one of several seeds gives the same difference, and not zero: there is no p, and no doubt."""
        return self.constant and abs(self.mean) > 1e-9

    @property
    def t(self) -> float | None:
        """Return t = d̄ / (s / √n); None for one seed, and if every seed gives the same difference."""
        if self.sd is None or self.constant:
            return None
        return self.mean / (self.sd / math.sqrt(self.n))

    @property
    def p(self) -> float | None:
        """Return the two-sided p-value of t with n − 1 degrees of freedom; None if there is no t."""
        if self.t is None:
            return None
        from scipy.special import stdtr

        return float(2 * stdtr(self.n - 1, -abs(self.t)))

    @property
    def interval(self) -> tuple[float, float] | None:
        """Return the 95 % interval d̄ ± t(.975, n − 1) · s / √n; None for one seed."""
        return mean_interval(self.differences)

    @property
    def seeds_to_settle(self) -> int | None:
        """Return the smallest n with t(.975, n − 1) · s / √n ≤ |d̄|, spread and mean staying as they are.

        None without a spread, for a mean of zero, and beyond `MOST_SEEDS`.
        """
        if self.sd is None or self.constant or self.mean == 0:
            return None
        ratio = self.sd / abs(self.mean)
        return next((n for n in range(2, MOST_SEEDS + 1) if t_quantile(n - 1) * ratio <= math.sqrt(n)), None)

    @property
    def seeds_for_power(self) -> int | None:
        """Return the smallest n with which a test at 5 % finds such a difference in 80 % of cases (noncentral t)."""
        if self.sd is None or self.constant or self.mean == 0:
            return None
        effect = abs(self.mean) / self.sd
        return next((n for n in range(2, MOST_SEEDS + 1) if power(effect, n) >= POWER), None)


def paired(one: Mapping[int, float], other: Mapping[int, float]) -> PairedDifference | None:
    """Return the differences of two scenarios' figures, by seed, over their common seeds; None if they share none."""
    common = sorted(one.keys() & other.keys())
    return PairedDifference(tuple(one[seed] - other[seed] for seed in common)) if common else None


def pooled_variance(groups: Iterable[Mapping[int, float]]) -> tuple[float, int]:
    """Return the variance within groups of figures by seed, and its degrees of freedom; 0 and 0 without two in one."""
    known = [list(group.values()) for group in groups if len(group) > 1]
    degrees = sum(len(values) - 1 for values in known)
    squares = math.fsum((len(values) - 1) * statistics.variance(values) for values in known)
    return (squares / degrees, degrees) if degrees else (0.0, 0)


def pooled(one: Mapping[int, float], other: Mapping[int, float], spread: tuple[float, int]) -> float | None:
    """Return the two-sided p of a difference of means that is positive, by Student's t with a variance within groups.

    For figures of too few seeds to be compared by seed. None without a variance, and unless the first is higher.
    """
    variance, degrees = spread
    if not (one and other and degrees and variance > 0):
        return None
    difference = statistics.fmean(one.values()) - statistics.fmean(other.values())
    if difference <= 0:
        return None
    from scipy.special import stdtr

    return float(2 * stdtr(degrees, -difference / math.sqrt(variance * (1 / len(one) + 1 / len(other)))))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return the p-values adjusted by Holm's method for so many comparisons, in the same order."""
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=lambda at: p_values[at])):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = highest
    return adjusted


def mean_interval(values: Sequence[float]) -> tuple[float, float] | None:
    """Return the 95 % t-interval of a mean; None for fewer than two values."""
    if len(values) < 2:
        return None
    mean = statistics.fmean(values)
    half = t_quantile(len(values) - 1) * statistics.stdev(values) / math.sqrt(len(values))
    return mean - half, mean + half


def t_quantile(degrees: int) -> float:
    """Return t(.975) with so many degrees of freedom."""
    from scipy.special import stdtrit

    return float(stdtrit(degrees, (1 + CONFIDENCE) / 2))


def power(effect: float, n: int) -> float:
    """Return the power of a paired two-sided t-test at 5 % for a difference of `effect` standard deviations over n seeds."""
    from scipy.special import nctdtr

    critical, shift = t_quantile(n - 1), effect * math.sqrt(n)
    return float(1 - nctdtr(n - 1, shift, critical) + nctdtr(n - 1, shift, -critical))
