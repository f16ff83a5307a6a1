"""The log tab: what happened to the study that is shown, and what the screen has to say beside it."""

import datetime as dt
from collections.abc import Iterable, Sequence

from rich.text import Text

from lrtui.study.states import LogEvent, LogLevel
from lrtui.text import literal
from lrtui.tui import signs
from lrtui.tui.diffed_lines import DiffedLines

STYLES = {LogLevel.INFO: "text", LogLevel.WARNING: "warn", LogLevel.ERROR: "bad"}


class Notes:
    """What the screen notes itself, oldest first: studies asked for, files written, what broke."""

    def __init__(self) -> None:
        self.events: list[LogEvent] = []

    def add(self, text: str, style: str = "text") -> None:
        """Note `text`, as it is."""
        level = {"warn": LogLevel.WARNING, "bad": LogLevel.ERROR}.get(style, LogLevel.INFO)
        self.events.append(LogEvent(dt.datetime.now(), level, literal(text)))

    def beside(self, events: Iterable[LogEvent], since: dt.datetime = dt.datetime.min) -> list[LogEvent]:
        """Return a study's events and the notes from `since` on, in order of time."""
        mine = [event for event in self.events if event.when >= since]
        return sorted([*events, *mine], key=lambda event: event.when)


_MARKS = {LogLevel.WARNING: "⚠ ", LogLevel.ERROR: "✗ "}
"""How grave a line is, for whoever sees no colour."""


class LogView(DiffedLines, can_focus=True):
    """The log, newest at the bottom."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._events: list[LogEvent] = []

    def show_events(self, events: Sequence[LogEvent]) -> None:
        """Show `events`; if the end was in sight it stays so."""
        at_end = self.scroll_offset.y >= self.max_scroll_y - 1
        self._events = list(events)
        self.redraw()
        if at_end:
            self.call_after_refresh(self.scroll_end, animate=False)

    def redraw(self) -> None:
        """Lay the lines out."""
        lines = []
        for event in self._events:
            when = f"{event.when:%H:%M:%S}  "
            mark = _MARKS.get(event.level, "")
            text_of = f"{mark}{event.text}"
            parts = [part for line in text_of.split("\n") for part in signs.wrap(line, self.room - len(when))]
            for number, part in enumerate(parts):
                text = Text()
                text.append(" " * len(when) if number else when, self.skin.dim)
                text.append(part, getattr(self.skin, STYLES[event.level]))
                lines.append(text)
        self.show(lines or [Text("Nothing has happened yet.", self.skin.dim)])
