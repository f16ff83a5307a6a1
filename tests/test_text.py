"""Text made safe to show, and numbers written one way."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrtui.text import (
    format_duration,
    format_rate,
    format_value,
    literal,
    one_of,
    rate_text,
    shown_number,
    shown_rate,
    shown_value,
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain [bold]text[/] – 日本 🎉", "plain [bold]text[/] – 日本 🎉"),
        ("\x1b[31mred\x07", "\\x1b[31mred\\x07"),
        ("a\nb\tc\r\0", "a\\nb\\tc\\r\\x00"),
        ("\x7f\x9b31m", "\\x7f\\x9b31m"),
        ("\u202eevil\u2066\u200f", "\\u202eevil\\u2066\\u200f"),
        ("", ""),
    ],
)
def test_control_characters_are_written_out(text: str, shown: str) -> None:
    assert literal(text) == shown


@given(st.text())
def test_nothing_that_moves_a_cursor_is_left(text: str) -> None:
    shown = literal(text)
    assert not any(ord(character) < 32 or 0x7F <= ord(character) < 0xA0 for character in shown)
    assert literal(shown) == shown


@pytest.mark.parametrize(
    ("rate", "written"),
    [
        (1e-5, "1e-5"), (1e-3, "1e-3"), (0.01, "1e-2"), (0.1, "1e-1"), (0.3, "3e-1"), (0.00025, "2.5e-4"),
        (0.25, "0.25"), (0.015, "0.015"), (1.0, "1"), (10.0, "10"), (1.5, "1.5"), (0.0, "0"), (1e-12, "1e-12"),
        (123456.0, "123456"), (1e20, "1e+20"), (-1e-3, "-0.001"), (math.inf, "inf"), (math.nan, "nan"),
        ("find", "find"),
    ],
)  # fmt: skip
def test_a_rate_is_written_as_people_write_it(rate: float | str, written: str) -> None:
    assert format_rate(rate) == written


@given(st.floats(1e-12, 1e6))
def test_a_written_rate_is_the_rate(rate: float) -> None:
    assert math.isclose(float(format_rate(rate)), rate, rel_tol=1e-11)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.9, "0.9"), (0.1, "0.1"), (1e-5, "1e-5"), (0.0, "0"), (2.0, "2"), (64, "64"), (True, "true"), (False, "false"),
        ("relu", "relu"), ((256, 128, 64), "256-128-64"), ([], "none"), ((0.5, True), "0.5-true"), (None, "None"),
    ],
)  # fmt: skip
def test_a_setting_as_a_label(value: object, written: str) -> None:
    assert format_value(value) == written


def test_choices_in_words() -> None:
    assert one_of(["a"]) == "a"
    assert one_of(["a", "b"]) == "a or b"
    assert one_of(["a", "b", "c"]) == "a, b or c"


@pytest.mark.parametrize(
    ("seconds", "written"), [(0, "0:00"), (7.4, "0:07"), (59.6, "1:00"), (161, "2:41"), (3723, "1:02:03")]
)
def test_a_time(seconds: float, written: str) -> None:
    assert format_duration(seconds) == written


SHAPE = re.compile(r"-?(\d+(\.\d+)?|\d(\.\d+)?e-?[1-9]\d*)")


@given(st.floats(1e-300, 1e300) | st.floats(1e-6, 10).map(lambda value: round(value, 6)), st.integers(2, 12))
def test_the_size_of_a_number_and_nothing_else_decides_how_it_is_shown(value: float, digits: int) -> None:
    rounded = float(f"{value:.{digits}g}")
    for text, least in ((shown_number(value, digits), 1e-3), (shown_rate(value, digits), 1.0)):
        assert SHAPE.fullmatch(text), text
        assert float(text) == pytest.approx(rounded, rel=1e-11)
        assert ("e" in text) == (not least <= rounded < 1e6 and rounded != 0)


@pytest.mark.parametrize(
    ("rate", "text"),
    [(1e-3, "1e-3"), (0.0015, "1.5e-3"), (0.00318, "3.18e-3"), (0.1, "1e-1"), (0.25, "2.5e-1"), (10.0, "10"), (1e8, "1e8")],
)  # fmt: skip
def test_rates_are_shown_alike(rate: float, text: str) -> None:
    assert shown_rate(rate) == text == rate_text(rate, found=False)


def test_settings_are_shown_alike() -> None:
    shown = [
        shown_value(value) for value in (0.9, 0.0015, 0.001, 5e-4, 1e8, 0.0, math.inf, (0.5, 1e-5), 12000, True, None)
    ]
    assert shown == ["0.9", "0.0015", "0.001", "5e-4", "1e8", "0", "inf", "0.5-1e-5", "12000", "true", "None"]
