"""Watching over a study until its end, on a terminal or without one."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from lrtui.study.states import BoardSnapshot, LogLevel
from lrtui.terminal import Signals, Terminal

if TYPE_CHECKING:
    from lrtui.session import Session

POLL_SECONDS = 0.2


def supervise(
    session: "Session", signals: Signals, terminal: Terminal, show: Callable[[BoardSnapshot], object]
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
        show(session.snapshot())
        if signals.received is not None:
            session.stop_study()
    show(session.snapshot())


def end(session: "Session") -> None:
    """Have the study stopped and on disk, if it is not yet: whatever failed, nothing trains on without supervision."""
    if not session.wait(0):
        session.stop_study()
        session.wait()
