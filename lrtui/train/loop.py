"""The training loop: for every epoch, for every batch, forward, backward, step; then validate and record."""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Event
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from lrtui.nn import models
from lrtui.study.pruning import PruneGraduallyConfig
from lrtui.study.records import EpochRecord, Outcome
from lrtui.study.spec import RunSpec
from lrtui.train import optimizers, schedules, seeds
from lrtui.train.after_training import measure_outcome
from lrtui.train.clipping import clip_gradients
from lrtui.train.early_stopping import EarlyStopping
from lrtui.train.evaluation import evaluate
from lrtui.train.health import HealthProbe
from lrtui.train.pruning import GradualPruning
from lrtui.train.regularization import Regularizer
from lrtui.train.schedules import Setting
from lrtui.train.tensors import TrainingData

GRADIENT_SAMPLES = 32
"""In how many batches of an epoch, evenly spread, the gradient's norm is measured."""


class StepCounter(Protocol):
    """Where the loop leaves the number of steps done in the epoch."""

    step: int


def steps_per_epoch(spec: RunSpec, data: TrainingData) -> int:
    """Return the number of batches in an epoch, the last partial one included."""
    return math.ceil(len(data.train_labels) / spec.batch_size)


def train(spec: RunSpec, data: TrainingData, progress: StepCounter, stop: Event) -> Iterator[EpochRecord | Outcome]:
    """Train one run: yield a record for epoch 0 (before training) and for every finished epoch, and at the end the outcome.

    `stop` is looked at before every batch; once set, what is under way is given up and the iteration ends.
    Losses that are not finite are recorded like any other; with `train.stop_on_nan` the run ends with them.
    Sums stay on the device until an epoch ends: one transfer each.
    Where the specification says that the learning rate is to be found, it must have been (`found_lr`).
    """
    trainee = _Trainee.of(spec, data)
    model, schedule = trainee.model, trainee.schedule

    started = time.perf_counter()
    if (before := evaluate(model, data, data.train_images, data.train_labels, stop)) is None:
        return
    if (measured := evaluate(model, data, data.val_images, data.val_labels, stop)) is None:
        return
    first = schedule.at(0)
    yield EpochRecord(
        run=spec.run,
        epoch=0,
        train_loss=before.loss,
        train_accuracy=before.accuracy,
        val_loss=measured.loss,
        val_accuracy=measured.accuracy,
        lr=first.lr,
        momentum=trainee.momentum if first.momentum is None else first.momentum,
        grad_norm=None,
        layers=trainee.probe.measure(0) if trainee.probe else (),
        seconds=time.perf_counter() - started,
    )

    stopping = EarlyStopping(spec.config.early_stopping)
    best: list[Tensor] | None = None
    epoch = 0
    for epoch in range(1, spec.epochs + 1):
        started = time.perf_counter()
        if (trained := _train_epoch(trainee, epoch, data, progress, stop)) is None:
            return
        if (measured := evaluate(model, data, data.val_images, data.val_labels, stop)) is None:
            return
        record = EpochRecord(
            run=spec.run,
            epoch=epoch,
            train_loss=trained.loss,
            train_accuracy=trained.accuracy,
            val_loss=measured.loss,
            val_accuracy=measured.accuracy,
            lr=trained.last.lr,
            momentum=trained.last_momentum,
            grad_norm=trained.grad_norm,
            lr_first=trained.first.lr if trained.first.lr != trained.last.lr else None,
            momentum_first=trained.first_momentum if trained.first_momentum != trained.last_momentum else None,
            layers=trainee.probe.measure(epoch) if trainee.probe else (),
            seconds=time.perf_counter() - started,
        )
        schedule.epoch_ended(record)
        if stopping.update(record) and spec.config.early_stopping.restores:
            best = _copy(model, best)
        yield record
        finite = math.isfinite(record.train_loss) and math.isfinite(record.val_loss)
        if stopping.should_stop or (spec.config.train.stop_on_nan and not finite):
            break

    kept = epoch
    if best is not None:
        kept = stopping.best_epoch
        _restore(model, best)
    outcome = measure_outcome(spec, model, data, kept, stopping.should_stop and epoch < spec.epochs, stop)
    if outcome is not None:
        yield outcome


