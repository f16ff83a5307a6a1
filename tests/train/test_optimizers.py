"""The optimizers, step by step in float64, against NumPy recurrences and Keras's own (kept in a fixture)."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from lrtui.study.optimizers import (
    OPTIMIZERS,
    AdagradConfig,
    AdamConfig,
    AdamWConfig,
    NadamConfig,
    RmspropConfig,
    SgdConfig,
)
from lrtui.train import optimizers

KERAS = json.loads((Path(__file__).parents[1] / "fixtures" / "keras_optimizers.json").read_text())
CURVATURE, START = np.array(KERAS["curvature"]), np.array(KERAS["start"])
RATES, MOMENTA = KERAS["rates"], KERAS["momenta"]
STEPS = 200


def gradient(theta, t):
    return CURVATURE * theta + np.sin(0.37 * t + np.arange(4))


def ours(config, rates=None, momenta=None, dtype=torch.float64):
    """Return θ after every step; two parameter tensors share the four numbers."""
    theta = [torch.nn.Parameter(torch.tensor(part, dtype=dtype)) for part in (START[:3], START[3:])]
    optimizer = optimizers.build(theta, config, config.lr)
    kept = []
    for t in range(STEPS):
        if rates is not None:
            optimizers.set_rate(optimizer, rates[t], None if momenta is None else momenta[t])
        g = torch.tensor(gradient(torch.cat(theta).detach().double().numpy(), t), dtype=dtype)
        theta[0].grad, theta[1].grad = g[:3].clone(), g[3:].clone()
        optimizer.step()
        kept.append(torch.cat(theta).detach().double().numpy())
    return np.array(kept)


def numpy_steps(update):
    """Return θ after every step of θ ← θ + update(g, t), t from 0."""
    theta, kept = START.copy(), []
    for t in range(STEPS):
        theta = theta + update(gradient(theta, t), t)
        kept.append(theta.copy())
    return np.array(kept)


def numpy_nadam(lr, beta1, beta2, eps, decay):
    """Return the steps of tf.keras ≤ 2.10 (decay 0.004), after Dozat's paper."""
    m, v, product = 0.0, 0.0, 1.0

    def update(g, t):
        nonlocal m, v, product
        mu, mu_next = (beta1 * (1 - 0.5 * 0.96 ** (decay * i)) for i in (t + 1, t + 2))
        product *= mu
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
        mean = (1 - mu) * g / (1 - product) + mu_next * m / (1 - product * mu_next)
        return -lr * mean / (np.sqrt(v / (1 - beta2 ** (t + 1))) + eps)

    return numpy_steps(update)


def numpy_momentum(rates, momenta, nesterov=False):
    """Return the guide's: m ← βm − ηg, θ ← θ + m; Nesterov as Keras takes it, θ ← θ + βm − ηg."""
    m = 0.0

    def update(g, t):
        nonlocal m
        m = momenta[t] * m - rates[t] * g
        return momenta[t] * m - rates[t] * g if nesterov else m

    return numpy_steps(update)


def close(left, right, tolerance=1e-12):
    np.testing.assert_allclose(left, right, rtol=0, atol=tolerance)


@pytest.mark.parametrize("decay", [0.004, 1.0])
def test_nadam_is_the_published_recurrence(decay):
    steps = ours(NadamConfig(lr=0.01, momentum_decay=decay))
    close(steps, numpy_nadam(0.01, 0.9, 0.999, 1e-7, decay), 1e-6)  # torch keeps the product of momenta in float32


def test_nadam_in_float32_stays_with_it():
    close(ours(NadamConfig(lr=0.01), dtype=torch.float32), numpy_nadam(0.01, 0.9, 0.999, 1e-7, 0.004), 2e-5)


def test_nadam_with_a_momentum_decay_of_1_is_that_of_keras_3():
    close(ours(NadamConfig(lr=0.01, momentum_decay=1.0))[9::10], KERAS["nadam"], 1e-6)


def test_nadam_of_keras_3_is_not_that_of_2_10():
    assert np.abs(ours(NadamConfig(lr=0.01))[9::10] - KERAS["nadam"]).max() > 1e-3


@pytest.mark.parametrize("eps", [1e-7, 0.1])
def test_adam(eps):
    m, v = 0.0, 0.0

    def update(g, t):
        nonlocal m, v
        m, v = 0.8 * m + 0.2 * g, 0.99 * v + 0.01 * g**2
        return -0.02 * m / (1 - 0.8 ** (t + 1)) / (np.sqrt(v / (1 - 0.99 ** (t + 1))) + eps)

    close(ours(AdamConfig(lr=0.02, beta1=0.8, beta2=0.99, eps=eps)), numpy_steps(update))


def test_adam_is_keras_s():
    # Keras adds ε to the root before the correction of its start at zero
    close(ours(AdamConfig(lr=0.01))[9::10], KERAS["adam"], 1e-6)


def test_adamw_decays_weights_apart_from_the_gradient():
    m, v, theta, kept = 0.0, 0.0, START.copy(), []
    for t in range(STEPS):
        g = gradient(theta, t)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        theta = theta * (1 - 0.01 * 0.1)
        theta = theta - 0.01 * m / (1 - 0.9 ** (t + 1)) / (np.sqrt(v / (1 - 0.999 ** (t + 1))) + 1e-7)
        kept.append(theta)
    close(ours(AdamWConfig(lr=0.01, weight_decay=0.1)), kept)


