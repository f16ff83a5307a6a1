"""Half precision at inference: the same weights in two formats, so that every run is compared with itself."""

from collections.abc import Sequence
from functools import partial

import polars as pl

from lrtui.book.compare import against
from lrtui.book.figures import signed
from lrtui.book.grouping import Grouping
from lrtui.book.lab.experiment import Experiment
from lrtui.book.measures import ACCURACY_MARGIN, Measure, column
from lrtui.book.question import Evidence, LackingError, Point, Region

HALVES = ("float16", "bfloat16")
HALF = Region(high=0.55)
"""Share of the size in float32 that counts as half of it: not all buffers are weights."""


def _of(name: str, kind: str, header: str, decimals: int, *, ratio: bool) -> Measure:
    """Return a figure of a half format: a share of that in float32, or the difference from it."""
    half, full = pl.col(f"{name}_{kind}"), pl.col(f"float32_{kind}")
    return Measure(
        f"{name}_{kind}", f"{name} {header}", decimals, column(half / full if ratio else half - full), ratio=ratio
    )


SIZES, TIMES = (
    [_of(name, kind, header, 2, ratio=True) for name in HALVES]
    for kind, header in (("bytes", "size ×"), ("seconds", "time ×"))
)
ACCURACIES = [_of(name, "accuracy", "acc. points", 2, ratio=False) for name in HALVES]


def _lie_in(measures: Sequence[Measure], expected: Region, grouping: Grouping) -> Sequence[Evidence]:
    """Return the evidence that the figures of every scenario lie in a region."""
    evidence = []
    for scenario in grouping.done:
        for measure in measures:
            if (figures := measure.figures(scenario, grouping)) is not None:
                line = f"{scenario.label}: {measure.header} {figures.text(measure.decimals)}, beside float32"
                if (interval := figures.interval) is not None and not measure.ratio:
                    low, high = (signed(bound, measure.decimals) for bound in interval)
                    line += f"; 95 % interval of the mean [{low}, {high}]"
                evidence.append(against(figures, expected, line))
    if not evidence:
        raise LackingError("no finished run was measured in half precision")
    return evidence


HALF_PRECISION = Experiment(
    guide="Weights in half precision take half the memory and hardly cost accuracy; where the processor computes in it, "
    "inference is faster too: the times say whether this one does.",
    measures=(*SIZES, *TIMES, *ACCURACIES),
    points=(
        Point("half precision halves the size", partial(_lie_in, SIZES, HALF)),
        Point(
            f"it changes the accuracy by less than {ACCURACY_MARGIN:g} points",
            partial(_lie_in, ACCURACIES, Region(-ACCURACY_MARGIN, ACCURACY_MARGIN)),
        ),
    ),
)
