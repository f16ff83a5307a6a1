"""A part of a picture, as large as the whole."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from lrtui.plots.axes import Axis
from lrtui.plots.chart import Chart, Kind, Series

Part = tuple[float, float]
"""From where to where on an axis, as shares of it as it is drawn."""
WHOLE: Part = (0.0, 1.0)
_FACTOR = 0.7
"""One step shows so much of what was shown."""
_LEAST = 1e-3


@dataclass(frozen=True)
class Zoom:
    """Which part of a picture is shown."""

    x: Part = WHOLE
    y: Part = WHOLE

    @property
    def whole(self) -> bool:
        """Return whether it is all of it."""
        return self.x == WHOLE and self.y == WHOLE

    def closer(self, axis: str, about: float = 0.5, *, out: bool = False) -> "Zoom":
        """Return the zoom one step closer, or further away, along `x` or `y`; what lies at `about` stays where it is.

        `about` is a share of what is shown.
        """
        low, high = getattr(self, axis)
        span = min(1.0, max(_LEAST, (high - low) * (1 / _FACTOR if out else _FACTOR)))
        start = min(max(0.0, low + (high - low) * about - span * about), 1.0 - span)
        part = WHOLE if span > 1.0 - 1e-9 else (start, start + span)
        return replace(self, x=part) if axis == "x" else replace(self, y=part)

    @property
    def text(self) -> str:
        """Return how much is shown: `zoom 49 % × 100 %`; empty if all is."""
        if self.whole:
            return ""
        shares = (f"{100 * (high - low):.0f} %" for low, high in (self.x, self.y))
        return f"zoom {' × '.join(shares)}"


def zoomed(chart: Chart, zoom: Zoom) -> Chart:
    """Return the chart with axes of which only a part is left; lines are cut where they leave it."""
    if zoom.whole or chart.x is None or chart.y is None:
        return chart
    x, y = _part(chart.x, zoom.x), _part(chart.y, zoom.y)
    series = tuple(piece for one in chart.series for piece in _clipped(one, x, y))
    return replace(chart, x=x, y=y, series=series)


def _part(axis: Axis, part: Part) -> Axis:
    if part == WHOLE:
        return axis
    low, high = axis.limits
    ends = (low + (high - low) * share for share in part)
    start, end = (10**at if axis.log else at for at in ends)
    return replace(axis, low=start, high=end, whole=axis.whole and end - start >= 3)


def _clipped(one: Series, x: Axis, y: Axis) -> Iterator[Series]:
    if one.kind in (Kind.LINE, Kind.FAINT):
        for points in _stretches(one.xs, one.ys, x, y):
            yield replace(one, xs=[at for at, _ in points], ys=[value for _, value in points])
    elif one.kind is Kind.RULE:
        if not x.refuses(one.xs[0]):
            yield one
    else:
        inside = [
            index
            for index, (at, value) in enumerate(zip(one.xs, one.ys, strict=True))
            if not x.refuses(at) and (not math.isfinite(value) or not y.refuses(value))
        ]
        if inside:
            highs = [one.highs[index] for index in inside] if one.highs else ()
            yield replace(one, xs=[one.xs[i] for i in inside], ys=[one.ys[i] for i in inside], highs=highs)


def _stretches(xs: Sequence[float], ys: Sequence[float], x: Axis, y: Axis) -> Iterator[list[tuple[float, float]]]:
    """Yield the stretches of a line that lie within both axes, cut at their ends."""
    stretch: list[tuple[float, float]] = []
    for index in range(len(xs) - 1):
        cut = _cut((xs[index], ys[index]), (xs[index + 1], ys[index + 1]), x, y)
        if cut is None:
            if stretch:
                yield stretch
            stretch = []
            continue
        first, last = cut
        if stretch and stretch[-1] == first:
            stretch.append(last)
        else:
            if stretch:
                yield stretch
            stretch = [first, last]
    if stretch:
        yield stretch
    if len(xs) == 1 and not x.refuses(xs[0]) and not y.refuses(ys[0]):
        yield [(xs[0], ys[0])]


def _cut(
    one: tuple[float, float], other: tuple[float, float], x: Axis, y: Axis
) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """Return what of the line between two points lies within both axes, as it is drawn (after Liang and Barsky); None if
    nothing does."""
    if any(
        (axis.log and not value > 0) or not math.isfinite(value)
        for axis, *pair in ((x, one[0], other[0]), (y, one[1], other[1]))
        for value in pair
    ):
        return None
    start, end = 0.0, 1.0
    for axis, low, high in ((x, one[0], other[0]), (y, one[1], other[1])):
        bottom, top = axis.limits
        begin, step = axis.position(low), axis.position(high) - axis.position(low)
        if step == 0:
            if not bottom <= begin <= top:
                return None
            continue
        near, far = sorted(((bottom - begin) / step, (top - begin) / step))
        start, end = max(start, near), min(end, far)
    if start >= end:
        return None
    return _at(one, other, start, x, y), _at(one, other, end, x, y)


def _at(one: tuple[float, float], other: tuple[float, float], share: float, x: Axis, y: Axis) -> tuple[float, float]:
    if share in (0.0, 1.0):
        return one if share == 0.0 else other
    found = []
    for axis, low, high in ((x, one[0], other[0]), (y, one[1], other[1])):
        at = axis.position(low) + (axis.position(high) - axis.position(low)) * share
        value = 10**at if axis.log else at
        found.append(min(max(value, axis.low), axis.high))
    return found[0], found[1]
