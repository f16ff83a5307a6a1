"""A data set as a study wants it: scaled tensors on the CPU, and the fingerprint of what was read."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lrtui.data import builtin, cifar, idx, own
from lrtui.data.catalogue import DATASETS, DataSetInfo, Found, absence, find
from lrtui.data.fingerprint import Fingerprint, sha256_of
from lrtui.data.raw import Bytes, RawData
from lrtui.data.scaling import scaling
from lrtui.data.splits import Split, split
from lrtui.data.variance import variance
from lrtui.errors import InputError
from lrtui.study import datasets
from lrtui.study.binding import reading
from lrtui.study.datasets import AnyDataConfig, DataConfig, OwnDataConfig
from lrtui.study.spec import RunSpec
from lrtui.study.tasks import CLASSIFICATION, TaskConfig
from lrtui.text import literal

_READERS: dict[str, Callable[[DataSetInfo, Found], RawData]] = {
    "idx": idx.read,
    "cifar-binary": cifar.read_binary,
    "cifar-python": cifar.read_python,
}
_BUILTIN: dict[str, Callable[[DataSetInfo], RawData]] = {"digits": builtin.digits, "synthetic": builtin.synthetic}


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images float32 (N, C, H, W), or what else a row is (N, …); labels int64 (N,), or as its task wants them; on the CPU."""

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
    task: TaskConfig = CLASSIFICATION


@dataclass(frozen=True, eq=False)
class Wanted:
    """Which data a run wants, and for what. Runs want the same whose settings of it say the same."""

    config: AnyDataConfig
    task: TaskConfig = CLASSIFICATION
    folder: str = ""
    """Where the files lie that the configuration names."""

    @classmethod
    def by(cls, spec: RunSpec) -> "Wanted":
        """Return what a run wants."""
        return cls(spec.config.data, spec.config.task, spec.folder)

    @cached_property
    def identity(self) -> tuple[str, str, str]:
        """Return what they say."""
        return self.config.model_dump_json(exclude={"augment"}), self.task.labels, self.folder

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Wanted) and self.identity == other.identity

    def __hash__(self) -> int:
        return hash(self.identity)


def load_wanted(wanted: Wanted, data_dir: Path) -> Dataset:
    """Return the data that a run wants, as its task wants it. Raises InputError as `load` does, and where they do not fit."""
    if isinstance(wanted.config, OwnDataConfig):
        dataset = own.load(wanted.config, wanted.task, wanted.folder)
    else:
        dataset = for_task(load(wanted.config, data_dir), wanted.task)
    known_by = reading(wanted.config, wanted.task)
    return replace(dataset, fingerprint=replace(dataset.fingerprint, reading=known_by))


def for_task(dataset: Dataset, task: TaskConfig) -> Dataset:
    """Return a data set of images and classes as a task wants it. Raises InputError if it has no such labels."""
    if task.labels not in LABELS:
        raise InputError(f"task.name: {task.name} needs {task.needs}, and {dataset.name} has classes")
    return LABELS[task.labels](dataset, task)


def _own_inputs(dataset: Dataset, task: TaskConfig) -> Dataset:
    """Return it with the numbers of every image as its label."""
    labels = {
        name.replace("images", "labels"): images.flatten(1)
        for name in ("train_images", "val_images", "test_images")
        if (images := getattr(dataset, name)) is not None
    }
    targets = dataset.train_images.flatten(1)
    found = datasets.Found(tuple(dataset.train_images.shape[1:]), targets.shape[1], variance(targets))
    return replace(
        dataset,
        **labels,
        classes=targets.shape[1],
        task=task,
        fingerprint=replace(dataset.fingerprint, found=found.as_dict()),
    )


