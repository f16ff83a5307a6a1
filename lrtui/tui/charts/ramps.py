"""Colours and characters for the cells of a heat map, under each theme."""

from dataclasses import dataclass

from lrtui.report.layer_measures import SHARE, SIGNED
from lrtui.report.layer_ramp import ANCHORS, LETTERS, SHADES, STEPS, blended, level
from lrtui.tui import themes

_ANCHORS = {
    themes.DARK: ANCHORS,
    themes.LIGHT: {
        **ANCHORS,
        SHARE: ("#e3e9f2", "#f0d3ab", "#ee9d54", "#d8612f", "#a80f2e"),
        SIGNED: ("#0b6bb8", "#86b4dd", "#eceff4", "#e0ac77", "#b85f00"),
    },
}


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
        return self.theme in _ANCHORS

    @property
    def levels(self) -> int:
        """Return how many looks there are."""
        if self.smooth:
            return STEPS
        return len(LETTERS[self.kind]) if self.letters else len(SHADES[self.kind])

    def colour(self, share: float) -> str:
        """Return the colour at a place from 0 to 1."""
        return blended(_ANCHORS[self.theme][self.kind], share)

    def shade(self, share: float) -> tuple[str, str]:
        """Return character and style at a place, where colours are few."""
        look = level(share, self.levels)
        return (LETTERS[self.kind][look], "") if self.letters else SHADES[self.kind][look]
