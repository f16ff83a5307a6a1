"""Axes: limits that rarely move, ticks a person would choose, the one rule for what is cut, and curves thinned to what shows.

Everything is in data units. Needs no polars: the workbench draws with it from its first paint on.
"""

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from lrtui.text import shown_rate

CUT = 1.5
"""An axis that is cut ends at this multiple of the highest value of interest."""
_HIGH = 0.95
"""The quantile of calm values up to which they are of interest."""
_STRETCH_LINEAR, _STRETCH_LOG = 2.0, 1.25
"""An axis is cut only if what runs away would make it this many times as long."""
_STEPS, _LOG_STEPS = (1.0, 2.0, 2.5, 5.0), (1.0, 2.0, 5.0)
"""Multiples of powers of ten that are apart by as much, and that have a tick on a logarithmic axis."""
_LOG_LIMITS = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)
"""Which multiples of powers of ten a logarithmic axis ends at; its ticks are coarser."""
_FEWEST_TICKS, _MOST_TICKS = 3, 9
_EMPTY = 1e-9
_NARROWEST = 1e-6
"""An axis spans at least this share of its values, so that labels stay short."""
_LARGEST, _SMALLEST = 1e290, 1e-290
"""Beyond these an axis has no room for its own round limits; a value there is marked at the edge."""


@dataclass(frozen=True)
class Axis:
    """One axis: its limits, whether it is logarithmic, whether only whole numbers have ticks, and what it is called."""

    low: float
    high: float
    log: bool = False
    whole: bool = False
    name: str = ""

    def position(self, value: float) -> float:
        """Return `value` on the straight line that is drawn: its logarithm on a logarithmic axis."""
        return math.log10(value) if self.log else value

    @property
    def limits(self) -> tuple[float, float]:
        """Return the positions of both ends."""
        return self.position(self.low), self.position(self.high)

    def refuses(self, value: float) -> str:
        """Return why `value` cannot be drawn: `nan`, `inf`, `above`, `below`; empty if it can."""
        if math.isnan(value):
            return "nan"
        if math.isinf(value):
            return "inf" if value > 0 else "below"
        if (self.log and value <= 0) or value < self.low:
            return "below"
        return "above" if value > self.high else ""

    def ticks(self, room: int = 6) -> tuple[tuple[float, str], ...]:
        """Return about `room` ticks at most (three at least, if the axis has them), as values and labels, no two alike."""
        room = max(_FEWEST_TICKS, min(_MOST_TICKS, room))
        marks = _log_marks(self.low, self.high, room) if self.log else []
        if len(marks) < 2:
            marks = _whole_marks(self.low, self.high, room) if self.whole else _marks(self.low, self.high, room)
        return tuple(zip(marks, _labels(marks, log=self.log), strict=True))


def fit(values: Iterable[float], *, log: bool = False, ceiling: float = math.inf, name: str = "") -> Axis:
    """Return an axis around the finite `values` (on a logarithmic one, the positive ones) with round limits, so that it
    stays put while points are added. It ends at `ceiling`, rounded, if values lie above."""
    usable = [
        min(max(value, _SMALLEST if log else -_LARGEST), _LARGEST)
        for value in values
        if math.isfinite(value) and (value > 0 or not log)
    ]
    low, high = min(usable, default=0.1 if log else 0.0), max(usable, default=1.0)
    high = max(low, min(high, ceiling))
    span = _NARROWEST * max(abs(low), abs(high), _SMALLEST)
    if high - low < span:
        span = max(span, 0.05 * abs(high)) or 0.5
        low, high = (low / 1.05, high * 1.05) if log else (low - span, high + span)
    if log and high >= 2 * low:
        return Axis(
            min(low, _round(low, _LOG_LIMITS, up=False)), max(high, _round(high, _LOG_LIMITS, up=True)), True, name=name
        )
    step = _step((high - low) / 4)
    below, above = math.floor(low / step + _EMPTY) * step, math.ceil(high / step - _EMPTY) * step
    below, above = min(low, float(f"{below:.12g}")), max(high, float(f"{above:.12g}"))
    return Axis(low if log and below <= 0 else below, above, log, name=name)


def epochs(last: int, *, log: bool = False) -> Axis:
    """Return the axis of epochs 0 to `last`; a logarithmic one begins at epoch 1."""
    return Axis(1.0, max(2.0, last), True, True, "epoch") if log else Axis(0.0, max(1, last), False, True, "epoch")


