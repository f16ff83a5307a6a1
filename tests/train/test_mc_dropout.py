"""MC dropout against NumPy over the very same passes."""

from threading import Event
from typing import Any

import numpy as np
import pytest
import torch

from lrtui.nn import models
from lrtui.nn.dropout import only_dropout
from lrtui.study.networks import MlpConfig
from lrtui.train import evaluation
from lrtui.train.mc_dropout import mc_dropout
from lrtui.train.tensors import TrainingData

SAMPLES = 20


@pytest.fixture
def data() -> TrainingData:
    generator = torch.Generator().manual_seed(5)
    images, labels = torch.rand(70, 36, generator=generator), torch.randint(0, 4, (70,), generator=generator)
    return TrainingData(images[:1], labels[:1], images[:1], labels[:1], images, labels, (1, 6, 6), 4, "flat")


def network(**keys: Any) -> models.Network:
    config = MlpConfig(hidden=(20, 10), init="he", batch_norm="before", **{"dropout": 0.4, **keys})
    made = models.build(config, (1, 6, 6), 4, torch.Generator().manual_seed(1), torch.Generator().manual_seed(2))
    made.train()
    made(torch.rand(50, 36, generator=torch.Generator().manual_seed(3)))  # batch normalization learns something
    return made


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(9)


def probabilities(model: models.Network, data: TrainingData, batch: int) -> np.ndarray:
    """Return (samples, images, classes) of the passes, softmax in NumPy float64."""
    model.set_noise(generator())
    batches = []
    with only_dropout(model), torch.no_grad():
        for images in data.test_images.split(batch):
            logits = np.stack([model(images).numpy().astype(np.float64) for _ in range(SAMPLES)])
            exponentials = np.exp(logits - logits.max(-1, keepdims=True))
            batches.append(exponentials / exponentials.sum(-1, keepdims=True))
    return np.concatenate(batches, 1)


@pytest.mark.parametrize("kind", ["standard", "alpha"])
@pytest.mark.parametrize("batch", [16, 250])
def test_figures_are_those_of_all_passes_at_once(
    data: TrainingData, kind: str, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluation, "BATCH", batch)
    model = network(dropout_kind=kind)
    passes = probabilities(model, data, batch)
    figures = mc_dropout(model, data, SAMPLES, generator(), Event())
    mean, labels = passes.mean(0), data.test_labels.numpy()
    predicted, rows = mean.argmax(1), np.arange(len(mean))
    assert figures is not None
    assert figures.samples == SAMPLES
    assert figures.accuracy == pytest.approx(100 * (predicted == labels).mean())
    assert figures.loss == pytest.approx(-np.log(mean[rows, labels]).mean())
    assert figures.sd == pytest.approx(passes.std(0)[rows, predicted].mean())
    assert figures.entropy == pytest.approx(-(mean * np.log(mean)).sum(1).mean())
    assert figures.seconds > 0


def test_the_same_generator_gives_the_same_figures(data: TrainingData) -> None:
    model = network()
    first, second = (mc_dropout(model, data, 3, generator(), Event()) for _ in range(2))
    other = mc_dropout(model, data, 3, torch.Generator().manual_seed(10), Event())
    assert first and second and other
    assert (first.loss, first.sd, first.entropy) == (second.loss, second.sd, second.entropy)
    assert first.loss != other.loss


def test_only_dropout_is_active_and_nothing_is_left_changed(data: TrainingData) -> None:
    model = network(activation="rrelu")
    modes = {name: module.training for name, module in model.named_modules()}
    state = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    assert mc_dropout(model, data, 2, generator(), Event())
    assert {name: module.training for name, module in model.named_modules()} == modes
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, state[name]), name


def test_without_dropout_all_passes_agree_with_the_deterministic_one(data: TrainingData) -> None:
    model = network(dropout=0.0, activation="rrelu")
    figures = mc_dropout(model, data, 5, generator(), Event())
    plain = evaluation.evaluate(model, data, data.test_images, data.test_labels, Event())
    assert figures and plain
    assert figures.sd == 0
    assert figures.loss == pytest.approx(plain.loss, rel=1e-5)
    assert figures.accuracy == plain.accuracy
    assert figures.entropy == pytest.approx(plain.entropy, rel=1e-5)


def test_it_stops_when_told(data: TrainingData) -> None:
    stop = Event()
    stop.set()
    assert mc_dropout(network(), data, 5, generator(), stop) is None


def test_the_global_generator_is_left_alone(data: TrainingData) -> None:
    before = torch.random.get_rng_state()
    mc_dropout(network(), data, 2, generator(), Event())
    assert torch.equal(torch.random.get_rng_state(), before)
