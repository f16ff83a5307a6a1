"""Many runs of one architecture trained as one: a step is one sequence of operations for all of them.

Every run stays a `Training`: its schedule, early stopping, health and outcome are the plain loop's. Only the steps and the
evaluations between them are done for all rows at once. A run's figures are those of the plain loop but for rounding; what
breaks one run's numbers leaves the others' bits alone.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from threading import Event

import torch
from torch import Tensor

from lrtui.study.records import EpochRecord, Outcome
from lrtui.train.evaluation import Evaluation
from lrtui.train.loop import StepCounter, Trained, Training
from lrtui.train.replay import Pace
from lrtui.train.rows import Rows, evaluations
from lrtui.train.tensors import TrainingData


@dataclass(frozen=True)
class Left:
    """A run was stopped: nothing more comes of it."""


class Stack:
    """Runs that `lrtui.study.stacking` finds to train well together, all of them as far as one another.

    `width` of them are one tensor's rows; more are side by side, on a GPU on streams of their own.
    """

    def __init__(self, trainings: Sequence[Training], data: TrainingData, width: int) -> None:
        """Take the trainings over; what they are by now they have again after `settle`."""
        self._data, self._width = data, width
        self._alive = list(trainings)
        self._groups = self._grouped()
        self._pace = Pace(data.train_images.device)

    @property
    def note(self) -> str:
        """Return what a person should know of how it trains, a sentence; empty if nothing."""
        return next((rows.replay.note for rows in self._groups if rows.replay.note), "")

    @property
    def widths(self) -> list[int]:
        """Return how many runs each tensor has, those among them that have ended."""
        return [len(rows.trainings) for rows in self._groups]

    def settle(self, training: Training) -> None:
        """Have a training's network, optimizer and noise be as its row is."""
        self._rows_of(training).give(training)

    def run(
        self, progress: Mapping[int, StepCounter], stops: Mapping[int, Event]
    ) -> Iterator[tuple[Training, EpochRecord | Outcome | Left]]:
        """Train: yield what `Training.run` yields of each run, and `Left` for one that was stopped.

        A stop is looked at between batches, on a GPU some fifty times a second. A record's seconds are the run's share of
        the stack's.
        """
        try:
            if not all(training.begun for training in self._alive):
                yield from self._first_records(progress, stops)
            while self._alive:
                for training in list(self._alive):
                    if training.over:
                        yield from self._end(training, stops)
                if self._alive:
                    self._close_ranks()
                    yield from self._epoch(progress, stops)
        finally:  # what is still being worked on must not lose its memory
            self._pace.catch_up(self._streams)

    def _first_records(
        self, progress: Mapping[int, StepCounter], stops: Mapping[int, Event]
    ) -> Iterator[tuple[Training, EpochRecord | Left]]:
        started, data = time.perf_counter(), self._data
        counters = [progress[training.spec.run] for training in self._alive]
        before = self._evaluate(data.train_images, data.train_labels, stops, counters)
        measured = self._evaluate(data.val_images, data.val_labels, stops, counters, after=len(data.train_labels))
        yield from self._leave(stops)
        begun = _shared(started, len(self._alive))
        for training in self._alive:
            run = training.spec.run
            yield training, training.first_record(before[run], measured[run], begun)

    def _epoch(
        self, progress: Mapping[int, StepCounter], stops: Mapping[int, Event]
    ) -> Iterator[tuple[Training, EpochRecord | Left]]:
        started, data = time.perf_counter(), self._data
        probed = [training for training in self._alive if training.probe is not None]
        for rows in self._groups:
            rows.begin_epoch(self._alive[0].epoch + 1)
        steps = self._groups[0].steps
        for step in range(steps):
            if step == steps - 1:
                self._before_step(probed)
            for rows in self._groups:
                rows.step(step)
            if step == steps - 1:
                self._after_step(probed)
            if self._pace.waits(self._streams) or step == steps - 1:
                yield from self._leave(stops)
                if not self._alive:
                    return
                for training in self._alive:
                    progress[training.spec.run].step = step + 1
        measured = self._evaluate(data.val_images, data.val_labels, stops)
        trained = self._trained()
        yield from self._leave(stops)
        begun = _shared(started, max(1, len(self._alive)))
        for training in list(self._alive):
            run = training.spec.run
            if training.curvature is not None and training.curvature.due(training.epoch + 1):
                self.settle(training)  # it takes the optimizer's next step
            elif training.probe is not None or training.keeps_best:
                self._rows_of(training).give_weights(training)
            yield training, training.epoch_ended(trained[run], measured[run], begun)

    def _before_step(self, probed: Sequence[Training]) -> None:
        for training in probed:
            self._rows_of(training).give_weights(training)
            assert training.probe is not None
            training.probe.before_step()

    def _after_step(self, probed: Sequence[Training]) -> None:
        for training in probed:
            self._rows_of(training).give_weights(training)
            assert training.probe is not None
            training.probe.after_step()

    def _evaluate(
        self,
        images: Tensor,
        labels: Tensor,
        stops: Mapping[int, Event],
        counters: Sequence[StepCounter] = (),
        after: int = 0,
    ) -> dict[int, Evaluation]:
        """Return what every run's network makes of images, by run; nothing if all were stopped meanwhile."""
        awaited = [stops[training.spec.run] for training in self._alive]
        asked = [(rows, rows.evaluate(images, labels, awaited, counters, after)) for rows in self._groups]
        return {
            training.spec.run: found
            for rows, figures in asked
            if figures is not None
            for training, found in zip(rows.trainings, evaluations(figures), strict=True)
        }

    def _trained(self) -> dict[int, Trained]:
        return {
            training.spec.run: found
            for rows in self._groups
            for training, found in zip(rows.trainings, rows.trained(), strict=True)
        }

    def _end(self, training: Training, stops: Mapping[int, Event]) -> Iterator[tuple[Training, Outcome | Left]]:
        """Measure what a run gives whose training is over."""
        self.settle(training)
        self._alive.remove(training)
        outcome = training.outcome(stops[training.spec.run])
        yield training, Left() if outcome is None else outcome

    def _leave(self, stops: Mapping[int, Event]) -> Iterator[tuple[Training, Left]]:
        """Leave the runs that are to stop: their rows go on unseen until ranks are closed."""
        for training in [one for one in self._alive if stops[one.spec.run].is_set()]:
            self._alive.remove(training)
            yield training, Left()

    def _close_ranks(self) -> None:
        """Let go of tensors none of whose runs is left; and where half of all rows have ended, begin anew with the others."""
        self._groups = [rows for rows in self._groups if any(training in rows.trainings for training in self._alive)]
        if 2 * len(self._alive) <= sum(self.widths):
            for training in self._alive:
                self.settle(training)
            self._groups = self._grouped()

    def _grouped(self) -> list[Rows]:
        alive = self._alive
        return [Rows(alive[at : at + self._width], self._data) for at in range(0, len(alive), self._width)]

    @property
    def _streams(self) -> list[torch.cuda.Stream | None]:
        return [rows.stream for rows in self._groups]

    def _rows_of(self, training: Training) -> Rows:
        return next(rows for rows in self._groups if training in rows.trainings)


def _shared(started: float, runs: int) -> float:
    """Return a beginning that leaves of the time since `started` the share of one run."""
    now = time.perf_counter()
    return now - (now - started) / max(1, runs)
