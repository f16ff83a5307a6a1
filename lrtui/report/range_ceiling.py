"""Where the loss axis of a range test ends. Needs no polars: the workbench draws with it from its first paint on."""

import math
from collections.abc import Sequence

HEADROOM = 1.25
"""A loss axis ends at this multiple of the highest smoothed loss before the lowest: where the loss explodes, the curve
leaves the picture, marked."""


def ceiling(smoothed: Sequence[float]) -> float:
    """Return where the loss axis of a range test ends, given its smoothed losses; infinity where none is finite.

    Everything that a suggestion is read from lies below: the fall to the lowest loss, and the beginning of the rise.
    """
    read = [loss if math.isfinite(loss) else math.inf for loss in smoothed]
    lowest = min(range(len(read) // 10, len(read)), key=read.__getitem__, default=None)
    return math.inf if lowest is None else HEADROOM * max(read[: lowest + 1])
