"""A training that is taken up from a checkpoint comes to the same bits as one that was never broken off.

Every optimizer, schedule, early stopping, dropout, pruning and shape of network there is, each value at least once and
every two of different kinds together somewhere (pairwise): all together would be thousands of trainings.
"""

import itertools
import math
import random
from collections.abc import Callable, Iterator
from dataclasses import astuple, replace
from threading import Event
from types import SimpleNamespace

import pytest
import torch

from lrtui.data.load import load
from lrtui.study.optimizers import OPTIMIZERS
from lrtui.study.pruning import PRUNINGS
from lrtui.study.records import EpochRecord, LayerRecord, Outcome
from lrtui.study.schedules import SCHEDULES
from lrtui.study.spec import RunSpec, Study
from lrtui.train.checkpoint import Checkpoint
from lrtui.train.loop import Training
from lrtui.train.tensors import TrainingData

EPOCHS = 6
BASE = ("data.train_limit=64", "data.val_limit=20", "train.batch_size=16", f"train.epochs={EPOCHS}",
        "health.measure=true", "health.images=16", "optim.lr=0.02", "sweep.replicates=1")  # fmt: skip

WAYS: dict[str, dict[str, tuple[str, ...]]] = {
    "optimizer": {
        "sgd": (),
        "momentum": ("optim.momentum=0.9",),
        "nesterov": ("optim.momentum=0.9", "optim.nesterov=true", "optim.clip_norm=1.0"),
        "adam": ("optim.name=adam",),
        "nadam": ("optim.name=nadam", "optim.momentum_decay=1.0"),
        "adamw": ("optim.name=adamw", "optim.clip_value=0.5"),
        "rmsprop": ("optim.name=rmsprop", "optim.momentum=0.5"),
        "rmsprop-torch": ("optim.name=rmsprop", "optim.eps_inside=false", "optim.momentum=0.5"),
        "adagrad": ("optim.name=adagrad", "optim.initial_accumulator=0.1"),
        "adagrad-torch": ("optim.name=adagrad", "optim.eps_inside=false"),
    },
    "schedule": {
        "constant": (),
        "power": ("schedule.name=power", "schedule.s=10"),
        "exponential": ("schedule.name=exponential", "schedule.s=10", "schedule.warmup=6"),
        "piecewise": ("schedule.name=piecewise", "schedule.boundaries=[5, 11]", "schedule.factors=[1.0, 0.3, 0.1]"),
        "performance": ("schedule.name=performance", "schedule.patience=1", "schedule.min_delta=0.5", "schedule.warmup=1"),
        "onecycle": ("schedule.name=onecycle",),
        "onecycle-text": ("schedule.name=onecycle", "schedule.form=text", "schedule.momentum_low=0.0"),
        "onecycle-handson": ("schedule.name=onecycle", "schedule.form=handson"),
        "cosine": ("schedule.name=cosine", "schedule.per=epoch", "schedule.warmup=2"),
        "warm_restarts": ("schedule.name=warm_restarts", "schedule.period=5"),
        "cyclical": ("schedule.name=cyclical", "schedule.half_period=3"),
        "cyclical-momentum": ("schedule.name=cyclical", "schedule.half_period=5", "schedule.momentum_high=0.9",
                              "schedule.momentum_low=0.6"),
    },
    "stopping": {
        "none": (),
        "restores": ("early_stopping.patience=2", "early_stopping.monitor=val_accuracy"),
        "patient": ("early_stopping.patience=50",),
        "lets go": ("early_stopping.patience=1", "early_stopping.restore_best=false"),
    },
    "noise": {
        "none": (),
        "dropout": ("model.dropout=0.3", "model.dropout_where=everywhere", "mc_dropout.samples=2"),
        "alpha": ("model.dropout=0.2", "model.dropout_kind=alpha", "model.activation=selu", "model.init=lecun"),
        "rrelu": ("model.activation=rrelu",),
        "prelu": ("model.activation=prelu",),
        "rrelu-dropout": ("model.activation=rrelu", "model.dropout=0.2"),
    },
    "pruning": {
        "none": (),
        "after": ("pruning.name=after", "pruning.target=0.5"),
        "gradual": ("pruning.name=gradual", "pruning.target=0.8", "pruning.every=3"),
    },
    "network": {
        "mlp": ("model.hidden=[8]",),
        "batch-norm": ("model.hidden=[8]", "model.batch_norm=before"),
        "biased": ("model.hidden=[8]", "model.batch_norm=after", "model.batch_norm_variance=biased",
                   "model.batch_norm_inputs=true"),
        "cnn": ("model.name=cnn", "model.channels=[4, 4]", "model.dense=[8]", "regularization.l2=0.01",
                "regularization.max_norm=1.0"),
    },
}  # fmt: skip
"""What a training may be made of: of each kind, by name, the overrides."""


