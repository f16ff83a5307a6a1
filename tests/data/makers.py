"""Small data sets in the real file formats, and a catalogue that takes them for the canonical ones."""

import gzip
import hashlib
import struct
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from lrtui.data.catalogue import DATASETS, DataFile

Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class Arrays:
    """Images (N, C, H, W) and labels (N,)."""

    train_images: Bytes
    train_labels: Bytes
    test_images: Bytes
    test_labels: Bytes

    @classmethod
    def random(cls, train: int, test: int, shape: tuple[int, int, int]) -> "Arrays":
        numbers = np.random.default_rng(7)
        return cls(
            numbers.integers(0, 256, (train, *shape), np.uint8),
            numbers.integers(0, 10, train, np.uint8),
            numbers.integers(0, 256, (test, *shape), np.uint8),
            numbers.integers(0, 10, test, np.uint8),
        )

    def in_order(self) -> tuple[Bytes, Bytes, Bytes, Bytes]:
        return self.train_images, self.train_labels, self.test_images, self.test_labels


def idx(array: Bytes) -> bytes:
    return struct.pack(f">I{array.ndim}I", 0x800 + array.ndim, *array.shape) + array.tobytes()


def idx_files(arrays: Arrays) -> dict[str, bytes]:
    return {
        "train-images-idx3-ubyte": idx(arrays.train_images[:, 0]),
        "train-labels-idx1-ubyte": idx(arrays.train_labels),
        "t10k-images-idx3-ubyte": idx(arrays.test_images[:, 0]),
        "t10k-labels-idx1-ubyte": idx(arrays.test_labels),
    }


def cifar_binary(images: Bytes, labels: Bytes) -> bytes:
    return b"".join(bytes([label]) + image.tobytes() for image, label in zip(images, labels, strict=True))


def cifar_python(images: Bytes, labels: Bytes) -> bytes:
    """A pickle as Python 2 and the numpy of its time wrote the published files, opcode by opcode."""

    def short(text: bytes) -> bytes:
        return b"U" + bytes([len(text)]) + text

    dtype = (
        b"cnumpy\ndtype\n" + short(b"u1") + b"K\x00K\x01\x87R(K\x03" + short(b"|") + b"NNN" + 2 * b"J\xff\xff\xff\xff"
    )
    pixels = images.reshape(len(images), -1)
    shape = b"".join(b"M" + struct.pack("<H", size) for size in pixels.shape) + b"\x86"
    return (
        b"\x80\x02}q\x01("
        + (short(b"batch_label") + short(b"a batch"))
        + (short(b"labels") + b"](" + b"".join(b"K" + bytes([label]) for label in labels) + b"e")
        + (
            short(b"data")
            + b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85"
            + short(b"b")
            + b"\x87R"
        )
        + (b"(K\x01" + shape + dtype + b"K\x00tb\x89T" + struct.pack("<I", pixels.size) + pixels.tobytes() + b"tb")
        + (short(b"filenames") + b"](" + short(b"a.png") + b"e")
        + b"u."
    )


def cifar_files(arrays: Arrays, *, pickled: bool) -> dict[str, bytes]:
    make, suffix = (cifar_python, "") if pickled else (cifar_binary, ".bin")
    size = len(arrays.train_images) // 5
    batches = {
        f"data_batch_{i + 1}{suffix}": make(
            arrays.train_images[i * size : (i + 1) * size], arrays.train_labels[i * size : (i + 1) * size]
        )
        for i in range(5)
    }
    return batches | {f"test_batch{suffix}": make(arrays.test_images, arrays.test_labels)}


def write(folder: Path, files: dict[str, bytes], *, compressed: bool = False) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        if compressed:
            (folder / f"{name}.gz").write_bytes(gzip.compress(content, 1))
        else:
            (folder / name).write_bytes(content)
    return folder


def take_for_canonical(monkeypatch: pytest.MonkeyPatch, name: str, arrays: Arrays, *versions: dict[str, bytes]) -> None:
    """Let the catalogue expect these files, version by version, and the counts of `arrays`."""
    data = DATASETS[name]
    small = replace(
        data,
        train_count=len(arrays.train_images),
        test_count=len(arrays.test_images),
        versions=tuple(
            replace(
                version,
                files=tuple(
                    DataFile(name, len(content), hashlib.md5(content, usedforsecurity=False).hexdigest())
                    for name, content in files.items()
                ),
            )
            for version, files in zip(data.versions, versions, strict=True)
        ),
    )
    monkeypatch.setitem(DATASETS, name, small)
