"""Data that a person's own function returns."""

import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from lrtui import own_code
from lrtui.data.own.arrays import Array, Arrays, listed, sha256_of_arrays, unlabelled
from lrtui.data.own.npz import INPUTS, LABELS, Parts, arranged, parts
from lrtui.errors import InputError
from lrtui.own_modules import still
from lrtui.study import references
from lrtui.study.components import extras
from lrtui.study.datasets import CodeDataConfig
from lrtui.text import literal

_SECONDS = 0.5
"""A function that takes no longer is called twice, to see whether it gives the same again."""


def read(config: CodeDataConfig, folder: str, *, labelled: bool = True) -> Arrays:
    """Return what the function gives; where labels are not `labelled`, a mapping needs none.

    Global generators stand the same whenever it is called. Raises InputError where it fails, gives something else than two or
    four arrays or arrays by their names, or other ones when it is called again.
    """
    where = literal(config.name)
    started = time.perf_counter()
    given = _given(config, folder, where, labelled=labelled)
    sha256 = sha256_of_arrays(given)
    quick = time.perf_counter() - started < _SECONDS
    if quick and sha256_of_arrays(_given(config, folder, where, labelled=labelled)) != sha256:
        raise InputError(
            f"{where} gives other arrays each time it is called, so that no study of them could be repeated or gone on with: let "
            "it draw from a generator that it makes, np.random.default_rng(seed), and sort what comes in no order"
        )
    train, labels, *test = given
    test_inputs, test_labels = test or (None, None)
    return Arrays(
        where,
        train,
        labels,
        test_inputs,
        test_labels,
        sha256=sha256,
        source=literal(str(references.at(folder, references.parts(config.name)[0]))),
    )


def _given(config: CodeDataConfig, folder: str, where: str, *, labelled: bool) -> list[Array]:
    """Return inputs and labels, and those to test with if there are any."""
    with still():
        given = own_code.call(folder, config.name, config._sha256, **extras(config))
        if isinstance(given, Mapping):
            named = {str(name): _array(given[name], where) for name in given}
            return _by_name(config, named, where, labelled=labelled)
        if not isinstance(given, tuple | list) or len(given) not in (2, 4):
            raise InputError(
                f"{where}: expected (inputs, labels) or (training inputs, labels, test inputs, labels), or a mapping of arrays "
                f"by their names, got {_described(given)}"
            )
        return [_array(one, where) for one in given]


class _Taken(dict[str, Array]):
    """Arrays by name, and which of them were taken."""

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        super().__init__(arrays)
        self.names: set[str] = set()

    def __getitem__(self, name: str) -> Array:
        self.names.add(name)
        return super().__getitem__(name)


def _by_name(config: CodeDataConfig, named: Mapping[str, Array], where: str, *, labelled: bool) -> list[Array]:
    """Return arrays by the names that those of an .npz file have. Raises InputError for names that say nothing."""

    def full(name: str) -> str:  # beside `x_test`, `x` is what `x_train` would be
        train = f"{name}_train"
        return train if name in (*INPUTS, *LABELS) and train not in named else name

    taken = _Taken({full(name): array for name, array in named.items()})
    inputs = parts(taken, None, INPUTS, "inputs", where)
    labels: Parts
    if labelled or any(word in LABELS for name in named for word in (name, *name.split("_"))):
        labels = parts(taken, None, LABELS, "labels", where)
    else:
        train, validation, test = (None if part is None else unlabelled(part) for part in inputs)
        labels = train, validation, test
    if unknown := [name for name in named if full(name) not in taken.names]:
        raise InputError(
            f"{where}: {listed(unknown)}: no such name is known: expected is one of {', '.join(INPUTS)} and one of "
            f"{', '.join(LABELS)}, with _train, _val and _test behind them where they are told apart"
        )
    return [one for one in arranged(config, inputs, labels, where) if one is not None]


def _array(value: Any, where: str) -> Array:
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    try:
        array = np.asarray(value)
    except (ValueError, TypeError) as error:
        raise InputError(f"{where}: not an array: {literal(str(error))}") from None
    if array.dtype == object or array.ndim == 0:
        raise InputError(f"{where}: expected arrays of numbers or of strings, got {_described(value)}")
    return array


def _described(value: Any) -> str:
    if isinstance(value, tuple | list):
        return f"{len(value)} things"
    return literal(type(value).__name__)
