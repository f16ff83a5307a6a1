"""CIFAR-10 from its two versions. Rows are one image each: 1,024 bytes of red, then green, then blue, line by line."""

import io
import pickle
from typing import Any

import numpy as np

from lrtui.data.catalogue import DataSetInfo, Found
from lrtui.data.raw import Bytes, RawData, check_labels, read_content
from lrtui.errors import InputError
from lrtui.text import literal


def read_binary(data: DataSetInfo, found: Found) -> RawData:
    """Return `data` from the binary version: each row a label byte and the pixels.

    Raises InputError, naming the file, for one that is truncated or damaged. A copy that differs from the canonical one is read.
    """
    return _read(data, found, pickled=False)


def read_python(data: DataSetInfo, found: Found) -> RawData:
    """Return `data` from the python version, pickled arrays.

    A pickle can run code, so only files with the published MD5 are opened, and nothing but arrays is built from them.
    Raises InputError, naming the file, for any other.
    """
    return _read(data, found, pickled=True)


def _read(data: DataSetInfo, found: Found, *, pickled: bool) -> RawData:
    images = np.empty((data.train_count + data.test_count, *data.shape), np.uint8)
    labels = np.empty(len(images), np.uint8)
    altered = []
    row = 0
    for file, path in zip(found.version.files, found.paths, strict=True):
        content, canonical = read_content(path, file)
        if pickled and not canonical:
            raise InputError(
                f"{literal(str(path))} is altered (its MD5 is not the published {file.md5}), and being a pickle, which can "
                f"run code, it is not opened: `lrtui data fetch {data.name}` downloads it again"
            )
        batch_images, batch_labels = _unpickle(content) if pickled else _unpack(content, data)
        check_labels(batch_labels, data.classes, path)
        end = row + len(batch_labels)
        images[row:end] = batch_images.reshape(-1, *data.shape)
        labels[row:end] = batch_labels
        row = end
        if not canonical:
            altered.append(file.name)
    split = data.train_count
    return RawData(images[:split], labels[:split], images[split:], labels[split:], tuple(altered))


def _unpack(content: bytes, data: DataSetInfo) -> tuple[Bytes, Bytes]:
    rows = np.frombuffer(content, np.uint8).reshape(-1, 1 + int(np.prod(data.shape)))
    return rows[:, 1:], rows[:, 0]


class _ArrayUnpickler(pickle.Unpickler):
    """Builds numpy arrays and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        if name == "_reconstruct" and module in ("numpy.core.multiarray", "numpy._core.multiarray"):
            return _reconstruct
        if (module, name) == ("numpy", "ndarray"):
            return np.ndarray
        if (module, name) == ("numpy", "dtype"):
            return _dtype
        raise pickle.UnpicklingError(f"{module}.{name} is not part of an array")


def _reconstruct(subtype: type[np.ndarray[Any, Any]], shape: tuple[int, ...], _: bytes) -> np.ndarray[Any, Any]:
    array: np.ndarray[Any, Any] = np.ndarray.__new__(subtype, shape, np.uint8)
    return array


def _dtype(name: str, align: int, copy: int) -> np.dtype[Any]:
    # The files say 0 and 1, which numpy has deprecated in favour of False and True.
    return np.dtype(name, bool(align), bool(copy))


def _unpickle(content: bytes) -> tuple[Bytes, Bytes]:
    batch = _ArrayUnpickler(io.BytesIO(content), encoding="bytes").load()
    return batch[b"data"], np.asarray(batch[b"labels"], np.uint8)