def ceiling(calm: Iterable[float], shown: Iterable[float], *, reference: float = 0.0, log: bool = False) -> float:
    """Return where an axis ends, so that what runs away does not flatten what is of interest; infinity if nothing does.

    Of interest is all up to `CUT` times the `reference` (a loss that knows nothing) and the high values of `calm` curves.
    An axis that `shown` would not make much longer than that is not cut.
    """
    usable = [value for value in shown if math.isfinite(value) and (value > 0 or not log)]
    quiet = sorted(value for value in calm if math.isfinite(value)) or sorted(usable)[: len(usable) // 2 + 1]
    if not usable or not quiet:
        return math.inf
    top = CUT * max(reference, quiet[int(_HIGH * (len(quiet) - 1))])
    low, high = min(usable), max(usable)
    if top <= low:
        return math.inf
    axis, stretch = Axis(low, top, log), _STRETCH_LOG if log else _STRETCH_LINEAR
    span = axis.position(top) - axis.position(low)
    return top if axis.position(high) - axis.position(low) > stretch * span else math.inf


def thin(xs: Sequence[float], ys: Sequence[float], columns: int) -> tuple[list[float], list[float]]:
    """Return at most four points per column: the first, the lowest, the highest and the last, so that every spike survives.

    `xs` must rise; all values finite.
    """
    if len(xs) <= 4 * columns or columns < 1:
        return list(xs), list(ys)
    span = (xs[-1] - xs[0]) or 1.0
    kept: list[int] = []
    start = 0
    for column in range(columns):
        edge = xs[0] + span * (column + 1) / columns
        end = start
        while end < len(xs) and (xs[end] <= edge or column == columns - 1):
            end += 1
        if end > start:
            inside = range(start, end)
            kept += sorted({start, min(inside, key=ys.__getitem__), max(inside, key=ys.__getitem__), end - 1})
        start = end
    return [xs[index] for index in kept], [ys[index] for index in kept]


def _marks(low: float, high: float, room: int) -> list[float]:
    """Return round numbers equally far apart."""
    step = _step((high - low) / (room - 1))
    while True:
        first, last = math.ceil(low / step - 1e-6), math.floor(high / step + 1e-6)
        if last - first + 1 >= min(_FEWEST_TICKS, room):
            marks = [float(f"{index * step:.15g}") for index in range(first, last + 1)]
            return [min(max(mark, low), high) for mark in marks]
        step = _round(0.9 * step, _STEPS, up=False)


def _whole_marks(low: float, high: float, room: int) -> list[float]:
    """Return whole numbers from the first to the last, the last itself among them."""
    first, last = math.ceil(low), math.floor(high)
    wanted = max(1, math.ceil((high - low) / (room - 1)))
    even = (step for step in range(wanted, 2 * wanted) if (last - first) % step == 0 and (step <= 5 or step % 5 == 0))
    step = next(even, max(1, round(_step((high - low) / (room - 1)))))
    marks = [*range(first - first % step + (step if first % step else 0), last + 1, step)] or [first]
    if marks[-1] != last:
        if last - marks[-1] < step / 2 and len(marks) > 1:
            marks.pop()
        marks.append(last)
    return [float(mark) for mark in marks]


def _log_marks(low: float, high: float, room: int) -> list[float]:
    """Return decades, and 1, 2, 5 within them if there is room; too few on an axis of less than about a decade."""
    first, last = math.floor(math.log10(low) - _EMPTY), math.ceil(math.log10(high) + _EMPTY)
    powers = range(first, last + 1)
    within: Callable[[float], bool] = lambda mark: low * (1 - 1e-6) <= mark <= high * (1 + 1e-6)  # noqa: E731
    fine = [mark for power in powers for mark in (float(f"{step:.0f}e{power}") for step in _LOG_STEPS) if within(mark)]
    if len(fine) <= room:
        return fine if len(fine) >= _FEWEST_TICKS else []
    decades = [power for power in powers if within(10.0**power)]
    every = next(step for step in itertools.count(1) if len(decades[::step]) <= room)
    marks = [float(f"1e{power}") for power in decades[::every]]
    return marks if len(marks) >= 2 else fine[:: -(-len(fine) // room)]


def _labels(marks: Sequence[float], *, log: bool) -> list[str]:
    """Return short labels, with as many digits as it takes to tell them apart and to be true."""
    small = log and marks[0] < 0.01
    large = max(map(abs, marks)) >= 100_000
    for digits in range(3, 18):
        labels = [_label(mark, digits, small=small, large=large) for mark in marks]
        near = 10.0 ** (-digits)
        true = all(math.isclose(float(label), mark, rel_tol=near) for label, mark in zip(labels, marks, strict=True))
        if true and len(set(labels)) == len(labels):
            break
    return labels


def _label(value: float, digits: int, *, small: bool, large: bool) -> str:
    """Return `0`, `0.25`, `30`, `1e-5`, `2e4`; with `small` 0.1 too is `1e-1`, with `large` 10,000 too is `1e4`."""
    if value == 0:
        return "0"
    if abs(value) < 0.01 or (small and abs(value) < 1):
        return shown_rate(float(f"{value:.{digits}g}"))
    if abs(value) >= 10_000 and large:
        mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
        return f"{mantissa.rstrip('0').rstrip('.') if '.' in mantissa else mantissa}e{int(exponent)}"
    text = f"{value:.{max(0, digits - 1 - math.floor(math.log10(abs(value))))}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _step(wanted: float) -> float:
    """Return the next larger of 1, 2, 2.5, 5 times a power of ten."""
    return _round(wanted, _STEPS, up=True)


def _round(value: float, steps: Sequence[float], *, up: bool) -> float:
    """Return the nearest of `steps` times a power of ten, above or below a positive `value`."""
    power = math.floor(math.log10(value) + _EMPTY)
    marks = [float(f"{step}e{power}") for step in (*steps, 10.0)]
    if up:
        return next(mark for mark in marks if mark >= value * (1 - 1e-6))
    return next(mark for mark in reversed(marks) if mark <= value * (1 + 1e-6))
