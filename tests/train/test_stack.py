"""Runs trained as one come to what each comes to alone: in float64 to many digits, whatever is done to them."""

import math
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from threading import Event
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from lrtui.data.load import load
from lrtui.nn import models
from lrtui.study.records import EpochRecord, McFigures, Outcome
from lrtui.study.spec import RunSpec, Study
from lrtui.train.checkpoint import Checkpoint
from lrtui.train.loop import Training
from lrtui.train.stack import Left, Stack
from lrtui.train.tensors import TrainingData

Tiny = Callable[..., Study]
BASE = ("data.train_limit=75", "data.val_limit=40", "train.batch_size=16", "model.hidden=[12, 8]")
CNN = ("model.name=cnn", "model.channels=[3, 4]", "model.dense=[6]")


class Steps:
    step = evaluated = 0


def placed(spec: RunSpec, dtype: torch.dtype, tmp_path: Any) -> TrainingData:
    data = TrainingData.place(load(spec.config.data, tmp_path), spec.config.model.layout, torch.device("cpu"))
    val = data.val_images.to(dtype)
    test = val if data.test_images is data.val_images else data.test_images.to(dtype)
    return replace(data, train_images=data.train_images.to(dtype), val_images=val, test_images=test)


def training(spec: RunSpec, data: TrainingData, checkpoint: bytes | None = None) -> Training:
    made = Training(spec, data)
    made.model.to(data.train_images.dtype)
    for parameter, kept in made.optimizer.state.items():
        for name, value in kept.items():
            kept[name] = value.to(parameter.dtype) if value.shape == parameter.shape else value
    if checkpoint is not None:
        made = Training(spec, data, Checkpoint.decoded(checkpoint))
    return made


def alone(specs: Sequence[RunSpec], data: TrainingData) -> dict[int, list[EpochRecord | Outcome]]:
    return {spec.run: list(training(spec, data).run(Steps(), Event())) for spec in specs}


def stacked(
    trainings: Sequence[Training], data: TrainingData, stops: dict[int, Event] | None = None, width: int = 100
) -> dict[int, list[Any]]:
    runs = [one.spec.run for one in trainings]
    found: dict[int, list[Any]] = {run: [] for run in runs}
    stops = stops or {run: Event() for run in runs}
    for one, news in Stack(trainings, data, width).run({run: Steps() for run in runs}, stops):
        found[one.spec.run].append(news)
    return found


def figures(news: EpochRecord | Outcome | Left) -> list[float]:
    """Return every number of a record, but for wall times."""
    numbers: list[float] = []
    for field in fields(news):
        value = getattr(news, field.name)
        if "seconds" in field.name:
            continue
        if field.name == "layers":
            numbers += [number for layer in value for number in figures(layer)]
        elif isinstance(value, McFigures):
            numbers += figures(value)
        elif isinstance(value, int | float):
            numbers.append(float(value))
    return numbers


def assert_close(one: dict[int, list[Any]], other: dict[int, list[Any]], relative: float) -> None:
    assert one.keys() == other.keys()
    for run, news in one.items():
        assert [type(item) for item in news] == [type(item) for item in other[run]], run
        for item, same in zip(news, other[run], strict=True):
            for number, expected in zip(figures(item), figures(same), strict=True):
                assert number == pytest.approx(expected, rel=relative, abs=relative, nan_ok=True), (run, item, same)


