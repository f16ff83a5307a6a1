"""Losses and scores of every task, against NumPy."""

import math

import numpy as np
import pytest
import torch

from lrtui.study.tasks import (
    ClassificationConfig,
    NextTokenConfig,
    ReconstructionConfig,
    RegressionConfig,
    RotationConfig,
    TaskConfig,
)
from lrtui.train.objectives import objective

NUMBERS = np.random.default_rng(5)
LOGITS = NUMBERS.normal(0, 3, (12, 4)).astype(np.float32)
CLASSES = np.array([0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 3])


def log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = logits.astype(np.float64) - logits.max(-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))


def made(task: TaskConfig, labels: np.ndarray, classes: int = 4) -> tuple[object, torch.Tensor]:
    targets = torch.from_numpy(labels)
    return objective(task, classes, targets), targets


@pytest.mark.parametrize("task", [ClassificationConfig(), RotationConfig()])
def test_classes(task: TaskConfig) -> None:
    one, targets = made(task, CLASSES)
    outputs = torch.from_numpy(LOGITS)
    logs = log_softmax(LOGITS)
    losses = -logs[np.arange(12), CLASSES]
    right = (LOGITS.argmax(1) == CLASSES).sum()
    entropy = -(np.exp(logs) * logs).sum()
    assert one.plain
    assert one.minimized(outputs, targets).item() == pytest.approx(losses.mean(), rel=1e-6)
    assert one.loss(outputs, targets).item() == pytest.approx(losses.mean(), rel=1e-6)
    np.testing.assert_allclose(one.losses(outputs, targets).numpy(), losses, rtol=1e-5, atol=1e-6)
    assert one.right(outputs, targets).item() == right
    assert [value.item() for value in one.sums(outputs, targets)] == pytest.approx(
        [losses.sum(), right, entropy], rel=1e-5
    )
    assert one.score(0.3, 75.0, targets) == 75.0
    assert math.isnan(one.score(math.nan, 75.0, targets))


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.5])
@pytest.mark.parametrize("weights", ["none", "balanced"])
def test_smoothing_and_weights_are_in_what_is_minimized_and_not_in_what_is_recorded(
    smoothing: float, weights: str
) -> None:
    config = ClassificationConfig(label_smoothing=smoothing, class_weights=weights)
    one, targets = made(config, CLASSES)
    logs = log_softmax(LOGITS)
    counts = np.bincount(CLASSES)
    weight = len(CLASSES) / (4 * counts) if weights == "balanced" else np.ones(4)
    spread = (1 - smoothing) * np.eye(4)[CLASSES] + smoothing / 4
    wanted = -(spread * weight * logs).sum(1).mean()
    outputs = torch.from_numpy(LOGITS)
    assert one.minimized(outputs, targets).item() == pytest.approx(wanted, rel=1e-5)
    assert one.loss(outputs, targets).item() == pytest.approx(-logs[np.arange(12), CLASSES].mean(), rel=1e-6)
    assert one.plain == (smoothing == 0 and weights == "none")


def test_balanced_every_class_weighs_the_same(tmp_path: object) -> None:
    one, targets = made(ClassificationConfig(class_weights="balanced"), CLASSES)
    same = torch.zeros(12, 4)
    losses = [
        one.minimized(same[targets == kind], targets[targets == kind]).item() * int((targets == kind).sum())
        for kind in range(4)
    ]
    assert losses == pytest.approx([3 * math.log(4)] * 4)


def test_a_class_that_nothing_has_weighs_nothing() -> None:
    one, targets = made(ClassificationConfig(class_weights="balanced"), CLASSES, classes=5)
    assert math.isfinite(one.minimized(torch.zeros(12, 5), targets).item())


def test_tokens() -> None:
    logits = NUMBERS.normal(0, 2, (3, 5, 4)).astype(np.float32)
    tokens = NUMBERS.integers(0, 4, (3, 5))
    one, targets = made(NextTokenConfig(), tokens)
    outputs = torch.from_numpy(logits)
    logs = log_softmax(logits)
    losses = -np.take_along_axis(logs, tokens[..., None], 2)[..., 0]
    right = (logits.argmax(2) == tokens).sum()
    entropy = -(np.exp(logs) * logs).sum(2)
    assert one.minimized(outputs, targets).item() == pytest.approx(losses.mean(), rel=1e-6)
    np.testing.assert_allclose(one.losses(outputs, targets).numpy(), losses.mean(1), rtol=1e-5)
    wanted = [losses.mean(1).sum(), right, entropy.mean(1).sum()]
    assert [value.item() for value in one.sums(outputs, targets)] == pytest.approx(wanted, rel=1e-5)
    assert one.score(1.0, 100 * right / 3, targets) == pytest.approx(100 * right / 15)


@pytest.mark.parametrize("task", [RegressionConfig(), ReconstructionConfig()])
def test_numbers(task: TaskConfig) -> None:
    labels = NUMBERS.normal(2, 3, (20, 6)).astype(np.float32)
    given = (labels + NUMBERS.normal(0, 1, (20, 6))).astype(np.float32)
    one, targets = made(task, labels, 6)
    squares = (given.astype(np.float64) - labels) ** 2
    for outputs in (torch.from_numpy(given), torch.from_numpy(given).view(20, 1, 2, 3)):
        assert one.minimized(outputs, targets).item() == pytest.approx(squares.mean(), rel=1e-5)
        np.testing.assert_allclose(one.losses(outputs, targets).numpy(), squares.mean(1), rtol=1e-4)
        summed = one.sums(outputs, targets)
        assert summed[0].item() == pytest.approx(squares.mean(1).sum(), rel=1e-5)
        assert (summed[1].item(), math.isnan(summed[2].item())) == (0, True)
    r2 = 1 - squares.sum() / ((labels - labels.mean(0, dtype=np.float64)) ** 2).sum()
    assert one.score(squares.mean(), 0.0, targets) == pytest.approx(100 * r2, rel=1e-6)
    assert math.isnan(one.score(math.nan, 0.0, targets))


def test_the_mean_as_answer_has_an_r2_of_0_and_equal_targets_have_none() -> None:
    labels = NUMBERS.normal(0, 1, (50, 1)).astype(np.float32)
    one, targets = made(RegressionConfig(), labels, 1)
    mean = torch.full((50,), labels.mean(dtype=np.float64).item())
    assert one.score(one.loss(mean, targets).item(), 0.0, targets) == pytest.approx(0, abs=1e-4)
    assert one.score(0.0, 0.0, targets) == 100
    assert math.isnan(one.score(1.0, 0.0, torch.ones(5, 1)))


def test_classes_are_weighted_though_an_evaluation_asked_first() -> None:
    labels = torch.tensor([0, 0, 0, 1])
    with torch.inference_mode():
        found = objective(ClassificationConfig(class_weights="balanced"), 2, labels)
    outputs = torch.zeros(4, 2, requires_grad=True)
    found.minimized(outputs, labels).backward()
    assert outputs.grad is not None


def test_r2_of_a_loss_that_is_not_finite_is_no_number() -> None:
    targets = torch.tensor([[0.0], [2.0]])
    found = objective(RegressionConfig(), 1, targets)
    assert found.score(0.5, 0, targets) == 50
    assert all(math.isnan(found.score(loss, 0, targets)) for loss in (math.inf, math.nan))
