"""Watching over a study until its end, on a terminal or without one."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from lrtui.notices import Notices
from lrtui.study.states import BoardSnapshot, LogLevel
from lrtui.terminal import Signals, Terminal

POLL_SECONDS = 0.2


class _Board(Protocol):
    def note(self, text: str, level: LogLevel = ...) -> None: ...

    def snapshot(self) -> BoardSnapshot: ...


class UnderWay(Protocol):
    """A study that this process trains: `lrtui.session.Session`."""

    @property
    def path(self) -> Path:
        """Its folder."""

    @property
    def board(self) -> _Board:
        """What is known of it."""

    def stop_study(self) -> None:
        """End it at the next batch."""

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is over and on disk; return whether it is."""


def supervise(
    session: UnderWay,
    signals: Signals,
    terminal: Terminal,
    show: Callable[[BoardSnapshot], object],
    notices: Notices,
) -> None:
    """Wait until the study is over and on disk, or a signal asks for its end.

    `show` is given how it stands, as long as there is a terminal.
    """
    signals.armed = True
    said = False
    while not session.wait(POLL_SECONDS):
        if terminal.gone and not said:
            said = True
            session.board.note("the terminal is gone; training goes on without it", LogLevel.WARNING)
        show(snapshot := session.board.snapshot())
        notices.look(session.path, snapshot, session.board.note)
        if signals.received is not None:
            session.stop_study()
    show(snapshot := session.board.snapshot())
    notices.look(session.path, snapshot, session.board.note)


def end(session: UnderWay) -> None:
    """Have the study stopped and on disk, if it is not yet: whatever failed, nothing trains on without supervision."""
    if not session.wait(0):
        session.stop_study()
        session.wait()