RATES = "optim.lr=[3e-3, 3e-2]"
EVERYTHING = (
    "health.measure=true",
    "health.images=20",
    "early_stopping.patience=1",
    "early_stopping.monitor=val_accuracy",
)
OPTIMIZERS = (
    ["optim.name=sgd"],
    ["optim.name=sgd", "optim.momentum=0.9"],
    ["optim.name=sgd", "optim.momentum=0.8", "optim.nesterov=true"],
    ["optim.name=adam"],
    ["optim.name=adamw", "optim.weight_decay=0.1"],
    ["optim.name=nadam"],
    ["optim.name=nadam", "optim.momentum_decay=1.0"],
    ["optim.name=rmsprop"],
    ["optim.name=rmsprop", "optim.eps_inside=false", "optim.momentum=0.7"],
    ["optim.name=rmsprop", "optim.momentum=0.7"],
    ["optim.name=adagrad"],
    ["optim.name=adagrad", "optim.eps_inside=false", "optim.initial_accumulator=0.1"],
)
SCHEDULES = (
    [],
    ["schedule.name=exponential", "schedule.s=3", "schedule.warmup=4"],
    ["schedule.name=performance", "schedule.patience=1", "schedule.factor=0.3"],
    ["schedule.name=onecycle"],
)
TECHNIQUES = (
    ["optim.clip_value=0.01"],
    ["optim.clip_norm=0.1"],
    ["optim.clip_norm_each=0.05"],
    ["regularization.l1=1e-3", "regularization.l2=1e-2"],
    ["regularization.max_norm=0.4"],
    ["regularization.max_norm=0.4", "regularization.max_norm_output=true"],
    ["model.batch_norm=before"],
    ["model.batch_norm=after", "model.batch_norm_variance=biased", "model.batch_norm_momentum=0.8"],
    ["model.batch_norm_inputs=true"],
    ["model.dropout=0.3"],
    ["model.dropout=0.2", "model.dropout_kind=alpha", "model.activation=selu", "model.init=lecun"],
    ["model.dropout=0.2", "model.dropout_where=everywhere", "mc_dropout.samples=3"],
    ["pruning.name=after", "pruning.target=0.5"],
    ["train.keep=best", "early_stopping.restore_best=true", "early_stopping.patience=2"],
    ["model.activation=prelu", "model.init=he"],
    *([f"model.activation={name}"] for name in ("tanh", "logistic", "leaky_relu", "elu", "gelu", "silu")),
    ["train.epochs=[1, 4]"],
    ["model.init=['glorot', 'he', 'lecun']"],
)


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda said: (said or ["constant"])[0])
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=" ".join)
def test_every_optimizer_under_every_schedule(
    tiny: Tiny, tmp_path: Any, optimizer: list[str], schedule: list[str]
) -> None:
    if "schedule.name=onecycle" in schedule and "optim.name=adagrad" in optimizer:
        schedule = [*schedule, "schedule.form=handson"]  # the others cycle a momentum, which it has none of
    study = tiny(*BASE, RATES, *optimizer, *schedule, "train.epochs=4", *EVERYTHING)
    data = placed(study.runs[0], torch.float64, tmp_path)
    found = stacked([training(spec, data) for spec in study.runs], data)
    assert_close(found, alone(study.runs, data), 2e-6 if "optim.name=nadam" in optimizer else 1e-9)


@pytest.mark.parametrize("network", [(), CNN], ids=["mlp", "cnn"])
@pytest.mark.parametrize("technique", TECHNIQUES, ids=" ".join)
def test_every_technique(tiny: Tiny, tmp_path: Any, technique: list[str], network: tuple[str, ...]) -> None:
    base = BASE[:-1] if network else BASE
    said = [*base, *network, RATES, "train.epochs=3", "optim.momentum=0.5", *technique]
    study = tiny(*said, "health.measure=true", "health.images=20")
    data = placed(study.runs[0], torch.float64, tmp_path)
    found = stacked([training(spec, data) for spec in study.runs], data)
    assert_close(found, alone(study.runs, data), 1e-9)


@pytest.mark.parametrize(
    "schedule",
    [
        ["schedule.name=onecycle"],
        ["schedule.name=onecycle", "schedule.form=text"],
        ["schedule.name=onecycle", "schedule.form=handson"],
        ["schedule.name=cosine", "schedule.per=epoch"],
        ["schedule.name=power", "schedule.s=3"],
        ["schedule.name=piecewise", "schedule.boundaries=[3, 9]", "schedule.factors=[1.0, 0.5, 0.1]"],
        ["schedule.name=warm_restarts", "schedule.period=3"],
        ["schedule.name=cyclical", "schedule.half_period=3", "schedule.momentum_high=0.9", "schedule.momentum_low=0.0"],
    ],
    ids=" ".join,
)
def test_a_run_that_is_over_asks_its_schedule_nothing_more(tiny: Tiny, tmp_path: Any, schedule: list[str]) -> None:
    study = tiny(*BASE, "optim.lr=1e-2", "train.epochs=[1, 3, 4]", *schedule)
    data = placed(study.runs[0], torch.float64, tmp_path)
    assert_close(stacked([training(spec, data) for spec in study.runs], data), alone(study.runs, data), 1e-9)


