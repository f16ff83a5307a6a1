"""`lrtui export`: tables as they are on disk, whole, in every format."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tests.cli.conftest import Result

Lrtui = Callable[..., Result]


@pytest.fixture
def folder(lrtui: Lrtui, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A study with a run that diverges, and layers measured."""
    monkeypatch.setenv("LRTUI_RUNS", str(tmp_path / "runs"))
    done = lrtui("run", "quickstart", "--quiet", "--device", "cpu", "--lanes", "1", "--set", "optim.lr=[0.1, 1e30]", "--set",
                 "train.epochs=2", "--set", "sweep.replicates=1", "--set", "health.measure=true")  # fmt: skip
    assert done.status == 0
    return next((tmp_path / "runs").iterdir())


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_epochs_are_those_on_disk_with_all_digits(lrtui: Lrtui, folder: Path) -> None:
    stored = pl.read_parquet(folder / "epochs.parquet")
    read = rows_of(lrtui("export", "last", "--epochs").out)
    assert [float(row["train_loss"] or "nan") for row in read][1] == stored["train_loss"][1]
    assert set(stored.columns) <= set(read[0]) and len(read) == len(stored)
    assert lrtui("export", "last").out == lrtui("export", "last", "--scenarios", "--format", "csv").out


@pytest.mark.parametrize("table", ["epochs", "runs", "scenarios", "layers"])
def test_every_table_has_every_format(lrtui: Lrtui, folder: Path, table: str, tmp_path: Path) -> None:
    counts = set()
    for ending in ("csv", "json", "parquet", "md", "tex", "txt"):
        file = tmp_path / f"table.{ending}"
        result = lrtui("export", "last", f"--{table}", "-o", file)
        assert result.status == 0 and file.stat().st_size > 50
        if ending == "csv":
            counts.add(len(rows_of(file.read_text())))
        elif ending == "json":
            counts.add(len(json.loads(file.read_text())["rows"]))
        elif ending == "parquet":
            counts.add(len(pl.read_parquet(file)))
    assert len(counts) == 1 and counts.pop() > 0


def test_parquet_has_the_types_on_disk(lrtui: Lrtui, folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "epochs.parquet"
    lrtui("export", "last", "--epochs", "-o", file)
    assert_frame_equal(pl.read_parquet(file), pl.read_parquet(folder / "epochs.parquet"))


def test_what_a_study_has_not_is_said_with_what_it_has(lrtui: Lrtui, folder: Path) -> None:
    result = lrtui("export", "last", "--finder")
    assert result.status == 2 and "has no finder; it has epochs, runs, scenarios, layers" in result.err


def test_a_format_that_is_named_counts_more_than_the_ending(lrtui: Lrtui, folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "epochs.txt"
    lrtui("export", "last", "--format", "json", "-o", file)
    assert json.loads(file.read_text())["rows"]
