"""Arrays of NumPy in one file."""

import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from lrtui.data.own.arrays import Array, Arrays, cannot_read, listed, sha256_of_files, unlabelled
from lrtui.errors import InputError
from lrtui.study.datasets import NpzConfig, OwnDataConfig
from lrtui.text import literal

INPUTS = ("x", "X", "inputs", "images", "data")
LABELS = ("y", "Y", "labels", "targets")
VALIDATION = ("val", "valid", "validation", "dev")


Parts = tuple[Array | None, Array | None, Array | None]
"""Rows to train on, to validate with and to test with, of which the last two may be missing."""


def read(config: NpzConfig, path: Path, *, labelled: bool = True) -> Arrays:
    """Return the arrays of an .npz file; where labels are not `labelled`, none are asked for.

    Raises InputError for a file that is damaged, holds objects, or lacks an array.
    """
    where = literal(str(path))
    inputs, labels, test_inputs, test_labels = arranged(config, *_arrays(config, path, labelled=labelled), where)
    return Arrays(
        where=where,
        inputs=_axes(config, inputs),
        labels=labels,
        test_inputs=None if test_inputs is None else _axes(config, test_inputs),
        test_labels=test_labels,
        sha256=sha256_of_files([("", path)]),
        source=where,
    )


def arranged(
    config: OwnDataConfig, inputs: Parts, labels: Parts, where: str
) -> tuple[Array, Array, Array | None, Array | None]:
    """Return inputs and labels to train on, and those to test with, if there are any.

    Rows to validate with are those to test with if there are no others, else the last of those to train on. Raises InputError
    if `config` does not say so, and where inputs or labels are missing.
    """
    (train, val, test), (train_labels, val_labels, test_labels) = inputs, labels
    assert train is not None
    assert train_labels is not None
    for what, first, second in (("test", test, test_labels), ("validation", val, val_labels)):
        if (first is None) != (second is None):
            raise InputError(f"{where} has {what} rows of inputs or of labels, but not of both")
    if val is not None and val_labels is not None:
        if test is None and config.test is None:
            test, test_labels = val, val_labels
        else:
            _require_last(config, len(val), where)
            train = _behind(train, val, "inputs", where)
            train_labels = _behind(train_labels, val_labels, "labels", where)
    return train, train_labels, test, test_labels


def _arrays(config: NpzConfig, path: Path, *, labelled: bool) -> tuple[Parts, Parts]:
    """Return the inputs and the labels, whatever they are of."""
    try:
        if not zipfile.is_zipfile(path):
            path.open("rb").close()  # what cannot be opened says why
            raise zipfile.BadZipFile("it is no archive of arrays, as numpy.savez writes")
        with np.load(path, allow_pickle=False) as file:
            inputs = parts(file, config.inputs, INPUTS, "inputs", literal(str(path)), " (data.inputs names it)")
            if labelled or config.labels:
                labels = parts(file, config.labels, LABELS, "labels", literal(str(path)), " (data.labels names it)")
            else:
                train, validation, test = (None if part is None else unlabelled(part) for part in inputs)
                labels = train, validation, test
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
    if any(part is not None and not isinstance(part, np.ndarray) for part in (*inputs, *labels)):
        raise InputError(f"{literal(str(path))} is no .npz file, or damaged: what is in it are no arrays")
    return inputs, labels


def parts(
    file: Mapping[str, Array], wanted: str | None, usual: tuple[str, ...], key: str, where: str, hint: str = ""
) -> Parts:
    """Return an array with its validation rows and its test rows, by the name that is wanted or one of the usual ones.

    Raises InputError if there is none.
    """
    names = list(file)

    def part(name: str, words: tuple[str, ...]) -> Array | None:
        there = [one for word in words for one in (f"{name}_{word}", f"{word}_{name}") if one in names]
        return file[there[0]] if there else None

    for name in (wanted,) if wanted else usual:
        if (train := part(name, ("train",))) is not None:
            return train, part(name, VALIDATION), part(name, ("test",))
        if name in names:
            if part(name, ("test", *VALIDATION)) is not None:
                raise InputError(
                    f"{where} has {literal(name)} beside rows of it to test or validate with: call it {literal(name)}_train"
                )
            return file[name], None, None
    expected = literal(wanted) if wanted else f"one of {', '.join(usual)}"
    raise InputError(f"{where}: no array of {key}: expected {expected}, and it has {listed(names) or 'none'}{hint}")


def _require_last(config: OwnDataConfig, count: int, where: str) -> None:
    """Raise InputError unless the validation rows, which will stand behind those to train on, are to validate."""
    if config.validation != "last" or config.validation_count != count:
        raise InputError(
            f'{where} has validation rows beside test rows: say data.validation = "last" and '
            f"data.validation_count = {count}, so that they validate and the test rows are looked at once, after training"
        )


def _behind(train: Array, validation: Array, key: str, where: str) -> Array:
    if train.ndim == 0 or validation.ndim == 0 or train.shape[1:] != validation.shape[1:]:
        sizes = " and ".join(" × ".join(map(str, one.shape[1:])) or "one number" for one in (train, validation))
        raise InputError(f"{where}: {key} to train on and to validate with differ: a row is {sizes}")
    return np.concatenate([train, validation])


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
