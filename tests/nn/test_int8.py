"""int8 layers give what NumPy's whole numbers give, and leave what they cannot do."""

import copy
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import unfold

from lrtui.nn.int8 import Int8Conv2d, Int8Linear, quantized
from tests.nn.made import cnn, images, mlp, network


def whole(rows: Any) -> tuple[Any, Any]:
    """Return rows of floats as whole numbers from -127 to 127, and the scale of each."""
    scale = np.abs(rows).max(1, keepdims=True) / np.float32(127)
    return np.rint(rows / np.where(scale, scale, 1)).astype(np.int64), scale


def by_hand(rows: Tensor, weight: Tensor, bias: Tensor | None, scales_of: Tensor | None = None) -> Any:
    """Return the outputs of a dense layer in int8, float64; every image's scale is that of `scales_of`, if it is given."""
    weights, unit = whole(weight.detach().numpy())
    if scales_of is None:
        inputs, scale = whole(rows.numpy())
    else:
        _, scale = whole(scales_of.numpy())
        inputs = np.rint(rows.numpy() / scale).astype(np.int64)
    sums = (inputs @ weights.T).astype(np.float64) * scale * unit.T
    return sums + (0 if bias is None else bias.detach().numpy())


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("features", [1, 7, 64])
def test_a_dense_layer_is_that_of_whole_numbers(features: int, bias: bool) -> None:
    layer = nn.Linear(features, 5, bias=bias)
    rows = torch.randn(9, features)
    rows[3] = 0
    with torch.no_grad():
        layer.weight[2] = 0
    outputs = Int8Linear(layer)(rows)
    assert outputs.dtype == torch.float32
    np.testing.assert_allclose(outputs, by_hand(rows, layer.weight, layer.bias), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("stride", "padding"), [(1, 1), (2, 0), ((1, 2), (2, 1))])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_a_convolution_is_the_dense_layer_of_its_windows(stride: Any, padding: Any, layout: Any) -> None:
    layer = nn.Conv2d(3, 4, (3, 2), stride=stride, padding=padding)
    x = torch.randn(5, 3, 8, 6).contiguous(memory_format=layout)
    outputs = Int8Conv2d(layer)(x)
    assert outputs.shape == layer(x).shape
    windows = unfold(x, (3, 2), padding=padding, stride=stride).permute(0, 2, 1)  # (N, places, C·kh·kw)
    for image in range(5):
        expected = by_hand(
            windows[image], layer.weight.flatten(1), layer.bias, x[image].flatten().expand(windows.shape[1], -1)
        )
        np.testing.assert_allclose(outputs[image].detach().flatten(1).T, expected, rtol=1e-5, atol=1e-6)


def test_steps_of_a_sequence_have_a_scale_each() -> None:
    layer = nn.Linear(6, 3)
    x = torch.randn(2, 5, 6)
    assert torch.equal(Int8Linear(layer)(x)[1, 4], Int8Linear(layer)(x[1, 4:5])[0])


@pytest.mark.parametrize("value", [torch.nan, torch.inf])
def test_what_is_not_a_number_stays_none(value: float) -> None:
    rows = torch.randn(3, 4)
    rows[1, 2] = value
    outputs = Int8Linear(nn.Linear(4, 2))(rows)
    assert outputs.isnan().all(1).tolist() == [False, True, False]


@pytest.mark.parametrize("config", [mlp(batch_norm="before", dropout=0.2), cnn(batch_norm="after", activation="prelu")])
def test_a_network_keeps_its_other_modules_and_gives_nearly_the_same_logits(config: Any) -> None:
    model = network(config).eval()
    before = copy.deepcopy(model.state_dict())
    small, layers = quantized(model)
    assert layers == len(model.layers)
    assert all(torch.equal(one, before[name]) for name, one in model.state_dict().items())
    assert sum(one.nbytes for one in small.state_dict().values()) < sum(one.nbytes for one in before.values()) / 2
    x = images(config)
    torch.testing.assert_close(small(x), model(x), rtol=0.1, atol=0.1)


def test_what_is_more_than_one_plain_product_is_left() -> None:
    odd = nn.Sequential(
        nn.Conv2d(4, 4, 3, groups=2), nn.Conv2d(4, 4, 3, dilation=2), nn.Conv2d(4, 4, 3, padding="same"), nn.Flatten()
    )
    small, layers = quantized(odd)
    assert layers == 0
    assert [type(module) for module in small.children()] == [nn.Conv2d, nn.Conv2d, nn.Conv2d, nn.Flatten]
    nested, layers = quantized(nn.ModuleList([nn.Sequential(nn.Linear(2, 2)), nn.Linear(2, 1)]))
    assert layers == 2
    assert isinstance(nested, nn.ModuleList)
