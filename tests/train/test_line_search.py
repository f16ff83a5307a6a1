"""How far a function can be followed before it is above where it began."""

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrtui.train.line_search import NARROW, crossing


def parabola(root: float, slope: float = 1.0) -> Callable[[float], float]:
    return lambda step: -slope * step + slope * step * step / root


@given(root=st.floats(1e-9, 1e9), off=st.floats(1e-6, 1e6))
def test_of_a_parabola_it_is_exact_from_anywhere(root: float, off: float) -> None:
    found = crossing(parabola(root), root * off)
    assert found.at == pytest.approx(root, rel=1e-9)


@pytest.mark.parametrize("off", [0.6, 0.9, 1.0, 1.3, 1.9])
def test_from_nearby_it_takes_few_evaluations(off: float) -> None:
    assert crossing(parabola(0.3), 0.3 * off).evaluations <= 5


def test_of_another_function_it_is_near() -> None:
    found = crossing(lambda step: math.cosh(3 * step) - 1 - 2 * step, 0.1)
    below, above = ((found.at or 0.0) * factor for factor in (0.99, 1.01))
    assert math.cosh(3 * below) - 1 - 2 * below < 0 < math.cosh(3 * above) - 1 - 2 * above


def test_a_wall_is_found_within_the_last_bracket() -> None:
    found = crossing(lambda step: -step if step < 0.7 else math.nan, 0.01)
    assert 0.7 / NARROW <= (found.at or 0.0) <= 0.7 * NARROW
    assert crossing(lambda step: -step if step < 0.7 else math.inf, 50.0).at == pytest.approx(0.7, rel=NARROW - 1)


def test_what_never_rises_has_no_end_and_what_never_falls_no_answer() -> None:
    assert crossing(lambda step: -step, 1.0).at == math.inf
    assert crossing(lambda step: step, 1.0).at is None
    assert crossing(lambda step: 0.0, 1.0).at is None
    assert crossing(lambda step: math.nan, 1.0).at is None


@pytest.mark.parametrize("guess", [5e-324, 1e-300, 1e300, 1.7e308])
def test_at_the_ends_of_the_numbers_it_ends(guess: float) -> None:
    assert crossing(lambda step: -step, guess).evaluations < 10
    assert crossing(lambda step: step, guess).evaluations < 10
