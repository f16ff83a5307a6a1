"""The data sets of a study: loaded once, shared read-only by every run, let go when no run needs them any more."""

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import torch

from lrtui.data.catalogue import DATASETS
from lrtui.data.fingerprint import Fingerprint
from lrtui.data.load import Dataset, Wanted, identify_wanted, load_wanted
from lrtui.engine.shared_data import SharedData, SharedFolder
from lrtui.errors import InputError
from lrtui.study.datasets import Found
from lrtui.study.networks import Layout
from lrtui.study.spec import RunSpec
from lrtui.text import literal
from lrtui.train.tensors import TrainingData

Key = tuple[Wanted, Layout]

SPARE_BYTES = 2**30
"""Data that no run under way uses stays for the runs to come, as long as all data together is no larger than this."""
SPARE_SHARE = 0.25
"""On a GPU: than this share of its memory."""


def key_of(spec: RunSpec) -> Key:
    """Return what two runs have in common that train on the same tensors."""
    return Wanted.by(spec), spec.config.model.layout


def spare_bytes(device: torch.device) -> int:
    """Return how large data may be together before some of it is let go that no run under way uses."""
    if device.type != "cuda":
        return SPARE_BYTES
    return max(SPARE_BYTES, int(SPARE_SHARE * torch.cuda.mem_get_info(device)[1]))


class Data(Protocol):
    """Where a hand finds data: `DataPool`, in another process `lrtui.engine.workshop.OpenedData`."""

    @property
    def device(self) -> torch.device:
        """Where it is."""

    def get(self, spec: RunSpec) -> TrainingData:
        """Return the data of a run, on the device and in its model's layout."""


class Shared(Protocol):
    """Data that others have put somewhere: `SharedData` in files, `ray_cluster.StoredData` in an object store."""

    def open(self, device: torch.device) -> TrainingData:
        """Return it on a device. Raises OSError or RuntimeError if it is gone."""


@dataclass(frozen=True)
class Source:
    """Where a process finds data."""

    shared: Shared | None
    """Where others have put it; None if nobody has."""
    data_dir: Path
    sha256: str
    """What the data set has to be if the process reads it for itself."""

    def open(self, spec: RunSpec, device: torch.device) -> TrainingData:
        """Return the data of a run. Raises InputError if it is not what it was."""
        if self.shared is not None:
            try:
                return replace(self.shared.open(device), task=spec.config.task)
            except (OSError, RuntimeError):  # the files are gone
                pass
        dataset = load_same(Wanted.by(spec), self.data_dir, self.sha256)
        return TrainingData.place(dataset, key_of(spec)[1], device)


