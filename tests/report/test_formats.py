"""Every format of a table says the same, cell for cell; golden files hold their bytes."""

import csv
import io
import itertools
import json
import math
import re
from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from pyarrow import dataset

import lrtui
from lrtui.analysis.parquet import parquet_bytes
from lrtui.errors import InputError
from lrtui.report.cells import Column, Table
from lrtui.report.markup import markdown_text
from lrtui.report.render import FORMATS, render
from lrtui.report.table import results_table
from lrtui.text import literal
from tests.report.made import HOSTILE, INF, NAN, Golden, mixed, paper

COLUMNS = (
    Column("name", "name | [x]", "text", identifies=True),
    Column("count", "count", "count"),
    Column("figure", "figure %", "fixed", decimals=2),
    Column("rate", "rate", "rate"),
    Column("number", "number", "number"),
)
HOSTILE_CELLS = (
    HOSTILE,
    "+1+cmd|' /C calc'!A0",
    "-2",
    "@SUM(A1)",
    "  =1+1",
    "\t=1+1",
    'a,b;"c"\nd',
    "a|b\\|c",
    "![x](http://y.z) https://y.z <script>",
    "`code` ~~no~~ **no** __no__ # no &lt;",
    "\\textbf{no} \\input{x} %no ^~ -- [2pt] * {}",
    "\u202eright to left",
)
AWKWARD = Table.of(
    HOSTILE,
    COLUMNS,
    [
        *((cell, 3, 12.345, 1e-5, 0.9) for cell in HOSTILE_CELLS),
        ("nan", -4, NAN, 0.25, 11.5),
        (None, None, None, None, None),
        ("infinite", 0, INF, 10.0, -INF),
        ("large", 10**12, -1.23456789e12, 2.5e-4, 1e300),
        ("zero", 0, -0.001, 1.0, 0.0),
    ],
    note="a note with | and *",
)
TABLES = {
    "awkward": AWKWARD,
    "scenarios": results_table(mixed().result),
    "runs": results_table(mixed().result, per="run"),
    "paper": results_table(paper().result),
}
PAPER_ID = results_table(paper().result, lang="id")
TABLES |= {f"paper-id-{number}": part for number, part in enumerate(PAPER_ID.for_people(), 1)}

Rows = list[list[str | None]]


def from_csv(table: Table) -> Rows:
    """Return the cells as people would be shown them."""
    lines = list(csv.reader(io.StringIO(str(render(table, "csv")))))
    assert lines[0] == [column.key for column in table.columns]
    return [
        [
            read_csv_cell(column, cell) if cell else column.missing or None
            for column, cell in zip(table.columns, line, strict=True)
        ]
        for line in lines[1:]
    ]


def read_csv_cell(column: Column, cell: str) -> str:
    if column.kind == "list":
        return column.show(tuple(json.loads(cell)), "")
    if not column.numeric:
        return column.show(cell.removeprefix("'"), "")
    return column.show(int(cell) if column.kind == "count" else float(cell), "")


def from_markdown(table: Table) -> Rows:
    """Return the cells that a Markdown reader shows."""
    tokens = MarkdownIt("commonmark").enable("table").enable("strikethrough").parse(str(render(table, "markdown")))
    cells: Rows = []
    for before, token in itertools.pairwise(tokens):
        if before.type == "tr_open":
            cells.append([])
        if before.type in ("td_open", "th_open"):
            assert {child.type for child in token.children or ()} <= {"text"}
            shown = "".join(child.content for child in token.children or ())
            cells[-1].append(None if shown == "–" else shown)
    assert cells[0] == [column.header for column in table.columns]
    return cells[1:]


def from_latex(table: Table) -> Rows:
    text = str(render(table, "latex"))
    body = text.split("\\midrule\n")[1].split("\\bottomrule", maxsplit=1)[0]
    rows = [line.removesuffix(" \\\\").split(" & ") for line in body.splitlines()]
    return [[None if cell == "--" else unescape_latex(cell) for cell in row] for row in rows]


