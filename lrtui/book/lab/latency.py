"""Low latency: what makes a network quicker to predict, and what that costs in accuracy."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import polars as pl

from lrtui.book.compare import Expect, against, compare
from lrtui.book.figures import Figures, number, signed
from lrtui.book.grouping import Grouping
from lrtui.book.lab.experiment import Experiment, Select, every
from lrtui.book.measures import ACCURACY_MARGIN, SPARSITY, TEST_ACCURACY, TEST_TIME, Measure, column
from lrtui.book.question import Evidence, LackingError, Point, Region
from lrtui.study.schema import RunConfig

FORMATS = ("float16", "bfloat16", "int8")
SMOOTH = ("elu", "selu", "gelu", "silu", "tanh", "logistic")
"""Activations that take an exponential of every value."""
QUICKER = Region(high=1.0)
"""The times as long that count as quicker."""
SAME = Region(-ACCURACY_MARGIN, ACCURACY_MARGIN)
"""Points of accuracy that count as none."""


def _whole(config: RunConfig) -> bool:
    """Return whether it keeps all its weights and has the smooth activation of the guide's default settings."""
    return config.pruning.name == "none" and config.model.activation in SMOOTH


def _size(config: RunConfig) -> tuple[int, int]:
    hidden = getattr(config.model, "hidden", ())
    return len(hidden), max(hidden, default=0)


def _largest(grouping: Grouping) -> tuple[int, int]:
    sizes = [_size(scenario.config) for scenario in grouping.done if _whole(scenario.config)]
    if not sizes:
        raise LackingError("no finished run with a smooth activation and all its weights")
    return max(sizes)


@dataclass(frozen=True)
class Way:
    """One thing that is changed of the deep network."""

    name: str
    test: Callable[[RunConfig, tuple[int, int]], bool]
    """Whether a run is it, given the number and width of the deep network's layers."""

    def select(self) -> Select:
        """Return the selection of the scenarios that are it."""
        return lambda grouping: every(self.name, partial(self._is, _largest(grouping)))(grouping)

    def _is(self, largest: tuple[int, int], config: RunConfig) -> bool:
        return self.test(config, largest)


DEEP = Way("the deep network", lambda config, largest: _whole(config) and _size(config) == largest)
FEWER = Way("fewer layers", lambda config, largest: _whole(config) and _size(config)[0] < largest[0])
NARROWER = Way(
    "narrower layers",
    lambda config, largest: _whole(config) and _size(config)[0] == largest[0] and _size(config)[1] < largest[1],
)
LEAKY = Way(
    "leaky ReLU",
    lambda config, _: config.pruning.name == "none" and config.model.activation in ("relu", "leaky_relu"),
)
PRUNED = Way("pruned weights", lambda config, _: config.pruning.name != "none")
WAYS = (FEWER, NARROWER, LEAKY, PRUNED)


def _against_deep(way: Way, measure: Measure, expected: Expect) -> Callable[[Grouping], Sequence[Evidence]]:
    def look(grouping: Grouping) -> Sequence[Evidence]:
        (deep,) = DEEP.select()(grouping)
        return [compare(grouping, measure, scenario, deep, expected) for scenario in way.select()(grouping)]

    return look


FOLDED_TIME = Measure(
    "folded_time", "folded: time ×", 2, column(pl.col("folded_seconds") / pl.col("unfolded_seconds")), ratio=True
)


TIMES = {
    name: Measure(
        f"{name}_time",
        f"{name}: time ×",
        2,
        column(pl.col(f"{name}_seconds") / pl.col("float32_seconds")),
        ratio=True,
    )
    for name in FORMATS
}
POINTS = {
    name: Measure(
        f"{name}_points", f"{name}: points", 2, column(pl.col(f"{name}_accuracy") - pl.col("float32_accuracy"))
    )
    for name in FORMATS
}
"""A format beside float32, the same weights: every run is compared with itself."""


def _within(measure: Measure, expected: Region, beside: str) -> Callable[[Grouping], Sequence[Evidence]]:
    """Return how a figure of every scenario is looked at: whether its 95 % interval lies in a region."""

    def look(grouping: Grouping) -> Sequence[Evidence]:
        evidence = []
        for scenario in grouping.done:
            figures = measure.figures(scenario, grouping)
            if figures is not None:
                text = figures.text(measure.decimals) + _interval(figures, measure)
                evidence.append(against(figures, expected, f"{scenario.label}: {measure.header} {text}, {beside}"))
        if not evidence:
            raise LackingError(f"no finished run has its {measure.header.rstrip(' ×')}")
        return evidence

    return look


def _interval(figures: Figures, measure: Measure) -> str:
    if (interval := figures.interval) is None:
        return ""
    low, high = (number(end, 2) if measure.ratio else signed(end, 2) for end in interval)
    return f" [{low}, {high}]"


LATENCY = Experiment(
    guide="Use fewer layers, fold batch normalization into the layer before it, use leaky ReLU or ReLU rather than a smooth "
    "activation, make the model sparse, and bring the precision down from 32 bits to 16 or 8.",
    measures=(
        TEST_ACCURACY,
        TEST_TIME,
        SPARSITY,
        FOLDED_TIME,
        *TIMES.values(),
    ),
    points=(
        *(
            Point(f"{way.name}: quicker than the deep network", _against_deep(way, TEST_TIME, Expect.LOWER))
            for way in WAYS
        ),
        Point("folded, it is quicker", _within(FOLDED_TIME, QUICKER, "beside not folded")),
        *(
            Point(f"{name} is quicker than float32", _within(measure, QUICKER, "beside float32"))
            for name, measure in TIMES.items()
        ),
        *(
            Point(
                f"{way.name}: no less accurate than the deep network",
                _against_deep(way, TEST_ACCURACY, Expect.NO_LOWER),
                needed=False,
            )
            for way in WAYS
        ),
        *(
            Point(
                f"{name} changes the accuracy by less than {ACCURACY_MARGIN:g} points",
                _within(measure, SAME, "beside float32"),
                needed=False,
            )
            for name, measure in POINTS.items()
        ),
    ),
)
"""Times are of one pass over the test images, on the machine that trained."""
