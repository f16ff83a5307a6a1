"""What libraries write to standard error while the screen is up: kept from the terminal, shown in the log."""

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from lrtui.tui.screen_file import ScreenFile

_CHUNK = 65536


@dataclass
class Captured:
    """The file that stands in for descriptor 2, how much of it was read, and the terminal it keeps clean."""

    file: IO[bytes] | None = None
    screen: ScreenFile | None = None
    """The terminal that the screen is drawn on."""
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

    def tell(self) -> None:
        """Write what nobody has read to descriptor 2: a screen that broke leaves the reason there."""
        if self.file is not None:
            rest = os.pread(self.file.fileno(), _CHUNK, max(self._read, os.fstat(self.file.fileno()).st_size - _CHUNK))
            with contextlib.suppress(OSError):
                os.write(2, rest)


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
    with tempfile.TemporaryFile() as file:
        captured = Captured(file, ScreenFile(terminal) if os.name == "posix" else None)
        os.dup2(file.fileno(), 2)
        if captured.screen is not None:
            sys.__stderr__ = captured.screen  # type: ignore[misc,assignment]  # where Textual's driver writes
        try:
            yield captured
        finally:
            sys.__stderr__ = before  # type: ignore[misc]
            sys.stderr.flush()
            os.dup2(terminal, 2)
            if captured.screen is not None:
                captured.screen.close()
            os.close(terminal)
            captured.tell()