class DataPool:
    """Hands out `TrainingData` by run. Safe to use from every lane."""

    def __init__(self, data_dir: Path, device: torch.device, runs: Sequence[RunSpec]) -> None:
        self._data_dir, self.device = data_dir, device
        self._loading, self._counting, self._sharing = threading.Lock(), threading.Lock(), threading.Lock()
        self._fingerprints: dict[Wanted, Fingerprint] = {}
        self._users = Counter(key_of(spec) for spec in runs)
        self._loaded: dict[Wanted, Dataset] = {}
        self._placed: dict[Key, TrainingData] = {}
        self._under_way: dict[int, Key] = {}
        self._folder = SharedFolder()
        self._shared: dict[Key, SharedData | None] = {}

    def load_all(self) -> list[Fingerprint]:
        """Read every data set of the study and return what each one is. Raises InputError if one is missing or damaged.

        Only the first stays in memory; the others are loaded when their turn comes.
        """
        for wanted in dict.fromkeys(data for data, _ in self._users):
            if self._loaded:
                self._fingerprints[wanted] = identify_wanted(wanted, self._data_dir)
            else:
                self._loaded[wanted] = load_wanted(wanted, self._data_dir)
                self._fingerprints[wanted] = self._loaded[wanted].fingerprint
        return list(self._fingerprints.values())

    @property
    def found(self) -> dict[Wanted, Found]:
        """Return what every data set turned out to be, once they were read."""
        return {wanted: _found(wanted, self._fingerprints[wanted]) for wanted in self._fingerprints}

    @property
    def rows(self) -> dict[Wanted, tuple[int, int]]:
        """Return how many rows every data set has to train on and to validate with, once they were read."""
        return {wanted: (one.train_count, one.val_count) for wanted, one in self._fingerprints.items()}

    def get(self, spec: RunSpec) -> TrainingData:
        """Return the data of a run, on the device and in its model's layout."""
        key = key_of(spec)
        with self._counting:
            self._under_way[spec.run] = key
        with self._loading:
            if key not in self._placed:
                self._make_room()
                dataset = self._loaded.get(key[0]) or self._load_again(key[0])
                self._placed[key] = TrainingData.place(dataset, key[1], self.device)
                self._loaded.clear()
            placed = self._placed[key]
            return placed if placed.task == spec.config.task else replace(placed, task=spec.config.task)

    def source(self, spec: RunSpec) -> Source:
        """Return where another process of this machine finds the data of a run: in files, if there is room for them."""
        key = key_of(spec)
        with self._sharing:
            if key not in self._shared:
                self._shared[key] = self._share(key, self.get(spec))
            return self.source_of(spec, self._shared[key])

    def source_of(self, spec: RunSpec, shared: Shared | None) -> Source:
        """Return where the data of a run is found that has been put somewhere."""
        return Source(shared, self._data_dir, self._fingerprints[Wanted.by(spec)].sha256)

    def release(self, spec: RunSpec) -> None:
        """A run needs its data no more."""
        key = key_of(spec)
        with self._counting:  # not the loading lock: a person who stops a run must not wait for a data set
            self._under_way.pop(spec.run, None)
            self._users[key] -= 1
            if self._users[key] == 0:
                self._placed.pop(key, None)
                if (shared := self._shared.pop(key, None)) is not None:
                    shared.remove()

    def close(self) -> None:
        """Remove what was written for other processes."""
        self._folder.close()

    def _share(self, key: Key, data: TrainingData) -> SharedData | None:
        """Write data for other processes, and use that too, so that it is in memory once; None where there is no room."""
        try:
            shared = self._folder.put(data)
            if self.device.type == "cpu":
                mapped = shared.open(self.device)
                with self._loading:
                    if key in self._placed:
                        self._placed[key] = mapped
        except (OSError, RuntimeError):
            return None
        return shared

    def _make_room(self) -> None:
        """Let go of data that no run under way uses, the oldest first, until little enough is left."""
        with self._counting:
            used = set(self._under_way.values())
            spare = spare_bytes(self.device)
            for key in [key for key in self._placed if key not in used]:
                if sum(map(bytes_of, self._placed.values())) <= spare:
                    return
                del self._placed[key]

    def _load_again(self, wanted: Wanted) -> Dataset:
        return load_same(wanted, self._data_dir, self._fingerprints[wanted].sha256)


def _found(wanted: Wanted, fingerprint: Fingerprint) -> Found:
    if fingerprint.found is not None:
        return Found.of(fingerprint.found)
    return Found(DATASETS[wanted.config.name].shape, wanted.config.classes, wanted.config.nothing)


def load_same(wanted: Wanted, data_dir: Path, sha256: str) -> Dataset:
    """Return data that was read before. Raises InputError if it is not what it was."""
    dataset = load_wanted(wanted, data_dir)
    if dataset.fingerprint.sha256 != sha256:
        raise InputError(f"data set {literal(wanted.config.name)} is not what it was when the study began")
    return dataset


def bytes_of(data: TrainingData) -> int:
    """Return what the images of a placed data set take; labels are next to nothing beside them."""
    parts = {id(images): images.nbytes for images in (data.train_images, data.val_images, data.test_images)}
    return sum(parts.values())
