"""The live picture of a study: trainers write to it, screens poll it. It knows neither torch nor Textual.

A `Board` belongs to one execution of one study. Writers are the engine's threads; every write takes the lock for
a few assignments. `snapshot()` hands out immutable values, so a reader may keep one as long as it likes; a run
that did not change between two snapshots is the same object (`is`) in both.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import replace

from lrtui.study.records import EpochRecord, FinderCurve, Outcome, RunStatus, StudyStatus
from lrtui.study.spec import RunSpec
from lrtui.study.states import BoardSnapshot, RunState


class Progress:
    """The step counter of one lane. The trainer assigns `step` once a batch, without a lock: one attribute store."""

    __slots__ = ("step",)

    def __init__(self) -> None:
        self.step = 0


class Board:
    """What the engine writes and screens read."""

    def __init__(self, runs: Sequence[RunSpec]) -> None:
        self._lock = threading.Lock()
        self._runs = {spec.run: RunState(spec) for spec in runs}
        self._progress: dict[int, Progress] = {}
        self._status = StudyStatus.PREPARING
        self._message = ""
        self._device = ""
        self._lanes = 1
        self._started: float | None = None
        self._ended: float | None = None
        self._throughput = _Throughput()

    # --- written by the engine

    def begin(self, device: str, lanes: int) -> None:
        """Training begins."""
        with self._lock:
            self._device, self._lanes = device, lanes
            self._started = time.monotonic()
            if self._status is StudyStatus.PREPARING:
                self._status = StudyStatus.RUNNING

    def stopping(self) -> None:
        """A person asked for the end; runs under way are being stopped."""
        with self._lock:
            if not self._status.ended:
                self._status = StudyStatus.STOPPING

    def end(self, status: StudyStatus, message: str = "") -> None:
        """Nothing more will be written."""
        with self._lock:
            self._status, self._message = status, message
            self._ended = time.monotonic()

    def run_started(self, run: int, lane: int, steps_per_epoch: int) -> Progress:
        """A lane takes up a run; returns the counter for its steps."""
        with self._lock:
            progress = self._progress[run] = Progress()
            self._runs[run] = replace(
                self._runs[run], status=RunStatus.RUNNING, lane=lane, steps_per_epoch=steps_per_epoch
            )
            return progress

    def epoch_done(self, record: EpochRecord, images: int) -> None:
        """An epoch of `images` training images was measured and is on disk."""
        with self._lock:
            state = self._runs[record.run]
            self._progress[record.run].step = 0
            self._runs[record.run] = replace(
                state, records=(*state.records, record), seconds=state.seconds + record.seconds
            )
            self._throughput.add(time.monotonic(), images if record.epoch > 0 else 0)

    def finder_moved(self, run: int, curve: FinderCurve) -> None:
        """A range test has come further, or is over."""
        with self._lock:
            self._runs[run] = replace(self._runs[run], finder=curve)

    def lr_found(self, run: int, lr: float) -> None:
        """The finder chose a run's learning rate."""
        with self._lock:
            state = self._runs[run]
            self._runs[run] = replace(state, spec=replace(state.spec, found_lr=lr))

    def outcome(self, outcome: Outcome) -> None:
        """A run was measured after its training."""
        with self._lock:
            self._runs[outcome.run] = replace(self._runs[outcome.run], outcome=outcome)

    def run_ended(self, run: int, status: RunStatus, message: str = "") -> None:
        """A run came to its end, or will not be begun."""
        with self._lock:
            self._progress.pop(run, None)
            self._runs[run] = replace(self._runs[run], status=status, lane=None, message=message)

    # --- read by screens

    def snapshot(self) -> BoardSnapshot:
        """Return the study as it stands, in microseconds per run and without waiting for a trainer."""
        with self._lock:
            now = self._ended or time.monotonic()
            runs = tuple(self._with_step(state) for state in self._runs.values())
            return BoardSnapshot(
                status=self._status,
                message=self._message,
                device=self._device,
                lanes=self._lanes,
                runs=runs,
                elapsed=0.0 if self._started is None else now - self._started,
                images_per_second=self._throughput.rate(now),
                seconds_left=None if self._status.ended else _seconds_left(runs, self._lanes),
            )

    def _with_step(self, state: RunState) -> RunState:
        progress = self._progress.get(state.spec.run)
        if progress is None or progress.step == state.step:
            return state
        stepped = self._runs[state.spec.run] = replace(state, step=progress.step)
        return stepped


class _Throughput:
    """Images per second over a sliding window."""

    window = 30.0

    def __init__(self) -> None:
        self._marks: list[tuple[float, int]] = []

    def add(self, now: float, images: int) -> None:
        self._marks = [mark for mark in self._marks if now - mark[0] <= self.window] + [(now, images)]

    def rate(self, now: float) -> float:
        marks = [mark for mark in self._marks if now - mark[0] <= self.window]
        if len(marks) < 2 or now <= marks[0][0]:
            return 0.0
        return sum(images for _, images in marks[1:]) / (now - marks[0][0])


def _seconds_left(runs: Sequence[RunState], lanes: int) -> float | None:
    """Return the remaining epochs' cost divided over the lanes.

    An epoch costs what the same model, data and batch size cost so far; where nothing of the kind was measured yet,
    the mean of all epochs stands in.
    """
    costs: dict[tuple[str, str, int], list[float]] = {}
    for state in runs:
        measured = [record.seconds for record in state.records if record.epoch > 0]
        if measured:
            costs.setdefault(_kind(state.spec), []).append(sum(measured) / len(measured))
    if not costs:
        return None
    everywhere = [cost for kind in costs.values() for cost in kind]
    left = 0.0
    longest = 0.0
    for state in runs:
        if state.status.ended:
            continue
        own = costs.get(_kind(state.spec), everywhere)
        epochs = (
            state.spec.epochs - state.epochs_done - (state.step / state.steps_per_epoch if state.steps_per_epoch else 0)
        )
        seconds = max(0.0, epochs) * sum(own) / len(own)
        left += seconds
        longest = max(longest, seconds)
    return max(left / max(1, lanes), longest)


def _kind(spec: RunSpec) -> tuple[str, str, int]:
    return spec.model, spec.dataset, spec.batch_size
