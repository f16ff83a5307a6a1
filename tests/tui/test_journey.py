"""Whole ways through the workbench: select, start, watch, stop, read, leave."""

import pytest

from lrtui.errors import InputError
from lrtui.study.records import RunStatus
from tests.tui.conftest import NARROW, WIDE, Open


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["120x40", "80x24"])
async def test_from_preset_to_winner(workbench: Open, size: tuple[int, int]) -> None:
    async with workbench(size) as bench:
        session = await bench.start()
        for _ in range(20):
            session.step()
        await bench.seen()
        header = bench.screen_text().splitlines()[0]
        assert "quickstart" in header
        assert "▸ running" in header
        assert "run 2 of 15" in header
        assert "epoch 19/30" in header
        assert "⠤" in bench.screen_text() or "⣀" in bench.screen_text(), "a curve is drawn"
        session.play()
        await bench.until(lambda: not bench.app.stage.training, "the end is seen")
        await bench.seen()
        shown = bench.screen_text().splitlines()
        assert "★ 1" in shown[0], "who won is told above, whatever pane is open"
        assert "+ replicate" in shown[-1]
        if size == NARROW:
            await bench.pilot.press("w")
            await bench.pilot.pause()
        text = bench.screen_text()
        assert "✓ done" in text.splitlines()[0]
        assert "★" in text
        assert "95 % interval" in " ".join(text.split()) or "told" in text, "it says whether the replicates support it"
        assert "✗ diverged" in text


async def test_waiting_running_done_are_told_apart_in_words(workbench: Open) -> None:
    async with workbench() as bench:
        session = await bench.start()
        for _ in range(40):
            session.step()
        await bench.seen()
        assert "▸ running" in bench.line("▸   1e-3  ")
        assert "2+1" in bench.line("▸   1e-3  ")
        assert "· waiting" in bench.line("▸   10  ")


async def test_a_small_screen_shows_one_pane_at_a_time(workbench: Open) -> None:
    async with workbench(NARROW) as bench:
        await bench.ready()
        assert "Presets" in bench.screen_text().splitlines()[1]
        assert bench.app.presets.display
        assert not bench.app.results.region
        await bench.pilot.press("w")
        await bench.until(lambda: "Start" in bench.screen_text(), "the form")
        await bench.pilot.press("tab")
        await bench.until(lambda: "esc leaves the field" in bench.screen_text(), "in a field letters are text")
        await bench.pilot.press("escape", "w")
        await bench.until(lambda: bench.app.charts.region, "the form does not hold one")
        await bench.pilot.press("w", "w", "w", "escape")
        await bench.until(lambda: bench.app.presets.region, "back at the presets")
        await bench.pilot.click("#pane-tabs", offset=(40, 0))
        await bench.pilot.pause()
        assert bench.app.results.region or bench.app.charts.region


@pytest.mark.parametrize("size", [(40, 10), (15, 4), (3, 2), (250, 70)])
async def test_any_size_is_survived(workbench: Open, size: tuple[int, int]) -> None:
    async with workbench(size) as bench:
        session = await bench.start()
        for _ in range(50):
            session.step()
        await bench.seen()
        for key in ("1", "2", "3", "4", "5", "a", "o", "w", "w"):
            await bench.pilot.press(key)
        await bench.pilot.resize_terminal(120, 40)
        await bench.seen()
        assert "1e-3" in bench.screen_text()


async def test_stop_a_run_skip_a_rate_stop_the_study(workbench: Open) -> None:
    async with workbench() as bench:
        session = await bench.start()
        session.step()
        await bench.seen()
        await bench.pilot.press("x")
        await bench.seen()
        assert bench.app.stage.live.snapshot.runs[0].status is RunStatus.STOPPED
        await bench.pilot.press("n")
        await bench.seen()
        assert bench.app.stage.live.snapshot.runs[2].status is RunStatus.SKIPPED
        session.step()
        await bench.pilot.press("X")
        await bench.until(lambda: len(bench.app.screen_stack) == 2, "it asks")
        await bench.pilot.press("escape")
        await bench.pilot.pause()
        assert bench.app.stage.training, "no means no"
        await bench.pilot.press("X")
        await bench.until(lambda: len(bench.app.screen_stack) == 2, "it asks")
        await bench.pilot.press("y")
        await bench.until(lambda: not bench.app.stage.training, "the study stops")
        await bench.seen()
        text = bench.screen_text()
        assert "■ stopped" in text
        assert "nobody won" in text


async def test_quitting_while_training_asks_and_stops(workbench: Open) -> None:
    async with workbench() as bench:
        session = await bench.start()
        session.step()
        await bench.pilot.press("q")
        await bench.until(lambda: len(bench.app.screen_stack) == 2, "it asks")
        await bench.pilot.press("y")
        await bench.until(lambda: not bench.app.is_running or bench.app._exit, "it leaves")
        assert session.wait(0)
        assert bench.app.return_code == 0


async def test_a_signal_stops_the_study_and_leaves_with_its_status(workbench: Open) -> None:
    async with workbench() as bench:
        session = await bench.start()
        session.step()
        bench.app.screen_actions.leave(143)
        await bench.until(lambda: bench.app._exit, "it leaves")
        assert session.wait(0)
        assert bench.app.return_code == 143


async def test_what_cannot_start_is_said_and_the_screen_stays(workbench: Open) -> None:
    async with workbench(refuse=lambda: InputError("MNIST is not in /nowhere [bold]; \x1b[31m fetch it")) as bench:
        await bench.ready()
        await bench.pilot.press("enter")
        await bench.until(lambda: bench.app.stage.failure, "the failure arrives")
        await bench.seen()
        text = bench.screen_text()
        assert "Cannot start quickstart" in text
        assert "/nowhere [bold]" in text, "markup stays text"
        assert "\x1b" not in text
        assert not bench.app.stage.training


async def test_keys_and_clicks_do_the_same(workbench: Open) -> None:
    async with workbench() as bench:
        await bench.ready()
        footer = bench.app.query_one("#footer")
        await bench.pilot.click("#footer", offset=(footer.plain.index("start"), 0))
        await bench.until(lambda: bench.sessions, "a click on the footer starts")
        bench.session.step()
        await bench.seen()
        assert "start" not in footer.plain, "the footer shows only what works now"
        assert "x stop run" in footer.plain


async def test_letters_typed_into_a_field_are_text(workbench: Open) -> None:
    async with workbench() as bench:
        await bench.ready()
        field = bench.app.configuration.form.field("train.epochs")
        field.input.focus()
        await bench.pilot.press("q", "d", "x")
        assert "qdx" in field.text
        assert bench.app.is_running


async def test_help_and_palette_come_from_the_list_of_actions(workbench: Open) -> None:
    async with workbench() as bench:
        await bench.ready()
        await bench.pilot.press("question_mark")
        await bench.until(lambda: "Write the results table" in bench.screen_text(), "help")
        await bench.pilot.press("escape")
        await bench.pilot.press("ctrl+p")
        await bench.until(lambda: "start  (⏎)" in bench.screen_text(), "the palette offers what works now")
        assert "stop study" not in bench.screen_text()
