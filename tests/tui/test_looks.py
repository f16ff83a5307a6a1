"""Themes, terminals of few colours, NO_COLOR, what is imported when, and what never reaches the terminal."""

import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.widgets._toast import Toast

from lrtui.study.resources import GpuUse, Resources
from lrtui.tui import themes
from lrtui.tui.actions import ACTIONS, Situation, footer
from lrtui.tui.app import LrtuiApp
from lrtui.tui.diffed_lines import changed_until
from lrtui.tui.stderr import Captured
from tests.tui.conftest import NARROW, SMALL, WIDE, Open

GPU = GpuUse(0, "GPU-0", 93.0, 21 * 2**30, 80 * 2**30, 310.0, 61.0)


def test_importing_the_workbench_imports_neither_torch_nor_polars() -> None:
    heavy = ("torch", "polars", "plotext", "matplotlib", "numpy")
    code = f"import sys, lrtui.tui.run; print([name for name in {heavy} if name in sys.modules])"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output.strip() == "[]"


def test_a_line_without_end_does_not_hold_back_those_after_it(tmp_path: Path) -> None:
    path = tmp_path / "stderr"
    path.write_bytes(b"x" * 150_000 + b"\nthe next\nbegun")
    with path.open("rb") as file:
        captured = Captured(file)
        looks = [captured.lines() for _ in range(4)]
    assert [[len(line) for line in look] for look in looks] == [[65536], [65536], [18928, 8], []]
    assert looks[2][-1] == "the next"


