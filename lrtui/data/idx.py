"""IDX files, the format of MNIST: a big-endian magic number, the dimensions, then the bytes."""

import struct
from pathlib import Path

import numpy as np

from lrtui.data.catalogue import DataSetInfo, Found
from lrtui.data.raw import Bytes, RawData, check_labels, read_content
from lrtui.errors import InputError
from lrtui.text import literal

UNSIGNED_BYTE = 0x08


def read(data: DataSetInfo, found: Found) -> RawData:
    """Return `data` from its four IDX files. Raises InputError, naming the file, for one that is damaged or another."""
    _, height, width = data.shape
    wanted = [
        (data.train_count, height, width),
        (data.train_count,),
        (data.test_count, height, width),
        (data.test_count,),
    ]
    arrays, altered = [], []
    for file, path, dimensions in zip(found.version.files, found.paths, wanted, strict=True):
        content, canonical = read_content(path, file)
        arrays.append(_parse(content, dimensions, path))
        if not canonical:
            altered.append(file.name)
    train_images, train_labels, test_images, test_labels = arrays
    check_labels(train_labels, data.classes, found.paths[1])
    check_labels(test_labels, data.classes, found.paths[3])
    return RawData(
        train_images.reshape(-1, *data.shape),
        train_labels,
        test_images.reshape(-1, *data.shape),
        test_labels,
        tuple(altered),
    )


def _parse(content: bytes, dimensions: tuple[int, ...], path: Path) -> Bytes:
    magic = UNSIGNED_BYTE << 8 | len(dimensions)
    header = struct.Struct(f">I{len(dimensions)}I")
    found_magic, *found_dimensions = header.unpack_from(content)
    if found_magic != magic:
        raise InputError(
            f"{literal(str(path))} begins with the magic number 0x{found_magic:08x}, 0x{magic:08x} expected: "
            "it is damaged or not the file it is named after"
        )
    if tuple(found_dimensions) != dimensions:
        raise InputError(
            f"{literal(str(path))} says it holds {_times(found_dimensions)}, {_times(dimensions)} expected: it is damaged"
        )
    return np.frombuffer(content, np.uint8, offset=header.size).reshape(dimensions)


def _times(dimensions: tuple[int, ...] | list[int]) -> str:
    return " × ".join(f"{size:,}" for size in dimensions)
