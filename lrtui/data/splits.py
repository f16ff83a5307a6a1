"""Which images of a data set are trained on, which validate, and whether the test images are kept aside."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from lrtui.errors import InputError
from lrtui.study.datasets import AnyDataConfig
from lrtui.study.problems import Complaint, dotted


class Counted(Protocol):
    """Data whose rows are counted."""

    @property
    def name(self) -> str: ...
    @property
    def train_count(self) -> int: ...
    @property
    def test_count(self) -> int: ...


@dataclass(frozen=True)
class Split:
    """Rows of a data set's own splits."""

    train: range
    """Rows of the training split that are trained on."""
    validation: range
    """Rows that validate: of the training split, or of the test split if nothing is kept aside."""
    test_count: int | None
    """Test images kept aside; None if they validate."""


def split(data: Counted, config: AnyDataConfig) -> Split:
    """Return the split that `config` asks for: validation images are taken out first, then the limits apply.

    Raises InputError, with the counts, if validation leaves nothing to train on or a limit is above what there is.
    """
    for path, message in excesses(data, config):
        raise InputError(f"{dotted(path)} {message}")
    train, validation = _rows(data, config)
    aside = None if config.validation == "test" else data.test_count
    return Split(train[: config.train_limit], validation[: config.val_limit], aside)


def excesses(data: Counted, config: AnyDataConfig) -> Iterator[Complaint]:
    """Yield a complaint, with the counts, about everything that `config` wants more of than there is."""
    what = config.rows
    aside = config.validation != "test"
    count, total = config.validation_count, data.train_count
    if aside and count >= total:
        yield (
            ("data", "validation_count"),
            f"is {count:,}, but {data.name} has {total:,} training {what}: none would be left to train on",
        )
        return
    train, validation = _rows(data, config)
    if config.train_limit is not None and config.train_limit > len(train):
        besides = f" besides the {count:,} that validate" if aside else ""
        yield (
            ("data", "train_limit"),
            f"is {config.train_limit:,}, but {data.name} has {len(train):,} training {what}{besides}",
        )
    if config.val_limit is not None and config.val_limit > len(validation):
        yield (
            ("data", "val_limit"),
            f"is {config.val_limit:,}, but {data.name} has {len(validation):,} validation {what}",
        )


def _rows(data: Counted, config: AnyDataConfig) -> tuple[range, range]:
    """Return the rows that may be trained on and those that may validate, before the limits."""
    count, total = config.validation_count, data.train_count
    if config.validation == "test":
        return range(total), range(data.test_count)
    if config.validation == "last":
        return range(total - count), range(total - count, total)
    return range(count, total), range(count)
