"""One figure of every replicate of a scenario, by seed."""

import math
import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lrtui.analysis.statistics import mean_interval
from lrtui.text import shown_number


@dataclass(frozen=True)
class Figures:
    """One figure of every replicate, by ascending seed; at least one. Infinity stands for an epoch that never came."""

    by_seed: Mapping[int, float]
    ratio: bool = False
    """Whether they are ratios: what counts of them is their logarithm, and one that is 0 is as little a number as infinity."""

    @property
    def values(self) -> tuple[float, ...]:
        """Return the figures, by ascending seed."""
        return tuple(self.by_seed.values())

    @property
    def finite(self) -> tuple[float, ...]:
        """Return the values that are numbers."""
        return tuple(value for value in self.values if math.isfinite(value) and (value > 0 or not self.ratio))

    @property
    def mean(self) -> float:
        """Return the mean of the finite values, of ratios the geometric one; NaN without any."""
        if not self.finite:
            return math.nan
        return statistics.geometric_mean(self.finite) if self.ratio else statistics.fmean(self.finite)

    @property
    def sd(self) -> float | None:
        """Return the sample standard deviation of the finite values, of ratios the geometric one; None for fewer than two."""
        if len(self.finite) < 2:
            return None
        return math.exp(statistics.stdev(map(math.log, self.finite))) if self.ratio else statistics.stdev(self.finite)

    @property
    def compared(self) -> "Figures":
        """Return what scenarios are compared by: the figures, of ratios their natural logarithms."""
        return Figures(self.map(_log).by_seed) if self.ratio else self

    @property
    def interval(self) -> tuple[float, float] | None:
        """Return the 95 % interval of the mean; None for one value."""
        found = mean_interval(self.compared.values)
        return (math.exp(found[0]), math.exp(found[1])) if found and self.ratio else found

    def map(self, change: Callable[[float], float]) -> "Figures":
        """Return the figures, each changed."""
        return Figures({seed: change(value) for seed, value in self.by_seed.items()})

    def text(self, decimals: int | None = 2, unit: str = "") -> str:
        """Return `96.02 ± 0.31 %`; with values that are not finite, how many are: `12.5 ± 0.7 (2 of 3)`, `none`.

        Of ratios `1.5 ×÷ 1.1`. `decimals` None: three significant digits, for figures of any size.
        """
        if not self.finite:
            return "none"
        spread = " ×÷ " if self.ratio else " ± "
        shown = spread.join(number(value, decimals) for value in (self.mean, self.sd) if value is not None)
        share = "" if len(self.finite) == len(self.values) else f" ({len(self.finite)} of {len(self.values)})"
        return f"{shown}{f' {unit}' if unit else ''}{share}"


def number(value: float, decimals: int | None) -> str:
    """Return the number with fixed decimals; a very large one, and with None any, with three significant digits.

    What rounds to zero has no sign.
    """
    if decimals is None or abs(value) >= 1e6:
        return shown_number(value, 3)
    text = f"{value:.{decimals}f}"
    return text if float(text) else text.removeprefix("-")


def _log(value: float) -> float:
    return math.log(value) if value > 0 else -math.inf


def signed(value: float, decimals: int | None) -> str:
    """Return the number as `number` does, with its sign; what rounds to zero has none."""
    text = number(value, decimals)
    return text if value < 0 or not float(text) else f"+{text}"


def standard_error(one: float, other: float, images: int) -> float:
    """Return the standard error, points, of the difference of two accuracies, percent, of `images` images each.

    That of a difference of two binomial shares. It is on the safe side: if both are of the same images, as they are here,
    the difference scatters less.
    """
    shares = one / 100, other / 100
    return 100 * math.sqrt(sum(share * (1 - share) for share in shares) / images)
