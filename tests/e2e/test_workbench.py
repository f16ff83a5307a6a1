"""The workbench as a person has it: the installed program in a real terminal, at both sizes."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest

from lrtui.store import live
from lrtui.store.reader import open_study
from lrtui.study.records import StudyStatus
from tests.e2e.terminal import Terminal

pytestmark = [pytest.mark.e2e, pytest.mark.skipif(os.name != "posix", reason="a POSIX terminal")]

PRESET = """
title = "Three rates [bold]on digits[/]"
[data]
name = "digits"
[model]
name = "mlp"
hidden = [16]
[optim]
name = "sgd"
[train]
epochs = {epochs}
[sweep]
"optim.lr" = [1e-2, 1e-1, 1e30]
replicates = 2
"""

Open = Callable[..., Terminal]


@pytest.fixture
def open_workbench(tmp_path: Path) -> Iterator[Open]:
    """Return an opener of workbenches in `tmp_path`, beside one own preset, `alone.toml`, that is selected."""
    opened: list[Terminal] = []

    def open_it(columns: int, lines: int, *, epochs: int = 4, **variables: str) -> Terminal:
        (tmp_path / "alone.toml").write_text(PRESET.format(epochs=epochs))
        environment = {**os.environ, "TERM": "xterm-256color", **variables}
        environment.pop("NO_COLOR", None) if "NO_COLOR" not in variables else None
        command = [sys.executable, "-m", "lrtui", "--runs-dir", str(tmp_path / "runs"), "--device", "cpu"]
        terminal = Terminal(command, columns=columns, lines=lines, env=environment, cwd=tmp_path)
        opened.append(terminal)
        terminal.wait_for("alone.toml")
        terminal.wait_for("6 runs")
        terminal.type("/")
        terminal.wait_for("esc leaves")
        terminal.type("alone")
        terminal.wait_for(lambda text: "quickstart" not in text)
        terminal.type("\r")
        terminal.wait_for(lambda text: "start" in text.splitlines()[-1])
        return terminal

    yield open_it
    for terminal in opened:
        terminal.close()


def only_study(folder: Path) -> Path:
    (path,) = (folder / "runs").iterdir()
    return path


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
def test_from_preset_over_training_to_the_exported_table(
    size: tuple[int, int], open_workbench: Open, tmp_path: Path
) -> None:
    terminal = open_workbench(*size)
    terminal.type("\r")
    terminal.wait_for("running")
    terminal.wait_for("done")
    if size == (80, 24):
        terminal.type("w")
    terminal.wait_for(lambda text: "won with" in text and "diverged" in text)
    assert open_study(only_study(tmp_path)).status is StudyStatus.DONE
    terminal.type("e")
    terminal.wait_for("Export")
    terminal.type("\r")
    terminal.wait_for(lambda text: any(tmp_path.glob("*.csv")) or "Export" not in text)
    terminal.type("q")
    assert terminal.wait_for_end() == 0
    (exported,) = tmp_path.glob("*.csv")
    assert len(pl.read_csv(exported)) == 3


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
def test_from_a_range_test_to_a_training_with_the_rate_found(
    size: tuple[int, int], open_workbench: Open, tmp_path: Path
) -> None:
    terminal = open_workbench(*size)
    terminal.type("f")
    terminal.wait_for("use this rate")
    terminal.wait_for(lambda text: "valley" in text and "✓ done · range test" in text.splitlines()[0])
    tested = open_study(only_study(tmp_path))
    assert tested.kind == "finder"
    assert len(tested.states) == 1
    terminal.type("u")
    terminal.wait_for(lambda text: "reset form" in text or "* lr" in text)
    terminal.type("\r")
    terminal.wait_for(lambda text: len(list((tmp_path / "runs").iterdir())) == 2 and "✓ done" in text.splitlines()[0])
    terminal.wait_for(lambda text: "✓ done" in text.splitlines()[0] and "range test" not in text.splitlines()[0])
    (trained,) = [open_study(path) for path in (tmp_path / "runs").iterdir() if path != tested.path]
    assert {spec.lr for spec in trained.study.runs} == {
        float(f"{lr:.3g}") for lr in [tested.states[0].finder.chosen] if lr is not None
    }
    terminal.type("q")
    assert terminal.wait_for_end() == 0


def test_quitting_while_training_keeps_the_rows(open_workbench: Open, tmp_path: Path) -> None:
    terminal = open_workbench(120, 40, epochs=20000)
    terminal.type("\r")
    terminal.wait_for("running")
    terminal.wait_for(lambda _: len(list((tmp_path / "runs").glob("*/parts/*"))) > 4)
    terminal.type("q")
    terminal.wait_for("Quit while training?")
    terminal.type("y")
    assert terminal.wait_for_end() == 0
    saved = open_study(only_study(tmp_path))
    assert saved.status is StudyStatus.STOPPED
    assert len(saved.epochs) > 4


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_study_and_gives_the_terminal_back(
    number: int, open_workbench: Open, tmp_path: Path
) -> None:
    terminal = open_workbench(120, 40, epochs=20000)
    terminal.type("\r")
    terminal.wait_for("running")
    terminal.wait_for(lambda _: len(list((tmp_path / "runs").glob("*/parts/*"))) > 4)
    terminal.process.kill(number)
    written = b""
    while chunk := terminal.read(5.0):
        written += chunk
    assert terminal.wait_for_end() == 128 + number
    assert b"\x1b[?1049l" in written  # back from the alternate screen
    assert b"\x1b[?25h" in written  # the cursor shows
    assert b"Traceback" not in written
    saved = open_study(only_study(tmp_path))
    assert saved.status is StudyStatus.STOPPED


def test_without_colour_no_colour_is_sent(open_workbench: Open) -> None:
    terminal = open_workbench(120, 40, NO_COLOR="1")
    written = b""
    terminal.type("w")
    end = time.monotonic() + 30
    while chunk := terminal.read(1.0):
        written += chunk
        assert time.monotonic() < end, "a screen on which nothing happens is drawn again and again"
    assert b"38;2;" not in written
    assert b"38;5;" not in written


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds the program by /proc")
@pytest.mark.parametrize("how", ["ctrl-z", signal.SIGTSTP, signal.SIGSTOP])
def test_stopped_and_called_back_the_whole_screen_is_there(how: str | int, tmp_path: Path) -> None:
    environment = {**os.environ, "TERM": "xterm-256color", "PS1": "$ "}
    terminal = Terminal(["bash", "--norc", "-i"], columns=120, lines=40, env=environment, cwd=tmp_path)
    try:
        terminal.type(f"{sys.executable} -m lrtui --runs-dir {tmp_path / 'runs'} --device cpu\r")
        terminal.wait_for("15 runs")
        if how == "ctrl-z":
            terminal.type("\x1a")
        else:
            (child,) = _children(terminal.process.pid)
            os.kill(child, int(how))
        terminal.wait_for("Stopped")
        terminal.type("clear\r")
        terminal.wait_for(lambda text: "Presets" not in text and "Stopped" not in text)
        terminal.type("fg\r")
        for part in ("Presets", "Configuration", "Results", "lrtui  no study yet", "palette"):
            terminal.wait_for(part)
        assert not list((tmp_path / "runs").glob("*")), "fg is for the shell: no range test was begun"
        terminal.type("q")
        terminal.wait_for(lambda _: not _children(terminal.process.pid))
        terminal.type("exit\r")
        terminal.wait_for_end()
    finally:
        terminal.close()


def end_of(terminal: Terminal, seconds: float) -> int:
    """Wait, without reading, until a program has ended; return its exit status."""
    deadline = time.monotonic() + seconds
    while terminal.process.isalive():
        assert time.monotonic() < deadline, "it is still there"
        time.sleep(0.05)
    assert terminal.process.exitstatus is not None, terminal.process.signalstatus
    return int(terminal.process.exitstatus)


def log_of(folder: Path) -> str:
    return (only_study(folder) / "log.txt").read_text()


def until(condition: Callable[[], object], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.05)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="looks at /proc")
def test_training_goes_on_when_the_terminal_is_closed(open_workbench: Open, tmp_path: Path) -> None:
    terminal = open_workbench(120, 40, epochs=800)
    terminal.type("\r")
    terminal.wait_for("running")
    terminal.wait_for(lambda _: len(list((tmp_path / "runs").glob("*/parts/*"))) > 1)
    pid = terminal.process.pid
    terminal.hang_up()
    until(lambda: "the terminal is gone; training goes on" in log_of(tmp_path))
    assert {Path(f"/proc/{pid}/fd/{number}").readlink() for number in (0, 1, 2)} == {Path(os.devnull)}
    assert live.living(only_study(tmp_path)) is not None
    assert end_of(terminal, 300) == 0
    saved = open_study(only_study(tmp_path))
    assert saved.status is StudyStatus.DONE
    assert {state.status.value for state in saved.states} == {"done"}


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="looks at /proc")
def test_the_queue_is_trained_too_when_the_terminal_is_closed(open_workbench: Open, tmp_path: Path) -> None:
    terminal = open_workbench(120, 40, epochs=300)
    terminal.type("\r")
    terminal.wait_for("running")
    terminal.type("\r")
    terminal.wait_for("1 queued")
    terminal.hang_up()
    assert end_of(terminal, 300) == 0
    studies = [open_study(path) for path in (tmp_path / "runs").iterdir()]
    assert [study.status for study in studies] == [StudyStatus.DONE, StudyStatus.DONE]


def test_a_terminal_that_stands_still_keeps_nobody_from_ending(open_workbench: Open, tmp_path: Path) -> None:
    terminal = open_workbench(120, 40, epochs=20000)
    terminal.type("\r")
    terminal.wait_for("running")
    time.sleep(10)  # nobody reads, until the terminal takes no more
    os.kill(terminal.process.pid, signal.SIGTERM)
    until(lambda: open_study(only_study(tmp_path)).status is StudyStatus.STOPPED)
    assert end_of(terminal, 60) == 143


def test_left_in_the_background_and_looked_at_again(open_workbench: Open, tmp_path: Path) -> None:
    terminal = open_workbench(120, 40, epochs=20000)
    terminal.type("\r")
    terminal.wait_for("running")
    terminal.wait_for(lambda _: len(list((tmp_path / "runs").glob("*/parts/*"))) > 1)
    terminal.type("q")
    terminal.wait_for("Quit while training?")
    terminal.type("b")
    assert terminal.wait_for_end() == 0
    study = only_study(tmp_path)
    owner = live.living(study)
    assert owner is not None
    assert owner.pid != terminal.process.pid
    try:
        until(lambda: "study alone resumed" in log_of(tmp_path))
        attached = [attach(tmp_path, *size) for size in ((120, 40), (80, 24))]
        for window in attached:
            window.wait_for("attached")
            window.wait_for("running")
        attached[0].type("n")
        for window in attached:
            window.wait_for("skipped") if window.columns == 120 else window.wait_for(lambda text: "attached" in text)
        until(lambda: "skip asked for" in log_of(tmp_path))
        attached[1].type("X")
        attached[1].wait_for("Stop the study?")
        attached[1].type("y")
        for window in attached:
            window.wait_for("stopped")
        assert open_study(study).status is StudyStatus.STOPPED
        for window in attached:
            window.type("q")
            assert window.wait_for_end() == 0
            window.close()
    finally:
        if (owner := live.living(study)) is not None:
            os.kill(owner.pid, signal.SIGKILL)


def test_an_owner_that_is_killed_is_seen_by_who_is_attached(tmp_path: Path) -> None:
    (tmp_path / "alone.toml").write_text(PRESET.format(epochs=20000))
    command = [sys.executable, "-m", "lrtui", "run", "alone.toml", "--detach", "--json", "--runs-dir", "runs"]
    began = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    pid = json.loads(began.stdout)["pid"]
    try:
        window = attach(tmp_path, 120, 40)
        window.wait_for("attached")
        window.wait_for(lambda text: re.search(r"epoch \d{2,}/20000", text) is not None)
        os.kill(pid, signal.SIGKILL)
        window.wait_for("interrupted", seconds=20)
        window.type("q")
        assert window.wait_for_end() == 0
        window.close()
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def attach(folder: Path, columns: int, lines: int) -> Terminal:
    command = [sys.executable, "-m", "lrtui", "attach", "--runs-dir", "runs"]
    environment = {**os.environ, "TERM": "xterm-256color"}
    return Terminal(command, columns=columns, lines=lines, env=environment, cwd=folder)


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
