"""Data that a person's own function returns."""

from typing import Any

import numpy as np

from lrtui import own_code
from lrtui.data.own.arrays import Array, Arrays, sha256_of_arrays
from lrtui.errors import InputError
from lrtui.study import references
from lrtui.study.components import extras
from lrtui.study.datasets import CodeDataConfig
from lrtui.text import literal


def read(config: CodeDataConfig, folder: str) -> Arrays:
    """Return what the function gives. Raises InputError where it fails, or gives something else than two or four arrays."""
    where = literal(config.name)
    given = own_code.call(folder, config.name, config._sha256, **extras(config))
    if isinstance(given, dict):
        given = tuple(given.values())
    if not isinstance(given, tuple | list) or len(given) not in (2, 4):
        raise InputError(
            f"{where}: expected (inputs, labels) or (training inputs, labels, test inputs, labels), got {_described(given)}"
        )
    arrays = [_array(one, where) for one in given]
    train = arrays[:2]
    test: list[Array | None] = [*arrays[2:]] or [None, None]
    return Arrays(
        where,
        train[0],
        train[1],
        test[0],
        test[1],
        sha256=sha256_of_arrays(arrays),
        source=literal(str(references.at(folder, references.parts(config.name)[0]))),
    )


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
