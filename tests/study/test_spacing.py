"""`1e-4..1 x9`: values spaced in the logarithm, wherever a sweep is written."""

import math
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrtui.study import preset
from lrtui.study.problems import PresetError
from lrtui.study.spacing import spaced


def swept(*overrides: str) -> list[float]:
    return list(dict.fromkeys(spec.lr for spec in preset.load("quickstart", overrides).runs))


def test_decades_and_half_decades_come_out_as_people_write_them() -> None:
    assert spaced("1e-4..1 x9") == [1e-4, 3.16e-4, 1e-3, 3.16e-3, 1e-2, 3.16e-2, 1e-1, 3.16e-1, 1.0]
    assert spaced(" 1 .. 1e-2 × 3 ") == [1.0, 0.1, 0.01]


def test_whole_numbers_stay_whole() -> None:
    values = spaced("16..256 x5")
    assert values == [16, 32, 64, 128, 256] and all(type(value) is int for value in values)


@pytest.mark.parametrize(
    "text",
    [
        "1e-4..1",
        "1e-4..0 x3",
        "-1..1 x3",
        "1..1 x3",
        "1..2 x1",
        "1..2 x100000",
        "1..1e400 x3",
        "1..1.001 x500",
        "1..2 x",
    ],
)
def test_what_is_no_spacing_says_why(text: str) -> None:
    with pytest.raises(PresetError, match=r"spacing|LOW\.\.HIGH"):
        preset.load("quickstart", [f"optim.lr={text}"])


@given(st.floats(1e-9, 1e3), st.floats(1.5, 1e6), st.integers(2, 40))
def test_neighbours_have_one_ratio_but_for_rounding(low: float, span: float, count: int) -> None:
    values = spaced(f"{low!r}..{low * span!r} x{count}")
    if isinstance(values, str):  # too close for three digits
        assert span ** (1 / (count - 1)) < 1.02
        return
    ratio = math.log(span) / (count - 1)
    assert len(values) == count
    assert all(abs(math.log(high / low) - ratio) < 0.011 for low, high in pairwise(values))


def test_it_is_a_sweep_in_set_in_a_table_in_a_list_and_in_a_file(tmp_path: Path) -> None:
    assert swept("optim.lr=1e-2..1 x3") == [0.01, 0.1, 1.0]
    assert swept('optim.lr=["1e-2..1 x3", 5]') == [0.01, 0.1, 1.0, 5.0]
    file = tmp_path / "own.toml"
    file.write_text('extends = "quickstart"\n[optim]\nlr = "1e-3..1e-1 x3"\n')
    assert [spec.lr for spec in preset.load_file(file).runs[::3]] == [1e-3, 1e-2, 1e-1]
    file.write_text('extends = "quickstart"\n[sweep]\n"optim.lr" = "1e-3..1e-1 x3"\n')
    assert [spec.lr for spec in preset.load_file(file).runs[::3]] == [1e-3, 1e-2, 1e-1]


def test_what_is_wrong_in_a_file_has_its_line(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text('extends = "quickstart"\n[optim]\nlr = "1e-3..x3"\n')
    assert "own.toml:3: optim.lr: expected LOW..HIGH" in str(preset.check_file(file)[0])


def test_a_path_with_dots_is_none() -> None:
    with pytest.raises(PresetError, match="expected a number"):
        preset.load("quickstart", ["optim.lr=../rates"])


def test_a_key_of_text_takes_it_as_text() -> None:
    assert preset.load("quickstart", ["title=1..2 x3"]).title == "1..2 x3"
