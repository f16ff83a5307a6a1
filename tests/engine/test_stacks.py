"""A study trained in stacks: the same table within a tolerance, and all that one can do to a study."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from lrtui.engine import stack_hand
from lrtui.session import Session
from lrtui.store.reader import SavedStudy, open_study
from lrtui.study.records import RunStatus, StudyStatus
from lrtui.study.spec import Study
from lrtui.train.stack import Stack

Tiny = Callable[..., Study]
Start = Callable[..., Session]
LONG = ("train.epochs=3000", "train.batch_size=8")


def finish(session: Session) -> SavedStudy:
    assert session.wait(60)
    return open_study(session.path)


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def said(session: Session) -> str:
    return "\n".join(event.text for event in session.snapshot().events)


def assert_near(saved: SavedStudy, other: SavedStudy) -> None:
    assert saved.status is other.status is StudyStatus.DONE
    assert saved.epochs.select("run", "epoch", "lr", "momentum").equals(
        other.epochs.select("run", "epoch", "lr", "momentum")
    )
    for column in ("train_loss", "val_loss", "grad_norm"):
        for one, same in zip(saved.epochs[column], other.epochs[column], strict=True):
            assert one == pytest.approx(same, rel=1e-3)
    for column in ("status", "kept_epoch", "stopped_early"):
        assert saved.runs[column].to_list() == other.runs[column].to_list()


@pytest.mark.parametrize(
    "overrides",
    [
        (),
        (
            "optim.name=adam",
            "health.measure=true",
            "curvature.measure=true",
            "model.dropout=0.2",
            "early_stopping.patience=1",
            "train.keep=best",
        ),
        ("optim.lr=find", "optim.name=adam", "model.activation=['relu', 'tanh']"),
        ("model.activation=['relu', 'rrelu']", "sweep.replicates=1"),
    ],
    ids=["plain", "techniques", "found rates", "some alone"],
)
def test_stacks_come_to_what_lanes_come_to(tiny: Tiny, train_study: Start, overrides: tuple[str, ...]) -> None:
    study = tiny("optim.momentum=0.5", *overrides) if "optim.name=adam" not in overrides else tiny(*overrides)
    whole = finish(train_study(study, lanes=1))
    saved = finish(train_study(study, engine="stack"))
    assert_near(saved, whole)
    assert saved.device["engine"] == saved.snapshot().engine == "stack"
    assert saved.device["arithmetic"].endswith(", stacked")
    assert saved.layers.select("run", "epoch", "layer").equals(whole.layers.select("run", "epoch", "layer"))
    assert saved.curvature.select("run", "epoch").equals(whole.curvature.select("run", "epoch"))
    assert not set(saved.runs["run_key"]) & set(whole.runs["run_key"]), "other bits, other keys"
    kept = sorted(file.name for file in (whole.path / "checkpoints").glob("*"))
    assert sorted(file.name for file in (saved.path / "checkpoints").glob("*")) == kept


def test_all_runs_of_a_stack_are_under_way_at_once(tiny: Tiny, train_study: Start) -> None:
    session = train_study(tiny(*LONG), engine="stack")
    until(lambda: min(state.epochs_done for state in session.snapshot().runs) >= 1)
    assert {state.lane for state in session.snapshot().running} == {0}
    assert len(session.snapshot().running) == 4
    assert session.snapshot().engine == "stack"
    assert "runs 1-4 train as one, 4 rows of one tensor" in said(session)
    session.stop_run(2)
    until(lambda: session.board.state(2).status is RunStatus.STOPPED)
    session.skip_scenario(session.study.runs[2].scenario)
    until(lambda: session.board.state(4).status is RunStatus.SKIPPED)
    epochs = session.board.state(1).epochs_done
    until(lambda: session.board.state(1).epochs_done > epochs)
    session.stop_study()
    saved = finish(session)
    assert saved.runs["status"].to_list() == ["stopped", "stopped", "skipped", "skipped"]


def test_a_stopped_stack_goes_on(tiny: Tiny, train_study: Start, tmp_path: Path) -> None:
    study = tiny("train.epochs=300", "train.batch_size=8", "train.checkpoint_seconds=0", "model.dropout=0.1")
    whole = finish(train_study(study, engine="stack"))
    session = train_study(study, engine="stack")
    until(lambda: session.board.state(1).epochs_done >= 3)
    session.stop_study()
    stopped = finish(session)
    assert stopped.status is StudyStatus.STOPPED
    again = Session.resume(stopped.path, data_dir=tmp_path / "data")
    saved = finish(again)
    assert "goes on from its checkpoint" in said(again)
    assert saved.status is StudyStatus.DONE
    assert_near(saved, whole)


def test_where_memory_runs_out_fewer_are_trained_at_once(
    tiny: Tiny, train_study: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, sizes = Stack.__init__, []

    def small(self: Stack, trainings: list[object], *rest: object) -> None:
        sizes.append(len(trainings))
        if len(trainings) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 80.00 GiB.")
        original(self, trainings, *rest)

    study = tiny()
    whole = finish(train_study(study, lanes=1))
    monkeypatch.setattr(stack_hand, "Stack", type("Small", (Stack,), {"__init__": small}))
    session = train_study(study, engine="stack")
    assert_near(finish(session), whole)
    assert sizes == [4, 2, 2]
    assert "4 runs at once do not fit into memory: 2 at a time" in said(session)


@pytest.mark.processes
def test_stacks_are_shared_out_among_processes(tiny: Tiny, train_study: Start) -> None:
    study = tiny("train.epochs=40")
    whole = finish(train_study(study, lanes=1))
    session = train_study(study, engine="stack", lanes=2)
    assert_near(finish(session), whole)
    assert "on lane 1" in said(session)
