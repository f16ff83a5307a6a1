"""A hand in another process of this machine: the lanes beyond the first do not share the interpreter's lock."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import IO

from lrtui.engine.data_pool import DataPool, Source
from lrtui.engine.hand import HandLostError, NeverBegunError
from lrtui.engine.remote_hand import RemoteHand
from lrtui.engine.workshop import Answer, Request, Setup
from lrtui.study.spec import RunSpec
from lrtui.text import literal

_END_SECONDS = 5.0
alive: set[int] = set()
"""The processes of this process's hands."""


class ProcessHand(RemoteHand):
    """A `Hand` in a process of its own. Raises HandLostError when that process is gone."""

    def __init__(self, pool: DataPool, setup: Setup, note: Callable[[str], object] = lambda _: None) -> None:
        super().__init__(note)
        self._pool, self.begun = pool, False
        said = None
        try:
            said = tempfile.TemporaryFile()  # noqa: SIM115  open as long as the process
            self._link, self._process = _start(said)
        except OSError as error:
            if said is not None:
                said.close()
            raise HandLostError(f"cannot be started: {error.strerror or error}") from None
        self._said = said
        alive.add(self._process.pid)
        try:
            self.ask(setup)
        except HandLostError:
            self.close()
            raise

    def ask(self, request: Request | Setup) -> None:
        """Ask for something."""
        try:
            self._link.send(request)
        except OSError:
            raise self._lost() from None

    def receive(self, seconds: float) -> Sequence[Answer]:
        """Return what was told, waiting for it up to so long."""
        try:
            told = [self._link.recv()] if self._link.poll(seconds) else []
        except (EOFError, OSError):
            raise self._lost() from None
        self.begun = self.begun or bool(told)
        return told

    def kill(self) -> None:
        """End the process."""
        self._process.kill()

    def source(self, spec: RunSpec) -> Source:
        """Return where the data of a run is found by a process of this machine."""
        return self._pool.source(spec)

    def close(self) -> None:
        """End the process, and wait for that."""
        alive.discard(self._process.pid)
        self._link.close()  # it ends by itself when nobody is at the other end
        self._wait()
        self._said.close()

    def _wait(self) -> int:
        """Return the status the process ended with; one that does not end is killed."""
        try:
            return self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def _lost(self) -> HandLostError:
        """Return that the process is gone."""
        return (HandLostError if self.begun else NeverBegunError)(self._end())

    def _end(self) -> str:
        """Return how the process came to its end, as the end of a sentence about it."""
        code = self._wait()
        if code < 0:
            name = f"signal {-code}"
            with contextlib.suppress(ValueError):
                name = signal.Signals(-code).name
            memory = " (as happens when memory runs out)" if -code == signal.SIGKILL else ""
            return f"was ended by {name}{memory}"
        self._said.seek(0)
        lines = self._said.read().decode("utf-8", "replace").strip().splitlines()
        return f"ended with status {code}" + (f": {literal(lines[-1])}" if lines else "")


def _start(said: IO[bytes]) -> tuple[Connection, "subprocess.Popen[bytes]"]:
    """Start a process that works for whoever holds the connection; what it says goes to `said`. Raises OSError."""
    link, other = Pipe()
    # a process has the mask of the thread that starts it: Ctrl-C is not to end it before it says that it ignores that
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "lrtui.engine.worker", str(other.fileno())],
            pass_fds=(other.fileno(),),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            env=os.environ | {"PYTHONSAFEPATH": "1"},  # modules are not looked for in the current folder
        )
    except OSError:
        link.close()
        raise
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        other.close()
    return link, process
