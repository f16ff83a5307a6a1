"""Networks of somebody else's: their health is that of lrtui's own, folding changes no output, one seed gives the same bits."""

import math
from dataclasses import replace
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from lrtui.data.load import load
from lrtui.nn import models
from lrtui.nn.folding import can_fold, fold
from lrtui.nn.own import OwnNetwork, layers_of
from lrtui.study import preset
from lrtui.study.diagnostics import HealthConfig
from lrtui.study.networks import MlpConfig, TorchvisionConfig
from lrtui.study.records import EpochRecord, LayerRecord, Outcome
from lrtui.study.spec import RunSpec
from lrtui.train.checkpoint import Checkpoint
from lrtui.train.health import HealthProbe
from lrtui.train.loop import Training
from lrtui.train.tensors import TrainingData
from lrtui.train.traced import TracedProbe, health_probe

SHAPE, CLASSES, IMAGES = (1, 8, 8), 5, 40
ACTIVATIONS: dict[str, tuple[Any, Any, Any]] = {
    "relu": (nn.ReLU(), functional.relu, torch.relu_),
    "tanh": (nn.Tanh(), torch.tanh, Tensor.tanh),
    "logistic": (nn.Sigmoid(), torch.sigmoid, functional.sigmoid),
    "leaky_relu": (nn.LeakyReLU(0.01), functional.leaky_relu, lambda x: functional.leaky_relu(x, inplace=True)),
    "elu": (nn.ELU(), functional.elu, lambda x: functional.elu(x, inplace=True)),
    "selu": (nn.SELU(), functional.selu, lambda x: functional.selu(x, inplace=True)),
}


def data(layout: Any = "flat") -> TrainingData:
    generator = torch.Generator().manual_seed(4)
    images = models.as_layout(torch.randn(60, *SHAPE, generator=generator), layout)
    labels = torch.randint(0, CLASSES, (60,), generator=generator)
    return TrainingData(images, labels, images, labels, images, labels, SHAPE, CLASSES, layout)


class Own(nn.Module):
    """Dense layers with an activation that is a module, or a function."""

    def __init__(self, activation: Any) -> None:
        super().__init__()
        self.first, self.second, self.last = nn.Linear(64, 12), nn.Linear(12, 9), nn.Linear(9, CLASSES)
        self.activation = activation

    def forward(self, x: Tensor) -> Tensor:
        x = self.activation(self.first(x.flatten(1)))
        return self.last(self.activation(self.second(x)))


def as_own(activation: Any, source: models.Network) -> OwnNetwork:
    own = Own(activation)
    for part, layer in zip((own.first, own.second, own.last), source.layers, strict=True):
        part.load_state_dict({"weight": layer.kernel.weight.detach(), "bias": layer.kernel.bias.detach()})
    return OwnNetwork(own, None)


def said(record: LayerRecord) -> list[float | None]:
    return [
        record.activation_mean,
        record.activation_sd,
        record.dead,
        record.saturated,
        record.gradient_rms,
        record.distinct_units,
        record.units,
    ]


@pytest.mark.parametrize("way", [0, 1, 2], ids=["module", "function", "another"])
@pytest.mark.parametrize("name", list(ACTIVATIONS))
def test_an_own_network_is_as_healthy_as_the_same_of_lrtui(name: str, way: int) -> None:
    config = MlpConfig(hidden=(12, 9), activation=name)
    known = models.build(config, SHAPE, CLASSES, torch.Generator().manual_seed(1), torch.Generator().manual_seed(2))
    own = as_own(ACTIVATIONS[name][way], known)
    wanted = HealthProbe(known, HealthConfig(images=IMAGES), data(), 3).measure(7)
    probe = health_probe(own, HealthConfig(images=IMAGES), data(), 3)
    assert isinstance(probe, TracedProbe)
    found = probe.measure(7)
    assert [record.name for record in found] == ["first", "second", "last"]
    for mine, theirs in zip(found, wanted, strict=True):
        for figure, other in zip(said(mine), said(theirs), strict=True):
            assert figure == pytest.approx(other, rel=1e-5, abs=1e-8) if other is not None else figure is None


