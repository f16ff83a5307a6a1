"""Penalties and bounds on kernels, and the end of a training that no longer improves."""

from typing import Annotated

from pydantic import Field

from lrtui.study.fields import NonNegative, Positive, Strict
from lrtui.study.schedules import Monitor


class RegularizationConfig(Strict):
    """`[regularization]`: penalties on kernels, and bounds on them."""

    l1: NonNegative = Field(
        0.0, description="adds l1 · Σ|w| over all kernels (not biases) to the loss that is minimized"
    )
    l2: NonNegative = Field(0.0, description="adds l2 · Σw² over all kernels to the loss that is minimized")
    max_norm: Positive | None = Field(
        None, description="each unit's incoming weights are scaled down to this L2 norm after every step"
    )
    max_norm_output: bool = Field(
        True, description="whether max_norm binds the output layer too; the guide: hidden layers"
    )


class EarlyStoppingConfig(Strict):
    """`[early_stopping]`: end when nothing has improved for a while; without `patience`: train all epochs."""

    patience: Annotated[int, Field(ge=1)] | None = Field(
        None, description="end after so many epochs without strict improvement"
    )
    monitor: Monitor = Field("val_loss", description="what has to improve")
    restore_best: bool = Field(True, description="keep the weights of the best epoch, not of the last")

    @property
    def restores(self) -> bool:
        """Return whether the weights of the best epoch are kept."""
        return self.patience is not None and self.restore_best
