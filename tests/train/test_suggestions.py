"""What curves with known answers suggest."""

import itertools
import math
import random
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrtui.study.diagnostics import FinderConfig
from lrtui.study.records import FinderPoint
from lrtui.train.suggestions import Fall, conclude, longest_fall, minimum_tenth, steepest, valley

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
    assert curve.doubt


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
    assert curve.doubt == "it has no reading by valley, so the rate is by steepest"


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


def smoothed(losses: Sequence[float], weight: float = 0.9) -> list[FinderPoint]:
    """Return the points of a range test with these losses, smoothed as the finder does."""
    mean, left, found = 0.0, 1.0, []
    for lr, loss in zip(np.geomspace(1e-7, 10, len(losses)), losses, strict=True):
        mean, left = weight * mean + (1 - weight) * loss, left * weight
        found.append(FinderPoint(float(lr), loss, mean / (1 - left)))
    return found


def test_the_fall_against_the_noise_worked_by_hand() -> None:
    losses = [2.0, 2.2, 2.0, 2.2, 2.0, 2.2, 1.0, 1.0]
    fall = Fall.of([FinderPoint(1.0, loss, loss) for loss in losses], 0, 0.5)
    assert fall.before == pytest.approx((2.0 + 2.2 + 2.0) / 3)
    assert fall.depth == pytest.approx(fall.before - 1.0)
    variance = (5 * 0.2**2 + 1.2**2) / (2 * 6)
    ratio = (0.5 / 1.5) * (1 + 0.5**7) / (1 - 0.5**7) + 1 / 3
    assert fall.strength == pytest.approx(fall.depth / math.sqrt(variance * ratio))
    assert (fall.begins, fall.lowest) == (5, 6)


@pytest.mark.parametrize("weight", [0.5, 0.9, 0.98])
@pytest.mark.parametrize("draw", ["normal", "exponential", "uniform"])
def test_noise_alone_suggests_a_rate_in_very_few_of_many_tests(weight: float, draw: str) -> None:
    random = np.random.default_rng(1)
    found = 0
    for _ in range(300):
        losses = 2.3 + 0.2 * getattr(random, draw)(size=100)
        found += conclude(smoothed(losses.tolist(), weight), FinderConfig(smoothing=weight)).chosen is not None
    assert found <= 6


def test_a_fall_out_of_the_noise_is_read_where_it_is() -> None:
    random = np.random.default_rng(2)
    for _ in range(100):
        made = smoothed([cliff(lr) + 0.2 * random.normal() for lr in RATES])
        curve = conclude(made, FinderConfig())
        assert curve.chosen is not None
        begins = made[Fall.of(made, len(made) // 10, FinderConfig().smoothing).begins].lr
        assert curve.steepest is None or curve.steepest >= begins
        assert all(1e-5 <= lr <= 1 for lr in curve.suggestions.values()), curve.suggestions


@pytest.mark.parametrize("weight", [0.0, 0.5, 0.9, 0.98])
@pytest.mark.parametrize("width", [1, 5])
@pytest.mark.parametrize("at", [0, 5, 20, 35])
@pytest.mark.parametrize("height", [0.5, 2.0, 5.0])
def test_a_loss_that_comes_down_from_a_spike_is_not_its_fall(weight: float, width: int, at: int, height: float) -> None:
    """The fall is steepest at 1e-2; a spike before it, smoothed or not, is steeper."""
    random = np.random.default_rng(4)
    rates = np.geomspace(1e-7, 10, 100)
    losses = 2.3 - 1.5 / (1 + np.exp(-4 * (np.log10(rates) + 2))) + 0.01 * random.normal(size=100)
    losses[at : at + width] += height
    curve = conclude(smoothed(losses.tolist(), weight), FinderConfig(smoothing=weight, choose="steepest"))
    if curve.chosen is None:
        assert "noise" in curve.doubt
    else:
        assert curve.steepest is not None, "the spike does not hide the fall"
        assert 3e-3 < curve.steepest < 1


def test_the_spike_of_that_test_is_seen_through_unless_it_is_the_noise() -> None:
    losses = [2.3] * 40 + np.linspace(2.3, 0.8, 30).tolist() + np.linspace(0.9, 9, 30).tolist()
    losses[20:23] = [4.0, 4.0, 4.0]
    curve = conclude(smoothed(losses), FinderConfig())
    fall = np.geomspace(1e-7, 10, 100)[40:70]
    assert curve.steepest is not None
    assert fall[0] <= curve.steepest <= fall[-1]


def test_a_fall_that_is_hardly_more_than_noise_is_doubted() -> None:
    random = np.random.default_rng(3)
    said = set()
    for _ in range(50):
        losses = [2.3 - 0.12 * (lr > 1e-2) + 0.1 * random.normal() for lr in RATES]
        curve = conclude(smoothed(losses), FinderConfig())
        said.add((curve.chosen is None, curve.doubt.partition(" by")[0].partition(":")[0]))
    assert (True, "its loss never left the noise of its batches") in said
    assert (False, "its loss fell") in said


def test_a_loss_that_still_falls_at_the_highest_rate_is_said() -> None:
    curve = conclude(smoothed([2.3] * 50 + np.linspace(2.3, 1.5, 50).tolist()), FinderConfig())
    assert curve.chosen is not None
    assert curve.doubt == "its loss was still falling at the highest rate: finder.max_lr is too low"


@pytest.mark.parametrize("moved", [None, 0, 60])
def test_rates_at_which_no_weight_moves_are_not_suggested(moved: int | None) -> None:
    curve = conclude(points([cliff(lr) for lr in RATES]), FinderConfig(), moved)
    if moved is None:
        assert (curve.chosen, curve.doubt) == (None, "at rates this small no weight changes")
    else:
        assert all(lr >= RATES[moved] for lr in curve.suggestions.values())


@given(
    st.lists(
        st.floats(-1e30, 1e30, allow_subnormal=False) | st.sampled_from([math.nan, math.inf, 2.3, 2.302]), max_size=60
    ),
    st.none() | st.integers(0, 59),
    st.sampled_from([0.0, 0.5, 0.9, 0.98]),
)
def test_whatever_the_losses_there_is_a_rate_in_range_or_a_reason(
    losses: list[float], moved: int | None, weight: float
) -> None:
    curve = conclude(smoothed(losses, weight), FinderConfig(smoothing=weight), moved)
    assert (curve.chosen is None) == (curve.suggestions == {})
    assert curve.chosen is not None or curve.doubt
    assert all(lr * 1.001 >= 1e-7 for lr in curve.suggestions.values())
    assert moved is not None or curve.chosen is None


@given(st.floats(1e-3, 1e3), st.floats(0, 1e-7), st.integers(0, 2**32 - 1))
def test_a_constant_loss_suggests_nothing_even_with_rounding(level: float, jitter: float, seed: int) -> None:
    losses = level * (1 + jitter * np.random.default_rng(seed).normal(size=100))
    assert conclude(smoothed(losses.tolist()), FinderConfig()).chosen is None
