"""The verdicts: curves whose right verdict is known, and what must hold of any curve."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lrtui.analysis.verdicts import FAILED, Curve, Verdict, kendall, theil_sen
from lrtui.study.indicators import IndicatorConfig

NAN, INF, H = math.nan, math.inf, math.log(10)


def curve(
    val_losses: Sequence[float],
    train_losses: Sequence[float] | None = None,
    rates: Sequence[float] | None = None,
    **keys: Any,
) -> Curve:
    """Return a run's curve from its losses, epoch 1 first; the training losses are those of validation unless given."""
    train = val_losses if train_losses is None else train_losses
    return Curve(
        tuple(val_losses),
        tuple(train),
        tuple(rates or [0.1] * len(val_losses)),
        math.log(10),
        IndicatorConfig.model_validate(keys),
    )


def verdict(*args: Any, **keys: Any) -> Verdict:
    return curve(*args, **keys).verdict()


def falling(epochs: int, to: float, start: float = 2.0, speed: float = 0.2) -> list[float]:
    return [to + (start - to) * (1 - speed) ** epoch for epoch in range(epochs)]


def steps(start: float, to: float, epochs: int) -> list[float]:
    return [float(loss) for loss in np.linspace(start, to, epochs)]


class TestDiverged:
    def test_at_the_first_loss_that_is_no_number(self) -> None:
        found = curve([1.2, 1.1, NAN, 2.3])
        assert (found.verdict(), found.diverged_at) == (Verdict.DIVERGED, 3)
        assert curve([1.2, 1.1, 1.0], [1.2, INF, 1.0]).diverged_at == 2

    def test_by_the_training_loss_alone(self) -> None:
        memorized = curve([*falling(10, 1.8), *steps(1.85, 4.44, 80)], falling(90, 0.134, speed=0.05))
        assert (memorized.verdict(), memorized.diverged_at) == (Verdict.OVERFITTING, None)
        assert verdict([2.0, 1.5, 4.0, 5.0, 6.0]) is Verdict.DIVERGED

    def test_from_where_the_training_loss_stayed_too_high(self) -> None:
        assert curve([1.5, 1.2, 3.5, 4.0, 9.0]).diverged_at == 3
        assert curve([3.6, 3.6, 1.0, 3.6, 4.0, 4.1]).diverged_at == 4
        assert curve([9.0, 1.0, 9.0, 9.5]).diverged_at == 3

    def test_not_if_it_was_as_high_all_along(self) -> None:
        assert verdict([300.0, 290.0, 280.0]) is Verdict.STALLED  # raw pixels, a rate too small to leave them

    def test_not_if_it_fell_at_every_epoch_of_a_few(self) -> None:
        assert verdict([9.0, 4.0, 1.0]) is Verdict.IMPROVING
        assert verdict([9.0, 4.0, 2.0]) is Verdict.IMPROVING
        assert verdict([9.0, 4.0, 2.2]) is Verdict.STALLED  # hardly below what knows nothing
        assert curve([9.0, 8.0, 4.0]).diverged_at is None
        assert verdict([1.0, 4.0, 3.9]) is Verdict.DIVERGED


class TestStalledAndCollapsed:
    def test_raw_pixels_that_end_at_the_loss_of_knowing_nothing(self) -> None:
        assert verdict([2.31, 2.3026, 2.3026, 2.3026, 2.3026]) is Verdict.STALLED

    def test_twenty_logistic_layers(self) -> None:
        assert verdict([2.3031, 2.3028, 2.3027] + [2.3026] * 9) is Verdict.STALLED

    def test_a_loss_that_falls_slowly_has_not_stalled(self) -> None:
        slow = [2.29, 2.28, 2.27, 2.255, 2.24, 2.225, 2.21, 2.19, 2.17, 2.15]  # SGD at 1e-3: accuracy 10 to 47 %
        assert verdict(slow) is Verdict.IMPROVING

    def test_what_was_learned_and_lost_has_collapsed(self) -> None:
        assert verdict([1.9, 1.7, 2.1, *[2.3096] * 9]) is Verdict.COLLAPSED  # Adam at 1e-1
        assert verdict([2.2, 2.25, *[2.3096] * 9]) is Verdict.STALLED  # hardly anything was learned


