"""The range test: its rates, its losses, its end, and that the rate it finds trains well."""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from lrtui.data.load import load
from lrtui.study import preset
from lrtui.study.records import EpochRecord, FinderCurve
from lrtui.study.spec import RunSpec
from lrtui.train import seeds
from lrtui.train.finder import find, rates
from lrtui.train.loop import train
from lrtui.train.tensors import TrainingData

DIGITS = """
title = "Digits"
[data]
name = "digits"
[model]
name = "mlp"
hidden = [32]
[optim]
name = "sgd"
lr = "find"
momentum = 0.9
[train]
epochs = 10
batch_size = 32
"""

Make = Callable[..., tuple[RunSpec, TrainingData]]


@pytest.fixture
def digits(tmp_path: Path) -> Make:
    def make(*overrides: str) -> tuple[RunSpec, TrainingData]:
        path = tmp_path / "digits.toml"
        path.write_text(DIGITS)
        spec = preset.load_file(path, overrides=overrides).runs[0]
        dataset = load(spec.config.data, None)
        return spec, TrainingData.place(dataset, spec.config.model.layout, torch.device("cpu"))

    return make


def ignore(_curve: FinderCurve) -> None:
    pass


def test_rates_grow_by_one_factor(digits: Make) -> None:
    spec, _ = digits()
    found = rates(spec.config.finder)
    np.testing.assert_allclose(found, np.geomspace(1e-7, 10, 100), rtol=1e-12)


def test_losses_are_those_of_a_textbook_range_test(digits: Make) -> None:
    """More steps than an epoch has; l2 added to the loss itself, clipping by torch's own function, momentum by hand."""
    spec, data = digits("regularization.l2=0.01", "optim.clip_norm=0.5", "finder.max_lr=0.3", "data.train_limit=200")
    torch.manual_seed(spec.seed)
    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    orders = torch.cat([seeds.order(spec.seed, epoch, 200) for epoch in range(1, 16)])
    steps = [rows for epoch in orders.split(200) for rows in epoch.split(32)]
    moments = [torch.zeros_like(parameter) for parameter in model.parameters()]
    losses = []
    for lr, rows in zip(np.geomspace(1e-7, 0.3, 100), steps, strict=False):
        loss = cross_entropy(model(data.train_images[rows]), data.train_labels[rows])
        losses.append(loss.item())
        (loss + 0.01 * (model[0].weight.square().sum() + model[2].weight.square().sum())).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        with torch.no_grad():
            for parameter, moment in zip(model.parameters(), moments, strict=True):
                moment.mul_(0.9).sub_(parameter.grad, alpha=float(lr))
                parameter.add_(moment)
                parameter.grad = None
    curve = find(spec, data, ignore, Event())
    assert curve is not None
    assert [point.loss for point in curve.points] == pytest.approx(losses, rel=1e-3)


def test_the_loss_is_smoothed_and_bias_corrected(digits: Make) -> None:
    spec, data = digits("finder.smoothing=0.9", "finder.max_lr=0.1")
    curve = find(spec, data, ignore, Event())
    assert curve is not None
    losses = np.array([point.loss for point in curve.points])
    for index, point in enumerate(curve.points):
        weights = 0.9 ** np.arange(index, -1, -1)
        assert point.smoothed == pytest.approx((weights * losses[: index + 1]).sum() / weights.sum())


def test_it_ends_at_a_multiple_of_the_best(digits: Make) -> None:
    spec, data = digits("finder.smoothing=0.5", "finder.max_lr=1000.0")
    curve = find(spec, data, ignore, Event())
    assert curve is not None
    assert curve.over
    smoothed = [point.smoothed for point in curve.points]
    assert len(smoothed) < 100
    assert smoothed[-1] > 4 * min(smoothed)
    assert all(value <= 4 * min(smoothed[: at + 1]) for at, value in enumerate(smoothed[:-1]))


def test_it_ends_at_a_loss_that_is_not_finite(digits: Make) -> None:
    spec, data = digits("model.activation=leaky_relu", "finder.max_lr=1e30", "finder.stop_factor=1e300")
    curve = find(spec, data, ignore, Event())
    assert curve is not None
    assert len(curve.points) < 100
    assert not math.isfinite(curve.points[-1].loss)
    assert all(math.isfinite(point.loss) for point in curve.points[:-1])
    assert curve.chosen is not None


