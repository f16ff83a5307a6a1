"""The training loop: for every epoch, for every batch, forward, backward, step; then validate and record."""

import math
import time
from collections.abc import Iterator
from threading import Event
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from lrtui.nn import models
from lrtui.study.records import EpochRecord
from lrtui.study.spec import RunSpec
from lrtui.train import optimizers, seeds
from lrtui.train.tensors import TrainingData

EVALUATION_BATCH = 250
"""Images evaluated at once: a CNN's activations of more would cost memory and win no time."""
GRADIENT_SAMPLES = 32
"""In how many batches of an epoch, evenly spread, the gradient's norm is measured."""


class StepCounter(Protocol):
    """Where the loop leaves the number of steps done in the epoch."""

    step: int


def steps_per_epoch(spec: RunSpec, data: TrainingData) -> int:
    """Return the number of batches in an epoch, the last partial one included."""
    return math.ceil(len(data.train_labels) / spec.batch_size)


def train(spec: RunSpec, data: TrainingData, progress: StepCounter, stop: Event) -> Iterator[EpochRecord]:
    """Train one run and yield a record for epoch 0 (before training) and for every finished epoch.

    `stop` is looked at before every batch; once set, the epoch under way is given up and the iteration ends.
    Non-finite losses are recorded like any other. Sums stay on the device until an epoch ends: one transfer each.
    """
    device = data.train_images.device
    model = models.build(spec.config.model, data.shape, data.classes, seeds.initialization(spec.seed)).to(device)
    optimizer = optimizers.build(model.parameters(), spec.config.optim)
    lr, momentum = spec.lr, optimizers.momentum(spec.config.optim)

    started = time.perf_counter()
    if (before := _evaluate(model, data, data.train_images, data.train_labels, stop)) is None:
        return
    if (measured := _evaluate(model, data, data.val_images, data.val_labels, stop)) is None:
        return
    yield EpochRecord(spec.run, 0, *before, *measured, lr, momentum, None, time.perf_counter() - started)

    for epoch in range(1, spec.epochs + 1):
        started = time.perf_counter()
        order = seeds.order(spec.seed, epoch, len(data.train_labels)).to(device)
        if (trained := _train_epoch(model, optimizer, data, order.split(spec.batch_size), progress, stop)) is None:
            return
        if (measured := _evaluate(model, data, data.val_images, data.val_labels, stop)) is None:
            return
        loss, accuracy, norm = trained
        seconds = time.perf_counter() - started
        yield EpochRecord(spec.run, epoch, loss, accuracy, *measured, lr, momentum, norm, seconds)


def _train_epoch(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    data: TrainingData,
    batches: tuple[Tensor, ...],
    progress: StepCounter,
    stop: Event,
) -> tuple[float, float, float] | None:
    """Return mean loss, accuracy in percent and mean gradient norm of the epoch, or None when stopped in it."""
    device = data.train_images.device
    parameters = list(model.parameters())
    loss_sum = torch.zeros((), dtype=torch.float64, device=device)
    correct = torch.zeros((), dtype=torch.int64, device=device)
    norms = torch.zeros((), dtype=torch.float64, device=device)
    stride = math.ceil(len(batches) / GRADIENT_SAMPLES)

    for step, rows in enumerate(batches):
        if stop.is_set():
            return None
        images = data.batch(data.train_images.index_select(0, rows))
        labels = data.train_labels.index_select(0, rows)
        logits = model(images)
        loss = cross_entropy(logits, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

        loss_sum += loss.detach() * len(rows)
        correct += (logits.detach().argmax(1) == labels).sum()
        if step % stride == 0:
            norms += nn.utils.get_total_norm([p.grad for p in parameters if p.grad is not None])
        progress.step = step + 1

    images_seen = len(data.train_labels)
    sums = torch.stack([loss_sum, correct.double(), norms]).tolist()
    return sums[0] / images_seen, 100 * sums[1] / images_seen, sums[2] / math.ceil(len(batches) / stride)


@torch.inference_mode()
def _evaluate(
    model: nn.Module, data: TrainingData, images: Tensor, labels: Tensor, stop: Event
) -> tuple[float, float] | None:
    """Return mean loss in nats and accuracy in percent over stored `images`, or None when stopped meanwhile."""
    loss_sum = torch.zeros((), dtype=torch.float64, device=images.device)
    correct = torch.zeros((), dtype=torch.int64, device=images.device)
    for rows, target in zip(images.split(EVALUATION_BATCH), labels.split(EVALUATION_BATCH), strict=True):
        if stop.is_set():
            return None
        logits = model(data.batch(rows))
        loss_sum += cross_entropy(logits, target, reduction="sum")
        correct += (logits.argmax(1) == target).sum()
    loss, right = torch.stack([loss_sum, correct.double()]).tolist()
    return loss / len(labels), 100 * right / len(labels)
