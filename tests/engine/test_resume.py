"""A study that is gone on with comes to the rows of one that was never broken off."""

import functools
import io
import json
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Event

import polars as pl
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lrtui.engine import loop_hand
from lrtui.errors import InputError
from lrtui.session import Session
from lrtui.store import folder
from lrtui.store.folder import checkpoint_file
from lrtui.store.reader import SavedStudy, open_study
from lrtui.store.writer import StudyWriter, read_kept
from lrtui.study.records import EpochRecord, RunStatus, StudyStatus
from lrtui.study.spec import Study
from lrtui.train import checkpoint, loop, numerics

Start = Callable[..., Session]
Stop = Callable[..., SavedStudy]
WRITES = ("epoch", "checkpoint", "finder", "outcome", "run_ended", "finish")
"""What a session has its writer do."""


def finish(session: Session) -> SavedStudy:
    assert session.wait(60)
    return open_study(session.path)


def until(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def tables(saved: SavedStudy) -> list[pl.DataFrame]:
    """Return all that was measured, but for wall times."""
    frames = [saved.runs, saved.epochs, saved.layers, saved.curvature, saved.finder.sort("run", "iteration")]
    return [frame.select(name for name in frame.columns if "seconds" not in name) for frame in frames]


def assert_same(saved: SavedStudy, whole: SavedStudy) -> None:
    for one, other in zip(tables(saved), tables(whole), strict=True):
        assert one.equals(other)


@pytest.fixture
def resume(tmp_path: Path) -> Iterator[Callable[..., Session]]:
    """Return a function that goes on with a study; what is still under way is stopped at the end."""
    sessions: list[Session] = []

    def go_on(saved: SavedStudy, **options: object) -> Session:
        sessions.append(Session.resume(saved.path, data_dir=tmp_path / "data", **options))
        return sessions[-1]

    yield go_on
    for session in sessions:
        session.stop_study()
        assert session.wait(60)


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> Callable[..., SavedStudy]:
    """Return a function that calls another one for a session, and stops its study when `runs` have so many epochs each.

    Before that the runs of `done` come to their end.
    """

    def stop(
        start: Callable[[], Session], epochs: int, runs: Sequence[int] = (1,), done: Sequence[int] = ()
    ) -> SavedStudy:
        with monkeypatch.context() as patch:
            patch.setattr(loop.Training, "run", braked(loop.Training.run, epochs, runs))
            session = start()
            until(lambda: all(session.board.state(run).epochs_done >= epochs for run in runs))
            until(lambda: all(session.board.state(run).status is RunStatus.DONE for run in done))
            session.stop_study()
            saved = finish(session)
        assert saved.status is StudyStatus.STOPPED
        assert saved.states[0].epochs_done == epochs
        return saved

    return stop


def braked(run: Callable[..., Iterator[object]], epochs: int, runs: Sequence[int]) -> Callable[..., Iterator[object]]:
    """Return how a training runs when `runs` wait to be stopped after so many epochs."""

    def until_then(training: loop.Training, progress: object, stop: Event) -> Iterator[object]:
        for record in run(training, progress, stop):
            yield record
            if record.run in runs and isinstance(record, EpochRecord) and record.epoch >= epochs:
                assert stop.wait(60)

    return until_then


ALL_AT_ONCE = (
    "optim.name=nadam", "schedule.name=performance", "schedule.patience=1", "early_stopping.patience=8", "model.dropout=0.2",
    "health.measure=true", "curvature.measure=true", "curvature.every=3", "mc_dropout.samples=2", "train.checkpoint_seconds=0",
)  # fmt: skip


@pytest.mark.parametrize("lanes", [1, 2])
def test_a_stopped_study_comes_to_the_same_rows(
    lanes: int, tiny: Callable[..., Study], train_study: Start, stopped: Stop, resume: Start
) -> None:
    study = tiny("train.epochs=30", *ALL_AT_ONCE)
    whole = finish(train_study(study))
    saved = stopped(lambda: train_study(study, lanes=lanes), 5)
    assert [file.name for file in (saved.path / "checkpoints").iterdir()]
    again = finish(resume(saved))
    assert again.status is StudyStatus.DONE
    assert_same(again, whole)
    assert not (again.path / "checkpoints").exists()
    assert not (again.path / "parts").exists()
    assert "goes on from its checkpoint of epoch" in (again.path / "log.txt").read_text()


def test_it_may_be_broken_off_again_and_again(
    tiny: Callable[..., Study], train_study: Start, stopped: Stop, resume: Start
) -> None:
    study = tiny("train.epochs=25", "sweep.replicates=1", "curvature.measure=true", "train.checkpoint_seconds=0")
    whole = finish(train_study(study))
    saved = stopped(lambda: train_study(study, lanes=1), 3)
    for epochs in (6, 7, 15):
        saved = stopped(functools.partial(resume, saved), epochs)
        assert saved.epochs["epoch"].to_list()[: epochs + 1] == list(range(epochs + 1))
    again = finish(resume(saved, lanes=2))
    assert_same(again, whole)
    assert [sitting.status.value for sitting in again.sittings] == ["stopped"] * 4 + ["done"]
    assert again.seconds == pytest.approx(sum(sitting.seconds for sitting in again.sittings), abs=0.01)
    assert again.started == again.sittings[0].started


def test_without_a_checkpoint_it_is_trained_from_the_start(
    tiny: Callable[..., Study], train_study: Start, stopped: Stop, resume: Start
) -> None:
    study = tiny("train.epochs=12", "health.measure=true")  # over before the first checkpoint is due
    whole = finish(train_study(study))
    saved = stopped(lambda: train_study(study), 4)
    assert not (saved.path / "checkpoints").exists()
    seconds = saved.epochs.filter(run=1)["seconds"]
    session = resume(saved)
    first = session.board.snapshot().runs[0]
    assert first.epochs_done == saved.states[0].epochs_done  # what is known is shown at once
    again = finish(session)
    assert_same(again, whole)
    assert again.epochs.filter(run=1)["seconds"][: len(seconds)].equals(seconds)  # rows stay as they were recorded


class Undisturbed:
    """The study that nothing happened to, once for all examples."""

    saved: SavedStudy


@pytest.fixture(scope="module")
def undisturbed() -> type[Undisturbed]:
    return Undisturbed


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    moments=st.lists(st.integers(0, 60), min_size=1, max_size=3),
    lanes=st.sampled_from([1, 2]),
    seconds=st.sampled_from([0, 0.02]),
)
def test_a_process_may_die_at_any_moment(
    moments: list[int],
    lanes: int,
    seconds: float,
    tiny: Callable[..., Study],
    tmp_path: Path,
    undisturbed: type[Undisturbed],
) -> None:
    """A process that died wrote nothing more: here its writer does nothing from some call on, again and again."""
    study = tiny("train.epochs=8", "data.train_limit=64", f"train.checkpoint_seconds={seconds}")

    def begin() -> Session:
        folders = {"runs_dir": tmp_path / "runs", "data_dir": tmp_path / "data"}
        return Session.start(study, device="cpu", fresh=True, lanes=lanes, **folders)

    def go_on(path: Path) -> Session:
        return Session.resume(path, lanes=lanes, data_dir=tmp_path / "data")

    if not hasattr(undisturbed, "saved"):
        undisturbed.saved = finish(begin())
    first, *others = moments
    path = trained_until(begin, first)
    for moment in others:
        if open_study(path).status is not StudyStatus.DONE:
            trained_until(functools.partial(go_on, path), moment)
    if open_study(path).status is not StudyStatus.DONE:
        assert go_on(path).wait(60)
    assert_same(open_study(path), undisturbed.saved)
    assert not (path / "checkpoints").exists()


