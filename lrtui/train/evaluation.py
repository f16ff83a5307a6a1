"""Measuring a network on images it is not trained on."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Event
from typing import Protocol

import torch
from torch import Tensor, nn

from lrtui.train.tensors import TrainingData

BATCH = 250
"""Images evaluated at once: a CNN's activations of more would cost memory and win no time."""


@dataclass(frozen=True)
class Evaluation:
    """What a deterministic pass over some images gave."""

    loss: float
    """Mean loss of the task, of classes the cross-entropy, nats; may be NaN or inf."""
    accuracy: float
    """Percent, or what else the task's score is; NaN if the loss is: a network that gives NaN predicts nothing."""
    entropy: float
    """Entropy of the predicted probabilities, nats, mean over images; NaN if the loss is, or if there are none."""


class ImageCounter(Protocol):
    """Where an evaluation leaves how many images it has looked at."""

    evaluated: int


@torch.inference_mode()
def evaluate(
    model: nn.Module,
    data: TrainingData,
    images: Tensor,
    labels: Tensor,
    stop: Event,
    progress: ImageCounter | None = None,
    before: int = 0,
) -> Evaluation | None:
    """Return what `model` makes of stored `images` in evaluation mode, or None when stopped meanwhile.

    The model is left in evaluation mode. Sums stay on the device: one transfer. `progress` counts from `before` on.
    """
    model.eval()
    sums = torch.zeros(3, dtype=torch.float64, device=images.device)
    for batch, target in batches(data, images, labels):
        if stop.is_set():
            return None
        if progress is not None:
            progress.evaluated = before
            before += len(target)
        loss_sum, right_sum, entropy_sum = data.objective.sums(model(batch), target)
        sums[0] += loss_sum
        sums[1] += right_sum
        sums[2] += entropy_sum
    loss, right, entropy = (sums / len(labels)).tolist()
    score = data.objective.score(loss, 100 * right, labels)
    return Evaluation(loss, math.nan, math.nan) if math.isnan(loss) else Evaluation(loss, score, entropy)


def batches(data: TrainingData, images: Tensor, labels: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield stored `images` as the model takes them, with their labels, `BATCH` at a time."""
    for rows, target in zip(images.split(BATCH), labels.split(BATCH), strict=True):
        yield data.batch(rows), target