def unescape_latex(cell: str) -> str:
    words = {"textbackslash": "\\", "textasciitilde": "~", "textasciicircum": "^", "textless": "<", "textgreater": ">"}
    words |= {"textbar": "|", "textasciigrave": "`", "textquotesingle": "'", "textquotedbl": '"'}
    cell = {r"$\star$": "★", r"$\circ$": "☆", r"$\approx$": "≈"}.get(cell, cell)
    found = re.compile(r"\\([a-z]+)\{\}|\\([{}&%$#_])|\{([\[\]*])\}|(-)\{\}|\$(-[^$]*)\$|(.)").findall(cell)
    return "".join(words[command] if command else "".join(rest) for command, *rest in found)


def from_text(table: Table) -> Rows:
    """Return the cells by the columns that the rule marks off."""
    lines = str(render(table, "text")).splitlines()
    at = next(index for index, line in enumerate(lines) if line.startswith("─"))
    spans = [match.span() for match in re.finditer("─+", lines[at])]
    assert [lines[at - 1][start:end].strip() for start, end in spans] == [column.header for column in table.columns]
    return [
        [None if line[start:end].strip() == "–" else line[start:end].strip() for start, end in spans]
        for line in lines[at + 1 :]
    ]


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("parse", [from_csv, from_markdown, from_latex])
def test_formats_for_reading_agree_cell_for_cell_with_text(name: str, parse: Callable[[Table], Rows]) -> None:
    stripped = [[cell if cell is None else cell.strip() for cell in row] for row in parse(TABLES[name])]
    assert stripped == from_text(TABLES[name])


@pytest.mark.parametrize("name", TABLES)
def test_json_and_parquet_hold_the_figures_that_text_shows(name: str, tmp_path: Path) -> None:
    table = TABLES[name]
    in_json = json.loads(render(table, "json"), parse_constant=pytest.fail)
    assert in_json["title"] == table.title
    (tmp_path / "t.parquet").write_bytes(bytes(render(table, "parquet")))
    in_parquet = pl.read_parquet(tmp_path / "t.parquet").to_dicts()
    for written, stored, shown in zip(in_json["rows"], in_parquet, from_text(table), strict=True):
        assert list(written) == list(stored) == [column.key for column in table.columns]
        for column, text in zip(table.columns, shown, strict=True):
            for value in (written[column.key], stored[column.key]):
                if text is None or text == column.missing:
                    assert value is None
                elif column.kind == "list":
                    assert column.show(tuple(json.loads(value) if isinstance(value, str) else value), "") == text
                elif not column.numeric:
                    assert column.show(value, "").strip() == text
                else:
                    assert column.show(float(value) if column.kind != "count" else value, "–") == text
            if column.numeric and text is not None and text != column.missing and not math.isfinite(float(text)):
                assert written[column.key] == text
                assert isinstance(stored[column.key], float)


def test_nan_of_parquet_is_nan_in_duckdb_and_missing_is_null(tmp_path: Path) -> None:
    (tmp_path / "t.parquet").write_bytes(bytes(render(AWKWARD, "parquet")))
    query = f"select count(*) filter (isnan(figure)), count(*) filter (figure is null) from '{tmp_path / 't.parquet'}'"
    assert duckdb.sql(query).fetchall() == [(1, 1)]


def test_spreadsheets_get_no_formula_and_keep_their_numbers() -> None:
    lines = list(csv.reader(io.StringIO(str(render(AWKWARD, "csv")))))[1:]
    assert [line[0][0] for line in lines[:6]] == ["'"] * 6
    assert lines[len(HOSTILE_CELLS)][1] == "-4"
    assert float(lines[len(HOSTILE_CELLS) + 2][4]) == -INF


