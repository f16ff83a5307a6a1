"""A saved study as it happened, from the times of its log and of its epochs, at any speed. Nothing is written."""

import bisect
import datetime as dt
import itertools
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lrtui.errors import InputError
from lrtui.store.reader import SavedStudy, open_study
from lrtui.study.records import FinderCurve, RunStatus, StudyStatus
from lrtui.study.spec import Study
from lrtui.study.states import BoardSnapshot, LogEvent, RunState
from lrtui.text import format_duration, literal

SLOWEST, FASTEST = 0.1, 100_000.0
_LASTS = 30.0
"""Seconds that a replay takes if no speed is given, at most about."""
_SLOWEST_OF_ITSELF = 0.2
_LONGEST_GAP = 60.0
"""Seconds without an epoch are shortened to these, or to ten of the longest epochs: a study that was resumed lay still."""
_STEPS = (1.0, 2.0, 5.0)
_STARTED = re.compile(r"run (\d+) \(.*\) started(?: on lane (\d+))?")
_ENDED = re.compile(r"run (\d+) \(.*\) (?:done|stopped|skipped|failed)")


@dataclass(frozen=True)
class Track:
    """When a run began and ended, and when each of its records was there; seconds from the study's begin."""

    start: float
    end: float
    records: tuple[float, ...]
    lane: int = 0


class Replay:
    """A saved study with the face of one that another process trains. `now` is a clock in seconds."""

    def __init__(self, path: Path, speed: float = 0.0, *, now: Callable[[], float] = time.monotonic) -> None:
        """Read the study and begin; a speed of 0 is one at which it takes half a minute, at most.

        Raises InputError if it is none, is damaged, has not ended, or was never trained.
        """
        self.saved: SavedStudy = open_study(path)
        if not self.saved.status.ended:
            raise InputError(f"{literal(path.name)}: is being trained; `lrtui attach {literal(path.name)}` shows it")
        if not any(state.records or state.finder is not None for state in self.saved.states):
            raise InputError(f"{literal(path.name)}: nothing was trained, so there is nothing to replay")
        self.path, self.problem, self.steerable = path, "", False
        self.study: Study = self.saved.study
        self.finder = self.saved.kind == "finder"
        self._tracks, self._events, self.total = timeline(self.saved)
        self.speed = _on_scale(max(_SLOWEST_OF_ITSELF, self.total / _LASTS)) if speed <= 0 else speed
        self.paused = False
        self._now, self._since, self._at = now, now(), 0.0
        self._known: dict[int, tuple[object, RunState]] = {}
        self._made: tuple[object, BoardSnapshot | None] = (None, None)

    # --- the face of a study under way

    @property
    def position(self) -> float:
        """Return how far it is, seconds of the study."""
        at = self._at if self.paused else self._at + (self._now() - self._since) * self.speed
        return min(self.total, at)

    @property
    def face(self) -> str:
        """Return how the study is looked at: `replay 20×, 0:12 of 1:40`."""
        speed = "paused" if self.paused else f"{self.speed:g}×"
        return f"replay {speed}, {format_duration(self.position)} of {format_duration(self.total)}"

    def snapshot(self) -> BoardSnapshot:
        """Return the study as it stood then; the same one while nothing has changed."""
        at = self.position
        events = bisect.bisect_right(self._events, at)
        moments = tuple(self._moment(state, at) for state in self.saved.states)
        key = (events, int(at), self.speed, moments)
        if key != self._made[0] or self._made[1] is None:
            runs = tuple(self._state(state, moment) for state, moment in zip(self.saved.states, moments, strict=True))
            then = replace(
                self.saved.snapshot(),
                status=StudyStatus.RUNNING,
                message="",
                runs=runs,
                elapsed=at,
                seconds_left=(self.total - at) / self.speed,
                events=self.saved.events[:events],
            )
            self._made = key, then
        made = self._made[1]
        assert made is not None
        return made

    def wait(self, timeout: float | None = None) -> bool:
        """Return whether it has come to its end; never waits."""
        return self.position >= self.total

    def close(self) -> None:
        """Nothing is held."""

    def stop_study(self) -> None:
        """What is over cannot be stopped."""

    def stop_run(self, run: int) -> None:
        """What is over cannot be stopped."""

    def skip_scenario(self, scenario: str) -> None:
        """What is over cannot be skipped."""

    # --- what a person does to it

    def pause(self) -> None:
        """Stand still, or go on."""
        self._hold()
        self.paused = not self.paused

    def faster(self, by: int) -> None:
        """Go the next faster way (1), or the next slower one (-1): 1, 2, 5, 10, 20, … times."""
        self._hold()
        scale = _scale()
        place = (
            bisect.bisect_right(scale, self.speed * 1.0001)
            if by > 0
            else bisect.bisect_left(scale, self.speed * 0.9999) - 1
        )
        self.speed = scale[max(0, min(len(scale) - 1, place))]

    def jump_to_end(self) -> None:
        """Show how it ended."""
        self._at, self.paused = self.total, True

    def _hold(self) -> None:
        self._at, self._since = self.position, self._now()

    # --- one moment

    def _moment(self, state: RunState, at: float) -> tuple[int, int, int]:
        """Return of a run at a time: 0 before, 1 under way, 2 over; how many records, and points of a range test."""
        track = self._tracks.get(state.spec.run)
        if track is None or at < track.start:
            return 0, 0, 0
        if at >= track.end:
            return 2, 0, 0
        records = bisect.bisect_right(track.records, at)
        points = 0
        if state.finder is not None and not records:
            until = track.records[0] if track.records else track.end
            share = (at - track.start) / max(1e-9, until - track.start)
            points = int(share * len(state.finder.points))
        return 1, records, points

    def _state(self, state: RunState, moment: tuple[int, int, int]) -> RunState:
        known = self._known.get(state.spec.run)
        if known is not None and known[0] == moment:
            return known[1]
        made = self._made_state(state, moment)
        self._known[state.spec.run] = moment, made
        return made

    def _made_state(self, state: RunState, moment: tuple[int, int, int]) -> RunState:
        where, count, points = moment
        if where == 2 or state.status is RunStatus.ELSEWHERE:
            return state
        if where == 0:
            return replace(
                state, status=RunStatus.WAITING, records=(), outcome=None, finder=None, seconds=0.0, message=""
            )
        finder = state.finder
        if finder is not None and not count:
            finder = FinderCurve(finder.points[:points])
        records = state.records[:count]
        return replace(
            state,
            status=RunStatus.RUNNING,
            records=records,
            outcome=None,
            finder=finder,
            lane=self._tracks[state.spec.run].lane,
            seconds=sum(record.seconds for record in records),
            message="",
        )


