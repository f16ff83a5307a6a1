"""What a range test's curve suggests as a learning rate: three readings of the smoothed loss over the rate.

All three leave out the first tenth of the points, where the smoothed loss is still the mean of few batches (as fastai
does), and everything after the lowest loss, which is the doing of a network already thrown off. Rates are taken to grow by
a constant factor. Whether there is anything to read is asked first: see `Fall`. The slope is that of the lowest loss so far, from
where the fall begins: a loss that comes down from a spike does not fall.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise, takewhile

from lrtui.study.diagnostics import FinderConfig
from lrtui.study.records import FinderCurve, FinderPoint

FEWEST = 5
"""Points below which a curve suggests nothing, and the shortest fall that counts as a valley."""
LEAST_FALL = 0.005
"""A fall below this share of the loss before it is none: a network that learns falls further before it is thrown off."""
LEAST_STRENGTH = 4.0
"""A fall of fewer standard deviations of the noise is no signal. Of curves that are normal noise alone 0.4 % reach it."""
SURE_STRENGTH = 5.0
"""Below this the suggestions are given with a doubt: of curves that are normal noise alone 0.02 % reach it."""
BELOW_FALL = 10.0
"""A suggestion lower than the rate where the fall begins by more than this factor was read from the noise before it."""


@dataclass(frozen=True)
class Fall:
    """The fall of a range test's loss, against the noise of its batches.

    With l_i the losses, s_i the smoothed ones (weight β) and m the step of the lowest s after the first tenth: the loss
    before the fall is the mean of l over the first half of the steps up to m; the fall is that minus s_m. The variance of
    one batch's noise is half the mean square of l_{i+1} − l_i up to m (von Neumann's, which a trend hardly raises); s_m has
    (1 − β)/(1 + β) · (1 + β^(m+1))/(1 − β^(m+1)) times of it, and the mean over h losses 1/h. `strength` is the fall over the
    root of both together.
    """

    before: float
    depth: float
    strength: float
    begins: int
    """The last step before m whose smoothed loss is not below the loss before the fall."""
    lowest: int

    @classmethod
    def of(cls, points: Sequence[FinderPoint], first: int, weight: float) -> "Fall":
        """Return the fall of a curve without NaN or infinity, to its lowest smoothed loss from step `first` (from 0) on."""
        smoothed = [point.smoothed for point in points]
        lowest = min(range(first, len(points)), key=smoothed.__getitem__)
        losses = [point.loss for point in points[: lowest + 1]]
        half = losses[: max(1, lowest // 2)]
        before = sum(half) / len(half)
        variance = sum((after - loss) ** 2 for loss, after in pairwise(losses)) / (2 * max(1, lowest))
        left = weight ** (lowest + 1)
        spread = math.sqrt(variance * ((1 - weight) / (1 + weight) * (1 + left) / (1 - left) + 1 / len(half)))
        depth = before - smoothed[lowest]
        return cls(
            before=before,
            depth=depth,
            strength=depth / spread if spread > 0 else math.copysign(math.inf, depth),
            begins=max((at for at in range(lowest) if smoothed[at] >= before), default=0),
            lowest=lowest,
        )


def conclude(points: Sequence[FinderPoint], config: FinderConfig, moved: int | None = 0) -> FinderCurve:
    """Return the finished curve with its suggestions, the one that `config.choose` takes, and what is doubtful about them.

    `moved` is the first step (from 0) that changed the weights as far as float32 can tell; None if none did.
    """
    curve = FinderCurve(tuple(points), over=True)
    finite = list(takewhile(lambda point: math.isfinite(point.smoothed), points))
    first = len(points) // 10
    if len(finite) - first < FEWEST:
        few = "a loss that is no number" if len(finite) < len(points) else "too few steps"
        return replace(curve, doubt=f"it ended after {len(finite)} steps, with {few}")
    if moved is None:
        return replace(curve, doubt="at rates this small no weight changes")
    fall = Fall.of(finite, first, config.smoothing)
    if not fall.depth > LEAST_FALL * fall.before:
        return replace(curve, doubt="its loss never fell")
    if fall.strength < LEAST_STRENGTH:
        return replace(
            curve,
            doubt=f"its loss never left the noise of its batches: it fell by {fall.strength:.1f} sd, not {LEAST_STRENGTH:g}; "
            "larger batches or more finder.seeds have less noise",
        )
    rates, losses = [point.lr for point in finite[first:]], [point.smoothed for point in finite[first:]]
    since = max(first, fall.begins)
    lows = list(accumulate((point.smoothed for point in finite), min))
    read = {
        "valley": valley(rates, losses),
        "steepest": steepest(rates[since - first :], lows[since:]),
        "minimum_tenth": minimum_tenth(rates, losses),
    }
    sensible = max(finite[fall.begins].lr / BELOW_FALL, points[min(moved, len(points) - 1)].lr)
    readings = {name: rate for name, rate in read.items() if rate is not None and rate >= sensible}
    chosen = readings.get(config.choose, next(iter(readings.values()), None))
    return replace(
        curve,
        valley=readings.get("valley"),
        steepest=readings.get("steepest"),
        minimum_tenth=readings.get("minimum_tenth"),
        chosen=chosen,
        doubt=_doubt(fall, config.choose, tuple(readings), last=fall.lowest == len(points) - 1),
    )


def _doubt(fall: Fall, wanted: str, readings: Sequence[str], *, last: bool) -> str:
    """Return why suggestions are not to be trusted, of which `wanted` is to be taken; empty if they are."""
    if not readings:
        return "its loss fell, but no reading lies where it did"
    if fall.strength < SURE_STRENGTH:
        return f"its loss fell by only {fall.strength:.1f} sd of the noise of its batches"
    if last:
        return "its loss was still falling at the highest rate: finder.max_lr is too low"
    return "" if wanted in readings else f"it has no reading by {wanted}, so the rate is by {readings[0]}"


def valley(rates: Sequence[float], losses: Sequence[float]) -> float | None:
    """Return the rate two thirds of the way down the longest valley, or None where the loss does not fall for long.

    The valley is the longest decreasing subsequence of the losses, so that a bump does not end it; the way is measured in
    steps, that is in the logarithm of the rate. fastai's `valley` describes itself so.
    """
    fall = longest_fall(losses[: _minimum(losses) + 1])
    if len(fall) < FEWEST:
        return None
    return rates[fall[0] + round((fall[-1] - fall[0]) * 2 / 3)]


def steepest(rates: Sequence[float], losses: Sequence[float]) -> float | None:
    """Return the rate where the loss falls fastest on the way to its minimum, or None where it only rises.

    Its slope is taken against the logarithm of the rate, as the central difference, one-sided at both ends (NumPy's
    `gradient`).
    """
    if len(losses) < FEWEST or (minimum := _minimum(losses)) == 0:
        return None
    last = len(losses) - 1
    spans = [(max(at - 1, 0), min(at + 1, last)) for at in range(minimum + 1)]
    slopes = [(losses[to] - losses[since]) / math.log(rates[to] / rates[since]) for since, to in spans]
    return rates[min(range(len(slopes)), key=slopes.__getitem__)]


def minimum_tenth(rates: Sequence[float], losses: Sequence[float]) -> float | None:
    """Return a tenth of the rate at the lowest loss, or None where the loss only rises."""
    if len(losses) < FEWEST or (minimum := _minimum(losses)) == 0:
        return None
    return rates[minimum] / 10


def longest_fall(losses: Sequence[float]) -> list[int]:
    """Return the positions of the longest strictly decreasing subsequence (patience sorting, n · log n)."""
    ends: list[float] = []  # negated: the largest loss that a fall of each length can end with, so far
    positions: list[int] = []
    before: list[int | None] = []
    for at, loss in enumerate(losses):
        length = bisect_left(ends, -loss)
        before.append(positions[length - 1] if length else None)
        ends[length : length + 1], positions[length : length + 1] = [-loss], [at]
    fall: list[int] = []
    step = positions[-1] if positions else None
    while step is not None:
        fall.append(step)
        step = before[step]
    return fall[::-1]


def _minimum(losses: Sequence[float]) -> int:
    return min(range(len(losses)), key=losses.__getitem__, default=0)
