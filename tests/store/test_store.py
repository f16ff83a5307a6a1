"""Study folders: readable at any moment, by anyone's Parquet reader, found by what a person calls them."""

import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pytest

from lrtui.analysis import columns
from lrtui.engine.board import Board
from lrtui.errors import InputError
from lrtui.store import catalogue, folder, parts
from lrtui.store.reader import open_study
from lrtui.store.tables import FANOUT
from lrtui.store.writer import StudyWriter
from lrtui.study.records import EpochRecord, Outcome, RunStatus, StudyStatus
from lrtui.study.spec import Study


def record(run: int, epoch: int, val_loss: float = 1.0) -> EpochRecord:
    return EpochRecord(run, epoch, 1.0, 50.0, val_loss, 60.0 + epoch, 0.1, 0.0, 0.5 if epoch else None, 0.1)


def outcome(run: int, kept_epoch: int = 3) -> Outcome:
    return Outcome(run, kept_epoch, False, 1.0, 63.0, 1.0, 63.0, 0.5, 0.01, 0.0)


def create(study: Study, runs_dir: Path) -> StudyWriter:
    return StudyWriter.create(
        runs_dir, study, device={"kind": "cpu", "name": "test"}, lanes=1, threads=1, fingerprints=[]
    )


def play(writer: StudyWriter, board: Board, run: int, epochs: int, *, end: RunStatus | None = RunStatus.DONE) -> None:
    """Write epochs 0…`epochs` of a run as the engine does, and end it unless `end` is None."""
    board.run_started(run, 0, 10)
    for epoch in range(epochs + 1):
        writer.epoch(record(run, epoch))
        board.epoch_done(record(run, epoch), 10)
    if end is RunStatus.DONE:
        writer.outcome(outcome(run, epochs))
        board.outcome(outcome(run, epochs))
    if end is not None:
        board.run_ended(run, end)
        writer.run_ended(run, end)
    writer.flush()


@pytest.fixture
def finished(tiny: Callable[..., Study], tmp_path: Path) -> Path:
    study = tiny()
    board, writer = Board(study.runs), create(study, tmp_path / "runs")
    for spec in study.runs:
        play(writer, board, spec.run, 3)
    writer.finish(StudyStatus.DONE, "", board.snapshot().runs)
    return writer.path


def killed(study: Study, runs_dir: Path) -> Path:
    """Return the folder of a study whose process died in run 2 after two epochs."""
    board, writer = Board(study.runs), create(study, runs_dir)
    play(writer, board, 1, 3)
    play(writer, board, 2, 2, end=None)
    writer.let_go()
    return writer.path


def test_columns_are_the_documented_ones(finished: Path) -> None:
    runs, epochs = pl.read_parquet(finished / "runs.parquet"), pl.read_parquet(finished / "epochs.parquet")
    assert dict(runs.schema) == columns.schema(columns.RUNS)
    assert dict(epochs.schema) == columns.schema(columns.EPOCHS)


def test_other_swept_keys_have_a_column(tiny: Callable[..., Study], tmp_path: Path) -> None:
    study = tiny("optim.momentum=[0.0, 0.9]", "model.hidden=[8]", "sweep.replicates=1")
    board, writer = Board(study.runs), create(study, tmp_path)
    writer.finish(StudyStatus.STOPPED, "", board.snapshot().runs)
    assert pl.read_parquet(writer.path / "runs.parquet")["optim.momentum"].to_list() == [0.0, 0.9, 0.0, 0.9]


def test_the_tables_open_in_polars_pandas_and_duckdb(finished: Path) -> None:
    file = finished / "epochs.parquet"
    in_polars = pl.read_parquet(file)
    in_duckdb = duckdb.sql(f"select run, epoch, val_loss, grad_norm from '{file}' order by run, epoch").fetchall()
    in_pandas = pd.read_parquet(file)
    assert in_polars.select("run", "epoch", "val_loss", "grad_norm").rows() == in_duckdb
    assert list(in_pandas.columns) == in_polars.columns
    assert in_pandas["val_accuracy"].tolist() == in_polars["val_accuracy"].to_list()


