"""What curves with known answers suggest."""

import itertools
import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrtui.study.diagnostics import FinderConfig
from lrtui.study.records import FinderPoint
from lrtui.train.suggestions import conclude, longest_fall, minimum_tenth, steepest, valley

RATES = [10.0**power for power in np.linspace(-7, 1, 81)]
"""Ten points a decade, 1e-7 to 10."""


def cliff(lr: float) -> float:
    """Return a loss that is flat up to 1e-4, falls by 0.5 a decade down to 1e-1, and rises steeply after it."""
    power = math.log10(lr)
    return 2.3 - 0.5 * min(3.0, max(0.0, power + 4)) + 3 * max(0.0, power + 1)


def points(losses: list[float]) -> list[FinderPoint]:
    return [FinderPoint(lr, loss, loss) for lr, loss in zip(RATES, losses, strict=False)]


def test_valley_is_two_thirds_down_the_fall() -> None:
    assert valley(RATES, [cliff(lr) for lr in RATES]) == pytest.approx(1e-2)


def test_a_bump_does_not_end_the_valley() -> None:
    losses = [cliff(lr) for lr in RATES]
    losses[45] += 0.3
    assert valley(RATES, losses) == pytest.approx(1e-2)


def test_minimum_tenth() -> None:
    assert minimum_tenth(RATES, [cliff(lr) for lr in RATES]) == pytest.approx(1e-2)


def test_steepest_is_where_the_slope_is() -> None:
    losses = [1 / (1 + math.exp(3 * (math.log10(lr) + 3))) + 5 * max(0.0, math.log10(lr)) for lr in RATES]
    assert steepest(RATES, losses) == pytest.approx(1e-3)


def test_steepest_agrees_with_numpy() -> None:
    noise = random.Random(3)
    losses = [cliff(lr) + 0.1 * noise.random() for lr in RATES]
    slopes = np.gradient(np.array(losses), np.log(RATES))[: int(np.argmin(losses)) + 1]
    assert steepest(RATES, losses) == RATES[int(slopes.argmin())]


def test_falls_after_the_minimum_do_not_count() -> None:
    losses = [cliff(lr) for lr in RATES]
    losses[62:] = np.linspace(90, 3, 19)
    assert steepest(RATES, losses) < 1e-1
    assert valley(RATES, losses) == pytest.approx(1e-2)


@pytest.mark.parametrize("losses", [[1.0] * 81, list(np.linspace(1, 9, 81)), [], [2.0, 1.0]])
def test_a_curve_that_does_not_fall_suggests_nothing(losses: list[float]) -> None:
    curve = conclude(points(losses), FinderConfig())
    assert curve.over
    assert curve.suggestions == {}
    assert curve.chosen is None


def test_the_configured_suggestion_is_chosen() -> None:
    found = points([cliff(lr) for lr in RATES])
    curves = {name: conclude(found, FinderConfig(choose=name)) for name in ("valley", "steepest", "minimum_tenth")}
    for name, curve in curves.items():
        assert curve.chosen == curve.suggestions[name]


def test_where_it_gives_none_the_next_best_is_chosen() -> None:
    losses = [2.3] * 40 + [2.2] * 41  # one fall: too short for a valley
    curve = conclude(points(losses), FinderConfig(choose="valley"))
    assert curve.valley is None
    assert curve.chosen == curve.steepest is not None


def test_the_first_tenth_and_what_follows_overflow_are_left_out() -> None:
    losses = [9.0, 5.0, 1.0, *(cliff(lr) for lr in RATES[3:])]
    losses[75:] = [math.nan] * 6
    curve = conclude(points(losses), FinderConfig())
    assert curve.minimum_tenth == pytest.approx(1e-2)
    assert curve.valley == pytest.approx(1e-2)


@given(st.lists(st.integers(0, 9), max_size=9))
def test_longest_fall_is_the_longest(losses: list[int]) -> None:
    fall = longest_fall([float(loss) for loss in losses])
    assert all(a < b and losses[a] > losses[b] for a, b in itertools.pairwise(fall))
    falling = (
        length
        for length in range(len(losses), 0, -1)
        for chosen in itertools.combinations(losses, length)
        if all(a > b for a, b in itertools.pairwise(chosen))
    )
    assert len(fall) == next(falling, 0)
