"""How a table is laid out in a terminal of any width."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from lrtui.report.cells import Column, Table
from lrtui.report.table import results_table
from lrtui.report.text_table import text_table
from tests.report.made import mixed, paper

FIT = Table.of(
    "A title of several words",
    [Column("lr", "lr", "rate", identifies=True), Column("a", "val acc %", "fixed"), Column("v", "verdict")],
    [(1e-3, 90.0, "2 converged, 1 diverged"), (1e-2, 8.5, "improving")],
)
PAPER = results_table(paper().result)


def test_wide_enough_it_is_one_line_a_row() -> None:
    assert text_table(FIT) == (
        "A title of several words\n\n"
        "  lr  val acc %  verdict\n"
        "────  ─────────  ───────────────────────\n"
        "1e-3      90.00  2 converged, 1 diverged\n"
        "1e-2       8.50  improving\n"
    )


def test_headings_are_wrapped_before_text() -> None:
    assert text_table(FIT, 36) == (
        "A title of several words\n\n"
        "        val\n"
        "  lr  acc %  verdict\n"
        "────  ─────  ───────────────────────\n"
        "1e-3  90.00  2 converged, 1 diverged\n"
        "1e-2   8.50  improving\n"
    )


def test_text_is_wrapped_before_the_table_is_cut() -> None:
    assert text_table(FIT, 25) == (
        "A title of several words\n\n"
        "        val\n"
        "  lr  acc %  verdict\n"
        "────  ─────  ────────────\n"
        "1e-3  90.00  2 converged,\n"
        "             1 diverged\n"
        "1e-2   8.50  improving\n"
    )


def test_columns_stand_closer_before_the_table_is_cut() -> None:
    assert text_table(FIT, 23).splitlines()[3:7] == [
        "       val",
        "  lr acc % verdict",
        "──── ───── ────────────",
        "1e-3 90.00 2 converged,",
    ]


def test_cut_into_blocks_each_names_its_rows() -> None:
    assert text_table(FIT, 20) == (
        "A title of several\nwords\n\n"
        "        val\n"
        "  lr  acc %\n"
        "────  ─────\n"
        "1e-3  90.00\n"
        "1e-2   8.50\n\n"
        "  lr  verdict\n"
        "────  ──────────────\n"
        "1e-3  2 converged, 1\n"
        "      diverged\n"
        "1e-2  improving\n"
    )


@settings(deadline=None)
@given(width=st.integers(40, 200))
@pytest.mark.parametrize("table", [results_table(mixed().result), results_table(paper().result, per="run")])
def test_no_line_of_results_is_wider_than_the_terminal(table: Table, width: int) -> None:
    lines = text_table(table, width).splitlines()
    title = set(table.title.split())
    assert all(cell_len(line) <= width for line in lines if not title & set(line.split()))


@settings(deadline=None)
@given(width=st.integers(20, 120))
def test_no_figure_is_lost_at_any_width(width: int) -> None:
    text = text_table(PAPER, width)
    assert all(shown in text for row in PAPER.shown("–") for shown in row if " " not in shown)


def test_wide_characters_keep_the_columns_apart() -> None:
    columns = [Column("a", "a"), Column("b", "b", "count")]
    text = text_table(Table.of("", columns, [("学习率", 1), ("x", 22)]))
    assert text == "a        b\n──────  ──\n学习率   1\nx       22\n"


def test_without_rows_the_headings_stand() -> None:
    assert text_table(Table.of("", [Column("a", "alpha"), Column("b", "b", "count")], [])) == "alpha  b\n─────  ─\n"
