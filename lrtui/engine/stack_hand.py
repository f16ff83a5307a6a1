"""The hand of a GPU: runs that train well together are trained as one; the others one by one, as by the plain hand."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from threading import Event

import torch

from lrtui.engine.data_pool import Data
from lrtui.engine.device import set_tf32
from lrtui.engine.hand import Checkpointed, Job, Kept, Loaded, News
from lrtui.engine.loop_hand import LoopHand, unbroken
from lrtui.study.records import EpochRecord, FinderCurve, Outcome
from lrtui.study.spec import RunSpec
from lrtui.study.stacking import shared, why_alone
from lrtui.train.checkpoint import Checkpoint
from lrtui.train.loop import StepCounter, Training
from lrtui.train.stack import Left, Stack


class StackHand:
    """A `Hand` that trains runs as one. `note` is told what a person should know, a sentence."""

    node = ""

    def __init__(self, pool: Data, threads: int, note: Callable[[str], object] = lambda _: None) -> None:
        self._pool, self._note, self._alone = pool, note, LoopHand(pool, threads)

    def load(self, spec: RunSpec, stop: Event) -> Loaded:
        """See to it that the data of a run is there."""
        return self._alone.load(spec, stop)

    def search(
        self, spec: RunSpec, show: Callable[[FinderCurve], None], stop: Event, progress: StepCounter
    ) -> FinderCurve | None:
        """Make a range test with a run, by itself."""
        return self._alone.search(spec, show, stop, progress)

    def close(self) -> None:
        """There is nothing to let go of."""

    def train(
        self, jobs: Sequence[Job], progress: Mapping[int, StepCounter], stops: Mapping[int, Event]
    ) -> Iterator[tuple[int, News]]:
        """Train runs, those together that are as far as one another."""
        for group in _groups(jobs):
            if why_alone(group[0].spec):
                yield from self._alone.train(group, progress, stops)
            else:
                with unbroken(self._pool.device):
                    yield from self._as_one(group, progress, stops)

    def _as_one(
        self, jobs: Sequence[Job], progress: Mapping[int, StepCounter], stops: Mapping[int, Event]
    ) -> Iterator[tuple[int, News]]:
        """Train runs as one; where memory runs out, fewer at a time, without telling anything twice."""
        seen: dict[int, int] = {}
        left = {job.spec.run: job for job in jobs}
        width = jobs[0].spec.config.model.stack_width
        at_once = len(jobs)
        while left:
            group = list(left.values())[:at_once]
            try:
                for run, news in self._stacked(group, width, progress, stops):
                    if isinstance(news, EpochRecord):
                        if news.epoch <= seen.get(run, -1):
                            continue
                        seen[run] = news.epoch
                    yield run, news
                    if isinstance(news, Outcome | Left):
                        del left[run]
            except torch.OutOfMemoryError:
                if len(group) == 1:
                    raise
                at_once = len(group) // 2
                if self._pool.device.type == "cuda":
                    torch.cuda.empty_cache()
                self._note(f"{len(group)} runs at once do not fit into memory: {at_once} at a time")

    def _stacked(
        self, jobs: Sequence[Job], width: int, progress: Mapping[int, StepCounter], stops: Mapping[int, Event]
    ) -> Iterator[tuple[int, News]]:
        set_tf32(self._pool.device, jobs[0].spec.config.train.tf32)
        data = self._pool.get(jobs[0].spec)
        trainings = [Training(job.spec, data, _decoded(job)) for job in jobs]
        together = Stack(trainings, data, width)
        due = {job.spec.run: time.monotonic() + job.spec.config.train.checkpoint_seconds for job in jobs}
        noted = ""
        for training in trainings:
            if training.over:
                yield from _kept(training)
        for training, news in together.run(progress, stops):
            spec = training.spec
            yield spec.run, news
            if isinstance(news, Outcome | Left):
                continue
            if together.note != noted:
                noted = together.note
                self._note(noted)
            if training.over and spec.config.train.keep != "none":
                together.settle(training)
                yield from _kept(training)
            if news.epoch and time.monotonic() >= due[spec.run]:
                together.settle(training)
                yield spec.run, Checkpointed(news.epoch, training.checkpoint())
                due[spec.run] = time.monotonic() + spec.config.train.checkpoint_seconds


def _groups(jobs: Sequence[Job]) -> list[list[Job]]:
    """Return the jobs that can be trained as one, those of a group as far as one another."""
    groups: dict[object, list[Job]] = {}
    for job in jobs:
        epoch = -1 if job.checkpoint is None else Checkpoint.decoded(job.checkpoint).epoch
        groups.setdefault(job.spec.run if why_alone(job.spec) else (shared(job.spec), epoch), []).append(job)
    return list(groups.values())


def _decoded(job: Job) -> Checkpoint | None:
    return None if job.checkpoint is None else Checkpoint.decoded(job.checkpoint)


def _kept(training: Training) -> Iterator[tuple[int, News]]:
    if (content := training.kept()) is not None:
        yield training.spec.run, Kept(content)
