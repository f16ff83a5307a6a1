"""Things that lrtui does not know, a configuration and a registration each: a model family, a task, a kind of own data."""

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import torch
from pydantic import Field
from torch import nn

from lrtui.data.load import LABELS, Dataset
from lrtui.data.own.arrays import Arrays, sha256_of_arrays
from lrtui.data.own.load import OF_INPUTS, READERS
from lrtui.nn import models
from lrtui.study.components import Form
from lrtui.study.datasets import DATA, Found, OwnDataConfig
from lrtui.study.networks import MODELS, NetworkConfig
from lrtui.study.tasks import TASKS, TaskConfig


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


class BrightnessConfig(TaskConfig):
    """`[task] name = "brightness"`: the mean of a row's numbers."""

    loss, unit, axis, score = "mean squared error of the brightness", "", "mean squared error", "R²"
    gives, labels, needs = "numbers", "brightness", "images"
    counts, labelled = False, False
    name: Literal["brightness"] = "brightness"


def brightness(rows: torch.Tensor) -> torch.Tensor:
    """Return the mean of every row (N, 1)."""
    return rows.flatten(1).mean(1, keepdim=True)


def of_images(dataset: Dataset, task: TaskConfig) -> Dataset:
    """Return a data set of images with their brightness as labels."""
    labels = brightness(dataset.train_images)
    found = Found(tuple(dataset.train_images.shape[1:]), 1, labels.var(correction=0).item())
    return replace(
        dataset,
        train_labels=labels,
        val_labels=brightness(dataset.val_images),
        classes=1,
        task=task,
        fingerprint=replace(dataset.fingerprint, found=found.as_dict()),
    )


def register_task(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the task known, of images and of a person's own rows."""
    monkeypatch.setitem(TASKS, "brightness", BrightnessConfig)
    monkeypatch.setitem(LABELS, "brightness", of_images)
    monkeypatch.setitem(OF_INPUTS, "brightness", brightness)


class PointsConfig(OwnDataConfig):
    """`[data] name = "FILE.points"`: lines of numbers, of which the last is the label."""

    name: str = Field(description="the file")
    skip: int = Field(0, ge=0, description="lines that are left out at the top")


def points(config: PointsConfig, path: Path, test: Path | None, labelled: bool) -> Arrays:
    """Return the rows of such a file."""
    rows = np.loadtxt(path, skiprows=config.skip)
    return Arrays(
        inputs=rows[:, :-1], labels=rows[:, -1], sha256=sha256_of_arrays([rows]), source=str(path), where=config.name
    )


def register_data(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Path:
    """Make the kind of data known, and return a preset on a file of it."""
    form = Form("FILE.points", lambda name: name.endswith(".points"), PointsConfig)
    monkeypatch.setattr(DATA, "forms", (*DATA.forms, form))
    monkeypatch.setitem(READERS, PointsConfig, points)
    generator = np.random.default_rng(1)
    rows = np.column_stack([generator.normal(size=(400, 3)), generator.integers(2, size=400)])
    np.savetxt(folder / "mine.points", rows)
    path = folder / "points.toml"
    path.write_text(
        PRESET.replace('name = "synthetic"\ntrain_limit = 320\nval_limit = 100', 'name = "mine.points"\nskip = 100')
        .replace('"toy"', '"mlp"')
        .replace('"model.halvings" = [0, 3]', "replicates = 2")
    )
    return path
