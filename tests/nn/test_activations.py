"""Activations give torch's and Keras's numbers; RReLU draws from the run's own generator."""

from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional

from lrtui.nn.activations import RReLU, activation
from tests.nn.made import KERAS, generator, images, mlp, network

X = torch.linspace(-4, 4, 33)
PLAIN = [name for name in KERAS["activations"] if name != "x"]


@pytest.mark.parametrize("name", PLAIN)
def test_values_are_keras_own(name: str) -> None:
    assert X.tolist() == KERAS["activations"]["x"]
    ours = activation(mlp(activation=name), None)(X)
    torch.testing.assert_close(ours, torch.tensor(KERAS["activations"][name]), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "alpha", "theirs"),
    [
        ("leaky_relu", 0.2, lambda x: functional.leaky_relu(x, 0.2)),
        ("prelu", 0.4, lambda x: functional.leaky_relu(x, 0.4)),
        ("elu", 0.5, lambda x: functional.elu(x, 0.5)),
        ("elu", 0.0, functional.relu),
    ],
)
def test_alpha_is_the_one_given(name: str, alpha: float, theirs: Any) -> None:
    torch.testing.assert_close(activation(mlp(activation=name, alpha=alpha), None)(X), theirs(X))


def test_prelu_is_trained_but_no_kernel() -> None:
    model = network(mlp(activation="prelu"))
    slopes = [module.weight for module in model if isinstance(module, nn.PReLU)]
    assert [slope.item() for slope in slopes] == [0.25, 0.25]
    assert all(any(slope is parameter for parameter in model.parameters()) for slope in slopes)
    assert not any(slope is kernel for slope in slopes for kernel in model.kernels)


def test_rrelu_draws_slopes_between_an_eighth_and_a_third() -> None:
    layer = RReLU(generator())
    x = torch.full((100_000,), -1.0, requires_grad=True)
    slopes = -layer(x)
    assert slopes.min().item() >= 1 / 8
    assert slopes.max().item() <= 1 / 3
    assert slopes.mean().item() == pytest.approx((1 / 8 + 1 / 3) / 2, abs=1e-3)
    assert slopes.std().item() == pytest.approx((1 / 3 - 1 / 8) / 12**0.5, rel=0.01)
    slopes.sum().backward()
    assert torch.equal(-x.grad, slopes)
    assert torch.equal(layer(X.clamp(min=0)), X.clamp(min=0))


def test_rrelu_takes_the_mean_slope_at_inference() -> None:
    torch.testing.assert_close(RReLU(None).eval()(X), functional.leaky_relu(X, (1 / 8 + 1 / 3) / 2))


def test_rrelu_needs_a_generator_to_train() -> None:
    with pytest.raises(ValueError, match="RReLU has no generator"):
        RReLU(None)(X)


def test_every_activation_trains_a_network() -> None:
    for name in [*PLAIN, "rrelu"]:
        config = mlp(activation=name, init="he")
        model = network(config)
        before = [kernel.detach().clone() for kernel in model.kernels]
        nn.functional.cross_entropy(model(images(config)), torch.arange(16) % 5).backward()
        assert all(kernel.grad.abs().sum() > 0 for kernel in model.kernels), name
        assert all(torch.equal(kernel, first) for kernel, first in zip(model.kernels, before, strict=True))
