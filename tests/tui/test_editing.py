"""Typing into the form: pasted lists, edits that stay, undo, and being told what is wrong."""

from collections.abc import Callable
from pathlib import Path

import pytest
from textual import events

from lrtui.tui.configuration.pasted import pasted
from tests.tui.conftest import SMALL, Bench, Open


@pytest.mark.parametrize(
    ("text", "several", "inserted"),
    [
        ("0.1\n0.2\n0.3\n", True, "0.1, 0.2, 0.3"),
        ("0.1\r\n0.2\r\n\r\n", True, "0.1, 0.2"),
        ("1e-3\t1e-2\t1e-1", True, "1e-3, 1e-2, 1e-1"),
        (" 32 ; 64 ", True, "32, 64"),
        ("1e-3,1e-2", True, "1e-3,1e-2"),
        ("64,32", True, "64,32"),
        ("3\n", False, "3"),
        ("3\n5", False, "3"),
        ("\n", True, ""),
        ("0,1\n0,2", True, ""),
        ("0,1", True, ""),
        ("1,5\r\n2,5", False, ""),
        ("\u22120.1\n0.2\u200b", True, "-0.1, 0.2"),
        ("\ufeff0.1\n\u00a00.2", True, "0.1, 0.2"),
        ("1.000,5\n2.000,5", True, ""),
        ("12 000\n6\u202f000", True, ""),
        ("12'000", False, ""),
        ("1,000.5\n2", True, ""),
        ("12,000", True, ""),
        ("64,128", True, "64,128"),
        ("1.000\n0.125", True, "1.000, 0.125"),
        ("[64, 32]\n[16]", True, "[64, 32], [16]"),
    ],
)
def test_what_is_pasted(text: str, several: bool, inserted: str) -> None:
    made = pasted(text, several=several)
    assert made.text == inserted
    assert bool(made.note) == (text == "3\n5" or (not made.text and text.strip() != ""))


async def _select(bench: Bench, name: str) -> None:
    bench.app.presets.select(f"preset:shipped:{name}")
    form = bench.app.configuration.form
    await bench.until(lambda: form.order is not None and form.order.preset.name == name, f"the form of {name}")


async def test_a_column_of_a_spreadsheet_becomes_a_sweep(workbench: Open) -> None:
    async with workbench() as bench:
        await bench.ready()
        form = bench.app.configuration.form
        field = form.field("optim.lr")
        field.input.focus()
        await bench.until(lambda: not field.input.selection.is_empty, "a field selects what is in it")
        field.input.post_message(events.Paste("0.1\r\n0.2\r\n0.3\r\n"))
        await bench.until(lambda: field.text == "0.1, 0.2, 0.3", "the list")
        assert {spec.lr for spec in form.order.study.runs} == {0.1, 0.2, 0.3}
        replicates = form.field("sweep.replicates")
        replicates.input.focus()
        await bench.until(lambda: not replicates.input.selection.is_empty, "the focus")
        replicates.input.post_message(events.Paste("2\n3\n"))
        await bench.until(lambda: "1 left out" in replicates.note, "it says what it left out")
        assert replicates.text == "2"
        field.input.post_message(events.Paste("0,1\n0,2\n"))
        await bench.until(lambda: "decimal comma" in field.note, "refused with a word")
        assert field.text == "0.1, 0.2, 0.3"


async def test_edits_stay_with_their_preset_until_reset(workbench: Open) -> None:
    async with workbench() as bench:
        await bench.ready()
        form = bench.app.configuration.form
        form.set_text("train.epochs", "7")
        await _select(bench, "paper/cnn-mnist")
        assert not form.changed
        assert form.field("train.epochs").text != "7"
        await bench.until(lambda: "* quickstart" in bench.app.presets.rows.plain, "its row is marked")
        await _select(bench, "quickstart")
        assert form.field("train.epochs").text == "7"
        assert form.order.study.runs[0].epochs == 7
        await bench.pilot.press("ctrl+r")
        await bench.until(lambda: not form.changed, "the reset")
        await bench.until(lambda: "* quickstart" not in bench.app.presets.rows.plain, "the mark is gone")
        await _select(bench, "paper/cnn-mnist")
        await _select(bench, "quickstart")
        assert form.field("train.epochs").text == "30"


