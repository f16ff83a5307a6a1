"""A saved study as it happened."""

import shutil
from pathlib import Path

import pytest

from lrtui.errors import InputError
from lrtui.replay import Replay
from lrtui.study.records import RunStatus, StudyStatus

FIXTURES = Path(__file__).parent / "fixtures" / "format1"
STUDIES = ("five-rates", "found-rate", "range-tests", "not-a-number", "layers")


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def study(name: str) -> Path:
    found = FIXTURES / name
    return found if (found / "study.json").exists() else next(found.glob("*/study.json")).parent


@pytest.mark.parametrize("name", STUDIES)
def test_it_begins_with_nothing_only_grows_and_ends_as_it_is_saved(name: str) -> None:
    clock = Clock()
    replay = Replay(study(name), 1.0, now=clock)
    begun = replay.snapshot()
    assert begun.status is StudyStatus.RUNNING
    assert not any(state.status is RunStatus.DONE and not state.reused_from for state in begun.runs)
    before = -1
    for step in range(21):
        clock.at = 100.0 + replay.total * step / 20
        moment = replay.snapshot()
        known = sum(len(state.records) + len(state.finder.points if state.finder else ()) for state in moment.runs)
        assert known >= before
        assert moment.elapsed == pytest.approx(replay.total * step / 20, abs=1.0)
        before = known
    clock.at += 1
    assert replay.wait(0)
    assert [state.records for state in replay.snapshot().runs] == [state.records for state in replay.saved.states]


def test_runs_are_under_way_between_the_times_of_the_log() -> None:
    clock = Clock()
    replay = Replay(study("five-rates"), 1.0, now=clock)
    seen = set()
    for step in range(200):
        clock.at = 100.0 + replay.total * step / 200
        moment = replay.snapshot()
        seen |= {state.spec.run for state in moment.running}
        assert len(moment.running) <= replay.saved.lanes + 1
        assert all(event.when <= replay.saved.events[-1].when for event in moment.events)
    assert len(seen) > len(replay.study.runs) / 2


def test_pause_faster_slower_and_to_the_end() -> None:
    clock = Clock()
    replay = Replay(study("five-rates"), 1.0, now=clock)
    clock.at += 0.25
    replay.pause()
    clock.at += 50
    assert replay.position == pytest.approx(0.25)
    assert replay.face.startswith("replay paused, 0:00 of ")
    assert replay.snapshot() is replay.snapshot()
    replay.pause()
    replay.faster(1)
    assert replay.speed == 2
    clock.at += 0.5
    assert replay.position == pytest.approx(min(replay.total, 1.25))
    for _ in range(50):
        replay.faster(-1)
    assert replay.speed == pytest.approx(0.1)
    for _ in range(50):
        replay.faster(1)
    assert replay.speed == pytest.approx(100_000)
    replay.jump_to_end()
    assert replay.wait(0)


def test_nothing_is_written(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    shutil.copytree(study("five-rates"), folder)
    before = {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in folder.rglob("*")}
    clock = Clock()
    replay = Replay(folder, 0.0, now=clock)
    assert replay.speed >= 0.2
    clock.at += 10_000
    replay.snapshot()
    replay.close()
    assert {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in folder.rglob("*")} == before


def test_without_its_log_a_run_is_there_from_the_outset(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    shutil.copytree(study("five-rates"), folder)
    (folder / "log.txt").unlink()
    replay = Replay(folder, 1.0, now=Clock())
    assert all(state.records for state in replay.snapshot().runs if replay.saved.states[state.spec.run - 1].records)


def test_what_is_no_study_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        Replay(tmp_path)


def test_a_study_that_lay_still_does_not_lie_still_for_as_long(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    shutil.copytree(study("five-rates"), folder)
    lines = (folder / "log.txt").read_text("utf-8").splitlines()
    hour, half = lines[0][:13], len(lines) // 2
    later = f"{hour[:-2]}{(int(hour[-2:]) + 9) % 24:02}"
    moved = [line.replace(hour, later, 1) if index >= half else line for index, line in enumerate(lines)]
    (folder / "log.txt").write_text("\n".join(moved), "utf-8")
    assert Replay(study("five-rates"), 1.0, now=Clock()).total < 60
    assert Replay(folder, 1.0, now=Clock()).total < 600