class TestOverfitting:
    fit = falling(30, 0.01)

    def test_validation_rises_while_training_falls(self) -> None:
        rises = [*falling(8, 0.07, 0.3), *steps(0.09, 0.2, 22)]
        assert verdict(rises, self.fit) is Verdict.OVERFITTING
        assert verdict(rises, self.fit, overfitting=4.0) is not Verdict.OVERFITTING

    def test_not_if_training_rises_too(self) -> None:
        rises = [*falling(8, 0.07, 0.3), *steps(0.09, 0.2, 22)]
        assert verdict(rises, rises) is not Verdict.OVERFITTING

    def test_not_by_jitter_around_a_good_loss(self) -> None:
        # ends 14 % above its best, as SGD at 1e-1 on MNIST does at 98.3 %
        jitter = [0.2, 0.12, 0.09, *[0.082, 0.078, 0.085, 0.076] * 6, 0.086, 0.0866, 0.0866]
        assert verdict(jitter, self.fit) is Verdict.SETTLED

    def test_beyond_the_loss_of_knowing_nothing(self) -> None:
        assert verdict([1.8, 2.2, 2.5, 2.6, 2.7], [1.8, 1.2, 0.8, 0.4, 0.2]) is Verdict.OVERFITTING


class TestTrainedNetworks:
    """The paper's MLP on MNIST, SGD, 30 epochs, seed 1: validation and training losses as they were measured."""

    def test_at_a_rate_of_one_hundredth_the_loss_has_nearly_settled(self) -> None:
        val = (
            2.153,
            0.6192,
            0.4312,
            0.3585,
            0.3186,
            0.2883,
            0.2646,
            0.2363,
            0.2219,
            0.198,
            0.1853,
            0.1695,
            0.1624,
            0.1528,
        )
        val += (
            0.1405,
            0.1333,
            0.1279,
            0.1217,
            0.1188,
            0.1128,
            0.1107,
            0.1043,
            0.1025,
            0.1032,
            0.0971,
            0.0956,
            0.0923,
            0.0889,
        )
        train = (
            2.2665,
            1.31,
            0.5171,
            0.405,
            0.3484,
            0.3103,
            0.2809,
            0.2544,
            0.2312,
            0.21,
            0.1917,
            0.1757,
            0.1621,
            0.15,
        )
        train += (
            0.1395,
            0.13,
            0.1215,
            0.1139,
            0.1062,
            0.1004,
            0.0944,
            0.0894,
            0.0841,
            0.0796,
            0.0755,
            0.0718,
            0.0682,
            0.0648,
        )
        assert verdict(val, train) is Verdict.IMPROVING  # after 28 epochs; the last two make it
        found = curve((*val, 0.0933, 0.0902), (*train, 0.0617, 0.0585))
        assert (found.verdict(), found.settling_epoch()) == (Verdict.SETTLED, 16)

    def test_at_a_tenth_validation_rises_while_training_goes_to_nothing(self) -> None:
        val = (
            0.2282,
            0.1539,
            0.0993,
            0.0885,
            0.0837,
            0.0874,
            0.0875,
            0.0786,
            0.0728,
            0.0866,
            0.0821,
            0.081,
            0.085,
            0.0853,
        )
        val += (
            0.0809,
            0.0863,
            0.0843,
            0.0849,
            0.0846,
            0.0851,
            0.0873,
            0.0882,
            0.0894,
            0.0903,
            0.0906,
            0.0916,
            0.0917,
            0.093,
        )
        train = (
            0.6669,
            0.1695,
            0.1081,
            0.0802,
            0.0614,
            0.0487,
            0.0401,
            0.0314,
            0.0248,
            0.0203,
            0.0164,
            0.0131,
            0.0088,
            0.0067,
        )
        train += (
            0.0042,
            0.003,
            0.0041,
            0.0018,
            0.0011,
            0.0008,
            0.0006,
            0.0006,
            0.0005,
            0.0004,
            0.0003,
            0.0003,
            0.0003,
            0.0003,
        )
        found = curve((*val, 0.0934, 0.0939), (*train, 0.0002, 0.0002))
        assert found.verdict() is Verdict.OVERFITTING
        assert (found.trend_since_best, found.swings) == (pytest.approx(0.778656), (0, 0))


