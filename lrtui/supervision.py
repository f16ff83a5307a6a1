"""Watching over a study until its end, on a terminal or without one."""

from collections.abc import Callable

from lrtui.notices import Notices
from lrtui.study.states import BoardSnapshot, LogLevel
from lrtui.terminal import Signals, Terminal
from lrtui.under_way import Own

POLL_SECONDS = 0.2


def supervise(
    session: Own,
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
            session.note("the terminal is gone; training goes on without it", LogLevel.WARNING)
        show(snapshot := session.snapshot())
        notices.look(session.path, snapshot, session.note)
        if signals.received is not None:
            session.stop_study()
    show(snapshot := session.snapshot())
    notices.look(session.path, snapshot, session.note)


def end(session: Own) -> None:
    """Have the study stopped and on disk, if it is not yet: whatever failed, nothing trains on without supervision."""
    if not session.wait(0):
        session.stop_study()
        session.wait()