def timeline(saved: SavedStudy) -> tuple[dict[int, Track], list[float], float]:
    """Return when every run that was begun was where, when every event of the log was, and how long it took; seconds.

    Of a run whose begin the log does not have, as of one that was taken over, all is there from the outset.
    """
    events = saved.events
    first = events[0].when if events else None
    starts, ends, lanes = _told(events, first)
    scaled = len(saved.sittings) <= 1
    tracks = {
        state.spec.run: _track(state, starts, ends, lanes, scaled=scaled) for state in saved.states if _begun(state)
    }
    when = [max(0.0, (event.when - first).total_seconds()) for event in events] if first is not None else []
    moments = sorted(
        {0.0, *when, *(at for track in tracks.values() for at in (track.start, track.end, *track.records))}
    )
    longest = max((record.seconds for state in saved.states for record in state.records), default=0.0)
    moved = _without_gaps(moments, max(_LONGEST_GAP, 10 * longest))
    tracks = {
        run: Track(moved[one.start], moved[one.end], tuple(moved[at] for at in one.records), one.lane)
        for run, one in tracks.items()
    }
    return tracks, sorted(moved[at] for at in when), max(1e-3, moved[moments[-1]])


def _told(
    events: Sequence[LogEvent], first: dt.datetime | None
) -> tuple[dict[int, float], dict[int, float], dict[int, int]]:
    """Return what a log tells of runs: when they first began and last ended, and on which lane."""
    starts: dict[int, float] = {}
    ends: dict[int, float] = {}
    lanes: dict[int, int] = {}
    for event in events:
        at = max(0.0, (event.when - first).total_seconds()) if first is not None else 0.0
        if begun := _STARTED.match(event.text):
            run = int(begun[1])
            starts.setdefault(run, at)
            lanes[run] = int(begun[2] or 0)
        elif over := _ENDED.match(event.text):
            ends[int(over[1])] = at
    return starts, ends, lanes


def _begun(state: RunState) -> bool:
    return bool(state.records) or state.finder is not None or state.status.ended


def _track(
    state: RunState, starts: dict[int, float], ends: dict[int, float], lanes: dict[int, int], *, scaled: bool
) -> Track:
    run = state.spec.run
    if run not in starts or state.reused_from:
        return Track(0.0, 0.0, tuple(0.0 for _ in state.records))
    start = starts[run]
    took = list(itertools.accumulate(max(0.0, record.seconds) for record in state.records))
    length = took[-1] if took else 0.0
    end = max(ends.get(run, start + length), start)
    spare = end - start - length
    if scaled and length > 0 and run in ends and (spare < 0 or state.finder is None):
        took = [at * (end - start) / length for at in took]  # seconds of a run in a stack are its share of the stack's
    elif scaled and spare > 0:
        took = [at + spare for at in took]  # the range test comes first
    records = tuple(start + at for at in took)
    return Track(start, max(end, records[-1] if records else end), records, lanes.get(run, 0))


def _without_gaps(moments: Sequence[float], longest: float) -> dict[float, float]:
    """Return where moments lie if no two neighbours are further apart than so."""
    moved, at = {}, 0.0
    for before, moment in itertools.pairwise([moments[0], *moments]):
        at += min(longest, moment - before)
        moved[moment] = at
    return moved


def _scale() -> list[float]:
    return [step * 10.0**power for power in range(-1, 6) for step in _STEPS if step * 10.0**power <= FASTEST]


def _on_scale(speed: float) -> float:
    return min(_scale(), key=lambda known: abs(known - speed) if known <= speed * 1.5 else float("inf"))
