"""The figures that several experiments show of their arms."""

import polars as pl

from lrtui.analysis.answers.answer import Measure
from lrtui.analysis.answers.arms import Arm, Arms
from lrtui.analysis.answers.evidence import Figure
from lrtui.analysis.answers.experiment import Column
from lrtui.analysis.answers.stat import Stat


def accuracy(arm: Arm) -> Stat | None:
    """Return the final validation accuracy, percent."""
    return arm.column("final_val_accuracy")


def test_accuracy(arm: Arm) -> Stat | None:
    """Return the test accuracy with the weights that were kept, percent."""
    return arm.column("test_accuracy")


def test_milliseconds(arm: Arm) -> Stat | None:
    """Return the wall time of one deterministic pass over the test images, milliseconds."""
    found = arm.column("test_seconds")
    return found and Stat(tuple(1000 * value for value in found.values))


def sparsity(arm: Arm) -> Stat | None:
    """Return the share of kernel weights that are exactly zero, percent."""
    found = arm.column("sparsity")
    return found and Stat(tuple(100 * value for value in found.values))


def fluctuation(arm: Arm) -> Stat | None:
    """Return the share of the validation loss's movement that is upward, 0 to 1."""
    return arm.column("fluctuation")


def epoch_milliseconds(arm: Arm) -> Stat | None:
    """Return the wall time of the fastest epoch, milliseconds."""
    found = arm.fastest_epoch()
    return found and Stat(tuple(1000 * value for value in found.values))


def epochs_to_common(found: Arms) -> Figure:
    """Return how the epochs to the common loss are taken of an arm; infinity for a run that never reached it."""
    return lambda arm: arm.epochs_to(found.common_loss)


def gradient_ratio(arm: Arm) -> Stat | None:
    """Return, before training, the gradient RMS of the lowest hidden layer over that of the highest."""
    rms = pl.col("gradient_rms").sort_by("layer")
    return arm.over_layers(rms.first() / rms.last(), at="first")


ACCURACY: Column = (Measure("val_accuracy", "val acc %"), lambda arm, _: accuracy(arm))
BEST_LOSS: Column = (Measure("best_val_loss", "lowest val loss", 3), lambda arm, _: arm.lowest_loss())
FINAL_LOSS: Column = (Measure("final_val_loss", "final val loss", 3), lambda arm, _: arm.final_loss())
EPOCHS_TO_COMMON: Column = (
    Measure("epochs_to_common_loss", "epochs to common loss", 1),
    lambda arm, found: arm.epochs_to(found.common_loss),
)
EPOCH_TIME: Column = (
    Measure("fastest_epoch_milliseconds", "fastest epoch ms", 0),
    lambda arm, _: epoch_milliseconds(arm),
)
FLUCTUATION: Column = (Measure("fluctuation", "fluct."), lambda arm, _: fluctuation(arm))


def common_loss(found: Arms) -> str:
    """Return what the common loss is, in a sentence."""
    return f"The common validation loss is {found.common_loss:.3f} nats: the lowest that every run reached that did not fail."
