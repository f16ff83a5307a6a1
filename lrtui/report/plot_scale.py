"""Axes of a terminal plot: limits that rarely move, ticks a person would choose, and curves thinned to what a column can show."""

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lrtui.text import format_rate

_STEPS = (1.0, 2.0, 5.0)
_LOG_STEPS = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0)
_LOG_TICKS = (_LOG_STEPS, (1.0, 2.0, 3.0, 5.0), _STEPS, (1.0, 3.0), (1.0,))
"""Which multiples of powers of ten have a tick on a log axis, finest first."""
_FEWEST_TICKS = 3
_EMPTY = 1e-9
_LARGEST, _SMALLEST = 1e290, 1e-290
"""Beyond these an axis has no room for its own round limits; a value there is marked at the edge."""


@dataclass(frozen=True)
class Scale:
    """One axis: its limits (in data units), whether it is logarithmic, and its ticks (value, label)."""

    low: float
    high: float
    log: bool
    ticks: tuple[tuple[float, str], ...]

    def position(self, value: float) -> float:
        """Return `value` on the straight line that is drawn: its logarithm on a log axis."""
        return math.log10(value) if self.log else value

    def refuses(self, value: float) -> str:
        """Return why `value` cannot be drawn: `nan`, `inf`, `above`, `below`; empty when it can."""
        if math.isnan(value):
            return "nan"
        if math.isinf(value):
            return "inf" if value > 0 else "below"
        if (self.log and value <= 0) or value < self.low:
            return "below"
        return "above" if value > self.high else ""


def fit(
    values: Iterable[float],
    *,
    log: bool = False,
    ticks: int = 5,
    floor: float | None = None,
    ceiling: float | None = None,
) -> Scale:
    """Return a scale around the finite `values` with round limits, so that it stays put while points are added.

    `floor` and `ceiling` bound the limits: one curve that runs away must not flatten the others.
    """
    usable = [
        min(max(value, _SMALLEST if log else -_LARGEST), _LARGEST)
        for value in values
        if math.isfinite(value) and (value > 0 or not log)
    ]
    low = min(usable, default=0.1 if log else 0.0)
    high = max(usable, default=1.0)
    if ceiling is not None:
        high = max(low, min(high, ceiling))
    if floor is not None:
        low = min(high, max(low, floor))
    return _fit_log(low, high, ticks) if log else _fit_linear(low, high, ticks)


def exact(low: float, high: float, ticks: Sequence[float], *, log: bool = False) -> Scale:
    """Return a scale with given limits and ticks (an epoch axis, a rate axis)."""
    apart = min((after - before for before, after in itertools.pairwise(ticks)), default=0.0)
    largest = max((abs(tick) for tick in ticks), default=0.0)
    digits = math.ceil(math.log10(largest / apart)) + 1 if not log and 0 < apart < largest else 0
    return Scale(low, high, log, tuple((tick, tick_label(tick, max(4, digits))) for tick in ticks))


def epochs(last: int, *, log: bool = False, ticks: int = 6) -> Scale:
    """Return the axis of epochs 0 to `last`; a log axis begins at epoch 1."""
    if log:
        high = max(2.0, float(last))
        return exact(1.0, high, _log_ticks(1.0, high, ticks, _LOG_TICKS[1:]), log=True)
    step = max(1.0, _nice(last / max(1, ticks - 1)))
    marks = [float(value) for value in range(0, last + 1, int(step))]
    if marks[-1] != last:
        if last - marks[-1] < step / 2 and len(marks) > 1:
            marks.pop()
        marks.append(float(last))
    return exact(0.0, float(max(1, last)), marks)


def tick_label(value: float, digits: int = 4) -> str:
    """Return a short label of at most `digits` significant places: `0`, `0.25`, `30`, `1e-5`, `2e+4`."""
    if value == 0:
        return "0"
    if abs(value) < 0.01:
        return format_rate(value)
    if abs(value) >= 10_000:
        mantissa, _, exponent = f"{value:.{max(2, digits - 2)}e}".partition("e")
        return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"
    return f"{value:.{digits}g}"


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


def _fit_linear(low: float, high: float, ticks: int) -> Scale:
    if high - low < _EMPTY * max(1.0, abs(high)):
        margin = max(abs(high) * 0.1, 1.0 if high == 0 else 1e-6)
        low, high = low - margin, high + margin
    marks = _linear_ticks(low, high, ticks)
    return exact(marks[0], marks[-1], marks)


def _linear_ticks(low: float, high: float, ticks: int) -> list[float]:
    """Return round numbers equally far apart, from the last at or below `low` to the first at or above `high`."""
    step = _nice((high - low) / (max(_FEWEST_TICKS, ticks) - 1))
    while True:
        first, last = math.floor(low / step + _EMPTY), math.ceil(high / step - _EMPTY)
        if last - first + 1 >= _FEWEST_TICKS:
            return [float(f"{index * step:.12g}") for index in range(first, last + 1)]
        step = _round_log(0.9 * step, up=False)


def _fit_log(low: float, high: float, ticks: int) -> Scale:
    if high < low * (1 + 1e-6):
        low, high = low / 1.1, high * 1.1
    if high < 2 * low:  # too narrow for multiples of powers of ten
        marks = _linear_ticks(low, high, ticks)
        return exact(marks[0], marks[-1], marks, log=True)
    low, high = _round_log(low, up=False, steps=_LOG_STEPS), _round_log(high, up=True, steps=_LOG_STEPS)
    finest = _LOG_TICKS if high < 100 * low else _LOG_TICKS[2:]
    return exact(low, high, _log_ticks(low, high, ticks, finest), log=True)


def _log_ticks(low: float, high: float, ticks: int, choices: Sequence[Sequence[float]]) -> list[float]:
    """Return the most ticks there are room for, or as many as are needed to read the axis."""
    room = max(_FEWEST_TICKS, ticks)
    first, last = math.floor(math.log10(low) - _EMPTY), math.ceil(math.log10(high) + _EMPTY)
    decades = [10.0**power for power in range(first, last + 1)]
    found = [
        [mark for mark in (decade * factor for decade in decades for factor in factors) if _within(mark, low, high)]
        for factors in choices
    ]
    enough = [marks for marks in found if len(marks) >= _FEWEST_TICKS]
    if not enough:
        return found[0]
    coarsest = enough[-1]
    if len(coarsest) > room:
        return [coarsest[round(index * (len(coarsest) - 1) / (room - 1))] for index in range(room)]
    return next(marks for marks in enough if len(marks) <= room)


def _within(mark: float, low: float, high: float) -> bool:
    return low * (1 - 1e-6) <= mark <= high * (1 + 1e-6)


def _round_log(value: float, *, up: bool, steps: Sequence[float] = _STEPS) -> float:
    """Return the nearest of `steps` times a power of ten, above or below `value`."""
    decade = 10.0 ** math.floor(math.log10(value) + _EMPTY)
    marks = [decade * factor for factor in (*steps, 10.0)]
    if up:
        return next(mark for mark in marks if mark >= value * (1 - 1e-6))
    return next(mark for mark in reversed(marks) if mark <= value * (1 + 1e-6))


def _nice(step: float) -> float:
    if step <= 0:
        return 1.0
    return _round_log(step, up=True)
