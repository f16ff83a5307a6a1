"""Values spaced evenly in the logarithm, as one types them: `1e-4..1 x9`."""

import math
import re
from typing import Any

MOST_VALUES = 1000
_NUMBER = r"[+-]?(?:\d+(?:_\d+)*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_SPACING = re.compile(rf"\s*(?P<low>{_NUMBER})\s*\.\.\s*(?P<high>{_NUMBER})\s*[x×]\s*(?P<count>\d{{1,9}})\s*", re.ASCII)
_DIGITS = 3
"""Significant digits of the values between the ends."""


def is_spacing(value: Any) -> bool:
    """Return whether a value is meant as a spacing: a text with `..` in it that begins like a number."""
    return isinstance(value, str) and ".." in value and re.match(r"\s*[+-]?\.?\d", value) is not None


def spaced(text: str) -> list[float] | str:
    """Return the values that `LOW..HIGH xCOUNT` stands for, ends included, or what is wrong with it.

    Neighbours have the same ratio, but for rounding to three significant digits. If the ends are whole numbers written
    without a point, and all values come out whole or are at least 1 apart, so are the values.
    """
    match = _SPACING.fullmatch(text)
    if match is None:
        return "expected LOW..HIGH xCOUNT, as in 1e-4..1 x9"
    low, high, count = float(match["low"]), float(match["high"]), int(match["count"])
    if not (0 < low < math.inf and 0 < high < math.inf):
        return "both ends of a logarithmic spacing are above 0"
    if count < 2 or low == high:
        return "a spacing has two values or more, and two ends"
    if count > MOST_VALUES:
        return f"a spacing has at most {MOST_VALUES:,} values"
    whole = match["low"].isdecimal() and match["high"].isdecimal()
    between = [low * (high / low) ** (index / (count - 1)) for index in range(1, count - 1)]
    if whole:
        numbers = [int(low), *(round(value) for value in between), int(high)]
        if len(set(numbers)) == count:
            return list(numbers)
    values = [low, *(float(f"{value:.{_DIGITS - 1}e}") for value in between), high]
    return values if len(set(values)) == count else "the values of the spacing lie too close to be told apart"


def unfolded(value: Any) -> Any:
    """Return a swept value with every spacing in it replaced by its values; a str of what is wrong, if something is.

    A list stays a list; a spacing alone becomes one; anything else stays as it is.
    """
    if is_spacing(value):
        return spaced(value)
    if not (isinstance(value, list) and any(is_spacing(item) for item in value)):
        return value
    values: list[Any] = []
    for item in value:
        found = spaced(item) if is_spacing(item) else [item]
        if isinstance(found, str):
            return found
        values += [one for one in found if one not in values]
    return values
