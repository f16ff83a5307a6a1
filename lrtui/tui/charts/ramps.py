"""Colours and characters for the cells of a heat map, under each theme."""

from dataclasses import dataclass
from functools import lru_cache

from textual.color import Color

from lrtui.tui import themes
from lrtui.tui.charts.measures import LOG, SHARE, SIGNED

_VIRIDIS = ("#3a1d63", "#3e4a89", "#26828e", "#35b779", "#a5d93b", "#fde725")
_ANCHORS = {
    (themes.DARK, LOG): _VIRIDIS,
    (themes.LIGHT, LOG): _VIRIDIS,
    (themes.DARK, SHARE): ("#1e2a3d", "#5b4a3a", "#c27a35", "#ff9a4a", "#ff4f64"),
    (themes.LIGHT, SHARE): ("#e3e9f2", "#f0d3ab", "#ee9d54", "#d8612f", "#a80f2e"),
    (themes.DARK, SIGNED): ("#58b2f0", "#33628c", "#222936", "#8c5a2c", "#f0a441"),
    (themes.LIGHT, SIGNED): ("#0b6bb8", "#86b4dd", "#eceff4", "#e0ac77", "#b85f00"),
}
_STEPS = 48
"""Colours of a ramp: more cannot be told apart, and fewer are sent again when a value moves a little."""
_SHADES = {
    LOG: (("░", "blue"), ("▒", "blue"), ("▒", "cyan"), ("▓", "cyan"), ("▓", "green"), ("▓", "yellow"), ("█", "yellow")),
    SHARE: (("·", ""), ("░", "yellow"), ("▒", "yellow"), ("▓", "red"), ("█", "red")),
    SIGNED: (("█", "blue"), ("▒", "blue"), ("·", ""), ("▒", "yellow"), ("█", "yellow")),
}
_BLACK_AND_WHITE = {LOG: "░▒▓█", SHARE: "·░▒▓█", SIGNED: "▼▾·▴▲"}


@dataclass(frozen=True)
class Ramp:
    """How the values of one kind of measure look."""

    kind: str
    theme: str
    letters: bool
    """There is no colour at all."""

    @property
    def smooth(self) -> bool:
        """Return whether cells are filled with one of many colours, else with characters of a few."""
        return (self.theme, self.kind) in _ANCHORS

    @property
    def levels(self) -> int:
        """Return how many looks there are."""
        if self.smooth:
            return _STEPS
        return len(_BLACK_AND_WHITE[self.kind]) if self.letters else len(_SHADES[self.kind])

    def colour(self, share: float) -> str:
        """Return the colour at a place from 0 to 1."""
        return _mixed(_ANCHORS[self.theme, self.kind], self.level(share))

    def level(self, share: float) -> int:
        """Return which of the looks a place has."""
        return min(self.levels - 1, int(share * self.levels))

    def shade(self, share: float) -> tuple[str, str]:
        """Return character and style at a place, where colours are few."""
        level = self.level(share)
        return (_BLACK_AND_WHITE[self.kind][level], "") if self.letters else _SHADES[self.kind][level]


@lru_cache(maxsize=1024)
def _mixed(anchors: tuple[str, ...], level: int) -> str:
    at = level / (_STEPS - 1) * (len(anchors) - 1)
    index = min(len(anchors) - 2, int(at))
    return Color.parse(anchors[index]).blend(Color.parse(anchors[index + 1]), at - index).hex6.lower()
