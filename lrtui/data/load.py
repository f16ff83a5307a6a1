"""A data set as a study wants it: scaled tensors on the CPU, and the fingerprint of what was read."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from lrtui.data import builtin, cifar, idx
from lrtui.data.catalogue import DATASETS, DataSetInfo, Found, absence, find
from lrtui.data.fingerprint import Fingerprint, sha256_of
from lrtui.data.raw import Bytes, RawData
from lrtui.errors import InputError
from lrtui.study.schema import DataConfig
from lrtui.text import literal

_READERS: dict[str, Callable[[DataSetInfo, Found], RawData]] = {
    "idx": idx.read,
    "cifar-binary": cifar.read_binary,
    "cifar-python": cifar.read_python,
}
_BUILTIN: dict[str, Callable[[DataSetInfo], RawData]] = {"digits": builtin.digits, "synthetic": builtin.synthetic}


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images float32 (N, C, H, W), labels int64 (N,); contiguous, on the CPU."""

    name: str
    train_images: Tensor
    train_labels: Tensor
    val_images: Tensor
    val_labels: Tensor
    classes: int
    fingerprint: Fingerprint
    test_images: Tensor | None = None
    test_labels: Tensor | None = None
    """The test split, where it is not the validation set; None where it is."""


def load(config: DataConfig, data_dir: Path) -> Dataset:
    """Return the data set that `config` names, scaled and limited as it says; the test split is the validation set.

    Global random state is neither read nor changed. Raises InputError for a data set that is not under `data_dir`, a file
    that is truncated or damaged, and a limit above what there is.
    """
    data = DATASETS[config.name]
    train_count = _count(data, "train_limit", config.train_limit, data.train_count, "training")
    val_count = _count(data, "val_limit", config.val_limit, data.val_count, "validation")
    raw, source = _read(data, data_dir)
    sha256 = sha256_of(raw.train_images, raw.train_labels, raw.test_images, raw.test_labels)
    canonical = sha256 == data.sha256 if data.sha256 else not raw.altered
    divisor = data.maximum if config.scale == "unit" else 1
    return Dataset(
        name=data.name,
        train_images=_images(raw.train_images[:train_count], divisor),
        train_labels=_labels(raw.train_labels[:train_count]),
        val_images=_images(raw.test_images[:val_count], divisor),
        val_labels=_labels(raw.test_labels[:val_count]),
        classes=data.classes,
        fingerprint=Fingerprint(
            name=data.name,
            train_count=train_count,
            val_count=val_count,
            sha256=sha256,
            canonical=canonical,
            source=source,
            note="" if canonical else _not_canonical(data, raw.altered),
        ),
    )


def _read(data: DataSetInfo, data_dir: Path) -> tuple[RawData, str]:
    if not data.versions:
        return _BUILTIN[data.name](data), data.origin
    if (found := find(data, data_dir)) is None:
        raise InputError(
            f"{data.title} is not here: {absence(data, data_dir)}. Download it with `lrtui data fetch {data.name}`, "
            "or say where it is with --data-dir or LRTUI_DATA"
        )
    return _READERS[found.version.format](data, found), literal(f"{found.folder} ({found.version.title})")


def _count(data: DataSetInfo, key: str, limit: int | None, available: int, split: str) -> int:
    if limit is not None and limit > available:
        raise InputError(f"data.{key} is {limit:,}, but {data.name} has {available:,} {split} images")
    return available if limit is None else limit


def _images(images: Bytes, divisor: int) -> Tensor:
    scaled = torch.from_numpy(images.astype("float32"))
    return scaled.div_(divisor) if divisor != 1 else scaled


def _labels(labels: Bytes) -> Tensor:
    return torch.from_numpy(labels.astype("int64"))


def _not_canonical(data: DataSetInfo, altered: tuple[str, ...]) -> str:
    if not altered:
        return f"This is not {data.title} as other installations of lrtui have it: figures may differ from theirs."
    others = len(altered) - 1
    which = (
        f"{altered[0]} differs" if not others else f"{altered[0]} and {others} other{'s' if others > 1 else ''} differ"
    )
    return (
        f"This is not the canonical copy of {data.title}: {which} from what was published. "
        "Accuracies may differ from those of the canonical copy."
    )
