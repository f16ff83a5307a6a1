"""Files of weights: read as they were when a study began, and held against a network."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from torch import Tensor

from lrtui.errors import InputError
from lrtui.study.model_config import Start
from lrtui.text import literal

_SHOWN = 3


def content(start: Start) -> bytes:
    """Return what is in a file of weights. Raises InputError if it cannot be read, or is not what it was."""
    where = literal(start.path)
    try:
        found = Path(start.path).read_bytes()
    except OSError as error:
        raise InputError(f"model.start: cannot read {where}: {error.strerror or error}") from None
    if start.sha256 and hashlib.sha256(found).hexdigest() != start.sha256:
        raise InputError(f"model.start: {where} is not what it was when the study began")
    return found


def require_fit(where: str, source: Mapping[str, Tensor], target: Mapping[str, Tensor], *, whole: bool) -> None:
    """Raise InputError, which says what does not fit, unless `source` has all that `target` has; if it is `whole`, nothing else.

    `where` is the file that `source` is of.
    """
    absent = [key for key in target if key not in source]
    if absent:
        raise InputError(f"model.start: {where} lacks {some(absent)}; it has {some(source)}")
    if whole and (more := [key for key in source if key not in target]):
        raise InputError(
            f"model.start: {where} has {some(more)}, which the network has not; model.start_layers says how many layers to take"
        )
    unlike = [key for key in target if source[key].shape != target[key].shape]
    if unlike:
        shapes = "; ".join(
            f"{literal(key)} is {size(source[key])} there and {size(target[key])} here" for key in unlike[:_SHOWN]
        )
        more_of_them = f", and {len(unlike) - _SHOWN} more" if len(unlike) > _SHOWN else ""
        hint = "" if not whole else "; model.start_layers takes the first layers only"
        raise InputError(f"model.start: the weights of {where} do not fit: {shapes}{more_of_them}{hint}")


def some(keys: Iterable[str]) -> str:
    """Return a few of the names, and how many more there are."""
    names = [literal(key) for key in keys]
    rest = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{rest}" if names else "nothing"


def size(tensor: Tensor) -> str:
    """Return the shape of a tensor: `64 × 3 × 7 × 7`."""
    return " × ".join(map(str, tensor.shape)) or "one number"
