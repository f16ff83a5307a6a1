"""Recurrent networks: against NumPy, against torch's plain construction, step by step against fused."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from lrtui.nn import models
from lrtui.nn.models import Network
from lrtui.nn.recurrent import Recurrent, Rows
from lrtui.study.networks import MODELS
from lrtui.train.health import noiseless
from tests.nn.made import generator

IMAGE = (2, 5, 4)
KINDS = ("rnn", "lstm", "gru")
Array = NDArray[np.float64]


def network(kind: str, shape: tuple[int, ...] = IMAGE, **keys: object) -> Network:
    config = MODELS[kind].model_validate({"name": kind, "hidden": (6,), **keys})
    return models.build(config, shape, 5, generator(7), generator(8))


def layer(kind: str, nonlinearity: str = "tanh") -> Recurrent:
    made = Recurrent(kind, 3, 4, nonlinearity)
    for parameter in made.parameters():
        torch.nn.init.uniform_(parameter, -1, 1, generator=generator(3))
    return made


def weights(made: Recurrent) -> list[Array]:
    return [parameter.detach().double().numpy() for parameter in made.cell.parameters()]


def sigmoid(x: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-x)))


def in_numpy(made: Recurrent, inputs: Array) -> tuple[Array, Array]:
    """Return the last state and, of an LSTM, the last cell, of a sequence (T, N, inputs), written from the definitions."""
    incoming, recurrent, bias, other_bias = weights(made)
    state = cell = np.zeros((inputs.shape[1], 4))
    for x in inputs:
        if made.kind == "rnn":
            total = x @ incoming.T + bias + state @ recurrent.T + other_bias
            state = np.tanh(total) if made.nonlinearity is torch.tanh else np.maximum(total, 0)
        elif made.kind == "lstm":
            gates = x @ incoming.T + bias + state @ recurrent.T + other_bias
            enter, forget, new, leave = np.split(gates, 4, axis=1)
            cell = sigmoid(forget) * cell + sigmoid(enter) * np.tanh(new)
            state = sigmoid(leave) * np.tanh(cell)
        else:
            reset, update, new = np.split(x @ incoming.T + bias, 3, axis=1)
            of_reset, of_update, of_new = np.split(state @ recurrent.T + other_bias, 3, axis=1)
            update = sigmoid(update + of_update)
            state = (1 - update) * np.tanh(new + sigmoid(reset + of_reset) * of_new) + update * state
    return state, cell


@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize(
    ("kind", "nonlinearity"), [("rnn", "tanh"), ("rnn", "relu"), ("lstm", "tanh"), ("gru", "tanh")]
)
def test_steps_are_those_of_the_definition(kind: str, nonlinearity: str, fused: bool) -> None:
    made = layer(kind, nonlinearity)
    made.fused = fused
    inputs = torch.randn(6, 7, 3, generator=generator(5))
    state, cell = in_numpy(made, inputs.transpose(0, 1).double().numpy())
    assert made(inputs)[:, -1].detach().numpy() == pytest.approx(state, abs=1e-5)
    if not fused:
        assert made.memory[-1].detach().numpy() == pytest.approx(cell if kind == "lstm" else state, abs=1e-5)
        assert len(made.memory) == 7


@pytest.mark.parametrize("kind", KINDS)
def test_step_by_step_a_network_gives_what_it_gives_fused_and_the_same_gradients(kind: str) -> None:
    made = network(kind, hidden=(6, 4))
    images = torch.randn(9, 40, generator=generator(5))
    fused = made(images)
    gradients = torch.autograd.grad(fused.square().sum(), list(made.parameters()))
    with noiseless(made, by_batch=True):
        unrolled = made(images)
        others = torch.autograd.grad(unrolled.square().sum(), list(made.parameters()))
    assert torch.allclose(fused, unrolled, atol=1e-6)
    assert all(torch.allclose(one, other, atol=1e-5) for one, other in zip(gradients, others, strict=True))
    layers = [module for module in made.modules() if isinstance(module, Recurrent)]
    assert all(one.fused and not one.memory for one in layers)


def test_an_image_is_read_row_by_row_with_all_its_channels() -> None:
    images = torch.arange(2 * 40.0).view(2, *IMAGE)
    rows = Rows(IMAGE)(images.flatten(1))
    assert rows.shape == (2, 5, 8)
    assert torch.equal(rows[1, 3], torch.cat([images[1, 0, 3], images[1, 1, 3]]))


@pytest.mark.parametrize("kind", KINDS)
def test_weights_are_those_of_plain_construction_after_the_seed(kind: str) -> None:
    made = network(kind)
    before = torch.random.get_rng_state()
    network(kind)
    assert torch.equal(torch.random.get_rng_state(), before)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        plain = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[kind](8, 6)
        output = torch.nn.Linear(6, 5)
    mine = list(made.parameters())
    expected = [*plain.parameters(), *output.parameters()]
    assert all(torch.equal(one, other) for one, other in zip(mine, expected, strict=True))


def test_keras_begins_a_lstm_so() -> None:
    made = network("lstm", init="glorot", init_distribution="uniform", init_recurrent="orthogonal", forget_bias=1.0)
    (incoming, state, _) = (one.kernel for one in made.layers)
    for gate in range(4):
        rows = slice(6 * gate, 6 * gate + 6)
        assert torch.allclose(state.weight[rows] @ state.weight[rows].T, torch.eye(6), atol=1e-5)
        assert incoming.weight[rows].abs().max() <= (6 / (8 + 6)) ** 0.5
    assert incoming.bias is not None
    assert state.bias is not None
    assert (incoming.bias + state.bias).tolist() == [0.0] * 6 + [1.0] * 6 + [0.0] * 12


def test_kernels_are_named_and_are_the_weights_that_are_trained() -> None:
    made = network("gru", hidden=(6, 4))
    names = ["gru 1 input", "gru 1 recurrent", "gru 2 input", "gru 2 recurrent", "output"]
    assert [one.name for one in made.layers] == names
    assert [tuple(kernel.shape) for kernel in made.kernels] == [(18, 8), (18, 6), (12, 6), (12, 4), (5, 4)]
    parameters = {id(parameter) for parameter in made.parameters()}
    assert all(id(kernel) in parameters for kernel in made.kernels)


@pytest.mark.parametrize("kind", [*KINDS, "transformer"])
def test_over_tokens_every_step_has_logits_that_know_nothing_of_later_ones(kind: str) -> None:
    keys = {"width": 8, "heads": 2, "depth": 2} if kind == "transformer" else {"hidden": (6,)}
    made = models.build(MODELS[kind].model_validate({"name": kind, **keys}), (7,), 5, generator(7), generator(8))
    tokens = torch.randint(5, (4, 7), generator=generator(1))
    other = tokens.clone()
    other[:, 5:] = (other[:, 5:] + 1) % 5
    before, after = made(tokens), made(other)
    assert before.shape == (4, 7, 5)
    assert torch.equal(before[:, :5], after[:, :5])
    assert not torch.allclose(before[:, 5:], after[:, 5:])


def test_the_mean_of_all_states_can_be_read_out() -> None:
    last, mean = network("rnn"), network("rnn", readout="mean")
    images = torch.randn(3, 40, generator=generator(5))
    states = last[1](last[0](images))
    assert torch.allclose(last(images), last[-1](states[:, -1]))
    assert torch.allclose(mean(images), mean[-1](states.mean(1)))
