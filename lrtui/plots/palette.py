"""One colour per learning rate, everywhere: in the terminal, on the screen, in files and in tables.

Rates have a ramp, cold (low) to hot (high): lightness and the blue–yellow axis of OKLab both rise along it, so that it is in
order for every kind of colour vision. What is not ordered has hues of its own. Every colour has a contrast of at least
3 : 1 (WCAG 2) against its ground. OKLab: Björn Ottosson, "A perceptual color space for image processing" (2020).
"""

import itertools
import math
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)
Lch = tuple[float, float, float]
"""Lightness 0 to 1, chroma, hue in degrees: OKLab in polar coordinates."""


class Ground(Enum):
    """What colours stand on; `ANY`: a terminal whose background is unknown; `ANSI`: a terminal of 16 colours."""

    DARK = "#12151c"
    LIGHT = "#fbfbfd"
    ANY = ""
    ANSI = "ansi"


@dataclass(frozen=True)
class Colour:
    """The colour of one of `of` things: the `index`-th, in order along the ramp if they are `ordered`.

    Of several studies in one picture, `turn` is which: the colour is the same, the line is broken in a way of its own
    (`dashes.py`), and the letter another.
    """

    index: int
    of: int
    ordered: bool
    turn: int = 0


PLAIN = Colour(0, 1, False)
"""The colour of what is alone."""

_RAMP = (
    (0.00, 0.150, 262),
    (0.20, 0.170, 290),
    (0.42, 0.190, 340),
    (0.62, 0.170, 22),
    (0.80, 0.140, 55),
    (1.0, 0.145, 98),
)
"""Place, chroma and hue of the anchors of the ramp: blue, violet, pink, red, orange, yellow."""
_LIGHTNESS = {Ground.DARK: (0.62, 0.88), Ground.LIGHT: (0.40, 0.645), Ground.ANY: (0.545, 0.635)}
"""Of both ends of the ramp."""
_HUES = (
    (0.12, 250),
    (0.12, 65),
    (0.13, 158),
    (0.14, 5),
    (0.13, 300),
    (0.12, 105),
    (0.15, 38),
    (0.09, 205),
    (0.02, 260),
    (0.06, 60),
)
"""Chroma and hue of the first unordered things; later ones go on by the golden angle."""
_UNORDERED = {Ground.DARK: (0.76, 0.06), Ground.LIGHT: (0.50, -0.05), Ground.ANY: (0.59, 0.03)}
"""Their lightness, and what every third one has more."""
_GOLDEN_ANGLE = 137.508
_FAINT = 0.58
"""How far a faint colour goes towards its ground."""
_ANSI_RAMP = ("bright_blue", "cyan", "green", "yellow", "red", "magenta")
_ANSI = (
    "cyan",
    "yellow",
    "green",
    "magenta",
    "red",
    "bright_blue",
    "bright_cyan",
    "bright_magenta",
    "bright_green",
    "bright_red",
)
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def colours(keys: Iterable[Key], *, ordered: bool) -> dict[Key, Colour]:
    """Return a colour for every distinct key, in order of appearance; for rates sorted ascending `ordered` gives the ramp."""
    distinct = list(dict.fromkeys(keys))
    return {key: Colour(index, len(distinct), ordered) for index, key in enumerate(distinct)}


def style(colour: Colour, ground: Ground, *, faint: bool = False) -> str:
    """Return a colour as rich, Textual and matplotlib write it: `#rrggbb`, of 16 colours its name. `faint` steps back."""
    if ground is Ground.ANSI:
        at = round(_place(colour) * (len(_ANSI_RAMP) - 1))
        name = _ANSI_RAMP[at] if colour.ordered else _ANSI[colour.index % len(_ANSI)]
        return f"dim {name}" if faint else name
    return _hex(colour, ground, faint)


def letter(colour: Colour) -> str:
    """Return the letter that stands for a colour if there is none: a to z, A to Z, 0 to 9, then again."""
    return _LETTERS[(colour.index + colour.turn * colour.of) % len(_LETTERS)]


def tells_apart(colour: Colour, ground: Ground) -> bool:
    """Return whether the ground has a colour for each of the things that this is one of."""
    return ground is not Ground.ANSI or colour.of <= (len(_ANSI_RAMP) if colour.ordered else len(_ANSI))


def blend(first: str, second: str, share: float) -> str:
    """Return the colour that lies `share` of the way between two, straight through OKLab."""
    ends = zip(_oklab(_linear(first)), _oklab(_linear(second)), strict=True)
    lightness, a, b = (low + (high - low) * share for low, high in ends)
    return _shown((lightness, math.hypot(a, b), math.degrees(math.atan2(b, a))))


def _place(colour: Colour) -> float:
    return colour.index / (colour.of - 1) if colour.of > 1 else 0.35


@lru_cache(maxsize=1024)
def _hex(colour: Colour, ground: Ground, faint: bool) -> str:
    shown = _shown(_ramp(_place(colour), ground) if colour.ordered else _unordered(colour.index, ground))
    return blend(shown, ground.value or "#808080", _FAINT) if faint else shown


def _ramp(place: float, ground: Ground) -> Lch:
    below, above = next(pair for pair in itertools.pairwise(_RAMP) if place <= pair[1][0])
    share = (place - below[0]) / (above[0] - below[0])
    turn = (above[2] - below[2] + 180) % 360 - 180
    low, high = _LIGHTNESS[ground]
    return low + (high - low) * place, below[1] + (above[1] - below[1]) * share, below[2] + turn * share


def _unordered(index: int, ground: Ground) -> Lch:
    lightness, more = _UNORDERED[ground]
    chroma, hue = _HUES[index] if index < len(_HUES) else (0.12, 250 + _GOLDEN_ANGLE * index)
    return lightness + (more if index % 3 == 1 else 0.0), chroma, hue


def _shown(lch: Lch) -> str:
    """Return the nearest colour of a screen: as much chroma as it has."""
    lightness, chroma, hue = lch
    while True:
        linear = _from_oklab(lightness, chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue)))
        if chroma <= 0 or all(-1e-4 <= channel <= 1 + 1e-4 for channel in linear):
            return "#" + bytes(round(255 * _gamma(min(1.0, max(0.0, channel)))) for channel in linear).hex()
        chroma = max(0.0, chroma - 0.002)


def _linear(colour: str) -> tuple[float, float, float]:
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in (byte / 255 for byte in bytes.fromhex(colour[1:]))
    )
    return red, green, blue


def _gamma(channel: float) -> float:
    return 12.92 * channel if channel <= 0.0031308 else float(1.055 * channel ** (1 / 2.4) - 0.055)


def _oklab(linear: tuple[float, float, float]) -> tuple[float, float, float]:
    red, green, blue = linear
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    middle = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


def _from_oklab(lightness: float, a: float, b: float) -> tuple[float, float, float]:
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )
