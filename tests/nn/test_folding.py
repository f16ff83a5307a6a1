"""Folding batch normalization changes no output, and leaves what cannot be folded exactly."""

import copy
from typing import Any

import pytest
import torch
from torch import nn

from lrtui.nn.folding import can_fold, fold
from tests.nn.made import cnn, images, mlp, names, network, train

MLPS = [
    mlp(batch_norm="before"),
    mlp(batch_norm="after", activation="elu"),
    mlp(batch_norm_inputs=True),
    mlp(batch_norm="before", batch_norm_inputs=True, dropout=0.2, dropout_where="everywhere"),
    mlp(batch_norm="after", batch_norm_inputs=True, dropout=0.2, activation="prelu"),
    mlp(batch_norm_inputs=True, hidden=()),
]
CNNS = [
    (cnn(batch_norm="before", dropout=0.2), 0),
    (cnn(batch_norm="before", batch_norm_inputs=True), 1),
    (cnn(batch_norm="after", batch_norm_inputs=True, dropout=0.2), 3),
    (cnn(batch_norm="after", dense=()), 2),
]


def trained(config: Any) -> Any:
    """Return a network whose batch normalization has statistics, scales (some negative) and shifts worth folding."""
    model = network(config)
    train(model, 3 * images(config) - 1)
    with torch.no_grad():
        for module in model:
            if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
                module.weight[::2] *= -1.5
                module.bias += torch.linspace(-1, 1, len(module.bias))
    return model.eval()


@pytest.mark.parametrize(("config", "left"), [*((config, 0) for config in MLPS), *CNNS])
def test_outputs_are_equal(config: Any, left: int) -> None:
    model = trained(config)
    before = copy.deepcopy(model.state_dict())
    folded = fold(model)
    assert sum(name.startswith("BatchNorm") for name in names(folded)) == left
    assert not any("Dropout" in name for name in names(folded))
    assert not folded.training
    fresh = images(config, 50, seed=77)
    with torch.inference_mode():
        torch.testing.assert_close(folded(fresh), model(fresh), rtol=1e-5, atol=1e-5)
    assert all(torch.equal(values, before[key]) for key, values in model.state_dict().items())


def test_a_folded_mlp_is_a_plain_one() -> None:
    assert names(fold(network(MLPS[3]))) == ["Linear", "ReLU", "Linear", "ReLU", "Linear"]


@pytest.mark.parametrize(
    ("config", "can"),
    [
        (mlp(), False),
        (mlp(dropout=0.5), False),
        (cnn(batch_norm_inputs=True), False),
        (cnn(batch_norm="after", dense=()), False),
        (cnn(batch_norm="after"), True),
        *((config, True) for config in MLPS),
    ],
)
def test_can_fold_says_whether_anything_folds(config: Any, can: bool) -> None:
    model = network(config)
    assert can_fold(model) is can
    norms = [sum(name.startswith("BatchNorm") for name in names(either)) for either in (model, fold(model))]
    assert (norms[1] < norms[0]) is can
