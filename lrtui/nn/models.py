"""The paper's MLP and CNN, built from their configuration and a run's own generator."""

import math
from collections.abc import Callable, Sequence
from typing import Literal

import torch
from torch import Tensor, nn

from lrtui.study.networks import CnnConfig, MlpConfig

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {"relu": nn.ReLU, "tanh": nn.Tanh, "logistic": nn.Sigmoid}

Layout = Literal["flat", "channels_last"]


def layout(config: MlpConfig | CnnConfig) -> Layout:
    """Return how a model wants its images: `flat` (N, C·H·W), or (N, C, H, W) in channels_last memory."""
    return "flat" if isinstance(config, MlpConfig) else "channels_last"


def build(
    config: MlpConfig | CnnConfig, shape: Sequence[int], classes: int, generator: torch.Generator
) -> nn.Sequential:
    """Return the model on the CPU, float32, with PyTorch's default initialization drawn from `generator`.

    `shape` is an image's (C, H, W). The model takes a batch in its `layout` and gives logits (N, classes).
    A generator seeded with s gives the weights that `torch.manual_seed(s)` before plain construction gives;
    the global generator is neither read nor moved.
    Raises ValueError when the images are too small for the CNN's poolings.
    """
    if isinstance(config, MlpConfig):
        layers = _dense(math.prod(shape), config.hidden, config.activation)
        features = config.hidden[-1] if config.hidden else math.prod(shape)
    else:
        layers, features = _convolutions(config, shape)
        layers += _dense(features, config.dense, config.activation)
        features = config.dense[-1] if config.dense else features
    model = nn.Sequential(*layers, _linear(features, classes))
    initialize(model, generator)
    return model.to(memory_format=torch.channels_last) if layout(config) == "channels_last" else model


def check(config: MlpConfig | CnnConfig, shape: Sequence[int]) -> None:
    """Raise ValueError when images of `shape` (C, H, W) are too small for the CNN's poolings."""
    if isinstance(config, CnnConfig) and min(shape[1:]) >> len(config.channels) == 0:
        raise ValueError(f"{len(config.channels)} poolings leave nothing of {shape[1]}×{shape[2]} images")


def initialize(model: nn.Module, generator: torch.Generator) -> None:
    """Give every dense and convolution layer PyTorch's default initialization, in order, from `generator`.

    Weights are uniform in ±1/√fan_in (Kaiming uniform with a = √5), biases too.
    """
    for module in model.modules():
        if isinstance(module, nn.Linear | nn.Conv2d):
            nn.init.kaiming_uniform_(module.weight, a=math.sqrt(5), generator=generator)
            bound = 1 / math.sqrt(math.prod(module.weight.shape[1:]))
            if module.bias is not None:
                nn.init.uniform_(module.bias, -bound, bound, generator=generator)


def _dense(features: int, widths: Sequence[int], activation: str) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for width in widths:
        layers += [_linear(features, width), ACTIVATIONS[activation]()]
        features = width
    return layers


def _convolutions(config: CnnConfig, shape: Sequence[int]) -> tuple[list[nn.Module], int]:
    """Return the convolution blocks, ended by a flatten, and the number of features they give."""
    check(config, shape)
    channels, height, width = shape
    layers: list[nn.Module] = []
    for out in config.channels:
        convolution = nn.utils.skip_init(nn.Conv2d, channels, out, kernel_size=3, padding=1)
        layers += [convolution, ACTIVATIONS[config.activation](), nn.MaxPool2d(2)]
        channels, height, width = out, height // 2, width // 2
    return [*layers, nn.Flatten()], channels * height * width


def _linear(features: int, width: int) -> nn.Linear:
    # skip_init: plain construction would draw from the global generator
    layer: nn.Linear = nn.utils.skip_init(nn.Linear, features, width)
    return layer


def as_layout(images: Tensor, wanted: Layout) -> Tensor:
    """Return images (N, C, H, W) for storing: `flat` as (N, C·H·W), `channels_last` as (N, H, W, C), contiguous.

    Taking rows of the latter and permuting gives a channels_last batch without a copy.
    """
    return images.flatten(1) if wanted == "flat" else images.permute(0, 2, 3, 1).contiguous()
