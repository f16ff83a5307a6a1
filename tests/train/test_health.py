"""The health of layers: every figure against NumPy, and that measuring changes nothing."""

import math
from collections.abc import Callable
from dataclasses import replace
from threading import Event
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from lrtui.data.load import load
from lrtui.nn import models
from lrtui.study.diagnostics import HealthConfig
from lrtui.study.networks import CnnConfig, MlpConfig
from lrtui.study.records import EpochRecord, LayerRecord
from lrtui.study.spec import Study
from lrtui.train.health import HealthProbe, distinct_units
from lrtui.train.loop import train
from lrtui.train.tensors import TrainingData

SHAPE, CLASSES, IMAGES = (1, 8, 8), 5, 40


def make(config: MlpConfig | CnnConfig) -> tuple[models.Network, TrainingData]:
    generator = torch.Generator().manual_seed(4)
    images = models.as_layout(torch.randn(60, *SHAPE, generator=generator), config.layout)
    labels = torch.randint(0, CLASSES, (60,), generator=generator)
    data = TrainingData(images, labels, images, labels, images, labels, SHAPE, CLASSES, config.layout)
    network = models.build(config, SHAPE, CLASSES, torch.Generator().manual_seed(1), torch.Generator().manual_seed(2))
    return network, data


def measure(network: models.Network, data: TrainingData, **thresholds: Any) -> tuple[LayerRecord, ...]:
    return HealthProbe(network, HealthConfig(images=IMAGES, **thresholds), data, run=3).measure(7)


def forward(
    network: models.Network, data: TrainingData, activation: Callable[[np.ndarray], np.ndarray]
) -> list[np.ndarray]:
    """Return what each dense layer hands on, in NumPy float64."""
    values = data.train_images[:IMAGES].double().numpy()
    handed = []
    for layer in network.layers:
        weight, bias = (tensor.detach().double().numpy() for tensor in (layer.kernel.weight, layer.kernel.bias))
        values = values @ weight.T + bias
        values = values if layer.activation is None else activation(values)
        handed.append(values)
    return handed


def gradients(network: models.Network, data: TrainingData) -> list[np.ndarray]:
    """Return the kernels' gradients of the mean cross-entropy of a ReLU network, by hand in NumPy float64."""
    handed = forward(network, data, lambda values: np.maximum(values, 0))
    inputs = [data.train_images[:IMAGES].double().numpy(), *handed[:-1]]
    exponentials = np.exp(handed[-1])
    error = exponentials / exponentials.sum(1, keepdims=True) - np.eye(CLASSES)[data.train_labels[:IMAGES].numpy()]
    error /= IMAGES
    found = []
    for index in reversed(range(len(handed))):
        found.append(error.T @ inputs[index])
        weight = network.layers[index].kernel.weight.detach().double().numpy()
        error = (error @ weight) * (inputs[index] > 0)
    return found[::-1]


def test_figures_of_a_relu_network() -> None:
    network, data = make(MlpConfig(hidden=(30, 30, 12), init="normal", init_sd=0.3))
    with torch.no_grad():
        network.layers[1].kernel.weight[:6] = 0.0  # dead, and alike
        network.layers[1].kernel.bias[:6] = -1.0
    records = measure(network, data)
    handed = forward(network, data, lambda values: np.maximum(values, 0))
    assert [record.name for record in records] == ["dense 1", "dense 2", "dense 3", "output"]
    assert [record.layer for record in records] == [1, 2, 3, 4]
    assert [record.units for record in records] == [30, 30, 12, CLASSES]
    assert [record.distinct_units for record in records] == [30, 25, 12, CLASSES]
    assert {(record.run, record.epoch) for record in records} == {(3, 7)}
    for record, values, gradient in zip(records, handed, gradients(network, data), strict=True):
        assert record.activation_mean == pytest.approx(values.mean(), rel=1e-4)
        assert record.activation_sd == pytest.approx(values.std(), rel=1e-4)
        assert record.gradient_rms == pytest.approx(np.sqrt((gradient**2).mean()), rel=1e-4)
        assert record.update_ratio is None
        assert record.saturated is None
    for record, values in zip(records[:-1], handed, strict=False):
        assert record.dead == pytest.approx((values.max(0) <= 0).mean())
    assert records[1].dead == pytest.approx(6 / 30)
    assert records[-1].dead is None


