"""The training loop: for every epoch, for every batch, forward, backward, step; then validate and record."""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Event
from typing import Protocol

import torch
from torch import nn

from lrtui.nn import models
from lrtui.study.pruning import PruneGraduallyConfig
from lrtui.study.records import EpochRecord, Outcome
from lrtui.study.spec import RunSpec
from lrtui.train import optimizers, schedules, seeds
from lrtui.train.after_training import measure_outcome
from lrtui.train.augmentation import augmentation
from lrtui.train.checkpoint import Checkpoint, State
from lrtui.train.clipping import clip_gradients
from lrtui.train.curvature import CurvatureProbe
from lrtui.train.early_stopping import EarlyStopping, KeptWeights
from lrtui.train.evaluation import Evaluation, evaluate
from lrtui.train.groups import Groups
from lrtui.train.health import HealthProbe
from lrtui.train.pruning import GradualPruning
from lrtui.train.regularization import Regularizer
from lrtui.train.schedules import Setting
from lrtui.train.start import begin_with
from lrtui.train.tensors import TrainingData
from lrtui.train.traced import health_probe

GRADIENT_SAMPLES = 32
"""In how many batches of an epoch, evenly spread, the gradient's norm is measured."""


class StepCounter(Protocol):
    """Where the loop leaves the number of steps done in the epoch, and before the first one that of images measured."""

    step: int
    evaluated: int


def steps_per_epoch(spec: RunSpec, data: TrainingData) -> int:
    """Return the number of batches in an epoch, the last partial one included."""
    return math.ceil(len(data.train_labels) / spec.batch_size)


def train(spec: RunSpec, data: TrainingData, progress: StepCounter, stop: Event) -> Iterator[EpochRecord | Outcome]:
    """Train one run from the start; see `Training.run`."""
    return Training(spec, data).run(progress, stop)