SENSELESS = {
    **dict.fromkeys(
        itertools.product(("onecycle", "onecycle-text", "cyclical-momentum"), ("adagrad", "adagrad-torch"))
    ),
    **dict.fromkeys(itertools.product(("gradual",), ("restores", "patient"))),
}.keys()
"""Names that no training has together: momentum where there is none, weights kept from before pruning."""


def makes_sense(choice: dict[str, str]) -> bool:
    return not any(pair in SENSELESS for pair in itertools.permutations(choice.values(), 2))


def pairwise() -> list[dict[str, str]]:
    """Return choices of one name per kind, in which every two names of different kinds meet at least once."""
    kinds = list(WAYS)
    draw = random.Random(1)
    missing = {
        frozenset([(first, one), (second, other)])
        for first, second in itertools.combinations(kinds, 2)
        for one in WAYS[first]
        for other in WAYS[second]
        if makes_sense({first: one, second: other})
    }
    choices = []
    while missing:
        wanted = dict(min(missing, key=sorted))
        tries = [{kind: draw.choice(list(WAYS[kind])) for kind in kinds} | wanted for _ in range(200)]
        met = {
            index: missing & {frozenset(pair) for pair in itertools.combinations(one.items(), 2)}
            for index, one in enumerate(tries)
            if makes_sense(one)
        }
        best = max(met, key=lambda index: len(met[index]))
        choices.append(tries[best])
        missing -= met[best]
    return choices


def overrides(choice: dict[str, str]) -> tuple[str, ...]:
    """Return the overrides of a choice; of two that set the same key the later one counts."""
    return (*BASE, *itertools.chain.from_iterable(WAYS[kind][name] for kind, name in choice.items()))


def data_of(spec: RunSpec) -> TrainingData:
    return TrainingData.place(load(spec.config.data, None), spec.config.model.layout, torch.device("cpu"))


def records_of(training: Training) -> Iterator[EpochRecord | Outcome]:
    return training.run(SimpleNamespace(step=0), Event())


def figures(record: EpochRecord | Outcome | LayerRecord) -> tuple[object, ...]:
    """Return what does not depend on the clock, ready for `==`: NaN equals NaN."""
    if isinstance(record, EpochRecord):
        record = replace(record, seconds=0.0)
    elif isinstance(record, Outcome):
        mc = record.mc and replace(record.mc, seconds=0.0)
        folded = record.folded and replace(record.folded, seconds=0.0, unfolded_seconds=0.0)
        inference = tuple(replace(one, seconds=0.0) for one in record.inference)
        record = replace(record, test_seconds=0.0, mc=mc, folded=folded, inference=inference)
    return _comparable(astuple(record))


def _comparable(value: object) -> object:
    if isinstance(value, tuple):
        return tuple(_comparable(part) for part in value)
    return "nan" if isinstance(value, float) and math.isnan(value) else value


def straight(spec: RunSpec, data: TrainingData) -> tuple[list[tuple[object, ...]], list[bytes]]:
    """Return the figures of a run that is not broken off, and its checkpoint after every record but the outcome."""
    training = Training(spec, data)
    seen, kept = [], []
    for record in records_of(training):
        seen.append(figures(record))
        if isinstance(record, EpochRecord):
            kept.append(training.checkpoint())
    return seen, kept


CHOICES = pairwise()


def test_the_choices_name_all_there_is() -> None:
    said = {kind: {text for names in WAYS[kind].values() for text in names} for kind in WAYS}
    assert {f"optim.name={name}" for name in OPTIMIZERS if name != "sgd"} <= said["optimizer"]
    assert {f"schedule.name={name}" for name in SCHEDULES if name != "constant"} <= said["schedule"]
    assert {f"pruning.name={name}" for name in PRUNINGS if name != "none"} <= said["pruning"]
    for kind, names in WAYS.items():
        assert {choice[kind] for choice in CHOICES} == set(names)


@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: " ".join(choice.values()))
def test_taken_up_anywhere_it_comes_to_the_same_bits(choice: dict[str, str], tiny: Callable[..., Study]) -> None:
    spec = tiny(*overrides(choice)).runs[0]
    data = data_of(spec)
    seen, checkpoints = straight(spec, data)
    for epoch in sorted({1, len(checkpoints) // 2, len(checkpoints) - 1}):
        training = Training(spec, data, Checkpoint.decoded(checkpoints[epoch]))
        assert training.epoch == epoch
        assert [figures(record) for record in records_of(training)] == seen[epoch + 1 :]
