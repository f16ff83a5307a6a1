"""Numbers of tiny runs as they were: a change of what training computes does not go unnoticed.

`lrtui.train.numerics.NUMERICS` says which computation a run was trained with; whoever changes these numbers on purpose
raises it, so that no study takes over a run of the computation before, and writes them anew with `LRTUI_UPDATE_GOLDEN=1`.
Where they were written (the same torch, processor and instructions) every bit counts; elsewhere there is a tolerance.
"""

import json
import math
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any, Literal, get_args, get_origin

import pytest
import torch

from lrtui.data.load import load
from lrtui.engine.device import processor_name
from lrtui.study.datasets import DataConfig
from lrtui.study.records import EpochRecord
from lrtui.study.run_key import decides
from lrtui.study.schema import COMPONENTS, TABLES, table_keys
from lrtui.study.spec import Study, lookup
from lrtui.train.finder import find
from lrtui.train.loop import train
from lrtui.train.numerics import NUMERICS
from lrtui.train.tensors import TrainingData

Tiny = Callable[..., Study]
GOLDEN = Path(__file__).parents[1] / "golden" / "losses.json"
HERE = f"torch {torch.__version__}, {torch.backends.cpu.get_cpu_capability()}, {processor_name()}"
SMALL = ("train.epochs=3", "train.batch_size=32", "data.train_limit=160", "data.val_limit=50", "optim.lr=0.02")
CNN = ("model.name=cnn", "model.channels=[4, 4]", "model.dense=[8]")
DEEP = ("model.hidden=[16, 16]",)
OF_OWN_DATA = {"regression", "next_token"}
"""Tasks that none of the data sets has; `test_tasks` has figures of theirs, by hand."""

