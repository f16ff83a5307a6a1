"""A study from start to folder: same bits whatever the company, rows kept whatever ends it."""

import threading
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from lrtui.engine import loop_hand
from lrtui.errors import InputError
from lrtui.session import Session
from lrtui.store.reader import SavedStudy, open_study
from lrtui.store.tables import Tables
from lrtui.store.writer import StudyWriter
from lrtui.study.records import Outcome, RunStatus, StudyStatus
from lrtui.study.spec import Study

Start = Callable[..., Session]
MEASURED = ["run", "epoch", "train_loss", "train_accuracy", "val_loss", "val_accuracy", "lr", "momentum", "grad_norm"]


def finish(session: Session) -> SavedStudy:
    assert session.wait(60)
    return open_study(session.path)


def until(session: Session, condition: Callable[[], bool]) -> None:
    """Poll the board until `condition` holds; the study must still be running."""
    while not condition():
        assert not session.wait(0.005), "the study ended before the condition held"


def test_a_whole_study_ends_done_with_every_row(tiny: Callable[..., Study], train_study: Start) -> None:
    saved = finish(train_study(tiny()))
    assert saved.status is StudyStatus.DONE
    assert saved.epochs.select("run", "epoch").rows() == [(run, epoch) for run in (1, 2, 3, 4) for epoch in range(4)]
    assert saved.runs["status"].to_list() == ["done"] * 4
    assert not (saved.path / "parts").exists()
    assert saved.fingerprints[0]["name"] == "synthetic"
    assert saved.fingerprints[0]["train_count"] == 320


def test_the_saved_study_tells_what_the_live_one_told(tiny: Callable[..., Study], train_study: Start) -> None:
    session = train_study(tiny())
    saved = finish(session)
    live = session.board.snapshot()
    assert saved.snapshot().events == live.events
    assert saved.duration == pytest.approx(live.elapsed, abs=1e-3)
    assert (session.fingerprints, session.device) == (saved.fingerprints, saved.device)
    assert [event.text for event in live.events if event.text.startswith("study")] == ["study tiny", "study done"]
    assert sum(" done, " in event.text for event in live.events) == 4


def test_same_bits_alone_and_in_company(tiny: Callable[..., Study], train_study: Start) -> None:
    tables = [finish(train_study(tiny(), lanes=count)).epochs.select(MEASURED) for count in (1, 2, 4)]
    assert tables[0].equals(tables[1])
    assert tables[0].equals(tables[2])
    alone = finish(train_study(tiny("optim.lr=0.1", "sweep.seeds=[2]"))).epochs.select(MEASURED)
    in_company = tables[0].filter(pl.col("run") == 4).with_columns(run=pl.lit(1, pl.Int32))
    assert alone.equals(in_company)


def test_the_order_of_training_changes_no_bits_and_no_numbers(tiny: Callable[..., Study], train_study: Start) -> None:
    saved = []
    for order in ("seed", "rate"):
        session = train_study(tiny(f"sweep.order={order}"), lanes=1)
        assert session.wait(60)
        saved.append(open_study(session.path))
        begun = [
            line.split("run ")[1][0]
            for line in (session.path / "log.txt").read_text().splitlines()
            if "started" in line
        ]
        assert "".join(begun) == {"seed": "1324", "rate": "1234"}[order]
    by_seed, by_rate = (one.epochs.drop("seconds") for one in saved)
    assert by_seed.equals(by_rate)
    assert saved[0].runs["scenario"].equals(saved[1].runs["scenario"])


def test_replicates_differ_and_share_their_start_across_rates(tiny: Callable[..., Study], train_study: Start) -> None:
    start = finish(train_study(tiny())).epochs.filter(pl.col("epoch") == 0)["val_loss"].to_list()
    assert start[0] == start[2]
    assert start[1] == start[3]
    assert start[0] != start[1]


def test_stopping_one_run_keeps_its_rows_and_trains_the_others(tiny: Callable[..., Study], train_study: Start) -> None:
    session = train_study(tiny("train.epochs=400"), lanes=1)
    until(session, lambda: session.board.snapshot().runs[0].epochs_done >= 2)
    session.stop_run(1)
    session.stop_run(3)
    until(session, lambda: session.board.snapshot().runs[1].epochs_done >= 1)
    session.stop_study()
    saved = finish(session)
    assert saved.status is StudyStatus.STOPPED
    assert saved.runs["status"].to_list() == ["stopped"] * 4
    assert saved.runs["epochs"][0] >= 2
    assert saved.runs["epochs"][2] == 0
    epochs = saved.epochs.filter(pl.col("run") == 1)["epoch"].to_list()
    assert epochs == list(range(len(epochs)))


def test_skipping_a_rate_leaves_the_others(tiny: Callable[..., Study], train_study: Start) -> None:
    study = tiny("train.epochs=300")
    session = train_study(study, lanes=1)
    until(session, lambda: session.board.snapshot().runs[0].epochs_done >= 1)
    session.skip_scenario(study.runs[0].scenario)
    until(session, lambda: session.board.snapshot().runs[2].epochs_done >= 1)
    session.stop_study()
    assert finish(session).runs["status"].to_list() == ["skipped", "skipped", "stopped", "stopped"]


