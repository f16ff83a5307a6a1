"""Axes: round limits, ticks that can be read and told apart, and what is cut."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrtui.plots.axes import CUT, Axis, ceiling, epochs, fit, thin

MAGNITUDES = st.floats(-12, 6).map(lambda power: 10.0**power)
"""1e-12 to 1e6."""


def _check(axis: Axis, low: float, high: float, room: int) -> None:
    ticks = axis.ticks(room)
    labels = [label for _, label in ticks]
    assert len(set(labels)) == len(labels), "labels tell ticks apart"
    assert all(axis.low <= value * (1 + 1e-6) and value * (1 - 1e-6) <= axis.high for value, _ in ticks if value >= 0)
    assert [value for value, _ in ticks] == sorted(value for value, _ in ticks)
    assert axis.low <= low <= high <= axis.high * (1 + 1e-6)
    assert axis.low < axis.high
    assert len(ticks) >= 2
    for value, label in ticks:
        assert float(label) == pytest.approx(value, rel=1e-3)
        assert len(label) <= 14


@given(MAGNITUDES, st.floats(0, 1), st.integers(1, 12), st.booleans())
def test_labels_never_repeat_however_narrow_the_axis(level: float, share: float, room: int, log: bool) -> None:
    _check(fit([level, level * (1 + share)], log=log), level, level * (1 + share), room)


@given(MAGNITUDES, st.floats(-14, -1), st.integers(2, 12), st.booleans())
def test_a_tiny_span_at_a_large_offset(level: float, power: float, room: int, log: bool) -> None:
    high = level * (1 + 10.0**power)
    _check(fit([level, high], log=log), level, high, room)


@given(st.floats(-1e6, 1e6).map(lambda value: value if abs(value) > 1e-12 else 0.0), st.booleans(), st.integers(2, 12))
def test_a_constant_series_and_a_single_point_have_an_axis(value: float, log: bool, room: int) -> None:
    axis = fit([value], log=log)
    assert axis.low < axis.high
    assert len(axis.ticks(room)) >= 2
    if value > 0 or not log:
        assert axis.low <= value <= axis.high


@given(MAGNITUDES, st.floats(0, 18), st.integers(3, 12))
def test_ticks_of_a_logarithmic_axis_are_decades_and_1_2_5_within(low: float, decades: float, room: int) -> None:
    axis = fit([low, low * 10**decades], log=True)
    _check(axis, low, low * 10**decades, room)
    values = [value for value, _ in axis.ticks(room)]
    mantissas = {float(f"{value:.6e}".partition("e")[0]) for value in values}
    if axis.high >= 10 * axis.low:
        assert mantissas <= {1.0, 2.0, 5.0}
        assert len(values) <= max(3, room)
    if axis.high >= 1e4 * axis.low:
        assert len(values) < 6 or mantissas <= {1.0} or len(values) <= room


@pytest.mark.parametrize(
    ("low", "high", "log", "labels"),
    [
        (2.304, 2.3044, False, ["2.304", "2.3041", "2.3042", "2.3043", "2.3044"]),
        (2.30001, 2.30003, False, ["2.30001", "2.300015", "2.30002", "2.300025", "2.30003"]),
        (1e-5, 1e-1, True, ["1e-5", "1e-4", "1e-3", "1e-2", "1e-1"]),
        (3e-5, 7e-4, True, ["5e-5", "1e-4", "2e-4", "5e-4"]),
        (0.08, 2.4, True, ["0.1", "0.2", "0.5", "1", "2"]),
        (2.301, 2.305, True, ["2.301", "2.302", "2.303", "2.304", "2.305"]),
        (0.0, 97.3, False, ["0", "25", "50", "75", "100"]),
        (0.0, 200_000.0, False, ["0", "5e4", "1e5", "1.5e5", "2e5"]),
    ],
)
def test_labels_a_person_would_choose(low: float, high: float, log: bool, labels: list[str]) -> None:
    assert [label for _, label in fit([low, high], log=log).ticks(5)] == labels


@given(st.integers(0, 100_000), st.booleans(), st.integers(2, 12))
def test_epochs_have_whole_numbers(last: int, log: bool, room: int) -> None:
    axis = epochs(last, log=log)
    ticks = axis.ticks(room)
    assert all(value == int(value) and axis.low <= value <= axis.high for value, _ in ticks)
    assert len({label for _, label in ticks}) == len(ticks)
    assert [label for _, label in epochs(12).ticks(5)] == ["0", "3", "6", "9", "12"]
    assert [label for _, label in epochs(30).ticks(4)] == ["0", "10", "20", "30"]


def test_a_runaway_is_cut_and_nothing_else_is() -> None:
    calm = [2.0, 1.5, 1.0, 0.9, 0.8]
    cut = ceiling(calm, [*calm, 2.3, 30.0], reference=2.3)
    assert cut == pytest.approx(CUT * 2.3)
    assert fit([*calm, 30.0], ceiling=cut).high <= 4.0
    assert fit([0.1, 2.3, 1e30], log=True, ceiling=ceiling(calm, [0.1, 2.3, 1e30], reference=2.3, log=True)).high <= 5
    assert ceiling(calm, [*calm, 2.3, 4.4], reference=2.3) == math.inf, "overfitting is of interest"
    assert ceiling([], [], reference=2.3) == math.inf


def test_without_calm_curves_the_lower_half_is_of_interest() -> None:
    assert ceiling([], [1.0, 2.0, 3.0, 1e9]) == pytest.approx(CUT * 2.0)


@given(st.lists(st.floats(), max_size=30), st.lists(st.floats(), max_size=30), st.booleans())
def test_whatever_is_shown_there_is_an_axis(calm: list[float], shown: list[float], log: bool) -> None:
    axis = fit(shown, log=log, ceiling=ceiling(calm, shown, reference=2.3, log=log))
    assert axis.low < axis.high
    assert math.isfinite(axis.low)
    assert math.isfinite(axis.high)
    labels = [label for _, label in axis.ticks(5)]
    assert len(set(labels)) == len(labels) >= 2


def test_thinning_keeps_every_spike() -> None:
    xs = [float(value) for value in range(20_000)]
    ys = [1.0] * 20_000
    ys[7_777], ys[13_131] = 99.0, -99.0
    thin_xs, thin_ys = thin(xs, ys, 60)
    assert len(thin_xs) <= 4 * 60
    assert (7_777.0, 99.0) in zip(thin_xs, thin_ys, strict=True)
    assert (13_131.0, -99.0) in zip(thin_xs, thin_ys, strict=True)
    assert thin_xs == sorted(thin_xs)
    assert (thin_xs[0], thin_xs[-1]) == (0.0, 19_999.0)
