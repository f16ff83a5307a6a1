"""What is in a study is checked once, when it is opened: one sentence that names file and column, never a traceback."""

import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from lrtui.analysis.columns import EPOCHS, FILLED, FINDER, LAYERS, RUNS, Column
from lrtui.engine.board import Board
from lrtui.errors import InputError
from lrtui.store import catalogue, document, folder, parts
from lrtui.store.reader import open_study
from lrtui.study.records import FinderCurve, FinderPoint, StudyStatus
from lrtui.study.spec import Study
from tests.store.test_layers import OUTCOME, create, record

TABLES = {"runs": RUNS, "epochs": EPOCHS, "layers": LAYERS, "finder": FINDER}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a saved study with rows in every table."""
    from lrtui.study import preset
    from tests.conftest import TINY

    base = tmp_path_factory.mktemp("contents")
    (base / "tiny.toml").write_text(TINY)
    study = preset.load_file(base / "tiny.toml")
    writer = create(study, base / "runs")
    writer.finder(1, FinderCurve((FinderPoint(0.1, 2.0, 2.0),), over=True, chosen=0.1))
    for epoch in range(3):
        writer.epoch(record(1, epoch))
    writer.outcome(OUTCOME)
    writer.finish(StudyStatus.STOPPED, "", Board(study.runs).snapshot().runs[1:])
    return writer.path


@pytest.fixture
def damaged(sound: Path, tmp_path: Path) -> Path:
    """Return a copy of it, to be damaged."""
    path = tmp_path / "runs" / sound.name
    shutil.copytree(sound, path)
    assert open_study(path).warnings == []
    return path


def rewrite(path: Path, table: str, **columns: pl.Expr) -> None:
    file = path / f"{table}.parquet"
    pl.read_parquet(file).with_columns(**columns).write_parquet(file)


def require_said(path: Path, *words: str) -> None:
    with pytest.raises(InputError) as told:
        open_study(path)
    assert all(word in str(told.value) for word in words), str(told.value)
    assert "\n" not in str(told.value)
    catalogue.list_studies(path.parent)  # it may be listed with what can be read of it, or passed over


@pytest.mark.parametrize(("table", "column"), [(name, one) for name, columns in TABLES.items() for one in columns])
def test_a_column_of_another_type(damaged: Path, table: str, column: Column) -> None:
    other = pl.Int64() if column.dtype == pl.String() else pl.String()
    rewrite(
        damaged, table, **{column.name: pl.lit(None, other) if other == pl.Int64() else pl.col(column.name).cast(other)}
    )
    require_said(damaged, f"{table}.parquet", "is damaged", f"{column.name} is {other}, {column.dtype} expected")


@pytest.mark.parametrize(
    ("table", "column"),
    [(name, one.name) for name, columns in TABLES.items() for one in columns if one.name in FILLED],
)
def test_a_column_that_is_never_empty(damaged: Path, table: str, column: str) -> None:
    rewrite(damaged, table, **{column: pl.when(pl.int_range(pl.len()) > 0).then(pl.col(column))})
    require_said(damaged, f"{table}.parquet", f"{column} is empty in 1 of")


@pytest.mark.parametrize(
    ("table", "column", "value", "said"),
    [
        ("epochs", "run", 0, "run is less than 1"),
        ("epochs", "epoch", -1, "epoch is less than 0"),
        ("epochs", "val_accuracy", 101.0, "val_accuracy is more than 100"),
        ("epochs", "seconds", -0.5, "seconds is less than 0"),
        ("layers", "layer", 0, "layer is less than 1"),
        ("finder", "iteration", -3, "iteration is less than 1"),
        ("runs", "status", "asleep", "status is asleep"),
        ("runs", "test_loss", None, "test_loss is empty where kept_epoch is not"),
        ("runs", "mc_entropy", None, "mc_entropy is empty where mc_samples is not"),
    ],
)
def test_a_figure_that_cannot_be(damaged: Path, table: str, column: str, value: object, said: str) -> None:
    dtype = next(one.dtype for one in TABLES[table] if one.name == column)
    rewrite(damaged, table, **{column: pl.lit(value, dtype)})
    require_said(damaged, f"{table}.parquet", said)


@pytest.mark.parametrize("field", list(document._FIELDS))
@pytest.mark.parametrize(
    "value",
    [7.5, [1], {"a": [2]}, float("nan"), 10**400, -1],
    ids=["broken", "list", "table", "nan", "huge", "negative"],
)
def test_a_field_of_study_json_that_is_something_else(damaged: Path, field: str, value: Any) -> None:
    content = json.loads((damaged / folder.STUDY_FILE).read_text())
    (damaged / folder.STUDY_FILE).write_text(json.dumps(content | {field: value}))
    if document._FIELDS[field][1](value):
        return
    require_said(damaged, folder.STUDY_FILE, f"{field} is not")


@pytest.mark.parametrize("content", ["[" * 200_000, '{"format": 1}', '{"format": [2]}', "null", "\x00", '"text"'])
def test_study_json_that_is_none(damaged: Path, content: str) -> None:
    (damaged / folder.STUDY_FILE).write_text(content)
    require_said(damaged, folder.STUDY_FILE)


def _no_rows(path: Path) -> None:
    (path / "parts").mkdir()
    pl.read_parquet(path / "epochs.parquet").clear().write_parquet(path / "parts" / "00001-000000.parquet")


def _other_schema(path: Path) -> None:
    (path / "parts").mkdir()
    pl.DataFrame({"run": ["nine"], "more": [1]}).write_parquet(path / "parts" / "00009-000000.parquet")
    pl.DataFrame({"run": ["nine"], "more": [1]}).write_parquet(path / "parts" / "00000009-00000009.parquet")
    pl.DataFrame({"run": [1]}).write_parquet(path / "parts" / "outcome-00003.parquet")


def _without_zone(path: Path) -> None:
    file = path / "study.json"
    file.write_text(file.read_text().replace('+00:00"', '"'))


def _links_to_nowhere(path: Path) -> None:
    (path / "runs.parquet").unlink()
    (path / "runs.parquet").symlink_to(path / "nowhere")


def _folders_for_files(path: Path) -> None:
    for name in ("epochs.parquet", "runs.parquet"):
        (path / name).unlink()
        (path / name).mkdir()


def _nested(path: Path) -> None:
    (path / "study.json").write_text("[" * 200_000)


def _a_folder(path: Path) -> None:
    (path / "study.json").unlink()
    (path / "study.json").mkdir()


def _nobody_may_look(path: Path) -> None:
    (path / "study.json").chmod(0)
    path.chmod(0)


@pytest.mark.parametrize(
    "damage",
    [
        _no_rows,
        _other_schema,
        _without_zone,
        _links_to_nowhere,
        _folders_for_files,
        _nested,
        _a_folder,
        _nobody_may_look,
    ],
)
def test_a_damaged_study_hides_no_other(sound: Path, damaged: Path, damage: Callable[[Path], None]) -> None:
    other = damaged.with_name("20300101-000000-x")
    shutil.copytree(sound, other)
    file = other / folder.STUDY_FILE
    file.write_text(file.read_text().replace('"status": "stopped"', '"status": "running"'))
    damage(other)
    try:
        assert damaged.name in [summary.id for summary in catalogue.list_studies(damaged.parent)]
        assert catalogue.resolve(damaged.name[:12], damaged.parent) == damaged
        assert open_study(damaged).id == damaged.name
        told = catalogue.damaged_studies(damaged.parent)
        assert len(told) == (damage is _nested or (damage is _nobody_may_look and os.geteuid() != 0))
        try:
            open_study(other)
        except InputError as error:
            assert other.name in str(error)
    finally:
        other.chmod(0o755)


def test_an_id_is_opened_without_looking_at_other_studies(damaged: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "read_document", None)
    assert catalogue.resolve(damaged.name, damaged.parent) == damaged


def test_thousands_of_part_files_are_read_in_one_go(damaged: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = json.loads((damaged / folder.STUDY_FILE).read_text())
    (damaged / folder.STUDY_FILE).write_text(json.dumps(content | {"format": 1, "status": "running"}))
    (damaged / "parts").mkdir()
    row = pl.read_parquet(damaged / "epochs.parquet").head(1)
    for epoch in range(2000):
        part = damaged / "parts" / f"00002-{epoch:06d}.parquet"
        row.with_columns(run=pl.lit(2, pl.Int32), epoch=pl.lit(epoch, pl.Int32)).write_parquet(part)
    calls, original = [0], parts.parquet_frame

    def counted(*arguments: Any) -> pl.DataFrame:
        calls[0] += 1
        return original(*arguments)

    monkeypatch.setattr(parts, "parquet_frame", counted)
    began = time.perf_counter()
    saved = open_study(damaged)
    assert time.perf_counter() - began < 20
    assert saved.epochs.filter(pl.col("run") == 2)["epoch"].to_list() == list(range(2000))
    assert calls[0] < 10
    monkeypatch.setattr(parts, "_content", _no_epochs(parts._content))
    assert catalogue.summarize(damaged).status is StudyStatus.INTERRUPTED


def _no_epochs(original: Callable[[Path], bytes | OSError]) -> Callable[[Path], bytes | OSError]:
    def content(file: Path) -> bytes | OSError:
        assert file.name.startswith(("runs", "outcome")), "a list of studies reads no epochs"
        return original(file)

    return content


def test_a_study_of_format_1_is_gone_on_with(tiny: Callable[..., Study], tmp_path: Path) -> None:
    from lrtui.store.writer import StudyWriter
    from tests.store.test_store import outcome

    study = tiny()
    old = create(study, tmp_path)
    old.let_go()
    path = old.path
    content = json.loads((path / folder.STUDY_FILE).read_text())
    (path / folder.STUDY_FILE).write_text(json.dumps(content | {"format": 1}))
    from lrtui.analysis.columns import OUTCOMES, schema
    from lrtui.analysis.frames import records_frame
    from lrtui.analysis.outcomes import outcome_columns

    for run, epochs in ((1, 4), (2, 2)):
        for epoch in range(epochs):
            part = path / "parts" / f"{run:05d}-{epoch:06d}.parquet"
            records_frame([record(run, epoch, health=False)]).write_parquet(part)
    measured = pl.DataFrame([{"run": 1, **outcome_columns(outcome(1))}], schema=schema(OUTCOMES))
    measured.write_parquet(path / "parts" / "outcome-00001.parquet")
    (path / ".study.json.tmp").write_bytes(b"half")
    before = open_study(path)
    assert [state.status.value for state in before.states] == ["done", "interrupted", "waiting", "waiting"]
    writer = StudyWriter.reopen(path, study, before.states, device={"kind": "cpu"}, lanes=1, threads=1)
    assert list((path / "parts").glob("0000[0-9]-0*.parquet")) == []
    assert list(path.rglob(folder.TEMPORARY)) == []
    writer.epoch(record(2, 2, health=False))
    writer.flush()
    writer.let_go()
    after = open_study(path)
    assert after.epochs.select("run", "epoch").rows() == [
        *((1, epoch) for epoch in range(4)),
        *((2, e) for e in range(3)),
    ]
    assert after.states[0].outcome == outcome(1)
    assert len(after.sittings) == 2
    assert json.loads((path / folder.STUDY_FILE).read_text())["format"] == folder.FORMAT
