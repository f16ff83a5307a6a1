"""Saved studies, the preset tree, and export."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from textual.widgets import Input

from lrtui.analysis.leaders import Leaders
from lrtui.errors import InputError
from lrtui.store.catalogue import StudySummary
from lrtui.store.reader import open_study
from lrtui.store.writer import StudyWriter
from lrtui.study import preset
from lrtui.study.locate import PresetFile
from lrtui.study.records import StudyStatus
from lrtui.tui.presets.entries import Catalogue, PresetEntry, SavedEntry
from lrtui.tui.presets.tree import TreeState, nearest, tree_rows
from lrtui.tui.themes import DARK, SKINS
from tests.tui.conftest import SMALL, Bench, Open
from tests.tui.fake_session import FakeSession

NOW = dt.datetime(2026, 11, 26, tzinfo=dt.timezone.utc)


@pytest.fixture
def saved(tmp_path: Path) -> str:
    """Save a finished study; returns its id."""
    path = tmp_path / "small.toml"
    path.write_text(SMALL)
    study = preset.load_file(path)
    session = FakeSession(study, tmp_path)
    session.play()
    writer = StudyWriter.create(
        tmp_path / "runs",
        study,
        device={"kind": "cpu", "name": "test", "cores": 2},
        lanes=2,
        threads=1,
        fingerprints=[],
    )
    states = session.board.snapshot().runs
    for state in states:
        for record in state.records:
            writer.epoch(record)
        if state.outcome is not None:
            writer.outcome(state.outcome)
        writer.run_ended(state.spec.run, state.status)
    writer.finish(StudyStatus.DONE, "", states)
    return writer.path.name


async def _open(bench: Bench, study_id: str) -> None:
    await bench.ready()
    key = f"saved:{study_id}"
    await bench.until(lambda: key in bench.app.presets.catalogue.by_key, "the study is listed")
    bench.app.presets.select(key)
    await bench.pilot.pause()
    await bench.pilot.press("enter")
    await bench.until(lambda: bench.app.stage.saved is not None, "it is opened")
    await bench.seen()


async def test_a_saved_study_looks_like_a_live_one_and_says_it_is_saved(workbench: Open, saved: str) -> None:
    async with workbench() as bench:
        await _open(bench, saved)
        text = bench.screen_text()
        assert "saved" in text.splitlines()[0]
        assert "✓ done" in text.splitlines()[0]
        assert "1e-1" in bench.app.query_one("#verdict").plain
        assert any("1e-1" in line and "4/4" in line for line in text.splitlines())
        assert saved[:15] in text
        for key in "2345":
            await bench.pilot.press(key)
            await bench.pilot.pause()
        assert "stop run" not in bench.app.query_one("#footer").plain


async def test_training_goes_on_behind_a_saved_study(workbench: Open, saved: str) -> None:
    async with workbench() as bench:
        session = await bench.start()
        session.step()
        await _open(bench, saved)
        assert bench.app.stage.training
        assert "back to live" in bench.app.query_one("#footer").plain
        await bench.pilot.press("b")
        await bench.seen()
        assert "▸ running" in bench.screen_text().splitlines()[0]


def test_a_filter_goes_to_names_first_then_to_titles() -> None:
    def entry(name: str, title: str, question: str) -> PresetEntry:
        return PresetEntry(PresetFile(name, Path(name), "shipped"), title, 1, question)

    asks = entry("a/all", "Everything", "Does dropout help?")
    titled, named = entry("b/networks", "With dropout", ""), entry("c/dropout-cost", "What it costs", "")
    study = SavedEntry(StudySummary("s", "dropout", "", StudyStatus.DONE, NOW, 2, 2, "cpu", Path("s"), tags=("base",)))
    for shown, chosen in (
        ((asks, titled, named, study), named),
        ((asks, titled, study), titled),
        ((asks, study), study),
    ):
        assert nearest("drop", shown) == chosen.key
    assert nearest("drop", [asks]) == asks.key
    assert nearest("help cost", []) == ""
    assert nearest("tag:base", [study]) == study.key


async def test_the_tree_filters(workbench: Open, own_preset: Callable[[str, str], Path]) -> None:
    own_preset("[bold]mine.toml", SMALL)
    async with workbench() as bench:
        await bench.ready()
        assert "[bold]mine.toml" in bench.screen_text(), "a file's name is shown as it is"
        await bench.pilot.press("slash")
        await bench.until(lambda: bench.app.focused and bench.app.focused.id == "filter", "the filter")
        await bench.pilot.press(*"cnn adam")
        await bench.pilot.pause()
        tree = bench.app.presets.rows.plain
        assert "cnn-mnist-adam" in tree
        assert "mlp" not in tree
        await bench.pilot.press("escape")
        await bench.pilot.pause()
        assert "quickstart" in bench.app.presets.rows.plain
        await bench.pilot.press("home")
        await bench.pilot.pause()
        assert "15 runs" in bench.line("quickstart")


async def test_export(workbench: Open, saved: str, tmp_path: Path) -> None:
    async with workbench() as bench:
        await _open(bench, saved)
        await bench.pilot.press("e")
        await bench.until(lambda: len(bench.app.screen_stack) == 2, "the dialog")
        screen = bench.app.screen
        file = screen.query_one("#file")
        assert file.value == "small-results.csv"
        file.value = "nowhere/results.csv"
        file.focus()
        await bench.pilot.press("enter")
        await bench.until(lambda: "there is no folder nowhere" in bench.screen_text(), "the error beside the field")
        screen.query_one("#what").take("epochs")
        await bench.pilot.pause()
        screen.query_one("#format").take("parquet")
        await bench.pilot.pause()
        file.value = "epochs.parquet"
        await bench.pilot.press("enter")
        await bench.until(lambda: len(bench.app.screen_stack) == 1, "written")
        assert pl.read_parquet(tmp_path / "epochs.parquet").height == 4 * 5
        await bench.pilot.press("e")
        await bench.until(lambda: len(bench.app.screen_stack) == 2, "the dialog")
        (tmp_path / "small-results.csv").write_text("before")
        bench.app.screen.query_one("#file").focus()
        await bench.pilot.press("enter")
        await bench.until(lambda: "exists" in bench.screen_text(), "it asks before overwriting")
        assert (tmp_path / "small-results.csv").read_text() == "before"
        await bench.pilot.press("enter")
        await bench.until(lambda: len(bench.app.screen_stack) == 1, "written")
        assert (tmp_path / "small-results.csv").read_text().startswith("lr,")


async def test_the_report_is_exported(workbench: Open, saved: str, tmp_path: Path) -> None:
    async with workbench() as bench:
        await _open(bench, saved)
        await bench.pilot.press("e")
        await bench.until(lambda: len(bench.app.screen_stack) == 2, "the dialog")
        bench.app.screen.query_one("#what").take("report")
        await bench.pilot.pause()
        file = bench.app.screen.query_one("#file")
        assert file.value == "small-report.md"
        file.focus()
        await bench.pilot.press("enter")
        await bench.until(lambda: len(bench.app.screen_stack) == 1, "written")
        assert "Small" in (tmp_path / "small-report.md").read_text("utf-8")


async def test_what_was_changed_of_the_preset_is_said(workbench: Open, saved: str, tmp_path: Path) -> None:
    saved_study = open_study(tmp_path / "runs" / saved)
    changed = replace(saved_study, study=replace(saved_study.study, overrides=("train.epochs=4", "data.name='[b]'")))
    async with workbench() as bench:
        await _open(bench, saved)
        info = bench.app.configuration.info
        assert "changed" not in info.plain
        info.show_saved(changed)
        rows = [line.split() for line in info.plain.splitlines() if line.startswith("changed")]
        assert rows == [["changed", "train.epochs=4"], ["changed", "data.name='[b]'"]]


async def test_a_start_that_fails_leaves_the_saved_study(workbench: Open, saved: str) -> None:
    async with workbench(refuse=lambda: InputError("no data")) as bench:
        await _open(bench, saved)
        bench.app.presets.select("preset:shipped:quickstart")
        await bench.until(lambda: bench.app.configuration.form.display, "the form")
        await bench.pilot.press("enter")
        await bench.until(lambda: bench.app.stage.failure, "the failure")
        await bench.seen()
        assert "✓ done" in bench.screen_text().splitlines()[0]
        assert bench.app.stage.saved is not None
        assert "Cannot start quickstart: no data" in bench.screen_text()


async def test_a_start_takes_the_place_of_the_saved_study(workbench: Open, saved: str) -> None:
    async with workbench() as bench:
        await _open(bench, saved)
        bench.app.presets.select("preset:shipped:quickstart")
        await bench.until(lambda: bench.app.configuration.form.display, "the form")
        await bench.start()
        await bench.until(lambda: "▸ running" in bench.screen_text().splitlines()[0], "the live study is shown")


@pytest.mark.parametrize(
    ("won", "labels", "shown"), [(True, ("1e-1",), "★ 1e-1"), (False, ("1e-1", "1e-2"), " 1e-1 ≈ 1e-2")]
)
def test_only_who_won_has_the_star_in_the_tree(won: bool, labels: tuple[str, ...], shown: str, tmp_path: Path) -> None:
    leaders = (Leaders("mlp", "digits", labels, won=won),)
    summary = StudySummary("s", "quickstart", "Q", StudyStatus.DONE, NOW, 2, 2, "cpu", tmp_path, leaders=leaders)
    rows = tree_rows(Catalogue.of([], [SavedEntry(summary)]), TreeState(), SKINS[DARK], 80)
    line = rows[-1].text.plain
    assert shown in line
    assert ("★" in line) == won


async def test_settings_of_a_saved_study_go_into_the_form_and_can_be_trained(workbench: Open, saved: str) -> None:
    async with workbench() as bench:
        await bench.ready()
        key = f"saved:{saved}"
        await bench.until(lambda: key in bench.app.presets.catalogue.by_key, "the study is listed")
        bench.app.presets.select(key)
        await bench.pilot.pause()
        await bench.pilot.press("E")
        form = bench.app.configuration.form
        await bench.until(lambda: form.display and form.order is not None, "its settings are in the form")
        form.set_text("train.epochs", "2")
        await bench.pilot.pause()
        assert bench.app.situation.settings_shown and bench.app.situation.on_preset
        await bench.pilot.press("enter")
        await bench.until(lambda: bench.sessions, "it is trained")
        assert {spec.epochs for spec in bench.session.study.runs} == {2}
        assert "train.epochs=2" in bench.session.study.overrides


async def test_a_range_test_of_a_saved_study_begins_in_the_form(workbench: Open, saved: str) -> None:
    async with workbench() as bench:
        await _open(bench, saved)
        await bench.pilot.press("f")
        await bench.until(lambda: bench.app.configuration.form.display, "its settings")
        assert any("f again begins their range test" in note.message for note in bench.app._notifications)
        assert not bench.sessions
        await bench.pilot.press("f")
        await bench.until(lambda: bench.sessions, "the range test")
        assert bench.session.study.runs[0].finds_lr


async def test_once_more_shows_what_is_known_of_it(workbench: Open, saved: str) -> None:
    async with workbench() as bench:
        await bench.ready()
        key = f"saved:{saved}"
        await bench.until(lambda: key in bench.app.presets.catalogue.by_key, "the study is listed")
        bench.app.presets.select(key)
        await bench.pilot.pause()
        await bench.pilot.press("E")
        assert bench.app.configuration.form.display
        await bench.pilot.press("escape", "E")
        await bench.until(lambda: bench.app.configuration.info.display, "its facts")
        assert not bench.app.situation.settings_shown


async def test_the_form_is_saved_as_a_preset_that_is_listed(workbench: Open, tmp_path: Path) -> None:
    async with workbench() as bench:
        await bench.ready()
        bench.app.configuration.form.set_text("train.epochs", "2")
        await bench.pilot.pause()
        await bench.pilot.press("ctrl+s")
        await bench.until(lambda: bench.app.screen.query("#preset-name"), "the dialog")
        field = bench.app.screen.query_one("#preset-name", Input)
        field.value = "quickstart"
        await bench.pilot.press("enter")
        assert "comes with lrtui" in bench.screen_text()
        field.value = "mine/two"
        await bench.pilot.press("enter")
        await bench.until(lambda: len(bench.app.screen_stack) == 1, "it is saved")
        await bench.until(lambda: "preset:own:mine/two" in bench.app.presets.catalogue.by_key, "it is listed")
    assert {spec.epochs for spec in preset.load("mine/two").runs} == {2}
