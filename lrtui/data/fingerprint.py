"""What a study was trained on, told apart by its content."""

import hashlib
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Fingerprint:
    """A data set as a study used it."""

    name: str
    train_count: int
    """Images trained on, after `data.validation` and `data.train_limit`."""
    val_count: int
    """Images validated on, after `data.val_limit`."""
    sha256: str
    """Of everything that was read, whatever the limits and the file format; see `sha256_of`."""
    canonical: bool | None
    """Whether it is the copy everybody has; None: it cannot be told."""
    source: str
    """Folder and version, or where a data set without files comes from."""
    note: str
    """A sentence if it is not the canonical copy, else empty."""
    test_count: int | None = None
    """Test images kept aside until training is over; None if they validate."""
    found: dict[str, Any] | None = None
    """`Found.as_dict` of what was not known before it was read; None of lrtui's own data sets with their classes."""
    reading: str = ""
    """What tells two uses of one file apart; empty if there is but one."""

    def as_dict(self) -> dict[str, Any]:
        """Return the fields, ready for JSON."""
        return asdict(self)


def sha256_of(
    train_images: NDArray[np.uint8],
    train_labels: NDArray[np.uint8],
    test_images: NDArray[np.uint8],
    test_labels: NDArray[np.uint8],
) -> str:
    """Return the SHA-256 of the four arrays' bytes, one after the other; images in (N, C, H, W) order."""
    digest = hashlib.sha256()
    for array in (train_images, train_labels, test_images, test_labels):
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
