"""A picture before it is drawn: axes, marks and legend. Terminal, screen and file draw the same one."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

from lrtui.plots.axes import Axis
from lrtui.plots.palette import Colour
from lrtui.text import shown_number


class Kind(Enum):
    """What a series is drawn as."""

    LINE = "line"
    FAINT = "faint"
    """A line that steps back: a replicate, or one that something is set against."""
    DOTS = "dots"
    OPEN = "open"
    """Dots of what is not final yet."""
    RULE = "rule"
    """An upright line through the whole picture, at its one x."""
    BAND = "band"
    """What lies between two lines."""

    @property
    def faint(self) -> bool:
        """Return whether its colour steps back."""
        return self in (Kind.FAINT, Kind.OPEN, Kind.BAND)


@dataclass(frozen=True)
class Series:
    """Something drawn. A figure that is not finite, or lies beyond the axis, is a mark at the edge and a gap in a line."""

    kind: Kind
    xs: Sequence[float]
    ys: Sequence[float] = ()
    colour: Colour | None = None
    """None: that of the text, or of its `tone`."""
    tone: str = ""
    """`good`, `warn`, `bad`: instead of a colour."""
    mark: str = ""
    """A character that stands for it without colour; of a rule, the letter at its top."""
    highs: Sequence[float] = ()
    """Of a band, its upper line; `ys` is the lower one."""


@dataclass(frozen=True)
class Entry:
    """A line of the legend."""

    label: str
    colour: Colour | None = None
    value: str = ""
    note: str = ""
    tone: str = ""
    mark: str = ""
    running: bool = False
    best: bool = False
    """The one that `Chart.best` speaks of."""
    chosen: bool = False
    """Highlighted."""


@dataclass(frozen=True)
class Chart:
    """One picture."""

    title: str
    x: Axis | None = None
    y: Axis | None = None
    series: tuple[Series, ...] = ()
    legend_title: str = ""
    legend: tuple[Entry, ...] = ()
    notes: tuple[str, ...] = ()
    """Sentences below it."""
    message: str = ""
    """In place of a picture: why there is none yet."""
    best: str = ""
    """What makes an entry the best one, in words; empty if it bears no sign."""


def pick(legend: Sequence[Entry], room: int) -> list[int]:
    """Return which entries a legend of `room` lines shows: those running, the best, both ends, others spread evenly between.

    If not all have room, a line is left free to say how many more there are.
    """
    total = len(legend)
    if total <= room:
        return list(range(total))
    room = max(1, room - 1)
    running, best, chosen = (
        [index for index, one in enumerate(legend) if getattr(one, name)] for name in ("running", "best", "chosen")
    )
    few = chosen if len(chosen) <= room // 2 else []
    kept = list(dict.fromkeys([*running, *best, 0, total - 1, *few]))[:room]
    while len(kept) < room:
        kept.append(max(range(total), key=lambda index: min(abs(index - other) for other in kept)))
    return sorted(kept)


def told_apart(labels: Sequence[str], width: int) -> list[str]:
    """Return labels in at most `width` characters that differ if those given do.

    Words that all begin with are left out first; then the middle gives way; at last they are numbered.
    """
    if max(map(len, labels), default=0) <= width:
        return list(labels)
    words = [label.split() for label in labels]
    while len(words) > 1 and all(len(one) > 1 for one in words) and len({one[0] for one in words}) == 1:
        words = [one[1:] for one in words]
    rest = [" ".join(one) for one in words]
    if max(map(len, rest)) <= width and len(set(rest)) == len(set(labels)):
        return rest
    for tail in range(max(1, width // 3), width):
        short = [one if len(one) <= width else f"{one[: width - 1 - tail]}…{one[len(one) - tail :]}" for one in rest]
        if len(set(short)) == len(set(labels)):
            return short
    return [f"{one[: max(0, width - 1 - len(str(index)))]}…{index}" for index, one in enumerate(rest, start=1)]


def figure(value: float | None, unit: str) -> str:
    """Return a percentage with two decimals, another figure with four significant places, `–` for none."""
    if value is None:
        return "–"
    if not math.isfinite(value):
        return str(value)
    if unit == "%":
        return f"{value:.2f}"
    return f"{value:.4f}" if abs(value) < 100 else shown_number(value, 3)


def shortened(legend: Sequence[Entry], width: int) -> list[Entry]:
    """Return the entries with labels of at most `width` characters."""
    labels = told_apart([one.label for one in legend], width)
    return [replace(one, label=label) for one, label in zip(legend, labels, strict=True)]