class Training:
    """One run: its model, everything that acts on it, and how far it has come.

    Between two records `checkpoint` gives all that the rest of it needs; one that is made with a checkpoint goes on from
    there, to the same bits. Raises as `Checkpoint.require` does.
    Where the specification says that the learning rate is to be found, it must have been (`found_lr`).
    """

    def __init__(self, spec: RunSpec, data: TrainingData, checkpoint: Checkpoint | None = None) -> None:
        config, device = spec.config, data.train_images.device
        self.spec, self.data = spec, data
        self.noise = seeds.noise(spec.seed, device)
        self.model = models.build(
            config.model, data.shape, data.classes, seeds.initialization(spec.seed), self.noise, spec.folder
        )
        if checkpoint is None:
            begin_with(self.model, config.model)
        self.model = self.model.to(device)
        self._augment = augmentation(config.data.augment, data, self.noise)
        self._parameters = list(self.model.parameters())
        steps = steps_per_epoch(spec, data)
        self.schedule = schedules.build(config.schedule, spec.lr, steps, spec.epochs)
        self._groups = Groups(self.model, config.optim, config.model.width_multiplier)
        self.optimizer = optimizers.build(self._groups.of(self._parameters), config.optim, spec.lr)
        self._regularizer = Regularizer(self.model.kernels, config.regularization)
        self._pruning: GradualPruning | None = None
        if isinstance(config.pruning, PruneGraduallyConfig):
            self._pruning = GradualPruning(self.model.kernels, config.pruning, steps * spec.epochs)
        self.probe: HealthProbe | None = None
        if config.health.measure:
            self.probe = health_probe(self.model, config.health, data, spec.run)
        self.curvature: CurvatureProbe | None = None
        if config.curvature.measure:
            self.curvature = CurvatureProbe(spec, self.model, self.optimizer, data)
        self._stopping = EarlyStopping(config.early_stopping)
        self._best = KeptWeights(self.model)
        self.keeps_best = config.early_stopping.restores or config.train.keep == "best"
        self.momentum = config.optim.first_momentum
        self.setting: Setting | None = None
        """What the optimizer is set to."""
        self._diverged = False
        self.epoch = 0
        """Epochs trained so far."""
        self.begun = checkpoint is not None
        if checkpoint is not None:
            checkpoint.require(spec, device, torch.get_num_threads())
            self._restore(checkpoint)

    def run(self, progress: StepCounter, stop: Event) -> Iterator[EpochRecord | Outcome]:
        """Train: yield a record for epoch 0 (before training) and for every finished epoch, and at the end the outcome.

        `stop` is looked at before every batch; once set, what is under way is given up and the iteration ends.
        Losses that are not finite are recorded like any other; with `train.stop_on_nan` the run ends with them.
        Sums stay on the device until an epoch ends: one transfer each.
        """
        data = self.data
        if not self.begun:
            if (record := self._measured_before(progress, stop)) is None:
                return
            yield record

        while not self.over:
            started, epoch = time.perf_counter(), self.epoch + 1
            if (trained := self._train_epoch(epoch, progress, stop)) is None:
                return
            if (measured := evaluate(self.model, data, data.val_images, data.val_labels, stop)) is None:
                return
            yield self.epoch_ended(trained, measured, started)
        if (outcome := self.outcome(stop)) is not None:
            yield outcome

    def outcome(self, stop: Event) -> Outcome | None:
        """Return what the weights that stay give, once training is `over`; None when stopped meanwhile."""
        kept = self.epoch
        if self.spec.config.early_stopping.restores and self._best.put_back():
            kept = self._stopping.best_epoch
        stopped_early = self._stopping.should_stop and self.epoch < self.spec.epochs
        return measure_outcome(self.spec, self.model, self.data, kept, stopped_early, stop)

    def checkpoint(self) -> bytes:
        """Return all that the rest of the run needs, as the content of a file; to be asked for between two records."""
        device = self.data.train_images.device
        return Checkpoint.of(self.spec, device, self.epoch, self._state()).encoded()

    def kept(self) -> bytes | None:
        """Return what `train.keep` names, as the content of a file; None if nothing. To be asked for when training is `over`."""
        keep = self.spec.config.train.keep
        if keep == "best":
            device, epoch = self.data.train_images.device, self._stopping.best_epoch
            return Checkpoint.of(self.spec, device, epoch, {"model": self._best.weights}).encoded()
        return self.checkpoint() if keep == "last" else None

    @property
    def over(self) -> bool:
        """Return whether no epoch is left to train: what remains is to measure the outcome."""
        ended = self._stopping.should_stop or (self.spec.config.train.stop_on_nan and self._diverged)
        return ended or self.epoch >= self.spec.epochs

    def _state(self) -> State:
        return {
            "model": dict(self.model.state_dict()),
            "optimizer": optimizers.state(self.optimizer),
            "schedule": self.schedule.state(),
            "stopping": self._stopping.state(),
            "best": self._best.state(),
            "pruning": self._pruning.state() if self._pruning else {},
            "curvature": self.curvature.state() if self.curvature else {},
            "noise": self.noise.get_state(),
            "momentum": self.momentum,
            "setting": self.setting and [self.setting.lr, self.setting.momentum],
            "diverged": self._diverged,
        }

    def _restore(self, checkpoint: Checkpoint) -> None:
        state = checkpoint.state
        self.model.load_state_dict(state["model"])
        optimizers.restore(self.optimizer, state["optimizer"])
        self.schedule.restore(state["schedule"])
        self._stopping.restore(state["stopping"])
        self._best.restore(state["best"])
        if self._pruning:
            self._pruning.restore(state["pruning"])
        if self.curvature:
            self.curvature.restore(state["curvature"])
        self.noise.set_state(state["noise"])
        self.momentum = state["momentum"]
        self.setting = state["setting"] and Setting(*state["setting"])
        self._diverged = state["diverged"]
        self.epoch = checkpoint.epoch

    def _measured_before(self, progress: StepCounter, stop: Event) -> EpochRecord | None:
        """Return the record of epoch 0, or None when stopped meanwhile."""
        started, data = time.perf_counter(), self.data
        if (before := evaluate(self.model, data, data.train_images, data.train_labels, stop, progress)) is None:
            return None
        trained_on = len(data.train_labels)
        measured = evaluate(self.model, data, data.val_images, data.val_labels, stop, progress, trained_on)
        return None if measured is None else self.first_record(before, measured, started)

    def first_record(self, before: Evaluation, measured: Evaluation, started: float) -> EpochRecord:
        """Return the record of epoch 0, of what the network gave on training and validation images before training."""
        first = self.schedule.at(0)
        self.begun = True
        return EpochRecord(
            run=self.spec.run,
            epoch=0,
            train_loss=before.loss,
            train_accuracy=before.accuracy,
            val_loss=measured.loss,
            val_accuracy=measured.accuracy,
            lr=first.lr,
            momentum=self.momentum if first.momentum is None else first.momentum,
            grad_norm=None,
            layers=self.probe.measure(0) if self.probe else (),
            curvature=self.curvature.measure(0, first.lr) if self.curvature else None,
            seconds=time.perf_counter() - started,
        )

    def epoch_ended(self, trained: "Trained", measured: Evaluation, started: float) -> EpochRecord:
        """Return the record of an epoch that has just been trained and validated, and take in what follows from it.

        `started` is when it began, by `time.perf_counter`.
        """
        record = EpochRecord(
            run=self.spec.run,
            epoch=self.epoch + 1,
            train_loss=trained.loss,
            train_accuracy=trained.accuracy,
            val_loss=measured.loss,
            val_accuracy=measured.accuracy,
            lr=trained.last.lr,
            momentum=trained.last_momentum,
            grad_norm=trained.grad_norm,
            lr_first=trained.first.lr if trained.first.lr != trained.last.lr else None,
            momentum_first=trained.first_momentum if trained.first_momentum != trained.last_momentum else None,
            layers=self.probe.measure(self.epoch + 1) if self.probe else (),
            curvature=self.curvature.measure(self.epoch + 1, trained.last.lr) if self.curvature else None,
            seconds=time.perf_counter() - started,
        )
        self.schedule.epoch_ended(record)
        if self._stopping.update(record) and self.keeps_best:
            self._best.keep()
        self._diverged = not (math.isfinite(record.train_loss) and math.isfinite(record.val_loss))
        self.epoch += 1
        return record

    def set_rate(self, step: int) -> Setting:
        """Set the optimizer to what the schedule says for the step about to be taken."""
        setting = self.schedule.at(step)
        if setting != self.setting:
            optimizers.set_rate(self.optimizer, setting.lr, setting.momentum)
            self.setting = setting
            if setting.momentum is not None:
                self.momentum = setting.momentum
        return setting

    def _train_epoch(self, epoch: int, progress: StepCounter, stop: Event) -> "Trained | None":
        """Train one epoch, or return None when stopped in it."""
        spec, data, model, optimizer, parameters = (
            self.spec,
            self.data,
            self.model,
            self.optimizer,
            self._parameters,
        )
        augment = self._augment
        optim, regularizer, pruning, probe = spec.config.optim, self._regularizer, self._pruning, self.probe
        device, images_seen, objective = data.train_images.device, len(data.train_labels), data.objective
        batches = seeds.order(spec.seed, epoch, images_seen).to(device).split(spec.batch_size)
        loss_sum = torch.zeros((), dtype=torch.float64, device=device)
        correct = torch.zeros((), dtype=torch.int64, device=device)
        norms = torch.zeros((), dtype=torch.float64, device=device)
        stride = math.ceil(len(batches) / GRADIENT_SAMPLES)
        done, last = (epoch - 1) * len(batches), len(batches) - 1
        model.train()
        if not self._groups.plain:
            self._groups.begin(epoch)
        optimizers.to_train(optimizer)
        first, first_momentum = self.set_rate(done), self.momentum

        for step, rows in enumerate(batches):
            if stop.is_set():
                return None
            self.set_rate(done + step)
            images = data.batch(data.train_images.index_select(0, rows))
            if augment is not None:
                images = augment(images)
            labels = data.train_labels.index_select(0, rows)
            logits = model(images)
            loss = objective.minimized(logits, labels)
            optimizer.zero_grad()
            loss.backward()
            regularizer.add_gradients()
            if step % stride == 0:
                norms += nn.utils.get_total_norm([p.grad for p in parameters if p.grad is not None])
            clip_gradients(parameters, optim)
            if probe and step == last:
                probe.before_step()
            optimizer.step()
            regularizer.constrain()
            if pruning:
                pruning.after_step(done + step)
            if probe and step == last:
                probe.after_step()

            recorded = loss if objective.plain else objective.loss(logits.detach(), labels)
            loss_sum += recorded.detach() * len(rows)
            correct += objective.right(logits.detach(), labels)
            progress.step = step + 1

        optimizers.to_look(optimizer)
        sums = torch.stack([loss_sum, correct.double(), norms]).tolist()
        return Trained(
            loss=sums[0] / images_seen,
            accuracy=objective.score(sums[0] / images_seen, 100 * sums[1] / images_seen, data.train_labels),
            grad_norm=sums[2] / math.ceil(len(batches) / stride),
            first=first,
            last=self.set_rate(done + last),
            first_momentum=first_momentum,
            last_momentum=self.momentum,
        )


@dataclass(frozen=True)
class Trained:
    """An epoch's means over its batches, each measured before its step, and the rates of its first and last step."""

    loss: float
    accuracy: float
    grad_norm: float
    first: Setting
    last: Setting
    first_momentum: float
    last_momentum: float
