"""µP: what goes with the width and by how much (table 3 of Yang et al., 2022), and that what a step changes does not.

The losses are those of the package of its authors.
"""

import json
import math
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from lrtui.nn import models, mup
from lrtui.nn.mup import rate_factors
from lrtui.study.networks import CnnConfig, MlpConfig
from lrtui.study.optimizers import OPTIMIZERS, GroupConfig, OptimConfig
from lrtui.train import optimizers
from lrtui.train.groups import Groups

WIDTHS = (64, 256, 1024)
SHAPE = (1, 8, 8)
FIXTURE = json.loads((Path(__file__).parents[1] / "fixtures" / "mup.json").read_text())


def network(config: Any, seed: int = 0) -> models.Network:
    return models.build(config, SHAPE, 10, torch.Generator().manual_seed(seed))


def wide(width: int, parametrization: str = "mup", **keys: Any) -> MlpConfig:
    base = {"base_width": 64} if parametrization == "mup" else {}
    return MlpConfig(hidden=(width, width), parametrization=parametrization, **base, **keys)


def test_at_the_base_width_nothing_differs() -> None:
    ours, usual = network(wide(64)), network(wide(64, "standard"))
    assert all(torch.equal(a, b) for a, b in zip(ours.parameters(), usual.parameters(), strict=True))
    groups = Groups(ours, OPTIMIZERS["adam"](lr=0.1), wide(64).width_multiplier)
    assert [group["factor"] for group in groups.of(list(ours.parameters()))] == [1.0]


@pytest.mark.parametrize("init", ["torch", "glorot", "lecun", "he"])
def test_the_output_begins_smaller_by_the_root_of_the_width_and_what_is_between_as_by_its_fan(init: str) -> None:
    spreads = {
        width: [
            parameter.std().item() if parameter.dim() > 1 else parameter.abs().max().item()
            for parameter in network(wide(width, init=init)).parameters()
        ]
        for width in (256, 1024)
    }
    first, _, between, between_bias, output, output_bias = (
        small / large if large else math.nan for small, large in zip(spreads[256], spreads[1024], strict=True)
    )
    assert between == pytest.approx(2, rel=0.05)
    if init == "glorot":  # divides by the mean of both fans
        assert first == pytest.approx(math.sqrt((64 + 1024) / (64 + 256)), rel=0.05)
        assert output == pytest.approx(2 * math.sqrt((1024 + 10) / (256 + 10)), rel=0.05)
    else:
        assert first == pytest.approx(1, rel=0.05)
        assert output == pytest.approx(4, rel=0.05)
    if init == "torch":  # biases are spread as much at every width
        assert (between_bias, output_bias) == pytest.approx((1, 1), rel=0.1)


@pytest.mark.parametrize(
    ("step_of", "factors"),
    [("gradient", [4, 4, 1, 4, 0.25, 1]), ("sign", [1, 1, 0.25, 1, 0.25, 1])],
)
def test_the_factors_of_the_rate_are_the_table_s(step_of: str, factors: list[float]) -> None:
    assert rate_factors(network(wide(256)), 4.0, step_of) == factors


def test_what_stands_between_layers_is_trained_as_their_biases_are() -> None:
    config = wide(256, batch_norm="before", batch_norm_inputs=True, activation="prelu")
    assert rate_factors(network(config), 4.0, "gradient") == [
        *(1, 1),  # of the inputs, of which there are as many at every width
        *(4, 4, 4, 1),  # kernel, γ and β of a unit each, one α
        *(1, 4, 4, 1),
        *(0.25, 1),
    ]


def test_a_cnn_s_channels_are_its_width() -> None:
    config = CnnConfig(channels=(32, 64), dense=(128,), parametrization="mup", base_width=8)
    assert config.width_multiplier == 4
    assert rate_factors(network(config), 4.0, "sign") == [1, 1, 0.25, 1, 0.25, 1, 0.25, 1]


def test_factors_of_groups_multiply_them() -> None:
    optim = OPTIMIZERS["adam"](lr=0.1, groups=(GroupConfig(layers=("dense 2", "output"), factor=0.5),))
    ours = network(wide(256))
    parameters = list(ours.parameters())
    optimizer = optimizers.build(Groups(ours, optim, 4.0).of(parameters), optim, 0.1)
    rates = {id(one): group["lr"] for group in optimizer.param_groups for one in group["params"]}
    assert [rates[id(one)] for one in parameters] == pytest.approx([0.1, 0.1, 0.0125, 0.05, 0.0125, 0.05])
    optimizers.set_rate(optimizer, 1.0, None)
    assert sorted({group["lr"] for group in optimizer.param_groups}) == pytest.approx([0.125, 0.5, 1.0])


