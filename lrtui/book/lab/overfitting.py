"""Against overfitting: penalties, max-norm, dropout; and standardized inputs."""

import polars as pl

from lrtui.book.compare import Expect
from lrtui.book.lab.experiment import Experiment, every, is_so, one
from lrtui.book.measures import ACCURACY, BEST_LOSS, EPOCHS_TO_COMMON, FINAL_LOSS, Measure, last
from lrtui.study.schema import RunConfig

GAP = Measure(
    "generalization_gap",
    "val − train loss at the end",
    3,
    last(pl.col("val_loss") - pl.col("train_loss")),
    "validation loss minus training loss at the end",
    above="{} overfits more than {}",
    below="{} overfits less than {}",
)
"""The training loss is without penalties, so that both are of the same kind; dropout is on in training."""


def _regularized(config: RunConfig) -> bool:
    table = config.regularization
    return table.l1 > 0 or table.l2 > 0 or table.max_norm is not None or config.model.dropout > 0


regularized = every("l1, l2, max-norm or dropout", _regularized)
bare = one("no regularization", lambda config: not _regularized(config) and config.data.scale == "unit")
standardized = one("standardized inputs", lambda config: config.data.scale == "standardized")
REGULARIZERS = Experiment(
    guide="A deep network can know its training images by heart. l1 and l2 penalties, max-norm and dropout constrain it, so that "
    "it generalizes better. Standardized inputs converge faster.",
    measures=(ACCURACY, GAP, BEST_LOSS, FINAL_LOSS, EPOCHS_TO_COMMON),
    points=(
        is_so("each of l1, l2, max-norm and dropout overfits less", regularized, Expect.LOWER, bare, GAP),
        is_so("each of them reaches a higher accuracy", regularized, Expect.HIGHER, bare, ACCURACY),
        is_so("standardized inputs converge in fewer epochs", standardized, Expect.LOWER, bare, EPOCHS_TO_COMMON),
    ),
)
