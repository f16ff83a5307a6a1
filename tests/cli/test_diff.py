"""`lrtui diff` and reports over several studies."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lrtui.cli.main import cli
from lrtui.session import Session
from lrtui.study.spec import Study


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


@pytest.fixture
def two(tiny: Callable[..., Study], train_study: Callable[..., Session]) -> tuple[Path, Path]:
    """Return two studies of which the second has one epoch less and another rate."""
    sessions = train_study(tiny()), train_study(tiny("train.epochs=2", "optim.lr=[1e-1, 1.0]"))
    assert all(session.wait(60) for session in sessions)
    return sessions[0].path, sessions[1].path


def test_it_names_settings_and_sets_results_side_by_side(two: tuple[Path, Path]) -> None:
    done = run("diff", *map(str, two))
    assert done.exit_code == 0
    lines = [" ".join(line.split()) for line in done.output.splitlines()]
    assert "train.epochs 3 2" in lines and "optim.lr 1e-2, 1e-1 1e-1, 1" in lines
    assert any(line.startswith("1e-1") and "[" in line for line in lines)


def test_json_is_one_document_in_full_precision(two: tuple[Path, Path]) -> None:
    document = json.loads(run("diff", *map(str, two), "--json").output)
    assert document["baseline"] == "A" and [one["name"] for one in document["studies"]] == ["A", "B"]
    row = next(row for row in document["results"] if row["scenario"] == "1e-1")
    a, b = row["accuracies"]["A"], row["accuracies"]["B"]
    mean = sum(b[seed] - a[seed] for seed in a) / len(a)
    assert row["differences"]["B"]["mean"] == pytest.approx(mean) and row["differences"]["B"]["paired"]


def test_another_baseline_turns_the_differences_round(two: tuple[Path, Path]) -> None:
    one = json.loads(run("diff", *map(str, two), "--json").output)["results"]
    other = json.loads(run("diff", *map(str, two), "--json", "--baseline", str(two[1])).output)["results"]
    gap = {row["scenario"]: row["differences"] for row in one}["1e-1"]["B"]["mean"]
    assert {row["scenario"]: row["differences"] for row in other}["1e-1"]["A"]["mean"] == pytest.approx(-gap)


def test_what_cannot_be_compared_is_refused(two: tuple[Path, Path]) -> None:
    assert "two studies or more" in str(run("diff", str(two[0])).exception)
    assert "given twice" in str(run("diff", str(two[0]), str(two[0])).exception)
    assert run("diff", str(two[0]), "nowhere").exit_code != 0


def test_a_report_over_several_begins_with_them_side_by_side(two: tuple[Path, Path]) -> None:
    text = run("report", *map(str, two)).output
    assert text.index("2 studies side by side") < text.index("Settings that differ") < text.index("How to read")
    document = json.loads(run("report", *map(str, two), "--format", "json").output)
    assert len(document["studies"]) == 2 and document["side_by_side"]["baseline"] == "A"


@pytest.mark.parametrize(("flag", "rows"), [("--epochs", 16), ("--runs", 4), ("--scenarios", 2)])
def test_export_writes_by_the_ending_of_the_file(two: tuple[Path, Path], tmp_path: Path, flag: str, rows: int) -> None:
    import polars as pl

    for ending, read in ((".csv", pl.read_csv), (".parquet", pl.read_parquet)):
        file = tmp_path / f"out{ending}"
        assert run("export", str(two[0]), flag, "-o", str(file)).exit_code == 0
        assert len(read(file)) == rows
    assert len(json.loads(run("export", str(two[0]), flag, "--format", "json").output)["rows"]) == rows
    assert run("export", str(two[0]), flag).output.count("\n") == rows + 1


def test_check_takes_a_saved_study(two: tuple[Path, Path]) -> None:
    assert run("check", str(two[0])).exit_code == 0
    document = json.loads((two[1] / "study.json").read_text())
    document["preset"]["train"]["epochs"] = 0
    (two[1] / "study.json").write_text(json.dumps(document))
    done = run("check", str(two[1]), str(two[0]))
    assert "train.epochs" in done.output
    assert "cannot be read" in run("check", str(two[0].parent / "nowhere")).output
