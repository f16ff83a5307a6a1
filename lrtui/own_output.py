"""What a person's own code prints: kept off standard output, which is lrtui's, and said on standard error, written out.

Standard output of a command may be one JSON document; on standard error control characters would change the terminal.
"""

import contextlib
import os
import re
import sys
import threading
from collections.abc import Iterable, Iterator
from typing import Any

from lrtui.text import literal

_LONGEST = 10_000
"""Characters of a line that is said in one piece."""

_guard = threading.RLock()
_speaking: dict[int, list[str]] = {}
"""What runs own code, by thread: the names of what it runs, the innermost last."""


class _Voice:
    """Stands in for a standard stream while own code runs.

    Nothing of lrtui prints meanwhile, so what goes to standard output is own code's, whichever thread of its own says it.
    On standard error other threads show how the study stands: theirs goes where it would have.
    """

    def __init__(self, stream: str) -> None:
        self._stream = stream
        self._rests: dict[int, str] = {}
        """Lines without their end, by the thread that began them."""
        self.before: Any = None

    def write(self, text: str) -> int:
        """Say the lines of a text, a last one without its end later."""
        if not self._mine:
            return self.before.write(text)  # type: ignore[no-any-return]
        with _guard:
            thread = threading.get_ident()
            *lines, rest = re.split(r"[\r\n]", self._rests.pop(thread, "") + str(text))
            while len(rest) > _LONGEST:
                lines.append(rest[:_LONGEST])
                rest = rest[_LONGEST:]
            if rest:
                self._rests[thread] = rest
            for line in lines:
                _say(line)
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Say several texts."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """A line is said when it is whole."""
        if not self._mine:
            self.before.flush()

    def finish(self) -> None:
        """Say what this thread, and those that own code has begun, left without the end of its line."""
        here = threading.get_ident()
        for thread in [one for one in self._rests if one == here or one not in _speaking]:
            _say(self._rests.pop(thread))

    def close(self) -> None:
        """It is not theirs to close."""

    def isatty(self) -> bool:
        """Return whether a terminal shows it as it is."""
        return not self._mine and self.before.isatty()

    def fileno(self) -> int:
        """Return a descriptor whose output harms nothing: standard error's."""
        return (_error.before or sys.stderr).fileno() if self._mine else self.before.fileno()

    @property
    def buffer(self) -> Any:
        """Return what takes bytes."""
        return _Bytes(self) if self._mine else self.before.buffer

    def __getattr__(self, name: str) -> Any:
        return getattr(self.before, name)

    @property
    def _mine(self) -> bool:
        return self._stream == "stdout" or not _speaking or threading.get_ident() in _speaking


class _Bytes:
    """What stands in for the bytes below a stream."""

    def __init__(self, voice: _Voice) -> None:
        self._voice = voice

    def write(self, content: Any) -> int:
        """Say the lines of UTF-8."""
        self._voice.write(bytes(content).decode("utf-8", "replace"))
        return len(content)

    def flush(self) -> None:
        """A line is said when it is whole."""


_output, _error = _Voice("stdout"), _Voice("stderr")


def _say(line: str) -> None:
    if not line.strip():
        return
    names = _speaking.get(threading.get_ident()) or next(iter(_speaking.values()), [])
    text = literal(f"{names[-1]}: {line}" if names else line) + "\n"
    stream = _error.before if _speaking else sys.stderr
    with contextlib.suppress(OSError, ValueError, AttributeError):  # it is closed, or there is none
        if _descriptor(stream) == -1:  # a screen's: what reaches descriptor 2 is put into its log
            os.write(2, text.encode(errors="replace"))
        else:
            stream.write(text)
            stream.flush()


def _descriptor(stream: Any) -> int | None:
    try:
        return stream.fileno()  # type: ignore[no-any-return]
    except (OSError, ValueError, AttributeError):
        return None


@contextlib.contextmanager
def kept_apart(name: str) -> Iterator[None]:
    """Have what this thread prints said on standard error, as what `name` says.

    Programs that it calls, and libraries that are no Python, write to descriptor 1: where that is no terminal, they write to
    standard error meanwhile.
    """
    thread = threading.get_ident()
    with _guard:
        if not _speaking:
            _begin()
        _finish()
        _speaking.setdefault(thread, []).append(name)
    try:
        yield
    finally:
        with _guard:
            _finish()
            _speaking[thread].pop()
            if not _speaking[thread]:
                if len(_speaking) == 1:
                    _end()
                del _speaking[thread]


def _finish() -> None:
    for voice in (_output, _error):
        voice.finish()


_descriptor_1: list[int] = []
"""A copy of descriptor 1, while it is another."""


def _begin() -> None:
    _output.before, _error.before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = _output, _error
    with contextlib.suppress(OSError):  # it is closed
        if not os.isatty(1):
            kept = os.dup(1)
            os.dup2(2, 1)
            _descriptor_1.append(kept)


def _end() -> None:
    if _descriptor_1:
        with contextlib.suppress(OSError):
            os.dup2(_descriptor_1[0], 1)
        os.close(_descriptor_1.pop())
    if sys.stdout is _output:
        sys.stdout = _output.before
    if sys.stderr is _error:
        sys.stderr = _error.before
