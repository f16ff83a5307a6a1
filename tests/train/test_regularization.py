"""Penalties against autograd and Keras, max-norm against NumPy."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from lrtui.study.regularization import RegularizationConfig
from lrtui.train.regularization import Regularizer

KERAS = json.loads((Path(__file__).parents[1] / "fixtures" / "keras_penalties.json").read_text())


def kernels(dtype=torch.float64):
    generator = torch.Generator().manual_seed(1)
    shapes = [(5, 7), (4, 3, 3, 3), (2, 5)]
    made = [nn.Parameter(torch.randn(shape, generator=generator, dtype=dtype)) for shape in shapes]
    with torch.no_grad():
        made[0][0, 0] = 0.0
    for kernel in made:
        kernel.grad = torch.randn(kernel.shape, generator=generator, dtype=dtype)
    return made


def gradients(parameters):
    return [parameter.grad.clone() for parameter in parameters]


@pytest.mark.parametrize(("l1", "l2"), [(0.0, 0.01), (0.02, 0.0), (0.3, 0.1)])
def test_the_gradient_is_that_of_the_penalty(l1, l2):
    weights = kernels()
    before = gradients(weights)
    Regularizer(weights, RegularizationConfig(l1=l1, l2=l2)).add_gradients()
    penalty = sum(l1 * weight.abs().sum() + l2 * weight.square().sum() for weight in weights)
    for weight, old, added in zip(weights, before, torch.autograd.grad(penalty, weights), strict=True):
        torch.testing.assert_close(weight.grad, old + added)


@pytest.mark.parametrize("name", ["l1", "l2"])
def test_the_penalty_is_keras_s(name):
    weights = [nn.Parameter(torch.tensor(kernel, dtype=torch.float64).T) for kernel in KERAS["kernels"]]
    penalty = Regularizer(weights, RegularizationConfig(**{name: 0.01})).penalty()
    assert penalty.item() == pytest.approx(KERAS[name], rel=1e-7)


def test_both_penalties_add():
    weights = kernels()
    both = Regularizer(weights, RegularizationConfig(l1=0.5, l2=0.25)).penalty()
    flat = np.concatenate([weight.detach().numpy().ravel() for weight in weights])
    assert both.item() == pytest.approx(0.5 * np.abs(flat).sum() + 0.25 * (flat**2).sum())


def test_max_norm_bounds_each_unit_and_keeps_its_direction():
    weights = kernels()
    before = [weight.detach().clone() for weight in weights]
    Regularizer(weights, RegularizationConfig(max_norm=1.5)).constrain()
    for weight, old in zip(weights, before, strict=True):
        rows, old_rows = weight.detach().flatten(1).numpy(), old.flatten(1).numpy()
        norms, old_norms = np.linalg.norm(rows, axis=1), np.linalg.norm(old_rows, axis=1)
        assert (norms <= 1.5 * (1 + 1e-6)).all()
        np.testing.assert_allclose(norms, np.minimum(old_norms, 1.5), rtol=1e-6)
        np.testing.assert_allclose(rows / norms[:, None], old_rows / old_norms[:, None], rtol=1e-6, atol=1e-9)
    assert any((old.flatten(1).norm(dim=1) < 1.5).any() for old in before), "some unit is short enough to be left alone"


def test_max_norm_may_leave_the_output_layer_alone():
    weights = kernels()
    output = weights[-1].detach().clone()
    Regularizer(weights, RegularizationConfig(max_norm=0.1, max_norm_output=False)).constrain()
    assert all((weight.detach().flatten(1).norm(dim=1) <= 0.1 * (1 + 1e-6)).all() for weight in weights[:-1])
    assert torch.equal(weights[-1], output)


def test_nothing_configured_does_nothing():
    weights = kernels(torch.float32)
    before, old = gradients(weights), [weight.detach().clone() for weight in weights]
    regularizer = Regularizer(weights, RegularizationConfig())
    regularizer.add_gradients()
    regularizer.constrain()
    assert regularizer.penalty().item() == 0
    for weight, gradient, value in zip(weights, before, old, strict=True):
        assert torch.equal(weight.grad, gradient)
        assert torch.equal(weight, value)
