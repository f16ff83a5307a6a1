"""The data sets that need no files from outside: embedded digits, and patterns made on the spot."""

import numpy as np
import torch

from lrtui.data.catalogue import DIGITS_FILE, DataSetInfo
from lrtui.data.raw import Bytes, RawData

SYNTHETIC_SEED = 1
PATTERNS_PER_CLASS = 3
NOISE = 40
"""Noise on a pixel is the sum of four whole numbers, each evenly from −NOISE to NOISE."""


def digits(data: DataSetInfo) -> RawData:
    """Return the 1,797 handwritten digits of UCI's optdigits test set (see digits.txt), split in their order."""
    with np.load(DIGITS_FILE, allow_pickle=False) as arrays:
        return _split(data, arrays["images"], arrays["labels"])


def synthetic(data: DataSetInfo) -> RawData:
    """Return noisy patterns: each class has three, classes take turns.

    Drawn as whole numbers from an own generator, so every machine makes the same bytes. A linear classifier gets about
    94 % of them right.
    """
    generator = torch.Generator().manual_seed(SYNTHETIC_SEED)
    count = data.train_count + data.test_count
    patterns = torch.randint(64, 192, (data.classes, PATTERNS_PER_CLASS, *data.shape), generator=generator)
    labels = torch.arange(count) % data.classes
    chosen = patterns[labels, torch.randint(PATTERNS_PER_CLASS, (count,), generator=generator)]
    noise = torch.randint(-NOISE, NOISE + 1, (4, count, *data.shape), generator=generator).sum(0)
    images = (chosen + noise).clamp(0, data.maximum)
    return _split(data, images.to(torch.uint8).numpy(), labels.to(torch.uint8).numpy())


def _split(data: DataSetInfo, images: Bytes, labels: Bytes) -> RawData:
    images = images.reshape(-1, *data.shape)
    at = data.train_count
    return RawData(images[:at], labels[:at], images[at:], labels[at:])
