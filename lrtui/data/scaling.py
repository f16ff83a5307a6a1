"""From pixels as bytes to float32, as `data.scale` says. Needs numpy, not torch."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrtui.data.raw import Bytes
from lrtui.study.datasets import AnyDataConfig

CHUNK = 500
"""Images worked on at once, in float64: 12 MB of CIFAR-10."""

Doubles = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Scaling:
    """Pixels become (pixel − `shift`) / `divisor`; both are (C, H, W), or (1,) if all pixels share them."""

    shift: Doubles
    divisor: Doubles

    def apply(self, images: Bytes) -> NDArray[np.float32]:
        """Return images (N, C, H, W) scaled: computed in float64, rounded once."""
        scaled = np.empty(images.shape, np.float32)
        for start in range(0, len(images), CHUNK):
            rows = slice(start, start + CHUNK)
            scaled[rows] = (images[rows] - self.shift) / self.divisor
        return scaled


def scaling(config: AnyDataConfig, maximum: int, trained: Bytes, all_training: Bytes) -> Scaling:
    """Return the scaling that `config` asks for.

    `trained` are the images trained on, `all_training` the whole training split; `maximum` is the largest pixel value.
    `standardized` gives every pixel mean 0 and (population) standard deviation 1 over the images `config.statistics`
    names; a pixel that is the same in all of them has its mean taken away and is divided by `maximum`.
    """
    if config.scale != "standardized":
        return Scaling(np.zeros(1), np.array([maximum if config.scale == "unit" else 1], np.float64))
    images = all_training if config.statistics == "all" else trained
    total = np.zeros(images.shape[1:], np.int64)
    squares = np.zeros(images.shape[1:], np.int64)
    for start in range(0, len(images), CHUNK):
        pixels = images[start : start + CHUNK].astype(np.int32)
        total += pixels.sum(0)
        squares += np.square(pixels).sum(0)
    count = len(images)
    sd = np.sqrt(count * squares - total**2) / count  # whole numbers under the root: constant pixels give exactly 0
    return Scaling(total / count, np.where(sd > 0, sd, maximum))
