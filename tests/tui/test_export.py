"""The export dialog while it works: it says so, and the screen goes on."""

import threading
from pathlib import Path

import pytest

from lrtui.errors import WorkError
from lrtui.tui.dialogs.choice import Choice
from lrtui.tui.dialogs.export import ExportScreen
from tests.tui.conftest import Bench, Open


async def _dialog(bench: Bench) -> ExportScreen:
    (await bench.start()).play()
    await bench.until(lambda: not bench.app.stage.training, "the end")
    await bench.seen()
    await bench.pilot.press("e")
    await bench.until(lambda: isinstance(bench.app.screen, ExportScreen), "the dialog")
    screen = bench.app.screen
    assert isinstance(screen, ExportScreen)
    screen.query_one("#file").focus()
    return screen


async def test_it_is_written_in_a_thread(workbench: Open, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    go_on = threading.Event()
    made: list[str] = []

    def slow(_: object, key: str, *__: object) -> str:
        assert go_on.wait(30)
        made.append(key)
        return "made"

    monkeypatch.setattr("lrtui.tui.dialogs.export_files.make", slow)
    async with workbench() as bench:
        screen = await _dialog(bench)
        try:
            await bench.pilot.press("enter")
            await bench.until(lambda: "writing…" in bench.screen_text(), "it says that it writes")
            await bench.pilot.press("enter")  # once more: it does not begin again
        finally:
            go_on.set()
        await bench.until(lambda: bench.app.screen is not screen, "written")
        assert made == ["scenario"]
        assert (tmp_path / "quickstart-results.csv").read_text() == "made"


@pytest.mark.parametrize(
    ("error", "said"),
    [(WorkError("no space left"), "no space left"), (KeyError("lost"), "unexpected KeyError: 'lost'")],
    ids=["expected", "unexpected"],
)
async def test_what_goes_wrong_is_said_and_can_be_tried_again(
    workbench: Open, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: Exception, said: str
) -> None:
    def broken(*_: object) -> str:
        raise error

    async with workbench() as bench:
        with monkeypatch.context() as patch:
            patch.setattr("lrtui.tui.dialogs.export_files.make", broken)
            screen = await _dialog(bench)
            await bench.pilot.press("enter")
            await bench.until(lambda: said in bench.screen_text(), "what went wrong")
        await bench.pilot.press("enter")
        await bench.until(lambda: bench.app.screen is not screen, "written")
        assert (tmp_path / "quickstart-results.csv").read_text().startswith("lr,")


async def test_the_button_has_room_for_what_it_says(workbench: Open, tmp_path: Path) -> None:
    async with workbench() as bench:
        await _dialog(bench)
        (tmp_path / "quickstart-results.csv").write_text("before")
        await bench.pilot.press("enter")
        await bench.until(lambda: "press again" in bench.screen_text(), "the question")
        await bench.until(lambda: "[ Overwrite  ⏎ ]" in bench.screen_text(), "the whole button")


@pytest.mark.parametrize(("fmt", "begins"), [("svg", b"<?xml"), ("png", b"\x89PNG"), ("text", b"validation loss")])
async def test_the_chart_in_front_is_exported(workbench: Open, tmp_path: Path, fmt: str, begins: bytes) -> None:
    pytest.importorskip("matplotlib")
    async with workbench() as bench:
        screen = await _dialog(bench)
        screen.query_one("#what", Choice).take("chart")
        await bench.pilot.pause()
        screen.query_one("#format", Choice).take(fmt)
        await bench.pilot.pause()
        await bench.pilot.press("enter")
        await bench.until(lambda: bench.app.screen is not screen, "written")
    suffix = "txt" if fmt == "text" else fmt
    assert (tmp_path / f"quickstart-chart.{suffix}").read_bytes().startswith(begins)


async def test_a_tab_of_text_is_no_chart(workbench: Open) -> None:
    async with workbench() as bench:
        (await bench.start()).play()
        await bench.until(lambda: not bench.app.stage.training, "the end")
        await bench.pilot.press("5", "e")
        await bench.until(lambda: isinstance(bench.app.screen, ExportScreen), "the dialog")
        screen = bench.app.screen
        screen.query_one("#what", Choice).take("chart")
        await bench.pilot.pause()
        screen.query_one("#file").focus()
        await bench.pilot.press("enter")
        await bench.until(lambda: "no chart with axes" in bench.screen_text(), "it says so")
