"""The learning-rate finder: a range test. The rate grows exponentially while a fresh network is trained; see what the loss does.

The method is L. N. Smith's, as the guide tells it. Network, optimizer and generators are the test's own, made from the
run's seed and dropped at its end: the run that follows begins as if there had been none.
"""

import math
from collections.abc import Callable, Iterator
from threading import Event

from torch import Tensor
from torch.nn.functional import cross_entropy

from lrtui.nn import models
from lrtui.study.diagnostics import FinderConfig
from lrtui.study.records import FinderCurve, FinderPoint
from lrtui.study.spec import RunSpec
from lrtui.train import optimizers, seeds
from lrtui.train.clipping import clip_gradients
from lrtui.train.regularization import Regularizer
from lrtui.train.suggestions import conclude
from lrtui.train.tensors import TrainingData

UPDATES = 50
"""How often progress is told, about, over a whole test."""


def find(
    spec: RunSpec, data: TrainingData, on_progress: Callable[[FinderCurve], None], stop: Event
) -> FinderCurve | None:
    """Return the range test of a run and its suggestions, or None when stopped meanwhile.

    Steps are the run's own: batches in the order of its seed, its optimizer, penalties, constraint and clipping; only its
    schedule is left out. The loss is that of the step's batch before the step, without penalties. The test ends after
    `finder.iterations` steps, when the smoothed loss is above `finder.stop_factor` times its lowest, or with a loss that is
    not finite. `on_progress` hears the curve every now and then, and at last whole.
    """
    config = spec.config
    device = data.train_images.device
    network = models.build(
        config.model, data.shape, data.classes, seeds.initialization(spec.seed), seeds.noise(spec.seed, device)
    ).to(device)
    network.train()
    parameters = list(network.parameters())
    optimizer = optimizers.build(parameters, config.optim, config.finder.min_lr)
    regularizer = Regularizer(network.kernels, config.regularization)

    points: list[FinderPoint] = []
    smoothing = _Smoothing(config.finder.smoothing)
    best = math.inf
    every = max(1, config.finder.iterations // UPDATES)
    for lr, batch in zip(rates(config.finder), _batches(spec, len(data.train_labels)), strict=False):
        if stop.is_set():
            return None
        rows = batch.to(device)
        optimizers.set_rate(optimizer, lr, None)
        loss = cross_entropy(
            network(data.batch(data.train_images.index_select(0, rows))), data.train_labels.index_select(0, rows)
        )
        optimizer.zero_grad()
        loss.backward()
        regularizer.add_gradients()
        clip_gradients(parameters, config.optim)
        optimizer.step()
        regularizer.constrain()

        value = loss.item()
        points.append(FinderPoint(lr, value, smoothing.add(value)))
        best = min(best, points[-1].smoothed)
        if not math.isfinite(value) or points[-1].smoothed > config.finder.stop_factor * best:
            break
        if len(points) % every == 0:
            on_progress(FinderCurve(tuple(points)))
    curve = conclude(points, config.finder)
    on_progress(curve)
    return curve


def rates(config: FinderConfig) -> list[float]:
    """Return the rate of every step: from `min_lr` to `max_lr`, each the same multiple of the one before."""
    last = config.iterations - 1
    return [config.min_lr * (config.max_lr / config.min_lr) ** (step / last) for step in range(config.iterations)]


def _batches(spec: RunSpec, count: int) -> Iterator[Tensor]:
    """Yield the rows of one batch after another, for ever: those of the run's own epochs."""
    epoch = 0
    while True:
        epoch += 1
        yield from seeds.order(spec.seed, epoch, count).split(spec.batch_size)


class _Smoothing:
    """An exponentially weighted mean, corrected for its start at zero (as Adam corrects its means)."""

    def __init__(self, weight: float) -> None:
        self._weight, self._mean, self._left = weight, 0.0, 1.0

    def add(self, value: float) -> float:
        """Take a value in and return the mean so far."""
        self._mean = self._weight * self._mean + (1 - self._weight) * value
        self._left *= self._weight
        return self._mean / (1 - self._left)
