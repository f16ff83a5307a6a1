"""A model family that lrtui does not know: one configuration, one builder, a registration each."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import pytest
import torch
from pydantic import Field
from torch import nn

from lrtui.nn import models
from lrtui.study.networks import MODELS, NetworkConfig


class ToyConfig(NetworkConfig):
    """`[model] name = "toy"`: a linear network, its inputs halved so many times."""

    name: Literal["toy"] = "toy"
    halvings: int = Field(1, ge=0, description="how often")


class _Halved(nn.Module):
    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x / 2**self.times


def toy(plan: models.Plan, config: ToyConfig, shape: Sequence[int], classes: int) -> None:
    plan.modules.append(_Halved(config.halvings))
    plan.dense(math.prod(shape), (), classes)


PRESET = """
title = "Toy"
[data]
name = "synthetic"
train_limit = 320
val_limit = 100
[model]
name = "toy"
[optim]
name = "sgd"
lr = 0.1
[train]
epochs = 2
[sweep]
"model.halvings" = [0, 3]
"""


def register(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Path:
    """Make the family known, and return a preset of it."""
    monkeypatch.setitem(MODELS, "toy", ToyConfig)
    monkeypatch.setitem(models.FAMILIES, "toy", toy)
    path = folder / "toy.toml"
    path.write_text(PRESET)
    return path
