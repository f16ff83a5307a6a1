"""The terminal as the screen writes to it: it may go away or stand still, and nobody waits for it then."""

import contextlib
import io
import os
import select
import threading
import time

PATIENCE = 2.0
"""Seconds that a terminal may take before what is drawn is dropped; the screen is drawn anew once it takes more."""
_PIECE = 1 << 10
"""Bytes written at once where the terminal could make its writer wait."""
_CLEAN = b"\x18\x1b[?2026l\x1b[0m"
"""Ends a control sequence that broke off, lets the terminal show what comes, and takes colours back."""


class ScreenFile(io.TextIOBase):
    """Where Textual's driver writes. No write raises, and none takes longer than PATIENCE."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._own = _reopened(descriptor)
        self._gone = threading.Event()
        self._behind = False
        self._caught_up = False

    @property
    def gone(self) -> bool:
        """Return whether the terminal went away."""
        return self._gone.is_set()

    @property
    def listens(self) -> bool:
        """Return whether the terminal is there and takes what is written."""
        return not self.gone and not self._behind

    def lose(self) -> None:
        """The terminal went away: what is written goes nowhere."""
        self._gone.set()

    def caught_up(self) -> bool:
        """Return, once, whether a terminal that had stood still takes more, and wants the whole screen."""
        if self._behind and not self.gone and self._takes(0.0):
            self._begin_anew()
        caught_up, self._caught_up = self._caught_up, False
        return caught_up

    def write(self, text: str) -> int:
        """Write what the terminal takes."""
        if self.gone or (self._behind and not self._takes(0.0)):
            return len(text)
        if self._behind:
            self._begin_anew()
        else:
            self._put(text.encode("utf-8", "replace"))
        return len(text)

    def fileno(self) -> int:
        """Return the terminal's descriptor."""
        return self._descriptor

    def isatty(self) -> bool:
        """Return that it is a terminal."""
        return True

    def writable(self) -> bool:
        """Return that it can be written to."""
        return True

    def close(self) -> None:
        """Close what was opened."""
        if not self.closed and self._own != self._descriptor:
            with contextlib.suppress(OSError):
                os.close(self._own)
        super().close()

    def _put(self, data: bytes) -> None:
        until = time.monotonic() + PATIENCE
        piece = len(data) if self._own != self._descriptor else _PIECE
        while data and not self.gone:
            if not self._takes(max(0.0, until - time.monotonic())):
                self._behind = not self.gone
                return
            try:
                data = data[os.write(self._own, data[:piece]) :]
            except BlockingIOError:
                continue
            except OSError:
                self.lose()

    def _takes(self, seconds: float) -> bool:
        """Wait until the terminal takes something; return whether it does."""
        try:
            return bool(select.select([], [self._own], [], seconds)[1])
        except (OSError, ValueError):
            self.lose()
            return False

    def _begin_anew(self) -> None:
        self._behind, self._caught_up = False, True
        self._put(_CLEAN)


def _reopened(descriptor: int) -> int:
    """Return another descriptor of the same terminal on which nobody waits; the same one where there is none to be had.

    The one that was given is shared with the shell, for which it has to stay as it is.
    """
    with contextlib.suppress(OSError):
        return os.open(os.ttyname(descriptor), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    return descriptor
