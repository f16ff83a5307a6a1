"""Colours and characters for the cells of a heat map."""

from collections.abc import Sequence
from functools import lru_cache

from lrtui.report.layer_measures import LOG, SHARE, SIGNED

VIRIDIS = ("#3a1d63", "#3e4a89", "#26828e", "#35b779", "#a5d93b", "#fde725")
ANCHORS = {
    LOG: VIRIDIS,
    SHARE: ("#1e2a3d", "#5b4a3a", "#c27a35", "#ff9a4a", "#ff4f64"),
    SIGNED: ("#58b2f0", "#33628c", "#222936", "#8c5a2c", "#f0a441"),
}
"""Colours from low to high, of every kind of measure; made for a dark background, told apart on a light one."""
STEPS = 48
"""Colours of a ramp: more cannot be told apart."""
SHADES = {
    LOG: (("░", "blue"), ("▒", "blue"), ("▒", "cyan"), ("▓", "cyan"), ("▓", "green"), ("▓", "yellow"), ("█", "yellow")),
    SHARE: (("·", ""), ("░", "yellow"), ("▒", "yellow"), ("▓", "red"), ("█", "red")),
    SIGNED: (("█", "blue"), ("▒", "blue"), ("·", ""), ("▒", "yellow"), ("█", "yellow")),
}
"""Character and colour from low to high, where there are 16 colours."""
LETTERS = {LOG: "░▒▓█", SHARE: "·░▒▓█", SIGNED: "▼▾·▴▲"}
"""The same, where there is no colour."""


def level(share: float, levels: int) -> int:
    """Return which of so many looks a place from 0 to 1 has."""
    return min(levels - 1, int(share * levels))


def blended(anchors: Sequence[str], share: float) -> str:
    """Return the colour at a place from 0 to 1 of a ramp through `anchors` (`#rrggbb`), in `STEPS` steps."""
    return _blended(tuple(anchors), level(share, STEPS))


@lru_cache(maxsize=1024)
def _blended(anchors: tuple[str, ...], step: int) -> str:
    at = step / (STEPS - 1) * (len(anchors) - 1)
    index = min(len(anchors) - 2, int(at))
    below, above = (bytes.fromhex(anchor[1:]) for anchor in anchors[index : index + 2])
    mixed = (round(low + (high - low) * (at - index)) for low, high in zip(below, above, strict=True))
    return f"#{bytes(mixed).hex()}"
