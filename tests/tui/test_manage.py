"""Deleting, renaming, tagging and filtering saved studies, and the queue of those to be trained."""

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from textual.widgets import Input

from lrtui.errors import InputError, LrtuiError
from lrtui.store import remarks
from lrtui.store.catalogue import StudySummary
from lrtui.store.deleting import delete
from lrtui.study.records import StudyStatus
from lrtui.tui.dialogs.queue import QueueScreen
from lrtui.tui.presets import tree
from lrtui.tui.presets.entries import Catalogue, SavedEntry
from lrtui.tui.presets.tree import StudyRows, TreeState, tree_rows
from lrtui.tui.row_list import Row
from lrtui.tui.themes import DARK, SKINS
from tests.tui.conftest import Bench, Open
from tests.tui.test_saved import _open, saved

__all__ = ["saved"]


async def _select(bench: Bench, study: str) -> None:
    await bench.ready()
    key = f"saved:{study}"
    await bench.until(lambda: key in bench.app.presets.catalogue.by_key, "the study is listed")
    bench.app.presets.select(key)
    await bench.pilot.pause()


def _told(bench: Bench) -> str:
    """Return what the pane of presets shows, without its line breaks."""
    return " ".join(" ".join(line.split("│")[1:2]).strip() for line in bench.screen_text().splitlines())


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
        await bench.until(lambda: "did you mean optim.lr?" in _told(bench), "what is wrong is said")
        pane.filter.value = ""
        await bench.until(lambda: "⚠" not in _told(bench), "and nothing when it is empty")


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
        await bench.until(lambda: len(queue) == 3, "their cost is known")
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


@pytest.mark.parametrize("typed", ["status:[/red]", "optim.lr>[/b", "status:[red]x", "optim.lr>[$nope]"])
async def test_brackets_in_a_filter_are_text(workbench: Open, typed: str) -> None:
    async with workbench() as bench:
        await bench.ready()
        await bench.pilot.press("slash")
        bench.app.presets.filter.value = typed
        await bench.until(lambda: "⚠ column" in _told(bench), "what is wrong is said")
        assert re.split("[:>]", typed)[1].strip("]") in _told(bench)


def test_the_row_of_a_study_is_made_once_however_much_is_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def counted(entry: SavedEntry, *arguments: Any) -> Row:
        made.append(entry.summary.id)
        return one_row(entry, *arguments)

    one_row = tree._study
    monkeypatch.setattr(tree, "_study", counted)
    start = dt.datetime(2026, 11, 26, tzinfo=dt.timezone.utc)
    about = {"optim": {"lr": 0.1}}
    entries = [
        SavedEntry(
            StudySummary(f"{n}-a", "a", "A", StudyStatus.DONE, start, 1, 1, "cpu", Path("/x"), preset=about, note="é")
        )
        for n in range(300)
    ]
    catalogue, rows = Catalogue.of([], entries), StudyRows()
    for typed, found in (("a", 300), ("17-a", 3), ("É", 300), ("optim.lr>1e-9", 300), ("optim.lrr>1", 300), ("", 300)):
        for width in (30, 29):
            shown = tree_rows(catalogue, replace(TreeState(), query=typed), SKINS[DARK], width, rows)
            assert sum(row.key.startswith("saved:") for row in shown) == found
    assert len(made) == 600
    rows.keep(entries[:1])
    tree_rows(catalogue, TreeState(), SKINS[DARK], 30, rows)
    assert len(made) == 899


async def test_the_queue_goes_on_after_one_that_failed_and_one_that_cannot_start(workbench: Open) -> None:
    refusals: list[LrtuiError | None] = [None, InputError("no such data"), None]
    async with workbench(refuse=lambda: refusals.pop(0)) as bench:
        session = await bench.start()
        for epochs in ("2", "3"):
            bench.app.configuration.form.set_text("train.epochs", epochs)
            await bench.pilot.pause()
            bench.app.study_actions.action_enqueue()
        session.stop_study()
        session.play()
        await bench.until(lambda: len(bench.sessions) == 2, "the one after the refused one is trained")
        assert bench.session.study.runs[0].epochs == 3 and not bench.app.stage.queue
        assert any("no such data" in event.text for event in bench.app.stage.log.events)


async def test_what_takes_hours_is_asked_about_before_it_is_queued(
    workbench: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lrtui.store.cost.LONG", -1)
    monkeypatch.setattr("lrtui.tui.handlers.study._may_be_long", lambda study: True)
    monkeypatch.setattr("lrtui.store.cost.estimate", lambda *_, **__: SimpleNamespace(seconds=9e4, text="25 h"))
    async with workbench() as bench:
        await bench.ready()
        await bench.pilot.press("enter")
        await bench.until(lambda: "Start it?" in bench.screen_text(), "it is asked")
        await bench.pilot.press("y")
        await bench.until(lambda: bench.sessions and bench.app.stage.live is not None, "training begins")
        bench.app.configuration.form.set_text("train.epochs", "2")
        await bench.pilot.pause()
        bench.app.study_actions.action_enqueue()
        await bench.until(lambda: "Queue it?" in bench.screen_text(), "it is asked")
        assert not bench.app.stage.queue
        await bench.pilot.press("y")
        await bench.until(lambda: len(bench.app.stage.queue) == 1, "it is queued")


async def test_nothing_of_the_queue_begins_while_one_leaves(workbench: Open) -> None:
    async with workbench() as bench:
        session = await bench.start()
        bench.app.study_actions.action_enqueue()
        bench.app.stage.leaving = 0
        session.play()
        await bench.until(lambda: not bench.app.stage.training, "it has ended")
        await bench.seen()
        assert len(bench.sessions) == 1 and len(bench.app.stage.queue) == 1
