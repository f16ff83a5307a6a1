"""Studies that other processes train: they come, are looked at while they go on, and end."""

import shutil
from pathlib import Path

import pytest

from lrtui.store.writer import StudyWriter
from lrtui.study import preset
from lrtui.study.records import StudyStatus
from lrtui.tui.following import runs_stamp, study_stamp
from tests.tui.conftest import SMALL, Open
from tests.tui.fake_session import FakeSession


class _Elsewhere:
    """A study that is written as another process would, an epoch at a time."""

    def __init__(self, folder: Path) -> None:
        (folder / "small.toml").write_text(SMALL)
        self.study = preset.load_file(folder / "small.toml", overrides=["optim.lr=[0.25, 0.5]"])
        self.session = FakeSession(self.study, folder)
        device = {"kind": "cpu", "name": "test", "cores": 2}
        self.writer = StudyWriter.create(
            folder / "runs", self.study, device=device, lanes=2, threads=1, fingerprints=[]
        )
        self._written: dict[int, int] = {}

    def step(self) -> None:
        self.session.step()
        states = self.session.board.snapshot().runs
        for state in states:
            for record in state.records[self._written.get(state.spec.run, 0) :]:
                self.writer.epoch(record)
            self._written[state.spec.run] = len(state.records)
        self.writer.flush()

    def end(self) -> None:
        self.session.play()
        self.step()
        states = self.session.board.snapshot().runs
        for state in states:
            if state.outcome is not None:
                self.writer.outcome(state.outcome)
            self.writer.run_ended(state.spec.run, state.status)
        self.writer.finish(StudyStatus.DONE, "", states)


@pytest.fixture
def elsewhere(tmp_path: Path) -> _Elsewhere:
    return _Elsewhere(tmp_path)


def test_stamps_change_with_what_is_written(tmp_path: Path, elsewhere: _Elsewhere) -> None:
    path = elsewhere.writer.path
    stamps = [study_stamp(path)]
    elsewhere.step()
    stamps.append(study_stamp(path))
    assert study_stamp(path) == stamps[1]
    before = runs_stamp(tmp_path / "runs", [path])
    elsewhere.end()
    stamps.append(study_stamp(path))
    assert len(set(stamps)) == 3
    assert runs_stamp(tmp_path / "runs", [path]) != before
    assert runs_stamp(tmp_path / "nowhere") == ()


async def test_a_study_of_another_process_is_followed(workbench: Open, elsewhere: _Elsewhere) -> None:
    elsewhere.step()
    async with workbench() as bench:
        await bench.ready()
        app, key = bench.app, f"saved:{elsewhere.writer.path.name}"
        await bench.until(lambda: key in app.presets.catalogue.by_key, "it is listed")
        assert "small lr=[" in app.presets.rows.plain, "what was changed tells it from others"
        app.presets.select(key)
        await bench.pilot.press("enter")
        await bench.until(lambda: app.stage.saved is not None, "it is opened")
        await bench.seen()
        assert "looking on" in app.header.plain, "somebody else's, without a socket"
        study = app.stage.saved.study
        elsewhere.step()
        await bench.until(lambda: app.stage.saved.snapshot.runs[0].epochs_done == 1, "it went on by itself")
        assert app.stage.saved.study is study, "what was set of its charts stays"
        elsewhere.end()
        await bench.until(lambda: app.stage.saved.snapshot.status is StudyStatus.DONE, "its end")
        await bench.until(lambda: "looking on" not in app.header.plain, "it is a saved study like others")
        await bench.until(lambda: app.presets.catalogue.by_key[key].summary.status is StudyStatus.DONE, "listed")


async def test_that_it_is_deleted_while_it_is_looked_at_is_said(workbench: Open, elsewhere: _Elsewhere) -> None:
    elsewhere.step()
    async with workbench() as bench:
        await bench.ready()
        app, key = bench.app, f"saved:{elsewhere.writer.path.name}"
        await bench.until(lambda: key in app.presets.catalogue.by_key, "it is listed")
        app.presets.select(key)
        await bench.pilot.press("enter")
        await bench.until(lambda: app.stage.remote is not None, "it is looked at")
        shutil.rmtree(elsewhere.writer.path)
        await bench.until(lambda: any("is gone" in event.text for event in app.stage.events), "it is said")
        await bench.until(lambda: key not in app.presets.catalogue.by_key, "and not listed any more")
        assert app.stage.saved is not None


async def test_that_it_is_deleted_before_it_is_opened_is_said(workbench: Open, elsewhere: _Elsewhere) -> None:
    elsewhere.step()
    async with workbench() as bench:
        await bench.ready()
        app, key = bench.app, f"saved:{elsewhere.writer.path.name}"
        await bench.until(lambda: key in app.presets.catalogue.by_key, "it is listed")
        app.presets.select(key)
        shutil.rmtree(elsewhere.writer.path)
        await bench.pilot.press("enter")
        await bench.until(lambda: key not in app.presets.catalogue.by_key, "not listed any more")
        assert app.is_running
