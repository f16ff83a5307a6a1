"""Every technique whose cost is compared: as preset keys, and by hand."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import handwritten_deep as by_hand
import torch
from handwritten_deep import follow, kernels
from torch import nn

from lrtui.train.tensors import TrainingData

Trains = Callable[[TrainingData, int], Iterator[object]]
"""Trains by hand, an epoch at a time; it is told how many steps the whole training has."""


@dataclass(frozen=True)
class Trainee:
    """What a technique may act on."""

    model: nn.Module
    optimizer: torch.optim.Optimizer
    steps: int
    """Of the whole training."""


Pieces = Callable[[Trainee], dict[str, Any]]


@dataclass(frozen=True)
class Technique:
    """A technique in both ways. `without` names the row that differs from it by the technique alone."""

    name: str
    overrides: tuple[str, ...]
    by_hand: Trains
    without: str


def _hand(
    pieces: Pieces = lambda _: {},
    *,
    optimizer: Callable[[nn.Module], torch.optim.Optimizer] = by_hand.nadam,
    **parts: Any,
) -> Trains:
    def train(data: TrainingData, steps: int) -> Iterator[object]:
        model = by_hand.network(**parts)
        trainee = Trainee(model, optimizer(model), steps)
        return by_hand.train(model, data, trainee.optimizer, **pieces(trainee))

    return train


def _rate(make: Callable[[int], by_hand.Rate]) -> Trains:
    return _hand(lambda trainee: {"set_rate": follow(trainee.optimizer, make(trainee.steps))})


def _performance(trainee: Trainee) -> dict[str, Any]:
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(trainee.optimizer, factor=0.5, patience=5)
    return {"epoch_ended": scheduler.step}


def _onecycle(trainee: Trainee) -> dict[str, Any]:
    half = (trainee.steps + 1) // 2
    rate, momentum = by_hand.triangle(1e-3, 1e-2, half), by_hand.triangle(0.95, 0.85, half)
    return {"set_rate": follow(trainee.optimizer, rate, momentum)}


def _schedule(name: str, make: Callable[[int], by_hand.Rate], *keys: str) -> Technique:
    overrides = tuple(f"schedule.{key}" for key in keys)
    return Technique(f"schedule: {name}", overrides, _rate(make), BASE)


BASE, SGD, SELU = "Nadam, ELU", "SGD with Nesterov momentum, ELU", "Nadam, SELU, standardized inputs"
_SGD = ("optim.name=sgd", "optim.lr=0.01", "optim.momentum=0.95", "optim.nesterov=true")
_SELU = ("model.activation=selu", "model.init=lecun", "data.scale=standardized")
_ETA = 1e-3

TECHNIQUES = (
    Technique(BASE, (), _hand(), BASE),
    Technique(
        "batch normalization (inputs, before)",
        ("model.batch_norm=before", "model.batch_norm_inputs=true"),
        _hand(batch_norm=True),
        BASE,
    ),
    Technique("dropout 0.1", ("model.dropout=0.1",), _hand(dropout=nn.Dropout(0.1)), BASE),
    Technique(SELU, _SELU, _hand(activation=nn.SELU), SELU),
    Technique(
        "alpha dropout 0.1",
        (*_SELU, "model.dropout=0.1", "model.dropout_kind=alpha"),
        _hand(activation=nn.SELU, dropout=nn.AlphaDropout(0.1)),
        SELU,
    ),
    _schedule("linear warm-up", lambda _: by_hand.warmed_up(_ETA, 300), "name=constant", "warmup=300"),
    _schedule("power", lambda _: by_hand.power(_ETA, 300), "name=power", "s=300"),
    _schedule("exponential", lambda _: by_hand.exponential(_ETA, 2000), "name=exponential", "s=2000"),
    _schedule(
        "piecewise",
        lambda _: by_hand.piecewise(_ETA, [300, 600], [1.0, 0.5, 0.1]),
        "name=piecewise",
        "boundaries=[300, 600]",
        "factors=[1.0, 0.5, 0.1]",
    ),
    Technique("schedule: performance", ("schedule.name=performance",), _hand(_performance), BASE),
    _schedule("cosine", lambda steps: by_hand.cosine(_ETA, steps), "name=cosine"),
    _schedule("warm restarts", lambda _: by_hand.warm_restarts(_ETA, 100), "name=warm_restarts", "period=100"),
    _schedule("cyclical", lambda _: by_hand.triangle(_ETA / 10, _ETA, 100), "name=cyclical", "half_period=100"),
    _schedule(
        "1cycle of the published run",
        lambda steps: by_hand.onecycle_of_the_published_run(_ETA, steps),
        "name=onecycle",
        "form=handson",
    ),
    Technique(SGD, _SGD, _hand(optimizer=by_hand.sgd), SGD),
    Technique(
        "schedule: 1cycle of the guide, momentum too",
        (*_SGD, "schedule.name=onecycle"),
        _hand(_onecycle, optimizer=by_hand.sgd),
        SGD,
    ),
    Technique(
        "clipping by value",
        ("optim.clip_value=0.1",),
        _hand(lambda it: {"clip": lambda: nn.utils.clip_grad_value_(it.model.parameters(), 0.1)}),
        BASE,
    ),
    Technique(
        "clipping by norm",
        ("optim.clip_norm=1.0",),
        _hand(lambda it: {"clip": lambda: nn.utils.clip_grad_norm_(it.model.parameters(), 1.0)}),
        BASE,
    ),
    Technique(
        "l2",
        ("regularization.l2=1e-4",),
        _hand(lambda it: {"penalty": by_hand.l2(kernels(it.model), 1e-4)}),
        BASE,
    ),
    Technique(
        "l1",
        ("regularization.l1=1e-5",),
        _hand(lambda it: {"penalty": by_hand.l1(kernels(it.model), 1e-5)}),
        BASE,
    ),
    Technique(
        "max-norm",
        ("regularization.max_norm=1.0",),
        _hand(lambda it: {"after_step": by_hand.max_norm(kernels(it.model), 1.0)}),
        BASE,
    ),
    Technique(
        "early stopping, best weights kept",
        ("early_stopping.monitor=train_loss", "early_stopping.restore_best=true"),
        _hand(lambda _: {"best": {}}),
        BASE,
    ),
    Technique(
        "gradual pruning to 80 %",
        ("pruning.name=gradual", "pruning.target=0.8", "pruning.end=1.0"),
        _hand(lambda it: {"after_step": by_hand.prune_gradually(kernels(it.model), 0.8, it.steps, 20)}),
        BASE,
    ),
)
