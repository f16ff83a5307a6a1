"""What a task asks of a network: the loss that is minimized, the loss that is recorded, and what it gets right.

Outputs are what the network gives for a batch, targets the labels as `TrainingData` has them.
"""

import math
from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, log_softmax, mse_loss, nll_loss

from lrtui.data.variance import variance
from lrtui.study.tasks import CLASSIFICATION, ClassificationConfig, TaskConfig


class Objective(Protocol):
    """A task on one data set."""

    plain: bool
    """Whether the loss that is minimized is the one that is recorded."""

    def minimized(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return the mean loss of a batch that training minimizes, a scalar."""

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return the mean loss of a batch that is recorded, a scalar."""

    def losses(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return the recorded loss of every row (N,)."""

    def right(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return how many right answers there are, int64: of N rows, or of N · tokens."""

    def sums(self, outputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return, summed over the rows, the recorded loss, what is right, and the entropy of the predicted probabilities."""

    def score(self, loss: float, right: float, targets: Tensor) -> float:
        """Return the score in percent of all `targets`, of their mean loss and the right answers in percent of the rows.

        NaN if the loss is, and where it is infinite and the score would be.
        """


class ClassObjective:
    """One of several classes: targets int64 (N,), logits (N, classes)."""

    def __init__(self, config: ClassificationConfig, classes: int, labels: Tensor) -> None:
        self.plain = config.is_plain
        self._smoothing = config.label_smoothing
        self._weights: Tensor | None = None
        if config.class_weights == "balanced":
            with torch.inference_mode(
                False
            ):  # an evaluation may be the first to ask, and gradients go through them later
                counts = torch.bincount(labels, minlength=classes).float()
                self._weights = torch.where(counts > 0, len(labels) / (classes * counts), 0)

    def minimized(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return the mean cross-entropy, with label smoothing and the weights of the classes.

        Balanced, a row weighs N / (classes · rows of its class), over all rows 1 on average; a batch's mean is over its rows.
        """
        if self.plain:
            return cross_entropy(outputs, targets)
        losses = cross_entropy(outputs, targets, weight=self._weights, label_smoothing=self._smoothing, reduction="sum")
        return losses / len(targets)

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return the mean cross-entropy, nats."""
        return cross_entropy(outputs, targets)

    def losses(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return the cross-entropy of every row (N,), nats."""
        return cross_entropy(outputs, targets, reduction="none")

    def right(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return how many rows are classified correctly."""
        return (outputs.argmax(1) == targets).sum()

    def sums(self, outputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return cross-entropy, right rows and entropy, summed."""
        log_probabilities = log_softmax(outputs, 1)
        return (
            nll_loss(log_probabilities, targets, reduction="sum"),
            (log_probabilities.argmax(1) == targets).sum(),
            -(log_probabilities.exp() * log_probabilities).nansum(),  # 0 · log 0 is 0
        )

    def score(self, loss: float, right: float, targets: Tensor) -> float:
        """Return the accuracy, percent."""
        return math.nan if math.isnan(loss) else right


class TokenObjective(ClassObjective):
    """Every next token: targets int64 (N, tokens), logits (N, tokens, vocabulary). What is summed is the mean over a row."""

    def minimized(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return the mean cross-entropy per token, nats."""
        return self.loss(outputs, targets)

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return the mean cross-entropy per token, nats."""
        return cross_entropy(outputs.flatten(0, 1), targets.flatten())

    def losses(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return the mean cross-entropy per token of every row (N,), nats."""
        return cross_entropy(outputs.transpose(1, 2), targets, reduction="none").mean(1)

    def right(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return how many tokens are told."""
        return (outputs.argmax(2) == targets).sum()

    def sums(self, outputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return cross-entropy and entropy per token, summed over rows, and the tokens that are told."""
        loss, right, entropy = super().sums(outputs.flatten(0, 1), targets.flatten())
        return loss / targets.shape[1], right, entropy / targets.shape[1]

    def score(self, loss: float, right: float, targets: Tensor) -> float:
        """Return the share of tokens that are told, percent."""
        return math.nan if math.isnan(loss) else right / targets.shape[1]


class SquareObjective:
    """Numbers: targets float32 (N, K), outputs of as many numbers. The loss is the mean squared error over rows and numbers."""

    plain = True

    def __init__(self) -> None:
        self._variances: dict[int, tuple[Tensor, float]] = {}

    def minimized(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return the mean squared error."""
        return self.loss(outputs, targets)

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return the mean squared error."""
        return mse_loss(outputs.reshape(targets.shape), targets)

    def losses(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return the mean squared error of every row (N,)."""
        return (outputs.reshape(targets.shape) - targets).square().mean(1)

    def right(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return 0: nothing is right or wrong."""
        return torch.zeros((), dtype=torch.int64, device=targets.device)

    def sums(self, outputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the squared errors, summed over rows, and nothing besides: no probabilities, no entropy."""
        nothing = self.right(outputs, targets)
        return (
            self.losses(outputs, targets).double().sum(),
            nothing,
            torch.full_like(nothing, math.nan, dtype=torch.float64),
        )

    def score(self, loss: float, right: float, targets: Tensor) -> float:
        """Return R² · 100: 1 less the squared errors over those of the targets' own mean, all numbers together."""
        known = self._variances.get(id(targets))
        if known is None:  # the targets stay where they are, and alive, as long as what they are asked for
            known = self._variances[id(targets)] = (targets, variance(targets))
        return math.nan if not math.isfinite(loss) or known[1] == 0 else 100 * (1 - loss / known[1])


def objective(task: TaskConfig, classes: int, labels: Tensor) -> Objective:
    """Return the objective of a task; `labels` are those trained on, `classes` what a network gives for a row."""
    return OBJECTIVES[task.gives](task, classes, labels)


def _classes(task: TaskConfig, classes: int, labels: Tensor) -> Objective:
    return ClassObjective(task if isinstance(task, ClassificationConfig) else CLASSIFICATION, classes, labels)


OBJECTIVES: dict[str, Callable[[TaskConfig, int, Tensor], Objective]] = {
    "classes": _classes,
    "numbers": lambda _task, _classes, _labels: SquareObjective(),
    "tokens": lambda _task, classes, labels: TokenObjective(CLASSIFICATION, classes, labels),
}
"""By what a network gives for a row (`TaskConfig.gives`)."""
