"""Gradient clipping against NumPy and torch's own."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from lrtui.study.optimizers import SgdConfig
from lrtui.train.clipping import clip_gradients

BY_VALUE, BY_NORM = SgdConfig(lr=0.1, clip_value=1.0), SgdConfig(lr=0.1, clip_norm=1.0)
EACH = SgdConfig(lr=0.1, clip_norm_each=1.0)


def clipped(config, *gradients):
    parameters = [nn.Parameter(torch.zeros(len(gradient))) for gradient in gradients]
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = torch.tensor(gradient)
    clip_gradients(parameters, config)
    return [parameter.grad.numpy() for parameter in parameters]


def test_by_value_turns_the_guide_s_example():
    (gradient,) = clipped(BY_VALUE, [0.9, 100.0])
    np.testing.assert_allclose(gradient, [0.9, 1.0])


def test_by_norm_keeps_the_direction_of_the_guide_s_example():
    (gradient,) = clipped(BY_NORM, [0.9, 100.0])
    np.testing.assert_allclose(gradient, [0.00899964, 0.9999595], rtol=1e-5)


@pytest.mark.parametrize("scale", [0.01, 1.0, 1e4])
def test_random_gradients(scale):
    random = np.random.default_rng(1)
    gradients = [(scale * random.normal(size=n)).astype(np.float32) for n in (5, 17, 1)]
    for got, gradient in zip(clipped(BY_VALUE, *gradients), gradients, strict=True):
        np.testing.assert_array_equal(got, np.clip(gradient, -1, 1))
    norm = np.linalg.norm(np.concatenate(gradients).astype(np.float64))
    for got, gradient in zip(clipped(BY_NORM, *gradients), gradients, strict=True):
        np.testing.assert_allclose(got, gradient * min(1, 1 / norm), rtol=1e-4)
    for got, gradient in zip(clipped(EACH, *gradients), gradients, strict=True):
        np.testing.assert_allclose(got, gradient * min(1, 1 / np.linalg.norm(gradient.astype(np.float64))), rtol=1e-5)


def test_each_by_itself_is_keras_s_clipnorm():
    first, second = clipped(EACH, [3.0, -4.0], [0.0, 0.0])
    np.testing.assert_allclose(first, [0.6, -0.8], rtol=1e-6)
    np.testing.assert_array_equal(second, [0.0, 0.0])


def test_it_is_torch_s():
    gradients = [np.array([3.0, -4.0], np.float32), np.array([12.0], np.float32)]
    parameters = [nn.Parameter(torch.zeros(2)), nn.Parameter(torch.zeros(1))]
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = torch.from_numpy(gradient.copy())
    nn.utils.clip_grad_norm_(parameters, 1.0)
    for got, parameter in zip(clipped(BY_NORM, *gradients), parameters, strict=True):
        np.testing.assert_array_equal(got, parameter.grad.numpy())


def test_without_a_bound_nothing_moves():
    (gradient,) = clipped(SgdConfig(lr=0.1), [1e30, -5.0, math.inf])
    np.testing.assert_array_equal(gradient, np.array([1e30, -5.0, math.inf], np.float32))


@pytest.mark.parametrize("config", [BY_VALUE, BY_NORM, EACH])
def test_nan_stays_nan(config):
    (gradient,) = clipped(config, [math.nan, 2.0])
    assert math.isnan(gradient[0])


@pytest.mark.parametrize("config", [BY_NORM, EACH])
def test_an_infinite_gradient_has_no_direction_to_keep(config):
    (gradient,) = clipped(config, [math.inf, 2.0])
    assert math.isnan(gradient[0])


def test_by_value_an_infinite_component_becomes_the_bound_as_in_numpy_and_torch():
    (gradient,) = clipped(BY_VALUE, [-math.inf, 0.5])
    np.testing.assert_array_equal(gradient, np.array([-1.0, 0.5], np.float32))
