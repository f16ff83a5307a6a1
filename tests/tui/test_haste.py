"""Keys that come faster than the screen, twice, or where they mean nothing."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from lrtui import detached
from lrtui.errors import InputError
from lrtui.study.records import RunStatus, StudyStatus
from lrtui.tui.dialogs.confirm import QuitScreen
from tests.tui.conftest import NARROW, SMALL, WIDE, Open


async def test_enter_twice_starts_once(workbench: Open) -> None:
    ready = threading.Event()
    async with workbench(ready=ready) as bench:
        await bench.ready()
        bench.type_ahead("enter", "enter", "enter")
        await bench.until(lambda: bench.app.stage.training, "it begins")
        ready.set()
        await bench.until(lambda: bench.app.stage.live is not None, "it is trained")
        await bench.pilot.pause()
        assert len(bench.sessions) == 1


async def test_the_preset_under_the_cursor_is_the_one_that_starts(
    workbench: Open, own_preset: Callable[[str, str], Path]
) -> None:
    for name in ("a", "b", "c"):
        own_preset(f"{name}.toml", SMALL)
    async with workbench() as bench:
        await bench.ready()
        bench.type_ahead("end", "up", "up", "enter")  # from the end: saved, c.toml, b.toml
        await bench.until(lambda: bench.sessions, "it starts")
        await bench.seen()
        assert bench.session.study.name == "b"
        assert "●" in bench.line("b.toml")
        assert "●" not in bench.line("quickstart")


async def test_enter_on_a_folder_folds_it_and_starts_nothing(workbench: Open) -> None:
    async with workbench() as bench:
        await bench.ready()
        bench.app.presets.rows.select("folder:shipped:paper")
        await bench.pilot.press("enter")
        await bench.until(lambda: "▾ paper" in bench.screen_text(), "it opens")
        assert "start" not in bench.app.query_one("#footer").plain
        await bench.pilot.press("enter")
        await bench.until(lambda: "▸ paper" in bench.screen_text(), "it closes")
        assert not bench.app.stage.training
        await bench.pilot.press("tab", "tab", "enter")
        await bench.until(lambda: bench.sessions, "in the form enter starts what the form says")


async def test_a_filter_goes_to_the_first_entry_and_the_form_follows(workbench: Open) -> None:
    async with workbench() as bench:
        await bench.ready()
        bench.type_ahead("/", *"cnn-mnist-ad")
        form = bench.app.configuration.form
        await bench.until(lambda: "CNN on MNIST under Adam" in bench.screen_text().replace(",", ""), "the form follows")
        assert bench.app.is_running, "q would have quit"
        assert form.order is not None
        assert form.order.preset.name == "paper/cnn-mnist-adam"
        await bench.pilot.press("escape")
        await bench.pilot.pause()
        assert bench.app.presets.selected.file.name == "paper/cnn-mnist-adam", "it stays there without the filter"


async def test_what_is_typed_after_the_slash_is_text(workbench: Open) -> None:
    async with workbench(NARROW) as bench:
        await bench.ready()
        bench.type_ahead("w", "w")
        await bench.until(lambda: bench.app.charts.region, "the charts")
        bench.type_ahead("/", *"dropout-cost", "enter")
        await bench.until(lambda: bench.app.focused is bench.app.presets.rows, "chosen")
        chosen = bench.app.presets.selected.file.name
        assert "dropout" in chosen
        bench.type_ahead("/", *"quick", "enter", "enter")
        await bench.until(lambda: bench.sessions, "the second enter is one for the tree: it starts what was chosen")
        assert bench.session.study.name == "quickstart"
        assert bench.app.presets.selected.file.name == "quickstart"
        assert not bench.app.presets.filter.value
        assert bench.app.is_running, "q would have quit"


async def test_panes_are_passed_as_fast_as_one_types(workbench: Open) -> None:
    async with workbench(NARROW) as bench:
        await bench.ready()
        bench.type_ahead("w", "w", "w")
        await bench.until(lambda: bench.app.results.region, "the third pane from the presets")
        await bench.pilot.pause()
        assert bench.app.focused.id == "table"


async def test_a_start_that_fails_leaves_the_study_before_on_the_screen(workbench: Open) -> None:
    failures: list[InputError] = []
    async with workbench(refuse=lambda: failures[-1] if failures else None) as bench:
        session = await bench.start()
        session.play()
        await bench.until(lambda: not bench.app.stage.training, "it is over")
        failures.append(InputError("CIFAR-10 is not in /nowhere"))
        await bench.pilot.press("enter")
        await bench.until(lambda: bench.app.stage.failure, "the failure")
        await bench.seen()
        text = bench.screen_text()
        assert "Cannot start quickstart: CIFAR-10 is not in /nowhere" in " ".join(text.split())
        assert "✓ done" in text.splitlines()[0], "the study before is there"
        assert "✗ diverged" in text
        await bench.pilot.press("5")
        await bench.until(lambda: "Cannot start quickstart" in bench.app.query_one("#log").plain, "the log says it too")
        await bench.pilot.press("down", "up")
        await bench.until(lambda: "★" in bench.app.query_one("#verdict").plain, "going on is having read it")
        await bench.pilot.press("e")
        await bench.until(lambda: len(bench.app.screen_stack) == 2, "it can still be exported")


async def test_a_stop_while_preparing_is_kept(workbench: Open) -> None:
    ready = threading.Event()
    async with workbench(ready=ready) as bench:
        await bench.ready()
        await bench.pilot.press("enter", "X")
        await bench.until(lambda: len(bench.app.screen_stack) == 2, "it asks")
        await bench.pilot.press("y")
        await bench.until(lambda: "to be stopped" in bench.screen_text().splitlines()[0], "it says so")
        assert "stop study" not in bench.app.query_one("#footer").plain
        ready.set()
        await bench.until(lambda: bench.app.stage.live is not None, "it begins")
        await bench.until(lambda: not bench.app.stage.training, "and stops")
        assert bench.session.board.snapshot().status is StudyStatus.STOPPED


async def test_a_command_is_seen_at_once(workbench: Open) -> None:
    async with workbench() as bench:
        session = await bench.start()
        session.step()
        await bench.seen()
        bench.app._tick = lambda: None  # only the command looks
        await bench.pilot.press("x")
        await bench.until(lambda: bench.app.stage.live.snapshot.runs[0].status is RunStatus.STOPPED, "the run")
        number = session.study.runs[0].run
        assert any(event.text == f"run {number}: stop asked for" for event in bench.app.stage.events)
        await bench.pilot.press("X")
        await bench.until(lambda: len(bench.app.screen_stack) == 2, "it asks")
        await bench.pilot.press("y")
        await bench.until(lambda: "■ stopped" in bench.screen_text().splitlines()[0], "the study")


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
async def test_asking_twice_to_quit_quits(workbench: Open, key: str) -> None:
    async with workbench() as bench:
        session = await bench.start()
        await bench.pilot.press(key)
        await bench.until(lambda: isinstance(bench.app.screen, QuitScreen), "it asks")
        await bench.pilot.press(key)
        await bench.until(lambda: bench.app._exit, "it leaves")
        assert session.wait(0)


async def test_training_goes_on_in_the_background(workbench: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    spawned: list[list[str]] = []

    class Process:
        pid = os.getpid()

    def spawn(arguments: list[str]) -> Process:
        spawned.append(arguments)
        return Process()

    monkeypatch.setattr(detached, "spawn", spawn)
    async with workbench() as bench:
        session = await bench.start()
        session.step()
        await bench.pilot.press("q")
        await bench.until(lambda: isinstance(bench.app.screen, QuitScreen), "it asks")
        assert "lrtui attach" in bench.screen_text()
        for answer in ("Background", "Stop", "Stay"):
            assert answer in bench.screen_text()
        await bench.pilot.press("b")
        await bench.until(lambda: bench.app._exit, "it leaves")
        assert bench.app.stage.left_behind
        assert session.board.snapshot().status is StudyStatus.INTERRUPTED
        assert spawned[0][:3] == ["resume", str(session.path), "--handed-over"]
        assert "--data-dir" in spawned[0]


async def test_under_a_dialog_only_quitting_works(workbench: Open) -> None:
    async with workbench() as bench:
        session = await bench.start()
        session.step()
        form = bench.app.configuration.form
        form.field("train.epochs").input.value = "7"
        await bench.until(lambda: form.changed, "the edit")
        await bench.pilot.press("X")
        await bench.until(lambda: len(bench.app.screen_stack) == 2, "it asks")
        await bench.pilot.press("ctrl+r", "ctrl+p", "q", "slash")
        await bench.pilot.pause()
        assert len(bench.app.screen_stack) == 2
        assert form.field("train.epochs").text == "7"
        await bench.pilot.press("ctrl+c")
        await bench.until(lambda: isinstance(bench.app.screen, QuitScreen), "to quit is another question")
        await bench.pilot.press("escape", "escape")
        await bench.until(lambda: len(bench.app.screen_stack) == 1, "back")
        assert bench.app.stage.training


async def test_the_palette_does_what_is_chosen(workbench: Open) -> None:
    async with workbench() as bench:
        await bench.ready()
        theme = bench.app.theme
        await bench.pilot.press("ctrl+p")
        await bench.until(lambda: len(bench.app.screen_stack) == 2, "the palette")
        await bench.pilot.press(*"dark/light")
        await bench.until(lambda: "Dark or light" in bench.screen_text(), "it is found")
        await bench.pilot.press("enter")
        await bench.until(lambda: bench.app.theme != theme, "it is done")


async def test_a_stop_while_weights_are_downloaded_ends_that(
    workbench: Open, own_preset: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from lrtui.data import pretrained

    def endless(_: object, on_progress: Callable[[str, int, int | None], None]) -> None:
        arrived = 0
        while True:
            on_progress("resnet18-f37072fd.pth", arrived, None)
            arrived += 1
            threading.Event().wait(0.01)

    monkeypatch.setattr(pretrained, "fetch", endless)
    own_preset("a.toml", SMALL.replace('"mlp"', '"resnet18"\nstart = "torchvision:DEFAULT"'))
    async with workbench() as bench:
        await bench.ready()
        bench.type_ahead("end", "up", "enter")
        await bench.until(lambda: bench.app.stage.starting == "a", "it is prepared")
        await bench.until(
            lambda: "downloading resnet18-f37072fd.pth" in bench.app.stage.log.events[-1].text, "it says so"
        )
        await bench.pilot.press("X")
        await bench.until(lambda: len(bench.app.screen_stack) == 2, "it asks")
        await bench.pilot.press("y")
        await bench.until(lambda: not bench.app.stage.training, "it is given up")
        assert bench.app.stage.failure == "Cannot start a: stopped while resnet18-f37072fd.pth was being downloaded"
        assert not bench.sessions


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["120x40", "80x24"])
async def test_why_a_start_failed_is_said_once(workbench: Open, size: tuple[int, int]) -> None:
    async with workbench(size, refuse=lambda: InputError("no data")) as bench:
        await bench.ready()
        await bench.pilot.press("enter")
        await bench.until(lambda: bench.app.stage.failure and bench.app.results.region, "the results are in sight")
        await bench.until(lambda: "Cannot start quickstart: no data" in bench.screen_text(), "they say why")
        await bench.pilot.pause()
        assert not list(bench.app._notifications)
        bench.app.study_actions.action_start()
        bench.app.navigation.action_show_pane(0)
        await bench.until(lambda: size == WIDE or bench.app._notifications, "they are not in sight")
        assert all(note.timeout <= 5 for note in bench.app._notifications)
