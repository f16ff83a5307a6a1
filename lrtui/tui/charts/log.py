"""What happened, line by line: derived from how the study changed between two looks at it."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

from rich.text import Text

from lrtui.plots.view import found_rate, short_rate
from lrtui.study.records import RunStatus
from lrtui.study.states import BoardSnapshot, RunState
from lrtui.text import literal
from lrtui.tui import signs
from lrtui.tui.analysed import Figure
from lrtui.tui.diffed_lines import DiffedLines


@dataclass(frozen=True)
class Event:
    """One line of the log."""

    when: str
    style: str
    text: str


@dataclass
class EventLog:
    """The events of this session, oldest first."""

    clock: Callable[[], dt.datetime] = dt.datetime.now
    events: list[Event] = field(default_factory=list)
    _seen: dict[int, RunStatus] = field(default_factory=dict)
    _tested: set[int] = field(default_factory=set)
    _status: object = None

    def add(self, text: str, style: str = "text") -> None:
        """Note `text`, as it is."""
        self.events.append(Event(f"{self.clock():%H:%M:%S}", style, literal(text)))

    def begin(self, name: str) -> None:
        """A new study is watched from here on."""
        self._seen, self._tested, self._status = {}, set(), None
        self.add(f"{name}: preparing", "accent")

    def observe(self, snapshot: BoardSnapshot, figures: dict[int, Figure]) -> None:
        """Note what changed since the last look."""
        for state in snapshot.runs:
            self._finder(state)
            before = self._seen.get(state.spec.run, RunStatus.WAITING)
            if state.status is before:
                continue
            self._seen[state.spec.run] = state.status
            if before is RunStatus.WAITING and state.status is not RunStatus.SKIPPED:
                self.add(f"{_name(state)}: started", "dim")
            if state.status.ended:
                self.add(*_ending(state, figures.get(state.spec.run, {})))
        if snapshot.status is not self._status:
            self._status = snapshot.status
            sign = signs.STUDY_SIGNS[snapshot.status]
            if sign.word != "preparing":
                self.add(f"study {sign.word}" + (f": {snapshot.message}" if snapshot.message else ""), sign.style)

    def _finder(self, state: RunState) -> None:
        """Note a range test that is over."""
        curve = state.finder
        if curve is None or not curve.over or state.spec.run in self._tested:
            return
        self._tested.add(state.spec.run)
        found = [f"{name.replace('_tenth', '/10')} {short_rate(lr)}" for name, lr in curve.suggestions.items()]
        taken = f"; taken: {short_rate(curve.chosen)}" if curve.chosen is not None else ""
        self.add(f"range test of {state.spec.scenario}: {', '.join(found) or 'no suggestion'}{taken}", "accent")


class LogView(DiffedLines, can_focus=True):
    """The log, newest at the bottom."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._events: list[Event] = []

    def show_events(self, events: list[Event]) -> None:
        """Show `events`; where the end was in sight it stays so."""
        at_end = self.scroll_offset.y >= self.max_scroll_y - 1
        self._events = list(events)
        self.redraw()
        if at_end:
            self.call_after_refresh(self.scroll_end, animate=False)

    def redraw(self) -> None:
        """Lay the lines out."""
        lines = []
        for event in self._events:
            when = f"{event.when}  " if event.when else ""
            for number, part in enumerate(signs.wrap(event.text, self.room - len(when))):
                text = Text()
                text.append(" " * len(when) if number else when, self.skin.dim)
                text.append(part, getattr(self.skin, event.style))
                lines.append(text)
        self.show(lines or [Text("Nothing has happened yet.", self.skin.dim)])


def _name(state: RunState) -> str:
    variant = f"{state.spec.variant}, " if state.spec.variant else ""
    return f"run {state.spec.run} ({variant}lr {found_rate(state.spec)}, seed {state.spec.seed})"


def _ending(state: RunState, figures: Figure) -> tuple[str, str]:
    sign = signs.RUN_SIGNS[state.status]
    verdict = figures.get("verdict")
    parts = [sign.word]
    style = sign.style
    if verdict:
        parts.append(verdict)
        style = signs.VERDICT_SIGNS[verdict].style if state.status is RunStatus.DONE else style
    if (at := figures.get("diverged_at")) is not None:
        parts[-1] += f" at epoch {at}"
    if (accuracy := figures.get("final_val_accuracy")) is not None:
        parts.append(f"{accuracy:.2f} % after {signs.count(state.epochs_done, 'epoch')}")
    if (outcome := state.outcome) is not None:
        if outcome.stopped_early:
            parts.append(f"stopped early, weights of epoch {outcome.kept_epoch} kept")
        parts.append(f"test {outcome.test_accuracy:.2f} %")
        if outcome.mc is not None:
            parts.append(f"MC dropout {outcome.mc.accuracy:.2f} %")
    if state.message:
        parts.append(state.message)
    return f"{_name(state)}: {', '.join(parts)}", style
