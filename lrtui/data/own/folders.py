"""Folders of images, one for each class, read by torchvision's ImageFolder."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lrtui.data.own.arrays import Arrays, cannot_read, listed, sha256_of_files
from lrtui.errors import InputError
from lrtui.study.datasets import FolderConfig
from lrtui.text import literal

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

TRAIN, TEST = ("train", "training"), ("test", "val", "valid", "validation")


def read(config: FolderConfig, path: Path, test: Path | None) -> Arrays:
    """Return the images below a folder as bytes (N, C, size, size), with their classes' names.

    Raises InputError for a folder that is missing or has no images, and for an image that does not decode.
    """
    if not path.is_dir():
        raise InputError(f"{literal(str(path))}: no such folder")
    train = next((path / name for name in TRAIN if (path / name).is_dir()), None)
    beside = next((path / name for name in TEST if (path / name).is_dir()), None)
    if train is not None and (beside is not None or all(one == train for one in path.iterdir() if one.is_dir())):
        path, test = train, test or beside
    images, labels, names, files = _read(config, path)
    made = Arrays(
        literal(str(path)), images, labels, names=names, sha256=sha256_of_files(files), source=literal(str(path))
    )
    if test is None:
        return made
    images, labels, others, files = _read(config, test)
    if strange := sorted(set(others) - set(names)):
        raise InputError(
            f"{literal(str(test))} has classes that {literal(str(path))} has not: {listed(strange)}; it has {listed(names)}"
        )
    numbers = np.array([names.index(name) for name in others], dtype=np.int64)
    return made.joined(Arrays("", images, numbers[labels], sha256=sha256_of_files(files)))


def _read(
    config: FolderConfig, path: Path
) -> tuple[np.ndarray, np.ndarray, tuple[str, ...], Sequence[tuple[str, Path]]]:
    from torchvision.datasets import ImageFolder

    try:
        folder = ImageFolder(str(path), loader=lambda file: _decoded(config, Path(file)))
    except FileNotFoundError as error:
        _, found, empty = str(error).partition(". Supported")[0].partition("for the classes ")
        what = f"has no image in {literal(empty)}" if found else "has no folders in it"
        raise InputError(
            f"{literal(str(path))} {what}; expected is a folder for each class, with images in it"
        ) from None
    except OSError as error:
        raise cannot_read(path, error) from None
    channels = 3 if config.colour else 1
    images = np.empty((len(folder.samples), channels, config.size, config.size), np.uint8)
    for index in range(len(folder.samples)):
        images[index] = folder[index][0]
    labels = np.array(folder.targets, dtype=np.int64)
    names = tuple(os.fsencode(name).decode("utf-8", "backslashreplace") for name in folder.classes)
    files = [(Path(file).relative_to(path).as_posix(), Path(file)) for file, _ in folder.samples]
    return images, labels, names, files


def _decoded(config: FolderConfig, file: Path) -> np.ndarray:
    """Return an image as bytes (C, size, size): its shorter side scaled, its middle cut out."""
    from PIL import Image, ImageOps

    try:
        with Image.open(file) as opened:
            image = _of_bytes(opened)
            turned = ImageOps.exif_transpose(image).convert("RGB" if config.colour else "L")
            fitted = ImageOps.fit(turned, (config.size, config.size), Image.Resampling.BILINEAR)
            pixels = np.asarray(fitted)
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise InputError(f"{literal(str(file))} does not decode as an image: {literal(str(error))}") from None
    return pixels.transpose(2, 0, 1) if config.colour else pixels[None]


def _of_bytes(image: "Picture") -> "Picture":
    """Return an image whose pixels are bytes: the upper ones of 16 bits. Raises ValueError for pixels of more."""
    from PIL import Image

    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.mode in ("I", "F"):
        raise ValueError("its pixels are numbers of 32 bits; save it with 8 or 16")
    return image