@pytest.mark.parametrize("size", [25, 75, 100], ids=["all alike", "one batch", "one smaller batch"])
@pytest.mark.parametrize("network", [(), CNN], ids=["mlp", "cnn"])
def test_batches_of_every_size(tiny: Tiny, tmp_path: Any, network: tuple[str, ...], size: int) -> None:
    base = BASE[:-1] if network else BASE
    said = [*base, *network, RATES, f"train.batch_size={size}", "model.batch_norm=before", "model.dropout=0.1"]
    study = tiny(*said, "health.measure=true")
    data = placed(study.runs[0], torch.float64, tmp_path)
    assert_close(stacked([training(spec, data) for spec in study.runs], data), alone(study.runs, data), 1e-9)


@pytest.mark.parametrize("network", [(), CNN], ids=["mlp", "cnn"])
def test_one_alone_is_a_stack_too(tiny: Tiny, tmp_path: Any, network: tuple[str, ...]) -> None:
    base = BASE[:-1] if network else BASE
    study = tiny(*base, *network, "optim.lr=0.02", "sweep.replicates=1", "model.dropout=0.3", "model.batch_norm=before")
    data = placed(study.runs[0], torch.float64, tmp_path)
    assert_close(stacked([training(spec, data) for spec in study.runs], data), alone(study.runs, data), 1e-9)


@pytest.mark.parametrize("width", [1, 2, 3])
def test_they_may_stand_side_by_side(tiny: Tiny, tmp_path: Any, width: int) -> None:
    study = tiny(*BASE[:-1], *CNN, RATES, "model.dropout=0.3", "health.measure=true", "train.epochs=2")
    data = placed(study.runs[0], torch.float64, tmp_path)
    found = stacked([training(spec, data) for spec in study.runs], data, width=width)
    assert_close(found, alone(study.runs, data), 1e-9)


def test_in_float32_they_agree_to_rounding(tiny: Tiny, tmp_path: Any) -> None:
    study = tiny(*BASE, "optim.lr=[1e-3, 1e-2]", "optim.name=adam", "train.epochs=2")
    data = placed(study.runs[0], torch.float32, tmp_path)
    assert_close(stacked([training(spec, data) for spec in study.runs], data), alone(study.runs, data), 1e-3)


@pytest.mark.parametrize("network", [(), CNN], ids=["mlp", "cnn"])
def test_what_breaks_one_run_leaves_the_others_bits_alone(tiny: Tiny, tmp_path: Any, network: tuple[str, ...]) -> None:
    base = BASE[:-1] if network else BASE
    found = []
    for rate in ("2e-2", "1e12"):
        study = tiny(*base, *network, f"optim.lr=[1e-2, {rate}]", "train.epochs=2", "train.stop_on_nan=false",
                     "model.batch_norm=before", "optim.momentum=0.5")  # fmt: skip
        data = placed(study.runs[0], torch.float32, tmp_path)
        found.append(stacked([training(spec, data) for spec in study.runs], data))
    assert not math.isfinite(found[1][3][1].train_loss) or found[1][3][1].train_loss > 1e3
    for run in (1, 2):
        for one, other in zip(found[0][run], found[1][run], strict=True):
            assert figures(one) == figures(other)


@pytest.mark.parametrize("network", [(), CNN], ids=["mlp", "cnn"])
def test_a_run_of_nan_leaves_the_others_bits_alone(tiny: Tiny, tmp_path: Any, network: tuple[str, ...]) -> None:
    base = BASE[:-1] if network else BASE
    study = tiny(*base, *network, RATES, "train.stop_on_nan=false", "model.batch_norm=before", "model.activation=prelu",
                 "optim.clip_norm=1.0", "regularization.l2=1e-3", "regularization.max_norm=1.0")  # fmt: skip
    data = placed(study.runs[0], torch.float32, tmp_path)
    found = []
    for value in (None, math.nan, math.inf):
        trainings = [training(spec, data) for spec in study.runs]
        if value is not None:
            for parameter in trainings[2].model.parameters():
                torch.nn.init.constant_(parameter, value)
        found.append(stacked(trainings, data))
    for run in (1, 2, 4):
        for one, nan, infinite in zip(*(each[run] for each in found), strict=True):
            assert figures(one) == figures(nan) == figures(infinite)


