"""What libraries write to standard error while the screen is up: kept from the terminal, shown in the log."""

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

_CHUNK = 65536


@dataclass
class Captured:
    """The file that stands in for descriptor 2, and how much of it was read."""

    file: IO[bytes] | None = None
    _read: int = 0

    def lines(self) -> list[str]:
        """Return the lines written since the last call."""
        if self.file is None:
            return []
        data = os.pread(self.file.fileno(), _CHUNK, self._read)
        end = data.rfind(b"\n") + 1
        if not end and len(data) == _CHUNK:  # a longer line comes in pieces
            end = _CHUNK
        self._read += end
        return data[:end].decode("utf-8", "replace").splitlines()


@contextlib.contextmanager
def captured_stderr() -> Iterator[Captured]:
    """Point descriptor 2 at a file, and let Textual write to a copy of the terminal's.

    C++ code (a warning of torch) writes to descriptor 2 directly; on the screen that would be a smear nothing redraws.
    """
    try:
        terminal = os.dup(2) if os.isatty(2) else -1
    except OSError:
        terminal = -1
    if terminal < 0:  # no terminal to protect
        yield Captured()
        return
    before = sys.__stderr__
    with tempfile.TemporaryFile() as file, os.fdopen(terminal, "w", encoding="utf-8") as screen:
        os.dup2(file.fileno(), 2)
        sys.__stderr__ = screen  # type: ignore[misc]  # where Textual's driver writes
        try:
            yield Captured(file)
        finally:
            sys.__stderr__ = before  # type: ignore[misc]
            screen.flush()
            os.dup2(terminal, 2)
