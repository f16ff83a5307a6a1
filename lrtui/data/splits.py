"""Which images of a data set are trained on, which validate, and whether the test images are kept aside."""

from dataclasses import dataclass

from lrtui.data.catalogue import DataSetInfo
from lrtui.errors import InputError
from lrtui.study.schema import DataConfig


@dataclass(frozen=True)
class Split:
    """Rows of a data set's own splits."""

    train: range
    """Rows of the training split that are trained on."""
    validation: range
    """Rows that validate: of the training split, or of the test split where nothing is kept aside."""
    test_count: int | None
    """Test images kept aside; None where they validate."""


def split(data: DataSetInfo, config: DataConfig) -> Split:
    """Return the split that `config` asks for: validation images are taken out first, then the limits apply.

    Raises InputError, with the counts, where validation leaves nothing to train on or a limit is above what there is.
    """
    if config.validation == "test":
        train, validation = range(data.train_count), range(data.test_count)
        return Split(_first(data, config, "train", train), _first(data, config, "val", validation), None)
    count, total = config.validation_count, data.train_count
    if count >= total:
        raise InputError(
            f"data.validation_count is {count:,}, but {data.name} has {total:,} training images: none would be left to train on"
        )
    if config.validation == "last":
        train, validation = range(total - count), range(total - count, total)
    else:
        train, validation = range(count, total), range(count)
    return Split(_first(data, config, "train", train), _first(data, config, "val", validation), data.test_count)


def _first(data: DataSetInfo, config: DataConfig, which: str, rows: range) -> range:
    """Return as many of `rows` as the limit lets through."""
    limit = config.train_limit if which == "train" else config.val_limit
    if limit is None:
        return rows
    if limit > len(rows):
        split = "training" if which == "train" else "validation"
        besides = f" besides the {config.validation_count:,} that validate"
        known = besides if which == "train" and config.validation != "test" else ""
        raise InputError(f"data.{which}_limit is {limit:,}, but {data.name} has {len(rows):,} {split} images{known}")
    return rows[:limit]