def test_nan_and_infinity_are_kept(tiny: Callable[..., Study], tmp_path: Path) -> None:
    study = tiny()
    board, writer = Board(study.runs), create(study, tmp_path)
    board.run_started(1, 0, 10)
    losses = [2.3, float("inf"), float("nan")]
    for epoch, loss in enumerate(losses):
        writer.epoch(record(1, epoch, loss))
        board.epoch_done(record(1, epoch, loss), 10)
    writer.flush()
    from_parts = open_study(writer.path).epochs["val_loss"].to_list()
    board.run_ended(1, RunStatus.STOPPED)
    writer.run_ended(1, RunStatus.STOPPED)
    writer.flush()
    saved = open_study(writer.path)
    for found in (from_parts, saved.epochs["val_loss"].to_list()):
        assert [str(loss) for loss in found] == ["2.3", "inf", "nan"]
    assert saved.runs["verdict"][0] == "diverged"
    writer.finish(StudyStatus.STOPPED, "", board.snapshot().runs)


def test_a_killed_study_opens_with_every_finished_epoch(tiny: Callable[..., Study], tmp_path: Path) -> None:
    saved = open_study(killed(tiny(), tmp_path))
    assert saved.status is StudyStatus.INTERRUPTED
    assert saved.runs["status"].to_list() == ["done", "interrupted", "waiting", "waiting"]
    assert saved.epochs.select("run", "epoch").rows() == [(1, 0), (1, 1), (1, 2), (1, 3), (2, 0), (2, 1), (2, 2)]


@pytest.mark.parametrize(("living", "expected"), [(True, "running"), (False, "interrupted")])
def test_a_run_whose_epochs_are_all_there_is_not_done_before_it_is_measured(
    tiny: Callable[..., Study], tmp_path: Path, living: bool, expected: str
) -> None:
    study = tiny()
    board, writer = Board(study.runs), create(study, tmp_path)
    play(writer, board, 1, 3)
    play(writer, board, 2, 3, end=None)
    if not living:
        writer.let_go()
    saved = open_study(writer.path)
    assert saved.runs["status"].to_list()[:2] == ["done", expected]
    assert catalogue.summarize(writer.path).runs_done == 1
    if living:
        writer.finish(StudyStatus.STOPPED, "", board.snapshot().runs)


def test_a_measured_run_is_done_before_it_is_compacted(tiny: Callable[..., Study], tmp_path: Path) -> None:
    study = tiny()
    board, writer = Board(study.runs), create(study, tmp_path)
    play(writer, board, 1, 3, end=None)
    writer.outcome(outcome(1))
    writer.flush()
    live = open_study(writer.path)
    assert live.states[0].status is RunStatus.DONE
    assert live.states[0].outcome == outcome(1)
    assert live.runs["test_accuracy"][0] == 63.0
    board.outcome(outcome(1))
    board.run_ended(1, RunStatus.DONE)
    writer.run_ended(1, RunStatus.DONE)
    writer.flush()
    assert open_study(writer.path).states[0].outcome == outcome(1)
    writer.finish(StudyStatus.STOPPED, "", board.snapshot().runs)
    assert not (writer.path / "parts").exists()
    assert open_study(writer.path).states[0].outcome == outcome(1)


def test_an_outcome_that_cannot_be_read_is_named(tiny: Callable[..., Study], tmp_path: Path) -> None:
    study = tiny()
    board, writer = Board(study.runs), create(study, tmp_path)
    play(writer, board, 1, 3, end=None)
    writer.outcome(outcome(1))
    (writer.path / "parts" / "outcome-00001.parquet").write_bytes(b"torn")
    writer.let_go()
    saved = open_study(writer.path)
    assert saved.states[0].status is RunStatus.INTERRUPTED
    assert "outcome-00001.parquet" in saved.warnings[0]


def test_before_runs_had_outcomes_they_were_done_with_their_last_epoch(
    tiny: Callable[..., Study], tmp_path: Path
) -> None:
    study = tiny()
    board, writer = Board(study.runs), create(study, tmp_path)
    play(writer, board, 1, 3, end=None)
    play(writer, board, 2, 2, end=None)
    writer.let_go()
    document = json.loads((writer.path / "study.json").read_text())
    del document["kind"]
    (writer.path / "study.json").write_text(json.dumps(document))
    assert open_study(writer.path).runs["status"].to_list() == ["done", "interrupted", "waiting", "waiting"]


