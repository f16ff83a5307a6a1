"""A training that is taken up from a checkpoint comes to the same bits as one that was never broken off.

Every optimizer, schedule, early stopping, dropout, pruning and shape of network there is, each value at least once and
every two of different kinds together somewhere (pairwise): all together would be thousands of trainings.
"""

import itertools
import json
import math
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import astuple, replace
from pathlib import Path
from threading import Event
from types import SimpleNamespace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors import safe_open

from lrtui.data.load import load
from lrtui.study.optimizers import OPTIMIZERS
from lrtui.study.pruning import PRUNINGS
from lrtui.study.records import EpochRecord, LayerRecord, Outcome
from lrtui.study.schedules import SCHEDULES
from lrtui.study.spec import RunSpec, Study
from lrtui.train.checkpoint import Checkpoint, DamagedCheckpointError, ForeignCheckpointError
from lrtui.train.loop import Training
from lrtui.train.numerics import NUMERICS
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
        "muon": ("optim.name=muon",),
        "schedule_free": ("optim.name=schedule_free",),
        "schedule_free-sgd": ("optim.name=schedule_free", "optim.base=sgd"),
        "groups": ("optim.momentum=0.9", 'optim.groups=[{layers = ["output"], factor = 0.3, until = 3}]'),
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
        "wsd": ("schedule.name=wsd", "schedule.cooldown=7"),
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
        "augment": ('data.augment=[{name = "RandomAffine", degrees = 15}]',),
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
    "curvature": {
        "none": (),
        "measured": ("curvature.measure=true", "curvature.every=2", "curvature.images=16", "curvature.sharpness=true",
                     "curvature.iterations=4"),
    },
    "network": {
        "mlp": ("model.hidden=[8]",),
        "batch-norm": ("model.hidden=[8]", "model.batch_norm=before"),
        "biased": ("model.hidden=[8]", "model.batch_norm=after", "model.batch_norm_variance=biased",
                   "model.batch_norm_inputs=true"),
        "cnn": ("model.name=cnn", "model.channels=[4, 4]", "model.dense=[8]", "regularization.l2=0.01",
                "regularization.max_norm=1.0"),
        "lstm": ("model.name=lstm", "model.hidden=[6]", "model.dropout=0.2", "mc_dropout.samples=2"),
        "transformer": ("model.name=transformer", "model.width=8", "model.heads=2", "model.depth=1", "model.dropout=0.2"),
    },
}  # fmt: skip
"""What a training may be made of: of each kind, by name, the overrides."""


FREE = ("schedule_free", "schedule_free-sgd")
SENSELESS = {
    **dict.fromkeys(itertools.product(FREE, ("measured", "sharp"))),
    **dict.fromkeys(
        itertools.product(("onecycle", "onecycle-text", "cyclical-momentum"), ("adagrad", "adagrad-torch", *FREE))
    ),
    **dict.fromkeys(itertools.product(("gradual",), ("restores", "patient"))),
    **dict.fromkeys(
        itertools.product(("lstm", "transformer"), ("dropout", "alpha", "rrelu", "prelu", "rrelu-dropout"))
    ),
}.keys()
"""Names that no training has together: momentum where there is none, weights kept from before pruning, other activations."""


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


def middle(study: Study) -> tuple[RunSpec, TrainingData, bytes]:
    """Return a study's first run, its data, and its checkpoint after two epochs."""
    spec = study.runs[0]
    data = data_of(spec)
    return spec, data, straight(spec, data)[1][2]


def test_a_checkpoint_is_safetensors_and_json_and_tells_its_content(tiny: Callable[..., Study], tmp_path: Path) -> None:
    spec, _, content = middle(tiny(*BASE, "model.hidden=[8]", "optim.name=adam"))
    file = tmp_path / "run.safetensors"
    file.write_bytes(content)
    with safe_open(file, "pt") as whole:
        told = json.loads(whole.metadata()["state"])
        assert whole.get_tensor("model/0.weight").shape[0] == 8
    assert (told["epoch"], told["spec"]["optim.name"], told["spec"]["seed"]) == (2, "adam", spec.seed)
    assert told["computation"]["NUMERICS"] == NUMERICS


