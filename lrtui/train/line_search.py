"""How far one can go along a direction before a function that falls at first is above where it began."""

import math
from collections.abc import Callable
from dataclasses import dataclass

NARROW = 2**0.25
"""How far apart, as a ratio, the ends of the last bracket are at most."""
_JUMPS = (2.0, 4.0, 16.0, 256.0, 65536.0)
"""By what the search goes on outwards from the guess: over nine decades in all."""


@dataclass(frozen=True)
class Crossing:
    """What a search found."""

    at: float | None
    """Where the function comes back to where it began; infinite if it never does, None if it never fell."""
    evaluations: int


def crossing(change: Callable[[float], float], guess: float) -> Crossing:
    """Return the step at which `change`, 0 at 0 and falling at first, is 0 again.

    Outwards from `guess` by growing factors until one end lowers and the other does not, then by halves of the logarithm,
    and at last, between the two ends, by the straight line through change / step: where the function is a parabola that is
    a straight line, and the answer exact. What is not finite does not lower. If it crosses several times, it is one of
    them, as near to `guess` as the factors are.
    """
    seen: dict[float, float] = {}

    def lowers(step: float) -> bool:
        seen[step] = change(step)
        return seen[step] < 0

    low, high = _bracket(lowers, guess)
    if low is None or high is None:
        return Crossing(math.inf if high is None else None, len(seen))
    while high > NARROW * low:
        middle = math.sqrt(low) * math.sqrt(high)
        if lowers(middle):
            low = middle
        else:
            high = middle
    return Crossing(_between(low, seen[low], high, seen[high]), len(seen))


def _bracket(lowers: Callable[[float], bool], guess: float) -> tuple[float | None, float | None]:
    """Return a step that lowers and a larger one that does not; None for what there is none of."""
    begun = lowers(guess)
    before = guess
    for jump in _JUMPS:
        after = before * jump if begun else before / jump
        if not 0 < after < math.inf:
            break
        if lowers(after) != begun:
            return (before, after) if begun else (after, before)
        before = after
    return (before, None) if begun else (None, before)


def _between(low: float, lowered: float, high: float, raised: float) -> float:
    """Return where the line through change / step is 0; where the upper end is not finite, the middle of the logarithms."""
    below, above = lowered / low, raised / high
    if not math.isfinite(above):
        return math.sqrt(low) * math.sqrt(high)
    return low + (high - low) * below / (below - above)
