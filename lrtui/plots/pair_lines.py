"""Lines of constant η/B and η/√B on a map of rates by batch sizes, in units of its columns and rows."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from lrtui.plots.pairs import PairMap, numeric
from lrtui.text import short_rate

APART = 10.0
"""Factor between neighbouring lines."""
_MOST = 6
"""Lines to either side of the one through the best cell."""


@dataclass(frozen=True)
class Law:
    """How the rate is to grow with the batch size so that something stays the same."""

    name: str
    label: str
    power: float


LAWS = (Law("b", "η/B", 1.0), Law("sqrt", "η/√B", 0.5))


@dataclass(frozen=True)
class Line:
    """One line: its constant, and its points (column, row), 0 being the middle of the first."""

    constant: float
    points: tuple[tuple[float, float], ...]
    through_best: bool


def lines(drawn: PairMap, law: Law, *, steps: int = 24) -> list[Line]:
    """Return the lines that cross the map: the one through the best cell, and others a factor `APART` from it."""
    if not (drawn.pair.has_lines and numeric(drawn.xs) and numeric(drawn.ys)) or (best := drawn.best) is None:
        return []
    xs, ys = [math.log10(x) for x in drawn.xs], [math.log10(y) for y in drawn.ys]
    row, column = best
    middle = xs[column] - law.power * ys[row]
    found = []
    for by in range(-_MOST, _MOST + 1):
        constant = middle + by * math.log10(APART)
        points = []
        for step in range(steps * len(ys) + 1):
            at = step / steps - 0.5
            across = _inverse(xs, constant + law.power * _value(ys, at))
            if -0.5 <= across <= len(xs) - 0.5:
                points.append((across, at))
        if len(points) > 1:
            found.append(Line(10**constant, tuple(points), by == 0))
    return found


def legend(found: Sequence[Line], law: Law) -> str:
    """Return what the lines are, in words."""
    best = next((line.constant for line in found if line.through_best), None)
    if best is None:
        return f"no line of constant {law.label}: nothing is trained yet"
    return f"• constant {law.label}: {short_rate(best)} through the best, others a factor {APART:g} apart"


def _value(known: Sequence[float], at: float) -> float:
    """Return the value at a place between (or half a place beyond) known ones, which may fall."""
    if len(known) == 1:
        return known[0]
    index = max(0, min(len(known) - 2, math.floor(at)))
    return known[index] + (at - index) * (known[index + 1] - known[index])


def _inverse(known: Sequence[float], value: float) -> float:
    """Return the place of a value among known ones that rise."""
    if len(known) == 1:
        return 0.0 if math.isclose(value, known[0]) else math.inf
    index = next((at for at in range(len(known) - 2) if value <= known[at + 1]), len(known) - 2)
    return index + (value - known[index]) / (known[index + 1] - known[index])