@pytest.mark.parametrize("inside", [True, False])
@pytest.mark.parametrize(("beta", "eps"), [(0.0, 1e-7), (0.9, 1e-7), (0.9, 0.1)])
def test_rmsprop(beta, eps, inside):
    s, m = 0.0, 0.0

    def update(g, t):
        nonlocal s, m
        s = 0.9 * s + 0.1 * g**2
        m = beta * m - RATES[t] * g / (np.sqrt(s + eps) if inside else np.sqrt(s) + eps)
        return m

    config = RmspropConfig(lr=RATES[0], momentum=beta, eps=eps, eps_inside=inside)
    close(ours(config, RATES), numpy_steps(update))


@pytest.mark.parametrize("inside", [True, False])
@pytest.mark.parametrize("first", [0.0, 0.1])
def test_adagrad(first, inside):
    s = first

    def update(g, t):
        nonlocal s
        s = s + g**2
        return -0.3 * g / (np.sqrt(s + 0.01) if inside else np.sqrt(s) + 0.01)

    close(ours(AdagradConfig(lr=0.3, eps=0.01, eps_inside=inside, initial_accumulator=first)), numpy_steps(update))


@pytest.mark.parametrize(
    ("config", "theirs"),
    [
        (RmspropConfig(lr=0.01, momentum=0.9, eps_inside=False), lambda p: torch.optim.RMSprop(p, 0.01, 0.9, 1e-7, momentum=0.9)),
        (AdagradConfig(lr=0.3, eps_inside=False), lambda p: torch.optim.Adagrad(p, 0.3, eps=1e-7)),
    ],
)  # fmt: skip
def test_outside_the_root_it_is_torch_s(config, theirs):
    weight = torch.nn.Parameter(torch.tensor(START))
    optimizer = theirs([weight])
    kept = []
    for t in range(STEPS):
        weight.grad = torch.tensor(gradient(weight.detach().numpy(), t))
        optimizer.step()
        kept.append(weight.detach().numpy().copy())
    close(ours(config), kept)


@pytest.mark.parametrize("config", [RmspropConfig(lr=0.5), RmspropConfig(lr=0.5, momentum=0.9), AdagradConfig(lr=0.5)])
def test_epsilon_inside_the_root_bounds_the_step_of_a_small_gradient(config):
    weight, idle = torch.nn.Parameter(torch.zeros(1)), torch.nn.Parameter(torch.ones(1))
    optimizer = optimizers.build([weight, idle], config, config.lr)
    weight.grad = torch.full((1,), 1e-9)
    optimizer.step()
    assert weight.item() == pytest.approx(-0.5 * 1e-9 / 1e-7**0.5)
    assert idle.item() == 1.0


@pytest.mark.parametrize("nesterov", [False, True])
def test_momentum(nesterov):
    steps = ours(SgdConfig(lr=0.05, momentum=0.9, nesterov=nesterov))
    close(steps, numpy_momentum([0.05] * STEPS, [0.9] * STEPS, nesterov))


def test_without_momentum_a_step_is_the_rate_times_the_gradient():
    close(ours(SgdConfig(lr=0.1), RATES), numpy_steps(lambda g, t: -RATES[t] * g))


@pytest.mark.parametrize("nesterov", [False, True])
def test_momentum_while_the_rate_and_beta_move(nesterov):
    steps = ours(SgdConfig(lr=0.3, momentum=0.5, nesterov=nesterov), RATES, MOMENTA)
    close(steps, numpy_momentum(RATES, MOMENTA, nesterov))
    close(steps[9::10], KERAS["nesterov" if nesterov else "sgd"], 1e-10)


@pytest.mark.parametrize("config", [SgdConfig(lr=0.01), RmspropConfig(lr=0.01)])
def test_momentum_that_only_the_schedule_brings(config):
    if config.name == "sgd":
        close(ours(config, RATES, MOMENTA), numpy_momentum(RATES, MOMENTA))
    else:
        close(ours(config, RATES, MOMENTA), ours(RmspropConfig(lr=0.01, momentum=0.5), RATES, MOMENTA))


@pytest.mark.parametrize("nesterov", [False, True])
def test_momentum_through_zero_and_back(nesterov):
    momenta = [0.9 if t % 3 else 0.0 for t in range(STEPS)]
    steps = ours(SgdConfig(lr=0.05, momentum=0.9, nesterov=nesterov), RATES, momenta)
    close(steps, numpy_momentum(RATES, momenta, nesterov))


@pytest.mark.parametrize("config", [AdamConfig(lr=0.01), AdamWConfig(lr=0.01), NadamConfig(lr=0.01)])
def test_the_adam_family_s_momentum_is_beta_1(config):
    weight = torch.nn.Parameter(torch.ones(1))
    optimizer = optimizers.build([weight], config, config.lr)
    optimizers.set_rate(optimizer, 0.5, 0.85)
    assert optimizer.param_groups[0]["lr"] == 0.5
    assert optimizer.param_groups[0]["betas"] == (0.85, 0.999)
    optimizers.set_rate(optimizer, 0.25, None)
    assert optimizer.param_groups[0]["betas"] == (0.85, 0.999)


def test_the_momentum_of_an_optimizer():
    assert SgdConfig(lr=1.0, momentum=0.9).first_momentum == 0.9
    assert NadamConfig(lr=1.0, beta1=0.8).first_momentum == 0.8
    assert AdagradConfig(lr=1.0).first_momentum == 0.0


def test_which_optimizers_are_adaptive():
    assert [name for name, config in OPTIMIZERS.items() if not config.adaptive] == ["sgd"]


def test_the_rate_given_counts_where_the_configured_one_is_to_be_found():
    optimizer = optimizers.build([torch.nn.Parameter(torch.ones(1))], SgdConfig(lr="find"), 0.125)
    assert optimizer.param_groups[0]["lr"] == 0.125
