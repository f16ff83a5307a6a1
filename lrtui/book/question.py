"""A question put to the runs: points, evidence, and the one judge that turns evidence into a verdict.

What the runs say of a point is an interval, with 95 % confidence, for a difference (or a figure): the point *agrees* if
the whole interval lies where the source expects the difference, is *contradicted* if none of it does, and is *not decided*
in between. Whether replicates overlap decides nothing.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from lrtui.analysis.statistics import ALPHA, holm

if TYPE_CHECKING:
    from lrtui.book.grouping import Grouping


class Verdict(str, Enum):
    """What the runs say of what a source says."""

    AGREES = "agrees"
    CONTRADICTS = "contradicts"
    NOT_DECIDED = "not decided"
    """It was measured, and the replicates leave it open."""
    ONE_SEED_AGREES = "one seed agrees"
    """As far as the sampling error of the images goes; there is no spread over seeds to judge by."""
    ONE_SEED_CONTRADICTS = "one seed contradicts"
    NOT_JUDGED = "one seed, not judged"
    """A figure of one seed that only the spread over seeds could judge: epochs, seconds."""
    CANNOT_BE_SAID = "cannot be said"
    """Runs are missing."""

    @property
    def agrees(self) -> bool:
        """Return whether it speaks for the source."""
        return self in (Verdict.AGREES, Verdict.ONE_SEED_AGREES)

    @property
    def contradicts(self) -> bool:
        """Return whether it speaks against the source."""
        return self in (Verdict.CONTRADICTS, Verdict.ONE_SEED_CONTRADICTS)


class LackingError(Exception):
    """The runs lack what a point is about; the message says what."""

    def __init__(self, lacks: str, measured: Sequence[str] = ()) -> None:
        super().__init__(lacks)
        self.measured = tuple(measured)
        """What was measured nevertheless, in words."""


@dataclass(frozen=True)
class Region:
    """Where a difference or figure lies if the source is right, without its bounds."""

    low: float = -math.inf
    high: float = math.inf

    def holds(self, interval: tuple[float, float]) -> bool:
        """Return whether the whole interval lies in it."""
        low, high = interval
        return (self.low < low or self.low == -math.inf) and (high < self.high or self.high == math.inf)

    def excludes(self, interval: tuple[float, float]) -> bool:
        """Return whether no part of the interval lies in it, nor touches it."""
        low, high = interval
        return high < self.low or low > self.high


ABOVE = Region(low=0.0)
BELOW = Region(high=0.0)


@dataclass(frozen=True)
class Evidence:
    """What was measured of a point, or of a part of it."""

    measured: tuple[str, ...]
    """In words, with the figures."""
    interval: tuple[float, float] | None
    """Where the difference lies with 95 % confidence; None: one seed, and nothing to judge it by."""
    expected: Region
    seeds: int
    """How many seeds it is of; of one, the interval is that of the images."""
    p: float | None = None
    """Two-sided, of no difference; None if it was not tested."""
    said: str = ""
    """What came out, with its figures, as a clause to quote; empty: nothing to quote."""


def judge(evidence: Sequence[Evidence]) -> Verdict:
    """Return what all the evidence for one point says together; there is at least one piece.

    It agrees if every piece does. It is contradicted if a piece is, of several tested ones only if that holds with their
    p-values adjusted by Holm's method: one of many comparisons comes out by chance.
    """
    tested = [piece for piece in evidence if piece.p is not None]
    adjusted = dict(zip(map(id, tested), holm([piece.p or 0.0 for piece in tested]), strict=True))
    verdicts = [_of_one(piece, adjusted.get(id(piece), 0.0)) for piece in evidence]
    for verdict in (Verdict.CONTRADICTS, Verdict.ONE_SEED_CONTRADICTS, Verdict.NOT_DECIDED, Verdict.NOT_JUDGED):
        if verdict in verdicts:
            return verdict
    return Verdict.ONE_SEED_AGREES if Verdict.ONE_SEED_AGREES in verdicts else Verdict.AGREES


def _of_one(piece: Evidence, p: float) -> Verdict:
    if piece.interval is None:
        return Verdict.NOT_JUDGED
    one_seed = piece.seeds == 1
    if piece.expected.holds(piece.interval):
        return Verdict.ONE_SEED_AGREES if one_seed else Verdict.AGREES
    if piece.expected.excludes(piece.interval) and p <= ALPHA:
        return Verdict.ONE_SEED_CONTRADICTS if one_seed else Verdict.CONTRADICTS
    return Verdict.NOT_DECIDED


def lines(evidence: Sequence[Evidence]) -> list[str]:
    """Return what was measured, in words."""
    return [line for piece in evidence for line in piece.measured]


def counted(line: str, held: Sequence[bool], *, most: bool = False) -> Evidence:
    """Return the evidence that something holds of every replicate: not if of none, open if of some.

    With `most`, that it holds of more than half, and not otherwise. A count has no error.
    """
    held = [sum(held) > len(held) / 2] * len(held) if most else held
    return Evidence((line,), (2 * min(held) - 1.0, 2 * max(held) - 1.0), ABOVE, len(held))


@dataclass(frozen=True)
class Point:
    """One thing that a source says, and how the runs are asked about it."""

    text: str
    """A statement that is true or not: `SELU needs fewer epochs than ReLU`."""
    look: "Callable[[Grouping], Sequence[Evidence]]"
    """Raises LackingError if the runs lack what it is about."""
    needed: bool = True
    """Whether the runs cannot agree with the source without it."""

    @classmethod
    def lacking(cls, text: str, lacks: str) -> "Point":
        """Return a point that the runs cannot be asked about."""

        def look(_: "Grouping") -> Sequence[Evidence]:
            raise LackingError(lacks)

        return cls(text, look)

    def finding(self, grouping: "Grouping") -> "Finding":
        """Return what the runs say of it."""
        try:
            evidence = self.look(grouping)
        except LackingError as lacking:
            return Finding(self.text, lacking.measured, Verdict.CANNOT_BE_SAID, self.needed, lacks=str(lacking))
        return Finding(
            self.text,
            tuple(lines(evidence)),
            judge(evidence),
            self.needed,
            evidence[0].said if len(evidence) == 1 else "",
            tuple(piece.seeds for piece in evidence),
        )


@dataclass(frozen=True)
class Finding:
    """One point, what was measured of it, and what that says."""

    point: str
    measured: tuple[str, ...]
    verdict: Verdict
    needed: bool = True
    said: str = ""
    """What came out, with its figures, as a clause; empty: there is none."""
    seeds: tuple[int, ...] = ()
    lacks: str = ""
    """What is missing to say anything."""
