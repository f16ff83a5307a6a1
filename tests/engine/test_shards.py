"""A job of an array trains its share, is done with it, and all shares are the study."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

from lrtui.errors import InputError
from lrtui.session import Session
from lrtui.store.catalogue import summarize
from lrtui.store.reader import SavedStudy, open_study
from lrtui.study.records import RunStatus, StudyStatus
from lrtui.study.shards import Shard
from lrtui.study.spec import Study

Tiny = Callable[..., Study]
Start = Callable[..., Session]


def ended(session: Session) -> SavedStudy:
    assert session.wait(60)
    return open_study(session.path)


@pytest.mark.parametrize("more", [(), ("optim.lr=find", "optim.name=adam", "model.activation=['relu', 'tanh']")])
def test_shares_make_the_study(tiny: Tiny, train_study: Start, more: tuple[str, ...]) -> None:
    study = tiny("sweep.replicates=2", "train.epochs=1", *more)
    shares = [ended(train_study(replace(study, shard=Shard(index, 3)), fresh=False)) for index in (1, 2, 3)]
    for share in shares:
        assert share.status is StudyStatus.DONE
        own = {spec.run for spec in share.study.own}
        assert [state.status for state in share.states] == [
            RunStatus.DONE if spec.run in own else RunStatus.ELSEWHERE for spec in study.runs
        ]
        assert share.runs["reused_from"].null_count() == 4
        summary = summarize(share.path)
        assert (summary.runs_done, summary.runs_total, summary.shard) == (len(own), len(own), str(share.study.shard))
    whole = ended(train_study(study, fresh=False))
    assert whole.study.shard is None
    assert set(whole.runs["reused_from"]) == {share.id for share in shares}
    anew = ended(train_study(study))
    assert_frame_equal(whole.epochs.drop("seconds"), anew.epochs.drop("seconds"), check_exact=True)
    assert_frame_equal(whole.runs.select("run", "lr"), anew.runs.select("run", "lr"), check_exact=True)


def test_a_share_that_is_stopped_is_not_done(tiny: Tiny, train_study: Start) -> None:
    session = train_study(replace(tiny("train.epochs=5000"), shard=Shard(1, 2)), lanes=1)
    assert len(session.board.snapshot().own) == 2
    session.stop_study()
    saved = ended(session)
    assert saved.status is StudyStatus.STOPPED
    assert {state.status for state in saved.states} == {RunStatus.STOPPED, RunStatus.ELSEWHERE}


def test_a_share_is_gone_on_with_as_a_share(tiny: Tiny, train_study: Start, tmp_path: Path) -> None:
    session = train_study(replace(tiny("train.epochs=400"), shard=Shard(1, 2)), lanes=1)
    while not session.board.snapshot().runs[0].epochs_done:
        assert not session.wait(0.01)
    session.stop_study()
    stopped = ended(session)
    resumed = Session.resume(stopped.path, data_dir=tmp_path / "data")
    assert resumed.wait(60)
    saved = open_study(stopped.path)
    assert saved.status is StudyStatus.DONE and saved.study.shard == Shard(1, 2)
    assert [state.status.value for state in saved.states] == ["done", "done", "elsewhere", "elsewhere"]
    with pytest.raises(InputError, match="nothing is left"):
        Session.resume(stopped.path, data_dir=tmp_path / "data")


def test_a_share_without_a_run_is_refused(tiny: Tiny, train_study: Start) -> None:
    with pytest.raises(InputError, match="shard 5/5 has no run: the study has 4 runs"):
        train_study(replace(tiny(), shard=Shard(5, 5)))
