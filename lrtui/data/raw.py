"""A data set as it was read: pixels and labels as bytes, not yet scaled. Needs numpy, not torch."""

import gzip
import hashlib
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lrtui.data.catalogue import DataFile, is_compressed
from lrtui.errors import InputError
from lrtui.text import literal

Bytes = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class RawData:
    """Images (N, C, H, W) and labels (N,), all uint8."""

    train_images: Bytes
    train_labels: Bytes
    test_images: Bytes
    test_labels: Bytes
    altered: tuple[str, ...] = ()
    """Names of the files whose content is not the canonical one."""


def read_content(path: Path, file: DataFile) -> tuple[bytes, bool]:
    """Return the content of a data file, uncompressed, and whether it is the canonical one.

    Raises InputError, naming the file, for one that cannot be read, is damaged, or has not the size of `file`.
    """
    compressed = is_compressed(path, file.size)
    try:
        if compressed:
            with gzip.open(path) as stream:
                content = stream.read(file.size + 1)
            size = len(content)
        elif (size := path.stat().st_size) == file.size:
            content = path.read_bytes()
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"{literal(str(path))} is truncated or damaged: {error}") from None
    except OSError as error:
        raise InputError(f"cannot read {literal(str(path))}: {error.strerror or error}") from None
    if size != file.size:
        found = f"more than {file.size:,}" if compressed and size > file.size else f"{size:,}"
        raise InputError(
            f"{literal(str(path))} holds {found} bytes, {file.size:,} expected: it is truncated or another file"
        )
    return content, hashlib.md5(content, usedforsecurity=False).hexdigest() == file.md5


def check_labels(labels: Bytes, classes: int, path: Path) -> None:
    """Raise InputError, naming the file, for a label outside 0 … `classes` − 1."""
    if labels.max(initial=0) >= classes:
        at = int(np.argmax(labels >= classes))
        raise InputError(
            f"{literal(str(path))} is damaged: label {labels[at]} of image {at:,} is not one of 0 to {classes - 1}"
        )
