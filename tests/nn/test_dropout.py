"""Dropout drops the share it says, from the run's generator alone; alpha dropout keeps mean 0 and sd 1."""

import math

import pytest
import torch
from torch import nn

from lrtui.nn.dropout import AlphaDropout, Dropout, alpha_constants, only_dropout
from tests.nn.made import KERAS, cnn, generator, images, mlp, network, train

MILLION = 1_000_000


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("kind", [Dropout, AlphaDropout])
def test_the_share_dropped_is_p(kind: type[Dropout], p: float) -> None:
    layer = kind(p, generator())
    first, second = (layer(torch.ones(MILLION)) for _ in range(2))
    dropped = first.min()
    tolerance = 5 * math.sqrt(p * (1 - p) / MILLION)
    assert (first == dropped).double().mean().item() == pytest.approx(p, abs=tolerance)
    both = ((first == dropped) & (second == dropped)).double().mean().item()  # one pass says nothing of the next
    assert both == pytest.approx(p * p, abs=5 * math.sqrt(p * p / MILLION))
    neighbours = ((first[1:] == dropped) & (first[:-1] == dropped)).double().mean().item()
    assert neighbours == pytest.approx(p * p, abs=5 * math.sqrt(p * p / MILLION))


def test_dropout_scales_what_it_keeps_and_its_gradient() -> None:
    x = torch.randn(1000, generator=generator()).requires_grad_()
    out = Dropout(0.2, generator())(x)
    kept = out != 0
    torch.testing.assert_close(out[kept], x[kept] / 0.8)
    out.sum().backward()
    torch.testing.assert_close(x.grad, kept / 0.8)


@pytest.mark.parametrize("p", [0.05, 0.1, 0.5])
def test_alpha_dropout_keeps_mean_0_and_sd_1(p: float) -> None:
    out = AlphaDropout(p, generator(1))(torch.randn(MILLION, generator=generator(2)))
    assert out.mean().item() == pytest.approx(0, abs=0.006)
    assert out.std().item() == pytest.approx(1, abs=0.006)


@pytest.mark.parametrize("p", [0.1, 0.25, 0.5])
def test_alpha_dropout_maps_as_keras_and_torch_do(p: float) -> None:
    theirs = KERAS["alpha_dropout"][str(p)]
    layer = AlphaDropout(p, generator())
    zeros, ones = (layer(torch.full((500,), x)).unique() for x in (0.0, 1.0))
    expected = torch.tensor([theirs["dropped"], theirs["kept 0"]])
    torch.testing.assert_close(zeros, expected, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(ones, torch.tensor([theirs["dropped"], theirs["kept 1"]]), rtol=1e-6, atol=1e-6)
    with torch.random.fork_rng():
        torchs = nn.AlphaDropout(p)(torch.zeros(500)).unique()
    torch.testing.assert_close(zeros, torchs, rtol=1e-6, atol=1e-6)


def test_alpha_dropouts_constants_solve_their_equations() -> None:
    p = 0.3
    bound, scale, shift = alpha_constants(p)  # of a value with mean 0 and sd 1, dropped with probability p
    mean = scale * p * bound + shift
    square = (1 - p) * (scale**2 + shift**2) + p * (scale * bound + shift) ** 2
    assert mean == pytest.approx(0, abs=1e-12)
    assert square == pytest.approx(1, abs=1e-12)


def test_alpha_dropouts_gradient_flows_through_what_is_kept() -> None:
    x = torch.zeros(1000, requires_grad=True)
    out = AlphaDropout(0.4, generator())(x)
    out.sum().backward()
    torch.testing.assert_close(x.grad, (out > 0) * alpha_constants(0.4)[1])


@pytest.mark.parametrize("kind", [Dropout, AlphaDropout])
def test_nothing_is_dropped_at_inference(kind: type[Dropout]) -> None:
    x = torch.randn(10)
    assert kind(0.5).eval()(x) is x


def test_training_without_a_generator_is_refused() -> None:
    with pytest.raises(ValueError, match="AlphaDropout has no generator"):
        AlphaDropout(0.5)(torch.ones(3))


def test_images_keep_their_memory_layout() -> None:
    x = torch.ones(2, 3, 4, 4).contiguous(memory_format=torch.channels_last)
    assert Dropout(0.5, generator())(x).is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("config", [mlp(dropout=0.3, activation="rrelu"), cnn(dropout=0.3, dropout_kind="alpha")])
def test_same_seeds_same_bits_and_the_global_generator_stays(config: object) -> None:
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = train(network(config), images(config), 5)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    assert train(network(config), images(config), 5) == first
    assert train(network(config, noise=99), images(config), 5) != first


def test_noise_can_be_set_later() -> None:
    config = mlp(dropout=0.5)
    model = network(config)
    model.set_noise(generator(5))
    first = model(images(config))
    model.set_noise(generator(5))
    assert torch.equal(model(images(config)), first)


def test_only_dropout_leaves_everything_else_at_inference() -> None:
    config = mlp(dropout=0.5, batch_norm="before", activation="rrelu")
    model = network(config)
    model[0].eval()
    modes = [module.training for module in model.modules()]
    with only_dropout(model):
        training = [type(module) for module in model.modules() if module.training]
        assert training == [Dropout, Dropout]
        assert not torch.equal(model(images(config)), model(images(config)))
    assert [module.training for module in model.modules()] == modes
    assert torch.all(model[1].running_mean == 0)


def test_only_dropout_puts_modes_back_after_an_error() -> None:
    model = network(mlp(dropout=0.5))
    with pytest.raises(KeyError), only_dropout(model):
        raise KeyError
    assert all(module.training for module in model.modules())
