"""What a reader of own data gives: inputs and labels as they were read, split or not."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrtui.errors import InputError
from lrtui.text import literal

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Arrays:
    """Rows as they were read; `test_inputs` is None if nothing tells test rows apart."""

    where: str
    """What a message calls them: the file's path."""
    inputs: Array
    """(N, …): bytes, numbers, or token numbers (int64)."""
    labels: Array
    """(N,) or (N, K): classes (whole numbers or strings) or numbers; (N, tokens) of a text."""
    test_inputs: Array | None = None
    test_labels: Array | None = None
    names: tuple[str, ...] = ()
    """Names of the classes that whole numbers from 0 stand for, or of the tokens."""
    vocabulary: int | None = None
    """Of a text: how many tokens there are."""
    sha256: str = ""
    """Of the files, or of the arrays if code made them."""
    source: str = ""
    """Where they come from, for people."""

    def joined(self, test: "Arrays") -> "Arrays":
        """Return these as training rows, and those of another file as test rows."""
        digest = hashlib.sha256(f"{self.sha256}{test.sha256}".encode()).hexdigest()
        return replace(self, test_inputs=test.inputs, test_labels=test.labels, sha256=digest)


def sha256_of_files(paths: Iterable[tuple[str, Path]]) -> str:
    """Return the SHA-256 of files with their names. Raises InputError for one that cannot be read."""
    digest = hashlib.sha256()
    for name, path in paths:
        digest.update(f"{name}\0".encode(errors="surrogateescape"))
        try:
            with path.open("rb") as file:
                while content := file.read(1 << 20):
                    digest.update(content)
        except OSError as error:
            raise cannot_read(path, error) from None
    return digest.hexdigest()


def sha256_of_arrays(arrays: Iterable[Array]) -> str:
    """Return the SHA-256 of arrays, their types and shapes among them."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes() if array.dtype != object else repr(array.tolist()).encode())
    return digest.hexdigest()


def unlabelled(inputs: Array) -> Array:
    """Return labels that say nothing, for rows that have none and need none."""
    return np.zeros(np.shape(inputs)[:1], np.int64)


def cannot_read(path: Path, error: OSError) -> InputError:
    """Return the error for a file that cannot be read."""
    return InputError(f"cannot read {literal(str(path))}: {error.strerror or error}")


def listed(names: Sequence[str], most: int = 12) -> str:
    """Return names for a message: the first ones, and how many more there are."""
    shown = ", ".join(literal(str(name)[:60]) for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most:,} more"
