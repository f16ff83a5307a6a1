"""The hands of an engine: what takes up runs and trains them, in a thread of this process or in a process elsewhere.

An engine gives a hand jobs, and hears what comes of them, row by row. A hand knows no Board, no study and no folder.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from threading import Event
from typing import Protocol

import torch

from lrtui.engine.device import first_line
from lrtui.errors import InputError
from lrtui.study.records import EpochRecord, FinderCurve, Outcome
from lrtui.study.spec import RunSpec
from lrtui.train.loop import StepCounter
from lrtui.train.stack import Left


@dataclass(frozen=True)
class Job:
    """A run to be trained."""

    spec: RunSpec
    """With the rate that was found for it, if the finder chooses it."""
    checkpoint: bytes | None = None
    """Where it is taken up, as `Checkpoint.encoded` has it; None: it is trained from the start."""


@dataclass(frozen=True)
class Loaded:
    """The data of a run is where it is trained."""

    steps_per_epoch: int
    images: int
    """Training images of an epoch."""
    val_images: int


@dataclass(frozen=True)
class Checkpointed:
    """What a run needs to go on after an epoch, whose record was told before."""

    epoch: int
    content: bytes


@dataclass(frozen=True)
class Kept:
    """What is to stay of a run (`train.keep`)."""

    content: bytes


News = EpochRecord | Outcome | Checkpointed | Kept | Left
"""What comes of a run: with an outcome it is done."""


class Hand(Protocol):
    """Trains what it is given, one call at a time; made, used and closed by one thread.

    Raises HandLostError, of any call, if whoever works for it is gone: what was told before stands.
    """

    @property
    def node(self) -> str:
        """Return the machine it works on; empty if that is this one."""

    def load(self, spec: RunSpec, stop: Event) -> Loaded:
        """See to it that the data of a run is there; nobody waits for that after its stop. Raises InputError if it is not what
        it was."""

    def search(
        self, spec: RunSpec, show: Callable[[FinderCurve], None], stop: Event, progress: StepCounter
    ) -> FinderCurve | None:
        """Make a range test with a run, and show how it comes on; return it, or None when stopped meanwhile."""

    def train(
        self, jobs: Sequence[Job], progress: Mapping[int, StepCounter], stops: Mapping[int, Event]
    ) -> Iterator[tuple[int, News]]:
        """Train runs whose data was loaded, together; yield what comes of each. One whose stop is set is left at its next batch.

        Whatever breaks one of them is raised, and ends them all.
        """

    def close(self) -> None:
        """Work no more."""


class HandLostError(Exception):
    """Whoever trained is gone, killed or unreachable: says how, as the end of a sentence. Its runs can go on elsewhere."""


class NeverBegunError(HandLostError):
    """Whoever was to train was gone before a word was heard of it: that says nothing of the runs."""


class FailedElsewhereError(Exception):
    """A run failed where it was trained: what was raised there, and its traceback."""

    def __init__(self, told: str, trace: str) -> None:
        super().__init__(told)
        self.trace = trace


def told(error: BaseException) -> str:
    """Return what an exception says, as runs have it that failed for it: a line, and what helps where memory is short."""
    if isinstance(error, FailedElsewhereError):
        return str(error)
    line = first_line(error)
    if isinstance(error, InputError):  # it says what, and where
        return line
    if isinstance(error, torch.OutOfMemoryError):
        return f"out of memory on the GPU: {line} A smaller train.batch_size or network needs less."
    return type(error).__name__ if line in ("", type(error).__name__) else f"{type(error).__name__}: {line}"
