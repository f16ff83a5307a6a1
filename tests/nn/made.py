"""What the tests of networks share."""

import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from lrtui.nn import models
from lrtui.study.networks import CnnConfig, MlpConfig

KERAS: dict[str, Any] = json.loads((Path(__file__).parents[1] / "fixtures" / "keras_networks.json").read_text())
"""Keras's own numbers; `make_keras_networks.py` beside them made them."""

IMAGE = (3, 8, 8)


def generator(seed: int = 7) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def mlp(**keys: Any) -> MlpConfig:
    return MlpConfig(**{"hidden": (12, 8), **keys})


def cnn(**keys: Any) -> CnnConfig:
    return CnnConfig(**{"channels": (4, 6), "dense": (10,), **keys})


def network(config: MlpConfig | CnnConfig, seed: int = 7, noise: int = 8) -> models.Network:
    return models.build(config, IMAGE, 5, generator(seed), generator(noise))


def images(config: MlpConfig | CnnConfig, count: int = 16, seed: int = 9) -> Tensor:
    drawn = torch.rand(count, *IMAGE, generator=generator(seed))
    return drawn.flatten(1) if config.layout == "flat" else drawn.contiguous(memory_format=torch.channels_last)


def train(model: nn.Module, batch: Tensor, steps: int = 20) -> list[float]:
    """Return the loss of every step on one batch."""
    labels = torch.arange(len(batch)) % 5
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    losses = []
    model.train()
    for _ in range(steps):
        loss = nn.functional.cross_entropy(model(batch), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def names(model: nn.Sequential) -> list[str]:
    return [type(module).__name__ for module in model]
