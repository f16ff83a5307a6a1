"""Arrays of NumPy in one file."""

import zipfile
import zlib
from pathlib import Path

import numpy as np

from lrtui.data.own.arrays import Array, Arrays, cannot_read, listed, sha256_of_files, unlabelled
from lrtui.errors import InputError
from lrtui.study.datasets import NpzConfig
from lrtui.text import literal

INPUTS = ("x", "X", "inputs", "images", "data")
LABELS = ("y", "Y", "labels", "targets")


def read(config: NpzConfig, path: Path, *, labelled: bool = True) -> Arrays:
    """Return the arrays of an .npz file; where labels are not `labelled`, none are asked for.

    Raises InputError for a file that is damaged, holds objects, or lacks an array.
    """
    try:
        if not zipfile.is_zipfile(path):
            path.open("rb").close()  # what cannot be opened says why
            raise zipfile.BadZipFile("it is no archive of arrays, as numpy.savez writes")
        with np.load(path, allow_pickle=False) as file:
            names = list(file.files)
            inputs, test_inputs = _pair(file, names, config.inputs, INPUTS, "inputs", path)
            if labelled or config.labels:
                labels, test_labels = _pair(file, names, config.labels, LABELS, "labels", path)
            else:
                labels, test_labels = unlabelled(inputs), None if test_inputs is None else unlabelled(test_inputs)
    except FileNotFoundError:
        raise InputError(f"{literal(str(path))}: no such file") from None
    except OSError as error:
        raise cannot_read(path, error) from None
    except (ValueError, EOFError, zipfile.BadZipFile, zlib.error, KeyError, AttributeError, TypeError) as error:
        if "pickle" in str(error).lower() or "allow_pickle" in str(error):
            raise InputError(
                f"{literal(str(path))} holds Python objects, which could run code; save arrays of numbers or of strings"
            ) from None
        raise InputError(f"{literal(str(path))} is no .npz file, or damaged: {literal(str(error))}") from None
    for array in (inputs, test_inputs, labels, test_labels):
        if array is not None and not isinstance(array, np.ndarray):
            raise InputError(f"{literal(str(path))} is no .npz file, or damaged: what is in it are no arrays")
    if (test_inputs is None) != (test_labels is None):
        raise InputError(f"{literal(str(path))} has test rows of inputs or of labels, but not of both")
    return Arrays(
        where=literal(str(path)),
        inputs=_axes(config, inputs),
        labels=labels,
        test_inputs=None if test_inputs is None else _axes(config, test_inputs),
        test_labels=test_labels,
        sha256=sha256_of_files([("", path)]),
        source=literal(str(path)),
    )


def _pair(
    file: "np.lib.npyio.NpzFile", names: list[str], wanted: str | None, usual: tuple[str, ...], key: str, path: Path
) -> tuple[Array, Array | None]:
    """Return an array and its test rows, by the name that is wanted or one of the usual ones."""
    for name in (wanted,) if wanted else usual:
        for train, test in ((f"{name}_train", f"{name}_test"), (f"train_{name}", f"test_{name}")):
            if train in names:
                return file[train], file[test] if test in names else None
        if name in names:
            return file[name], None
    expected = literal(wanted) if wanted else f"one of {', '.join(usual)}"
    raise InputError(
        f"{literal(str(path))}: no array of {key}: expected {expected}, and it has {listed(names) or 'none'} "
        f"(data.{key} names it)"
    )


def _axes(config: NpzConfig, inputs: Array) -> Array:
    """Return images with their channels first: (N, H, W) as one channel; of (N, …) with three axes, those where they are."""
    if inputs.ndim == 3 and config.channels is None:
        return inputs[:, None]
    if inputs.ndim == 4:
        few = (1, 3, 4)
        last = config.channels == "last" or (
            config.channels is None and inputs.shape[3] in few and inputs.shape[1] not in few
        )
        return np.ascontiguousarray(inputs.transpose(0, 3, 1, 2)) if last else inputs
    return inputs
