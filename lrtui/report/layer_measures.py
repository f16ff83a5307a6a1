"""What a heat map of layers can show: each measure, the scale it is drawn on, and how its values are written."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from lrtui.text import format_rate

LOG, SHARE, SIGNED = "log", "share", "signed"
_NOISE = 1e-9
"""Decades by which a mean may miss a power of ten."""


@dataclass(frozen=True)
class Measure:
    """One figure of a layer, by the name it has in `LayerRecord`."""

    name: str
    title: str
    kind: str
    """`log`: positive, over decades; `share`: 0 to 1; `signed`: around 0."""
    absent: str = ""
    """Why a layer may have no such figure."""


MEASURES = (
    Measure("gradient_rms", "gradient RMS", LOG),
    Measure("activation_sd", "activation sd", LOG),
    Measure("activation_mean", "activation mean", SIGNED),
    Measure("dead", "dead units", SHARE, "only units of the ReLU family can be dead"),
    Measure("saturated", "saturated outputs", SHARE, "only logistic and tanh saturate"),
    Measure("update_ratio", "update / weight", LOG, "measured from epoch 1 on"),
    Measure("distinct_units", "distinct units", LOG),
)


@dataclass(frozen=True)
class Range:
    """The values between which colours go, rounded so that they rarely move."""

    kind: str
    low: float
    high: float

    @classmethod
    def of(cls, kind: str, values: Iterable[float]) -> "Range":
        """Return the range of the finite `values`: whole decades, 0 to 1, or as far below 0 as above."""
        finite = [value for value in values if math.isfinite(value)]
        if kind == SHARE:
            return cls(kind, 0.0, 1.0)
        if kind == SIGNED:
            most = max((abs(value) for value in finite), default=0.0) or 1.0
            step = 10.0 ** math.floor(math.log10(most))
            top = next(step * factor for factor in (1.0, 2.0, 5.0, 10.0) if most <= step * factor * (1 + 1e-9))
            return cls(kind, -top, top)
        positive = [value for value in finite if value > 0] or [1.0]
        low, high = math.floor(math.log10(min(positive)) + _NOISE), math.ceil(math.log10(max(positive)) - _NOISE)
        return cls(kind, 10.0**low, 10.0 ** max(high, low + 1))

    def place(self, value: float) -> float:
        """Return where a finite value lies, 0 to 1."""
        if self.kind == LOG:
            if value <= self.low:
                return 0.0
            share = math.log10(value / self.low) / math.log10(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return min(1.0, max(0.0, share))

    def at(self, share: float) -> float:
        """Return the value at a place."""
        if self.kind == LOG:
            return float(self.low * (self.high / self.low) ** share)
        return self.low + share * (self.high - self.low)

    def text(self, value: float) -> str:
        """Return a value in few characters."""
        if not math.isfinite(value):
            return str(value)
        if self.kind == SHARE:
            return f"{100 * value:.0f} %"
        rounded = float(f"{value:.2g}")
        return format_rate(rounded) if 0 < abs(rounded) < 0.01 or self.kind == LOG else f"{rounded:g}"


def mean(kind: str, values: Iterable[float]) -> float:
    """Return what one cell shows of several values: their mean, of positive ones over decades the geometric one.

    Not finite where one of them is not.
    """
    known = list(values)
    if any(not math.isfinite(value) for value in known):
        return math.nan
    if kind != LOG:
        return sum(known) / len(known)
    if any(value <= 0 for value in known):
        return 0.0
    return math.exp(sum(math.log(value) for value in known) / len(known))
