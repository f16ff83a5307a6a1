"""The figures by which the parts of exercise 8 are compared."""

import math
from collections.abc import Callable

import polars as pl

from lrtui.analysis.answers.arms import Arm
from lrtui.analysis.answers.columns import accuracy
from lrtui.analysis.answers.compared import Aspect
from lrtui.analysis.answers.evidence import Figure
from lrtui.analysis.answers.families import Family
from lrtui.analysis.answers.stat import Stat


def seconds_to(arm: Arm, loss: float) -> Stat | None:
    """Return the wall time, seconds, until the validation loss of every run is at most `loss`; infinity: it never was."""
    found = []
    for rows in arm.epochs.partition_by("run", maintain_order=True):
        epoch = rows.filter(pl.col("epoch") > 0, pl.col("val_loss") <= loss)["epoch"].min()
        found.append(math.inf if epoch is None else float(rows.filter(pl.col("epoch") <= epoch)["seconds"].sum()))
    return Stat(tuple(found)) if found else None


def _column(name: str) -> Callable[[Family], Figure]:
    return lambda _: lambda arm: arm.column(name)


EPOCHS = Aspect(
    "epochs to the common loss",
    lambda family: lambda arm: arm.epochs_to(family.common_loss),
    "{} converges in fewer epochs than {}",
    "{} needs more epochs to converge than {}",
    decimals=1,
)
SECONDS = Aspect(
    "seconds to the common loss",
    lambda family: lambda arm: seconds_to(arm, family.common_loss),
    "{} converges in less time than {}",
    "{} needs more time to converge than {}",
    decimals=1,
    timed=True,
)
SECONDS_TO_BEST = Aspect(
    "seconds to its best epoch",
    _column("seconds_to_best"),
    "{} is at its best sooner than {}",
    "{} is at its best later than {}",
    decimals=1,
    timed=True,
)
EPOCH_COST = Aspect(
    "seconds per epoch",
    lambda _: Arm.epoch_seconds,
    "an epoch of {} costs less time than one of {}",
    "an epoch of {} costs more time than one of {}",
    timed=True,
)
BETTER = Aspect(
    "validation accuracy",
    lambda _: accuracy,
    "{} is worse than {}",
    "{} is better than {}",
    unit="%",
    tested=True,
)
