"""Whenever the process dies, whatever a power cut takes: the study opens, nothing announced is lost, it can be finished."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from lrtui.errors import InputError
from lrtui.store import catalogue, disk, folder, journal, tables
from lrtui.store.reader import SavedStudy, open_study
from lrtui.store.writer import StudyWriter, read_checkpoint
from lrtui.study.records import EpochRecord, FinderCurve, FinderPoint, LayerRecord, Outcome, RunStatus, StudyStatus
from lrtui.study.spec import Study
from lrtui.study.states import RunState
from tests.store.failing_disk import Died, FailingDisk

RUNS, EPOCHS = (1, 2), 3
CURVE = FinderCurve((FinderPoint(1e-3, 2.3, 2.3), FinderPoint(1e-2, 2.2, 2.2)), over=True, valley=1e-3, chosen=1e-3)
DEVICE = {"kind": "cpu", "name": "test"}


def record(run: int, epoch: int) -> EpochRecord:
    layers = (LayerRecord(run, epoch, 1, "dense 1", 16, 0.1, 1.0, None, None, 16, 1e-3, None),) if run == 1 else ()
    return EpochRecord(run, epoch, 1.0, 50.0, 1.0 + run, 60.0 + epoch, 0.1, 0.0, None, 0.1, layers=layers)


def outcome(run: int) -> Outcome:
    return Outcome(run, EPOCHS, False, 1.0, 63.0, 1.0, 63.0, 0.5, 0.01, 0.0)


def train(writer: StudyWriter, states: dict[int, RunState], announced: set[tuple[object, ...]]) -> None:
    """Train what is left of the study, telling of what is safe; every few rows wait until they are."""

    def tell(*what: object) -> Callable[[], None]:
        return lambda: announced.add(what)

    if states[1].finder is None:
        writer.finder(1, CURVE, tell("range test"))
        writer.flush()
    for run in RUNS:
        if states[run].status.ended:
            continue
        for epoch in range(len(states[run].records), EPOCHS + 1):
            writer.epoch(record(run, epoch), tell("epoch", run, epoch))
            if epoch in (1, 3):
                writer.flush()
                writer.checkpoint(run, epoch, b"%d" % epoch)
        writer.outcome(outcome(run), tell("outcome", run))
        writer.flush()
        writer.run_ended(run, RunStatus.DONE, then=tell("end", run))
    writer.flush()


def ends(study: Study) -> tuple[RunState, ...]:
    return tuple(
        RunState(
            spec,
            RunStatus.DONE,
            tuple(record(spec.run, epoch) for epoch in range(EPOCHS + 1)),
            outcome=outcome(spec.run),
        )
        for spec in study.runs
    )


def whole(study: Study, runs_dir: Path, announced: set[tuple[object, ...]]) -> None:
    """Make the study from beginning to end."""
    writer = StudyWriter.create(runs_dir, study, device=DEVICE, lanes=1, threads=1, fingerprints=[])
    announced.add(("begun",))
    try:
        train(writer, {spec.run: RunState(spec) for spec in study.runs}, announced)
        writer.finish(StudyStatus.DONE, "", ends(study), seconds=1.0)
    finally:
        writer.let_go()
    announced.add(("ended",))


def resumed(path: Path, announced: set[tuple[object, ...]]) -> None:
    """Go on with the study of a folder and finish it."""
    saved = open_study(path)
    left = {state.spec.run for state in saved.left}
    states = [replace(state, status=RunStatus.WAITING) if state.spec.run in left else state for state in saved.states]
    writer = StudyWriter.reopen(path, saved.study, states, device=DEVICE, lanes=1, threads=1)
    try:
        train(writer, {state.spec.run: state for state in states}, announced)
        writer.finish(StudyStatus.DONE, "", ends(saved.study), seconds=1.0)
    finally:
        writer.let_go()


def require_announced(saved: SavedStudy, announced: set[tuple[object, ...]]) -> None:
    """Everything that was announced is there, and nothing is told that is not so."""
    rows = set(saved.epochs.select("run", "epoch").rows())
    layers = set(saved.layers.select("run", "epoch").rows())
    for what, *which in announced:
        if what == "epoch":
            assert tuple(which) in rows
        elif what == "outcome":
            assert saved.states[which[0] - 1].outcome == outcome(which[0])
        elif what == "end":
            assert saved.states[which[0] - 1].status is RunStatus.DONE
        elif what == "range test":
            assert saved.states[0].finder == CURVE
    assert (saved.status is StudyStatus.DONE) <= (("ended",) in announced or len(rows) == 8)
    for state in saved.states:
        assert [one.epoch for one in state.records] == list(range(len(state.records))), (
            "no epoch without those before it"
        )
        assert state.status is not RunStatus.DONE or len(state.records) == EPOCHS + 1
        assert all((state.spec.run, one.epoch) in layers for one in state.records if one.layers or state.spec.run == 1)
        content = read_checkpoint(saved.path, state.spec.run)
        assert content is None or int(content or b"99") <= state.epochs_done, (
            "no checkpoint of an epoch that is not there"
        )


def require_whole(path: Path, undisturbed: SavedStudy) -> None:
    saved = open_study(path)
    assert saved.warnings == []
    assert (saved.status, saved.message) == (StudyStatus.DONE, "")
    for table in ("runs", "epochs", "layers", "finder"):
        assert getattr(saved, table).equals(getattr(undisturbed, table)), table
        assert pl.read_parquet(path / f"{table}.parquet").height == getattr(undisturbed, table).height
    assert not list(path.rglob(folder.TEMPORARY))
    assert not list((path / folder.PARTS_FOLDER).glob("*"))
    assert not list((path / folder.CHECKPOINTS_FOLDER).glob("*"))


def die_at(
    at: int, root: Path, work: Callable[[set[tuple[object, ...]]], None]
) -> tuple[FailingDisk, set[tuple[object, ...]]]:
    """Do something on a disk that dies; return the disk and what was announced before."""
    announced: set[tuple[object, ...]] = set()
    with pytest.MonkeyPatch.context() as patch:
        failing = FailingDisk(patch, root, at)
        try:
            work(announced)
        except (Died, OSError, InputError):
            assert failing.died
    return failing, announced


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A study of ten rows goes through all that a large one does."""
    monkeypatch.setattr(tables, "FANOUT", 2)
    monkeypatch.setattr(tables, "FEWEST_ROWS", 3)
    monkeypatch.setattr(journal, "GATHER_SECONDS", 60.0)
    for name in ("sync", "sync_folder"):  # what they are for is played
        monkeypatch.setattr(disk, name, lambda _: None)
    yield


