"""The data sets of a study: loaded once, shared read-only by every run, let go when no run needs them any more."""

import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import torch

from lrtui.data.fingerprint import Fingerprint
from lrtui.data.load import Dataset, identify, load
from lrtui.errors import InputError
from lrtui.study.networks import Layout
from lrtui.study.schema import DataConfig
from lrtui.study.spec import RunSpec
from lrtui.train.tensors import TrainingData

_Key = tuple[DataConfig, Layout]

SPARE_BYTES = 2**30
"""Data that no run under way uses stays for the runs to come, as long as all data together is no larger than this."""


def _key(spec: RunSpec) -> _Key:
    return spec.config.data, spec.config.model.layout


class DataPool:
    """Hands out `TrainingData` by run. Safe to use from every lane."""

    def __init__(self, data_dir: Path, device: torch.device, runs: Sequence[RunSpec]) -> None:
        self._data_dir, self._device = data_dir, device
        self._loading, self._counting = threading.Lock(), threading.Lock()
        self._fingerprints: dict[DataConfig, Fingerprint] = {}
        self._users = Counter(_key(spec) for spec in runs)
        self._loaded: dict[DataConfig, Dataset] = {}
        self._placed: dict[_Key, TrainingData] = {}
        self._under_way: dict[int, _Key] = {}

    def load_all(self) -> list[Fingerprint]:
        """Read every data set of the study and return what each one is. Raises InputError if one is missing or damaged.

        Only the first stays in memory; the others are loaded when their turn comes.
        """
        for config in dict.fromkeys(data for data, _ in self._users):
            if self._loaded:
                self._fingerprints[config] = identify(config, self._data_dir)
            else:
                self._loaded[config] = load(config, self._data_dir)
                self._fingerprints[config] = self._loaded[config].fingerprint
        return list(self._fingerprints.values())

    def get(self, spec: RunSpec) -> TrainingData:
        """Return the data of a run, on the device and in its model's layout."""
        key = _key(spec)
        with self._counting:
            self._under_way[spec.run] = key
        with self._loading:
            if key not in self._placed:
                self._make_room()
                dataset = self._loaded.get(key[0]) or self._load_again(key[0])
                self._placed[key] = TrainingData.place(dataset, key[1], self._device)
                self._loaded.clear()
            return self._placed[key]

    def release(self, spec: RunSpec) -> None:
        """A run needs its data no more."""
        key = _key(spec)
        with self._counting:  # not the loading lock: a person who stops a run must not wait for a data set
            self._under_way.pop(spec.run, None)
            self._users[key] -= 1
            if self._users[key] == 0:
                self._placed.pop(key, None)

    def _make_room(self) -> None:
        """Let go of data that no run under way uses, the oldest first, until little enough is left."""
        with self._counting:
            used = set(self._under_way.values())
            for key in [key for key in self._placed if key not in used]:
                if sum(map(_bytes, self._placed.values())) <= SPARE_BYTES:
                    return
                del self._placed[key]

    def _load_again(self, config: DataConfig) -> Dataset:
        dataset = load(config, self._data_dir)
        if dataset.fingerprint.sha256 != self._fingerprints[config].sha256:
            raise InputError(f"data set {config.name} is not what it was when the study began")
        return dataset


def _bytes(data: TrainingData) -> int:
    """Return what the images of a placed data set take; labels are next to nothing beside them."""
    parts = {id(images): images.nbytes for images in (data.train_images, data.val_images, data.test_images)}
    return sum(parts.values())
