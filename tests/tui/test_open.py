"""The workbench on a saved study or a preset from the outset; a study as it happened."""

import asyncio
from pathlib import Path

import pytest

from lrtui.study.records import StudyStatus
from lrtui.tui.app import LrtuiApp
from lrtui.tui.first import First
from tests.test_replay import study
from tests.tui.conftest import NARROW, WIDE, Bench


async def test_a_preset_is_in_the_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    app = LrtuiApp(tmp_path / "runs", tmp_path / "data", first=First(preset="preset:shipped:lab/optimizers"))
    app._warm = False
    async with app.run_test(size=WIDE) as pilot:
        bench = Bench(app, pilot)
        await bench.until(lambda: app.configuration.form.order is not None, "the form stands")
        assert app.configuration.form.order is not None
        assert app.configuration.form.order.study.name == "lab/optimizers"


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["120x40", "80x24"])
async def test_a_study_is_shown_as_it_happened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    monkeypatch.chdir(tmp_path)
    path = study("five-rates")
    app = LrtuiApp(tmp_path / "runs", tmp_path / "data", first=First(study=path, speed=0.1), interval=0.02)
    app._warm = False
    async with app.run_test(size=size) as pilot:
        bench = Bench(app, pilot)
        await bench.until(lambda: app.stage.replay is not None, "the replay begins")
        assert app.stage.replay is not None
        assert "replay 0.1×" in bench.line("replay")
        await bench.until(lambda: "pause" in app.footer.plain, "its keys are shown")
        assert "stop" not in app.footer.plain
        await pilot.press("right_square_bracket", "right_square_bracket", "left_square_bracket", "p")
        await bench.until(lambda: "replay paused" in bench.screen_text(), "it stands still")
        assert app.stage.replay.speed == pytest.approx(0.2)
        position = app.stage.replay.position
        await asyncio.sleep(0)
        assert app.stage.replay.position == position
        await pilot.press("right_curly_bracket")
        await bench.until(lambda: app.stage.replay is None, "it is over")
        assert app.stage.saved is not None
        assert app.stage.saved.snapshot.status is StudyStatus.DONE
        await bench.until(lambda: "saved" in bench.screen_text().splitlines()[0], "it is a saved study")
        await bench.until(lambda: app.situation.replayable, "it can be replayed")
        await pilot.press("p")
        await bench.until(lambda: app.stage.replay is not None, "the key replays it")


async def test_keys_of_training_do_nothing_to_a_replay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    app = LrtuiApp(
        tmp_path / "runs", tmp_path / "data", first=First(study=study("five-rates"), speed=0.1), interval=0.02
    )
    app._warm = False
    async with app.run_test(size=WIDE) as pilot:
        bench = Bench(app, pilot)
        await bench.until(lambda: app.stage.replay is not None, "the replay begins")
        await pilot.press("x", "X", "n", "plus")
        await pilot.pause()
        assert len(app.screen_stack) == 1
        assert app.stage.replay is not None
        await pilot.press("q")
        await bench.until(lambda: not app.is_running or app.return_code == 0, "it leaves without asking")
