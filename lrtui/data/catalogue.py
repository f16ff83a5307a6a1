"""What data sets there are, which files hold them, and where those lie. Needs neither torch nor numpy.

The checksums are published ones of the files' content (uncompressed): MNIST, Fashion-MNIST and CIFAR-10's python
version as torchvision and others have them, CIFAR-10's binary version as several independent loaders have them.
"""

import gzip
import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lrtui.text import literal

DIGITS_FILE = Path(__file__).with_name("digits.npz")


@dataclass(frozen=True)
class DataFile:
    """One file of a data set: its name, and size (bytes) and MD5 of the canonical content, uncompressed."""

    name: str
    size: int
    md5: str


@dataclass(frozen=True)
class Version:
    """One way in which a data set is laid out in files."""

    title: str
    format: Literal["idx", "cifar-python", "cifar-binary"]
    folders: tuple[str, ...]
    """Where it is looked for under the data folder, in this order, and last in the folder itself; downloads go to the first."""
    files: tuple[DataFile, ...]
    """`idx`: training images and labels, test images and labels. CIFAR: the training batches in order, the test batch."""


@dataclass(frozen=True)
class DataSetInfo:
    """One data set with its training and its test split, as it was published."""

    name: str
    title: str
    shape: tuple[int, int, int]
    """(C, H, W) of an image."""
    train_count: int
    test_count: int
    maximum: int
    """The largest pixel value; `unit` scaling divides by it."""
    classes: int = 10
    versions: tuple[Version, ...] = ()
    """In order of preference. None: the data set needs no files from outside."""
    origin: str = ""
    """Where a data set without files comes from."""
    sha256: str = ""
    """SHA-256 of a data set without files (see `fingerprint.sha256_of`)."""


@dataclass(frozen=True)
class Found:
    """A data set's files, all there; each may be compressed (`.gz`). What is in them was not looked at."""

    version: Version
    folder: Path
    paths: tuple[Path, ...]


@dataclass(frozen=True)
class DataStatus:
    """What a look at the data folder tells of one data set, by names and sizes."""

    name: str
    title: str
    present: bool
    """Every file is there, and no uncompressed one has a wrong size."""
    where: str
    """Folder and version, or where it comes from; empty if there is nothing."""
    train_count: int
    val_count: int
    bytes: int
    """Size on disk of what is there."""
    canonical: bool | None
    """None: not checked. Loading the data set checks it, and the study records the answer."""
    note: str
    """What is missing or wrong, in a sentence; empty when nothing is."""


def _idx(train_images: str, train_labels: str, test_images: str, test_labels: str) -> tuple[DataFile, ...]:
    return (
        DataFile("train-images-idx3-ubyte", 16 + 60_000 * 784, train_images),
        DataFile("train-labels-idx1-ubyte", 8 + 60_000, train_labels),
        DataFile("t10k-images-idx3-ubyte", 16 + 10_000 * 784, test_images),
        DataFile("t10k-labels-idx1-ubyte", 8 + 10_000, test_labels),
    )


_CIFAR10_PYTHON = Version(
    "python version",
    "cifar-python",
    ("cifar-10-batches-py", "cifar10/cifar-10-batches-py"),
    (
        DataFile("data_batch_1", 31_035_704, "c99cafc152244af753f735de768cd75f"),
        DataFile("data_batch_2", 31_035_320, "d4bba439e000b95fd0a9bffe97cbabec"),
        DataFile("data_batch_3", 31_035_999, "54ebc095f3ab1f0389bbae665268c751"),
        DataFile("data_batch_4", 31_035_696, "634d18415352ddfa80567beed471001a"),
        DataFile("data_batch_5", 31_035_623, "482c414d41f54cd18b22e5b47cb7c3cb"),
        DataFile("test_batch", 31_035_526, "40351d587109b95175f43aff81a1287e"),
    ),
)
_CIFAR10_BINARY = Version(
    "binary version",
    "cifar-binary",
    ("cifar-10-batches-bin", "cifar10/cifar-10-batches-bin"),
    (
        DataFile("data_batch_1.bin", 30_730_000, "5dd7e06a14cb22eb9f671a540d1b7c25"),
        DataFile("data_batch_2.bin", 30_730_000, "5ea93a67294ea407fff1d09f752e9692"),
        DataFile("data_batch_3.bin", 30_730_000, "942cd6a4bcdd0dd3c604fbe906cb4421"),
        DataFile("data_batch_4.bin", 30_730_000, "ae636b3ba5c66a11e91e8cb52e771fcb"),
        DataFile("data_batch_5.bin", 30_730_000, "53f37980c15c3d472c316c40844f3f0d"),
        DataFile("test_batch.bin", 30_730_000, "803d5f7f4d78ea53de84dbe85f74fb6d"),
    ),
)

