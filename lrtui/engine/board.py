"""The live picture of a study: trainers write to it, screens poll it. It knows neither torch nor Textual.

A `Board` belongs to one execution of one study. Writers are the engine's threads; every write takes the lock for
a few assignments. `snapshot()` hands out immutable values, so a reader may keep one as long as it likes; a run
that did not change between two snapshots is the same object (`is`) in both.
"""

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from lrtui.engine import sentences
from lrtui.engine.pace import Outlook, Progress, Throughput, kind_of
from lrtui.study.records import EpochRecord, FinderCurve, Outcome, RunStatus, StudyStatus
from lrtui.study.resources import Resources
from lrtui.study.spec import RunSpec
from lrtui.study.states import BoardSnapshot, LogEvent, LogLevel, RunState
from lrtui.text import count, literal


def _ignore(_: LogEvent) -> None:
    pass


class Board:
    """What the engine writes and screens read."""

    def __init__(
        self,
        runs: Sequence[RunSpec],
        *,
        states: Iterable[RunState] = (),
        find_only: bool = False,
        most: int | None = None,
        before: float = 0.0,
        events: Iterable[LogEvent] = (),
        log: Callable[[LogEvent], None] = _ignore,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], dt.datetime] = dt.datetime.now,
    ) -> None:
        """`states` are runs of which something is known already; the study took `before` seconds so far, with `events`.

        Of a search's runs `most` are trained at most.
        `log` is given every event when it happens, in order. With `find_only` every run is a range test.
        """
        self._lock, self._logging = threading.Lock(), threading.Lock()
        self._find_only, self._log, self._clock, self._now = find_only, log, clock, now
        self._runs = {spec.run: RunState(spec) for spec in runs} | {state.spec.run: state for state in states}
        self._handed_out_runs: tuple[RunState, ...] | None = None
        self._most = most
        self._outlook = Outlook(self._runs.values(), find_only=find_only, most=most)
        self._progress: dict[int, Progress] = {}
        self._status = StudyStatus.PREPARING
        self._message = ""
        self._device = ""
        self._lanes = 1
        self._engine = "lanes"
        self._before = before
        self._started: float | None = None
        self._ended: float | None = None
        self._images = 0
        self._throughput = Throughput()
        self._events: list[LogEvent] = list(events)
        self._handed_out: tuple[LogEvent, ...] = ()
        self._resources: Resources | None = None

    # --- written by the engine

    def note(self, text: str, level: LogLevel = LogLevel.INFO) -> None:
        """Something happened just now."""
        safe = "\n".join(literal(line) for line in text.splitlines())
        with self._logging:  # not the other lock: a screen must not wait for the disk
            now = self._now()
            event = LogEvent(now.replace(microsecond=now.microsecond // 1000 * 1000), level, safe)
            self._events.append(event)
            self._log(event)

    def begin(self, device: str, lanes: int, engine: str = "lanes") -> None:
        """Training begins."""
        with self._lock:
            self._device, self._lanes, self._engine = device, lanes, engine
            self._started = self._clock()
            if self._status is StudyStatus.PREPARING:
                self._status = StudyStatus.RUNNING
            left = sum(not state.status.ended for state in self._runs.values())
        if left:
            self.note(f"{count(left, 'run')} on {device}, {count(lanes, 'lane')}")

    def measured(self, resources: Resources) -> None:
        """What is in use on the machine that trains."""
        with self._lock:
            self._resources = resources

    def stopping(self, why: str = "stop of the study asked for") -> None:
        """A person asked for the end; runs under way are being stopped."""
        with self._lock:
            if self._status not in (StudyStatus.PREPARING, StudyStatus.RUNNING):
                return
            self._status = StudyStatus.STOPPING
        self.note(why, LogLevel.WARNING)

    def saving(self) -> None:
        """The last run has ended: the study took as long as until now, and its end is being written."""
        with self._lock:
            self._status, self._ended = StudyStatus.SAVING, self._clock()

    def end(self, status: StudyStatus, message: str = "") -> None:
        """Nothing more will be written."""
        with self._lock:
            self._status, self._message = status, message
            self._ended = self._ended or self._clock()

    def run_started(self, run: int, lane: int, steps_per_epoch: int = 0, node: str = "") -> Progress:
        """A lane, of the machine `node` if that is not this one, takes up a run; return the counter for its steps."""
        with self._lock:
            progress = self._progress[run] = Progress(self._clock(), len(self._runs[run].records))
            running = RunStatus.RUNNING
            before = self._runs[run]
            state = self._set(replace(before, status=running, lane=lane, node=node, steps_per_epoch=steps_per_epoch))
        self.note(f"{sentences.name_of(state.spec)} started on lane {lane}{f', {node}' if node else ''}")
        return progress

    def run_loaded(self, run: int, steps_per_epoch: int, images: int, val_images: int) -> None:
        """The data of a run is there: `images` to train on and `val_images` to validate on, an epoch."""
        with self._lock:
            progress = self._progress[run]
            progress.images, progress.val_images, progress.began = images, val_images, self._clock()
            self._set(replace(self._runs[run], steps_per_epoch=steps_per_epoch, to_evaluate=images + val_images))

    def epoch_measured(self, record: EpochRecord, images: int) -> None:
        """An epoch of `images` training images was measured and is not on disk yet; the next one begins."""
        with self._lock:
            self._count(record, images)

    def epoch_done(self, record: EpochRecord, images: int) -> None:
        """An epoch of `images` training images was measured and is on disk."""
        with self._lock:
            state = self._runs[record.run]
            if self._progress[record.run].measured <= len(state.records):
                self._count(record, images)
            records, seconds = (*state.records, record), state.seconds + record.seconds
            self._set(replace(state, step=0, records=records, seconds=seconds))

    def epoch_repeated(self, run: int, images: int) -> None:
        """An epoch that was measured before was trained once more, to the same figures."""
        with self._lock:
            progress = self._progress[run]
            progress.step, progress.began = 0, self._clock()
            self._images += images
            self._set(replace(self._runs[run], step=0))

    def finder_moved(self, run: int, curve: FinderCurve) -> None:
        """A range test has begun (without points), has come further, or is over."""
        with self._lock:
            before, progress = self._runs[run], self._progress.get(run)
            over = curve.over and not (before.finder is not None and before.finder.over)
            state = self._set(replace(before, finder=curve))
            if progress is not None and curve.points:
                kind = kind_of(state.spec)
                self._outlook.search_steps[kind] = (self._clock() - progress.began) / len(curve.points)
            if over:
                self._images += len(curve.points) * state.spec.batch_size
        if over:
            self.note(sentences.range_test(state))

    def lr_found(self, run: int, lr: float) -> None:
        """The finder chose a run's learning rate."""
        with self._lock:
            state = self._runs[run]
            self._set(replace(state, spec=replace(state.spec, found_lr=lr)))

    def outcome(self, outcome: Outcome) -> None:
        """A run was measured after its training."""
        with self._lock:
            self._set(replace(self._runs[outcome.run], outcome=outcome))

    def run_waits(self, run: int) -> None:
        """A run under way has lost who trained it, and waits to be taken up again."""
        with self._lock:
            progress, before = self._progress.pop(run, None), self._runs[run]
            if progress is not None:
                self._images += progress.images_done(before)
            self._set(replace(before, status=RunStatus.WAITING, lane=None, step=0))

    def run_ended(self, run: int, status: RunStatus, message: str = "") -> None:
        """A run came to its end, or will not be begun."""
        with self._lock:
            progress, before = self._progress.pop(run, None), self._runs[run]
            if progress is not None:
                self._images += progress.images_done(before)
            state = self._set(replace(before, status=status, lane=None, message=message))
        self.note(*sentences.ending(state))

    def untried(self, runs: Iterable[int]) -> None:
        """A search is over without these runs."""
        with self._lock:
            for run in runs:
                self._set(replace(self._runs[run], status=RunStatus.UNTRIED))

    # --- read by the engine

    def state(self, run: int) -> RunState:
        """Return how one run stands."""
        with self._lock:
            return self._runs[run]

    # --- read by screens

    def snapshot(self) -> BoardSnapshot:
        """Return the study as it stands, as quickly for many runs as for few, and without waiting for a trainer."""
        with self._lock:
            now = self._ended or self._clock()
            for run, progress in self._progress.items():
                self._step(self._runs[run], progress)
            if self._handed_out_runs is None:
                self._handed_out_runs = tuple(self._runs.values())
            runs = self._handed_out_runs
            under_way = sum(progress.images_done(self._runs[run]) for run, progress in self._progress.items())
            over = self._status.ended or self._status is StudyStatus.SAVING
            if len(self._handed_out) != len(self._events):
                self._handed_out = tuple(self._events)
            return BoardSnapshot(
                status=self._status,
                message=self._message,
                device=self._device,
                lanes=self._lanes,
                engine=self._engine,
                runs=runs,
                elapsed=self._before + (0.0 if self._started is None else now - self._started),
                images_per_second=self._throughput.look(now, self._images + under_way),
                seconds_left=None if over else self._outlook.seconds_left(self._progress, lanes=self._lanes, now=now),
                events=self._handed_out,
                resources=self._resources,
                most=self._most,
            )

    def _set(self, state: RunState) -> RunState:
        self._outlook.changed(self._runs[state.spec.run], state)
        self._runs[state.spec.run] = state
        self._handed_out_runs = None
        return state

    def _step(self, state: RunState, progress: Progress) -> None:
        step = progress.step
        if progress.measured > len(state.records):  # the epoch is over, and not on disk yet
            step = state.steps_per_epoch if state.records else 0
        evaluated = 0 if state.records else progress.evaluated
        if (step, evaluated) != (state.step, state.evaluated):
            self._set(replace(state, step=step, evaluated=evaluated))

    def _count(self, record: EpochRecord, images: int) -> None:
        progress = self._progress[record.run]
        progress.measured += 1
        progress.step, progress.began = 0, self._clock()
        self._images += images if record.epoch > 0 else 0
