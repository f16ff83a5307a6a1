"""Going on with a study that was broken off, by key."""

from pathlib import Path

import pytest

from lrtui.session import Session
from lrtui.store.reader import open_study
from lrtui.study import preset
from lrtui.study.records import StudyStatus
from tests.tui.conftest import SMALL, Bench, Open


@pytest.fixture
def broken_off(tmp_path: Path) -> Path:
    """Stop a small study in its first epochs; returns its folder."""
    path = tmp_path / "small.toml"
    path.write_text(SMALL.replace("epochs = 4", "epochs = 5000"))
    folders = {"runs_dir": tmp_path / "runs", "data_dir": tmp_path / "data"}
    session = Session.start(preset.load_file(path), device="cpu", lanes=1, **folders)
    while not session.board.snapshot().runs[0].records:
        assert not session.wait(0.002)
    session.stop_study()
    assert session.wait(60)
    assert open_study(session.path).status is StudyStatus.STOPPED
    return session.path


async def select(bench: Bench, study: Path) -> None:
    await bench.ready()
    key = f"saved:{study.name}"
    await bench.until(lambda: key in bench.app.presets.catalogue.by_key, "the study is listed")
    bench.app.presets.select(key)
    await bench.pilot.pause()


async def stopped_again(bench: Bench) -> None:
    """End what the workbench trains: the test is over."""
    bench.app.stage.session.stop_study()
    await bench.until(lambda: bench.app.stage.session.wait(0), "it is over")


@pytest.mark.parametrize("opened", [False, True])
async def test_the_key_goes_on_with_the_selected_study(workbench: Open, broken_off: Path, opened: bool) -> None:
    async with workbench() as bench:
        await select(bench, broken_off)
        await bench.until(lambda: "c resume" in bench.screen_text(), "the footer offers it")
        if opened:
            await bench.pilot.press("enter")
            await bench.until(lambda: bench.app.stage.saved is not None, "it is opened")
        await bench.pilot.press("c")
        await bench.until(lambda: bench.app.stage.live is not None, "training goes on")
        assert bench.app.stage.saved is None
        assert bench.app.stage.session.path == broken_off
        assert bench.app.stage.live.snapshot.runs[0].records  # what is known is there at once
        said = [event.text for event in bench.app.stage.events]
        assert any("stop of the study asked for" in text for text in said), "what happened before is told too"
        await bench.seen()
        assert "c resume" not in bench.screen_text()
        await stopped_again(bench)
    assert [sitting.status.value for sitting in open_study(broken_off).sittings] == ["stopped", "stopped"]


async def test_it_is_offered_for_what_was_broken_off_only(workbench: Open, broken_off: Path) -> None:
    async with workbench() as bench:
        await bench.ready()
        assert "resume" not in bench.line("⏎ start")
        await bench.pilot.press("c")
        assert not bench.app.stage.training
        await select(bench, broken_off)
        await bench.pilot.press("ctrl+p")
        await bench.until(lambda: bench.app.screen.query("Input"), "the palette is open")
        await bench.pilot.press(*"resume")
        await bench.until(lambda: "Go on with this interrupted" in bench.screen_text(), "the palette offers it")


async def test_why_it_cannot_go_on_is_said(workbench: Open, broken_off: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lrtui.session.versions", lambda: {"torch": "0.0"})
    async with workbench() as bench:
        await select(bench, broken_off)
        await bench.pilot.press("c")
        await bench.until(lambda: "was trained with torch" in bench.screen_text().replace("\n", " "), "it is said")
        assert not bench.app.stage.training
