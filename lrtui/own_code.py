"""A person's own code: imported from its file, called, and its faults said with file and line.

Whoever calls has seen to it that it may run (`lrtui.trust`). It draws from torch's global generators as they are set for it,
and leaves them as they were.
"""

import contextlib
import importlib.util
import pickle
import random
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import numpy as np

from lrtui.errors import InputError
from lrtui.study import references
from lrtui.text import literal

running = threading.RLock()
"""Held while own code runs in this process: it may draw from global generators, of which there is one set."""

_modules: dict[tuple[str, str], ModuleType] = {}
"""What was imported, by path and SHA-256 of its sources."""


def call(folder: str, name: str, sha256: str, /, **keys: Any) -> Any:
    """Return what the callable `name`, `net.py:build`, of the preset folder `folder` gives for `keys`.

    `sha256` is that of its sources; empty: whatever they are. Raises InputError, with file and line where they are known, if
    it cannot be imported, is no longer what it was, or raises anything.
    """
    function = imported(folder, name, sha256)
    with inside(folder, name):
        return function(**keys)


def imported(folder: str, name: str, sha256: str) -> Callable[..., Any]:
    """Return the callable. Raises InputError as `call` does."""
    file, attribute = references.parts(name)
    path = references.at(folder, file)
    if not path.is_file():
        raise InputError(f"{literal(name)}: no such file: {literal(str(path))}")
    sources = references.sources(path)
    found = references.sha256(sources)
    if sha256 and found != sha256:
        raise InputError(f"{literal(str(path))} is not what it was when the study began")
    with running:
        module = _modules.get((str(path), found))
        if module is None:
            with inside(folder, name):
                module = _module(path, sources[path.name])
            _modules[str(path), found] = module
    function = getattr(module, attribute, None)
    if not callable(function):
        defined = [key for key, value in vars(module).items() if callable(value) and not key.startswith("_")]
        hint = f"; it has {', '.join(defined[:8])}" if defined else ""
        raise InputError(f"{literal(str(path))} has nothing to call by the name {literal(attribute)}{literal(hint)}")
    return function  # type: ignore[no-any-return]


def _module(path: Path, content: bytes) -> ModuleType:
    """Run a file as a module, those beside it within its reach; what it imported of them is not left to others."""
    name = f"lrtui_own_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    before = set(sys.modules)
    sys.modules[name] = module  # dataclasses look for their module
    try:
        exec(compile(content, str(path), "exec", dont_inherit=True), module.__dict__)
    finally:
        for other in set(sys.modules) - before - {name}:
            file = getattr(sys.modules[other], "__file__", None)
            if file is not None and path.parent in Path(file).parents:
                del sys.modules[other]
    return module


class _Source(SourceFileLoader):
    """Compiles a file each time: what lies in its __pycache__ is not what was trusted."""

    def get_code(self, fullname: str) -> CodeType:
        """Return the code of the file as it is."""
        return self.source_to_code(self.get_data(self.path), self.path)


class _Beside(MetaPathFinder):
    """Finds the modules beside a file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Return what a module of a file beside it is made from; None if there is no such file."""
        place = self._folder.joinpath(*fullname.split("."))
        for file in (place / "__init__.py", place.with_name(f"{place.name}.py")):
            if file.is_file():
                below = [str(place)] if file.name == "__init__.py" and file.parent == place else None
                loader = _Source(fullname, str(file))
                return importlib.util.spec_from_file_location(
                    fullname, file, loader=loader, submodule_search_locations=below
                )
        return None


@contextlib.contextmanager
def inside(folder: str, name: str) -> Iterator[None]:
    """Have own code run: alone, its folder within reach of its imports, and what it raises told in a line."""
    import torch

    path = references.at(folder, references.parts(name)[0])
    with running:
        dtype, gradients, threads = torch.get_default_dtype(), torch.is_grad_enabled(), torch.get_num_threads()
        sys.path.insert(0, str(path.parent))
        beside = _Beside(path.parent)
        sys.meta_path.insert(0, beside)
        try:
            yield
        except InputError:
            raise
        except (KeyboardInterrupt, MemoryError):
            raise
        except BaseException as error:  # SystemExit too: it is theirs, not ours
            raise InputError(told(error, path)) from None
        finally:
            sys.meta_path.remove(beside)
            with contextlib.suppress(ValueError):
                sys.path.remove(str(path.parent))
            torch.set_default_dtype(dtype)
            torch.set_grad_enabled(gradients)
            if torch.get_num_threads() != threads:
                torch.set_num_threads(threads)


def told(error: BaseException, path: Path) -> str:
    """Return what own code raised as a line, with the file and line of the last call of its own."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [
        frame
        for frame in frames
        if path.parent in Path(frame.filename).parents and "site-packages" not in frame.filename
    ]
    what = f"{type(error).__name__}: {error}".strip().splitlines()
    text = " ".join(line.strip() for line in what[:3])
    if isinstance(error, SyntaxError):
        return literal(f"{error.filename}:{error.lineno}: {text}")
    if own:
        return literal(f"{own[-1].filename}:{own[-1].lineno}: in {own[-1].name}: {text}")
    return literal(f"{path}: {text}")


def drawn_elsewhere() -> tuple[Any, ...]:
    """Return how the generators stand that no run sets: Python's and NumPy's."""
    return random.getstate(), pickle.dumps(np.random.get_state())