@pytest.mark.parametrize(
    ("name", "function", "low", "high"),
    [("logistic", lambda x: 1 / (1 + np.exp(-x)), 0, 1), ("tanh", np.tanh, -1, 1)],
)
def test_saturated_outputs(name: str, function: Callable[[np.ndarray], np.ndarray], low: float, high: float) -> None:
    network, data = make(MlpConfig(hidden=(20, 20), activation=name, init="normal"))
    records = measure(network, data)
    for record, values in zip(records[:-1], forward(network, data, function), strict=False):
        near = (values <= low + 0.01) | (values >= high - 0.01)
        assert 0.1 < near.mean() < 0.9
        assert record.saturated == pytest.approx(near.mean(), abs=1 / values.size)
        assert record.dead is None
    assert records[-1].saturated is None


@pytest.mark.parametrize(
    ("name", "share"),
    [
        ("relu", 0.4), ("leaky_relu", 0.4), ("rrelu", 0.4), ("prelu", 0.4),
        ("elu", None), ("selu", None), ("gelu", None), ("silu", None),
    ],
)  # fmt: skip
def test_only_units_of_the_relu_family_can_be_dead(name: str, share: float | None) -> None:
    network, data = make(MlpConfig(hidden=(10, 10), activation=name, init="he"))
    with torch.no_grad():
        network.layers[0].kernel.bias[:4] = -100.0
    record = measure(network, data)[0]
    assert record.dead == (None if share is None else pytest.approx(share))
    assert record.saturated is None


def test_a_channel_is_a_unit_of_a_convolution() -> None:
    network, data = make(CnnConfig(channels=(6, 4), dense=(7,)))
    with torch.no_grad():
        network.layers[0].kernel.bias[:3] = -100.0
    outputs: dict[str, Tensor] = {}
    for layer in network.layers:
        layer.output.register_forward_hook(lambda _m, _i, output, name=layer.name: outputs.update({name: output}))
    network(data.batch(data.train_images[:IMAGES]))
    records = measure(network, data)
    assert [(record.name, record.units) for record in records] == [
        ("conv 1", 6), ("conv 2", 4), ("dense 1", 7), ("output", CLASSES),
    ]  # fmt: skip
    assert records[0].dead == 0.5
    for record in records:
        values = outputs[record.name].detach().double().numpy()
        assert record.activation_mean == pytest.approx(values.mean(), rel=1e-4)
        assert record.activation_sd == pytest.approx(values.std(), rel=1e-4)


def test_after_the_activation_normalization_is_handed_on_but_death_is_the_activations() -> None:
    network, data = make(MlpConfig(hidden=(10, 10), batch_norm="after", init="he"))
    with torch.no_grad():
        network.layers[0].kernel.bias[:5] = -100.0
    first = measure(network, data)[0]
    assert first.dead == 0.5
    assert first.activation_mean == pytest.approx(0, abs=1e-6)
    assert 0.6 < first.activation_sd < 0.75  # half of the units have none


def test_batch_normalization_goes_by_the_batch_as_in_training() -> None:
    network, data = make(MlpConfig(depth=8, width=20, activation="logistic", batch_norm="before", init="normal"))
    kernel = network.layers[0].kernel.weight
    network.train()
    loss = cross_entropy(network(data.train_images[:IMAGES]), data.train_labels[:IMAGES])
    (gradient,) = torch.autograd.grad(loss, [kernel])
    assert measure(network, data)[0].gradient_rms == pytest.approx(gradient.square().mean().sqrt().item(), rel=1e-4)


def test_one_image_is_enough() -> None:
    network, data = make(MlpConfig(hidden=(10,), batch_norm="before"))
    records = HealthProbe(network, HealthConfig(images=1), data, run=1).measure(0)
    assert all(math.isfinite(record.gradient_rms) for record in records)