CASES = {
    "mlp": (),
    "mlp-depth": ("model.init_bias=zero", "model.depth=3", "model.width=12", "train.batch_size=48"),
    "cnn": CNN,
    "mup-sgd": (*DEEP, "model.parametrization=mup", "model.base_width=4"),
    "mup-adam": (*CNN, "model.parametrization=mup", "model.base_width=2", "optim.name=adamw", "optim.weight_decay=0.1"),
    # tasks
    "smoothed": ("task.label_smoothing=0.1",),
    "balanced": ("task.class_weights=balanced",),
    "reconstruction": ("task.name=reconstruction",),
    "rotation": ("task.name=rotation",),
    # data
    "only": ("data.only=[3, 1, 4]", "data.train_limit=60"),
    "augment": ('data.augment=[{name = "RandomHorizontalFlip"}, {name = "RandomAffine", degrees = 15}]',),
    "groups": ('optim.groups=[{layers = ["dense *"], factor = 0.1, until = 1}]', "regularization.l2=1e-3"),
    "rnn": ("model.name=rnn", "model.hidden=[8, 8]", "model.activation=relu", "model.readout=mean", "health.measure=true"),
    "lstm": ("model.name=lstm", "model.hidden=[8]", "model.forget_bias=1.0", "model.init_recurrent=orthogonal"),
    "gru": ("model.name=gru", "model.depth=2", "model.width=8", "model.init=glorot", "model.dropout=0.2", "optim.lr=0.5"),
    "transformer": ("model.name=transformer", "model.width=8", "model.heads=2", "model.depth=1", "model.patch=2",
                    "model.mlp_ratio=2", "model.norm=post", "model.dropout=0.1"),
    "transformer-pre": ("model.name=transformer", "model.width=8", "model.heads=1", "model.depth=1"),
    # optimizers
    "momentum": ("optim.momentum=0.9",),
    "nesterov": ("optim.momentum=0.9", "optim.nesterov=true"),
    "adam": ("optim.name=adam", "optim.beta1=0.8", "optim.beta2=0.99", "optim.eps=1e-6"),
    "nadam": ("optim.name=nadam",),
    "muon": ("optim.name=muon", "optim.weight_decay=0.1", "optim.momentum=0.9"),
    "muon-original": ("optim.name=muon", "optim.adjust=original", "optim.nesterov=false", "optim.iterations=3"),
    "schedule-free": ("optim.name=schedule_free", "optim.beta=0.95"),
    "schedule-free-sgd": ("optim.name=schedule_free", "optim.base=sgd", "optim.weight_decay=0.01", "optim.lr=0.5"),
    "wsd": ("schedule.name=wsd", "schedule.cooldown=20", "schedule.form=linear", "schedule.min_factor=0.1"),
    "wsd-epochs": ("schedule.name=wsd", "schedule.cooldown=1", "schedule.per=epoch"),
    "nadam-keras": ("optim.name=nadam", "optim.momentum_decay=1.0"),
    "adamw": ("optim.name=adamw", "optim.weight_decay=0.1"),
    "rmsprop": ("optim.name=rmsprop", "optim.momentum=0.5", "optim.rho=0.8"),
    "rmsprop-outside": ("optim.name=rmsprop", "optim.eps_inside=false"),
    "adagrad": ("optim.name=adagrad", "optim.initial_accumulator=0.1"),
    "adagrad-outside": ("optim.name=adagrad", "optim.eps_inside=false"),
    "clip-value": ("optim.clip_value=0.01",),
    "clip-norm": ("optim.clip_norm=0.1",),
    "clip-each": ("optim.clip_norm_each=0.1", "optim.name=adam"),
    # schedules
    "warm-up": ("schedule.warmup=4",),
    "power": ("schedule.name=power", "schedule.s=4", "schedule.c=2.0"),
    "exponential": ("schedule.name=exponential", "schedule.s=2", "schedule.per=epoch"),
    "piecewise": ("schedule.name=piecewise", "schedule.boundaries=[3, 9]", "schedule.factors=[1.0, 0.5, 0.1]"),
    "performance": (
        "schedule.name=performance", "schedule.patience=1", "schedule.factor=0.3", "schedule.min_delta=0.5",
        "schedule.min_lr=0.004", "schedule.monitor=val_accuracy",
    ),
    **{
        f"performance-{monitor}": ("schedule.name=performance", "schedule.patience=1", f"schedule.monitor={monitor}")
        for monitor in ("train_loss", "train_accuracy", "val_loss")
    },
    "onecycle": ("optim.momentum=0.9", "schedule.name=onecycle", "schedule.momentum_high=0.9", "schedule.momentum_low=0.8"),
    "onecycle-text": ("optim.name=adam", "schedule.name=onecycle", "schedule.form=text"),
    "onecycle-handson": ("schedule.name=onecycle", "schedule.form=handson"),
    "cosine": ("schedule.name=cosine", "schedule.min_factor=0.1"),
    "warm-restarts": ("schedule.name=warm_restarts", "schedule.period=4", "schedule.multiplier=1"),
    "cyclical": (
        "optim.momentum=0.9", "schedule.name=cyclical", "schedule.half_period=3", "schedule.low_factor=0.2",
        "schedule.momentum_high=0.9", "schedule.momentum_low=0.7",
    ),
    # normalization and dropout
    "norm-before": (*CNN, "model.batch_norm=before", "model.batch_norm_momentum=0.9", "model.batch_norm_eps=1e-2"),
    "norm-after": (*DEEP, "model.batch_norm=after", "model.batch_norm_inputs=true", "model.batch_norm_variance=biased"),
    "dropout": (*DEEP, "model.dropout=0.2", "mc_dropout.samples=3"),
    "dropout-everywhere": (*CNN, "model.dropout=0.2", "model.dropout_where=everywhere"),
    "dropout-inputs": ("model.dropout=0.2", "model.dropout_where=inputs"),
    "dropout-last": (*DEEP, "model.dropout=0.2", "model.dropout_where=last"),
    "alpha-dropout": (
        "model.activation=selu", "model.init=lecun", "model.dropout=0.2", "model.dropout_kind=alpha", "mc_dropout.samples=3",
        "data.scale=standardized",
    ),
    # activations and initializers
    "tanh-glorot": ("model.activation=tanh", "model.init=glorot", "model.init_distribution=uniform"),
    "logistic-normal": ("model.activation=logistic", "model.init=normal", "model.init_sd=0.5"),
    "leaky-he": ("model.activation=leaky_relu", "model.alpha=0.2", "model.init=he", "model.init_fan=fan_out"),
    "rrelu-truncated": ("model.activation=rrelu", "model.init=he", "model.init_distribution=truncated"),
    "prelu-average": ("model.activation=prelu", "model.init=he", "model.init_fan=fan_avg"),
    "elu-in": ("model.activation=elu", "model.init=he", "model.init_fan=fan_in", "model.init_bias=uniform"),
    "gelu-constant": ("model.activation=gelu", "model.init=constant", "model.init_value=0.01"),
    "silu-output": ("model.activation=silu", "model.init=constant", "model.init_output=glorot_uniform"),
    # penalties, bounds, ends
    "penalties": ("regularization.l2=0.01", "regularization.l1=1e-3"),
    "max-norm": ("regularization.max_norm=0.5", "regularization.max_norm_output=false", *DEEP),
    "early-stopping": ("early_stopping.patience=1", "optim.lr=2.0", "train.epochs=6"),
    "early-last": (
        "early_stopping.patience=1", "early_stopping.restore_best=false", "early_stopping.monitor=val_accuracy", "train.epochs=6",
    ),
    **{
        f"early-{monitor}": ("early_stopping.patience=1", f"early_stopping.monitor={monitor}", "optim.lr=2.0", "train.epochs=6")
        for monitor in ("train_loss", "train_accuracy")
    },
    "diverged": ("optim.lr=1e9", *DEEP),
    "diverged-on": ("optim.lr=1e9", *DEEP, "train.stop_on_nan=false"),
    "gradual": (
        "pruning.name=gradual", "pruning.target=0.8", "pruning.every=2", "pruning.initial=0.2", "pruning.begin=0.2",
        "pruning.end=0.8",
    ),
    "pruned": ("pruning.name=after", "pruning.target=0.8"),
    "pruned-below": ("pruning.name=after", "pruning.threshold=0.1"),
    # data and what is measured
    "raw": ("data.scale=raw", "optim.lr=1e-4"),
    "standardized-all": ("data.scale=standardized", "data.statistics=all"),
    "last": ("data.validation=last", "data.validation_count=50"),
    "first": ("data.validation=first", "data.validation_count=50"),
    "health": (*DEEP, "health.measure=true", "health.images=40", "model.activation=tanh"),
    "curvature": (*DEEP, "curvature.measure=true", "curvature.every=2", "curvature.images=64", "curvature.small=8",
                  "curvature.smoothing=0.5", "curvature.sharpness=true", "curvature.iterations=5"),
    "half": (*CNN, "model.batch_norm=before", 'inference.dtypes=["float16", "bfloat16"]'),
    "int8": (*CNN, "model.batch_norm=before", 'inference.dtypes=["int8"]'),
}  # fmt: skip
SEARCHES = {
    "search": ("finder.min_lr=1e-4", "finder.max_lr=5", "finder.iterations=30", "finder.smoothing=0.8", "finder.stop_factor=3.0"),
    "search-steepest": ("finder.seeds=2", "finder.choose=steepest", "finder.iterations=30"),
    "search-minimum": ("finder.choose=minimum_tenth", "finder.iterations=30", "optim.name=adam"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Sums of several threads have other last bits."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def trained(study: Study) -> Iterator[float]:
    """Yield all that is measured of the study's first run, in turn, but for times."""
    spec = study.runs[0]
    for record in train(spec, placed(study), SimpleNamespace(step=0), Event()):
        if isinstance(record, EpochRecord):
            yield from (record.train_loss, record.val_loss, record.grad_norm or 0.0, record.lr, record.momentum)
            for layer in record.layers:
                yield from (layer.activation_mean, layer.activation_sd, layer.saturated or 0.0)
                yield from (layer.gradient_rms, layer.update_ratio or 0.0)
            if (around := record.curvature) is not None:  # what a search comes to turns on the last bits
                yield from (around.loss, around.gradient_square or 0.0, around.gradient_variance or 0.0)
        else:
            yield from (record.kept_epoch, record.val_loss, record.test_loss, record.test_entropy, record.sparsity)
            if record.mc is not None:
                yield from (record.mc.loss, record.mc.sd, record.mc.entropy)
            yield from (figures.loss for figures in record.inference)


def searched(study: Study) -> Iterator[float]:
    """Yield the range test of the study's first run."""
    curve = find(study.runs[0], placed(study), lambda _: None, Event())
    assert curve is not None
    for point in curve.points:
        yield from (point.lr, point.loss, point.smoothed)
    yield from curve.suggestions.values()


def placed(study: Study) -> TrainingData:
    config = study.runs[0].config
    return TrainingData.place(load(config.data, None), config.model.layout, torch.device("cpu"))


@pytest.mark.parametrize("name", [*CASES, *SEARCHES])
def test_numbers_are_those_kept(name: str, tiny: Tiny) -> None:
    measure, said = (trained, CASES[name]) if name in CASES else (searched, SEARCHES[name])
    measured = list(measure(tiny(*SMALL, *said)))
    if os.environ.get("LRTUI_UPDATE_GOLDEN"):
        keep(name, measured)
    golden = json.loads(GOLDEN.read_text())
    assert golden["numerics"] == NUMERICS, (
        "NUMERICS was raised: write the golden numbers anew with LRTUI_UPDATE_GOLDEN=1"
    )
    assert measured == as_kept(golden["cases"][name]), (
        f"{name}: training gives other numbers than NUMERICS = {NUMERICS} did. If that is on purpose, raise NUMERICS in "
        "lrtui/train/numerics.py and write the golden numbers anew with LRTUI_UPDATE_GOLDEN=1"
    )


def as_kept(case: dict[str, Any]) -> Any:
    """Return what equals the numbers of a case: bit for bit where they were written."""
    numbers = [float(number) for number in case["numbers"]]
    if case["on"] == HERE:
        return pytest.approx(numbers, rel=0, abs=0, nan_ok=True)
    return pytest.approx(numbers, rel=1e-5, abs=1e-9, nan_ok=True)


def keep(name: str, measured: list[float]) -> None:
    """Write the numbers of a case that is new, or of another NUMERICS: the same NUMERICS never comes to have others."""
    golden: dict[str, Any] = json.loads(GOLDEN.read_text()) if GOLDEN.exists() else {}
    if golden.get("numerics") != NUMERICS:
        golden = {"numerics": NUMERICS, "cases": {}}
    if name not in golden["cases"]:
        numbers = [number if math.isfinite(number) else str(number) for number in measured]
        golden["cases"][name] = {"on": HERE, "numbers": numbers}
        cases = ",\n".join(f"  {json.dumps(key)}: {json.dumps(case)}" for key, case in golden["cases"].items())
        GOLDEN.write_text(f'{{\n "numerics": {NUMERICS},\n "cases": {{\n{cases}\n }}\n}}\n')


def test_every_key_that_decides_numbers_has_a_case(tiny: Tiny) -> None:
    """Of every key some value that is not its default, of every choice all, in some case."""
    configs = [tiny(*SMALL, *said).runs[0].config for said in (*CASES.values(), *SEARCHES.values())]
    missing = []
    for table in (*TABLES, *COMPONENTS):
        keys = {"name": COMPONENTS[table]} if table in COMPONENTS else {}
        fields = {**DataConfig.model_fields} if table == "data" else table_keys(table)
        for key, field in fields.items():
            dotted = f"{table}.{key}"
            if not decides(dotted) or dotted in (
                "data.name",
                "data.val_limit",
                "train.tf32",
                "model.stem",
                "model.start",
                "model.start_layers",
            ):  # not here: whichever data, a GPU, torchvision's weights
                continue
            seen = {lookup(config, dotted) for config in configs if hasattr(getattr(config, table), key)}
            wanted = set(keys if key == "name" and table not in COMPONENTS else choices(field.annotation))
            wanted |= set(COMPONENTS[table]) - OF_OWN_DATA if key == "name" and table in COMPONENTS else set()
            if wanted - seen or (not wanted and not seen - {field.default}):
                missing.append(f"{dotted} {sorted(map(str, wanted - seen))}")
    assert not missing


def choices(annotation: Any) -> tuple[Any, ...]:
    """Return the values of a key that takes one of a few."""
    if annotation is bool:
        return (True, False)
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    inner = [choice for part in get_args(annotation) for choice in choices(part)] if get_origin(annotation) else []
    return tuple(inner) if type(None) in get_args(annotation) else ()
