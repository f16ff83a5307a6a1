"""A figure over replicates, and when two of them differ."""

import math

import pytest

from lrtui.analysis.answers.stat import Stat, order, standard_errors

INF, NAN = math.inf, math.nan


@pytest.mark.parametrize(
    ("values", "decimals", "text"),
    [
        ((95.0, 96.0, 97.0), 2, "96.00 ± 1.00"),
        ((95.0,), 1, "95.0"),
        ((12.0, INF, 13.0), 1, "12.5 ± 0.7 (2 of 3)"),
        ((INF, INF), 1, "none"),
        ((1e-5, 3e-5), None, "2e-05 ± 1.41e-05"),
        ((1e-5, 3e-5), 2, "0.00 ± 0.00"),
        ((1.5e30, 1.5e30), 2, "1.5e+30 ± 0.00"),
        ((2.302, 2.302), 3, "2.302 ± 0.000"),
        ((0.0, 0.0), 2, "0.00 ± 0.00"),
    ],
)
def test_mean_and_sample_standard_deviation_in_words(
    values: tuple[float, ...], decimals: int | None, text: str
) -> None:
    assert Stat(values).text(decimals) == text


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ((3.0, 4.0), (1.0, 2.0), 1),
        ((1.0, 2.0), (3.0, 4.0), -1),
        ((1.0, 3.0), (2.0, 4.0), 0),
        ((1.0, 2.0), (2.0, 3.0), 0),  # equal is not above
        ((INF, INF), (12.0, 13.0), 1),  # never is later than any epoch
        ((INF, 12.0), (11.0, 12.5), 0),
        ((NAN, 5.0), (1.0, 2.0), 0),
        ((5.0,), (1.0, 2.0), None),
    ],
)
def test_a_difference_counts_where_every_replicate_is_beyond_every_other(
    one: tuple[float, ...], other: tuple[float, ...], expected: int | None
) -> None:
    assert order(Stat(one), Stat(other)) == expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (53.67, 47.20, 9.1695),  # 0.0647 / sqrt((0.5367 · 0.4633 + 0.4720 · 0.5280) / 10000)
        (50.0, 51.0, -1.4144),
        (50.0, 50.0, 0.0),
        (0.0, 0.0, 0.0),
        (100.0, 0.0, INF),
    ],
)
def test_standard_errors_between_two_accuracies(one: float, other: float, expected: float) -> None:
    assert standard_errors(one, other, 10_000) == pytest.approx(expected, abs=1e-4)
