"""The figures taken of a scenario, and what a difference in each of them means."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

import polars as pl

from lrtui.book.figures import Figures
from lrtui.book.grouping import Grouping
from lrtui.book.question import LackingError
from lrtui.book.scenario import Scenario

Take: TypeAlias = Callable[[Scenario, Grouping], Figures | None]

ACCURACY_MARGIN = 0.5
"""Points within which accuracies count as equal."""
LOSS_MARGIN = 0.1
"""Share of the other's figure within which epochs, losses and whatever has no margin of its own count as equal."""
TIME_MARGIN = 0.25
"""Share of the other's figure within which seconds, which are noisy, count as equal."""


@dataclass(frozen=True)
class Measure:
    """A figure of every replicate: a column of a table, and what scenarios are compared by."""

    key: str
    """Its name for programs: `test_accuracy`."""
    header: str
    """Its name for people, unit included: `test acc %`."""
    decimals: int | None = 2
    """None: three significant digits."""

    take: Take = lambda _, __: None
    """How it is taken of a scenario with a done run; None: there is no such figure."""
    what: str = ""
    """Its name in sentences; empty: the header."""
    unit: str = ""
    above: str = "the figure of {} is higher than that of {}"
    """What it means that one scenario has a higher figure than another; `{}` stand for them."""
    below: str = "the figure of {} is lower than that of {}"
    margin: float = LOSS_MARGIN
    """Within which two scenarios count as equal: a share of the other's figure, in points if `unit` is %."""
    timed: bool = False
    """Whether it is in seconds: to be compared on one machine only, with as many runs beside it."""
    per_time: bool = False
    """Whether how many times as much is worth saying."""
    ratio: bool = False
    """Whether it is a ratio: such are compared by their logarithms, and a difference of two is a factor."""
    tested: bool = False
    """Whether the test accuracies stand beside it, by which a difference of one seed is judged."""

    @property
    def name(self) -> str:
        """Return its name in sentences."""
        return self.what or self.header

    def figures(self, scenario: Scenario, grouping: Grouping) -> Figures | None:
        """Return the figures of a scenario; None if it has none."""
        found = self.take(scenario, grouping) if scenario.n else None
        return None if found is None else replace(found, ratio=self.ratio)

    def of(self, scenario: Scenario, grouping: Grouping) -> Figures:
        """Return the figures of a scenario. Raises LackingError if it has none."""
        found = self.figures(scenario, grouping)
        if found is None:
            raise LackingError(f"no {self.name} of {scenario.label}")
        return found

    def near(self, other: float) -> float:
        """Return how far from a mean of `other` another counts as equal, as they are compared."""
        if self.ratio:
            return math.log1p(self.margin)
        return self.margin if self.unit == "%" else self.margin * abs(other)

    @property
    def margin_text(self) -> str:
        """Return the margin in words."""
        return f"{self.margin:g} points" if self.unit == "%" else f"{self.margin:.0%} of it".replace("%", " %")


def column(value: str | pl.Expr) -> Take:
    """Return how a figure of each run is taken from runs.parquet: a column, or an expression over columns."""
    expression = pl.col(value) if isinstance(value, str) else value
    return lambda scenario, _: scenario.by_run(scenario.runs, expression.first())


def last(value: pl.Expr) -> Take:
    """Return how a loss of the last epoch is taken, nats: one that is not a number counts as infinite."""
    return lambda scenario, _: scenario.over_epochs(value.last().fill_nan(math.inf))


def _accuracy(scenario: Scenario, _: Grouping) -> Figures | None:
    """Return the final validation accuracy, percent; of a network that gives no numbers it is below any other."""
    rows = scenario.runs.sort("seed").select("seed", pl.col("final_val_accuracy").fill_null(-math.inf)).rows()
    return Figures(dict(rows)) if rows else None


def _gradient_ratio(scenario: Scenario, _: Grouping) -> Figures | None:
    """Return, before training, the gradient RMS of the lowest hidden layer over that of the highest."""
    rms = pl.col("gradient_rms").sort_by("layer")
    return scenario.over_layers(rms.first() / rms.last(), at="first")


