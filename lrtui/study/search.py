"""`[sweep] search`: which rates a search may try, and where it begins."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

_MADE, _LEFT = 1.01, 1.03
"""By so much the ratio of neighbours may miss the resolution where rates are put between, and where they are left as they are:
they are rounded to three digits."""
STARTS = 5
"""Rates that a search begins with, at most."""


def candidates(rates: Sequence[float], resolution: float) -> list[float]:
    """Return the rates that a search may try, ascending: those given, and between them as many as the resolution asks for.

    Every gap is halved in the logarithm until neighbours differ by a factor of `resolution` at most. What is returned
    needs no further ones: given it again, it comes back as it is.
    """
    ordered = sorted({float(rate) for rate in rates})
    found = ordered[:1]
    for low, high in pairwise(ordered):
        parts = 1
        while high / low > resolution * _LEFT and (high / low) ** (1 / parts) > resolution * _MADE:
            parts *= 2
        found += [float(f"{low * (high / low) ** (part / parts):.2e}") for part in range(1, parts)]
        found.append(high)
    return list(dict.fromkeys(found))


def starts(rates: Sequence[float]) -> list[int]:
    """Return the positions of the rates a search begins with: both ends, and others as evenly as there are, five at most."""
    last = len(rates) - 1
    count = min(STARTS, len(rates))
    if count < 2:
        return list(range(count))
    low, high = math.log(rates[0]), math.log(rates[-1])
    places = [math.log(rate) for rate in rates]
    found = []
    for step in range(count):
        wanted = low + (high - low) * step / (count - 1)
        found.append(min(range(last + 1), key=lambda index: abs(places[index] - wanted)))
    return sorted(dict.fromkeys(found))


def no_search(axes: dict[str, list[Any]]) -> str | None:
    """Return why the rates of a sweep cannot be searched, or None."""
    rates = axes.get("optim.lr")
    if rates is None:
        return "a search needs rates to search between: sweep optim.lr"
    if any(isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 < rate < math.inf for rate in rates):
        return None if any(rate != "find" for rate in rates if isinstance(rate, str)) else _FINDER
    if len({float(rate) for rate in rates}) < 2:
        return "a search needs two rates to search between, or more"
    return None


_FINDER = "the finder chooses a rate by itself: a search needs rates to search between"
