"""Text that comes from files and people, made safe to show; and numbers, written one way everywhere."""

import math
import re
import textwrap
from collections.abc import Callable, Sequence
from typing import Any

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def literal(text: str) -> str:
    """Return `text` with control, bidirectional and surrogate characters written out (`\\x1b`), so that all of it shows."""
    return _CONTROL.sub(lambda match: match.group().encode("unicode_escape").decode("ascii"), text)


def format_rate(value: float | str) -> str:
    """Return a learning rate as scenarios' labels have it, in saved studies too: `1e-5`, `1e-1`, `0.015`, `0.25`.

    `find`, where the finder chooses the rate, stays as it is. What people are shown is `shown_rate`.
    """
    if isinstance(value, str):
        return value
    digits, exponent = _scientific(value)
    if 0 < abs(value) < 1 and (len(digits) == 1 or abs(value) < 1e-3):
        return f"{digits}e{exponent}"
    return f"{value:.12g}"


def format_value(value: Any) -> str:
    """Return any setting as scenarios' labels have it, in saved studies too. What people are shown is `shown_value`."""
    return _setting(value, lambda number: format_rate(number) if abs(number) < 1e-3 else f"{number:.12g}")


def shown_number(value: float, digits: int = 12, least: float = 1e-3) -> str:
    """Return a number as the screen and text tables write it, in so many significant digits.

    `0.0015` from `least` up to a million, beyond that `1.5e-4`, `1e8`.
    """
    value = float(f"{value:.{digits}g}")
    if value == 0 or least <= abs(value) < 1e6 or not math.isfinite(value):
        return f"{value:.12g}"
    mantissa, exponent = _scientific(value)
    return f"{mantissa}e{exponent}"


def shown_rate(value: float | str, digits: int = 12) -> str:
    """Return a learning rate as people are shown it: `1e-5`, `1.5e-3`, `1e-1`, `2.5e-1`, `10`; `find` as it is."""
    return value if isinstance(value, str) else shown_number(value, digits, least=1.0)


def short_rate(rate: float) -> str:
    """Return a rate that nobody typed, in three digits."""
    return shown_rate(rate, 3)


def rate_text(lr: float | None, found: bool | None) -> str:
    """Return `1e-3`; `find → 1.23e-3` for a rate that the finder chose, and `find` before it has."""
    if not found:
        return "" if lr is None else shown_rate(lr)
    return "find" if lr is None else f"find → {short_rate(lr)}"


def shown_value(value: Any) -> str:
    """Return any setting as people are shown it: `0.9`, `1e-5`, `64-32` for a list, `true`."""
    return _setting(value, shown_number)


def _setting(value: Any, number: Callable[[float], str]) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return number(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "-".join(_setting(item, number) for item in value) or "none"
    return str(value)


def _scientific(value: float) -> tuple[str, int]:
    if not math.isfinite(value):
        return str(value), 0
    mantissa, _, exponent = f"{value:.12e}".partition("e")
    return mantissa.rstrip("0").rstrip("."), int(exponent)


def one_of(values: Sequence[str]) -> str:
    """Return `a, b or c`."""
    return values[0] if len(values) == 1 else f"{', '.join(values[:-1])} or {values[-1]}"


def format_duration(seconds: float) -> str:
    """Return a time as `0:07`, `2:41` or `1:02:03`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def count(number: int, noun: str) -> str:
    """Return `1 run`, `15 runs`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def format_count(number: float) -> str:
    """Return a large number in three digits at most: `870`, `1.6k`, `118k`, `2.4M`."""
    for limit, unit in ((1e6, "M"), (1e3, "k")):
        if number >= limit:
            return f"{number / limit:.{1 if number < 10 * limit else 0}f}{unit}"
    return f"{number:.0f}"


def wrap(text: str, width: int | None, indent: str = "") -> list[str]:
    """Return the lines of a paragraph, each at most `width` wide if its words allow; `indent` stands before all but the first."""
    if width is None:
        return [text] if text else []
    return textwrap.wrap(text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
