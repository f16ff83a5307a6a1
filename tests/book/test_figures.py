"""A figure over replicates, in words, and the sampling error of accuracies."""

import math

import pytest

from lrtui.book.figures import Figures, signed, standard_error

INF = math.inf


@pytest.mark.parametrize(
    ("values", "decimals", "text"),
    [
        ((95.0, 96.0, 97.0), 2, "96.00 ± 1.00"),
        ((95.0,), 1, "95.0"),
        ((12.0, INF, 13.0), 1, "12.5 ± 0.7 (2 of 3)"),
        ((INF, INF), 1, "none"),
        ((1e-5, 3e-5), None, "2e-5 ± 1.41e-5"),
        ((1e-5, 3e-5), 2, "0.00 ± 0.00"),
        ((1.5e30, 1.5e30), 2, "1.5e30 ± 0.00"),
        ((2.302, 2.302), 3, "2.302 ± 0.000"),
        ((0.0, 0.0), 2, "0.00 ± 0.00"),
        ((-0.003, -0.001), 2, "0.00 ± 0.00"),
    ],
)
def test_mean_and_sample_standard_deviation_in_words(
    values: tuple[float, ...], decimals: int | None, text: str
) -> None:
    assert Figures(dict(enumerate(values))).text(decimals) == text


@pytest.mark.parametrize(
    ("value", "decimals", "text"), [(0.5, 1, "+0.5"), (-0.5, 1, "-0.5"), (-0.001, 2, "0.00"), (1e-5, None, "+1e-5")]
)
def test_a_difference_has_a_sign_unless_it_rounds_to_zero(value: float, decimals: int | None, text: str) -> None:
    assert signed(value, decimals) == text


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (53.67, 47.20, 0.7056),  # 100 · sqrt((0.5367 · 0.4633 + 0.4720 · 0.5280) / 10000)
        (50.0, 51.0, 0.7070),
        (0.0, 0.0, 0.0),
        (100.0, 0.0, 0.0),
    ],
)
def test_the_standard_error_of_a_difference_of_two_accuracies(one: float, other: float, expected: float) -> None:
    assert standard_error(one, other, 10_000) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ((1e-6, 1e-4), "1e-5 ×÷ 26"),
        ((2.0, 2.0), "2 ×÷ 1"),
        ((0.5,), "0.5"),
        ((0.0, 2.0, 8.0), "4 ×÷ 2.67 (2 of 3)"),
        ((0.0, 0.0), "none"),
    ],
)
def test_ratios_have_a_geometric_mean_and_a_factor_of_spread(values: tuple[float, ...], text: str) -> None:
    assert Figures(dict(enumerate(values)), ratio=True).text(None) == text


def test_the_interval_of_a_ratio_is_that_of_its_logarithm() -> None:
    low, high = Figures({1: 1e-6, 2: 1e-4, 3: 1e-5}, ratio=True).interval
    t, half = 4.302652729911275, math.log(10) / math.sqrt(3)
    assert (low, high) == pytest.approx((1e-5 * math.exp(-t * half), 1e-5 * math.exp(t * half)))
    assert Figures({1: 2.0}, ratio=True).interval is None
