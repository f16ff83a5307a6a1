"""What the list of studies tells of each, without reading its epochs."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lrtui.engine.board import Board
from lrtui.store import catalogue, folder, live
from lrtui.store.writer import StudyWriter
from lrtui.study.records import EpochRecord, FinderCurve, FinderPoint, Outcome, RunStatus, StudyStatus
from lrtui.study.spec import Study


def save(study: Study, runs_dir: Path, accuracies: list[float], *, done: int | None = None) -> Path:
    """Save a study whose runs end at `accuracies`; only the first `done` runs are trained."""
    writer = StudyWriter.create(
        runs_dir, study, device={"kind": "cpu"}, lanes=1, threads=1, fingerprints=[], kind="training"
    )
    board = Board(study.runs)
    for spec, accuracy in list(zip(study.runs, accuracies, strict=True))[:done]:
        board.run_started(spec.run, 0, 10)
        for epoch, loss in enumerate((2.3, 0.5, 0.4, 0.39, 0.39, 0.39, 0.39)):
            record = EpochRecord(spec.run, epoch, loss, accuracy, loss, accuracy, 0.1, 0.0, None, 1.0)
            writer.epoch(record)
            board.epoch_done(record, 320)
        outcome = Outcome(spec.run, 6, False, 0.39, accuracy, 0.4, accuracy, 0.1, 0.1, 0.0)
        writer.outcome(outcome)
        board.outcome(outcome)
        board.run_ended(spec.run, RunStatus.DONE)
        writer.run_ended(spec.run, RunStatus.DONE)
    status = StudyStatus.DONE if done is None else StudyStatus.STOPPED
    if done is not None:
        for spec in study.runs[done:]:
            board.run_ended(spec.run, RunStatus.STOPPED)
    writer.finish(status, "", board.snapshot().runs, seconds=28.0)
    return writer.path


LONG = "train.epochs=6"


@pytest.mark.parametrize(
    ("accuracies", "winner"),
    [
        ([90.0, 90.2, 97.0, 97.1], "1e-1"),
        ([97.0, 95.0, 97.1, 95.3], "1e-1 ≈ 1e-2"),
        ([90.0, 90.5, 97.0, 97.5], "1e-1 highest"),  # the same difference in every seed: there is no test to win
    ],
)
def test_who_leads(tiny: Callable[..., Study], tmp_path: Path, accuracies: list[float], winner: str) -> None:
    path = save(tiny(LONG), tmp_path, accuracies)
    for table in (folder.EPOCHS_FILE, folder.LAYERS_FILE):
        (path / table).unlink(missing_ok=True)  # never looked at
    (summary,) = catalogue.list_studies(tmp_path)
    assert summary.winner == winner
    assert summary.changed == (LONG,)
    assert (summary.runs_done, summary.runs_total) == (4, 4)


def test_who_leads_so_far(tiny: Callable[..., Study], tmp_path: Path) -> None:
    save(tiny(LONG, "sweep.replicates=3"), tmp_path, [90.0, 90.2, 90.1, 97.0, 97.1, 97.2], done=5)
    (summary,) = catalogue.list_studies(tmp_path)
    assert summary.winner == "1e-1 so far"
    assert summary.runs_done == 5


def test_a_scenario_alone_has_not_won(tiny: Callable[..., Study], tmp_path: Path) -> None:
    save(tiny(LONG, "optim.lr=0.1"), tmp_path, [97.0, 97.1])
    (summary,) = catalogue.list_studies(tmp_path)
    assert (summary.winner, summary.leaders) == ("", ())


def test_a_study_whose_table_is_damaged_is_listed_without_a_winner(tiny: Callable[..., Study], tmp_path: Path) -> None:
    path = save(tiny(LONG), tmp_path, [90.0, 90.2, 97.0, 97.1])
    (path / folder.RUNS_FILE).write_bytes(b"torn")
    (summary,) = catalogue.list_studies(tmp_path)
    assert (summary.winner, summary.runs_done) == ("", 0)


def test_a_run_measured_but_not_yet_compacted_counts_as_done(tiny: Callable[..., Study], tmp_path: Path) -> None:
    path = save(tiny(LONG), tmp_path, [90.0, 90.2, 97.0, 97.1], done=1)
    (path / folder.PARTS_FOLDER).mkdir(exist_ok=True)
    (path / folder.PARTS_FOLDER / "outcome-00002.parquet").write_bytes(b"")  # as format 1 has it
    assert catalogue.summarize(path).runs_done == 2


def search(study: Study, runs_dir: Path) -> Path:
    """Save a range test of the first scenario's rates, as `lrtui find-lr` does."""
    writer = StudyWriter.create(
        runs_dir, study, device={"kind": "cpu"}, lanes=1, threads=1, fingerprints=[], kind="finder"
    )
    board = Board(study.runs)
    for spec in study.runs:
        points = tuple(FinderPoint(10.0 ** (step - 5), 2.3, 2.3) for step in range(4))
        curve = FinderCurve(points, over=True, valley=1e-2, chosen=1e-2)
        writer.finder(spec.run, curve)
        board.finder_moved(spec.run, curve)
        board.run_ended(spec.run, RunStatus.DONE)
        writer.run_ended(spec.run, RunStatus.DONE)
    writer.finish(StudyStatus.DONE, "", board.snapshot().runs)
    return writer.path


def test_the_name_of_a_preset_means_the_newest_study_that_serves(tiny: Callable[..., Study], tmp_path: Path) -> None:
    def named(wanted: catalogue.Wanted) -> Path:
        return catalogue.resolve("tiny", tmp_path, wanted)

    trained, searched, anything = catalogue.Wanted.TRAINING, catalogue.Wanted.RANGE_TEST, catalogue.Wanted.ANY
    first_search = search(tiny("optim.lr=find", "sweep.replicates=1"), tmp_path)
    assert [named(wanted) for wanted in (trained, searched, anything)] == [first_search] * 3  # there is nothing else
    whole = save(tiny(LONG), tmp_path, [90.0, 90.2, 97.0, 97.1])
    assert [named(wanted) for wanted in (trained, searched, anything)] == [whole, first_search, whole]
    stopped = save(tiny(LONG), tmp_path, [90.0, 90.2, 97.0, 97.1], done=0)
    later_search = search(tiny("optim.lr=find", "sweep.replicates=1"), tmp_path)
    assert [named(wanted) for wanted in (trained, searched, anything)] == [whole, later_search, later_search]
    half = save(tiny(LONG), tmp_path, [90.0, 90.2, 97.0, 97.1], done=1)
    assert named(trained) == half
    save(tiny(LONG), tmp_path, [90.0, 90.2, 97.0, 97.1])
    assert named(catalogue.Wanted.LEFT) == half
    for path in (first_search, stopped):  # an id means that study, whatever it is
        assert catalogue.resolve(path.name, tmp_path, trained) == path
    assert catalogue.resolve("last", tmp_path, searched) == catalogue.list_studies(tmp_path)[0].path


def test_the_name_of_a_preset_means_the_study_under_way_where_that_is_wanted(
    tiny: Callable[..., Study], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    under_way = save(tiny(LONG), tmp_path, [90.0, 90.2, 97.0, 97.1])
    newer = save(tiny(LONG), tmp_path, [90.0, 90.2, 97.0, 97.1])
    assert catalogue.resolve("tiny", tmp_path, catalogue.Wanted.LIVE) == newer
    live.write(under_way, live.owner_of())
    assert catalogue.resolve("tiny", tmp_path, catalogue.Wanted.LIVE) == under_way
    assert catalogue.resolve("tiny", tmp_path) == newer