class TestOscillating:
    swings = (1.8, 1.5, 1.62, 1.3, 1.2, 1.1, 1.25, 1.05, 1.0, 0.98)  # a CNN on CIFAR-10 at 1e-1

    def test_two_rises_and_two_falls(self) -> None:
        found = curve(self.swings)
        assert (found.verdict(), found.swings) == (Verdict.OSCILLATING, (2, 5))

    def test_steps_count_by_what_was_learned_and_by_the_loss(self) -> None:
        small = [2.0, 0.1, *[0.08, 0.083] * 5]
        assert curve(small).swings == (0, 0)  # 4 % of the loss, and nothing of what was learned
        high = [2.0, 1.82, *[1.8, 1.85] * 5]
        assert curve(high).swings == (0, 0)  # 10 % of what was learned, and 3 % of the loss

    def test_a_schedule_that_moves_the_rate_may_swing_before_its_end(self) -> None:
        losses = [1.8, 1.4, 1.6, 1.2, 1.4, 1.0, 0.9, 0.85, 0.82, 0.8]
        moving = [0.1 / epoch for epoch in range(1, 11)]
        assert verdict(losses) is Verdict.OSCILLATING
        assert verdict(losses, rates=moving) is Verdict.IMPROVING
        ends = [1.8, 1.4, 1.2, 1.0, 0.9, 0.8, 1.0, 0.8, 1.0, 0.8]
        assert verdict(ends, rates=moving) is Verdict.OSCILLATING


class TestImprovingAndSettled:
    def test_a_fall_that_goes_on(self) -> None:
        losses = [1.9, 1.6, 1.4, 1.25, 1.15, 1.08, 1.03, 0.99, 0.96, 0.94, 0.925]
        found = curve(losses)
        assert (found.verdict(), round(found.fall, 6)) == (Verdict.IMPROVING, 0.390031)

    def test_a_few_epochs_are_improving(self) -> None:
        assert verdict([1.0, 1.0, 1.0, 1.0]) is Verdict.IMPROVING
        assert verdict([1.0, 1.0, 1.0, 1.0, 1.0]) is Verdict.SETTLED

    def test_the_settling_epoch_is_where_the_loss_comes_near_its_end(self) -> None:
        assert curve([2.0, 1.0, 0.55, 0.5, 0.51, 0.49, 0.5, 0.5]).settling_epoch() == 4
        assert curve([0.5] * 6).settling_epoch() == 1


any_loss = st.one_of(st.floats(1e-3, 50), st.floats(0.5, 2.5), st.sampled_from([NAN, INF]))
losses = st.integers(1, 30).flatmap(lambda epochs: st.lists(any_loss, min_size=epochs, max_size=epochs))


@given(losses, losses)
def test_every_run_has_a_verdict_and_the_first_that_holds(val_losses: list[float], train_losses: list[float]) -> None:
    epochs = min(len(val_losses), len(train_losses))
    found = curve(val_losses[:epochs], train_losses[:epochs])
    lowest = min(*found.val_losses, *found.train_losses)
    became = found.verdict()
    assert (became is Verdict.DIVERGED) == (found.diverged_at is not None)
    if all(map(math.isfinite, (*found.val_losses, *found.train_losses))) and became is not Verdict.DIVERGED:
        assert (lowest >= 0.98 * H) <= (became is Verdict.STALLED)
        assert became not in FAILED or min(found.val_end, found.train_end) >= 0.98 * H
        assert became is not Verdict.SETTLED or epochs >= 5
    else:
        assert became is Verdict.DIVERGED


@given(st.lists(st.floats(-10, 10).map(lambda value: round(value, 2)), min_size=2, max_size=12, unique=True))
def test_trends_against_scipy(values: list[float]) -> None:
    time = range(len(values))
    assert kendall(values) == pytest.approx(stats.kendalltau(time, values).statistic)
    assert theil_sen(values) == pytest.approx(stats.theilslopes(values, time).slope)


def test_the_number_of_classes_decides_what_knowing_nothing_is() -> None:
    two = Curve((0.68, 0.65, 0.6, 0.55, 0.5), (0.68, 0.65, 0.6, 0.55, 0.5), (0.1,) * 5, math.log(2), IndicatorConfig())
    assert two.chance == pytest.approx(math.log(2))
    assert two.verdict() is Verdict.IMPROVING