def test_a_run_that_fails_does_not_take_the_others_along(
    tiny: Callable[..., Study], train_study: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = loop_hand.Training

    def failing(spec: object, *rest: object) -> object:
        if spec.run == 2:
            raise RuntimeError("out of memory")
        return original(spec, *rest)

    monkeypatch.setattr(loop_hand, "Training", failing)
    session = train_study(tiny())
    saved = finish(session)
    assert saved.status is StudyStatus.FAILED
    assert saved.runs["status"].to_list() == ["done", "failed", "done", "done"]
    assert "run 2: RuntimeError: out of memory" in str(session.error)
    assert "Traceback" in (saved.path / "log.txt").read_text()


def test_a_disk_that_fills_ends_the_study_with_what_it_has(
    tiny: Callable[..., Study], train_study: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Tables.append

    def full(tables: Tables, frames: dict[str, pl.DataFrame]) -> None:
        epochs = frames.get("epochs.parquet", pl.DataFrame(schema={"run": pl.Int32, "epoch": pl.Int32}))
        if (2, 2) in epochs.select("run", "epoch").rows():
            raise OSError(28, "No space left on device")
        original(tables, frames)

    monkeypatch.setattr("lrtui.store.journal.GATHER_SECONDS", 0.0)
    monkeypatch.setattr(Tables, "append", full)
    session = train_study(tiny("sweep.order=rate"), lanes=1)
    saved = finish(session)
    assert saved.status is StudyStatus.FAILED
    assert str(session.error) == "cannot write the study: No space left on device"
    shown = session.board.snapshot().runs
    assert saved.runs["status"].to_list() == [state.status.value for state in shown]
    assert shown[1].status is RunStatus.FAILED
    assert shown[1].message == "cannot write the study: No space left on device"
    for state in shown:
        kept = saved.epochs.filter(pl.col("run") == state.spec.run)["epoch"].to_list()
        assert kept == [record.epoch for record in state.records]


def test_a_run_killed_before_it_is_measured_is_not_done(
    tiny: Callable[..., Study], train_study: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str, float | None]] = []
    original = StudyWriter.outcome

    def look(writer: StudyWriter, outcome: Outcome, then: Callable[[], object]) -> None:
        writer.flush()
        for _ in range(2):
            seen.append(open_study(writer.path).runs.select("status", "test_accuracy").row(outcome.run - 1))
            original(writer, outcome, then)
            writer.flush()

    monkeypatch.setattr(StudyWriter, "outcome", look)
    saved = finish(train_study(tiny("sweep.replicates=1", "optim.lr=0.1")))
    assert seen == [("running", None), ("done", saved.runs["test_accuracy"][0])]
    assert saved.status is StudyStatus.DONE


def test_a_log_that_cannot_be_written_does_not_keep_the_study_from_ending(
    tiny: Callable[..., Study], train_study: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lrtui.store.log.LOG_FILE", "no-such-folder/log.txt")
    session = train_study(tiny())
    assert finish(session).status is StudyStatus.DONE
    assert session.board.snapshot().events


def test_whatever_goes_wrong_at_the_end_the_study_is_over(
    tiny: Callable[..., Study], train_study: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(writer: StudyWriter, *_: object, **__: object) -> None:
        writer.let_go()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(StudyWriter, "finish", full)
    session = train_study(tiny())
    assert session.wait(60)
    assert str(session.error) == "cannot write the study: No space left on device"


def test_rows_are_on_disk_when_the_board_shows_them(tiny: Callable[..., Study], train_study: Start) -> None:
    session = train_study(tiny("train.epochs=200"), lanes=2)
    until(session, lambda: session.board.snapshot().runs[0].epochs_done >= 3)
    shown = session.board.snapshot()
    live = open_study(session.path)
    assert live.status is StudyStatus.RUNNING
    assert live.runs["status"][0] == RunStatus.RUNNING.value
    for state in shown.runs:
        assert set(state.records) <= set(live.snapshot().runs[state.spec.run - 1].records)


def test_what_cannot_be_trained_is_said_before_anything_is_written(
    tiny: Callable[..., Study], train_study: Start, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="mnist"):
        train_study(tiny("data.name=mnist", "data.train_limit=10"))
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(InputError, match="cannot write to the runs folder"):
        train_study(tiny(), runs_dir=blocked / "runs")
    assert not list((tmp_path / "runs").glob("*/study.json"))


def test_cuda_where_there_is_none_is_said_plainly(
    tiny: Callable[..., Study], train_study: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(InputError, match="no CUDA device can be used here"):
        train_study(tiny(), device="cuda")


def test_no_thread_is_left_behind(tiny: Callable[..., Study], train_study: Start) -> None:
    before = threading.active_count()
    finish(train_study(tiny()))
    assert threading.active_count() == before


def test_data_sets_are_shared_by_runs_and_let_go(tmp_path: Path) -> None:
    import torch

    from lrtui.engine.data_pool import DataPool
    from lrtui.study import preset

    path = tmp_path / "both.toml"
    path.write_text(
        'title = "Both"\n[data]\nname = "synthetic"\n[optim]\nname = "sgd"\nlr = 0.1\n'
        '[sweep]\n"model.name" = ["mlp", "cnn"]\nreplicates = 2\n'
    )
    study = preset.load_file(path)
    pool = DataPool(Path(), torch.device("cpu"), study.runs)
    pool.load_all()
    first, again, other = (pool.get(study.runs[index]) for index in (0, 1, -1))
    assert first is again
    assert first.layout == "flat"
    assert other.layout == "channels_last"
    for spec in study.runs:
        pool.release(spec)
    assert not pool._placed
