"""A study that one process leaves and another goes on with: as if nothing had been."""

from collections.abc import Callable
from pathlib import Path

from lrtui import detached
from lrtui.session import Session
from lrtui.store import live
from lrtui.store.reader import SavedStudy, open_study
from lrtui.study.records import RunStatus, StudyStatus
from lrtui.study.spec import Study

Start = Callable[..., Session]


def until(session: Session, condition: Callable[[], bool]) -> None:
    while not condition():
        assert not session.wait(0.005), "the study ended before the condition held"


def go_on(path: Path, folder: Path) -> SavedStudy:
    session = Session.resume(path, handed_over=True, data_dir=folder / "data")
    assert session.wait(60)
    return open_study(path)


def test_what_is_handed_over_comes_to_the_rows_it_would_have_had(
    tiny: Callable[..., Study], train_study: Start, tmp_path: Path
) -> None:
    study = tiny("train.epochs=60")
    undisturbed = train_study(study, lanes=1, runs_dir=tmp_path / "undisturbed")
    assert undisturbed.wait(60)
    session = train_study(study, lanes=1, fresh=True)
    until(session, lambda: session.snapshot().runs[0].epochs_done >= 3)
    session.hand_over()
    assert session.wait(60)
    assert session.snapshot().status is StudyStatus.INTERRUPTED
    left = open_study(session.path)
    assert left.status is StudyStatus.INTERRUPTED
    assert [state.status for state in left.states] == [RunStatus.INTERRUPTED] + [RunStatus.WAITING] * 3
    assert live.read(session.path) is None
    assert "handed over" in (session.path / "log.txt").read_text()
    gone_on = go_on(session.path, tmp_path)
    assert gone_on.status is StudyStatus.DONE
    assert gone_on.epochs.drop("seconds").equals(open_study(undisturbed.path).epochs.drop("seconds"))


def test_what_a_person_had_ended_stays_so(tiny: Callable[..., Study], train_study: Start, tmp_path: Path) -> None:
    study = tiny("train.epochs=60", "sweep.order=rate")
    session = train_study(study, lanes=1)
    until(session, lambda: session.snapshot().runs[0].epochs_done >= 1)
    session.stop_run(1)
    session.skip_scenario(study.runs[2].scenario)
    until(session, lambda: session.snapshot().runs[1].epochs_done >= 1)
    session.hand_over()
    assert session.wait(60)
    gone_on = go_on(session.path, tmp_path)
    assert [state.status.value for state in gone_on.states] == ["stopped", "done", "skipped", "skipped"]
    assert gone_on.status is StudyStatus.STOPPED


def test_nothing_is_left_behind_of_what_is_done(tiny: Callable[..., Study], train_study: Start) -> None:
    session = train_study(tiny("train.epochs=1"))
    assert session.wait(60)
    assert not detached.leave_behind(session)
    assert open_study(session.path).status is StudyStatus.DONE


def test_the_one_that_goes_on_is_named_before_it_trains(
    tiny: Callable[..., Study], train_study: Start, tmp_path: Path
) -> None:
    session = train_study(tiny("train.epochs=300"), lanes=1)
    until(session, lambda: session.snapshot().runs[0].epochs_done >= 1)
    session.hand_over()
    assert session.wait(60)
    live.write(session.path, live.owner_of())  # as the process that starts it does
    assert open_study(session.path).status is StudyStatus.RUNNING
    resumed = Session.resume(session.path, handed_over=True, data_dir=tmp_path / "data")
    resumed.stop_study()
    assert resumed.wait(60)
    assert live.read(session.path) is None
