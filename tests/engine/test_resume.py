"""A study that is gone on with comes to the rows of one that was never broken off."""

from collections.abc import Callable
from pathlib import Path

import polars as pl

from lrtui.session import Session
from lrtui.store.reader import SavedStudy, open_study
from lrtui.study.records import StudyStatus
from lrtui.study.spec import Study

Start = Callable[..., Session]


def finish(session: Session) -> SavedStudy:
    assert session.wait(60)
    return open_study(session.path)


def measured(saved: SavedStudy) -> pl.DataFrame:
    return saved.epochs.drop("seconds")


def test_stopped(tiny: Callable[..., Study], train_study: Start, tmp_path: Path) -> None:
    study = tiny("train.epochs=30", "train.checkpoint_seconds=0", "health.measure=true")
    whole = finish(train_study(study, lanes=2))
    session = train_study(study, lanes=2)
    while len(session.board.snapshot().runs[0].records) < 7:
        assert not session.wait(0.005)
    session.stop_study()
    saved = finish(session)
    assert saved.status is StudyStatus.STOPPED
    assert list((saved.path / "checkpoints").iterdir())
    again = finish(Session.resume(session.path, data_dir=tmp_path / "data"))
    assert again.status is StudyStatus.DONE
    assert measured(again).equals(measured(whole))
    assert again.layers.equals(whole.layers)
    assert not (again.path / "checkpoints").exists()
