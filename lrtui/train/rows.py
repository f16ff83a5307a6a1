"""Rows of a stack: runs trained as one, a step of all of them, and what they come to. On a GPU on a stream of their own."""

import contextlib
import math
from collections.abc import Iterator, Sequence
from threading import Event

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, log_softmax

from lrtui.nn.stacked import StackedNetwork
from lrtui.study.networks import Layout
from lrtui.train import seeds, stacked_optimizers
from lrtui.train.evaluation import BATCH, Evaluation
from lrtui.train.loop import GRADIENT_SAMPLES, StepCounter, Trained, Training, steps_per_epoch
from lrtui.train.optimizers import set_rate
from lrtui.train.replay import Replay
from lrtui.train.schedules import Setting
from lrtui.train.stacked_gradients import StackedGradients
from lrtui.train.stacked_optimizers import Floats
from lrtui.train.tensors import TrainingData

EVALUATED: dict[Layout, int] = {"flat": 20_000, "channels_last": 2_000}
"""Images times runs that are evaluated at once, by the layout of the images: a convolution makes much of each."""


class Rows:
    """The rows of a stack, and a step of all of them."""

    def __init__(self, trainings: Sequence[Training], data: TrainingData) -> None:
        first = trainings[0]
        self.trainings, self._data = list(trainings), data
        self.steps = steps_per_epoch(first.spec, data)
        by_seed = {training.spec.seed: training for training in reversed(trainings)}
        self._seeds = list(by_seed)
        of_run = [self._seeds.index(training.spec.seed) for training in trainings]
        self._noise = [by_seed[seed].noise for seed in self._seeds]
        self._network = StackedNetwork([training.model for training in trainings], of_run, self._noise)
        flat = self._network.flat
        device, size = flat.device, len(trainings)
        self._of_run = torch.tensor(of_run, device=device)
        config = first.spec.config
        self._optimizer = stacked_optimizers.build(
            config.optim,
            flat,
            [training.optimizer.param_groups[0]["lr"] for training in trainings],
            moves=config.schedule.momentum_cycle is not None,
        )
        for row, training in enumerate(trainings):
            self._optimizer.take(row, training.optimizer, self._network.places)
        self._gradients = StackedGradients(self._network, first.model, config)
        self._counter = torch.zeros(1, dtype=torch.int64, device=device)
        """The step of the epoch about to be taken."""
        self._sums = torch.zeros(3, size, dtype=torch.float64, device=device)
        """Of loss, images classified rightly, and gradient norms."""
        self._stride = math.ceil(self.steps / GRADIENT_SAMPLES)
        images, batch = len(data.train_labels), first.spec.batch_size
        whole = images // batch
        self._order = torch.zeros(len(self._seeds), whole, batch, dtype=torch.int64, device=device)
        self._rest = torch.zeros(len(self._seeds), images - whole * batch, dtype=torch.int64, device=device)
        self._scalars: Tensor | None = None
        self.replay = Replay(device, self._noise)
        self.stream = torch.cuda.Stream(device) if device.type == "cuda" else None
        self._settings: list[tuple[Setting, Setting, float, float]] = [
            (Setting(0, None), Setting(0, None), 0, 0)
        ] * size

    # --- an epoch

    @contextlib.contextmanager
    def _apart(self, *, joined: bool = True) -> Iterator[None]:
        """Have the device do things on the rows' own stream; `joined`: after what was asked of it, before what follows."""
        if self.stream is None:
            yield
            return
        others = torch.cuda.current_stream(self.stream.device)
        if joined:
            self.stream.wait_stream(others)
        with torch.cuda.stream(self.stream):
            yield
        if joined:
            others.wait_stream(self.stream)

    def begin_epoch(self, epoch: int) -> None:
        """Lay out the epoch that comes: the order of every seed's images, and the scalars of every run's steps."""
        images, whole = len(self._data.train_labels), self._order.shape[1] * self._order.shape[2]
        orders = [seeds.order(seed, epoch, images) for seed in self._seeds]
        columns = []
        for row, training in enumerate(self.trainings):
            lr, momentum = self._of_schedule(row, training)
            columns.append(np.stack(self._optimizer.scalars(row, lr, momentum)))
        table = torch.from_numpy(np.stack(columns, 2)).movedim(0, 1).to(self._network.flat.dtype)  # (steps, K, R)
        with self._apart():
            for index, order in enumerate(orders):
                self._order[index].copy_(order[:whole].view(self._order.shape[1:]))
                self._rest[index].copy_(order[whole:])
            if self._scalars is None:
                self._scalars = torch.zeros_like(table, device=self._network.flat.device)
            self._scalars.copy_(table)
            self._counter.zero_()
            self._sums.zero_()

    def _of_schedule(self, row: int, training: Training) -> tuple[Floats, Floats]:
        """Return rate and momentum of every step of a run's next epoch, and remember those of the first and last.

        The row of a run that is over goes on as in its last step: its schedule knows of no later one.
        """
        done, schedule = training.epoch * self.steps, training.schedule
        if training.over and training.setting is not None:
            settings = [training.setting] * self.steps
        elif training.spec.config.schedule.is_steady:
            settings = [schedule.at(done)] * self.steps
        else:
            settings = [schedule.at(done + step) for step in range(self.steps)]
        momentum = [training.momentum if one.momentum is None else one.momentum for one in settings]
        self._settings[row] = settings[0], settings[-1], momentum[0], momentum[-1]
        training.momentum, training.setting = momentum[-1], settings[-1]
        return np.array([one.lr for one in settings]), np.array(momentum)

    def step(self, step: int) -> None:
        """Take the step `step` of the epoch with all rows."""
        partial = step == self._order.shape[1]
        sampled = step % self._stride == 0
        with self._apart(joined=False):
            self.replay.step((partial, sampled), lambda: self._step(partial=partial, sampled=sampled), self._state())
        self._optimizer.steps += 1

    def _step(self, *, partial: bool, sampled: bool) -> None:
        """Take the step that the counter points at. Nothing here waits for the device."""
        data, network, size = self._data, self._network, len(self.trainings)
        assert self._scalars is not None
        rows = self._rest if partial else self._order.index_select(1, self._counter).squeeze(1)
        rows = rows.index_select(0, self._of_run)  # (R, B)
        images = network.images(data.train_images.index_select(0, rows.flatten()))
        labels = data.train_labels.index_select(0, rows.flatten())
        with torch.enable_grad():
            logits = network(images, training=True)
            losses = cross_entropy(logits.flatten(0, 1), labels, reduction="none").view(size, -1).mean(1)
            gradients = torch.autograd.grad(losses.sum(), list(network.parameters.values()))
        with torch.no_grad():
            gradient = self._gradients.gather(gradients)
            if sampled:
                self._sums[2] += torch.linalg.vector_norm(gradient, dim=1)
            self._gradients.clip()
            self._optimizer.step(network.flat, gradient, self._scalars.index_select(0, self._counter)[0].unsqueeze(2))
            self._gradients.constrain()
            count = rows.shape[1]
            self._sums[0] += losses.detach() * count
            self._sums[1] += (logits.detach().argmax(2) == labels.view(size, -1)).sum(1)
            self._counter += 1

    def _state(self) -> list[Tensor]:
        """Return all tensors that a step changes."""
        return [
            self._network.flat,
            *self._network.buffers.values(),
            *self._optimizer.kept.values(),
            self._sums,
            self._counter,
        ]

    def trained(self) -> list[Trained]:
        """Return what the epoch gave, by row: one transfer."""
        images, sampled = len(self._data.train_labels), math.ceil(self.steps / self._stride)
        with self._apart():
            sums = self._sums.T.tolist()
        return [
            Trained(
                loss=loss / images,
                accuracy=math.nan if math.isnan(loss) else 100 * right / images,
                grad_norm=norms / sampled,
                first=first,
                last=last,
                first_momentum=first_momentum,
                last_momentum=last_momentum,
            )
            for (loss, right, norms), (first, last, first_momentum, last_momentum) in zip(
                sums, self._settings, strict=True
            )
        ]

    @torch.no_grad()
    def evaluate(
        self,
        images: Tensor,
        labels: Tensor,
        stops: Sequence[Event],
        counters: Sequence[StepCounter] = (),
        after: int = 0,
    ) -> Tensor | None:
        """Return mean loss and share of images classified rightly (2, R, float64) that every row makes of stored images.

        None when all were stopped meanwhile. Nothing waits for the device. `counters` count from `after` on.
        """
        size = len(self.trainings)
        batch = max(BATCH, EVALUATED[self._data.layout] // size)
        with self._apart():
            sums = torch.zeros(2, size, dtype=torch.float64, device=images.device)
            for part, target in zip(images.split(batch), labels.split(batch), strict=True):
                if all(stop.is_set() for stop in stops):
                    return None
                for counter in counters:
                    counter.evaluated = after
                after += len(target)
                log_probabilities = log_softmax(self._network(self._network.same_images(part), training=False), 2)
                right = target.expand(size, -1)
                sums[0] -= log_probabilities.gather(2, right.unsqueeze(2)).sum((1, 2))
                sums[1] += (log_probabilities.argmax(2) == right).sum(1)
            return sums / len(labels)

    # --- back to the runs

    def give_weights(self, training: Training) -> None:
        """Have a training's network be as its row is."""
        with self._apart():
            self._network.give(self.trainings.index(training), training.model)

    def give(self, training: Training) -> None:
        """Have a training's network, optimizer and noise be as its row is."""
        row = self.trainings.index(training)
        if training.setting is not None:
            set_rate(training.optimizer, training.setting.lr, training.setting.momentum)
        with self._apart():
            self._network.give(row, training.model)
            self._optimizer.give(row, training.optimizer, self._network.places)
        noise = self._noise[self._seeds.index(training.spec.seed)]
        if noise is not training.noise:
            training.noise.set_state(noise.get_state())


def evaluations(figures: Tensor) -> list[Evaluation]:
    """Return what `Rows.evaluate` gave, by row; `Evaluation.entropy` is not measured. Waits for the device."""
    return [
        Evaluation(loss, math.nan, math.nan) if math.isnan(loss) else Evaluation(loss, 100 * right, math.nan)
        for loss, right in figures.T.tolist()
    ]
