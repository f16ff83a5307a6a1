"""What is said of runs that were taken over."""

import pytest

from lrtui.study.reused import continued_lines, reused_lines, reused_sentence


@pytest.mark.parametrize(
    ("origins", "said"),
    [
        ([None, ""], ""),
        (["a", None, "a"], "2 of 3 runs known from a"),
        (["a"], "1 run known from a"),
        (["b", "a", "a", None], "3 of 4 runs known from a (2), b (1)"),
    ],
)
def test_the_sentence(origins: list[str | None], said: str) -> None:
    assert reused_sentence(origins) == said


def test_the_lines_name_the_runs() -> None:
    assert reused_lines({1: "a", 2: "a", 3: None, 4: "a", 5: "b", 7: "a", 8: "a", 9: "a"}) == [
        "runs 1-2, 4, 7-9 were trained in a",
        "run 5 was trained in b",
    ]


def test_what_goes_on_is_said_by_study_and_epoch() -> None:
    assert continued_lines({1: ("a", 30), 2: ("a", 30), 3: ("", 0), 4: ("a", 12), 5: ("b", 30)}) == [
        "runs 1-2 go on from epoch 30 of a",
        "run 4 goes on from epoch 12 of a",
        "run 5 goes on from epoch 30 of b",
    ]
