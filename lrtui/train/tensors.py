"""A data set as a training loop wants it: tensors on the device, in the layout of the model."""

from dataclasses import dataclass

import torch
from torch import Tensor

from lrtui.data.load import Dataset
from lrtui.nn.models import as_layout
from lrtui.study.networks import Layout


@dataclass(frozen=True)
class TrainingData:
    """Images and labels on one device.

    Images are (N, C·H·W) in the `flat` layout and (N, H, W, C) in `channels_last`; labels int64 (N,).
    """

    train_images: Tensor
    train_labels: Tensor
    val_images: Tensor
    val_labels: Tensor
    test_images: Tensor
    test_labels: Tensor
    """The very same tensors as the validation images and labels where the test split validates."""
    shape: tuple[int, int, int]
    """(C, H, W) of an image."""
    classes: int
    layout: Layout

    @classmethod
    def place(cls, dataset: Dataset, layout: Layout, device: torch.device) -> "TrainingData":
        """Return `dataset` on `device`; what already fits is not copied."""
        channels, height, width = dataset.train_images.shape[1:]
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
            shape=(channels, height, width),
            classes=dataset.classes,
            layout=layout,
        )

    def batch(self, images: Tensor) -> Tensor:
        """Return rows of stored images as the model takes them."""
        return images if self.layout == "flat" else images.permute(0, 3, 1, 2)