async def test_undo_takes_back_field_by_field_and_a_reset(workbench: Open) -> None:
    async with workbench() as bench:
        await bench.ready()
        form = bench.app.configuration.form
        form.field("train.epochs").input.focus()
        await bench.pilot.press("1", "2")
        await bench.until(lambda: form.order and form.order.study.runs[0].epochs == 12, "typed over")
        form.field("train.batch_size").input.focus()
        await bench.pilot.press("8")
        await bench.until(lambda: form.order and form.order.study.runs[0].batch_size == 8, "typed over")
        await bench.pilot.press("ctrl+r")
        await bench.until(lambda: not form.changed, "the reset")
        for edits in ({"train.epochs": "12", "train.batch_size": "8"}, {"train.epochs": "12"}, {}):
            await bench.pilot.press("ctrl+u")
            await bench.until(lambda wanted=edits: form.area.edits == wanted, "one step back")
        assert not form.undoable


async def test_enter_on_a_wrong_form_goes_to_the_first_wrong_field(workbench: Open) -> None:
    async with workbench() as bench:
        await bench.ready()
        form = bench.app.configuration.form
        form.set_text("train.epochs", "0")
        form.set_text("optim.lr", "-1")
        await bench.until(lambda: "what is wrong" in bench.app.footer.plain, "the footer offers it")
        assert "2 fields wrong" in str(bench.app.query_one("#start").label)
        bench.app.presets.rows.focus()
        await bench.pilot.press("enter")
        await bench.until(lambda: bench.app.focused is form.field("optim.lr").input, "the first field")
        assert any("optim.lr: must be greater than 0" in note.message for note in bench.app._notifications)
        await bench.pilot.press("enter")
        assert not bench.sessions


async def test_after_a_start_the_focus_leaves_the_field(workbench: Open) -> None:
    async with workbench() as bench:
        await bench.ready()
        form = bench.app.configuration.form
        field = form.field("train.epochs")
        field.input.focus()
        await bench.pilot.press("enter")
        await bench.until(lambda: bench.sessions and bench.app.stage.live is not None, "training begins")
        assert not form.has_focus_within
        await bench.pilot.press("x")
        assert field.text == "30"


async def test_a_filter_is_left_after_choosing_and_says_what_it_hides(workbench: Open) -> None:
    async with workbench() as bench:
        await bench.ready()
        bench.type_ahead("/", *"cnn-mnist-ad")
        await bench.until(lambda: bench.app.presets.selected is not None, "an entry")
        await bench.until(lambda: bench.app.presets.filter.value == "cnn-mnist-ad", "the filter")
        await bench.pilot.press("enter")
        await bench.until(lambda: "quickstart" in bench.app.presets.rows.plain, "everything is there again")
        assert bench.app.presets.selected.file.name == "paper/cnn-mnist-adam"
        assert not bench.app.presets.filter.display


@pytest.mark.parametrize("way", ["set", "typed", "typed ahead", "stepped", "clicked", "pasted", "reset"])
async def test_every_change_of_the_form_can_be_taken_back(workbench: Open, way: str) -> None:
    async with workbench() as bench:
        await bench.ready()
        form = bench.app.configuration.form
        form.set_text("train.epochs", "12")
        before = dict(form.area.edits)
        epochs, optimizer = form.field("train.epochs").input, form.field("optim.name")
        match way:
            case "set":
                form.set_text("train.epochs", "13")
            case "typed":
                epochs.focus()
                await bench.pilot.press("8")
            case "typed ahead":
                epochs.value = "8"  # its message is not handled yet when the next key comes
            case "stepped":
                optimizer.input.focus()
                await bench.pilot.press("right")
            case "clicked":
                optimizer.input.choose(1)
            case "pasted":
                epochs.focus()
                epochs.post_message(events.Paste("9"))
            case "reset":
                await bench.pilot.press("ctrl+r")
        await bench.until(lambda: form.area.edits != before or form.area.typed(), "the change")
        assert form.undoable
        bench.app.action_undo()
        await bench.until(lambda: form.area.edits == before and not form.area.typed(), "it is taken back")
        bench.app.action_undo()
        await bench.until(lambda: not form.changed, "and the one before it")
        assert not form.undoable


