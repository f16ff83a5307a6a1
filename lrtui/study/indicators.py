"""`[indicators]`: the thresholds behind what is said of a run."""

from typing import Annotated

from pydantic import Field

from lrtui.study.fields import Positive, Strict


class IndicatorConfig(Strict):
    """`[indicators]`: the thresholds behind convergence epoch and verdict."""

    stable_change: Positive = Field(
        0.01, description="relative change of the validation loss below which an epoch is stable"
    )
    stable_epochs: Annotated[int, Field(ge=1)] = Field(3, description="stable epochs in a row that make convergence")
    learned: Positive = Field(
        0.9,
        description="converged only at or below this multiple of the loss before training; stalled if never below it",
    )
    diverged: Positive = Field(
        1.5, description="diverged when the final loss is above this multiple of the loss before training"
    )
    unstable_fluctuation: Annotated[float, Field(gt=0, le=1)] = Field(
        0.3, description="fluctuation from which an unconverged run is unstable"
    )
    unstable_window: Annotated[int, Field(ge=2)] = Field(
        10, description="last epochs over which that fluctuation is taken"
    )
