"""What a range test's curve suggests as a learning rate: three readings of the smoothed loss over the rate.

All three leave out the first tenth of the points, where the smoothed loss is still the mean of few batches (as fastai
does), and everything after the lowest loss, which is the doing of a network already thrown off. Rates are taken to grow by
a constant factor.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile

from lrtui.study.diagnostics import FinderConfig
from lrtui.study.records import FinderCurve, FinderPoint

FEWEST = 5
"""Points below which a curve suggests nothing, and the shortest fall that counts as a valley."""


def conclude(points: Sequence[FinderPoint], config: FinderConfig) -> FinderCurve:
    """Return the finished curve with its suggestions and the one that `config.choose` takes."""
    finite = list(takewhile(lambda point: math.isfinite(point.smoothed), points))
    read = finite[len(points) // 10 :]
    rates, losses = [point.lr for point in read], [point.smoothed for point in read]
    curve = FinderCurve(
        tuple(points),
        over=True,
        valley=valley(rates, losses),
        steepest=steepest(rates, losses),
        minimum_tenth=minimum_tenth(rates, losses),
    )
    found = curve.suggestions
    return replace(curve, chosen=found.get(config.choose, next(iter(found.values()), None)))


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
