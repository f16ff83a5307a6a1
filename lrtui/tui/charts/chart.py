"""A chart ready to be shown: the drawing, what colour each of its series has, its caption and legend."""

from dataclasses import dataclass

from lrtui.plots.palette import Colour
from lrtui.report.terminal_plot import Drawing


@dataclass(frozen=True)
class Paint:
    """The colour of a series: a learning rate's (`rate`), faded for single replicates, or the text's own (None).

    `style` names another style of the skin instead.
    """

    rate: Colour | None
    faded: bool = False
    style: str = ""


@dataclass(frozen=True)
class Entry:
    """A line of the legend."""

    label: str
    rate: Colour | None
    mark: str
    value: str
    note: str
    running: bool = False
    style: str = ""
    """A style of the skin in place of the rate's colour."""
    chosen: bool = False
    """Highlighted."""


@dataclass(frozen=True)
class Chart:
    """One chart at one size."""

    caption: str
    drawing: Drawing | None
    paints: tuple[Paint, ...]
    legend_title: str
    legend: tuple[Entry, ...]
    message: str = ""
    """In place of a drawing: why there is none yet."""


def letter(index: int) -> str:
    """Return the letter that stands for a curve where there is no colour."""
    return chr(ord("a") + index % 26)