def test_what_is_in_it_comes_back_as_it_was(tiny: Callable[..., Study]) -> None:
    spec = tiny().runs[0]
    state = {
        "numbers": [1, -0.0, 1e-300, math.inf, math.nan, 0.1],
        "nested": {"a": {"b": [torch.tensor(3.0), torch.zeros(0, 2), None, True]}},
        "layout": torch.arange(48.0).reshape(2, 3, 4, 2).to(memory_format=torch.channels_last),
        "bits": torch.tensor([255, 0], dtype=torch.uint8),
    }
    back = Checkpoint.decoded(Checkpoint.of(spec, torch.device("cpu"), 3, state).encoded())
    assert back.epoch == 3
    assert repr(back.state["numbers"]) == repr(state["numbers"])
    assert torch.equal(back.state["layout"], state["layout"])
    assert back.state["nested"]["a"]["b"][1].shape == (0, 2)
    assert back.state["nested"]["a"]["b"][2:] == [None, True]
    back.require(spec, torch.device("cpu"), torch.get_num_threads())


@given(where=st.integers(0, 10**9), bit=st.integers(0, 7), cut=st.booleans())
def test_damage_anywhere_is_noticed(where: int, bit: int, cut: bool) -> None:
    content = Checkpoint(1, {"w": torch.arange(64.0), "n": [1.5, None]}, {"seed": 1}, {"torch": "x"}).encoded()
    at = where % len(content)
    harmed = content[:at] if cut else content[:at] + bytes([content[at] ^ 1 << bit]) + content[at + 1 :]
    try:
        back = Checkpoint.decoded(harmed)
    except (DamagedCheckpointError, ForeignCheckpointError):
        return
    # a space of the header may become another white space: what is told is the same
    assert (back.epoch, back.state["n"], back.spec, back.computation) == (1, [1.5, None], {"seed": 1}, {"torch": "x"})
    assert torch.equal(back.state["w"], torch.arange(64.0))


@pytest.mark.parametrize(
    ("override", "named"),
    [
        ("optim.lr=0.03", "optim.lr 0.02, not 0.03"),
        ("train.epochs=7", "train.epochs 6, not 7"),
        ("sweep.seeds=[7]", "seed 1, not 7"),
        ("schedule.name=cosine", "schedule.min_factor None, not 0.0"),
    ],
)
def test_that_of_another_run_is_refused(override: str, named: str, tiny: Callable[..., Study]) -> None:
    base = [one for one in (*BASE, "model.hidden=[8]") if not one.startswith("sweep")]
    _, data, content = middle(tiny(*base, "sweep.replicates=1"))
    other = tiny(*base, override).runs[0]
    with pytest.raises(ForeignCheckpointError, match=re.escape(f"was made with {named}")):
        Training(other, data, Checkpoint.decoded(content))


@pytest.mark.parametrize("override", ["train.checkpoint_seconds=3", "indicators.learned=0.8", "train.keep=last"])
def test_what_decides_no_number_does_not_matter(override: str, tiny: Callable[..., Study]) -> None:
    _, data, content = middle(tiny(*BASE, "model.hidden=[8]"))
    assert Training(tiny(*BASE, "model.hidden=[8]", override).runs[0], data, Checkpoint.decoded(content)).epoch == 2


def test_kept_weights_of_the_best_epoch_are_those_it_had(tiny: Callable[..., Study]) -> None:
    spec = tiny(*BASE, "model.hidden=[8]", "train.keep=best", "optim.lr=0.5").runs[0]
    data = data_of(spec)
    training = Training(spec, data)
    losses = [record.val_loss for record in records_of(training) if isinstance(record, EpochRecord)]
    best = min(range(1, EPOCHS + 1), key=losses.__getitem__)
    kept = Checkpoint.decoded(training.kept() or b"")
    assert kept.epoch == best
    until_then = Training(replace(spec, config=spec.config.model_copy(
        update={"train": spec.config.train.model_copy(update={"epochs": best})})), data)  # fmt: skip
    list(records_of(until_then))
    weights = Checkpoint.decoded(until_then.checkpoint()).state["model"]
    assert all(torch.equal(kept.state["model"][name], weight) for name, weight in weights.items())


def test_keeping_the_best_weights_changes_no_number(tiny: Callable[..., Study]) -> None:
    runs = [tiny(*BASE, "model.hidden=[8]", f"train.keep={keep}").runs[0] for keep in ("none", "best", "last")]
    seen = [straight(spec, data_of(spec))[0] for spec in runs]
    assert seen[0] == seen[1] == seen[2]


def test_a_training_goes_further_from_its_last_weights(tiny: Callable[..., Study]) -> None:
    short, long = (
        tiny(*BASE, "model.hidden=[8]", "optim.name=nadam", "train.keep=last", f"train.epochs={epochs}").runs[0]
        for epochs in (4, 9)
    )
    data = data_of(short)
    training = Training(short, data)
    for record in records_of(training):
        if training.over and isinstance(record, EpochRecord):
            kept = training.kept()
    again = Training(long, data, Checkpoint.decoded(kept).for_run(long))
    assert [figures(record) for record in records_of(again)] == straight(long, data)[0][5:]