def test_progress_grows_and_ends_with_the_curve(digits: Make) -> None:
    spec, data = digits()
    heard: list[FinderCurve] = []
    curve = find(spec, data, heard.append, Event())
    assert heard[-1] is curve
    assert [one.over for one in heard] == [False] * (len(heard) - 1) + [True]
    assert len(heard) > 10
    assert all(one.points == heard[-1].points[: len(one.points)] for one in heard)


def test_the_same_spec_gives_the_same_curve_and_leaves_global_state_alone(digits: Make) -> None:
    spec, data = digits("model.dropout=0.2", "model.batch_norm=before")
    before = torch.random.get_rng_state()
    first, second = find(spec, data, ignore, Event()), find(spec, data, ignore, Event())
    assert first == second
    assert torch.equal(torch.random.get_rng_state(), before)


def test_it_stops_when_told(digits: Make) -> None:
    spec, data = digits()
    stop = Event()
    heard: list[FinderCurve] = []

    def tell(curve: FinderCurve) -> None:
        heard.append(curve)
        stop.set()

    assert find(spec, data, tell, stop) is None
    assert len(heard) == 1


@pytest.mark.parametrize("optimizer", ["sgd", "nadam"])
def test_the_rate_found_trains_well(digits: Make, optimizer: str) -> None:
    spec, data = digits(f"optim.name={optimizer}")
    curve = find(spec, data, ignore, Event())
    assert curve is not None
    assert curve.chosen == curve.valley is not None

    def accuracy(lr: float) -> float:
        records = train(replace(spec, found_lr=lr), data, SimpleNamespace(step=0), Event())
        return [record for record in records if isinstance(record, EpochRecord)][-1].val_accuracy

    found = accuracy(curve.chosen)
    assert found > 85
    assert found > accuracy(curve.chosen / 100) + 10
    assert found > accuracy(curve.chosen * 100)


@pytest.mark.parametrize("size", [4, 8])
@pytest.mark.parametrize("seed", range(1, 9))
def test_small_batches_suggest_a_rate_that_can_train_or_none(digits: Make, size: int, seed: int) -> None:
    spec, data = digits(f"train.batch_size={size}", f"sweep.seeds=[{seed}]", "model.hidden=[16]", "optim.momentum=0")
    curve = find(spec, data, ignore, Event())
    assert curve is not None
    assert all(lr > 1e-3 for lr in curve.suggestions.values())
    assert curve.chosen is not None or curve.doubt


@pytest.mark.parametrize(
    "said", [(), ("model.init=he",), ("optim.name=adam",), ("optim.name=rmsprop",), ("train.batch_size=4",)]
)
def test_at_rates_that_move_no_weight_there_is_no_suggestion(digits: Make, said: tuple[str, ...]) -> None:
    for seed in range(1, 5):
        spec, data = digits("finder.min_lr=1e-20", "finder.max_lr=1e-14", f"sweep.seeds=[{seed}]", *said)
        curve = find(spec, data, ignore, Event())
        assert curve is not None
        assert (curve.suggestions, curve.doubt) == ({}, "at rates this small no weight changes")


@pytest.mark.parametrize(
    "said",
    [
        ("model.init=constant", "model.init_value=0.0", "optim.momentum=0.0"),  # only the output's biases can learn
        ("model.init=normal", "model.init_sd=1e30"),  # no number from the first step on
        ("finder.max_lr=1e-5",),
    ],
)
def test_a_network_that_cannot_learn_gets_no_suggestion(digits: Make, said: tuple[str, ...]) -> None:
    spec, data = digits(*said)
    curve = find(spec, data, ignore, Event())
    assert curve is not None
    assert curve.suggestions == {}
    assert curve.doubt


def test_several_seeds_give_their_mean_and_a_band(digits: Make) -> None:
    alone = [find(digits(f"sweep.seeds=[{seed}]")[0], digits()[1], ignore, Event()) for seed in (3, 4, 5)]
    spec, data = digits("sweep.seeds=[3]", "finder.seeds=3")
    curve = find(spec, data, ignore, Event())
    assert curve is not None
    assert curve.chosen is not None
    for point, *each in zip(curve.points, *(one.points for one in alone if one is not None), strict=False):
        assert point.loss == pytest.approx(np.mean([one.loss for one in each]))
        assert point.smoothed == pytest.approx(np.mean([one.smoothed for one in each]))
        assert point.low == pytest.approx(min(one.smoothed for one in each))
        assert point.high == pytest.approx(max(one.smoothed for one in each))
    assert all(point.low is None for one in alone if one is not None for point in one.points)
