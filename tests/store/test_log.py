"""log.txt and the events of the board are the same lines, whoever reads them, whenever."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

from lrtui.engine.board import Board
from lrtui.store.log import LogFile, read_log
from lrtui.study.records import EpochRecord, RunStatus, StudyStatus
from lrtui.study.spec import Study
from lrtui.study.states import LogEvent, LogLevel

AT = dt.datetime(2026, 11, 25, 22, 45, 3, 443000)


def test_what_the_board_hands_out_is_what_the_file_says(tiny: Callable[..., Study], tmp_path: Path) -> None:
    board = Board(tiny().runs, log=LogFile(tmp_path).write, now=lambda: AT)
    board.note("study \x1b[31m tiny")
    board.begin("cpu", 2)
    board.run_started(1, 0)
    board.epoch_done(EpochRecord(1, 0, 1.0, 50.0, 1.0, 50.0, 0.1, 0.0, None, 2.0), 320)
    board.epoch_done(EpochRecord(1, 1, 1.0, 50.0, 1.0, 61.25, 0.1, 0.0, None, 2.0), 320)
    board.run_ended(1, RunStatus.DONE)
    board.note("run 2 failed\nTraceback:\n  line 1", LogLevel.ERROR)
    board.stopping()
    board.stopping()
    board.end(StudyStatus.STOPPED)
    events = board.snapshot().events
    assert read_log(tmp_path) == events
    scenario = tiny().runs[0].scenario
    assert [(event.level, event.text) for event in events] == [
        (LogLevel.INFO, "study \\x1b[31m tiny"),
        (LogLevel.INFO, "4 runs on cpu, 2 lanes"),
        (LogLevel.INFO, f"run 1 ({scenario}, seed 1) started on lane 0"),
        (LogLevel.INFO, f"run 1 ({scenario}, seed 1) done, 61.25 % after 1 epoch, 4.0 s"),
        (LogLevel.ERROR, "run 2 failed\nTraceback:\n  line 1"),
        (LogLevel.WARNING, "stop of the study asked for"),
    ]
    assert board.snapshot().events is board.snapshot().events


def test_logs_of_earlier_versions_and_damaged_ones_are_read_as_far_as_they_go(tmp_path: Path) -> None:
    assert read_log(tmp_path) == ()
    (tmp_path / "log.txt").write_bytes(
        b"half a line without a time\n"
        b"2026-11-25 22:45:03,443 INFO run 10 (mlp-digits-sgd-1e-1, seed 3) done \n"
        b"\xff\xfe torn \x1b[2J\n"
        b"2026-99-25 22:45:03,443 INFO no such month\n"
        b"2026-11-25 22:45:03,443 WARNING last, cut of"
    )
    assert read_log(tmp_path) == (
        LogEvent(
            AT,
            LogLevel.INFO,
            "run 10 (mlp-digits-sgd-1e-1, seed 3) done\n\ufffd\ufffd torn \\x1b[2J\n"
            "2026-99-25 22:45:03,443 INFO no such month",
        ),
        LogEvent(AT, LogLevel.WARNING, "last, cut of"),
    )
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "log.txt").mkdir()
    assert read_log(tmp_path / "other") == ()
    LogFile(tmp_path / "other").write(LogEvent(AT, LogLevel.INFO, "lost, and no error"))