def test_update_ratio_is_the_relative_length_of_a_step() -> None:
    network, data = make(MlpConfig(hidden=(10, 10)))
    probe = HealthProbe(network, HealthConfig(images=IMAGES), data, run=1)
    before = [kernel.detach().double().numpy().copy() for kernel in network.kernels]
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    cross_entropy(network(data.train_images), data.train_labels).backward()
    probe.before_step()
    optimizer.step()
    probe.after_step()
    for record, old, kernel in zip(probe.measure(1), before, network.kernels, strict=True):
        change = kernel.detach().double().numpy() - old
        assert record.update_ratio == pytest.approx(np.linalg.norm(change) / np.linalg.norm(old), rel=1e-4)


def test_gradients_far_below_float32s_squares_are_measured() -> None:
    network, data = make(MlpConfig(depth=30, width=10, activation="logistic", init="normal", init_sd=0.2))
    sizes = [record.gradient_rms for record in measure(network, data)]
    assert 0 < sizes[0] < 1e-23
    assert sizes == sorted(sizes)


def test_units_are_distinct_when_any_weight_or_the_bias_differs() -> None:
    layer = torch.nn.Linear(3, 4)
    with torch.no_grad():
        layer.weight.fill_(0.5)
        layer.bias.zero_()
        assert distinct_units(layer) == 1
        layer.weight[0, 2] = 0.25
        layer.bias[1] = 1.0
    assert distinct_units(layer) == 3


def test_what_overflowed_is_recorded_as_it_is() -> None:
    network, data = make(MlpConfig(hidden=(10, 10)))
    with torch.no_grad():
        network.layers[0].kernel.weight.fill_(math.nan)
    assert math.isnan(measure(network, data)[0].activation_mean)
    assert math.isnan(measure(network, data)[0].gradient_rms)


@pytest.mark.parametrize(
    "config",
    [
        MlpConfig(hidden=(10, 10), activation="rrelu", batch_norm="before", dropout=0.3, batch_norm_inputs=True),
        CnnConfig(channels=(4, 4), dense=(7,), batch_norm="after", dropout=0.3),
    ],
)
@pytest.mark.parametrize("training", [True, False])
def test_measuring_leaves_the_network_as_it_was(config: MlpConfig | CnnConfig, training: bool) -> None:
    network, data = make(config)
    noise = torch.Generator().manual_seed(8)
    network.set_noise(noise)
    network.train(training)
    network[0].training = not training
    for parameter in network.parameters():
        parameter.grad = torch.full_like(parameter, 0.5)
    modes = [(module.training, getattr(module, "track_running_stats", None)) for module in network.modules()]
    state = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    drawn, everyones = noise.get_state(), torch.random.get_rng_state()
    measure(network, data)
    assert modes == [(module.training, getattr(module, "track_running_stats", None)) for module in network.modules()]
    assert all(torch.equal(tensor, state[name]) for name, tensor in network.state_dict().items())
    assert all(torch.equal(p.grad, torch.full_like(p, 0.5)) for p in network.parameters() if p.grad is not None)
    assert torch.equal(noise.get_state(), drawn)
    assert torch.equal(torch.random.get_rng_state(), everyones)
    assert not any(module._forward_hooks for module in network.modules())


def test_a_run_with_health_gives_the_same_figures(tiny: Callable[..., Study]) -> None:
    def run(*overrides: str) -> list[EpochRecord]:
        study = tiny("data.name=digits", "model.batch_norm=before", "model.dropout=0.2", "train.epochs=2", *overrides)
        spec = study.runs[0]
        data = TrainingData.place(load(spec.config.data, None), "flat", torch.device("cpu"))
        records = train(spec, data, SimpleNamespace(step=0), Event())
        return [record for record in records if isinstance(record, EpochRecord)]

    plain, healthy = run(), run("health.measure=true")
    assert [len(record.layers) for record in healthy] == [2, 2, 2]
    assert healthy[0].layers[0].update_ratio is None
    assert healthy[2].layers[0].update_ratio > 0
    assert [replace(record, layers=(), seconds=0) for record in healthy] == [
        replace(record, seconds=0) for record in plain
    ]