def test_penalties_leave_a_bias_alone_that_is_infinite(tiny: Tiny, tmp_path: Any) -> None:
    study = tiny(*BASE, RATES, "regularization.l1=1e-3", "regularization.l2=1e-3")
    data = placed(study.runs[0], torch.float64, tmp_path)

    def with_a_dead_unit(spec: RunSpec) -> Training:
        made = training(spec, data)
        with torch.no_grad():
            made.model.get_parameter("0.bias")[3] = -math.inf
        return made

    expected = {spec.run: list(with_a_dead_unit(spec).run(Steps(), Event())) for spec in study.runs}
    assert all(math.isfinite(news[-1].val_loss) for news in expected.values())
    assert_close(stacked([with_a_dead_unit(spec) for spec in study.runs], data), expected, 1e-9)


def test_a_tensor_whose_runs_have_ended_is_trained_no_more(tiny: Tiny, tmp_path: Any) -> None:
    study = tiny(*BASE[:-1], *CNN, "optim.lr=1e-2", "train.epochs=[1, 3, 4]", "sweep.replicates=1")
    data = placed(study.runs[0], torch.float64, tmp_path)
    trainings = [training(spec, data) for spec in study.runs]
    stack, runs = Stack(trainings, data, 1), [spec.run for spec in study.runs]
    tensors = {}
    for _, news in stack.run({run: Steps() for run in runs}, {run: Event() for run in runs}):
        if isinstance(news, EpochRecord):
            tensors[news.epoch] = len(stack.widths)
    assert tensors == {0: 3, 1: 3, 2: 2, 3: 2, 4: 1}


def test_runs_that_diverge_end_and_the_ranks_close(tiny: Tiny, tmp_path: Any) -> None:
    study = tiny(*BASE, "optim.lr=[1e-2, 1e150, 1e200]", "train.epochs=5", "model.dropout=0.2")
    data = placed(study.runs[0], torch.float64, tmp_path)
    trainings = [training(spec, data) for spec in study.runs]
    stack = Stack(trainings, data, 4)
    runs = [spec.run for spec in study.runs]
    found: dict[int, list[Any]] = {run: [] for run in runs}
    sizes = []
    for one, news in stack.run({run: Steps() for run in runs}, {run: Event() for run in runs}):
        found[one.spec.run].append(news)
        sizes.append(sum(stack.widths))
    assert_close(found, alone(study.runs, data), 1e-9)
    assert (sizes[0], sizes[-1]) == (6, 2)


def test_stopped_runs_are_left_and_the_others_go_on(tiny: Tiny, tmp_path: Any) -> None:
    study = tiny(*BASE, RATES, "train.epochs=4")
    data = placed(study.runs[0], torch.float64, tmp_path)
    expected = alone(study.runs, data)
    trainings = [training(spec, data) for spec in study.runs]
    stops = {spec.run: Event() for spec in study.runs}
    found: dict[int, list[Any]] = {run: [] for run in stops}
    for one, news in Stack(trainings, data, 3).run({run: Steps() for run in stops}, stops):
        found[one.spec.run].append(news)
        if isinstance(news, EpochRecord) and news.epoch == 2:
            stops[3].set()
    assert isinstance(found[3][-1], Left)
    assert len(found[3]) in (3, 4)
    for run in (1, 2, 4):
        assert_close({run: found[run]}, {run: expected[run]}, 1e-9)
    for stop in stops.values():
        stop.set()
    assert all(
        isinstance(news[0], Left) for news in stacked([training(s, data) for s in study.runs], data, stops).values()
    )


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=" ".join)
def test_a_run_goes_on_from_a_stacks_checkpoint_in_a_stack_or_alone(
    tiny: Tiny, tmp_path: Any, optimizer: list[str]
) -> None:
    study = tiny(
        *BASE, RATES, *optimizer, "train.epochs=5", "model.dropout=0.2", "model.batch_norm=after",
        "schedule.name=performance", "schedule.patience=1", "early_stopping.patience=4",
    )  # fmt: skip
    data = placed(study.runs[0], torch.float32, tmp_path)
    runs = [spec.run for spec in study.runs]
    stack = Stack([training(spec, data) for spec in study.runs], data, 3)
    whole: dict[int, list[Any]] = {run: [] for run in runs}
    kept: dict[int, bytes] = {}
    for one, news in stack.run({run: Steps() for run in runs}, {run: Event() for run in runs}):
        whole[one.spec.run].append(news)
        if isinstance(news, EpochRecord) and news.epoch == 2:
            stack.settle(one)
            kept[one.spec.run] = one.checkpoint()
    again = stacked([training(spec, data, kept[spec.run]) for spec in study.runs], data, width=3)
    for run in runs:
        for one, other in zip(again[run], whole[run][3:], strict=True):
            assert figures(one) == figures(other), "in a stack: the same bits"
    for spec in study.runs:
        rest = list(training(spec, data, kept[spec.run]).run(Steps(), Event()))
        first, same = rest[0], whole[spec.run][3]
        assert first.epoch == same.epoch == 3
        assert (first.train_loss, first.lr) == pytest.approx((same.train_loss, same.lr), rel=2e-3)


