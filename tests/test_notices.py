"""A person who looks elsewhere is told: by a command of theirs, and by the bell."""

import math
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lrtui.engine.board import Board
from lrtui.errors import InputError
from lrtui.notices import Notices
from lrtui.study.records import EpochRecord, RunStatus, StudyStatus
from lrtui.study.spec import Study
from lrtui.study.states import LogLevel


@pytest.fixture
def told(tmp_path: Path) -> Callable[[], list[str]]:
    """Return what the command wrote so far, a line a call."""
    file = tmp_path / "told"

    def read() -> list[str]:
        return file.read_text().splitlines() if file.exists() else []

    return read


@pytest.fixture
def command(tmp_path: Path) -> str:
    script = tmp_path / "tell me.py"
    script.write_text(
        "import os, sys\n"
        f"with open({str(tmp_path / 'told')!r}, 'a') as file:\n"
        "    names = ['LRTUI_EVENT', 'LRTUI_STATUS', 'LRTUI_STUDY', 'LRTUI_MESSAGE']\n"
        "    print(*(os.environ[name] for name in names), *sys.argv[1:], sep='|', file=file)\n"
    )
    return f"'{sys.executable}' '{script}' '$HOME; touch x'"


def epoch(run: int, number: int, loss: float) -> EpochRecord:
    return EpochRecord(run, number, loss, 10.0, loss, 10.0, 0.1, 0.0, None, 1.0)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_each_thing_is_told_once(
    tiny: Callable[..., Study], command: str, told: Callable[[], list[str]], tmp_path: Path
) -> None:
    study = tiny()
    board, rings, notes = Board(study.runs), [], []
    notices = Notices(command, lambda: rings.append("bell"))

    def look() -> None:
        notices.look(tmp_path / "a-study", board.snapshot(), lambda text, level: notes.append(text))

    board.begin("cpu", 1)
    for run in (3, 4):
        board.run_started(run, 0)
        board.epoch_done(epoch(run, 0, 2.3), 320)
        look()
        assert not rings
        board.epoch_done(epoch(run, 1, math.nan), 320)
    look()
    look()
    until(lambda: len(told()) == 1)
    board.end(StudyStatus.FAILED, "cannot write the study: No space left on device")
    look()
    look()
    until(lambda: len(told()) == 2)
    scenario, folder = study.runs[2].scenario, tmp_path / "a-study"
    assert told()[0] == f"diverged|running|{folder}|{scenario}: every replicate diverged|$HOME; touch x"
    assert told()[1].startswith(f"failed|failed|{folder}|a-study failed: 0 of 4 runs done; cannot write")
    assert len(rings) == 2
    assert not notes


def test_the_end_is_told_and_handing_over_is_none(
    tiny: Callable[..., Study], command: str, told: Callable[[], list[str]], tmp_path: Path
) -> None:
    for status in (StudyStatus.INTERRUPTED, StudyStatus.DONE):
        board = Board(tiny("sweep.replicates=1").runs)
        for run in (1, 2):
            board.run_ended(run, RunStatus.DONE)
        board.end(status)
        Notices(command).look(tmp_path, board.snapshot(), lambda *_: None)
    until(lambda: len(told()) == 1)
    assert told()[0].startswith("ended|done|")
    assert "2 of 2 runs done" in told()[0]


def test_what_cannot_be_called_is_said_at_the_start() -> None:
    for wrong, said in (("no-such-command now", "there is no command"), ("", "is empty"), ("'", "quotation")):
        with pytest.raises(InputError, match=said):
            Notices(wrong)


@pytest.mark.skipif(os.name != "posix", reason="a shell")
def test_a_command_that_fails_is_noted(tiny: Callable[..., Study], tmp_path: Path) -> None:
    notes: list[tuple[str, LogLevel]] = []
    board = Board(tiny().runs)
    board.end(StudyStatus.DONE)
    Notices("sh -c 'exit 3'").look(tmp_path, board.snapshot(), lambda text, level: notes.append((text, level)))
    until(lambda: bool(notes))
    assert notes == [("sh ended with 3", LogLevel.WARNING)]


def test_another_process_tells_the_same(command: str) -> None:
    notices = Notices(command)
    assert Notices(notices.options[1]).options == notices.options
    assert Notices().options == []