LOOKALIKES = [
    "nan",
    "NA",
    "null",
    "None",
    "true",
    "2016-08-04",
    "16-8-4",
    "10/5",
    "May 5",
    "007",
    "1e5",
    "=1+1",
    "'",
    "-",
    "inf",
    "N/A",
    "n/a",
    "5'",
    "|x",
    ";5",
    "1\\t2",
]
one_cell = st.one_of(st.sampled_from(LOOKALIKES), st.text(min_size=1).map(literal))


@pytest.mark.parametrize("text", [text for text in LOOKALIKES if text != "'"])
def test_what_looks_like_something_else_is_text_to_every_reader(tmp_path: Path, text: str) -> None:
    file = tmp_path / "t.csv"
    table = Table.of("", [Column("name", "name"), Column("n", "n", "count")], [[text, 1], [text, 2]])
    file.write_text(str(render(table, "csv")))
    read = [
        pl.read_csv(file, try_parse_dates=True)["name"].to_list(),
        pandas.read_csv(file)["name"].tolist(),
        [row[0] for row in duckdb.sql(f"select name from '{file}'").fetchall()],
    ]
    assert read == [[f"'{text}"] * 2] * 3


@pytest.mark.parametrize("text", ["2 oscillating, 1 stalled", "2 done, 1 stopped", "2 of 3 diverged"])
def test_text_that_merely_begins_with_a_digit_stays_as_it_is(tmp_path: Path, text: str) -> None:
    file = tmp_path / "t.csv"
    file.write_text(str(render(Table.of("", [Column("name", "name"), Column("n", "n", "count")], [[text, 1]]), "csv")))
    assert pl.read_csv(file, try_parse_dates=True)["name"].to_list() == [text]
    assert pandas.read_csv(file)["name"].tolist() == [text]
    assert duckdb.sql(f"select name from '{file}'").fetchall() == [(text,)]


@settings(deadline=None, max_examples=60)
@given(st.lists(one_cell, min_size=1, max_size=4))
def test_text_in_csv_comes_back_as_text(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    """Polars, pandas and DuckDB, left to guess the types, read the text behind an apostrophe."""
    table = Table.of("", [Column("name", "name"), Column("n", "n", "count")], [[text, 1] for text in texts])
    file = tmp_path_factory.mktemp("csv") / "t.csv"
    file.write_text(str(render(table, "csv")), encoding="utf-8")
    readers = {
        "polars": pl.read_csv(file, try_parse_dates=True)["name"].to_list(),
        "pandas": pandas.read_csv(file)["name"].tolist(),
        "duckdb": [
            row[0] for row in duckdb.read_csv(str(file), quotechar='"', escapechar='"').select("name").fetchall()
        ],
    }
    for reader, read in readers.items():
        assert [str(text).removeprefix("'") for text in read] == texts, reader


def test_lists_stay_lists_and_changes_are_said_in_every_format(tmp_path: Path) -> None:
    columns = [Column("model.hidden", "hidden", "list"), Column("accuracy", "val acc %", "fixed")]
    shapes = [(16, 8, 4), (12, 8, 4), (10, 5, 3)]
    table = Table.of("", columns, [[shape, 200 / 3] for shape in shapes], changed=["optim.lr=0.1", "train.epochs=1"])
    file = tmp_path / "t.csv"
    file.write_text(str(render(table, "csv")))
    written = [f"[{', '.join(map(str, shape))}]" for shape in shapes]
    assert pl.read_csv(file, try_parse_dates=True)["model.hidden"].to_list() == written
    assert duckdb.sql(f"select \"model.hidden\", changed from '{file}'").fetchall()[0] == (
        written[0],
        "optim.lr=0.1, train.epochs=1",
    )
    document = json.loads(render(table, "json"))
    assert (document["changed"], document["rows"][0]) == (
        list(table.changed),
        {"model.hidden": [16, 8, 4], "accuracy": 200 / 3},
    )
    parquet = pl.read_parquet(io.BytesIO(bytes(render(table, "parquet"))))
    assert parquet.row(0) == (written[0], 200 / 3, "optim.lr=0.1, train.epochs=1")
    for fmt in ("text", "markdown", "latex"):
        assert "66.67" in str(render(table, fmt))
        assert "changed: " in str(render(table, fmt)).replace("\\", "")


def test_rows_with_nan_answer_every_query(tmp_path: Path) -> None:
    """Parquet's minima and maxima leave NaN out, and readers trust them more than the rows."""
    file = tmp_path / "t.parquet"
    losses = [1.0, 2.0, NAN, NAN, 3.0, INF]
    file.write_bytes(parquet_bytes(pl.DataFrame({"loss": losses})))
    assert duckdb.sql(f"select count(*) from '{file}' where isnan(loss)").fetchall() == [(2,)]
    assert duckdb.sql(f"select count(*) from '{file}' where loss < 5").fetchall() == [(3,)]
    loss = dataset.field("loss")
    assert dataset.dataset(file).filter(loss <= 2.5).count_rows() == 2
    assert dataset.dataset(file).filter(~(loss < 1000)).count_rows() == 3


def test_there_is_one_way_to_write_parquet() -> None:
    writers = [file for file in Path(lrtui.__file__).parent.rglob("*.py") if "write_parquet(" in file.read_text()]
    assert [file.name for file in writers] == ["parquet.py"]


@pytest.mark.parametrize("fmt", ["text", "csv", "markdown", "latex", "json"])
def test_no_format_lets_control_characters_through(fmt: str) -> None:
    text = str(render(AWKWARD, fmt))
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text)