def test_measuring_changes_nothing() -> None:
    torch.manual_seed(0)
    module = nn.Sequential(
        nn.Flatten(), nn.Linear(64, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, CLASSES)
    )
    noise = torch.Generator().manual_seed(9)
    own = OwnNetwork(module, noise).train()
    before = {key: value.clone() for key, value in module.state_dict().items()}
    states = noise.get_state(), torch.get_rng_state()
    health_probe(own, HealthConfig(images=IMAGES), data(), 0).measure(1)
    assert all(torch.equal(value, before[key]) for key, value in module.state_dict().items())
    assert torch.equal(noise.get_state(), states[0])
    assert torch.equal(torch.get_rng_state(), states[1])
    assert all(part.training for part in module.modules())
    assert all(parameter.grad is None for parameter in module.parameters())


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4)
        self.again, self.unused = nn.Conv2d(4, 4, 3, padding=1), nn.Linear(3, 3)
        self.last = nn.Linear(4, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.relu(self.norm(self.conv(x)))
        x = (
            functional.relu_(self.again(x).add_(x))
            if hasattr(functional, "relu_")
            else functional.relu(self.again(x) + x)
        )
        return self.last(x.mean((2, 3)))


def test_blocks_around_which_inputs_go_and_layers_that_are_not_used() -> None:
    torch.manual_seed(3)
    module = Residual()
    found = health_probe(OwnNetwork(module, None), HealthConfig(images=IMAGES), data("plain"), 0).measure(0)
    by_name = {record.name: record for record in found}
    assert list(by_name) == ["conv", "again", "unused", "last"]
    inputs = data("plain").train_images[:IMAGES]
    handed = functional.relu(functional.batch_norm(module.conv(inputs), None, None, training=True)).detach().double()
    assert by_name["conv"].activation_mean == pytest.approx(handed.mean().item(), rel=1e-4)
    assert by_name["conv"].dead == pytest.approx((handed.amax((0, 2, 3)) <= 0).double().mean().item())
    assert by_name["unused"].gradient_rms == 0
    assert math.isnan(by_name["unused"].activation_mean)


def test_kernels_are_found_by_type_and_shared_ones_once() -> None:
    shared = nn.Linear(4, 4)
    module = nn.Sequential(
        shared, shared, nn.Embedding(3, 4), nn.GRU(4, 5), nn.MultiheadAttention(4, 2), nn.Conv1d(1, 1, 3)
    )
    names = [layer.name for layer in layers_of(module)]
    assert names == ["0", "2", "3 ih_l0", "3 hh_l0", "4 in_proj", "4.out_proj", "5"]


def test_a_resnet_gives_the_same_with_its_normalization_folded() -> None:
    config = TorchvisionConfig(name="resnet18", stem="cifar")
    network = models.build(config, (3, 8, 8), 4, torch.Generator().manual_seed(1), torch.Generator().manual_seed(2))
    draws = torch.Generator().manual_seed(3)
    for part in network.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.running_mean.normal_(0, 0.2, generator=draws)
            part.running_var.uniform_(0.5, 2, generator=draws)
    network.eval()
    images = torch.randn(4, 3, 8, 8, generator=draws)
    assert can_fold(network)
    folded = fold(network)
    assert not any(isinstance(part, nn.BatchNorm2d) for part in folded.modules())
    with torch.inference_mode():
        wanted, found = network(images), folded(images)
    np.testing.assert_allclose(found.numpy(), wanted.numpy(), rtol=1e-4, atol=1e-5 * wanted.abs().max().item())


NET = """
from torch import nn

def build(shape, classes):
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 16), nn.ReLU(), nn.Dropout(0.5), nn.Linear(16, classes))
"""


def spec_of(folder: Path, model: str) -> RunSpec:
    (folder / "net.py").write_text(NET)
    path = folder / "mine.toml"
    path.write_text(
        f'title = "Mine"\ndata = {{name = "synthetic", train_limit = 32, val_limit = 20}}\nmodel = {{{model}}}\n'
        'optim = {name = "sgd", lr = 0.05}\ntrain = {epochs = 3, batch_size = 16}\nhealth = {measure = true, images = 16}\n'
    )
    return preset.load_file(path).runs[0]


def figures(record: EpochRecord | Outcome) -> str:
    """Return what does not depend on the clock."""
    return repr(replace(record, seconds=0.0)) if isinstance(record, EpochRecord) else ""


@pytest.mark.parametrize("model", ['name = "net.py:build"', 'name = "squeezenet1_1", stem = "cifar"'])
def test_one_seed_gives_the_same_bits_also_beside_others_and_from_a_checkpoint(tmp_path: Path, model: str) -> None:
    spec = spec_of(tmp_path, model)
    placed = TrainingData.place(load(spec.config.data, tmp_path), spec.config.model.layout, torch.device("cpu"))

    def records(training: Training) -> Any:
        return training.run(SimpleNamespace(step=0), Event())

    training, seen, kept = Training(spec, placed), [], []
    for record in records(training):
        seen.append(figures(record))
        if isinstance(record, EpochRecord):
            kept.append(training.checkpoint())
    state = torch.get_rng_state()
    first, second = records(Training(spec, placed)), records(Training(spec, placed))
    turns = [[], []]
    for pair in zip(first, second, strict=True):  # two lanes, epoch by epoch
        torch.rand(5)
        for turn, record in zip(turns, pair, strict=True):
            turn.append(figures(record))
    torch.set_rng_state(state)
    assert turns == [seen, seen]
    again = [figures(record) for record in records(Training(spec, placed, Checkpoint.decoded(kept[1])))]
    assert again == seen[2:]
