"""Batch normalization and dropout stand where the configuration says, and layers are known by name."""

import copy
from typing import Any

import pytest
import torch
from torch import nn

from lrtui.nn import models
from tests.nn.made import KERAS, cnn, images, mlp, names, network, train


def order(config: Any) -> str:
    return " ".join(names(network(config)))


def test_batch_norm_stands_where_it_is_put() -> None:
    assert order(mlp(batch_norm="before")) == "Linear BatchNorm1d ReLU Linear BatchNorm1d ReLU Linear"
    assert order(mlp(batch_norm="after")) == "Linear ReLU BatchNorm1d Linear ReLU BatchNorm1d Linear"
    assert order(mlp(batch_norm_inputs=True)) == "BatchNorm1d Linear ReLU Linear ReLU Linear"
    assert order(cnn(batch_norm="before", batch_norm_inputs=True)) == (
        "BatchNorm2d Conv2d BatchNorm2d ReLU MaxPool2d Conv2d BatchNorm2d ReLU MaxPool2d "
        "Flatten Linear BatchNorm1d ReLU Linear"
    )
    assert order(cnn(batch_norm="after", channels=(4,))) == (
        "Conv2d ReLU BatchNorm2d MaxPool2d Flatten Linear ReLU BatchNorm1d Linear"
    )


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("hidden", "Linear ReLU Dropout Linear ReLU Dropout Linear"),
        ("inputs", "Dropout Linear ReLU Linear ReLU Linear"),
        ("everywhere", "Dropout Linear ReLU Dropout Linear ReLU Dropout Linear"),
        ("last", "Linear ReLU Linear ReLU Dropout Linear"),
    ],
)
def test_dropout_stands_where_it_is_put(where: str, expected: str) -> None:
    assert order(mlp(dropout=0.1, dropout_where=where)) == expected
    alpha = expected.replace("Dropout", "AlphaDropout")
    assert order(mlp(dropout=0.1, dropout_where=where, dropout_kind="alpha")) == alpha
    assert order(mlp(dropout_where=where)) == "Linear ReLU Linear ReLU Linear"


def test_dropout_in_a_cnn_comes_after_pooling_and_batch_norm() -> None:
    assert order(cnn(dropout=0.1, batch_norm="after", batch_norm_inputs=True, dropout_where="everywhere")) == (
        "BatchNorm2d Dropout Conv2d ReLU BatchNorm2d MaxPool2d Dropout Conv2d ReLU BatchNorm2d MaxPool2d Dropout "
        "Flatten Linear ReLU BatchNorm1d Dropout Linear"
    )
    assert order(cnn(dropout=0.1, dropout_where="last")).endswith("Flatten Linear ReLU Dropout Linear")
    assert order(cnn(dropout=0.1, dropout_where="last", dense=())).endswith("MaxPool2d Dropout Flatten Linear")


def test_layers_are_known_by_name() -> None:
    layers = network(cnn(batch_norm="after", activation="selu", dropout=0.1)).layers
    assert [layer.name for layer in layers] == ["conv 1", "conv 2", "dense 1", "output"]
    assert [type(layer.output).__name__ for layer in layers] == ["BatchNorm2d", "BatchNorm2d", "BatchNorm1d", "Linear"]
    assert [layer.activation for layer in layers] == ["selu", "selu", "selu", None]
    model = network(mlp(batch_norm="before"))
    assert [type(layer.output).__name__ for layer in model.layers] == ["ReLU", "ReLU", "Linear"]
    assert [layer.kernel.bias is None for layer in model.layers] == [True, True, False]
    assert [kernel.shape for kernel in model.kernels] == [(12, 192), (8, 12), (5, 8)]


def test_a_copy_knows_its_own_layers() -> None:
    model = network(mlp())
    twin = copy.deepcopy(model)
    assert twin.layers[0].kernel is twin[0]
    assert all(ours is not theirs for ours, theirs in zip(model.kernels, twin.kernels, strict=True))


def test_batch_norm_of_the_inputs_has_four_numbers_an_input() -> None:
    norm = network(mlp(batch_norm_inputs=True))[0]
    assert sum(parameter.numel() for parameter in norm.parameters()) == 2 * 192
    assert norm.running_mean.numel() + norm.running_var.numel() == 2 * 192


@pytest.mark.parametrize("variance", ["unbiased", "biased"])
def test_batch_norm_is_keras_own(variance: str) -> None:
    case = {key: torch.tensor(values) for key, values in KERAS["batch_normalization"].items()}
    config = mlp(batch_norm_inputs=True, batch_norm_variance=variance)
    norm = models.build(config, (4, 1, 1), 5, torch.Generator())[0]
    norm.load_state_dict({**norm.state_dict(), "weight": case["gamma"], "bias": case["beta"]})
    for batch, expected in zip(case["batches"], case["trained"], strict=True):
        normalized = norm(batch)
        normalized.sum().backward()
        torch.testing.assert_close(normalized, expected, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(norm.running_mean, case["moving_mean"])
    # Keras averages the variance of the batch, torch the unbiased estimate that divides by n - 1
    kept = 0.99 ** len(case["batches"])
    unbiased = kept + (case["moving_variance"] - kept) * 16 / 15
    torch.testing.assert_close(norm.running_var, case["moving_variance"] if variance == "biased" else unbiased)
    norm.running_var.copy_(case["moving_variance"])
    torch.testing.assert_close(norm.eval()(case["batches"][0]), case["inferred"], rtol=1e-4, atol=1e-5)


def test_momentum_and_epsilon_are_the_ones_given() -> None:
    norms = [
        module
        for module in network(cnn(batch_norm="after", batch_norm_momentum=0.9, batch_norm_eps=1e-5))
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d)
    ]
    assert [(norm.momentum, norm.eps) for norm in norms] == [(pytest.approx(0.1), 1e-5)] * 3


@pytest.mark.parametrize("activation", ["relu", "rrelu", "prelu", "selu"])
@pytest.mark.parametrize("batch_norm", ["none", "before", "after"])
@pytest.mark.parametrize("make", [mlp, cnn])
def test_every_combination_learns(make: Any, batch_norm: str, activation: str) -> None:
    config = make(
        activation=activation, batch_norm=batch_norm, batch_norm_inputs=True, dropout=0.05, dropout_where="everywhere"
    )
    losses = train(network(config), images(config))
    assert min(losses[-5:]) < losses[0]


def test_twenty_self_normalizing_layers_keep_their_spread() -> None:
    config = mlp(hidden=(100,) * 20, activation="selu", init="lecun", dropout=0.1, dropout_kind="alpha")
    model = models.build(config, (1, 10, 10), 5, torch.Generator().manual_seed(1), torch.Generator().manual_seed(2))
    signal = torch.randn(500, 100, generator=torch.Generator().manual_seed(3))
    for module in model[:-1]:
        signal = module(signal)
    assert signal.mean().item() == pytest.approx(0, abs=0.15)
    assert signal.std().item() == pytest.approx(1, abs=0.15)
