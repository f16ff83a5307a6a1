"""A data set as a training loop wants it: tensors on the device, in the layout of the model."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor

from lrtui.data.load import Dataset
from lrtui.nn.models import as_layout
from lrtui.study.networks import Layout
from lrtui.study.tasks import CLASSIFICATION, TaskConfig
from lrtui.train.objectives import Objective, objective


@dataclass(frozen=True)
class TrainingData:
    """Images and labels on one device.

    Images are (N, C·H·W) in the `flat` layout, (N, H, W, C) in `channels_last` and (N, *shape) in `plain`. Inputs that are no
    images are stored alike. Labels are int64 (N,) of classes, (N, tokens) of a text, or float32 (N, numbers).
    """

    train_images: Tensor
    train_labels: Tensor
    val_images: Tensor
    val_labels: Tensor
    test_images: Tensor
    test_labels: Tensor
    """The very same tensors as the validation images and labels where the test split validates."""
    shape: tuple[int, ...]
    """(C, H, W) of an image, (features,) or (tokens,)."""
    classes: int
    """What a network gives for a row: classes, tokens, or numbers."""
    layout: Layout
    task: TaskConfig = CLASSIFICATION

    @cached_property
    def objective(self) -> Objective:
        """What the task asks of a network."""
        return objective(self.task, self.classes, self.train_labels)

    @classmethod
    def place(cls, dataset: Dataset, layout: Layout, device: torch.device) -> "TrainingData":
        """Return `dataset` on `device`; what already fits is not copied."""
        val_images, val_labels = as_layout(dataset.val_images.to(device), layout), dataset.val_labels.to(device)
        test_images, test_labels = val_images, val_labels
        if dataset.test_images is not None and dataset.test_labels is not None:
            test_images, test_labels = as_layout(dataset.test_images.to(device), layout), dataset.test_labels.to(device)
        return cls(
            train_images=as_layout(dataset.train_images.to(device), layout),
            train_labels=dataset.train_labels.to(device),
            val_images=val_images,
            val_labels=val_labels,
            test_images=test_images,
            test_labels=test_labels,
            shape=tuple(dataset.train_images.shape[1:]),
            classes=dataset.classes,
            layout=layout,
            task=dataset.task,
        )

    def batch(self, images: Tensor) -> Tensor:
        """Return rows of stored images as the model takes them."""
        return images.permute(0, 3, 1, 2) if self.layout == "channels_last" and len(self.shape) == 3 else images


Part = TypeVar("Part")


@dataclass(frozen=True)
class Parts(Generic[Part]):
    """`TrainingData` put somewhere else, tensor by tensor, for others to take."""

    tensors: tuple[Part, ...]
    """What stands for each tensor, in the order of the fields; the same for tensors that are the same."""
    rest: dict[str, Any]

    @classmethod
    def put(cls, data: TrainingData, put: Callable[[str, Tensor], Part]) -> "Parts[Part]":
        """Return data of which `put` has put away each tensor once, under its name."""
        values = {field.name: getattr(data, field.name) for field in fields(data)}
        tensors = {name: value for name, value in values.items() if isinstance(value, Tensor)}
        made: dict[int, Part] = {}
        for name, tensor in tensors.items():
            if id(tensor) not in made:
                made[id(tensor)] = put(name, tensor)
        rest = {name: value for name, value in values.items() if name not in tensors}
        return cls(tuple(made[id(tensor)] for tensor in tensors.values()), rest)

    def taken(self, take: Callable[[Part], Tensor]) -> TrainingData:
        """Return the data again, each tensor taken once."""
        found: dict[Part, Tensor] = {}
        for part in self.tensors:
            if part not in found:
                found[part] = take(part)
        names: Sequence[str] = [field.name for field in fields(TrainingData) if field.name not in self.rest]
        placed: dict[str, Any] = {name: found[part] for name, part in zip(names, self.tensors, strict=True)}
        return TrainingData(**placed, **self.rest)
