"""Lanes: one thread per core, each training one run at a time from a common queue. On CUDA there is one lane."""

import contextlib
import os
import sys
import threading
import time
import traceback
from collections import deque
from dataclasses import replace
from functools import partial

import torch

from lrtui.engine.board import Board
from lrtui.engine.data_pool import DataPool
from lrtui.engine.engine import Recorder
from lrtui.engine.pace import Progress
from lrtui.engine.rates import FoundRates
from lrtui.engine.repeating import RepetitionError, require_same
from lrtui.engine.resumption import Checkpoints
from lrtui.study.records import Outcome, RunStatus, StudyStatus
from lrtui.study.spec import RunSpec, Study
from lrtui.study.states import LogLevel
from lrtui.train.checkpoint import Checkpoint, DamagedCheckpointError
from lrtui.train.loop import Training, steps_per_epoch
from lrtui.train.tensors import TrainingData

NICENESS = 10
_LEFT = (RunStatus.WAITING, RunStatus.INTERRUPTED)
"""Runs that another process goes on with."""


class Lanes:
    """An Engine that trains the runs of a study which the Board has not as ended, on `lanes` threads with `threads`
    intra-op threads each.

    A run of which the Board has epochs is gone on with from its checkpoint, if it has one; epochs that are trained once
    more have to come to what is known of them.

    With `give_way` the lanes leave a core to a screen in the same process whenever it has something to draw. With
    `find_only` every run is a range test and nothing is trained.
    """

    def __init__(
        self,
        study: Study,
        pool: DataPool,
        board: Board,
        recorder: Recorder,
        *,
        device: str,
        lanes: int,
        threads: int,
        give_way: bool = False,
        find_only: bool = False,
        checkpoints: Checkpoints | None = None,
    ) -> None:
        self._pool, self._board, self._recorder = pool, board, recorder
        self._device, self._intra_op_threads = device, threads
        self._give_way, self._find_only = give_way, find_only
        self._checkpoints = checkpoints
        self._rates = FoundRates(study.runs, board, recorder)
        ended = {state.spec.run for state in board.snapshot().runs if state.status.ended}
        runs = [spec for spec in study.training_order if spec.run not in ended]
        self._waiting = deque(runs)
        self._stops: dict[int, threading.Event] = {}
        self._end_as: dict[int, RunStatus] = {}
        self._stopped = self._handing_over = False
        self._failure = ""
        self._deaths: list[str] = []
        """How lanes came to an unexpected end."""
        self._lock = threading.Lock()
        count = min(lanes, len(runs))
        self._threads = [
            threading.Thread(target=self._lane, args=(lane,), name=f"lane-{lane}") for lane in range(count)
        ]

    def start(self) -> None:
        """Begin training; returns at once."""
        self._board.begin(self._device, len(self._threads))
        for thread in self._threads:
            thread.start()

    def stop_study(self) -> None:
        """End the study: runs under way stop at their next batch, waiting ones are not begun."""
        with self._lock:
            self._stopped = True
            self._board.stopping()
            for stop in self._stops.values():
                stop.set()

    def hand_over(self) -> None:
        """End the study for another process to go on with: runs under way are interrupted, waiting ones wait on."""
        with self._lock:
            self._stopped = self._handing_over = True
            self._board.stopping("the study is handed over to another process")
            for run, stop in self._stops.items():
                self._end_as.setdefault(run, RunStatus.INTERRUPTED)
                stop.set()

    def stop_run(self, run: int) -> None:
        """Stop one run at its next batch, or leave a waiting one out."""
        self._board.note(f"run {run}: stop asked for", LogLevel.WARNING)
        with self._lock:
            self._stop_run(run, RunStatus.STOPPED)

    def skip_scenario(self, scenario: str) -> None:
        """Skip what is left of a scenario: its runs under way stop at their next batch, its waiting ones are not begun."""
        self._board.note(f"{scenario}: skip asked for", LogLevel.WARNING)
        with self._lock:
            under_way = [state.spec for state in self._board.snapshot().runs if not state.status.ended]
            for spec in under_way:
                if spec.scenario == scenario:
                    self._stop_run(spec.run, RunStatus.SKIPPED)

    def join(self) -> tuple[StudyStatus, str]:
        """Wait until every lane has ended and every waiting run is marked; return how the study ended, and why."""
        for thread in self._threads:
            thread.join()
        try:
            self._recorder.flush()
        except OSError as error:
            self._fail(error)
        unfinished = any(state.status in _LEFT for state in self._board.snapshot().own)
        if self._handing_over and unfinished and not (self._failure or self._deaths):
            return StudyStatus.INTERRUPTED, ""
        for spec in self._waiting:
            self._board.run_ended(spec.run, RunStatus.STOPPED)
        for state in self._board.snapshot().runs:
            if not state.status.ended:  # its end could not be kept
                self._board.run_ended(state.spec.run, RunStatus.FAILED, self._failure or "; ".join(self._deaths))
        if failure := self._failure or "; ".join(self._deaths):
            return StudyStatus.FAILED, failure
        runs = self._board.snapshot().own
        for state in runs:
            if state.status is RunStatus.FAILED:
                return StudyStatus.FAILED, f"run {state.spec.run}: {state.message}"
        done = all(state.status in (RunStatus.DONE, RunStatus.ELSEWHERE) for state in runs)
        return (StudyStatus.DONE if done and not self._stopped else StudyStatus.STOPPED), ""

    def _stop_run(self, run: int, status: RunStatus) -> None:
        if run in self._stops:
            self._end_as.setdefault(run, status)
            self._stops[run].set()
            return
        for spec in list(self._waiting):
            if spec.run == run:
                self._waiting.remove(spec)
                self._pool.release(spec)
                with contextlib.suppress(OSError):  # the study ends for it
                    self._recorder.run_ended(run, status, "", partial(self._board.run_ended, run, status))

    # --- in the lanes' threads

    def _lane(self, lane: int) -> None:
        """Train one run after another; should that come to an unexpected end, the other lanes go on."""
        try:
            self._train_runs(lane)
        except BaseException as error:
            self._deaths.append(f"lane {lane} died: {_told(error)}")
            self._board.note(f"lane {lane} died\n{traceback.format_exc()}", LogLevel.ERROR)

    def _train_runs(self, lane: int) -> None:
        torch.set_num_threads(self._intra_op_threads)
        if self._give_way:
            _give_way()
        while (taken := self._take()) is not None:
            spec, stop = taken
            status, message = self._train(spec, lane, stop)
            self._end(spec, status, message)

    def _end(self, spec: RunSpec, status: RunStatus, message: str) -> None:
        """A run is over: its end is shown once it is kept."""
        try:
            show = partial(self._board.run_ended, spec.run, status, message)
            self._recorder.run_ended(spec.run, status, message, show)
        except OSError as error:
            self._fail(error)
        finally:
            self._pool.release(spec)
            with self._lock:
                del self._stops[spec.run]

    def _take(self) -> tuple[RunSpec, threading.Event] | None:
        with self._lock:
            if self._stopped or not self._waiting:
                return None
            spec = self._waiting.popleft()
            stop = self._stops[spec.run] = threading.Event()
            return spec, stop

    def _train(self, spec: RunSpec, lane: int, stop: threading.Event) -> tuple[RunStatus, str]:
        progress = self._board.run_started(spec.run, lane)
        try:
            data = self._pool.get(spec)
            images, val_images = len(data.train_labels), len(data.val_labels)
            self._board.run_loaded(spec.run, steps_per_epoch(spec, data), images, val_images)
            finished = self._search(spec, data, stop) if self._find_only else self._run(spec, data, progress, stop)
        except OSError as error:
            self._fail(error)
            return RunStatus.FAILED, str(error)
        except RepetitionError as error:
            self._give_up(str(error))
            return RunStatus.FAILED, str(error)
        except BaseException as error:  # one run's failure must not take the others along: a panic of a library neither
            self._board.note(f"run {spec.run} failed\n{traceback.format_exc()}", LogLevel.ERROR)
            return RunStatus.FAILED, _told(error)
        if finished:
            return RunStatus.DONE, ""
        return self._end_as.get(spec.run, RunStatus.STOPPED), ""

    def _search(self, spec: RunSpec, data: TrainingData, stop: threading.Event) -> bool:
        """Make a range test and nothing more; return whether it came to its end."""
        curve = self._rates.search(spec, data, stop)
        if curve is not None and curve.chosen is not None:
            self._keep_rate(spec.run, curve.chosen)
        return curve is not None

    def _run(self, spec: RunSpec, data: TrainingData, progress: Progress, stop: threading.Event) -> bool:
        """Train a run; return whether it came to its end."""
        if spec.finds_lr:
            found = self._rates.choose(spec, data, stop)
            if found is None:
                return False
            self._keep_rate(spec.run, found)
            spec = replace(spec, found_lr=found)
        known = {record.epoch: record for record in self._board.state(spec.run).records}
        training = Training(spec, data, self._checkpoint(spec.run))
        if training.over:
            self._keep_weights(spec.run, training)
        every = spec.config.train.checkpoint_seconds
        due = time.monotonic() + every
        for record in training.run(progress, stop):
            if isinstance(record, Outcome):
                self._recorder.outcome(record, partial(self._board.outcome, record))
                return True
            if (recorded := known.get(record.epoch)) is not None:
                require_same(recorded, record, exact=self._device == "cpu")
                self._board.epoch_repeated(spec.run, len(data.train_labels) if record.epoch else 0)
            else:
                images = len(data.train_labels)
                self._board.epoch_measured(record, images)
                self._recorder.epoch(record, partial(self._board.epoch_done, record, images))
            if training.over:
                self._keep_weights(spec.run, training)
            if record.epoch and time.monotonic() >= due:
                self._recorder.checkpoint(spec.run, record.epoch, training.checkpoint())
                due = time.monotonic() + every
        return False

    def _keep_weights(self, run: int, training: Training) -> None:
        if (content := training.kept()) is not None:
            self._recorder.kept(run, content)

    def _keep_rate(self, run: int, lr: float) -> None:
        self._recorder.lr_found(run, lr, partial(self._board.lr_found, run, lr))

    def _checkpoint(self, run: int) -> Checkpoint | None:
        """Return where a run is to be taken up; None if from its start."""
        if self._checkpoints is None:
            return None
        try:
            checkpoint = self._checkpoints.of(self._board.state(run))
        except DamagedCheckpointError:  # said when the study was resumed
            return None
        if checkpoint is not None:
            self._board.note(f"run {run} goes on from its checkpoint of epoch {checkpoint.epoch}")
        return checkpoint

    def _fail(self, error: OSError) -> None:
        """The rows cannot be kept."""
        self._give_up(f"cannot write the study: {error.strerror or error}")

    def _give_up(self, why: str) -> None:
        """Nothing more is trained."""
        self._failure = self._failure or why
        self._board.note(self._failure, LogLevel.ERROR)
        self.stop_study()


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".removesuffix(": ")


def _give_way() -> None:
    """Make the calling thread nicer than the rest of the process; only Linux knows a thread's own niceness."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), os.getpriority(os.PRIO_PROCESS, 0) + NICENESS)
