"""A session without torch: it owns a real Board and plays scripted curves, a step at a time or by a thread."""

import math
import threading
from collections.abc import Callable
from pathlib import Path

from lrtui.engine.board import Board
from lrtui.study.records import (
    CurvatureRecord,
    EpochRecord,
    FinderCurve,
    FinderPoint,
    LayerRecord,
    McFigures,
    Outcome,
    RunStatus,
    StudyStatus,
)
from lrtui.study.spec import RunSpec, Study
from lrtui.study.states import BoardSnapshot, LogLevel

Script = Callable[[RunSpec, int], tuple[float, float]]
"""Validation loss and accuracy of a run after an epoch."""
FOUND = 1.234e-2
"""What every range test chooses."""


def plausible(spec: RunSpec, epoch: int) -> tuple[float, float]:
    """Small rates stall, middling ones learn, a rate of 10 or more diverges at epoch 3."""
    lr = FOUND if math.isnan(spec.lr) else spec.lr
    wobble = 0.015 * math.sin(7.1 * epoch + 2.3 * spec.seed + lr)
    if lr >= 10:
        return [(2.31, 10.0), (9.4, 11.0), (4e3, 9.0)][epoch] if epoch < 3 else (math.nan, 9.8)
    speed = (lr / 0.1) ** 0.6 * 0.35
    loss = 2.31 * math.exp(-speed * epoch) * (1 + wobble) + 0.08 * (1 - math.exp(-speed * epoch))
    return loss, 100 - 90 * min(1.0, loss / 2.31) + 0.4 * math.sin(spec.seed + epoch)


def curvature(spec: RunSpec, epoch: int, lr: float) -> CurvatureRecord:
    """Return what the loss can take: a rate of 0.05, and a fifth of it by gradient descent."""
    return CurvatureRecord(spec.run, epoch, lr, 1.0, 0.05, 5, 200.0, 0.1, 2.0, 20.0)


def layers(spec: RunSpec, epoch: int) -> tuple[LayerRecord, ...]:
    """Return layers whose gradients vanish towards the input, less so as training goes on; the third has dead units."""
    widths = getattr(spec.config.model, "hidden", (32,))
    count = len(widths) + 1
    relu, bounded = spec.config.model.activation == "relu", spec.config.model.activation in ("logistic", "tanh")
    found = []
    for layer in range(1, count + 1):
        depth = (count - layer) / max(1, count - 1)
        size = 0.02 * 10 ** (-5 * depth * math.exp(-epoch / 25)) * (1 + 0.3 * math.sin(layer + epoch))
        found.append(
            LayerRecord(
                run=spec.run,
                epoch=epoch,
                layer=layer,
                name="output" if layer == count else f"dense {layer}",
                units=widths[layer - 1] if layer < count else 10,
                activation_mean=0.4 * math.sin(layer / 3 + epoch / 10),
                activation_sd=0.9 ** (count - layer),
                dead=min(0.9, 0.05 + epoch / 60) if relu and layer == 3 else 0.02 if relu and layer < count else None,
                saturated=0.6 * depth if bounded and layer < count else None,
                distinct_units=widths[layer - 1] if layer < count else 10,
                gradient_rms=size,
                update_ratio=None if epoch == 0 else 1e-3 * (1 - 0.9 * depth),
            )
        )
    return tuple(found)


def range_test(steps: int, over: bool) -> FinderCurve:
    """Return the first `steps` of a hundred steps of a range test: flat, down, up."""
    points = []
    for step in range(steps):
        lr = 1e-7 * (10 / 1e-7) ** (step / 99)
        height = math.log10(lr)
        smoothed = 2.3 - 1.4 / (1 + math.exp(-2.2 * (height + 2.2))) + 0.9 * max(0.0, height + 0.7) ** 2.2
        points.append(FinderPoint(lr, smoothed + 0.18 * math.sin(37.0 * step), smoothed))
    if not over:
        return FinderCurve(tuple(points))
    return FinderCurve(tuple(points), True, valley=FOUND, steepest=6.3e-3, minimum_tenth=3.1e-2, chosen=FOUND)