DATASETS: dict[str, DataSetInfo] = {
    data.name: data
    for data in (
        DataSetInfo(
            "mnist",
            "MNIST",
            (1, 28, 28),
            60_000,
            10_000,
            255,
            versions=(
                Version(
                    "IDX files",
                    "idx",
                    ("MNIST/raw", "MNIST", "mnist/raw", "mnist", "raw"),
                    _idx(
                        "6bbc9ace898e44ae57da46a324031adb",
                        "a25bea736e30d166cdddb491f175f624",
                        "2646ac647ad5339dbf082846283269ea",
                        "27ae3e4e09519cfbb04c329615203637",
                    ),
                ),
            ),
        ),
        DataSetInfo(
            "fashion_mnist",
            "Fashion-MNIST",
            (1, 28, 28),
            60_000,
            10_000,
            255,
            versions=(
                Version(
                    "IDX files",
                    "idx",
                    ("FashionMNIST/raw", "FashionMNIST", "fashion_mnist", "fashion-mnist", "raw"),
                    _idx(
                        "f4a8712d7a061bf5bd6d2ca38dc4d50a",
                        "9018921c3c673c538a1fc5bad174d6f9",
                        "8181f5470baa50b63fa0f6fddb340f0a",
                        "15d484375f8d13e6eb1aabb0c3f46965",
                    ),
                ),
            ),
        ),
        DataSetInfo(
            "cifar10", "CIFAR-10", (3, 32, 32), 50_000, 10_000, 255, versions=(_CIFAR10_PYTHON, _CIFAR10_BINARY)
        ),
        DataSetInfo(
            "digits",
            "UCI optical digits, 8×8",
            (1, 8, 8),
            1_437,
            360,
            16,
            origin="part of lrtui",
            sha256="adbedc90ca53bba766d95f51152881946c85767fcaa14d6722d36d9dd86d8e3d",
        ),
        DataSetInfo(
            "synthetic",
            "made patterns, 8×8",
            (1, 8, 8),
            2_000,
            500,
            255,
            origin="made by lrtui when needed",
            sha256="0fb3f9b68d0ccbabbdd2271a45fd8416921062ae3064c3d5dea9cee3d079dfbb",
        ),
    )
}
"""Every data set by its name in presets, in the order in which they are listed."""


def find(data: DataSetInfo, data_dir: Path) -> Found | None:
    """Return the first place in or under `data_dir` that has every file of a version of `data`; None if there is none.

    MNIST and Fashion-MNIST have files of the same names: in a folder not named after either, the labels decide.
    """
    for version, folder in _places(data, data_dir):
        paths = [path for file in version.files if (path := _path(folder, file)) is not None]
        if len(paths) == len(version.files) and not _is_another(data, version, paths[-1]):
            return Found(version, folder, tuple(paths))
    return None


def absence(data: DataSetInfo, data_dir: Path) -> str:
    """Return where `data` was looked for and what is missing there, if `find` gives None."""
    looked, partly = [], []
    for version, folder in _places(data, data_dir):
        missing = [file.name for file in version.files if _path(folder, file) is None]
        looked.append(str(folder))
        if missing and len(missing) < len(version.files):
            partly.append(f"{folder} lacks {', '.join(missing)}")
    return literal("; ".join([f"looked in {', '.join(dict.fromkeys(looked))}", *dict.fromkeys(partly)]))


def status(data_dir: Path) -> list[DataStatus]:
    """Return what is there of every data set. Quick: names and sizes, and a file of 10,000 labels."""
    return [_status(data, data_dir) for data in DATASETS.values()]


def _status(data: DataSetInfo, data_dir: Path) -> DataStatus:
    if not data.versions:
        size = _size(DIGITS_FILE) or 0 if data.name == "digits" else 0
        return DataStatus(
            data.name, data.title, True, data.origin, data.train_count, data.test_count, size, canonical=True, note=""
        )
    if (found := find(data, data_dir)) is None:
        note = absence(data, data_dir)
        return DataStatus(data.name, data.title, False, "", 0, 0, 0, canonical=None, note=note)
    sizes = [_size(path) or 0 for path in found.paths]
    wrong = [
        f"{path.name} has {size:,} bytes, {file.size:,} expected"
        for file, path, size in zip(found.version.files, found.paths, sizes, strict=True)
        if size != file.size and not is_compressed(path, file.size)
    ]
    return DataStatus(
        data.name,
        data.title,
        not wrong,
        literal(f"{found.folder} ({found.version.title})"),
        0 if wrong else data.train_count,
        0 if wrong else data.test_count,
        sum(sizes),
        canonical=None,
        note="; ".join(wrong),
    )


def _places(data: DataSetInfo, data_dir: Path) -> Iterator[tuple[Version, Path]]:
    for version in data.versions:
        for folder in (*version.folders, ""):
            yield version, data_dir / folder


def _path(folder: Path, file: DataFile) -> Path | None:
    """Return a file under its published name or the one 7-Zip and Kaggle give it (`train-images.idx3-ubyte`), maybe `.gz`.

    Kaggle's archive has it in a folder of its own name too.
    """
    names = dict.fromkeys((file.name, file.name.replace("-idx", ".idx")))
    paths = (folder / inner for name in names for inner in (name, f"{name}.gz", f"{name}/{name}"))
    return next((path for path in paths if _size(path) is not None), None)


def _is_another(data: DataSetInfo, version: Version, labels: Path) -> bool:
    """Return whether a file of test labels is the published one of another data set with files of the same names."""
    name = version.files[-1].name
    others = {
        file.md5
        for other in DATASETS.values()
        if other is not data
        for same in other.versions
        for file in same.files
        if file.name == name
    }
    return bool(others) and _md5(labels, version.files[-1].size) in others


def _md5(path: Path, size: int) -> str:
    """Return the MD5 of the first `size` bytes of a file, uncompressed; empty if it cannot be read."""
    try:
        with gzip.open(path) if is_compressed(path, size) else path.open("rb") as file:
            return hashlib.md5(file.read(size), usedforsecurity=False).hexdigest()
    except (OSError, EOFError, zlib.error):
        return ""


def is_compressed(path: Path, size: int) -> bool:
    """Return whether a data file of `size` bytes is there as gzip.

    Its name alone does not tell: some programs unpack a file and leave it its name, others drop the ending.
    """
    try:
        with path.open("rb") as file:
            begins = file.read(2) == b"\x1f\x8b"
    except OSError:
        return path.suffix == ".gz"
    other_size = _size(path) != size
    return begins or other_size if path.suffix == ".gz" else begins and other_size


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size if path.is_file() else None
    except OSError:
        return None