TEST_ACCURACY = Measure(
    "test_accuracy",
    "test acc %",
    2,
    column("test_accuracy"),
    "test accuracy",
    "%",
    "{} is better than {}",
    "{} is worse than {}",
    ACCURACY_MARGIN,
)
"""With the weights that were kept."""
ACCURACY = Measure(
    "val_accuracy",
    "val acc %",
    2,
    _accuracy,
    "validation accuracy",
    "%",
    "{} is better than {}",
    "{} is worse than {}",
    ACCURACY_MARGIN,
    tested=True,
)
BEST_LOSS = Measure(
    "best_val_loss",
    "lowest val loss",
    3,
    lambda scenario, _: scenario.over_epochs(pl.col("val_loss").filter(pl.col("val_loss").is_finite()).min()),
    above="the lowest loss of {} is higher than that of {}",
    below="the lowest loss of {} is lower than that of {}",
)
FINAL_LOSS = Measure(
    "final_val_loss",
    "final val loss",
    3,
    last(pl.col("val_loss")),
    "final validation loss",
    above="{} ends at a higher loss than {}",
    below="{} ends at a lower loss than {}",
)
FINAL_TRAIN_LOSS = Measure(
    "final_train_loss",
    "train loss at the end",
    None,
    last(pl.col("train_loss")),
    "training loss at the end",
    above="{} ends further from the minimum than {}",
    below="{} ends nearer to the minimum than {}",
)
EPOCHS_TO_COMMON = Measure(
    "epochs_to_common_loss",
    "epochs to common loss",
    1,
    lambda scenario, grouping: scenario.epochs_to(grouping.common_loss),
    "epochs to the common loss",
    above="{} needs more epochs to converge than {}",
    below="{} converges in fewer epochs than {}",
)
EPOCH_TIME = Measure(
    "fastest_epoch_milliseconds",
    "fastest epoch ms",
    0,
    lambda scenario, _: scenario.over_epochs(1000 * pl.col("seconds").min()),
    "fastest epoch",
    "ms",
    "an epoch of {} costs more time than one of {}",
    "an epoch of {} costs less time than one of {}",
    TIME_MARGIN,
    timed=True,
    per_time=True,
)
"""What else the machine does adds to the other epochs."""
TEST_TIME = Measure(
    "test_milliseconds",
    "inference ms",
    2,
    column(1000 * pl.col("test_seconds")),
    "one pass over the test images",
    "ms",
    "{} is slower to predict than {}",
    "{} is quicker to predict than {}",
    TIME_MARGIN,
    timed=True,
    per_time=True,
)
FLUCTUATION = Measure(
    "fluctuation",
    "fluct.",
    2,
    column("fluctuation"),
    "fluctuation",
    above="the loss of {} oscillates more than that of {}",
    below="the loss of {} oscillates less than that of {}",
)
"""The share of the validation loss's movement that is upward, 0 to 1."""
SPARSITY = Measure(
    "sparsity",
    "zeros %",
    1,
    column(100 * pl.col("sparsity")),
    "sparsity",
    "%",
    "more weights of {} are zero than of {}",
    "fewer weights of {} are zero than of {}",
)
"""The share of kernel weights that are exactly zero."""
GRADIENT_RATIO = Measure(
    "gradient_ratio",
    "gradient RMS, first / last layer",
    None,
    _gradient_ratio,
    "gradient RMS of the first over that of the last hidden layer, before training",
    above="more of the gradient of {} comes down to the first layer than of that of {}",
    below="less of the gradient of {} comes down to the first layer than of that of {}",
    ratio=True,
)


def common_loss(grouping: Grouping) -> str:
    """Return what the common loss is, in a sentence."""
    if math.isnan(grouping.common_loss):
        return "No run learned anything, so there is no common validation loss."
    return f"The common validation loss is {grouping.common_loss:.3f} nats: the lowest that every run reached that did not fail."


def kept(value: pl.Expr) -> Take:
    """Return how a loss of the epoch whose weights were kept is taken, nats: one that is not a number counts as infinite."""
    at_kept = value.filter(pl.col("epoch") == pl.col("kept_epoch")).first().fill_nan(math.inf)
    return lambda scenario, _: scenario.by_run(
        scenario.epochs.join(scenario.runs.select("run", "kept_epoch"), on="run").sort("run", "epoch"), at_kept
    )


KEPT_LOSS = Measure(
    "kept_val_loss",
    "val loss",
    3,
    kept(pl.col("val_loss")),
    "validation loss of the weights kept",
    above="{} ends at a higher loss than {}",
    below="{} ends at a lower loss than {}",
)
