"""The finder inside a study: one range test a scenario, its rate taken by every replicate, all of it kept."""

import math
from collections.abc import Callable
from dataclasses import replace

import polars as pl
import pytest

from lrtui.engine import loop_hand
from lrtui.errors import InputError
from lrtui.session import Session
from lrtui.store.reader import SavedStudy, open_study
from lrtui.study.records import FinderCurve, RunStatus, StudyStatus
from lrtui.study.spec import Study

Start = Callable[..., Session]


def finish(session: Session) -> SavedStudy:
    assert session.wait(60)
    return open_study(session.path)


def test_every_replicate_takes_the_rate_its_scenario_found(tiny: Callable[..., Study], train_study: Start) -> None:
    study = tiny(
        "optim.lr=find", "optim.name=adam", "model.activation=['relu', 'tanh']", "sweep.replicates=3", "train.epochs=2"
    )
    session = train_study(study, lanes=3)
    saved = finish(session)
    assert saved.status is StudyStatus.DONE
    found = saved.runs.group_by("scenario", maintain_order=True).agg(pl.col("lr").n_unique(), pl.len())
    assert found["lr"].to_list() == [1, 1]
    assert found["len"].to_list() == [3, 3]
    assert saved.runs["lr_found"].to_list() == [True] * 6
    assert all(1e-7 < lr < 10 for lr in saved.runs["lr"])
    curves = [state.finder for state in session.board.snapshot().runs if state.finder is not None]
    assert len(curves) == 2
    assert {curve.chosen for curve in curves} == set(saved.runs["lr"])
    assert [state.finder for state in saved.states if state.finder is not None] == curves
    used = saved.epochs.join(saved.runs.select("run", chosen="lr"), on="run")
    assert (used["lr"] == used["chosen"]).all()


def test_the_rate_does_not_depend_on_which_run_comes_first(tiny: Callable[..., Study], train_study: Start) -> None:
    study = tiny("optim.lr=find", "optim.name=adam", "sweep.replicates=3", "train.epochs=1")
    rates = []
    for runs in (study.runs, study.runs[::-1]):
        saved = finish(train_study(replace(study, runs=runs, order="rate"), lanes=1))
        rates.append(saved.runs["lr"].unique().to_list())
        assert [state.spec.run for state in saved.states if state.finder] == [1]
    assert rates[0] == rates[1]


def test_finding_alone_trains_nothing(tiny: Callable[..., Study], train_study: Start) -> None:
    saved = finish(train_study(tiny("optim.lr=find", "optim.name=adam"), find_only=True))
    assert saved.kind == "finder"
    assert saved.status is StudyStatus.DONE
    assert saved.runs["status"].to_list() == ["done"] * 2
    assert len(saved.epochs) == 0
    assert all(state.finder is not None and state.finder.over for state in saved.states)
    assert saved.runs["lr"].to_list() == [state.finder.chosen for state in saved.states if state.finder]


def test_a_rate_that_cannot_be_found_fails_the_run_and_says_why(
    tiny: Callable[..., Study], train_study: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop_hand, "find", lambda *_: FinderCurve((), over=True))
    session = train_study(tiny("optim.lr=find", "sweep.replicates=1"))
    assert session.wait(60)
    (state,) = session.board.snapshot().runs
    assert state.status is RunStatus.FAILED
    assert "suggests no learning rate" in state.message
    assert math.isnan(state.spec.lr)


def test_a_search_is_stopped_like_a_training(tiny: Callable[..., Study], train_study: Start) -> None:
    study = tiny("optim.lr=find", "finder.iterations=100000", "finder.stop_factor=1e30", "finder.max_lr=1e-6")
    session = train_study(study, lanes=2)
    while not any(state.finder for state in session.board.snapshot().runs):
        assert not session.wait(0.01)
    session.stop_study()
    saved = finish(session)
    assert saved.status is StudyStatus.STOPPED
    assert saved.runs["status"].to_list() == ["stopped"] * 2


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (["schedule.warmup=30"], "schedule.warmup: must be less than the 30 steps of training, got 30"),
        (["model.batch_norm=before", "data.train_limit=33"], "leave a last batch of one image"),
    ],
)
def test_what_the_number_of_images_forbids_is_refused_before_training(
    said: list[str], message: str, tiny: Callable[..., Study], train_study: Start
) -> None:
    with pytest.raises(InputError, match=message):
        train_study(tiny(*said))