@dataclass
class _Trainee:
    """A run's model and everything that acts on it."""

    spec: RunSpec
    model: models.Network
    parameters: list[nn.Parameter]
    optimizer: torch.optim.Optimizer
    schedule: schedules.Schedule
    regularizer: Regularizer
    pruning: GradualPruning | None
    probe: HealthProbe | None
    momentum: float
    setting: Setting | None = field(default=None)
    """What the optimizer is set to."""

    @classmethod
    def of(cls, spec: RunSpec, data: TrainingData) -> "_Trainee":
        config, device = spec.config, data.train_images.device
        model = models.build(
            config.model, data.shape, data.classes, seeds.initialization(spec.seed), seeds.noise(spec.seed, device)
        ).to(device)
        parameters = list(model.parameters())
        steps = steps_per_epoch(spec, data)
        schedule = schedules.build(config.schedule, spec.lr, steps, spec.epochs)
        pruning = None
        if isinstance(config.pruning, PruneGraduallyConfig):
            pruning = GradualPruning(model.kernels, config.pruning, steps * spec.epochs)
        return cls(
            spec=spec,
            model=model,
            parameters=parameters,
            optimizer=optimizers.build(parameters, config.optim, spec.lr),
            schedule=schedule,
            regularizer=Regularizer(model.kernels, config.regularization),
            pruning=pruning,
            probe=HealthProbe(model, config.health, data, spec.run) if config.health.measure else None,
            momentum=config.optim.first_momentum,
        )

    def set_rate(self, step: int) -> Setting:
        """Set the optimizer to what the schedule says for the step about to be taken."""
        setting = self.schedule.at(step)
        if setting != self.setting:
            optimizers.set_rate(self.optimizer, setting.lr, setting.momentum)
            self.setting = setting
            if setting.momentum is not None:
                self.momentum = setting.momentum
        return setting


@dataclass(frozen=True)
class _Trained:
    """An epoch's means over its batches, each measured before its step, and the rates of its first and last step."""

    loss: float
    accuracy: float
    grad_norm: float
    first: Setting
    last: Setting
    first_momentum: float
    last_momentum: float


def _train_epoch(
    trainee: _Trainee, epoch: int, data: TrainingData, progress: StepCounter, stop: Event
) -> _Trained | None:
    """Train one epoch, or return None when stopped in it."""
    spec, model, optimizer, parameters = trainee.spec, trainee.model, trainee.optimizer, trainee.parameters
    optim, regularizer, pruning, probe = spec.config.optim, trainee.regularizer, trainee.pruning, trainee.probe
    device, images_seen = data.train_images.device, len(data.train_labels)
    batches = seeds.order(spec.seed, epoch, images_seen).to(device).split(spec.batch_size)
    loss_sum = torch.zeros((), dtype=torch.float64, device=device)
    correct = torch.zeros((), dtype=torch.int64, device=device)
    norms = torch.zeros((), dtype=torch.float64, device=device)
    stride = math.ceil(len(batches) / GRADIENT_SAMPLES)
    done, last = (epoch - 1) * len(batches), len(batches) - 1
    model.train()
    first, first_momentum = trainee.set_rate(done), trainee.momentum

    for step, rows in enumerate(batches):
        if stop.is_set():
            return None
        trainee.set_rate(done + step)
        images = data.batch(data.train_images.index_select(0, rows))
        labels = data.train_labels.index_select(0, rows)
        logits = model(images)
        loss = cross_entropy(logits, labels)
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

        loss_sum += loss.detach() * len(rows)
        correct += (logits.detach().argmax(1) == labels).sum()
        progress.step = step + 1

    sums = torch.stack([loss_sum, correct.double(), norms]).tolist()
    return _Trained(
        loss=sums[0] / images_seen,
        accuracy=math.nan if math.isnan(sums[0]) else 100 * sums[1] / images_seen,
        grad_norm=sums[2] / math.ceil(len(batches) / stride),
        first=first,
        last=trainee.set_rate(done + last),
        first_momentum=first_momentum,
        last_momentum=trainee.momentum,
    )


@torch.no_grad()
def _copy(model: nn.Module, into: list[Tensor] | None) -> list[Tensor]:
    """Return the model's parameters and buffers, copied; into the tensors of an earlier copy where there is one."""
    state = list(model.state_dict().values())
    if into is None:
        return [tensor.clone() for tensor in state]
    for target, tensor in zip(into, state, strict=True):
        target.copy_(tensor)
    return into


@torch.no_grad()
def _restore(model: nn.Module, saved: list[Tensor]) -> None:
    for tensor, source in zip(model.state_dict().values(), saved, strict=True):
        tensor.copy_(source)
