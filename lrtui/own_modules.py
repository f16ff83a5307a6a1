"""Modules of a person's own code: made of what was trusted, and of nothing else that lies there.

A file and those beside it that it imports are read once; what runs is what was read. Modules beside it are within reach only
while it is at work, so that neither lrtui nor a library comes upon them, nor another file upon modules of the same names.
"""

import contextlib
import random
import sys
import threading
from collections.abc import Iterator, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import (
    EXTENSION_SUFFIXES,
    ExtensionFileLoader,
    ModuleSpec,
    PathFinder,
    SourceFileLoader,
    SourcelessFileLoader,
)
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import numpy as np

from lrtui.study import references

running = threading.RLock()
"""Held while own code runs in this process: it may draw from global generators, of which there is one set."""

_guard = threading.RLock()


class Own:
    """A file of own code and those beside it that it imports, as they were trusted; and the modules made of them."""

    def __init__(self, path: Path, sources: dict[str, bytes]) -> None:
        self.path, self._sources = path, sources
        self._module: ModuleType | None = None
        self._served: set[str] = set()
        self._beside: dict[str, ModuleType] = {}

    def module(self) -> ModuleType:
        """Return the module of the file. Raises whatever it raises."""
        if self._module is None:
            name = f"lrtui_own_{self.path.stem}"
            spec = spec_from_file_location(name, self.path)
            assert spec is not None
            module = ModuleType(name)
            module.__spec__, module.__file__, module.__package__ = spec, str(self.path), ""
            sys.modules[name] = module  # dataclasses look for their module
            code = compile(self._sources[self.path.name], str(self.path), "exec", dont_inherit=True)
            with still():
                exec(code, module.__dict__)
            self._module = module
        return self._module

    @contextlib.contextmanager
    def within_reach(self) -> Iterator[None]:
        """Have it import what was trusted beside it."""
        with _guard:
            if _finder not in sys.meta_path:
                sys.meta_path.insert(0, _finder)
            for name, module in self._beside.items():
                sys.modules.setdefault(name, module)
            _at_work.append(self)
        try:
            yield
        finally:
            with _guard:
                _at_work.remove(self)
                if self not in _at_work:
                    self._put_away()

    def _put_away(self) -> None:
        for name in self._served:
            module = sys.modules.get(name)
            if module is not None and self._beside.setdefault(name, module) is module:
                del sys.modules[name]

    def spec(self, name: str, path: Sequence[str] | None) -> ModuleSpec | None:
        """Return what the module `name` is made from if it is one beside it; None if it is none of its own.

        Raises ModuleNotFoundError for one that lies there and was not trusted, unless there is another one elsewhere.
        """
        top, inner, _ = name.partition(".")
        if inner and top not in self._served:
            return None
        place = self.path.parent.joinpath(*name.split("."))
        for file in references.places(name):
            if (content := self._sources.get(file)) is not None:
                self._served.add(name)
                below = [str(place)] if Path(file).stem.partition(".")[0] == "__init__" else None
                loader = _loader(name, self.path.parent / file, content)
                return spec_from_file_location(
                    name, self.path.parent / file, loader=loader, submodule_search_locations=below
                )
        if any(file.startswith(f"{name.replace('.', '/')}/") for file in self._sources):  # a package without __init__
            self._served.add(name)
            spec = ModuleSpec(name, None, is_package=True)
            spec.submodule_search_locations = [str(place)]
            return spec
        if not references.beside(self.path.parent, name):
            return None
        if (other := _elsewhere(name, path, place.parent)) is not None:
            return other
        raise ModuleNotFoundError(
            f"module {name} lies beside {self.path.name} but is not among what was trusted, because only imports written as "
            f"statements are found; write `import {name}`",
            name=name,
        )


_at_work: list[Own] = []
"""Whose modules are within reach, the last first."""


class _Beside(MetaPathFinder):
    """Finds the modules beside the own code that is at work."""

    def find_spec(self, fullname: str, path: Sequence[str] | None = None, target: object = None) -> ModuleSpec | None:
        """Return what a module beside it is made from; None if there is none. Raises ModuleNotFoundError as `Own.spec` does."""
        for own in reversed(_at_work):
            if (spec := own.spec(fullname, path)) is not None:
                return spec
        return None


_finder = _Beside()


def _elsewhere(name: str, path: Sequence[str] | None, folder: Path) -> ModuleSpec | None:
    """Return what a module is made from that lies in another folder too, as libraries do."""
    places = [place for place in (sys.path if path is None else path) if Path(place).absolute() != folder.absolute()]
    for finder in sys.meta_path:
        if finder is not _finder:
            looked = places if finder is PathFinder else path
            if (spec := finder.find_spec(name, looked, None)) is not None:
                return spec
    return None


class _Source(SourceFileLoader):
    """Compiles what was trusted: neither what the file is by now, nor what lies in its __pycache__."""

    def __init__(self, name: str, path: Path, content: bytes) -> None:
        super().__init__(name, str(path))
        self._content = content

    def get_code(self, fullname: str) -> CodeType:
        """Return the code."""
        return self.source_to_code(self._content, self.path)

    def exec_module(self, module: ModuleType) -> None:
        """Run it."""
        with still():
            super().exec_module(module)


class _Compiled(SourcelessFileLoader):
    """Takes what was trusted."""

    def __init__(self, name: str, path: Path, content: bytes) -> None:
        super().__init__(name, str(path))
        self._content = content

    def get_data(self, path: str) -> bytes:
        """Return the content."""
        return self._content

    def exec_module(self, module: ModuleType) -> None:
        """Run it."""
        with still():
            super().exec_module(module)


class _Extension(ExtensionFileLoader):
    """A library, which the system reads for itself: refused if it is no longer what was trusted."""

    def __init__(self, name: str, path: Path, content: bytes) -> None:
        super().__init__(name, str(path))
        self._content = content

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Load it. Raises ImportError if it has changed."""
        if Path(self.path).read_bytes() != self._content:
            raise ImportError(f"{self.path} is not what it was", name=spec.name)
        return super().create_module(spec)


def _loader(name: str, path: Path, content: bytes) -> Loader:
    if path.name.endswith(tuple(EXTENSION_SUFFIXES)):
        return _Extension(name, path, content)
    return _Compiled(name, path, content) if path.suffix == ".pyc" else _Source(name, path, content)


@contextlib.contextmanager
def still() -> Iterator[None]:
    """Have Python's, NumPy's and torch's global generators stand the same whenever something is done; then they are as before."""
    import torch

    torch_random: Any = torch.random
    with running:
        before: tuple[Any, Any, Any] = random.getstate(), np.random.get_state(), torch.get_rng_state()
        watched, torch_random.default_generator = torch_random.default_generator, torch.default_generator
        random.seed(0)
        np.random.seed(0)
        torch.set_rng_state(torch.Generator().manual_seed(0).get_state())
        try:
            yield
        finally:
            random.setstate(before[0])
            np.random.set_state(before[1])
            torch.set_rng_state(before[2])
            torch_random.default_generator = watched
