"""The learning-rate finder: a range test. The rate grows exponentially while a fresh network is trained; see what the loss does.

The method is L. N. Smith's, as the guide tells it. Network, optimizer and generators are the test's own, made from the
run's seed and dropped at its end: the run that follows begins as if there had been none.
"""

import math
from collections.abc import Callable, Iterator
from threading import Event

import torch
from torch import Tensor

from lrtui.nn import models
from lrtui.study.diagnostics import FinderConfig
from lrtui.study.records import FinderCurve, FinderPoint
from lrtui.study.schema import MAX_SEED
from lrtui.study.spec import RunSpec
from lrtui.train import optimizers, seeds
from lrtui.train.clipping import clip_gradients
from lrtui.train.groups import Groups
from lrtui.train.regularization import Regularizer
from lrtui.train.start import begin_with
from lrtui.train.suggestions import conclude
from lrtui.train.tensors import TrainingData

UPDATES = 50
"""How often progress is told, about, over a whole test."""


def find(
    spec: RunSpec, data: TrainingData, on_progress: Callable[[FinderCurve], None], stop: Event
) -> FinderCurve | None:
    """Return the range test of a run and its suggestions, or None when stopped meanwhile.

    Steps are the run's own: batches in the order of its seed, its optimizer, penalties, constraint and clipping; only its
    schedule is left out. The loss is that of the step's batch before the step, without penalties. With `finder.seeds` as
    many networks go through it side by side, and the loss is their mean. The test ends after `finder.iterations` steps,
    when the smoothed loss is above `finder.stop_factor` times its lowest, or with a loss that is not finite. `on_progress`
    hears the curve every now and then, and at last whole.
    """
    config = spec.config.finder
    tests = [_Test(spec, (spec.seed + number) % (MAX_SEED + 1), data) for number in range(config.seeds)]
    points: list[FinderPoint] = []
    smoothing = _Smoothing(config.smoothing)
    best, moved = math.inf, None
    every = max(1, config.iterations // UPDATES)
    for lr in rates(config):
        losses = []
        for test in tests:
            if stop.is_set():
                return None
            losses.append(test.step(lr))
        if moved is None and any(test.has_moved() for test in tests):
            moved = len(points)
        value = sum(losses) / len(losses)
        each = [test.smoothing.add(loss) for test, loss in zip(tests, losses, strict=True)]
        band = (min(each), max(each)) if len(each) > 1 else (None, None)
        points.append(FinderPoint(lr, value, smoothing.add(value), *band))
        best = min(best, points[-1].smoothed)
        if not math.isfinite(value) or points[-1].smoothed > config.stop_factor * best:
            break
        if len(points) % every == 0:
            on_progress(FinderCurve(tuple(points)))
    curve = conclude(points, config, moved)
    on_progress(curve)
    return curve


class _Test:
    """A fresh network of one seed, trained batch by batch."""

    def __init__(self, spec: RunSpec, seed: int, data: TrainingData) -> None:
        config, device = spec.config, data.train_images.device
        self.smoothing = _Smoothing(config.finder.smoothing)
        self._data, self._optim = data, config.optim
        self._network = models.build(
            config.model,
            data.shape,
            data.classes,
            seeds.initialization(seed),
            seeds.noise(seed, device),
            spec.folder,
        )
        begin_with(self._network, config.model)
        self._network = self._network.to(device)
        self._network.train()
        self._parameters = list(self._network.parameters())
        self._first = [parameter.detach().clone() for parameter in self._parameters]
        groups = Groups(self._network, config.optim, config.model.width_multiplier)
        groups.begin(1)
        self._optimizer = optimizers.build(groups.of(self._parameters), config.optim, config.finder.min_lr)
        self._regularizer = Regularizer(self._network.kernels, config.regularization)
        self._batches = _batches(seed, spec.batch_size, len(data.train_labels))

    def step(self, lr: float) -> float:
        """Take one step with this rate; return the loss before it."""
        data, rows = self._data, next(self._batches).to(self._data.train_images.device)
        optimizers.set_rate(self._optimizer, lr, None)
        images, labels = data.batch(data.train_images.index_select(0, rows)), data.train_labels.index_select(0, rows)
        loss = data.objective.minimized(self._network(images), labels)
        self._optimizer.zero_grad()
        loss.backward()
        self._regularizer.add_gradients()
        clip_gradients(self._parameters, self._optim)
        self._optimizer.step()
        self._regularizer.constrain()
        return loss.item()

    @torch.no_grad()
    def has_moved(self) -> bool:
        """Return whether a weight has changed by more than the largest one's last bit in float32."""
        change = max(float((now - first).abs().max()) for now, first in zip(self._parameters, self._first, strict=True))
        return not change <= torch.finfo(torch.float32).eps * max(float(first.abs().max()) for first in self._first)


def rates(config: FinderConfig) -> list[float]:
    """Return the rate of every step: from `min_lr` to `max_lr`, each the same multiple of the one before."""
    last = config.iterations - 1
    return [config.min_lr * (config.max_lr / config.min_lr) ** (step / last) for step in range(config.iterations)]


def _batches(seed: int, size: int, count: int) -> Iterator[Tensor]:
    """Yield the rows of one batch after another, for ever: those of the epochs of a run with this seed."""
    epoch = 0
    while True:
        epoch += 1
        yield from seeds.order(seed, epoch, count).split(size)


class _Smoothing:
    """An exponentially weighted mean, corrected for its start at zero (as Adam corrects its means)."""

    def __init__(self, weight: float) -> None:
        self._weight, self._mean, self._left = weight, 0.0, 1.0

    def add(self, value: float) -> float:
        """Take a value in and return the mean so far."""
        self._mean = self._weight * self._mean + (1 - self._weight) * value
        self._left *= self._weight
        return self._mean / (1 - self._left)
