"""Lines of several studies in one picture: the first study's whole, each other's in dashes of a pattern of its own."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from lrtui.plots.chart import Series


@dataclass(frozen=True)
class Pattern:
    """How a line is broken: over and over the same, so many times from its first point to its last."""

    name: str
    """`dashed`, as a person calls it."""
    periods: int
    pieces: tuple[tuple[float, float], ...]
    """Of a period: where a piece begins and ends, 0 to 1."""

    @property
    def steps(self) -> int:
        """Return how many points a line needs so that its shortest piece has two."""
        return math.ceil(self.periods / min(end - start for start, end in self.pieces))

    @property
    def stroke(self) -> tuple[float, ...]:
        """Return lengths drawn and left out in turn, of a period of 1."""
        ends = [*(at for piece in self.pieces for at in piece), 1.0]
        return tuple(later - earlier for earlier, later in pairwise(ends))


PATTERNS = (
    Pattern("dashed", 10, ((0.0, 0.5),)),
    Pattern("dotted", 20, ((0.0, 0.25),)),
    Pattern("dash-dotted", 7, ((0.0, 0.5), (0.68, 0.84))),
    Pattern("long-dashed", 5, ((0.0, 0.8),)),
    Pattern("dash-dot-dotted", 5, ((0.0, 0.4), (0.52, 0.64), (0.76, 0.88))),
)
"""Of the second study of a picture, the third, …; where they do not reach, again."""


def pattern(turn: int) -> Pattern | None:
    """Return how the lines of the study are broken that is the `turn`-th after the first; None for the first itself."""
    return PATTERNS[(turn - 1) % len(PATTERNS)] if turn else None


def dashed(line: Series, turn: int, *, x_log: bool = False, y_log: bool = False) -> list[Series]:
    """Return a line in the pieces of its study's pattern, which lie on the line as it is drawn; of the first study the line."""
    broken = pattern(turn)
    if broken is None or len(line.xs) < 2:
        return [line]
    between = max(1, math.ceil(broken.steps / (len(line.xs) - 1)))
    xs = _denser(line.xs, between, log=x_log)
    ys = _denser(line.ys, between, log=y_log and min(line.ys) > 0)
    period = (len(xs) - 1) / broken.periods
    found = []
    for number in range(broken.periods):
        for start, end in broken.pieces:
            first = round((number + start) * period)
            last = max(first + 1, round((number + end) * period))
            found.append(replace(line, xs=xs[first : last + 1], ys=ys[first : last + 1]))
    return found


def _denser(values: Sequence[float], between: int, *, log: bool) -> list[float]:
    """Return values with others evenly between each two, in the logarithm if it is drawn so."""
    found = list(values[:1])
    for low, high in pairwise(values):
        shares = (step / between for step in range(1, between + 1))
        found += [low * (high / low) ** share if log else low + (high - low) * share for share in shares]
    return found
