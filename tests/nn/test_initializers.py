"""Weights begin with the variance and the bounds the guide's formulas give, and Keras's own draws show."""

import math
from typing import Any

import pytest
import torch
from torch import nn

from lrtui.nn.initializers import initialize
from lrtui.study.networks import MlpConfig
from tests.nn.made import KERAS, cnn, generator, mlp, network

SCALES = {"glorot": 1, "lecun": 1, "he": 2}


def begun(layers: list[nn.Linear | nn.Conv2d], **keys: Any) -> list[nn.Linear | nn.Conv2d]:
    initialize(layers, MlpConfig(**keys), generator())
    return layers


def dense(fan_in: int = 400, fan_out: int = 150) -> nn.Linear:
    return nn.utils.skip_init(nn.Linear, fan_in, fan_out)


def conv() -> nn.Conv2d:
    return nn.utils.skip_init(nn.Conv2d, 24, 60, kernel_size=3)


@pytest.mark.parametrize("init", SCALES)
@pytest.mark.parametrize("distribution", ["normal", "uniform", "truncated"])
@pytest.mark.parametrize("fan", ["fan_in", "fan_out", "fan_avg"])
def test_variance_is_the_formulas(init: str, distribution: str, fan: str) -> None:
    layers = begun([dense(), conv()], init=init, init_distribution=distribution, init_fan=fan)
    fans = {"fan_in": (400, 24 * 9), "fan_out": (150, 60 * 9), "fan_avg": (275, 42 * 9)}[fan]
    for layer, divisor in zip(layers, fans, strict=True):
        variance = SCALES[init] / divisor
        weights = layer.weight.detach().double()
        assert weights.var().item() == pytest.approx(variance, rel=0.05)
        assert abs(weights.mean().item()) < 5 * math.sqrt(variance / weights.numel())
        bound = {
            "normal": math.inf,
            "uniform": math.sqrt(3 * variance),
            "truncated": 2 * math.sqrt(variance) / 0.87962566,
        }[distribution]
        assert weights.abs().max().item() <= bound * (1 + 1e-6)
        if distribution == "normal":
            assert weights.abs().max().item() > 3.5 * math.sqrt(variance)  # not cut
        assert torch.all(layer.bias == 0)


@pytest.mark.parametrize("key", KERAS["initializers"])
def test_spread_is_keras_own(key: str) -> None:
    init, fan, distribution = key.split("/")
    layers = begun(
        [dense(), conv()], init=init, init_fan=None if fan == "default" else fan, init_distribution=distribution
    )
    for layer, kind in zip(layers, ("dense", "conv"), strict=True):
        theirs, weights = KERAS["initializers"][key][kind], layer.weight.detach()
        assert weights.std().item() == pytest.approx(theirs["sd"], rel=0.03)
        if distribution != "normal":  # a bound: both draw up to it
            assert weights.abs().max().item() == pytest.approx(theirs["largest"], rel=0.01)


def test_normal_has_the_sd_it_is_given() -> None:
    layer = begun([dense()], init="normal")[0]
    assert layer.weight.std().item() == pytest.approx(1, rel=0.02)
    assert begun([dense()], init="normal", init_sd=0.2)[0].weight.std().item() == pytest.approx(0.2, rel=0.02)


def test_constant_is_the_value_given_or_one_drawn_for_each_layer() -> None:
    for layer in begun([dense(), conv()], init="constant", init_value=0.25):
        assert torch.all(layer.weight == 0.25)
    values = [layer.weight.unique() for layer in begun([dense(8, 4) for _ in range(400)], init="constant")]
    assert all(len(value) == 1 for value in values)
    drawn = torch.stack(values)
    assert len(drawn.unique()) == 400
    assert drawn.var().item() == pytest.approx(2 / 8, rel=0.2)


def test_biases_begin_as_asked() -> None:
    uniform = begun([dense()], init="he", init_bias="uniform")[0].bias
    assert uniform.abs().max().item() <= 1 / math.sqrt(400)
    assert uniform.abs().max().item() > 0.9 / math.sqrt(400)
    assert torch.all(begun([dense()], init_bias="zero")[0].bias == 0)


def test_the_output_layer_can_begin_as_keras_dense() -> None:
    hidden, output = begun([dense(400, 400), dense()], init="he", init_output="glorot_uniform")
    assert hidden.weight.var().item() == pytest.approx(2 / 400, rel=0.05)
    bound = math.sqrt(3 / 275)
    assert 0.99 * bound < output.weight.abs().max().item() <= bound
    assert torch.all(output.bias == 0)


@pytest.mark.parametrize("config", [mlp(batch_norm="before"), cnn(dropout=0.5), cnn(activation="prelu")])
def test_what_stands_between_layers_does_not_change_torchs_draws(config: Any) -> None:
    draws = generator()
    for layer in network(config).layers:
        plain = nn.utils.skip_init(type(layer.kernel), *_sizes(layer.kernel))
        nn.init.kaiming_uniform_(plain.weight, a=math.sqrt(5), generator=draws)
        assert torch.equal(layer.kernel.weight, plain.weight)
        if layer.kernel.bias is not None:
            bound = 1 / math.sqrt(plain.weight[0].numel())
            assert torch.equal(
                layer.kernel.bias, torch.empty(len(plain.weight)).uniform_(-bound, bound, generator=draws)
            )


def _sizes(layer: nn.Linear | nn.Conv2d) -> tuple[int, ...]:
    if isinstance(layer, nn.Linear):
        return (layer.in_features, layer.out_features)
    return (layer.in_channels, layer.out_channels, 3)
