"""The loss axis of a range test: what suggestions are read from is in the picture, the explosion is not."""

import math

import pytest

from lrtui.report.range_ceiling import HEADROOM, ceiling


def test_the_axis_ends_above_the_way_down_not_at_the_explosion() -> None:
    smoothed = [2.4, 2.3, 2.3, 2.35, 2.2, 2.0, 1.9, 2.1, 40.0, 900.0]
    assert ceiling(smoothed) == pytest.approx(HEADROOM * 2.4)


def test_a_low_beginning_is_not_taken_for_the_lowest_loss() -> None:
    smoothed = [1.0, *[2.0] * 9, 3.0, *[1.5] * 9, 50.0]  # the first tenth is the loss of a batch or two
    assert ceiling(smoothed) == pytest.approx(HEADROOM * 3.0)


def test_losses_that_are_not_finite() -> None:
    assert ceiling([2.0, 1.5, math.nan, math.inf]) == pytest.approx(HEADROOM * 2.0)
    assert ceiling([]) == math.inf
