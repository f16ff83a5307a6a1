"""What a study keeps besides its epochs: the layers' health, range tests, and what was measured after training."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from lrtui.analysis import columns
from lrtui.engine.board import Board
from lrtui.store import catalogue
from lrtui.store.reader import open_study
from lrtui.store.writer import StudyWriter
from lrtui.study.records import (
    EpochRecord,
    FinderCurve,
    FinderPoint,
    FoldedFigures,
    LayerRecord,
    McFigures,
    Outcome,
    RunStatus,
    StudyStatus,
)
from lrtui.study.spec import Study

CURVE = FinderCurve(
    points=(FinderPoint(1e-7, 2.3, 2.3), FinderPoint(1e-6, 2.2, 2.29), FinderPoint(1e-5, float("nan"), 9.0)),
    over=True,
    valley=1e-3,
    steepest=2e-3,
    chosen=1e-3,
)
OUTCOME = Outcome(
    run=1,
    kept_epoch=1,
    stopped_early=True,
    val_loss=0.75,
    val_accuracy=81.0,
    test_loss=0.8,
    test_accuracy=79.5,
    test_entropy=0.6,
    test_seconds=0.01,
    sparsity=0.5,
    unpruned_accuracy=80.0,
    mc=McFigures(10, 80.25, 0.7, 0.05, 0.9, 0.2),
    folded=FoldedFigures(0.01, 0.02, 1e-6),
)


def layer(run: int, epoch: int, number: int) -> LayerRecord:
    dead = None if number == 2 else 0.25
    return LayerRecord(
        run, epoch, number, f"dense {number}", 16, 0.1, 1.0, dead, None, 16, 1e-3, 0.01 if epoch else None
    )


def record(run: int, epoch: int, *, health: bool = True) -> EpochRecord:
    layers = tuple(layer(run, epoch, number) for number in (1, 2)) if health else ()
    first = 0.2 if epoch else None
    return EpochRecord(run, epoch, 1.0, 50.0, 1.0, 60.0, 0.1, 0.9, None, 0.5, first, None, layers)


def create(study: Study, runs_dir: Path, kind: str = "training") -> StudyWriter:
    return StudyWriter.create(runs_dir, study, device={"kind": "cpu"}, lanes=1, threads=1, fingerprints=[], kind=kind)


def train(writer: StudyWriter, board: Board, run: int, epochs: int, *, health: bool = True) -> None:
    board.run_started(run, 0, 10)
    for epoch in range(epochs + 1):
        writer.epoch(record(run, epoch, health=health))
        board.epoch_done(record(run, epoch, health=health), 10)
    writer.flush()


def end(writer: StudyWriter, board: Board, run: int, status: RunStatus = RunStatus.DONE) -> None:
    board.run_ended(run, status)
    writer.run_ended(run, status)
    writer.flush()


@pytest.fixture
def searching(tiny: Callable[..., Study]) -> Study:
    return tiny("optim.lr='find'", "sweep.optim.lr=['find']", "early_stopping.patience=1")


def test_layers_are_kept_from_parts_and_compacted(tiny: Callable[..., Study], tmp_path: Path) -> None:
    study = tiny()
    board, writer = Board(study.runs), create(study, tmp_path)
    train(writer, board, 1, 3)
    assert not (writer.path / "layers.parquet").exists()
    from_parts = open_study(writer.path)
    end(writer, board, 1)
    train(writer, board, 2, 1)
    end(writer, board, 2, RunStatus.STOPPED)
    writer.finish(StudyStatus.STOPPED, "", board.snapshot().runs)
    saved = open_study(writer.path)
    assert dict(pl.read_parquet(writer.path / "layers.parquet").schema) == columns.schema(columns.LAYERS)
    assert from_parts.states[0].records == saved.states[0].records == tuple(record(1, epoch) for epoch in range(4))
    assert saved.layers.select("run", "epoch", "layer").rows() == [
        *((1, epoch, number) for epoch in range(4) for number in (1, 2)),
        *((2, epoch, number) for epoch in range(2) for number in (1, 2)),
    ]
    assert saved.result.layers.equals(saved.layers)
    assert not (writer.path / "parts").exists()


def test_no_layers_no_file(tiny: Callable[..., Study], tmp_path: Path) -> None:
    study = tiny()
    board, writer = Board(study.runs), create(study, tmp_path)
    train(writer, board, 1, 3, health=False)
    end(writer, board, 1)
    writer.finish(StudyStatus.STOPPED, "", board.snapshot().runs)
    assert {path.name for path in writer.path.glob("*.parquet")} == {"epochs.parquet", "runs.parquet"}
    assert open_study(writer.path).layers.is_empty()


def test_the_outcome_comes_back_and_ends_a_run_before_its_last_epoch(
    tiny: Callable[..., Study], tmp_path: Path
) -> None:
    study = tiny("early_stopping.patience=1", "train.epochs=9")
    board, writer = Board(study.runs), create(study, tmp_path)
    train(writer, board, 1, 3, health=False)
    writer.outcome(OUTCOME)  # run 1 is measured, but its end is not on disk
    train(writer, board, 2, 2, health=False)
    end(writer, board, 2)
    writer.let_go()
    saved = open_study(writer.path)
    assert [state.status for state in saved.states[:3]] == [RunStatus.DONE, RunStatus.DONE, RunStatus.WAITING]
    assert [state.outcome for state in saved.states[:2]] == [OUTCOME, None]


def test_figures_of_the_weights_kept(tiny: Callable[..., Study], tmp_path: Path) -> None:
    study = tiny("early_stopping.patience=1")
    board, writer = Board(study.runs), create(study, tmp_path)
    for run in (1, 2):
        train(writer, board, run, 3)
    writer.outcome(replace(OUTCOME, mc=None, folded=None))
    end(writer, board, 1)
    end(writer, board, 2)
    writer.finish(StudyStatus.STOPPED, "", board.snapshot().runs)
    with_outcome, without = pl.read_parquet(writer.path / "runs.parquet").head(2).to_dicts()
    assert (with_outcome["final_val_accuracy"], with_outcome["final_val_loss"]) == (81.0, 0.75)
    assert (without["final_val_accuracy"], without["final_val_loss"]) == (60.0, 1.0)
    assert with_outcome["test_accuracy"] == 79.5
    assert (with_outcome["kept_epoch"], with_outcome["stopped_early"], with_outcome["sparsity"]) == (1, True, 0.5)
    assert (with_outcome["mc_accuracy"], with_outcome["folded_seconds"]) == (None, None)
    assert {without[column.name] for column in columns.OUTCOME} == {None}
    assert (with_outcome["seconds_to_best"], with_outcome["seconds_per_epoch"]) == (1.0, 0.5)
    assert (without["best_val_loss"], without["best_val_loss_epoch"]) == (1.0, 1)


def test_without_early_stopping_the_best_epoch_has_the_lowest_loss(tiny: Callable[..., Study], tmp_path: Path) -> None:
    study = tiny()
    board, writer = Board(study.runs), create(study, tmp_path)
    board.run_started(1, 0, 10)
    for epoch, loss in enumerate([2.0, 1.5, 1.0, float("nan")]):
        writer.epoch(replace(record(1, epoch), val_loss=loss))
        board.epoch_done(replace(record(1, epoch), val_loss=loss), 10)
    writer.outcome(replace(OUTCOME, kept_epoch=3))
    end(writer, board, 1)
    writer.finish(StudyStatus.STOPPED, "", board.snapshot().runs)
    row = pl.read_parquet(writer.path / "runs.parquet").row(0, named=True)
    assert (row["best_val_loss"], row["best_val_loss_epoch"], row["seconds_to_best"]) == (1.0, 2, 1.5)


def test_a_range_test_and_its_rate_come_back_even_after_a_kill(searching: Study, tmp_path: Path) -> None:
    board, writer = Board(searching.runs), create(searching, tmp_path)
    writer.finder(1, CURVE)
    writer.flush()
    writer.let_go()
    saved = open_study(writer.path)
    assert dict(saved.finder.schema) == columns.schema(columns.FINDER)
    assert saved.finder["iteration"].to_list() == [1, 2, 3]
    found = saved.states[0].finder
    assert found is not None
    assert (found.points[:2], found.over, found.suggestions) == (CURVE.points[:2], True, CURVE.suggestions)
    assert str(found.points[2].loss) == "nan"
    assert [state.spec.found_lr for state in saved.states] == [1e-3, 1e-3]
    assert saved.states[0].status is RunStatus.INTERRUPTED
    assert saved.runs.select("lr", "lr_found").rows() == [(1e-3, True), (1e-3, True)]
    assert board.snapshot().runs[0].finder is None


def test_an_unknown_rate_is_null(searching: Study, tmp_path: Path) -> None:
    board, writer = Board(searching.runs), create(searching, tmp_path)
    board.lr_found(1, 3e-3)
    writer.finish(StudyStatus.STOPPED, "", board.snapshot().runs)
    runs = pl.read_parquet(writer.path / "runs.parquet")
    assert runs.select("lr", "lr_found").rows() == [(3e-3, True), (None, True)]
    assert [state.spec.found_lr for state in open_study(writer.path).states] == [3e-3, None]


def test_a_study_of_range_tests_says_so(tiny: Callable[..., Study], tmp_path: Path) -> None:
    study = tiny("sweep.replicates=1")
    board, writer = Board(study.runs), create(study, tmp_path, kind="finder")
    for spec in study.runs:
        writer.finder(spec.run, replace(CURVE, chosen=None))
    writer.flush()
    writer.let_go()
    saved = open_study(writer.path)
    assert saved.kind == catalogue.summarize(writer.path).kind == "finder"
    assert [state.status for state in saved.states] == [RunStatus.DONE] * 2
    assert saved.finder["run"].unique().sort().to_list() == [1, 2]
    assert board.snapshot().runs_ended == 0


def test_a_study_saved_before_there_were_such_columns_opens(tiny: Callable[..., Study], tmp_path: Path) -> None:
    study = tiny()
    board, writer = Board(study.runs), create(study, tmp_path)
    for spec in study.runs:
        train(writer, board, spec.run, 3, health=False)
        end(writer, board, spec.run)
    writer.finish(StudyStatus.DONE, "", board.snapshot().runs)
    for name in ("runs.parquet", "epochs.parquet"):
        frame = pl.read_parquet(writer.path / name)
        frame.drop(columns.LATER, strict=False).write_parquet(writer.path / name)
    document = json.loads((writer.path / "study.json").read_text())
    del document["kind"], document["advice"], document["preset"]["protocol"]
    (writer.path / "study.json").write_text(json.dumps(document))
    saved = open_study(writer.path)
    assert (saved.kind, saved.study.protocol, saved.status) == ("training", "paper", StudyStatus.DONE)
    assert dict(saved.epochs.schema) == columns.schema(columns.EPOCHS)
    assert saved.epochs["lr_first"].null_count() == 16
    assert saved.runs["final_val_accuracy"].to_list() == [60.0] * 4
    assert [state.outcome for state in saved.states] == [None] * 4


def test_advice_is_kept(tiny: Callable[..., Study], tmp_path: Path) -> None:
    study = replace(tiny(), advice=("it will not self-normalize",))
    writer = create(study, tmp_path)
    writer.finish(StudyStatus.STOPPED, "", Board(study.runs).snapshot().runs)
    assert open_study(writer.path).study.advice == study.advice
