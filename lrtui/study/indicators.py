"""`[indicators]`: the thresholds of the verdicts on runs, and of who won."""

from typing import Annotated

from pydantic import Field

from lrtui.study.fields import Positive, Share, Strict

Epochs = Annotated[int, Field(ge=1)]
Trend = Annotated[float, Field(ge=0, le=1)]


class IndicatorConfig(Strict):
    """`[indicators]`: the thresholds behind verdicts, settling and convergence; H is ln(classes), the loss of knowing nothing."""

    stable_change: Positive = Field(
        0.01, description="relative change of the validation loss below which an epoch is stable"
    )
    stable_epochs: Epochs = Field(3, description="stable epochs in a row that make convergence")
    learned: Positive = Field(
        0.9,
        description="convergence only at or below this multiple of the loss before training; collapsed only after a loss below "
        "this multiple of H",
    )
    diverged: Positive = Field(
        1.5,
        description="diverged if the training loss ends above this multiple of H and of its own lowest value",
    )
    chance: Positive = Field(
        0.98, description="a loss of at least this multiple of H is that of a network that knows nothing"
    )
    window: Annotated[int, Field(ge=2)] = Field(
        10, description="last epochs in which a run may oscillate or still improve"
    )
    moving_window: Annotated[int, Field(ge=2)] = Field(
        4, description="last epochs in which it may oscillate if its schedule moves the rate: a third of the window"
    )
    oscillating: Positive = Field(
        0.05,
        description="a step of the validation loss counts if it is over this share of what was learned and of the lower loss",
    )
    oscillations: Epochs = Field(2, description="so many such rises, and as many falls, make a run oscillating")
    improving: Positive = Field(
        0.01, description="improving if the loss still falls by over this share of what was learned over the window"
    )
    improving_trend: Trend = Field(0.5, description="and Kendall's tau of it against time is at most minus this")
    improving_epochs: Epochs = Field(5, description="a run of fewer epochs is improving rather than settled")
    overfitting: Annotated[float, Field(gt=1)] = Field(
        1.15, description="overfitting if the validation loss ends at this multiple of its best value or more"
    )
    overfitting_trend: Trend = Field(0.3, description="and Kendall's tau of it since then is at least this")
    overfitting_epochs: Epochs = Field(5, description="and so many epochs were trained since, its own counted")
    settled: Share = Field(
        0.02, description="settled from where the loss stays within this share of what was learned around its end"
    )
    settled_epochs: Epochs = Field(5, description="its end is the median over so many last epochs")
    equal_within: Positive = Field(
        0.5,
        description="accuracies (of numbers R², percent) are called equal if the interval of their difference lies within "
        "± so many points",
    )


RETIRED = {
    "indicators.unstable_fluctuation": "no longer exists: a verdict of oscillating goes by indicators.oscillating",
    "indicators.unstable_window": "no longer exists: use indicators.window",
}
"""Keys of earlier versions, and the message for a preset that still has one. A saved study may have them."""
