"""Deleting, renaming, tagging and filtering saved studies, and the queue of those to be trained."""

from pathlib import Path

from textual.widgets import Input

from lrtui.store import remarks
from lrtui.store.deleting import delete
from lrtui.tui.dialogs.queue import QueueScreen
from tests.tui.conftest import Bench, Open
from tests.tui.test_saved import _open, saved

__all__ = ["saved"]


async def _select(bench: Bench, study: str) -> None:
    await bench.ready()
    key = f"saved:{study}"
    await bench.until(lambda: key in bench.app.presets.catalogue.by_key, "the study is listed")
    bench.app.presets.select(key)
    await bench.pilot.pause()


async def test_a_study_is_deleted_after_a_question(workbench: Open, saved: str, tmp_path: Path) -> None:
    async with workbench() as bench:
        await _select(bench, saved)
        await bench.pilot.press("D", "escape")
        assert (tmp_path / "runs" / saved).is_dir()
        await bench.pilot.press("D", "y")
        await bench.until(lambda: not (tmp_path / "runs" / saved).exists(), "it is deleted")
        await bench.until(lambda: f"saved:{saved}" not in bench.app.presets.catalogue.by_key, "it is not listed")


async def test_one_that_is_shown_leaves_the_screen_when_it_is_deleted(workbench: Open, saved: str) -> None:
    async with workbench() as bench:
        await _open(bench, saved)
        bench.app.presets.select(f"saved:{saved}")
        bench.app.screen.set_focus(bench.app.presets.rows)
        await bench.pilot.press("D", "y")
        await bench.until(lambda: bench.app.stage.saved is None, "it is not shown")


async def test_that_somebody_else_deleted_it_is_said_and_it_stays_in_sight(
    workbench: Open, saved: str, tmp_path: Path
) -> None:
    async with workbench() as bench:
        await _open(bench, saved)
        delete(tmp_path / "runs" / saved)
        await bench.until(
            lambda: any("is gone" in event.text for event in bench.app.stage.events), "that it is gone is said"
        )
        assert bench.app.stage.saved is not None


async def test_title_tags_and_note_are_kept_and_shown(workbench: Open, saved: str, tmp_path: Path) -> None:
    async with workbench() as bench:
        await _select(bench, saved)
        await bench.pilot.press("T")
        await bench.until(lambda: bench.app.screen.query("#remarks-title"), "the dialog")
        bench.app.screen.query_one("#remarks-title", Input).value = "My <b>study"
        tags = bench.app.screen.query_one("#remarks-tags", Input)
        tags.value = "base a,b"
        await bench.pilot.press("ctrl+s")
        assert "a,b: a tag has letters" in bench.screen_text()
        tags.value = "base fast"
        await bench.pilot.press("ctrl+s")
        await bench.until(lambda: len(bench.app.screen_stack) == 1, "it is kept")
        await bench.until(
            lambda: "My <b>study" in bench.screen_text() and "base fast" in bench.screen_text(), "it is shown"
        )
    assert remarks.read(tmp_path / "runs" / saved).tags == ("base", "fast")


async def test_the_filter_takes_settings_and_says_what_is_wrong_where(workbench: Open, saved: str) -> None:
    async with workbench() as bench:
        await _select(bench, saved)
        pane = bench.app.presets
        await bench.pilot.press("slash")
        pane.filter.value = "optim.lr>1000"
        await bench.until(lambda: "Nothing matches" in bench.screen_text(), "no study has that")
        pane.filter.value = "optim.lr>1e-9"
        await bench.until(lambda: pane.selected is not None and pane.selected.key == f"saved:{saved}", "it has this")
        pane.filter.value = "optim.lrr>1"
        await bench.until(lambda: "column 1" in str(pane.border_subtitle), "what is wrong is said")
        pane.filter.value = ""
        await bench.until(lambda: not pane.border_subtitle, "and nothing when it is empty")


async def test_a_study_waits_in_the_queue_and_is_trained_then(workbench: Open) -> None:
    async with workbench() as bench:
        session = await bench.start()
        await bench.pilot.press("enter")
        await bench.until(lambda: len(bench.app.stage.queue) == 1, "it is queued")
        assert len(bench.sessions) == 1
        await bench.until(lambda: "1 queued" in bench.screen_text(), "the header says so")
        session.play()
        await bench.until(lambda: len(bench.sessions) == 2, "the next is trained")
        assert bench.app.stage.queue == []


async def test_the_queue_is_reordered_and_dropped_from(workbench: Open) -> None:
    async with workbench() as bench:
        await bench.start()
        form = bench.app.configuration.form
        for epochs in ("2", "3", "4"):
            form.set_text("train.epochs", epochs)
            await bench.pilot.pause()
            bench.app.study_actions.action_enqueue()
        queue = bench.app.stage.queue
        assert [order.study.runs[0].epochs for order in queue] == [2, 3, 4]
        bench.app.screen.set_focus(bench.app.presets.rows)
        await bench.pilot.press("Q")
        await bench.until(lambda: isinstance(bench.app.screen, QueueScreen), "the queue")
        await bench.pilot.pause()
        await bench.pilot.press("n")
        assert [order.study.runs[0].epochs for order in queue] == [3, 2, 4]
        await bench.pilot.press("x")
        assert [order.study.runs[0].epochs for order in queue] == [3, 4]
        await bench.pilot.press("escape")
        assert len(bench.app.screen_stack) == 1


async def test_leaving_says_what_is_not_trained_then(workbench: Open) -> None:
    async with workbench() as bench:
        await bench.start()
        bench.app.study_actions.action_enqueue()
        await bench.pilot.press("q")
        await bench.until(lambda: "1 study of the queue" in " ".join(bench.screen_text().split()), "it is said")
        await bench.pilot.press("escape")