async def test_dark_and_light(workbench: Open) -> None:
    async with workbench() as bench:
        await bench.ready()
        assert bench.app.theme == themes.DARK
        await bench.pilot.press("d")
        await bench.pilot.pause()
        assert bench.app.theme == themes.LIGHT
        assert "quickstart" in bench.screen_text()


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "xterm", "COLORTERM": ""}], ids=["NO_COLOR", "16"])
async def test_terminals_without_colours_of_their_own(
    workbench: Open, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    async with workbench() as bench:
        session = await bench.start()
        for _ in range(80):
            session.step()
        await bench.seen()
        assert bench.app.theme == themes.ANSI
        assert "dark/light" not in bench.app.query_one("#footer").plain
        strips = bench.app.screen._compositor.render_strips()
        colours = {colour for strip in strips for _, style, _ in strip for colour in (style.color, style.bgcolor)}
        assert all(colour is None or colour.is_system_defined or colour.is_default for colour in colours)
        if "NO_COLOR" in variables:
            assert "a 1e-3" in bench.screen_text(), "curves are told apart by letters"


async def test_a_dialog_leaves_the_screen_behind_it_in_sight(workbench: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLORTERM", "")
    async with workbench() as bench:
        await bench.start()
        await bench.pilot.press("X")
        await bench.until(lambda: "[ Cancel  esc ]" in bench.screen_text(), "the dialog")
        assert "quickstart" in bench.screen_text()
        assert "running" in bench.line(" lrtui ")


def test_every_action_has_a_key_a_title_and_help() -> None:
    assert all(action.keys and action.shown and action.title and action.help for action in ACTIONS)
    names = [action.name for action in ACTIONS]
    assert len(names) == len(set(names))


def test_the_footer_shows_what_works_now() -> None:
    idle = {action.title for action in footer(Situation(on_preset=True))}
    assert "start" in idle
    assert "stop study" not in idle
    training = {action.title for action in footer(Situation(on_preset=True, training=True, running=True, shown=True))}
    assert "start" not in training
    assert {"stop run", "stop study", "skip rate", "export"} <= training
    typing = {action.shown for action in footer(Situation(typing=True, on_preset=True))}
    assert "q" not in typing
    assert "⏎" in typing


def test_changes_are_found_cell_by_cell() -> None:
    from rich.segment import Segment
    from rich.style import Style
    from textual.strip import Strip

    red, blue = Style(color="red"), Style(color="blue")
    before = Strip([Segment("epoch ", red), Segment("12", blue), Segment(" of 30", red)])
    assert changed_until(before, Strip([Segment("epoch ", red), Segment("13", blue), Segment(" of 30", red)])) == 8
    assert changed_until(before, Strip([Segment("epoch 12 of 30", red)])) == 8, "only the colour changed"
    assert changed_until(before, Strip([Segment("epo", red), Segment("ch ", red), *before._segments[1:]])) == 0
    assert changed_until(before, Strip([])) == 14


def test_what_libraries_write_to_standard_error_is_kept_from_the_terminal() -> None:
    code = """
import os, sys
from lrtui.tui.stderr import captured_stderr
with captured_stderr() as captured:
    os.write(2, b"[W tensor.cpp] a warning\\n")
    sys.__stderr__.write("SCREEN")
    sys.__stderr__.flush()
    print(captured.lines(), captured.lines())
os.write(2, b"AFTER")
"""
    master, slave = pty.openpty()
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=slave, text=True, check=True)
    terminal = os.read(master, 1000)
    os.close(slave)
    os.close(master)
    assert terminal == b"SCREENAFTER"
    assert done.stdout.strip() == "['[W tensor.cpp] a warning'] []"


@pytest.mark.parametrize(("size", "kept"), [((120, 40), "img/s"), ((80, 24), "left")], ids=["wide", "narrow"])
async def test_a_long_name_gives_way_to_how_the_study_stands(
    workbench: Open, own_preset: Callable[[str, str], Path], size: tuple[int, int], kept: str
) -> None:
    name = "a-study-of-everything-one-can-think-of-under-a-name-that-does-not-fit-into-any-header-whatsoever"
    own_preset(f"{name}.toml", SMALL)
    async with workbench(size) as bench:
        await bench.ready()
        bench.app.presets.select(f"preset:own:{name}.toml")
        form = bench.app.configuration.form
        await bench.until(lambda: form.order and form.order.study.name.startswith(name), "the form")
        await bench.pilot.press("enter")
        await bench.until(lambda: bench.sessions and bench.app.stage.live, "training")
        bench.session.step()
        bench.session.step()
        await bench.seen()
        header = bench.app.query_one("#header").plain
        assert len(header) <= size[0]
        assert " a-study" in header
        assert "…" in header
        for part in ("▸ running", "run 2 of 4", "epoch 1/4", kept):
            assert part in header


@pytest.mark.parametrize("gpus", [(), (GPU,)], ids=["cpu", "gpu"])
@pytest.mark.parametrize("width", [80, 120, 160])
async def test_what_is_in_use_is_told_if_nothing_else_gives_way(
    workbench: Open, width: int, gpus: tuple[GpuUse, ...]
) -> None:
    used = Resources(1.0, 1.0, 187.3, 90.0, int(1.2 * 2**30), 2**32, 2**34, gpus)
    async with workbench((width, 40)) as bench:
        await bench.start()
        bench.session.step()
        bench.session.step()
        await bench.seen()
        assert "cpu · 2 lanes" in bench.app.header.plain or width == 80
        bench.session.board.measured(used)
        await bench.seen()
        header = bench.app.header.plain
        assert len(header) <= width
        for part in ("quickstart  ▸ running ", "run 2 of 15 · epoch 1/30 · ", " left"):
            assert part in header
        if width == 160:
            assert f"{used.texts[0]} · 2 lanes · " in header, "the processor is named once"
        assert any(text in header for text in used.texts) == (width > 80)
        bench.session.play()
        await bench.until(lambda: "15 of 15 runs done" in bench.app.header.plain, "the end")
        assert not any(text in bench.app.header.plain for text in used.texts)


def test_every_key_is_in_the_readmes_table() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    table = readme.partition("| key | what it does |")[2].partition("\n\n")[0]
    told = {
        key for row in table.splitlines() if row.startswith("| ") for key in row.split(" | ")[0].strip("| ").split()
    }
    assert {str(number) for number in range(1, 10)} & {action.shown for action in ACTIONS} == {*"123456789"}
    missing = {action.shown for action in ACTIONS if not action.shown.isdigit()} - told
    assert not missing


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["120x40", "80x24"])
async def test_messages_leave_the_last_rows_alone(tmp_path: Path, size: tuple[int, int]) -> None:
    app = LrtuiApp(tmp_path / "runs", tmp_path / "data")
    async with app.run_test(size=size, notifications=True) as pilot:
        app.notify("written: a file", timeout=60)
        app.notify("another", timeout=60)
        for _ in range(3000):
            toasts = [toast for toast in app.screen.query(Toast) if toast.region.height]
            if len(toasts) == 2:
                break
            await pilot.pause(0.01)
        assert len(toasts) == 2
        assert max(toast.region.bottom for toast in toasts) <= size[1] // 2
