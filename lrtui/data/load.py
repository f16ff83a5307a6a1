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
from lrtui.data.scaling import scaling
from lrtui.data.splits import Split, split
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
    """The test split; None if it is the validation set."""


def load(config: DataConfig, data_dir: Path) -> Dataset:
    """Return the data set that `config` names, split, scaled and limited as it says.

    Global random state is neither read nor changed. Raises InputError for a data set that is not under `data_dir`, a file
    that is truncated or damaged, validation images that leave nothing to train on, and a limit above what there is.
    """
    data = DATASETS[config.name]
    rows = split(data, config)
    raw, source = _read(data, data_dir)
    fingerprint = _fingerprint(data, rows, raw, source)
    train_images, train_labels = _rows(raw.train_images, rows.train), _rows(raw.train_labels, rows.train)
    aside = rows.test_count is not None
    val_images = _rows(raw.train_images if aside else raw.test_images, rows.validation)
    val_labels = _rows(raw.train_labels if aside else raw.test_labels, rows.validation)
    scale = scaling(config, data.maximum, train_images, raw.train_images)

    def images(pixels: Bytes) -> Tensor:
        return torch.from_numpy(scale.apply(pixels))

    return Dataset(
        name=data.name,
        train_images=images(train_images),
        train_labels=_labels(train_labels),
        val_images=images(val_images),
        val_labels=_labels(val_labels),
        classes=data.classes,
        fingerprint=fingerprint,
        test_images=images(raw.test_images) if aside else None,
        test_labels=_labels(raw.test_labels) if aside else None,
    )


def identify(config: DataConfig, data_dir: Path) -> Fingerprint:
    """Return the fingerprint that `load` gives, without the memory of a scaled copy. Raises InputError as `load` does."""
    data = DATASETS[config.name]
    rows = split(data, config)
    return _fingerprint(data, rows, *_read(data, data_dir))


def _fingerprint(data: DataSetInfo, rows: Split, raw: RawData, source: str) -> Fingerprint:
    sha256 = sha256_of(raw.train_images, raw.train_labels, raw.test_images, raw.test_labels)
    canonical = sha256 == data.sha256 if data.sha256 else not raw.altered
    return Fingerprint(
        name=data.name,
        train_count=len(rows.train),
        val_count=len(rows.validation),
        sha256=sha256,
        canonical=canonical,
        source=source,
        note="" if canonical else _not_canonical(data, raw.altered),
        test_count=rows.test_count,
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


def _rows(array: Bytes, rows: range) -> Bytes:
    return array[rows.start : rows.stop]


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
