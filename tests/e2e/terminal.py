"""A program in a real terminal: a pseudo-terminal, what is typed into it, and the screen it draws."""

import signal
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pexpect
import pyte


class Terminal:
    """Runs a command in a pseudo-terminal of `columns` × `lines` and keeps the screen as pyte sees it."""

    def __init__(
        self, command: Sequence[str], *, columns: int, lines: int, env: Mapping[str, str], cwd: Path | None = None
    ) -> None:
        self.columns, self.lines = columns, lines
        self._screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self._screen)
        self.received = 0
        """Bytes the program has written."""
        self.process = pexpect.spawn(
            command[0],
            list(command[1:]),
            dimensions=(lines, columns),
            env=dict(env),
            cwd=cwd and str(cwd),
            timeout=None,
        )

    def read(self, seconds: float) -> bytes:
        """Take what the program writes within `seconds`; returns as soon as something came."""
        try:
            chunk: bytes = self.process.read_nonblocking(1 << 16, timeout=seconds)
        except (pexpect.TIMEOUT, pexpect.EOF):
            return b""
        self.received += len(chunk)
        # pyte knows neither the private modes with a parameter in front nor kitty's keyboard protocol
        self._stream.feed(chunk.replace(b"\x1b[>", b"\x1b[").replace(b"\x1b[<", b"\x1b["))
        return chunk

    @property
    def text(self) -> str:
        """Return the screen as text."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    def type(self, keys: str) -> None:
        """Send keys as a keyboard does."""
        self.process.send(keys)

    def wait_for(self, condition: str | Callable[[str], bool], seconds: float = 60) -> str:
        """Read until the screen holds a text, or satisfies a condition; return the screen. Raises AssertionError with it."""
        holds = condition if callable(condition) else lambda text: condition in text
        deadline = time.monotonic() + seconds
        while not holds(self.text):
            assert time.monotonic() < deadline, f"{condition!r} did not come within {seconds} s:\n{self.text}"
            if not self.read(0.05) and not self.process.isalive():
                raise AssertionError(f"the program ended before {condition!r}:\n{self.text}")
        return self.text

    def resize(self, columns: int, lines: int) -> None:
        """Change the terminal's size."""
        self.columns, self.lines = columns, lines
        self._screen.resize(lines, columns)
        self.process.setwinsize(lines, columns)

    def wait_for_end(self, seconds: float = 30) -> int:
        """Read until the program ends and return its exit status (128 + n for a signal n)."""
        deadline = time.monotonic() + seconds
        while self.process.isalive():
            assert time.monotonic() < deadline, f"the program did not end within {seconds} s:\n{self.text}"
            self.read(0.05)
        self.process.close()
        return self.process.exitstatus if self.process.exitstatus is not None else 128 + self.process.signalstatus

    def hang_up(self) -> None:
        """Close the terminal's window, so to speak; the program is left."""
        self.process.ptyproc.fileobj.close()

    def close(self) -> None:
        """End the program, however it stands."""
        if self.process.isalive():
            self.process.kill(signal.SIGKILL)
            self.process.wait()
        self.process.close()