@pytest.mark.parametrize("schedule", [SCHEDULES[2], SCHEDULES[3]], ids=lambda said: said[0])
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=" ".join)
def test_from_any_epoch_on_a_run_may_be_alone_or_in_a_stack(
    tiny: Tiny, tmp_path: Any, monkeypatch: pytest.MonkeyPatch, optimizer: list[str], schedule: list[str]
) -> None:
    if "schedule.name=onecycle" in schedule and "optim.name=adagrad" in optimizer:
        schedule = [*schedule, "schedule.form=handson"]
    build = models.build
    monkeypatch.setattr(models, "build", lambda *given: build(*given).double())  # what is read from a checkpoint too
    calm = "optim.lr=[1e-3, 3e-3]"  # at higher ones RMSProp makes 1e-8 of a unit in the last place, alone too
    study = tiny(*BASE, calm, *optimizer, *schedule, "train.epochs=4", "model.dropout=0.2", "model.batch_norm=after",
                 "early_stopping.patience=4", "early_stopping.restore_best=true")  # fmt: skip
    data = placed(study.runs[0], torch.float64, tmp_path)
    runs = [spec.run for spec in study.runs]
    whole: dict[int, list[Any]] = {run: [] for run in runs}
    of_alone: dict[int, bytes] = {}
    for spec in study.runs:
        one = Training(spec, data)
        for news in one.run(Steps(), Event()):
            whole[spec.run].append(news)
            if isinstance(news, EpochRecord) and news.epoch == 2:
                of_alone[spec.run] = one.checkpoint()
    of_stack: dict[int, bytes] = {}
    stack = Stack([Training(spec, data) for spec in study.runs], data, 3)
    for one, news in stack.run({run: Steps() for run in runs}, {run: Event() for run in runs}):
        if isinstance(news, EpochRecord) and news.epoch == 2:
            stack.settle(one)
            of_stack[one.spec.run] = one.checkpoint()
    rest = {run: news[3:] for run, news in whole.items()}
    close = 2e-6 if "optim.name=nadam" in optimizer else 1e-9

    def again(spec: RunSpec, kept: dict[int, bytes]) -> Training:
        return Training(spec, data, Checkpoint.decoded(kept[spec.run]))

    assert_close(stacked([again(spec, of_alone) for spec in study.runs], data), rest, close)
    assert_close(stacked([again(spec, of_stack) for spec in study.runs], data), rest, close)
    went_on = {spec.run: list(again(spec, of_stack).run(Steps(), Event())) for spec in study.runs}
    assert_close(went_on, rest, close)


class _Waits(TorchDispatchMode):
    """Refuses what waits for a device: a value that the host asks for, a copy to it."""

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = str(function)
        assert "_local_scalar_dense" not in name, name
        assert "item" not in name, name
        assert "nonzero" not in name, name
        return function(*args, **(kwargs or {}))


@pytest.mark.parametrize("network", [(), CNN], ids=["mlp", "cnn"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=" ".join)
def test_a_step_waits_for_nothing(tiny: Tiny, tmp_path: Any, optimizer: list[str], network: tuple[str, ...]) -> None:
    base = BASE[:-1] if network else BASE
    study = tiny(*base, *network, RATES, *optimizer, "model.dropout=0.2", "model.batch_norm=before", "optim.clip_norm=1.0",
                 "regularization.l2=1e-3", "regularization.max_norm=2.0")  # fmt: skip
    data = placed(study.runs[0], torch.float32, tmp_path)
    trainings = [training(spec, data) for spec in study.runs]
    rows = Stack(trainings, data, 100)._groups[0]
    rows.begin_epoch(1)
    with _Waits():
        for step in range(rows.steps):
            rows.step(step)
    assert all(math.isfinite(one.loss) for one in rows.trained())
