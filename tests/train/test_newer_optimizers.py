"""Muon against torch's own, schedule-free against the package of its authors, wsd's trunk against a constant rate."""

import json
from pathlib import Path

import pytest
import torch

from lrtui.study.optimizers import MuonConfig, ScheduleFreeConfig
from lrtui.study.schedules import ConstantConfig, WsdConfig
from lrtui.train import optimizers, schedules

FIXTURE = json.loads((Path(__file__).parents[1] / "fixtures" / "schedule_free.json").read_text())


def gradients(steps: int, *shapes: tuple[int, ...]) -> list[list[torch.Tensor]]:
    generator = torch.Generator().manual_seed(5)
    return [[torch.randn(shape, generator=generator) for shape in shapes] for _ in range(steps)]


@pytest.mark.parametrize("shape", [(6, 9), (9, 4), (5, 5)])
@pytest.mark.parametrize("adjust", ["adamw", "original"])
@pytest.mark.parametrize("nesterov", [True, False])
def test_muon_is_torch_s(shape: tuple[int, int], adjust: str, nesterov: bool) -> None:
    config = MuonConfig(lr=0.05, adjust=adjust, nesterov=nesterov, weight_decay=0.1)
    ours, theirs = (torch.nn.Parameter(torch.linspace(-1, 1, shape[0] * shape[1]).reshape(shape)) for _ in range(2))
    mine = optimizers.build([{"params": [ours], "hidden": True, "factor": 1.0}], config, 0.05)
    other = torch.optim.Muon(
        [theirs],
        lr=0.05,
        momentum=0.95,
        nesterov=nesterov,
        weight_decay=0.1,
        adjust_lr_fn="match_rms_adamw" if adjust == "adamw" else "original",
    )
    for (gradient,) in gradients(6, shape):
        for parameter, optimizer in ((ours, mine), (theirs, other)):
            parameter.grad = gradient.clone()
            optimizer.step()
    assert torch.equal(ours, theirs)


def test_muon_trains_what_is_no_hidden_kernel_as_adamw() -> None:
    config = MuonConfig(lr=0.01, weight_decay=0.1)
    ours, theirs = (torch.nn.Parameter(torch.linspace(-1, 1, 12).reshape(3, 4)) for _ in range(2))
    mine = optimizers.build([{"params": [ours], "hidden": False, "factor": 1.0}], config, 0.01)
    other = torch.optim.AdamW([theirs], 0.01, (0.9, 0.999), 1e-7, 0.1)
    for (gradient,) in gradients(6, (3, 4)):
        for parameter, optimizer in ((ours, mine), (theirs, other)):
            parameter.grad = gradient.clone()
            optimizer.step()
    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)


def test_muon_takes_a_convolution_s_kernel_as_a_matrix_of_its_units() -> None:
    config = MuonConfig(lr=0.05)
    flat, kernel = torch.nn.Parameter(torch.zeros(4, 18)), torch.nn.Parameter(torch.zeros(4, 2, 3, 3))
    for parameter in (flat, kernel):
        optimizer = optimizers.build([parameter], config, 0.05)
        for (gradient,) in gradients(3, (4, 18)):
            parameter.grad = gradient.view(parameter.shape).clone()
            optimizer.step()
    assert torch.equal(kernel.flatten(1), flat)


@pytest.mark.parametrize("base", ["sgd", "adamw"])
@pytest.mark.parametrize("case", ["constant", "warmup", "moving"])
def test_schedule_free_is_its_authors(base: str, case: str) -> None:
    """At a constant rate, with the package's own warm-up, whose rates are those of lrtui's, and at one that rises and falls."""
    kept = (FIXTURE if case == "constant" else FIXTURE[case])[base]
    warmed = schedules.build(ConstantConfig(warmup=4 if case == "warmup" else 0), 0.1, 7, 1)
    rates = FIXTURE["rates"] if case == "moving" else [warmed.at(step).lr for step in range(7)]
    config = ScheduleFreeConfig(lr=0.1, base=base, beta2=0.99, weight_decay=0.01)
    parameters = [torch.nn.Parameter(torch.linspace(-1, 1, 12).reshape(3, 4)), torch.nn.Parameter(torch.ones(4))]
    optimizer = optimizers.build(parameters, config, 0.1)
    for step, rate in zip(gradients(7, (3, 4), (4,)), rates, strict=True):
        optimizers.set_rate(optimizer, rate, None)
        for parameter, gradient in zip(parameters, step, strict=True):
            parameter.grad = gradient.clone()
        optimizer.step()

    def are(kept: list[list[float]]) -> None:
        for parameter, values in zip(parameters, kept, strict=True):
            torch.testing.assert_close(parameter.detach().flatten(), torch.tensor(values), rtol=1e-5, atol=1e-6)

    are(kept["trained"])
    optimizers.to_look(optimizer)
    are(kept["average"])
    optimizers.to_look(optimizer)  # once is enough
    are(kept["average"])
    optimizers.to_train(optimizer)
    are(kept["trained"])


def test_wsd_is_constant_until_it_cools_down_to_the_end() -> None:
    schedule = WsdConfig(cooldown=4, form="linear", per="epoch")
    assert [round(schedule.factor(t, 10), 6) for t in range(10)] == [1.0] * 6 + [0.8, 0.6, 0.4, 0.2]
    assert schedule.trunk(6, 10) == ConstantConfig(per="epoch")
    assert schedule.trunk(7, 10) is None
    assert WsdConfig(cooldown=4).trunk(6, 10) is None  # in steps: how many an epoch has is not known
