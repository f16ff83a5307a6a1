"""A session without torch: it owns a real Board and plays scripted curves, a step at a time or by a thread."""

import math
import threading
from collections.abc import Callable
from pathlib import Path

from lrtui.engine.board import Board
from lrtui.study.records import EpochRecord, RunStatus, StudyStatus
from lrtui.study.spec import RunSpec, Study

Script = Callable[[RunSpec, int], tuple[float, float]]
"""Validation loss and accuracy of a run after an epoch."""


def plausible(spec: RunSpec, epoch: int) -> tuple[float, float]:
    """Small rates stall, middling ones learn, a rate of 10 or more diverges at epoch 3."""
    wobble = 0.015 * math.sin(7.1 * epoch + 2.3 * spec.seed + spec.lr)
    if spec.lr >= 10:
        return [(2.31, 10.0), (9.4, 11.0), (4e3, 9.0)][epoch] if epoch < 3 else (math.nan, 9.8)
    speed = (spec.lr / 0.1) ** 0.6 * 0.35
    loss = 2.31 * math.exp(-speed * epoch) * (1 + wobble) + 0.08 * (1 - math.exp(-speed * epoch))
    return loss, 100 - 90 * min(1.0, loss / 2.31) + 0.4 * math.sin(spec.seed + epoch)


class FakeSession:
    """What the workbench needs of a session; `step()` trains one epoch of every lane."""

    def __init__(self, study: Study, path: Path, lanes: int = 2, script: Script = plausible) -> None:
        self.study, self.path = study, path
        self.board = Board(study.runs)
        self.error = None
        self._script = script
        self._lanes = lanes
        self._queue = list(study.runs)
        self._under_way: dict[int, RunSpec] = {}
        self._epoch: dict[int, int] = {}
        self._stopping = False
        self._over = threading.Event()
        self.board.begin("cpu", lanes)

    def step(self) -> bool:
        """Train an epoch on every lane; returns whether more is to come."""
        for lane in range(self._lanes):
            if lane not in self._under_way and self._queue and not self._stopping:
                self._take_up(lane)
        for lane, spec in list(self._under_way.items()):
            self._train(lane, spec)
        if not self._under_way and (not self._queue or self._stopping):
            self._finish()
        return not self._over.is_set()

    def play(self) -> None:
        """Train to the end."""
        while self.step():
            pass

    def stop_study(self) -> None:
        """End everything."""
        self._stopping = True
        self.board.stopping()
        for lane, spec in list(self._under_way.items()):
            self._end(lane, spec, RunStatus.STOPPED)
        self._finish()

    def stop_run(self, run: int) -> None:
        """End one run."""
        for lane, spec in list(self._under_way.items()):
            if spec.run == run:
                self._end(lane, spec, RunStatus.STOPPED)

    def skip_scenario(self, scenario: str) -> None:
        """Do not begin what is left of a scenario; end what is under way."""
        for spec in [spec for spec in self._queue if spec.scenario == scenario]:
            self._queue.remove(spec)
            self.board.run_ended(spec.run, RunStatus.SKIPPED)
        for lane, spec in list(self._under_way.items()):
            if spec.scenario == scenario:
                self._end(lane, spec, RunStatus.SKIPPED)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the end."""
        return self._over.wait(timeout)

    def _take_up(self, lane: int) -> None:
        spec = self._queue.pop(0)
        self._under_way[lane] = spec
        self._epoch[spec.run] = -1
        self.board.run_started(spec.run, lane, 50)

    def _train(self, lane: int, spec: RunSpec) -> None:
        self._epoch[spec.run] = epoch = self._epoch[spec.run] + 1
        loss, accuracy = self._script(spec, epoch)
        self.board.epoch_done(
            EpochRecord(
                run=spec.run,
                epoch=epoch,
                train_loss=loss * 0.97,
                train_accuracy=min(100.0, accuracy + 0.3),
                val_loss=loss,
                val_accuracy=accuracy,
                lr=spec.lr,
                momentum=0.0,
                grad_norm=None if epoch == 0 else 1.0,
                seconds=0.5,
            ),
            60_000,
        )
        if epoch == spec.epochs:
            self._end(lane, spec, RunStatus.DONE)

    def _end(self, lane: int, spec: RunSpec, status: RunStatus) -> None:
        self._under_way.pop(lane, None)
        self.board.run_ended(spec.run, status)

    def _finish(self) -> None:
        if not self._over.is_set():
            for spec in self._queue:
                self.board.run_ended(spec.run, RunStatus.SKIPPED)
            self._queue.clear()
            self.board.end(StudyStatus.STOPPED if self._stopping else StudyStatus.DONE)
            self._over.set()
