"""The plain hand: the training loop in the calling thread, one run after another."""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from threading import Event

import torch

from lrtui import own_code
from lrtui.engine.data_pool import Data
from lrtui.engine.device import first_line, probe, set_tf32
from lrtui.engine.hand import Checkpointed, HandLostError, Job, Kept, Loaded, News
from lrtui.errors import InputError, LrtuiError
from lrtui.study import references
from lrtui.study.records import FinderCurve, Outcome
from lrtui.study.spec import RunSpec
from lrtui.train.checkpoint import Checkpoint
from lrtui.train.finder import find
from lrtui.train.loop import StepCounter, Training, steps_per_epoch
from lrtui.train.stack import Left


@contextlib.contextmanager
def unbroken(device: torch.device) -> Iterator[None]:
    """Tell apart what breaks a run on a GPU and what breaks CUDA for this process: then nothing can be trained here any more.

    Raises HandLostError for the latter. Where memory ran out, what is not in use is given back.
    """
    try:
        yield
    except torch.OutOfMemoryError:
        if device.type == "cuda":
            torch.cuda.empty_cache()
        raise
    except RuntimeError as error:
        if device.type == "cuda" and probe(device):
            raise HandLostError(f"has lost its GPU ({first_line(error)})") from error
        raise


@contextlib.contextmanager
def of_own(spec: RunSpec) -> Iterator[None]:
    """Have a run train a network that lrtui has not written: what own code prints is kept off standard output.

    What it raises, be it in the backward pass, is an InputError with file and line, or with the network's name.
    """
    model = spec.config.model
    with contextlib.ExitStack() as stack:
        if model.code:
            stack.enter_context(own_code.at_work(spec.folder, model.name, model.sha256))
        if model.foreign:
            stack.enter_context(_told_of_own(spec))
        yield


@contextlib.contextmanager
def _told_of_own(spec: RunSpec) -> Iterator[None]:
    model = spec.config.model
    path = references.at(spec.folder, references.parts(model.name)[0]) if model.code else None
    try:
        yield
    except (LrtuiError, HandLostError, MemoryError, torch.OutOfMemoryError):
        raise
    except (Exception, SystemExit) as error:  # an exit is theirs, not lrtui's
        if isinstance(error, OSError) and not own_code.place(error, path):
            raise
        raise InputError(own_code.told(error, path, model.name)) from error


class LoopHand:
    """A `Hand` on this process's data, with `threads` intra-op threads. To be made by the thread that uses it."""

    node = ""

    def __init__(self, pool: Data, threads: int) -> None:
        torch.set_num_threads(threads)
        self._pool = pool

    def load(self, spec: RunSpec, stop: Event) -> Loaded:
        """See to it that the data of a run is there."""
        with unbroken(self._pool.device):
            data = self._pool.get(spec)
        return Loaded(steps_per_epoch(spec, data), len(data.train_labels), len(data.val_labels))

    def search(
        self, spec: RunSpec, show: Callable[[FinderCurve], None], stop: Event, progress: StepCounter
    ) -> FinderCurve | None:
        """Make a range test with a run."""
        set_tf32(self._pool.device, spec.config.train.tf32)
        with of_own(spec), unbroken(self._pool.device):
            return find(spec, self._pool.get(spec), show, stop)

    def train(
        self, jobs: Sequence[Job], progress: Mapping[int, StepCounter], stops: Mapping[int, Event]
    ) -> Iterator[tuple[int, News]]:
        """Train one run after another."""
        for job in jobs:
            run = job.spec.run
            with of_own(job.spec), unbroken(self._pool.device):
                for news in self._train(job, progress[run], stops[run]):
                    yield run, news

    def close(self) -> None:
        """There is nothing to let go of."""

    def _train(self, job: Job, progress: StepCounter, stop: Event) -> Iterator[News]:
        spec = job.spec
        set_tf32(self._pool.device, spec.config.train.tf32)
        checkpoint = None if job.checkpoint is None else Checkpoint.decoded(job.checkpoint)
        training = Training(spec, self._pool.get(spec), checkpoint)
        if training.over and (content := training.kept()) is not None:
            yield Kept(content)
        every = spec.config.train.checkpoint_seconds
        due = time.monotonic() + every
        for record in training.run(progress, stop):
            yield record
            if isinstance(record, Outcome):
                return
            if training.over and (content := training.kept()) is not None:
                yield Kept(content)
            if record.epoch and time.monotonic() >= due:
                yield Checkpointed(record.epoch, training.checkpoint())
                due = time.monotonic() + every
        yield Left()
