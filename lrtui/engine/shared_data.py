"""Data sets shared by processes: a file for each tensor in the cache, mapped into memory by whoever trains on it.

The files are in the user's cache folder rather than in /dev/shm, which containers keep small; they are in memory once,
whoever maps them. They are removed at the end of the study; what a killed process has left is removed by the next one.
"""

import os
import shutil
import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from lrtui import paths
from lrtui.store import live
from lrtui.train.tensors import Parts, TrainingData


@dataclass(frozen=True)
class _Mapped:
    """A tensor in a file: its numbers and nothing else."""

    file: str
    shape: tuple[int, ...]
    dtype: torch.dtype

    def open(self) -> Tensor:
        """Return it, mapped: what is written to it stays in this process."""
        count = int(torch.Size(self.shape).numel())
        return torch.from_file(self.file, shared=False, size=count, dtype=self.dtype).reshape(self.shape)


@dataclass(frozen=True)
class SharedData:
    """`TrainingData` in files."""

    parts: Parts[_Mapped]

    def open(self, device: torch.device) -> TrainingData:
        """Return it on a device; on the CPU without a copy. Raises OSError or RuntimeError if the files are gone."""
        return self.parts.taken(lambda mapped: mapped.open().to(device))

    def remove(self) -> None:
        """Take the files away; who has opened them keeps what they hold."""
        for tensor in set(self.parts.tensors):
            Path(tensor.file).unlink(missing_ok=True)


class SharedFolder:
    """The files of one process, in a folder of its own."""

    def __init__(self) -> None:
        self._path: Path | None = None

    def put(self, data: TrainingData) -> SharedData:
        """Write a data set. Raises OSError if there is no room."""
        if self._path is None:
            self._path = _new_folder()
        folder = Path(tempfile.mkdtemp(dir=self._path))

        def write(name: str, tensor: Tensor) -> _Mapped:
            file = folder / name
            with file.open("wb") as stream:
                tensor.cpu().contiguous().numpy().tofile(stream)
            return _Mapped(str(file), tuple(tensor.shape), tensor.dtype)

        return SharedData(Parts.put(data, write))

    def close(self) -> None:
        """Remove the files; who has mapped them keeps what they hold."""
        if self._path is not None:
            shutil.rmtree(self._path, ignore_errors=True)
            self._path = None


def _new_folder() -> Path:
    """Return a folder for the calling process, and remove those of processes that are gone. Raises OSError."""
    parent = paths.shared_dir() / (
        socket.gethostname() or "here"
    )  # of several machines with one home, each knows its own processes
    parent.mkdir(parents=True, exist_ok=True)
    own = live.owner_of()
    for folder in parent.iterdir():
        pid, _, started = folder.name.partition("-")
        if pid.isdecimal() and live.process_started(int(pid)) not in (started.partition("-")[0], ""):
            shutil.rmtree(folder, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-{own.process_started}-", dir=parent))