@settings(deadline=None)
@given(st.text(st.sampled_from("ab1 \\`*_[]()<>|~&$#@!+-=.:/{}'\"^%;"), min_size=1))
def test_any_text_shows_literally_in_a_markdown_cell(text: str) -> None:
    table = Table.of("", [Column("a", "a"), Column("b", "b")], [[text, "x"]])
    assert from_markdown(table) == [[text.strip() if text.strip() else "", "x"]]


@settings(deadline=None)
@given(st.text(min_size=1).map(literal))
def test_any_title_shows_literally_in_a_markdown_heading(text: str) -> None:
    tokens = MarkdownIt("commonmark").enable("strikethrough").parse(f"# {markdown_text(text)}")
    inline = next(token for token in tokens if token.type == "inline")
    assert {child.type for child in inline.children or ()} <= {"text", "text_special"}
    assert inline.content.count("#") == text.count("#")


@pytest.mark.parametrize("name", ["scenarios", "runs"])
@pytest.mark.parametrize(
    ("fmt", "ending"), [("csv", "csv"), ("markdown", "md"), ("latex", "tex"), ("json", "json"), ("text", "txt")]
)
def test_bytes_of_every_format(name: str, fmt: str, ending: str, golden: Golden) -> None:
    golden(f"{name}.{ending}", render(TABLES[name], fmt))


@pytest.mark.parametrize("name", ["scenarios", "runs", "paper", "paper-id"])
@pytest.mark.parametrize("width", [80, 120])
def test_text_as_a_terminal_shows_it(name: str, width: int, golden: Golden) -> None:
    text = str(render(TABLES.get(name, PAPER_ID), "text", width))
    assert max(map(len, text.splitlines())) <= width
    golden(f"{name}-{width}.txt", text)


def test_columns_and_rows_of_parquet(golden: Golden) -> None:
    found = pl.read_parquet(io.BytesIO(bytes(render(TABLES["scenarios"], "parquet"))))
    lines = [*(f"{name}: {dtype}" for name, dtype in found.schema.items()), *map(str, found.rows())]
    golden("scenarios.parquet.txt", "\n".join(lines) + "\n")


def test_an_unknown_format_is_refused() -> None:
    assert set(FORMATS) == {"text", "csv", "markdown", "latex", "json", "parquet"}
    with pytest.raises(InputError, match="expected text, csv, markdown"):
        render(AWKWARD, "xlsx")
