"""Dialogs on a screen of 80 columns: every button is there whole, however much the dialog says."""

from collections.abc import Callable
from pathlib import Path

from textual.screen import Screen
from textual.widgets import Button

from lrtui.store.remarks import Remarks
from lrtui.tui.dialogs.confirm import ConfirmScreen, OptionsScreen, QuitScreen
from lrtui.tui.dialogs.export import ExportScreen
from lrtui.tui.dialogs.remarks_of_study import StudyRemarksScreen
from lrtui.tui.dialogs.save_preset import SavePresetScreen
from tests.tui.conftest import NARROW, Bench, Open

LONG = "It says a great deal, and all of it is needed to decide. " * 40


def _settles(bench: Bench) -> Screen[object]:
    options = (("settle", "127 more", "s"), ("one", "one more", "o"))
    return OptionsScreen("How many more replicates?", "127 more of every scenario would tell them apart.", options)


def _export(bench: Bench) -> Screen[object]:
    return ExportScreen("small", bench.app.stage.figures.result, lambda fmt: "", lambda fmt: "")


def _save(bench: Bench) -> Screen[object]:
    return SavePresetScreen(bench.app.configuration.form.order.study, "")


DIALOGS: dict[str, Callable[[Bench], Screen[object]]] = {
    "yes or no": lambda bench: ConfirmScreen("Let the preset's own code run?", "short", "Trust it"),
    "much to read": lambda bench: ConfirmScreen("Let the preset's own code run?", LONG, "Trust it"),
    "options": _settles,
    "quit": lambda bench: QuitScreen(queued=12),
    "export": _export,
    "save": _save,
    "remarks": lambda bench: StudyRemarksScreen(Path("20261127-000000-small"), Remarks.of("", [], "n\n" * 30), "Small"),
}


async def test_every_button_of_a_dialog_is_seen_whole(workbench: Open) -> None:
    async with workbench(NARROW) as bench:
        (await bench.start()).play()
        await bench.until(lambda: not bench.app.stage.training, "the end")
        await bench.seen()
        for name, made in DIALOGS.items():
            bench.app.push_screen(dialog := made(bench))
            await bench.until(lambda dialog=dialog: dialog.is_current and dialog.query(Button), name)
            await bench.pilot.pause()
            text = bench.screen_text()
            for button in dialog.query(Button):
                assert str(button.label) in text, f"{name}: {button.label}\n{text}"
            dialog.dismiss()
            await bench.until(lambda: len(bench.app.screen_stack) == 1, "closed")


async def test_a_verdict_without_room_is_cut_with_a_word_and_read_whole_by_a_key(workbench: Open) -> None:
    async with workbench(NARROW) as bench:
        session = await bench.start()
        session.play()
        await bench.until(lambda: not bench.app.stage.training, "the end")
        await bench.seen()
        results = bench.app.results
        bench.app.navigation.action_show_pane(3)
        await bench.pilot.pause()
        sentence = " ".join(f"word{number}" for number in range(90))
        results.say(sentence, "good")
        await bench.pilot.pause()
        assert "word89" in bench.screen_text(), "there is room beside five rows"
        assert not results.cut
        sentence = " ".join(f"word{number}" for number in range(400))
        bench.app.stage.verdict = lambda: (sentence, "good")
        await bench.seen()
        assert results.cut
        last = results.query_one("#verdict").plain.splitlines()[-1]
        assert last.endswith("… V shows all") and len(last) <= 76
        assert last.split("…")[0].split()[-1] in bench.screen_text(), "what is told is in sight"
        assert all(rate in bench.screen_text() for rate in ("1e-3", "1e-2", "1e-1")), "and the rows are"
        assert "⏎ its runs" in bench.app.footer.plain and "start" not in bench.app.footer.plain
        await bench.pilot.press("V")
        await bench.until(lambda: len(bench.app.screen_stack) > 1, "the dialog")
        await bench.until(lambda: "What came out" in bench.screen_text(), "its title")
        assert "word399" in bench.app.screen.query_one("#remark-lines").plain