def coordinates(width: int, parametrization: str, optim: OptimConfig) -> list[float]:
    """Return how far 4 steps moved what each layer hands on, as the mean amount over units and images."""
    config = wide(width, parametrization, activation="tanh")
    ours = network(config)
    generator = torch.Generator().manual_seed(1)
    images = torch.randn(32, *SHAPE, generator=generator).flatten(1)
    labels = torch.randint(10, (32,), generator=generator)

    def seen() -> list[Tensor]:
        handed, x = [], images
        for module in ours:
            x = module(x)
            if isinstance(module, torch.nn.Linear):
                handed.append(x.detach().clone())
        return handed

    before = seen()
    groups = Groups(ours, optim, config.width_multiplier)
    optimizer = optimizers.build(groups.of(list(ours.parameters())), optim, float(optim.lr))
    for _ in range(4):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(ours(images), labels).backward()
        optimizer.step()
    return [(after - then).abs().mean().item() for then, after in zip(before, seen(), strict=True)]


def slopes(parametrization: str, optim: OptimConfig) -> list[float]:
    """Return by which power of the width each layer's change grows."""
    grown = [coordinates(width, parametrization, optim) for width in WIDTHS]
    xs = torch.log(torch.tensor(WIDTHS, dtype=torch.float64))
    xs = xs - xs.mean()
    ys = torch.log(torch.tensor(grown, dtype=torch.float64))
    return ((xs[:, None] * ys).sum(0) / (xs**2).sum()).tolist()


@pytest.mark.parametrize(
    "optim",
    [
        OPTIMIZERS["sgd"](lr=0.05),
        OPTIMIZERS["sgd"](lr=0.02, momentum=0.9, nesterov=True),
        OPTIMIZERS["adam"](lr=1e-3),
        OPTIMIZERS["adamw"](lr=1e-3),
        OPTIMIZERS["nadam"](lr=1e-3),
        OPTIMIZERS["rmsprop"](lr=1e-3, eps=1e-14),
        OPTIMIZERS["adagrad"](lr=1e-3, eps=1e-14),
        OPTIMIZERS["schedule_free"](lr=1e-3),
        OPTIMIZERS["schedule_free"](lr=0.05, base="sgd"),
    ],
    ids=lambda optim: f"{optim.name}-{optim.lr:g}",
)
def test_coordinate_check(optim: OptimConfig) -> None:
    """What a few steps change of every layer is of one size at every width, and not in the standard parametrization.

    ε is small: gradients get smaller as the width grows, and an ε they come near would shorten their steps.
    """
    assert all(abs(slope) < 0.2 for slope in slopes("mup", optim)), slopes("mup", optim)
    assert max(map(abs, slopes("standard", optim))) > 0.35, slopes("standard", optim)


@pytest.mark.parametrize(
    ("kind", "optim"),
    [
        ("sgd", OPTIMIZERS["sgd"](lr=0.05)),
        ("momentum", OPTIMIZERS["sgd"](lr=0.02, momentum=0.9, nesterov=True)),
        ("adam", OPTIMIZERS["adam"](lr=0.01, eps=1e-14)),
        ("adamw", OPTIMIZERS["adamw"](lr=0.01, eps=1e-14, weight_decay=0.5)),
    ],
)
def test_losses_are_those_of_the_authors_package(kind: str, optim: OptimConfig) -> None:
    """From the same weights, drawn as PyTorch draws them, and on the same rows (tests/fixtures/make_mup.py).

    The package keeps the output layer's weights as large as they are and divides its inputs; the function is the same.
    """
    ours = network(MlpConfig(hidden=(32, 32), activation="tanh"))
    kernels = [layer.kernel for layer in ours.layers]
    generator = torch.Generator().manual_seed(3)
    for kernel in kernels:
        bound = kernel.in_features**-0.5
        for parameter in (kernel.weight, kernel.bias):
            torch.nn.init.uniform_(parameter, -bound, bound, generator=generator)
    mup.begin(kernels, 4.0)
    rows = torch.randn(32, 64, generator=generator)
    labels = torch.randint(10, (32,), generator=generator)
    optimizer = optimizers.build(Groups(ours, optim, 4.0).of(list(ours.parameters())), optim, float(optim.lr))
    losses = []
    for _ in range(8):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(ours(rows), labels)
        losses.append(loss.item())
        loss.backward()
        optimizer.step()
    losses.append(torch.nn.functional.cross_entropy(ours(rows), labels).item())
    assert losses == pytest.approx(FIXTURE[kind], rel=1e-5)