def test_a_compacted_file_wins_over_parts_left_by_a_kill(tiny: Callable[..., Study], tmp_path: Path) -> None:
    study = tiny()
    board, writer = Board(study.runs), create(study, tmp_path)
    play(writer, board, 1, 3)
    left = {part: part.read_bytes() for part in (writer.path / "parts").iterdir()}
    writer.finish(StudyStatus.STOPPED, "", board.snapshot().runs)
    (writer.path / "parts").mkdir()
    for part, content in left.items():
        part.write_bytes(content)  # compaction had not removed it yet
    for table in ("epochs", "runs"):
        file = writer.path / f"{table}.parquet"
        told = pl.read_parquet_metadata(file)
        changed = pl.read_parquet(file).with_columns(seconds=pl.lit(99.0))
        changed.write_parquet(file, metadata={parts.THROUGH: told[parts.THROUGH]})
    saved = open_study(writer.path)
    assert saved.epochs["seconds"].to_list() == [99.0] * 4
    assert saved.epochs.select("run", "epoch").rows() == [(1, epoch) for epoch in range(4)]


def test_a_kill_while_writing_leaves_the_file_before_it(finished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (finished / "epochs.parquet").read_bytes()

    def die(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", die)
    with pytest.raises(OSError, match="No space left"):
        folder.write_whole(finished / "epochs.parquet", b"half")
    assert (finished / "epochs.parquet").read_bytes() == before
    assert not list(finished.glob(".*.tmp"))


def test_a_run_of_many_epochs_has_few_parts_and_every_epoch(tiny: Callable[..., Study], tmp_path: Path) -> None:
    study = tiny("train.epochs=100")
    board, writer = Board(study.runs), create(study, tmp_path)
    play(writer, board, 1, 40, end=None)
    assert len(list((writer.path / "parts").iterdir())) <= 2 * FANOUT
    assert open_study(writer.path).epochs["epoch"].to_list() == list(range(41))
    board.run_ended(1, RunStatus.STOPPED)
    writer.run_ended(1, RunStatus.STOPPED)
    writer.flush()
    assert open_study(writer.path).epochs["epoch"].to_list() == list(range(41))
    writer.let_go()


def test_a_part_that_cannot_be_read_is_named_and_the_rest_opens(tiny: Callable[..., Study], tmp_path: Path) -> None:
    path = killed(tiny(), tmp_path)
    whole = open_study(path).epochs
    part = sorted((path / "parts").glob("0*.parquet"))[-1]
    lost = len(pl.read_parquet(part))
    part.write_bytes(b"torn")
    saved = open_study(path)
    assert len(saved.warnings) == 1
    assert part.name in saved.warnings[0]
    assert len(saved.epochs) == len(whole) - lost


@pytest.mark.parametrize("content", ["", "[]", "{", '{"format": 99}', '{"format": 1}'])
def test_a_damaged_study_file_is_named(finished: Path, content: str) -> None:
    (finished / "study.json").write_text(content)
    with pytest.raises(InputError, match=r"study\.json: is"):
        open_study(finished)
    assert catalogue.list_studies(finished.parent) == []


def test_the_saved_study_is_the_study(finished: Path, tiny: Callable[..., Study]) -> None:
    saved = open_study(finished)
    assert saved.study.runs == tiny().runs
    assert saved.snapshot().runs_ended == 4
    document = json.loads((finished / "study.json").read_text())
    assert document["hash"] == tiny().hash
    assert document["versions"].keys() >= {"lrtui", "python", "torch", "torchvision", "polars", "system"}
    assert document["ended"] is not None


def test_studies_are_found_by_id_prefix_name_path_and_last(tiny: Callable[..., Study], tmp_path: Path) -> None:
    runs_dir = tmp_path / "runs"
    paths = []
    for _ in range(2):
        study = tiny()
        writer = create(study, runs_dir)
        writer.finish(StudyStatus.DONE, "", Board(study.runs).snapshot().runs)
        paths.append(writer.path)
    assert [summary.path for summary in catalogue.list_studies(runs_dir)] == paths[::-1]
    for text in ("last", paths[1].name, "tiny", str(paths[1])):
        assert catalogue.resolve(text, runs_dir) == paths[1]
    shutil.rmtree(paths[0])
    assert catalogue.resolve(paths[1].name[:12], runs_dir) == paths[1]
    with pytest.raises(InputError, match="no such study"):
        catalogue.resolve("nothing", runs_dir)


def test_a_prefix_of_several_studies_names_them(tiny: Callable[..., Study], tmp_path: Path) -> None:
    paths = []
    for _ in range(2):
        writer = create(tiny(), tmp_path)
        writer.finish(StudyStatus.STOPPED, "", ())
        paths.append(writer.path)
    with pytest.raises(InputError, match="several studies begin so") as error:
        catalogue.resolve("20", tmp_path)
    assert all(path.name in str(error.value) for path in paths)


def test_a_runs_folder_that_cannot_be_made_is_bad_input(tiny: Callable[..., Study], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot write to the runs folder"):
        create(tiny(), tmp_path / "file" / "runs")


def test_a_run_compacted_while_it_is_read_is_not_missed(
    tiny: Callable[..., Study], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = tiny()
    board, writer = Board(study.runs), create(study, tmp_path)
    play(writer, board, 1, 3, end=None)
    whole, read_bytes = len(open_study(writer.path).epochs), Path.read_bytes

    def compact_first(file: Path) -> bytes:
        """The run ends just as its first part is to be read."""
        if file.parent.name == "parts" and file.exists() and board.snapshot().runs[0].status is RunStatus.RUNNING:
            board.run_ended(1, RunStatus.DONE)
            writer.run_ended(1, RunStatus.DONE)
            writer.flush()
        return read_bytes(file)

    monkeypatch.setattr(Path, "read_bytes", compact_first)
    saved = open_study(writer.path)
    assert (len(saved.epochs), saved.warnings) == (whole, [])
    writer.finish(StudyStatus.STOPPED, "", board.snapshot().runs)


def test_a_table_without_its_columns_is_named(finished: Path) -> None:
    pl.DataFrame({"run": [1]}).write_parquet(finished / "epochs.parquet")
    with pytest.raises(InputError, match=r"epochs\.parquet: is damaged: there is no column epoch"):
        open_study(finished)


def test_a_full_disk_at_the_start_leaves_no_folder(
    tiny: Callable[..., Study], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folder, "write_json", full)
    with pytest.raises(InputError, match="No space left on device"):
        create(tiny(), tmp_path / "runs")
    assert list((tmp_path / "runs").iterdir()) == []


def test_what_was_changed_of_the_preset_is_kept(tiny: Callable[..., Study], tmp_path: Path) -> None:
    study = tiny("train.epochs=7")
    writer = create(study, tmp_path)
    writer.finish(StudyStatus.STOPPED, "", Board(study.runs).snapshot().runs)
    assert open_study(writer.path).study.overrides == ("train.epochs=7",)


def test_an_older_study_is_judged_anew_and_nan_has_no_accuracy(finished: Path) -> None:
    runs = pl.read_parquet(finished / "runs.parquet").with_columns(verdict=pl.lit("unstable"))
    runs.write_parquet(finished / "runs.parquet")
    epochs = pl.read_parquet(finished / "epochs.parquet")
    last = (pl.col("run") == 1) & (pl.col("epoch") == epochs["epoch"].max())
    lost = epochs.with_columns(
        val_loss=pl.when(last).then(math.nan).otherwise("val_loss"),
        val_accuracy=pl.when(last).then(9.8).otherwise("val_accuracy"),
    )
    lost.write_parquet(finished / "epochs.parquet")
    saved = open_study(finished)
    assert saved.runs["verdict"].to_list()[:2] == ["diverged", "improving"]
    assert saved.epochs.filter(last)["val_accuracy"].to_list() == [None]
    assert "unstable" not in saved.runs["verdict"].to_list()
