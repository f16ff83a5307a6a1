"""Tables of a person's own: what becomes of them, and what is refused, with which words."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from lrtui.data.own import tables
from tests.data.own_data import load, refused

ROWS = "a,b,label\n" + "".join(f"{i},{i * 2.5},{'xy'[i % 2]}\n" for i in range(10))
RAW = 'data.scale = "raw"'


def put(folder: Path, content: str | bytes, name: str = "t.csv") -> None:
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())


@pytest.mark.parametrize("kind", ["csv", "tsv", "parquet", "semicolons", "windows"])
def test_numbers_as_they_are_in_the_order_of_the_columns(tmp_path: Path, kind: str) -> None:
    name, keys = f"t.{kind}", [RAW]
    if kind == "parquet":
        pl.read_csv(ROWS.encode()).write_parquet(tmp_path / name)
    elif kind == "semicolons":
        name, keys = "t.csv", [RAW, 'data.separator = ";"']
        put(tmp_path, ROWS.replace(",", ";"))
    elif kind == "windows":
        name = "t.csv"
        put(tmp_path, "\ufeff" + ROWS.replace("\n", "\r\n"))
    else:
        put(tmp_path, ROWS.replace(",", "\t" if kind == "tsv" else ","), name)
    data = load(tmp_path, name, *keys, f'data.test = "{name}"')
    assert data.train_images.tolist() == [[i, i * 2.5] for i in range(10)]
    assert data.train_labels.tolist() == [0, 1] * 5


def test_texts_are_one_hot_by_the_categories_trained_on(tmp_path: Path) -> None:
    put(tmp_path, "c,n,label\nred,1,x\nblue,2,y\nred,3,x\n")
    put(tmp_path, "n,label,c\n4,y,pink\n5,x,blue\n", "u.csv")
    data = load(tmp_path, "t.csv", RAW, 'data.test = "u.csv"')
    assert data.train_images.tolist() == [[0, 1, 1], [1, 0, 2], [0, 1, 3]]
    assert data.val_images.tolist() == [[0, 0, 4], [1, 0, 5]]
    assert data.val_labels.tolist() == [1, 0]


def test_chosen_columns_and_another_label(tmp_path: Path) -> None:
    put(tmp_path, ROWS)
    data = load(
        tmp_path,
        "t.csv",
        RAW,
        'data.label = "a"',
        'data.features = ["b"]',
        'task.name = "regression"',
        'data.test = "t.csv"',
    )
    assert data.train_images.flatten().tolist() == [i * 2.5 for i in range(10)]
    numbers = np.arange(10)
    np.testing.assert_allclose(data.train_labels[:, 0].numpy(), (numbers - 4.5) / numbers.std(), atol=1e-6)


def test_large_numbers_differ_still_when_they_are_standardized(tmp_path: Path) -> None:
    put(tmp_path, "t,label\n" + "".join(f"{1_700_000_000 + i},{i % 2}\n" for i in range(8)))
    data = load(tmp_path, "t.csv", 'data.test = "t.csv"')
    numbers = np.arange(8)
    np.testing.assert_allclose(data.train_images[:, 0].numpy(), (numbers - 3.5) / numbers.std(), atol=1e-5)


def test_thousands_of_columns_are_read_and_too_many_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MOST_FEATURES", 4000)
    for width in (4000, 4001):
        put(tmp_path, "\n".join([",".join([*map(str, range(width)), "label"]), *("1," * width + c for c in "xyxy")]))
        if width == 4000:  # that would take minutes if each column were to cost a look at all of them
            assert load(tmp_path, "t.csv", 'data.test = "t.csv"').train_images.shape == (4, width)
    assert "has 4,001 columns of features; at most 4,000" in refused(tmp_path, "t.csv")


@pytest.mark.parametrize(
    ("content", "keys", "said"),
    [
        ("", (), "empty CSV"),
        ("a,b,label\n", (), "has no rows"),
        ("a,b,c\n1,2,3\n", (), "has no column label (data.label); it has a, b, c"),
        ("label\nx\ny\n", (), "has no column besides label"),
        (ROWS.replace(",", ";"), (), "its columns seem to be separated by ';'; say data.separator = ';'"),
        (ROWS.replace(",", ";").replace(".", ","), (), "separated by ';'"),
        (ROWS.replace(",", "\t"), (), r"separated by '\\t'"),
        (ROWS, ('data.separator = "|"',), "separated by ','"),
        (ROWS, ('data.separator = "é"',), "mine.toml:6: data.separator: must be one ASCII character"),
        (ROWS, ("data.separator = '\"'",), "data.separator: must be one ASCII character"),
        (ROWS + "1,2,3,4,5\n", (), "cannot be read as a table: line 12 has 5 fields, and the first 3"),
        (ROWS.replace("a,b", "a,a"), (), "has two columns called a"),
        (
            "1,2,0\n3,4,1\n",
            (),
            "has no column label (data.label); it has 1, 2, 0; its first line has to name the columns",
        ),
        ("1,1,0\n3,4,1\n", (), "has two columns called 1; its first line has to name the columns, and is of numbers"),
        (ROWS + "nan,3,x\n", (), "column a holds numbers, but 'nan' in row 11"),
        (ROWS + "1,3, \n", (), "1 labels are missing, the first in row 10 (from 0)"),
        (ROWS + "1,3,NA\n", (), "1 labels are 'NA', the first in row 10"),
        (
            "a,label\n" + "".join(f"{i},{i % 3}\n" for i in range(9)) + "9,?\n",
            (),
            "column label holds numbers, but '?' in row 10",
        ),
        (
            "id,a,label\n" + "".join(f"f{i},{i},{i % 2}\n" for i in range(30)),
            (),
            "column id has 30 different texts in 30 rows",
        ),
        (ROWS + ",3,x\n", (), "column a lacks 1 of 11 values, the first in row 11"),
        (ROWS + "1,3,\n", (), "column label lacks 1 of 11 values"),
        (ROWS + "NaN,3,x\n", (), "has a value that is no number"),
        (ROWS + "NA,3,x\n", (), "column a holds numbers, but 'NA' in row 11"),
        (ROWS, ('data.features = ["a", "z"]',), "has no column z; it has a, b, label"),
        (ROWS, ('data.features = ["a", "label"]',), "label is the label"),
        (ROWS, ('data.features = ["a", "a"]',), "data.features: must differ from each other"),
        ("a,label\n1,x\n", (), "has one row"),
        ("a,label\n1,x\n2,x\n", (), "has one class only, x"),
        ("a,label\n1,0.5\n2,0.7\n", (), "the label 0.5 is no class"),
        ("i,label\n" + "".join(f"n{i},{i % 2}\n" for i in range(1500)), (), "column i has 1,500 different texts"),
        (ROWS.encode("utf-16"), (), "t.csv is UTF-16; save it as UTF-8"),
        (
            ROWS.replace("x", "é").encode("latin-1"),
            (),
            "cannot be read as a table: line 2 is not UTF-8 (Latin-1, perhaps)",
        ),
        (bytes(range(256)) * 9, (), "t.csv"),
        (ROWS, ('data.test = "other.csv"',), "data.test: no such file"),
    ],
)
def test_tables_that_cannot_be_learned(tmp_path: Path, content: str | bytes, keys: tuple[str, ...], said: str) -> None:
    put(tmp_path, content)
    assert said.replace("\\\\", "\\") in refused(tmp_path, "t.csv", *keys)


@pytest.mark.parametrize(
    ("test", "said"),
    [
        ("a,label\n1,x\n", "u.csv has no column b"),
        ("a,b,label\n1,2,z\n", "no row to train on has the class z"),
        ("a,b,label\nhello,2,x\n", "hello"),
        ("a,b,label\n", "u.csv has no rows"),
    ],
)
def test_test_rows_of_another_kind(tmp_path: Path, test: str, said: str) -> None:
    put(tmp_path, ROWS)
    put(tmp_path, test, "u.csv")
    assert said in refused(tmp_path, "t.csv", 'data.test = "u.csv"')


def test_columns_that_are_neither_numbers_nor_texts(tmp_path: Path) -> None:
    frame = pl.read_csv(ROWS.encode())
    frame.with_columns(v=pl.lit([1, 2])).write_parquet(tmp_path / "t.parquet")
    assert "column v holds List(Int64), neither numbers nor texts" in refused(tmp_path, "t.parquet")
    frame.with_columns(label=pl.lit([1, 2])).write_parquet(tmp_path / "t.parquet")
    assert "the label label holds List(Int64)" in refused(tmp_path, "t.parquet")


def test_damaged_parquet(tmp_path: Path) -> None:
    file = tmp_path / "t.parquet"
    pl.read_csv(ROWS.encode()).write_parquet(file)
    whole = file.read_bytes()
    size = int.from_bytes(whole[-8:-4], "little")
    for content in (b"", ROWS.encode(), whole[: len(whole) // 2], whole[: -8 - size] + b"\xff" * size + whole[-8:]):
        file.write_bytes(content)
        assert "t.parquet cannot be read as a table" in refused(tmp_path, "t.parquet")