def _turned(dataset: Dataset, task: TaskConfig) -> Dataset:
    """Return every image in its four quarter turns, one after the other, with their number as the label."""
    shape = tuple(dataset.train_images.shape[1:])
    if shape[1] != shape[2]:
        raise InputError(f"task.name: {task.name} needs images as high as they are wide")
    parts: dict[str, Any] = {}
    for name in ("train_images", "val_images", "test_images"):
        if (images := getattr(dataset, name)) is not None:
            turns = [torch.rot90(images, turn, (2, 3)) for turn in range(4)]
            parts[name] = torch.stack(turns, 1).flatten(0, 1)
            parts[name.replace("images", "labels")] = torch.arange(4).repeat(len(images))
    found = datasets.Found(shape, 4, math.log(4), ("upright", "a quarter", "a half", "three quarters"))
    fingerprint = dataset.fingerprint
    fingerprint = replace(
        fingerprint,
        found=found.as_dict(),
        train_count=4 * fingerprint.train_count,
        val_count=4 * fingerprint.val_count,
        test_count=None if fingerprint.test_count is None else 4 * fingerprint.test_count,
    )
    return replace(dataset, **parts, classes=4, task=task, fingerprint=fingerprint)


LABELS: dict[str, Callable[[Dataset, TaskConfig], Dataset]] = {
    "classes": lambda dataset, task: replace(dataset, task=task),
    "inputs": _own_inputs,
    "turns": _turned,
}
"""How a data set of images and classes gets the labels that a task wants, by `TaskConfig.labels`."""


def load(config: AnyDataConfig, data_dir: Path) -> Dataset:
    """Return the data set of lrtui's own that `config` names, split, scaled and limited as it says.

    Global random state is neither read nor changed. Raises InputError for a data set that is not under `data_dir`, a file
    that is truncated or damaged, validation images that leave nothing to train on, and a limit above what there is.
    """
    data = DATASETS[config.name]
    if getattr(config, "only", None) is None:
        split(data, config)  # a wrong limit is told before anything is read
    raw, source = _read(data, data_dir)
    whole = sha256_of(raw.train_images, raw.train_labels, raw.test_images, raw.test_labels)
    data, raw = _of_classes(data, raw, config)
    rows = split(data, config)
    fingerprint = _fingerprint(data, rows, raw, source, whole)
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


def identify_wanted(wanted: Wanted, data_dir: Path) -> Fingerprint:
    """Return the fingerprint that `load_wanted` gives. Raises InputError as that does."""
    if reading(wanted.config, wanted.task):
        return load_wanted(wanted, data_dir).fingerprint
    return identify(wanted.config, data_dir)


def identify(config: AnyDataConfig, data_dir: Path) -> Fingerprint:
    """Return the fingerprint that `load` gives, without the memory of a scaled copy. Raises InputError as `load` does."""
    data = DATASETS[config.name]
    rows = split(data, config)
    raw, source = _read(data, data_dir)
    return _fingerprint(
        data, rows, raw, source, sha256_of(raw.train_images, raw.train_labels, raw.test_images, raw.test_labels)
    )


def _of_classes(data: DataSetInfo, raw: RawData, config: AnyDataConfig) -> tuple[DataSetInfo, RawData]:
    """Return a data set with the images of some classes only, which are counted anew, in the order in which they are named."""
    only = config.only if isinstance(config, DataConfig) else None
    if only is None:
        return data, raw
    places = np.full(256, 255, np.uint8)
    places[list(only)] = np.arange(len(only))
    train, test = (np.isin(labels, only) for labels in (raw.train_labels, raw.test_labels))
    chosen = replace(
        raw,
        train_images=raw.train_images[train],
        train_labels=places[raw.train_labels[train]],
        test_images=raw.test_images[test],
        test_labels=places[raw.test_labels[test]],
    )
    return replace(data, classes=len(only), train_count=int(train.sum()), test_count=int(test.sum())), chosen


def _fingerprint(data: DataSetInfo, rows: Split, raw: RawData, source: str, sha256: str) -> Fingerprint:
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
