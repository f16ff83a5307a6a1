"""What happens to images each time they are trained on: transforms of torchvision, each image for itself."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from lrtui.errors import InputError
from lrtui.nn.own import drawing_from
from lrtui.study.components import extras
from lrtui.study.datasets import TransformConfig
from lrtui.study.problems import nearest
from lrtui.text import literal
from lrtui.train.tensors import TrainingData


class Augmentation:
    """Transforms of images (C, H, W) in the order of their tables, drawn from a run's generator.

    Torchvision's transforms of a batch change all its images alike, so every image goes through them by itself.
    Raises InputError as `transform` does, and for transforms that do not keep an image's size.
    """

    def __init__(self, configs: Sequence[TransformConfig], data: TrainingData, noise: torch.Generator) -> None:
        self._transform = transforms(configs, data.shape)
        self._data, self._noise = data, noise

    def __call__(self, batch: Tensor) -> Tensor:
        """Return a batch as the model takes it, its images changed."""
        images = batch.reshape(-1, *self._data.shape)
        with drawing_from(self._noise):
            changed = torch.stack([self._transform(image) for image in images])
        if batch.dim() == 2:
            return changed.flatten(1)
        return (
            changed.contiguous(memory_format=torch.channels_last) if self._data.layout == "channels_last" else changed
        )


def transforms(configs: Sequence[TransformConfig], shape: Sequence[int]) -> nn.Module:
    """Return what does to an image of `shape` what the tables say. Raises InputError as `Augmentation` does."""
    made = nn.Sequential(*(transform(config) for config in configs))
    if len(shape) != 3:
        raise InputError("data.augment: is for images")
    one = torch.zeros(tuple(shape))
    with drawing_from(torch.Generator().manual_seed(0)):
        try:
            changed = made(one)
        except Exception as error:
            first = str(error).strip().partition("\n")[0]
            raise InputError(f"data.augment: {literal(f'{type(error).__name__}: {first}')}") from None
    if not isinstance(changed, Tensor) or changed.shape != one.shape or not changed.is_floating_point():
        size = " × ".join(map(str, getattr(changed, "shape", ())))
        raise InputError(f"data.augment: makes {size} of an image of {' × '.join(map(str, one.shape))}")
    return made


def transform(config: TransformConfig) -> nn.Module:
    """Return the transform of torchvision.transforms.v2 that a table names.

    Raises InputError if there is none of that name, or for what it does not take.
    """
    from torchvision.transforms import v2

    kinds = {
        name: kind
        for name, kind in vars(v2).items()
        if isinstance(kind, type) and issubclass(kind, v2.Transform) and not name.startswith("_")
    }
    kind = kinds.get(config.name)
    if kind is None:
        close = nearest(config.name, kinds)
        hint = f"; did you mean {close}?" if close else ""
        raise InputError(f"data.augment: torchvision.transforms.v2 has no {literal(config.name)}{hint}")
    keys: dict[str, Any] = extras(config)
    try:
        made: nn.Module = kind(**keys)
    except Exception as error:
        raise InputError(f"data.augment: {config.name}: {literal(str(error))}") from None
    return made


def augmentation(
    configs: Sequence[TransformConfig] | None, data: TrainingData, noise: torch.Generator
) -> Augmentation | None:
    """Return what changes the images of a run; None if nothing does."""
    return None if configs is None else Augmentation(configs, data, noise)
