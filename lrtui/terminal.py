"""The terminal a command was started from: it may go away or stand still, and what is trained goes on without it."""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from types import FrameType, TracebackType

_STALLED = 1.0
"""A write to the terminal that takes so many seconds has nobody who reads."""


class Terminal:
    """The standard streams that are a terminal. Seen once, at the start: a terminal that is gone is no terminal any more."""

    def __init__(self) -> None:
        self._descriptors = [descriptor for descriptor in (0, 1, 2) if _is_terminal(descriptor)]
        self._writing_since: float | None = None
        self.gone = False
        """Whether it was let go."""

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """What is done inside writes to it, and may take as long as nobody reads."""
        self._writing_since = time.monotonic()
        try:
            yield
        finally:
            self._writing_since = None

    @property
    def stalled(self) -> bool:
        """Return whether a write has been waiting for a reader."""
        return self._writing_since is not None and time.monotonic() - self._writing_since > _STALLED

    def let_go(self) -> None:
        """Have nothing more to do with it: what is read from it is at its end, what is written to it goes nowhere.

        A write that waits for a reader is over with it, once a signal has been handled.
        """
        self.gone = True
        for descriptor in self._descriptors:
            occupy(descriptor, os.O_RDWR)


class Signals:
    """Which signals came: one that asks for the end, one that says that the terminal is gone.

    Until there is something to end (`armed`), one that asks for the end ends the command at once. A signal that was
    ignored at the start (`nohup`) stays ignored.
    """

    def __init__(self, terminal: Terminal) -> None:
        self.armed = False
        self.received: int | None = None
        """The first that asked for the end."""
        self.hung_up = False
        self._terminal = terminal
        self._before: dict[int, signal._HANDLER] = {}

    def __enter__(self) -> "Signals":
        """Handle signals from now on; nothing happens where that has begun."""
        if self._before:
            return self
        handlers: dict[int, Callable[[int, FrameType | None], None]]
        handlers = {signal.SIGINT: self._end, signal.SIGTERM: self._end}
        if hasattr(signal, "SIGHUP"):
            handlers[signal.SIGHUP] = self._hang_up
        for number, handler in handlers.items():
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, handler)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}

    def _end(self, number: int, _frame: FrameType | None) -> None:
        if self._terminal.stalled:
            self._terminal.let_go()
        if not self.armed:
            raise SystemExit(128 + number)
        self.received = self.received or number

    def _hang_up(self, _number: int, _frame: FrameType | None) -> None:
        self.hung_up = True
        self._terminal.let_go()


def occupy(descriptor: int, flags: int) -> None:
    """Make a descriptor one that gives and takes nothing."""
    null = os.open(os.devnull, flags)
    if null != descriptor:
        os.dup2(null, descriptor)
        os.close(null)


def _is_terminal(descriptor: int) -> bool:
    try:
        return os.isatty(descriptor)
    except OSError:
        return False
