"""Networks as rows of one tensor: each gives what it gives alone, and takes no notice of the others."""

import math

import pytest
import torch
from torch import Tensor, nn

from lrtui.nn import models
from lrtui.nn.models import Network
from lrtui.nn.stacked import ALIGNMENT, StackedNetwork
from lrtui.study.networks import CnnConfig, MlpConfig, NetworkConfig

SHAPE, CLASSES = (3, 8, 8), 5
CONFIGS = [
    MlpConfig(hidden=(7, 5)),
    MlpConfig(hidden=(7, 5), batch_norm="before", batch_norm_inputs=True, activation="prelu"),
    CnnConfig(channels=(3, 5), dense=(7,)),
    CnnConfig(channels=(3,), dense=(), batch_norm="after", batch_norm_variance="biased", activation="prelu"),
]


def networks(config: NetworkConfig, count: int = 3) -> list[Network]:
    return [models.build(config, SHAPE, CLASSES, torch.Generator().manual_seed(seed)).double() for seed in range(count)]


def stored(config: NetworkConfig, count: int) -> Tensor:
    images = torch.rand(count, *SHAPE, generator=torch.Generator().manual_seed(9), dtype=torch.float64)
    return models.as_layout(images, config.layout)


def as_taken(config: NetworkConfig, images: Tensor) -> Tensor:
    return images if config.layout == "flat" else images.permute(0, 3, 1, 2)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: f"{config.name} {config.batch_norm}")
def test_a_row_gives_what_its_network_gives(config: NetworkConfig, *, training: bool) -> None:
    alone = networks(config)
    stack = StackedNetwork(alone, [0, 0, 0], [])
    own = stored(config, 12)  # four images for each
    logits = stack(stack.images(own), training=training)
    assert logits.shape == (3, 4, CLASSES)
    for network, row, images in zip(alone, logits, own.split(4), strict=True):
        torch.testing.assert_close(network.train(training)(as_taken(config, images)), row, rtol=1e-12, atol=1e-12)
    shared = stack(stack.same_images(own[:4]), training=False)
    for number, (network, row) in enumerate(zip(alone, shared, strict=True)):
        torch.testing.assert_close(network.eval()(as_taken(config, own[:4])), row, rtol=1e-12, atol=1e-12)
        again = models.build(config, SHAPE, CLASSES, torch.Generator().manual_seed(77)).double()
        stack.give(number, again)
        for name, value in network.state_dict().items():
            torch.testing.assert_close(again.state_dict()[name], value, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_every_parameter_begins_at_a_multiple_of_sixteen_bytes(dtype: torch.dtype) -> None:
    made = [network.to(dtype) for network in networks(MlpConfig(hidden=(7, 5)))]
    stack = StackedNetwork(made, [0, 0, 0], [])
    for parameter in stack.parameters.values():
        assert all(row.data_ptr() % ALIGNMENT == stack.flat.data_ptr() % ALIGNMENT for row in parameter)


@pytest.mark.parametrize("value", [math.nan, math.inf])
@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: f"{config.name} {config.batch_norm}")
def test_what_is_not_finite_stays_in_its_row(config: NetworkConfig, value: float) -> None:
    calm, wild = networks(config), networks(config)
    for parameter in wild[1].parameters():
        nn.init.constant_(parameter, value)
    given = []
    for alone in (calm, wild):
        stack = StackedNetwork(alone, [0, 0, 0], [])
        logits = stack(stack.images(stored(config, 12)), training=True)
        gradients = torch.autograd.grad(logits.square().sum(), list(stack.parameters.values()))
        given.append([logits, *gradients, *stack.buffers.values()])
    assert not given[1][0][1].isfinite().any()
    for one, other in zip(*given, strict=True):
        assert torch.equal(one[[0, 2]], other[[0, 2]])


def test_masks_are_those_of_the_seed() -> None:
    config = MlpConfig(hidden=(40,), dropout=0.5)
    noise = [torch.Generator().manual_seed(seed) for seed in (4, 5)]
    alone = [
        models.build(config, SHAPE, CLASSES, torch.Generator().manual_seed(1), torch.Generator().manual_seed(seed))
        for seed in (4, 5, 4)
    ]
    stack = StackedNetwork(alone, [0, 1, 0], noise)
    images = stored(config, 6).float()
    logits = stack(stack.same_images(images), training=True)
    assert torch.equal(logits[0], logits[2])
    for network, row in zip(alone, logits, strict=True):
        torch.testing.assert_close(network.train()(images), row)


@pytest.mark.parametrize("module", [nn.LayerNorm(5), nn.Bilinear(5, 5, 5)], ids=lambda module: type(module).__name__)
def test_a_module_of_unknown_parameters_is_refused(module: nn.Module) -> None:
    with pytest.raises(ValueError, match=f"{type(module).__name__} has no stacked form"):
        StackedNetwork([Network(nn.Linear(4, 5), module)], [0], [])


def test_rrelu_is_refused() -> None:
    with pytest.raises(ValueError, match="RReLU has no stacked form"):
        StackedNetwork(networks(MlpConfig(hidden=(7,), activation="rrelu")), [0, 0, 0], [])