def trained_until(start: Callable[[], Session], moment: int) -> Path:
    """Train a study whose writer does nothing after so many calls; return its folder."""
    with pytest.MonkeyPatch.context() as patch:
        left = [moment]
        for name in WRITES:
            patch.setattr(StudyWriter, name, dying(getattr(StudyWriter, name), left))
        session = start()
        assert session.wait(60)
        session._writer._lock.release()
        return session.path


def dying(call: Callable[..., None], left: list[int]) -> Callable[..., None]:
    """Return a call that does what it did as long as there are calls `left` of all that share the count."""

    def until_then(*arguments: object, **options: object) -> None:
        left[0] -= 1
        if left[0] >= 0:
            call(*arguments, **options)

    return until_then


def alter(saved: SavedStudy, run: int, epoch: int, column: str, by: float) -> None:
    """Change a figure on disk."""
    for file in (*saved.path.glob("parts/[0-9]*.parquet"), saved.path / "epochs.parquet"):
        if not file.exists():
            continue
        frame = pl.read_parquet(io.BytesIO(file.read_bytes()))
        here = (pl.col("run") == run) & (pl.col("epoch") == epoch)
        frame.with_columns(pl.when(here).then(pl.col(column) + by).otherwise(column).alias(column)).write_parquet(file)


