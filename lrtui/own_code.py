"""A person's own code: imported from its file, called, and its faults said with file and line.

Whoever calls has seen to it that it may run (`lrtui.trust`). It draws from torch's global generators as they are set for it,
and leaves them as they were.
"""

import contextlib
import pickle
import random
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from lrtui.errors import InputError
from lrtui.own_modules import Own, running
from lrtui.own_output import kept_apart
from lrtui.study import references
from lrtui.text import literal

_LRTUI = Path(__file__).parent

_known: dict[tuple[str, str], Own] = {}
"""What was read, by path and SHA-256 of its sources."""


def call(folder: str, name: str, sha256: str, /, **keys: Any) -> Any:
    """Return what the callable `name`, `net.py:build`, of the preset folder `folder` gives for `keys`.

    `sha256` is that of its sources; empty: whatever they are. Raises InputError, with file and line where they are known, if
    it cannot be imported, is no longer what it was, or raises anything.
    """
    own = _own(folder, name, sha256)
    function = _callable(own, name)
    with _inside(own, name):
        return function(**keys)


def imported(folder: str, name: str, sha256: str) -> Callable[..., Any]:
    """Return the callable. Raises InputError as `call` does."""
    return _callable(_own(folder, name, sha256), name)


@contextlib.contextmanager
def at_work(folder: str, name: str, sha256: str) -> Iterator[None]:
    """Have what own code made be used: imports in its functions reach what they are to, and what it prints is kept apart.

    Raises InputError as `call` does if it is no longer what it was.
    """
    own = _own(folder, name, sha256)
    with kept_apart(name), own.within_reach():
        yield


def _own(folder: str, name: str, sha256: str) -> Own:
    path = references.at(folder, references.parts(name)[0])
    if not path.is_file():
        raise InputError(f"{literal(name)}: no such file: {literal(str(path))}")
    sources = references.sources(path)
    found = references.sha256(sources)
    if sha256 and found != sha256:
        raise InputError(f"{literal(str(path))} is not what it was when the study began")
    return _known.setdefault((str(path), found), Own(path, sources))


def _callable(own: Own, name: str) -> Callable[..., Any]:
    _, attribute = references.parts(name)
    with _inside(own, name):
        module = own.module()
    function = getattr(module, attribute, None)
    if not callable(function):
        defined = [key for key, value in vars(module).items() if callable(value) and not key.startswith("_")]
        hint = f"; it has {', '.join(defined[:8])}" if defined else ""
        raise InputError(
            f"{literal(str(own.path))} has nothing to call by the name {literal(attribute)}{literal(hint)}"
        )
    return function  # type: ignore[no-any-return]


@contextlib.contextmanager
def _inside(own: Own, name: str) -> Iterator[None]:
    """Have own code run: alone, its folder within reach of its imports, and what it raises told in a line."""
    import torch

    with running:
        dtype, gradients, threads = torch.get_default_dtype(), torch.is_grad_enabled(), torch.get_num_threads()
        try:
            with kept_apart(name), own.within_reach():
                yield
        except InputError:
            raise
        except (KeyboardInterrupt, MemoryError):
            raise
        except BaseException as error:  # SystemExit too: it is theirs, not ours
            raise InputError(told(error, own.path)) from None
        finally:
            torch.set_default_dtype(dtype)
            torch.set_grad_enabled(gradients)
            if torch.get_num_threads() != threads:
                torch.set_num_threads(threads)


def told(error: BaseException, path: Path | None, name: str = "") -> str:
    """Return what own code in `path` raised as a line: with its `place`; if that is not known with `name`, or else the path."""
    what = f"{type(error).__name__}: {error}".strip().splitlines()
    text = " ".join(line.strip() for line in what[:3])
    if isinstance(error, SyntaxError) and error.filename:
        return literal(f"{error.filename}:{error.lineno}: {text}")
    return literal(f"{place(error, path) or name or path}: {text}")


def place(error: BaseException, path: Path | None) -> str:
    """Return file, line and function of the last call of own code, `net.py:9: in build`; empty if it had no part in an error."""
    return _place(traceback.extract_tb(error.__traceback__), path)


def _place(frames: traceback.StackSummary, path: Path | None) -> str:
    if path is None:
        return ""
    for frame in reversed(frames):
        folders = Path(frame.filename).parents
        if path.parent in folders and "site-packages" not in frame.filename and _LRTUI not in folders:
            return f"{frame.filename}:{frame.lineno}: in {frame.name}"
    return ""


class _Watched:
    """torch's global generator, and where it was seeded."""

    def __init__(self, generator: Any, path: Path | None, places: list[str]) -> None:
        self._generator, self._path, self._places = generator, path, places

    def manual_seed(self, seed: int) -> Any:
        """Seed it."""
        self._places.append(_place(traceback.extract_stack(), self._path))
        return self._generator.manual_seed(seed)

    def seed(self) -> Any:
        """Seed it with whatever."""
        self._places.append(_place(traceback.extract_stack(), self._path))
        return self._generator.seed()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._generator, name)


@contextlib.contextmanager
def seedings(path: Path | None) -> Iterator[list[str]]:
    """Yield a list of where own code in `path` seeds torch's global generator meanwhile, in a fork of it too.

    Each is file, line and function, empty if it is somebody else who seeds it. What is done by an import is left out.
    """
    import torch

    places: list[str] = []
    torch_random: Any = torch.random
    with running:
        before = torch_random.default_generator
        torch_random.default_generator = _Watched(before, path, places)
        try:
            yield places
        finally:
            torch_random.default_generator = before


def drawn_elsewhere() -> tuple[Any, ...]:
    """Return how the generators stand that no run sets: Python's and NumPy's."""
    return random.getstate(), pickle.dumps(np.random.get_state())
