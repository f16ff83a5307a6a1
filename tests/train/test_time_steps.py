"""The health of time steps: what goes from step to step and its gradient, against the same network cut open by hand."""

from collections.abc import Callable
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from lrtui.data.load import load
from lrtui.nn import models
from lrtui.nn.recurrent import Recurrent
from lrtui.study.diagnostics import HealthConfig
from lrtui.study.networks import MODELS
from lrtui.study.records import EpochRecord, LayerRecord
from lrtui.study.spec import Study
from lrtui.train.health import HealthProbe
from lrtui.train.loop import train
from lrtui.train.tensors import TrainingData

SHAPE, CLASSES, IMAGES = (1, 6, 4), 5, 20
FIGURES = ("activation_mean", "activation_sd", "gradient_rms")


def make(kind: str, **keys: Any) -> tuple[models.Network, TrainingData]:
    config = MODELS[kind].model_validate({"name": kind, "hidden": (7,), **keys})
    generator = torch.Generator().manual_seed(4)
    images = torch.randn(30, 24, generator=generator)
    labels = torch.randint(0, CLASSES, (30,), generator=generator)
    data = TrainingData(images, labels, images, labels, images, labels, SHAPE, CLASSES, config.layout)
    return models.build(
        config, SHAPE, CLASSES, torch.Generator().manual_seed(1), torch.Generator().manual_seed(2)
    ), data


def measure(network: models.Network, data: TrainingData) -> tuple[LayerRecord, ...]:
    return HealthProbe(network, HealthConfig(images=IMAGES), data, run=3).measure(7)


def cut_open(network: models.Network, data: TrainingData, step: int) -> tuple[Tensor, Tensor]:
    """Return the state after a step, by torch's own fused layer, and the gradient of the images' own losses to it."""
    rows, layer, output = network[0], network[1], network[-1]
    assert isinstance(layer, Recurrent)
    sequence = rows(data.train_images[:IMAGES])
    state = layer.cell(sequence[:, :step])[1].detach().requires_grad_()
    last = state[0] if step == sequence.shape[1] else layer.cell(sequence[:, step:], state)[0][:, -1]
    loss = cross_entropy(output(last), data.train_labels[:IMAGES], reduction="sum")
    (gradient,) = torch.autograd.grad(loss, state)
    return state.detach()[0], gradient[0]


@pytest.mark.parametrize("kind", ["rnn", "gru"])
def test_figures_of_a_step_are_those_of_the_network_cut_open_there(kind: str) -> None:
    network, data = make(kind)
    steps = [record for record in measure(network, data) if record.step is not None]
    assert [record.name for record in steps] == [f"step {number}" for number in range(1, 7)]
    for record in steps:
        assert record.step is not None
        state, gradient = cut_open(network, data, record.step)
        expected = (state.mean().item(), state.std(correction=0).item(), gradient.square().mean().sqrt().item())
        assert [getattr(record, name) for name in FIGURES] == pytest.approx(expected, rel=1e-4)
        assert (record.layer, record.units, record.distinct_units, record.update_ratio) == (2, 7, None, None)


def test_of_an_lstm_it_is_the_cell_that_is_measured() -> None:
    network, data = make("lstm")
    steps = [record for record in measure(network, data) if record.step is not None]
    layer, output = network[1], network[-1]
    assert isinstance(layer, Recurrent)
    sequence = network[0](data.train_images[:IMAGES])
    for number in (3, 6):
        cell = layer.cell(sequence[:, :number])[1][1]
        assert steps[number - 1].activation_mean == pytest.approx(cell.mean().item(), rel=1e-4)
        assert steps[number - 1].activation_sd == pytest.approx(cell.std(correction=0).item(), rel=1e-4)

    # the loss over the cell of the step before the last, whose output gate the cell does not move
    layer.double()
    output.double()
    incoming, recurrent, bias, other_bias = layer.cell.parameters()
    _, (state, cell) = layer.cell(sequence[:, :5].double())
    opened = (state / cell.tanh()).detach()[0]
    cell = cell.detach()[0].requires_grad_()
    gates = sequence[:, 5].double() @ incoming.T + bias + (opened * cell.tanh()) @ recurrent.T + other_bias
    enter, forget, new, leave = gates.chunk(4, 1)
    last = leave.sigmoid() * (forget.sigmoid() * cell + enter.sigmoid() * new.tanh()).tanh()
    loss = cross_entropy(output(last), data.train_labels[:IMAGES], reduction="sum")
    (gradient,) = torch.autograd.grad(loss, cell)
    assert steps[4].gradient_rms == pytest.approx(gradient.square().mean().sqrt().item(), rel=1e-4)


def test_steps_of_several_layers_stand_behind_the_kernel_of_their_state() -> None:
    network, data = make("gru", hidden=(7, 5))
    records = measure(network, data)
    names = [record.name for record in records]
    assert names[:3] == ["gru 1 input", "gru 1 recurrent", "gru 1 step 1"]
    assert names[8:] == [
        "gru 2 input",
        "gru 2 recurrent",
        *(f"gru 2 step {number}" for number in range(1, 7)),
        "output",
    ]
    assert [record.layer for record in records if record.step is None] == [1, 2, 3, 4, 5]
    assert records[-2].units == 5


def test_saturated_and_dead_states_are_told_of_a_plain_network_only() -> None:
    tanh, gru = (measure(*make(kind)) for kind in ("rnn", "gru"))
    relu = measure(*make("rnn", activation="relu"))
    assert all(record.saturated is not None for record in tanh if record.name != "output")
    assert all(record.dead is not None for record in relu if record.name != "output")
    assert all(record.saturated is None and record.dead is None for record in gru)


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru", "transformer"])
def test_measuring_changes_no_bit_of_a_training(kind: str, tiny: Callable[..., Study]) -> None:
    keys = ("model.width=8", "model.depth=1")

    def losses(*more: str) -> list[float]:
        study = tiny(f"model.name={kind}", *keys, "data.train_limit=96", "data.val_limit=32", "train.epochs=2", *more)
        spec = study.runs[0]
        data = TrainingData.place(load(spec.config.data, None), spec.config.model.layout, torch.device("cpu"))
        records = train(spec, data, SimpleNamespace(step=0), Event())
        return [record.val_loss for record in records if isinstance(record, EpochRecord)]

    assert losses() == losses("health.measure=true", "curvature.measure=true", "curvature.sharpness=true")