def test_an_epoch_that_comes_out_otherwise_stops_the_study(
    tiny: Callable[..., Study], train_study: Start, stopped: Stop, resume: Start
) -> None:
    saved = stopped(lambda: train_study(tiny("train.epochs=40"), lanes=2), 4)
    was = saved.epochs.filter(run=1, epoch=3)["val_loss"][0]
    rows = len(saved.epochs)
    alter(saved, 1, 3, "val_loss", 1e-9)
    session = resume(saved)
    again = finish(session)
    assert again.status is StudyStatus.FAILED
    assert f"run 1, epoch 3: val_loss was recorded as {was + 1e-9!r} and is {was!r} now" in str(session.error)
    assert again.message == str(session.error)
    assert again.runs["status"][0] == "failed"
    assert len(again.epochs.filter(run=1)) == len(saved.epochs.filter(run=1))
    assert len(again.epochs) >= rows


def test_a_damaged_checkpoint_costs_time_and_nothing_else(
    tiny: Callable[..., Study], train_study: Start, stopped: Stop, resume: Start
) -> None:
    study = tiny("train.epochs=20", "train.checkpoint_seconds=0", "sweep.replicates=1")
    whole = finish(train_study(study))
    saved = stopped(lambda: train_study(study, lanes=2), 5, runs=(1, 2))
    for run, harm in ((1, lambda content: content[: len(content) // 2]), (2, lambda content: content[:-1] + b"!")):
        file = checkpoint_file(saved.path, run)
        file.write_bytes(harm(file.read_bytes()))
    again = finish(resume(saved))
    assert_same(again, whole)
    log = (again.path / "log.txt").read_text()
    assert "run 1 is trained from the start: its checkpoint is of no use" in log
    assert "run 2 is trained from the start: its checkpoint is of no use, its content is not what was written" in log


@pytest.mark.parametrize("tables_hit", [["epochs", "layers"], ["layers"], ["curvature"]])
@pytest.mark.parametrize("lost", [[2, 3], [0], [0, 1, 2, 3, 4, 5]])
def test_rows_that_were_lost_are_trained_again(
    lost: list[int], tables_hit: list[str], tiny: Callable[..., Study], train_study: Start, stopped: Stop, resume: Start
) -> None:
    measured = ("health.measure=true", "curvature.measure=true")
    study = tiny("train.epochs=12", "train.checkpoint_seconds=0", "sweep.replicates=1", *measured)
    whole = finish(train_study(study))
    saved = stopped(lambda: train_study(study, lanes=1), 5)
    for name in tables_hit:
        file = saved.path / f"{name}.parquet"
        frame = pl.read_parquet(io.BytesIO(file.read_bytes()))
        frame.filter(~((pl.col("run") == 1) & pl.col("epoch").is_in(lost))).write_parquet(file)
    again = finish(resume(open_study(saved.path)))
    assert again.status is StudyStatus.DONE
    assert_same(again, whole)


def test_a_checkpoint_that_cannot_be_read_is_done_without(
    tiny: Callable[..., Study], train_study: Start, stopped: Stop, resume: Start
) -> None:
    study = tiny("train.epochs=12", "train.checkpoint_seconds=0", "sweep.replicates=1")
    whole = finish(train_study(study))
    saved = stopped(lambda: train_study(study, lanes=1), 5)
    checkpoint_file(saved.path, 1).unlink()
    checkpoint_file(saved.path, 1).mkdir()  # reading it fails, whoever reads
    session = resume(saved)
    assert "cannot be read" in (saved.path / "log.txt").read_text()
    checkpoint_file(saved.path, 1).rmdir()
    assert_same(finish(session), whole)


def test_what_was_trained_by_another_computation_is_not_mixed(
    tiny: Callable[..., Study], train_study: Start, stopped: Stop, resume: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = stopped(lambda: train_study(tiny("train.epochs=30", "train.checkpoint_seconds=0"), lanes=1), 3)
    before = {file: file.read_bytes() for file in saved.path.rglob("*") if file.is_file()}
    content = checkpoint_file(saved.path, 1).read_bytes()
    other = stopped(lambda: train_study(tiny("train.epochs=31", "train.checkpoint_seconds=0"), lanes=1), 3)
    checkpoint_file(other.path, 1).write_bytes(content)
    with pytest.raises(InputError, match=r"run 1 cannot go on .* made with train.epochs 30, not 31"):
        resume(other)
    monkeypatch.setattr(checkpoint, "NUMERICS", numerics.NUMERICS + 1)
    with pytest.raises(InputError, match="run 1 cannot go on from its checkpoint, which was made with NUMERICS"):
        resume(saved)
    monkeypatch.undo()
    monkeypatch.setattr("lrtui.engine.means.NUMERICS", numerics.NUMERICS + 1)
    with pytest.raises(InputError, match="was trained with numerics"):
        resume(saved)
    monkeypatch.undo()
    with pytest.raises(InputError, match="was trained with threads 1, and here it is 2"):
        resume(saved, threads=2)
    monkeypatch.setattr("lrtui.session.versions", lambda: {"torch": "0.0"})
    with pytest.raises(InputError, match=r"was trained with torch .*, and here it is 0\.0"):
        resume(saved)
    assert {file: file.read_bytes() for file in saved.path.rglob("*") if file.is_file()} == before


def test_what_is_done_or_skipped_stays(
    tiny: Callable[..., Study], train_study: Start, stopped: Stop, resume: Start
) -> None:
    study = tiny("train.epochs=40", "train.checkpoint_seconds=0")
    session = train_study(study, lanes=1)
    session.skip_scenario(study.scenarios[1])
    session.stop_run(2)
    saved = finish(session)
    assert saved.runs["status"].to_list() == ["done", "stopped", "skipped", "skipped"]
    again = finish(resume(saved))
    assert again.runs["status"].to_list() == ["done", "done", "skipped", "skipped"]
    with pytest.raises(InputError, match="nothing is left to train"):
        resume(again)


def test_a_study_that_only_lacks_its_end_gets_it(tiny: Callable[..., Study], train_study: Start, resume: Start) -> None:
    whole = finish(train_study(tiny("train.epochs=2")))
    document = json.loads((whole.path / folder.STUDY_FILE).read_text())
    unfinished = document | {"status": "running", "ended": None, "seconds": None}
    (whole.path / folder.STUDY_FILE).write_text(json.dumps(unfinished))
    saved = open_study(whole.path)
    assert (saved.status, saved.left) == (StudyStatus.INTERRUPTED, ())
    again = finish(resume(saved))
    assert again.status is StudyStatus.DONE
    assert again.ended is not None
    assert_same(again, whole)
    with pytest.raises(InputError, match="nothing is left to train"):
        resume(again)


def test_a_run_that_failed_is_tried_again(
    tiny: Callable[..., Study], train_study: Start, stopped: Stop, resume: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = tiny("train.epochs=6", "train.checkpoint_seconds=0", "sweep.replicates=1")
    whole = finish(train_study(study))

    def failing(*_: object) -> object:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(loop, "measure_outcome", failing)
    saved = finish(train_study(study))
    assert saved.runs["status"].to_list() == ["failed", "failed"]
    monkeypatch.undo()
    assert_same(finish(resume(saved)), whole)


def test_a_study_being_trained_is_left_alone(tiny: Callable[..., Study], train_study: Start, resume: Start) -> None:
    session = train_study(tiny("train.epochs=5000"))
    with pytest.raises(InputError, match="is being trained"):
        resume(open_study(session.path))


def test_other_images_are_refused(
    tiny: Callable[..., Study], train_study: Start, stopped: Stop, resume: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = stopped(lambda: train_study(tiny("train.epochs=500"), lanes=1), 1)
    document = (saved.path / "study.json").read_text()
    (saved.path / "study.json").write_text(document.replace(saved.fingerprints[0]["sha256"], "0" * 64))
    with pytest.raises(InputError, match="was trained on another synthetic than there is here"):
        resume(saved)


def test_it_stays_on_its_kind_of_device(
    tiny: Callable[..., Study], train_study: Start, stopped: Stop, resume: Start
) -> None:
    saved = stopped(lambda: train_study(tiny("train.epochs=500"), lanes=1), 1)
    document = (saved.path / "study.json").read_text()
    (saved.path / "study.json").write_text(document.replace('"kind": "cpu"', '"kind": "cuda"', 1))
    with pytest.raises(InputError, match="is trained on cuda, and goes on there; not on cpu"):
        resume(saved, device="cpu")


def test_a_checkpoint_is_never_ahead_of_its_rows(
    tiny: Callable[..., Study], train_study: Start, stopped: Stop, monkeypatch: pytest.MonkeyPatch
) -> None:
    behind = []
    write = folder.write_whole

    def watched(path: Path, content: bytes) -> None:
        if path.suffix == ".safetensors":
            rows = open_study(path.parents[1]).states[int(path.stem.split("-")[1]) - 1].epochs_done
            behind.append(rows - checkpoint.Checkpoint.decoded(content).epoch)
        write(path, content)

    monkeypatch.setattr(folder, "write_whole", watched)
    stopped(lambda: train_study(tiny("train.epochs=60", "train.checkpoint_seconds=0"), lanes=2), 10)
    assert behind
    assert min(behind) >= 0


def test_range_tests_are_not_made_again(
    tiny: Callable[..., Study], train_study: Start, stopped: Stop, resume: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = tiny("optim.lr=find", "optim.name=adam", "model.activation=['relu', 'tanh']", "train.epochs=25",
                 "train.checkpoint_seconds=0")  # fmt: skip
    whole = finish(train_study(study))
    made = []
    find = loop_hand.find
    monkeypatch.setattr(loop_hand, "find", lambda spec, *rest: made.append(spec.scenario) or find(spec, *rest))
    saved = stopped(lambda: train_study(study, lanes=1), 4)
    assert made == [study.scenarios[0]]  # that of the first run
    assert_same(finish(resume(saved)), whole)
    assert made == list(study.scenarios)


def test_a_study_of_range_tests_goes_on_too(
    tiny: Callable[..., Study], train_study: Start, resume: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = tiny("optim.lr=find", "optim.name=adam", "model.hidden=[[8], [16], [12]]", "sweep.replicates=1")
    whole = finish(train_study(study, find_only=True))
    sessions: list[Session] = []
    find, made = loop_hand.find, []

    def stopping(*arguments: object) -> object:
        made.append(1)
        if len(made) == 2:
            until(lambda: bool(sessions))
            sessions[0].stop_study()
        return find(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(loop_hand, "find", stopping)
        sessions.append(train_study(study, find_only=True, lanes=1))
        saved = finish(sessions[0])
    assert RunStatus.STOPPED.value in saved.runs["status"].to_list()
    again = finish(resume(saved))
    assert again.kind == "finder"
    assert again.status is StudyStatus.DONE
    assert_same(again, whole)


def test_the_checkpoint_of_a_done_run_is_removed(
    tiny: Callable[..., Study], train_study: Start, stopped: Stop, resume: Start
) -> None:
    """A process may die when a run is done and its checkpoint not yet removed."""
    saved = stopped(lambda: train_study(tiny("train.epochs=6", "train.checkpoint_seconds=0"), lanes=2), 4, done=[2])
    assert saved.states[1].status is RunStatus.DONE
    checkpoint_file(saved.path, 2).write_bytes(b"left behind")
    again = finish(resume(saved))
    assert again.status is StudyStatus.DONE
    assert not (again.path / "checkpoints").exists()


@pytest.mark.parametrize("keep", ["best", "last"])
def test_weights_that_were_asked_for_stay(
    keep: str, tiny: Callable[..., Study], train_study: Start, stopped: Stop, resume: Start
) -> None:
    study = tiny("train.epochs=6", "train.checkpoint_seconds=0", f"train.keep={keep}", "sweep.replicates=1")
    whole = finish(train_study(study))
    again = finish(resume(stopped(lambda: train_study(study), 6)))  # all epochs are done, the outcome is missing
    for saved in (whole, again):
        assert sorted(file.name for file in (saved.path / "checkpoints").iterdir()) == [
            "run-00001.kept.safetensors",
            "run-00002.kept.safetensors",
        ]
    for run in (1, 2):
        kept, same = (checkpoint.Checkpoint.decoded(read_kept(saved.path, run)) for saved in (whole, again))
        assert kept.epoch == same.epoch
        assert all(torch.equal(same.state["model"][name], weight) for name, weight in kept.state["model"].items())
        losses = whole.epochs.filter(run=run)["val_loss"].to_list()
        assert kept.epoch == (6 if keep == "last" else min(range(1, 7), key=losses.__getitem__))