async def test_a_change_made_for_a_person_is_a_change_of_its_own(workbench: Open) -> None:
    async with workbench() as bench:
        await bench.ready()
        form = bench.app.configuration.form
        for rate in ("0.1", "0.2", "0.3"):
            form.set_text("optim.lr", rate)
        for rate in ("0.2", "0.1", None):
            form.undo()
            assert form.area.edits.get("optim.lr") == rate
        assert not form.undoable


async def test_a_filter_that_finds_nothing_leaves_nothing_to_start(workbench: Open) -> None:
    async with workbench() as bench:
        await bench.ready()
        await _select(bench, "paper/cnn-mnist")
        bench.app.presets.rows.focus()
        bench.type_ahead("/", *"zzz")
        await bench.until(lambda: "Nothing matches the filter" in bench.screen_text(), "it says so")
        assert "Start" not in bench.screen_text()
        await bench.pilot.press("escape")
        await bench.until(lambda: bench.app.configuration.form.display, "the form is back")
        assert bench.app.presets.selected.file.name == "paper/cnn-mnist"
        assert "Start" in bench.screen_text()
        bench.type_ahead("/", *"zzz", "enter")
        await bench.until(lambda: not bench.app.presets.filter.value, "the filter is left")
        await bench.until(lambda: bench.app.configuration.form.display, "the form is back")
        assert bench.app.presets.selected.file.name == "paper/cnn-mnist"


async def test_keys_that_go_elsewhere_are_no_text_until_something_is_typed(workbench: Open) -> None:
    async with workbench() as bench:
        await bench.ready()
        app, form = bench.app, bench.app.configuration.form
        names, before = form.field("data.name"), form.field("data.name").text

        async def come() -> None:
            app.set_focus(form.frame)
            await bench.until(lambda: not names.input.has_focus, "elsewhere")
            names.input.focus()
            await bench.until(lambda: names.input.has_focus, "the field")
            await bench.pilot.pause()

        for key in ("w", "W", "J", "question_mark"):
            for stepped in ((), ("right", "left")):  # a choice that is stepped through is not typed into
                await come()
                assert "next pane" in app.footer.plain
                await bench.pilot.press(*stepped, key)
                await bench.until(lambda: app.focused is not names.input, "it went elsewhere")
                assert names.text == before
                if len(app.screen_stack) > 1:
                    await bench.pilot.press("escape")
                    await bench.until(lambda: len(app.screen_stack) == 1, "back")
        await come()
        await bench.pilot.press("delete", "w", "J", "question_mark")
        await bench.until(lambda: names.text == "wJ?", "a text that begins so")
        await bench.until(lambda: "next pane" not in app.footer.plain, "letters are text now")


async def test_of_a_name_that_is_wrong_only_that_is_said(
    workbench: Open, own_preset: Callable[[str, str], Path]
) -> None:
    table = SMALL.replace('name = "digits"', 'name = "points.csv"\nlabel = "kind"\ntest_share = 0.3')
    own_preset("points.csv", "a,b,kind\n" + "1,2,x\n3,4,y\n" * 20)
    own_preset("own.toml", table)
    async with workbench() as bench:
        await bench.ready()
        form = bench.app.configuration.form
        bench.app.presets.select("preset:own:own.toml")
        await bench.until(lambda: form.order is not None and form.order.preset.name == "own.toml", "its form")
        form.set_text("data.label", "b")
        form.set_text("data.test_share", "2")
        form.set_text("data.name", "w")
        form.set_text("train.epochs", "0")
        await bench.until(lambda: form.field("data.name").error, "it is wrong")
        assert set(form.area.wrong) == {"data.name", "train.epochs"}
        form.set_text("data.name", "points.csv")
        await bench.until(lambda: not form.field("data.name").error, "it is right")
        assert set(form.area.wrong) == {"data.test_share", "train.epochs"}, "now the others are looked at"