@pytest.fixture
def study(tiny: Callable[..., Study]) -> Study:
    return tiny("sweep.replicates=1", f"train.epochs={EPOCHS}")


@pytest.fixture
def undisturbed(study: Study, tmp_path: Path) -> SavedStudy:
    whole(study, tmp_path / "undisturbed", set())
    (path,) = (tmp_path / "undisturbed").iterdir()
    return open_study(path)


def calls_of(root: Path, work: Callable[[set[tuple[object, ...]]], None]) -> int:
    failing, _ = die_at(0, root, work)
    return failing.calls


STRIDE = 5
"""Every so many system calls are died at, others by each kind of death. Set to 1 all of them are: a few minutes."""
CUTS = ["killed", "power cut", "power cut, some of it written"]


def what_is_left(failing: FailingDisk, root: Path, cut: str, seed: int) -> Path:
    if cut == "killed":
        return root
    left = root.with_name(f"{root.name}-left")
    failing.after_power_cut(left, seed=None if cut == "power cut" else seed)
    return left


def require_sound(runs_dir: Path, announced: set[tuple[object, ...]], undisturbed: SavedStudy) -> None:
    """What is left of a study opens with all that was announced, and can be finished."""
    listed = catalogue.list_studies(runs_dir)
    if ("begun",) not in announced:
        return
    (path,) = runs_dir.iterdir()
    (summary,) = listed
    assert summary.runs_done >= sum(what == "end" for what, *_ in announced)
    saved = open_study(path)
    require_announced(saved, announced)
    if not saved.status.ended or saved.left or saved.status is StudyStatus.INTERRUPTED:
        resumed(path, set())
    require_whole(path, undisturbed)


@pytest.mark.parametrize("cut", CUTS)
def test_a_study_that_dies_anywhere(study: Study, undisturbed: SavedStudy, tmp_path: Path, cut: str) -> None:
    calls = calls_of(tmp_path / "counted", lambda announced: whole(study, tmp_path / "counted", announced))
    assert calls > 100
    for at in range(1 + CUTS.index(cut), calls + 1, STRIDE):
        root = tmp_path / f"{at}"
        root.mkdir()
        failing, announced = die_at(at, root, lambda announced, root=root: whole(study, root / "runs", announced))
        require_sound(what_is_left(failing, root, cut, at) / "runs", announced, undisturbed)


@pytest.mark.parametrize("cut", CUTS)
def test_a_study_that_dies_once_more_while_it_is_gone_on_with(
    study: Study, undisturbed: SavedStudy, tmp_path: Path, cut: str
) -> None:
    first = calls_of(tmp_path / "counted", lambda announced: whole(study, tmp_path / "counted", announced))
    begun = tmp_path / "begun"
    begun.mkdir()
    _, announced = die_at(first // 2, begun, lambda announced: whole(study, begun / "runs", announced))
    (name,) = [path.name for path in (begun / "runs").iterdir()]
    for at in range(1 + CUTS.index(cut), first, STRIDE):
        root = tmp_path / f"{at}"
        shutil.copytree(begun, root)
        failing, more = die_at(at, root, lambda announced, path=root / "runs" / name: resumed(path, announced))
        if not failing.died:
            break
        require_sound(what_is_left(failing, root, cut, at) / "runs", announced | more, undisturbed)
    assert at > 30