class FakeSession:
    """What the workbench needs of a session; `step()` trains one epoch of every lane.

    Before its first epoch a run whose rate is to be found makes a range test, ten steps at a time.
    """

    def __init__(
        self, study: Study, path: Path, lanes: int = 2, script: Script = plausible, *, find_only: bool = False
    ) -> None:
        self.study, self.path = study, path
        self.board = Board(study.runs)
        self.error = None
        self.find_only = find_only
        self._script = script
        self._lanes = lanes
        self._queue = list(study.runs)
        self._under_way: dict[int, RunSpec] = {}
        self._epoch: dict[int, int] = {}
        self._tested: dict[str, int] = {}
        self._tester: dict[str, int] = {}
        self._records: dict[int, list[EpochRecord]] = {}
        self._stopping = False
        self._over = threading.Event()
        self.board.begin("cpu", lanes)

    def step(self) -> bool:
        """Train an epoch on every lane; returns whether more is to come."""
        for lane in range(self._lanes):
            if lane not in self._under_way and self._queue and not self._stopping:
                self._take_up(lane)
        for lane, spec in list(self._under_way.items()):
            if (spec.finds_lr or self.find_only) and self._tested.get(spec.scenario, 0) < 100:
                self._test(lane, spec)
            else:
                self._train(lane, spec)
        if not self._under_way and (not self._queue or self._stopping):
            self._finish()
        return not self._over.is_set()

    def play(self) -> None:
        """Train to the end."""
        while self.step():
            pass

    def snapshot(self) -> BoardSnapshot:
        """Return the study as it stands."""
        return self.board.snapshot()

    def note(self, text: str, level: LogLevel = LogLevel.INFO) -> None:
        """Add to its log."""
        self.board.note(text, level)

    def stop_study(self) -> None:
        """End everything."""
        self._stopping = True
        self.board.stopping()
        for lane, spec in list(self._under_way.items()):
            self._end(lane, spec, RunStatus.STOPPED)
        self._finish()

    def hand_over(self) -> None:
        """End what is under way, for another to go on with."""
        for lane, spec in list(self._under_way.items()):
            self._end(lane, spec, RunStatus.INTERRUPTED)
        self.board.end(StudyStatus.INTERRUPTED)
        self._over.set()

    def stop_run(self, run: int) -> None:
        """End one run."""
        self.board.note(f"run {run}: stop asked for", LogLevel.WARNING)
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

    def _test(self, lane: int, spec: RunSpec) -> None:
        if self._tester.setdefault(spec.scenario, spec.run) != spec.run:
            return  # another run of the scenario makes the test
        steps = self._tested[spec.scenario] = self._tested.get(spec.scenario, 0) + 10
        self.board.finder_moved(spec.run, range_test(steps, steps >= 100))
        if steps >= 100:
            for other in self.study.runs:
                if other.scenario == spec.scenario:
                    self.board.lr_found(other.run, FOUND)
            if self.find_only:
                self._end(lane, spec, RunStatus.DONE)

    def _train(self, lane: int, spec: RunSpec) -> None:
        self._epoch[spec.run] = epoch = self._epoch[spec.run] + 1
        loss, accuracy = self._script(spec, epoch)
        lr = FOUND if math.isnan(spec.lr) else spec.lr
        first, last = self._rate(spec, lr, epoch)
        record = EpochRecord(
            run=spec.run,
            epoch=epoch,
            train_loss=loss * 0.97,
            train_accuracy=min(100.0, accuracy + 0.3),
            val_loss=loss,
            val_accuracy=accuracy,
            lr=last,
            momentum=0.0,
            grad_norm=None if epoch == 0 else 1.0,
            seconds=0.5,
            lr_first=None if first == last else first,
            layers=layers(spec, epoch) if spec.config.health.measure else (),
            curvature=curvature(spec, epoch, last) if spec.config.curvature.measure else None,
        )
        self._records.setdefault(spec.run, []).append(record)
        self.board.epoch_done(record, 60_000)
        if epoch == spec.epochs or self._exhausted(spec):
            self.board.outcome(self._outcome(spec))
            self._end(lane, spec, RunStatus.DONE)

    @staticmethod
    def _rate(spec: RunSpec, lr: float, epoch: int) -> tuple[float, float]:
        """Return the rates of the first and the last step: a triangle over the training for 1cycle, else the rate."""
        if spec.config.schedule.name != "onecycle":
            return lr, lr
        half = spec.epochs / 2
        ends = [lr * (1 - 0.9 * abs(at - half) / half) for at in (max(0, epoch - 1), epoch)]
        return ends[0], ends[1]

    def _best(self, spec: RunSpec) -> EpochRecord:
        return min(self._records[spec.run][1:] or self._records[spec.run], key=lambda record: record.val_loss)

    def _exhausted(self, spec: RunSpec) -> bool:
        patience = spec.config.early_stopping.patience
        return patience is not None and self._epoch[spec.run] - self._best(spec).epoch >= patience

    def _outcome(self, spec: RunSpec) -> Outcome:
        stops = spec.config.early_stopping
        last = self._records[spec.run][-1]
        kept = self._best(spec) if stops.patience is not None and stops.restore_best else last
        samples = spec.config.mc_dropout.samples
        return Outcome(
            run=spec.run,
            kept_epoch=kept.epoch,
            stopped_early=last.epoch < spec.epochs,
            val_loss=kept.val_loss,
            val_accuracy=kept.val_accuracy,
            test_loss=kept.val_loss * 1.02,
            test_accuracy=kept.val_accuracy - 0.7,
            test_entropy=0.4,
            test_seconds=0.1,
            sparsity=0.0,
            mc=McFigures(samples, kept.val_accuracy - 0.4, kept.val_loss, 0.05, 0.5, 1.0) if samples else None,
        )

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
