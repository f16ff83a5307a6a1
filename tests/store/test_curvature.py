"""The curvature of a study on disk: kept from part files on, compacted, read again, followed, damaged."""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from lrtui.analysis import columns
from lrtui.engine.board import Board
from lrtui.store.follow import Follower
from lrtui.store.known import has_its_curvature, is_whole
from lrtui.store.reader import open_study
from lrtui.store.writer import StudyWriter
from lrtui.study.records import CurvatureRecord, EpochRecord, RunStatus, StudyStatus
from lrtui.study.spec import Study
from lrtui.study.states import RunState
from tests.store.test_layers import OUTCOME, create, end, record

Tiny = Callable[..., Study]
MEASURED = ("curvature.measure=true", "curvature.every=2")


def around(run: int, epoch: int) -> CurvatureRecord:
    """Return what was measured: every kind of figure that there is."""
    critical = {0: 0.5, 2: None, 4: math.inf}.get(epoch, 0.0)
    loss = math.nan if critical is None else 1.5
    return CurvatureRecord(run, epoch, 0.1, loss, critical, 5, 3.5, -0.01, 2.0, 40.0 if epoch else None)


def measured(run: int, epoch: int) -> EpochRecord:
    return replace(record(run, epoch, health=False), curvature=around(run, epoch) if epoch % 2 == 0 else None)


def train(writer: StudyWriter, board: Board, run: int, epochs: int, first: int = 0) -> None:
    if not first:
        board.run_started(run, 0, 10)
    for epoch in range(first, epochs + 1):
        writer.epoch(measured(run, epoch))
        board.epoch_done(measured(run, epoch), 10)
    writer.flush()


def comparable(records: tuple[EpochRecord, ...]) -> list[str]:
    return [repr(one) for one in records]  # NaN equals NaN


def test_it_is_kept_from_parts_and_compacted(tiny: Tiny, tmp_path: Path) -> None:
    study = tiny(*MEASURED)
    board, writer = Board(study.runs), create(study, tmp_path)
    train(writer, board, 1, 5)
    assert not (writer.path / "curvature.parquet").exists()
    from_parts = open_study(writer.path)
    end(writer, board, 1)
    writer.finish(StudyStatus.STOPPED, "", board.snapshot().runs)
    saved = open_study(writer.path)
    expected = comparable(tuple(measured(1, epoch) for epoch in range(6)))
    assert comparable(from_parts.states[0].records) == comparable(saved.states[0].records) == expected
    table = pl.read_parquet(writer.path / "curvature.parquet")
    assert dict(table.schema) == columns.schema(columns.CURVATURE)
    assert saved.curvature["epoch"].to_list() == [0, 2, 4]
    assert saved.result.curvature.equals(saved.curvature)
    assert not (writer.path / "parts").exists()


def test_of_an_epoch_written_twice_the_later_holds(tiny: Tiny, tmp_path: Path) -> None:
    study = tiny(*MEASURED)
    board, writer = Board(study.runs), create(study, tmp_path)
    train(writer, board, 1, 2)
    again = replace(measured(1, 2), curvature=replace(around(1, 2), loss=1.0, critical_lr=9.0))
    writer.epoch(again)
    writer.flush()
    writer.let_go()
    assert open_study(writer.path).states[0].records[2].curvature == again.curvature


def test_a_follower_sees_it_as_it_comes(tiny: Tiny, tmp_path: Path) -> None:
    study = tiny(*MEASURED)
    board, writer = Board(study.runs), create(study, tmp_path)
    train(writer, board, 1, 2)
    follower = Follower(writer.path)
    train(writer, board, 1, 4, first=3)
    follower.look()
    records = follower.snapshot.runs[0].records
    assert comparable(records) == comparable(tuple(measured(1, epoch) for epoch in range(5)))
    writer.let_go()


def test_a_row_whose_epoch_is_not_there_yet_waits_for_it(tiny: Tiny, tmp_path: Path) -> None:
    study = tiny(*MEASURED)
    board, writer = Board(study.runs), create(study, tmp_path)
    train(writer, board, 1, 1)
    follower = Follower(writer.path)
    train(writer, board, 1, 2, first=2)
    late = newest_epochs(writer.path)
    content = late.read_bytes()
    late.unlink()
    follower.look()
    assert follower.snapshot.runs[0].epochs_done == 1
    late.write_bytes(content)
    follower.look()
    records = follower.snapshot.runs[0].records
    assert comparable(records[2:]) == comparable((measured(1, 2),))
    writer.let_go()


def newest_epochs(path: Path) -> Path:
    """Return the newest part file with epochs."""
    return max(file for file in (path / "parts").iterdir() if file.name[0].isdigit())


def test_a_run_that_lacks_it_is_not_whole(tiny: Tiny) -> None:
    spec = tiny(*MEASURED, "train.epochs=3").runs[0]
    records = tuple(measured(1, epoch) for epoch in range(4))
    state = RunState(spec, status=RunStatus.DONE, records=records, outcome=replace(OUTCOME, stopped_early=False))
    assert is_whole(state, searched=False)
    lacking = (*records[:2], replace(records[2], curvature=None), records[3])
    assert not is_whole(replace(state, records=lacking), searched=False)
    assert [has_its_curvature(one, spec) for one in lacking] == [True, True, False, True]


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda table: table.drop("critical_lr"), "there is no column critical_lr"),
        (lambda table: table.with_columns(pl.lit(None, pl.Int32).alias("passes")), "passes"),
        (lambda table: table.with_columns(pl.lit("x").alias("loss")), "loss is String"),
    ],
)
def test_damage_is_named(harm: Callable[[pl.DataFrame], pl.DataFrame], said: str, tiny: Tiny, tmp_path: Path) -> None:
    study = tiny(*MEASURED)
    board, writer = Board(study.runs), create(study, tmp_path)
    train(writer, board, 1, 2)
    end(writer, board, 1)
    writer.finish(StudyStatus.STOPPED, "", board.snapshot().runs)
    file = writer.path / "curvature.parquet"
    harm(pl.read_parquet(file)).write_parquet(file)
    with pytest.raises(Exception, match=said) as raised:
        open_study(writer.path)
    assert "curvature.parquet" in str(raised.value)
