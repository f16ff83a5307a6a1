"""A model family that lrtui does not know: one configuration, one builder, a registration each; the rest follows."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

import pytest
from pydantic import Field
from torch import nn

from lrtui.nn import models
from lrtui.session import Session
from lrtui.store.reader import open_study
from lrtui.study import preset
from lrtui.study.networks import MODELS, NetworkConfig
from lrtui.study.problems import PresetError
from lrtui.study.records import StudyStatus


class ToyConfig(NetworkConfig):
    """`[model] name = "toy"`: a linear network, its inputs halved so many times."""

    name: Literal["toy"] = "toy"
    halvings: int = Field(1, ge=0, description="how often")


class _Halved(nn.Module):
    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    def forward(self, x):
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


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setitem(MODELS, "toy", ToyConfig)
    monkeypatch.setitem(models.FAMILIES, "toy", toy)
    path = tmp_path / "toy.toml"
    path.write_text(PRESET)
    return path


def test_it_is_checked_shown_and_resolved(file: Path) -> None:
    assert preset.check_file(file) == []
    study = preset.load_file(file)
    assert study.scenarios == tuple(f"toy-synthetic-sgd-1e-1 model.halvings={count}" for count in (0, 3))
    assert study.resolved["model"]["name"] == "toy"
    assert preset.from_resolved("toy", study.resolved).runs == study.runs
    assert "halvings" in preset.resolved_toml(study)


def test_what_is_wrong_with_it_is_said(file: Path) -> None:
    for said, message in (
        ("model.halvings=-1", "model.halvings: must be at least 0, got -1"),
        ("model.hidden=[3]", "model.hidden: toy has no such key; it belongs to mlp"),
        ("model.name=tay", 'model.name: expected mlp, cnn or toy, got "tay"; did you mean toy?'),
    ):
        with pytest.raises(PresetError) as caught:
            preset.load_file(file, overrides=[said])
        assert message in str(caught.value)


def test_it_is_trained_and_saved(file: Path, train_study: Callable[..., Session]) -> None:
    study = preset.load_file(file, overrides=["health.measure=true"])
    session = train_study(study)
    assert session.wait(60)
    saved = open_study(session.path)
    assert saved.status is StudyStatus.DONE
    assert saved.study.runs == study.runs
    assert saved.runs["model"].to_list() == ["toy", "toy"]
    assert saved.runs["model.halvings"].to_list() == [0, 3]
    assert saved.layers["name"].unique().to_list() == ["output"]
