"""The gradient noise scale against gradients of a known covariance."""

import json
import math

import numpy as np
import pytest

from lrtui.train.noise_scale import Estimates, NoiseScale, estimates

GRADIENT = np.array([0.5, -1.0, 0.0, 0.25])
MIXING = np.array([[2.0, 0, 0, 0], [0.5, 1.0, 0, 0], [0, 0.3, 3.0, 0], [0.1, 0, 0.2, 0.7]])
SQUARE = float(GRADIENT @ GRADIENT)
VARIANCE = float(np.trace(MIXING @ MIXING.T))
SMALL, BIG = 4, 32


def measured(draw: np.random.Generator) -> Estimates:
    """Return what one batch of gradients with mean GRADIENT and covariance MIXING·MIXINGᵀ says, its parts the small ones."""
    gradients = GRADIENT + draw.standard_normal((BIG, 4)) @ MIXING.T
    parts = gradients.reshape(BIG // SMALL, SMALL, 4).mean(1)
    small, big = float((parts**2).sum(1).mean()), float((gradients.mean(0) ** 2).sum())
    return estimates(small, big, SMALL, BIG)


def test_exact_norms_give_exact_answers() -> None:
    found = estimates(SQUARE + VARIANCE / SMALL, SQUARE + VARIANCE / BIG, SMALL, BIG)
    assert found.square == pytest.approx(SQUARE, rel=1e-12)
    assert found.variance == pytest.approx(VARIANCE, rel=1e-12)


def test_the_estimates_have_no_bias() -> None:
    draw = np.random.default_rng(1)
    found = [measured(draw) for _ in range(20_000)]
    for values, truth in (
        ([one.square for one in found], SQUARE),
        ([one.variance for one in found], VARIANCE),
    ):
        error = float(np.std(values)) / math.sqrt(len(values))
        assert abs(float(np.mean(values)) - truth) < 4 * error
        assert error < 0.01 * truth


def test_smoothed_over_many_it_comes_to_the_ratio() -> None:
    draw, scale = np.random.default_rng(2), NoiseScale(0.999)
    for _ in range(20_000):
        found = scale.update(measured(draw))
    assert found == pytest.approx(VARIANCE / SQUARE, rel=0.05)


def test_the_first_measurement_is_its_own_ratio() -> None:
    assert NoiseScale(0.9).update(Estimates(2.0, 6.0)) == pytest.approx(3.0)
    assert NoiseScale(0.0).update(Estimates(2.0, 6.0)) == 3.0


def test_it_is_a_ratio_of_averages_not_an_average_of_ratios() -> None:
    scale = NoiseScale(0.5)
    scale.update(Estimates(1.0, 1.0))
    assert scale.update(Estimates(3.0, 1.0)) == pytest.approx((0.25 + 0.5) / (0.25 + 1.5))


def test_without_a_gradient_there_is_none_and_what_is_not_finite_is_passed_over() -> None:
    scale = NoiseScale(0.5)
    assert scale.update(Estimates(-1.0, 4.0)) is None
    assert scale.update(Estimates(math.nan, 4.0)) is None
    assert scale.update(Estimates(1.0, math.inf)) is None
    assert scale.update(Estimates(5.0, 4.0)) == pytest.approx((1.0 + 2.0) / (-0.25 + 2.5))


def test_it_goes_on_where_it_was() -> None:
    scale, again = NoiseScale(0.9), NoiseScale(0.9)
    scale.update(Estimates(0.1, 4.0))
    again.restore(json.loads(json.dumps(scale.state())))
    assert again.update(Estimates(0.2, 3.0)) == scale.update(Estimates(0.2, 3.0))
