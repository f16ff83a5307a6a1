"""A disk that fails: a process that dies at one of its system calls, and a machine whose power goes.

In the manner of SQLite's crash tests. All that a study's writer does to the disk goes through `lrtui.store.disk`; here its
functions are replaced by ones that do the same, and remember what would be left of it if the power went.
"""

import itertools
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from lrtui.store import disk


class Died(BaseException):
    """The process is dead; nothing it still tries is done."""


class FailingDisk:
    """Dies at the system call number `at`, counted from 1 (0: never). A write then is done half."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, root: Path, at: int = 0) -> None:
        self.calls = 0
        self._at, self._root = at, root
        self._numbers = itertools.count(1)
        self._open: dict[int, int] = {}
        """Which file a descriptor belongs to."""
        self._contents: dict[int, tuple[bytes, bytes]] = {}
        """Of every file what was written, and what of it was synced."""
        self._names: dict[Path, int | None] = {}
        """Every name there is: a file, or None for a folder."""
        self._kept: dict[Path, int | None] = {}
        """Every name that outlives a power cut."""
        for path in root.rglob("*"):
            number = None if path.is_dir() else next(self._numbers)
            self._names[path] = self._kept[path] = number
            if number is not None:
                self._contents[number] = (path.read_bytes(),) * 2
        for name in (
            "create",
            "write",
            "sync",
            "close",
            "rename",
            "remove",
            "make_folder",
            "remove_folder",
            "sync_folder",
        ):
            monkeypatch.setattr(disk, name, self._failing(name, getattr(disk, name)))

    @property
    def died(self) -> bool:
        return 0 < self._at <= self.calls

    def after_power_cut(self, target: Path, *, seed: int | None) -> None:
        """Make at `target` what is left: without what was not synced, or, with a seed, with some of it, in any order."""
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir()
        names = dict(self._kept)
        if seed is not None:
            chance = random.Random(seed)
            for name in sorted(set(self._names) | set(self._kept)):
                if self._names.get(name, 0) != self._kept.get(name, 0) and chance.random() < 0.5:
                    names.pop(name, None)
                    if name in self._names:
                        names[name] = self._names[name]
        for name in sorted(names):
            place, number = target / name.relative_to(self._root), names[name]
            if not place.parent.is_dir():
                continue
            if number is None:
                place.mkdir(exist_ok=True)
            else:
                written, synced = self._contents[number]
                place.write_bytes(synced if seed is None or written == synced else written[: len(written) // 2])

    def _failing(self, name: str, call: Callable[..., object]) -> Callable[..., object]:
        def instead(*arguments: object) -> object:
            if self.died:
                raise Died
            self.calls += 1
            if self.died:
                if name == "write":
                    descriptor, content = arguments
                    half = content[: len(content) // 2]
                    call(descriptor, half)
                    self._after_write(descriptor, half)
                raise Died
            result = call(*arguments)
            getattr(self, f"_after_{name}")(*arguments, *([result] if name == "create" else []))
            return result

        return instead

    def _after_create(self, path: Path, descriptor: int) -> None:
        number = next(self._numbers)
        self._open[descriptor], self._names[path], self._contents[number] = number, number, (b"", b"")

    def _after_write(self, descriptor: int, content: bytes) -> None:
        written, synced = self._contents[self._open[descriptor]]
        self._contents[self._open[descriptor]] = written + content, synced

    def _after_sync(self, descriptor: int) -> None:
        written, _ = self._contents[self._open[descriptor]]
        self._contents[self._open[descriptor]] = written, written

    def _after_close(self, descriptor: int) -> None:
        del self._open[descriptor]

    def _after_rename(self, source: Path, target: Path) -> None:
        self._names[target] = self._names.pop(source)

    def _after_remove(self, path: Path) -> None:
        self._names.pop(path, None)

    def _after_make_folder(self, path: Path) -> None:
        self._names[path] = None

    def _after_remove_folder(self, path: Path) -> None:
        self._names.pop(path, None)

    def _after_sync_folder(self, path: Path) -> None:
        for name in [name for name in self._kept if name.parent == path and name not in self._names]:
            del self._kept[name]
        self._kept |= {name: number for name, number in self._names.items() if name.parent == path}
