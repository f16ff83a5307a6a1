"""log.txt: what happened to a study, an event a line, written as it happens."""

import contextlib
import datetime as dt
import re
from collections.abc import Iterable
from pathlib import Path

from lrtui.store.folder import LOG_FILE
from lrtui.study.states import LogEvent, LogLevel
from lrtui.text import literal

_LINE = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}) (INFO|WARNING|ERROR) (.*)")
_WHEN = "%Y-%m-%d %H:%M:%S,%f"


class LogFile:
    """The log of one study. An event that cannot be written is dropped: a full disk must not end the training for it."""

    def __init__(self, study: Path) -> None:
        self._path = study / LOG_FILE

    def write(self, event: LogEvent) -> None:
        """Append an event."""
        when = f"{event.when:{_WHEN}}"[:-3]
        with contextlib.suppress(OSError), self._path.open("a", encoding="utf-8") as file:
            file.write(f"{when} {event.level.value} {event.text}\n")


def read_log(study: Path) -> tuple[LogEvent, ...]:
    """Return the events of a study folder, oldest first; none if there is no log that can be read.

    A line that does not begin with a time belongs to the event before it (a traceback, for example).
    """
    try:
        text = (study / LOG_FILE).read_text("utf-8", "replace")
    except OSError:
        return ()
    return tuple(_events(text))


class LogTail:
    """The log of a study that is being written: only what is new is read at a look."""

    def __init__(self, study: Path) -> None:
        self._path = study / LOG_FILE
        self._read = 0
        self.events: tuple[LogEvent, ...] = ()

    def look(self) -> bool:
        """Take in what came since the last look; return whether anything did."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._read)
                content = file.read()
        except OSError:
            return False
        whole = content[: content.rfind(b"\n") + 1]
        self._read += len(whole)
        if whole:
            self.events = tuple(_events(whole.decode("utf-8", "replace"), self.events))
        return bool(whole)


def _events(text: str, before: Iterable[LogEvent] = ()) -> list[LogEvent]:
    """Return events, and those in more lines of the log."""
    events = list(before)
    for line in text.split("\n"):
        if (event := _parse(line)) is not None:
            events.append(event)
        elif line.strip() and events:
            last = events[-1]
            events[-1] = LogEvent(last.when, last.level, f"{last.text}\n{literal(line)}")
    return events


def _parse(line: str) -> LogEvent | None:
    if (parts := _LINE.fullmatch(line.rstrip("\r"))) is None:
        return None
    try:
        when = dt.datetime.strptime(parts[1], _WHEN)
    except ValueError:
        return None
    return LogEvent(when, LogLevel(parts[2]), literal(parts[3].rstrip()))
