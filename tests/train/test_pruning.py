"""Pruning: which weights become zero, when, and that they stay so."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import mse_loss

from lrtui.study.pruning import PruneAfterConfig, PruneGraduallyConfig
from lrtui.train.pruning import GradualPruning, prune, sparsity


@pytest.fixture
def kernels() -> list[nn.Parameter]:
    generator = torch.Generator().manual_seed(1)
    return [nn.Parameter(torch.randn(shape, generator=generator)) for shape in [(7, 5), (10, 7), (4, 3, 3, 3)]]


@pytest.mark.parametrize("target", [0.01, 0.3, 0.5, 0.99])
def test_target_zeroes_the_smallest_of_every_kernel(kernels: list[nn.Parameter], target: float) -> None:
    expected = []
    for kernel in kernels:
        flat = kernel.detach().double().numpy().flatten()
        flat[np.abs(flat).argsort()[: round(target * flat.size)]] = 0
        expected.append(flat.reshape(kernel.shape))
    prune(kernels, PruneAfterConfig(target=target))
    for kernel, wanted in zip(kernels, expected, strict=True):
        np.testing.assert_array_equal(kernel.detach().double().numpy(), wanted)


def test_threshold_zeroes_what_is_smaller(kernels: list[nn.Parameter]) -> None:
    before = [kernel.detach().numpy().copy() for kernel in kernels]
    prune(kernels, PruneAfterConfig(threshold=0.4))
    for kernel, was in zip(kernels, before, strict=True):
        np.testing.assert_array_equal(kernel.detach().numpy(), np.where(np.abs(was) < 0.4, 0, was))


def test_equal_weights_are_pruned_to_the_exact_share() -> None:
    kernel = torch.ones(10, 10)
    prune([kernel], PruneAfterConfig(target=0.37))
    assert sparsity([kernel]) == 0.37


def test_sparsity_is_over_all_weights() -> None:
    assert sparsity([torch.zeros(2, 5), torch.ones(30)]) == 0.25
    assert sparsity([]) == 0


def test_the_share_rises_as_worked_by_hand() -> None:
    config = PruneGraduallyConfig(target=0.8, begin=0.2, end=0.6, every=10)
    pruning = GradualPruning([], config, total_steps=100)
    assert (pruning.begin, pruning.end) == (20, 60)
    # 0.8 · (1 − (1 − p)³) at p = 0, ¼, ½, ¾, 1
    shares = [pruning.share(done) for done in (20, 30, 40, 50, 60)]
    assert shares == pytest.approx([0, 0.4625, 0.7, 0.7875, 0.8])
    assert pruning.share(0) == 0
    assert pruning.share(100) == pytest.approx(0.8)


def test_the_share_may_start_above_zero() -> None:
    pruning = GradualPruning([], PruneGraduallyConfig(target=0.8, initial=0.5, begin=0.0, end=1.0), total_steps=100)
    assert [pruning.share(done) for done in (0, 50, 100)] == pytest.approx([0.5, 0.5 + 0.3 * 0.875, 0.8])


def test_zeros_follow_the_schedule_step_by_step() -> None:
    kernel = torch.arange(1.0, 101.0).reshape(10, 10)
    pruning = GradualPruning([kernel], PruneGraduallyConfig(target=0.8, begin=0.2, end=0.6, every=10), 100)
    zeros = []
    for step in range(100):
        pruning.after_step(step)
        zeros.append(int((kernel == 0).sum()))
    steps = [0] * 29 + [46] * 10 + [70] * 10 + [79] * 10 + [80] * 41
    assert zeros == steps


@pytest.mark.parametrize("total", [1, 2, 3, 17, 100])
@pytest.mark.parametrize("limits", [(0.0, 0.75), (0.3, 0.31), (0.99, 1.0)])
def test_the_target_is_reached_in_every_training(
    kernels: list[nn.Parameter], total: int, limits: tuple[float, float]
) -> None:
    pruning = GradualPruning(kernels, PruneGraduallyConfig(target=0.9, begin=limits[0], end=limits[1], every=7), total)
    for step in range(total):
        pruning.after_step(step)
    for kernel in kernels:
        assert int((kernel == 0).sum()) == round(0.9 * kernel.numel())


@pytest.mark.parametrize("make", [torch.optim.SGD, torch.optim.NAdam])
def test_pruned_weights_stay_zero_under_an_optimizer_with_momentum(
    make: Callable[..., torch.optim.Optimizer], kernels: list[nn.Parameter]
) -> None:
    kernel = kernels[0]
    optimizer = make([kernel], lr=0.1, **({"momentum": 0.9} if make is torch.optim.SGD else {}))
    pruning = GradualPruning([kernel], PruneGraduallyConfig(target=0.5, end=0.5, every=2), 20)
    held = torch.zeros_like(kernel, dtype=torch.bool)
    for step in range(20):
        optimizer.zero_grad()
        mse_loss(kernel @ torch.ones(5, 3), torch.ones(7, 3)).backward()
        optimizer.step()
        pruning.after_step(step)
        if step >= pruning.end - 1:
            held = held | (kernel == 0)
    assert int(held.sum()) == int((kernel == 0).sum()) == round(0.5 * kernel.numel())
