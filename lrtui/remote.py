"""A study under way in another process: looked at through its folder, steered through its socket.

The folder may be on another machine: then the study can be looked at, and not be steered.
"""

import contextlib
import datetime as dt
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import polars as pl

from lrtui.control import Control
from lrtui.errors import InputError, LrtuiError, WorkError
from lrtui.store import live
from lrtui.store.follow import Follower
from lrtui.store.reader import SavedStudy
from lrtui.study.records import FinderCurve, FinderPoint, RunStatus, StudyStatus
from lrtui.study.resources import from_dict
from lrtui.study.spec import Study
from lrtui.study.states import BoardSnapshot, RunState
from lrtui.text import literal

Points = Mapping[int, tuple[FinderPoint, ...]]
_REST = 9.0
"""A look is followed by a pause so many times as long: large studies are not looked at all the time."""
_LONGEST_PAUSE = 5.0


def reach(study: Path) -> Control:
    """Connect to the process that trains a study. Raises InputError if none does, or if it cannot be spoken to from here."""
    owner = live.living(study)
    if owner is None:
        raise InputError(f"{literal(study.name)}: nobody trains this study")
    if not owner.here:
        raise InputError(
            f"{literal(study.name)}: is trained on {literal(owner.host)} (process {owner.pid}): steer it from there"
        )
    if not owner.socket:
        raise InputError(
            f"{literal(study.name)}: its process {owner.pid} has no socket; a SIGTERM to it ends the study"
        )
    try:
        return Control(owner.socket)
    except OSError as error:
        raise WorkError(
            f"{literal(study.name)}: its process {owner.pid} does not answer: {error.strerror or error}"
        ) from None


def with_progress(
    saved: BoardSnapshot, told: Mapping[str, Any], ends: Mapping[int, tuple[str, str]], points: Points
) -> BoardSnapshot:
    """Return a study as its folder has it, with what its process tells (`control.picture`).

    `ends` are the status and message of the runs that have ended, `points` those of range tests under way, by run.
    """
    running = {row["run"]: row for row in told["running"]}
    return replace(
        saved,
        status=StudyStatus(told["status"]),
        message=told["message"],
        device=told["device"],
        lanes=told["lanes"],
        engine=told.get("engine", "lanes"),
        elapsed=told["elapsed"],
        images_per_second=told["images_per_second"],
        seconds_left=told["seconds_left"],
        resources=from_dict(told["resources"]) if told.get("resources") else None,
        runs=tuple(
            _as_told(state, running.get(state.spec.run), ends.get(state.spec.run), points.get(state.spec.run))
            for state in saved.runs
        ),
    )


def _as_told(
    state: RunState,
    running: Mapping[str, Any] | None,
    end: tuple[str, str] | None,
    points: tuple[FinderPoint, ...] | None,
) -> RunState:
    if running is None:
        status, message = end or (RunStatus.WAITING.value, "")
        if state.status.value == status and state.message == message:
            return state
        return replace(state, status=RunStatus(status), message=message, lane=None, step=0)
    ahead = running["epoch"] > state.epochs_done  # an epoch has ended since its folder was read
    return replace(
        state,
        status=RunStatus.RUNNING,
        lane=running["lane"],
        node=running.get("node", ""),
        step=running["steps_per_epoch"] if ahead else running["step"],
        steps_per_epoch=running["steps_per_epoch"],
        finder=state.finder if points is None else FinderCurve(points),
    )


class RemoteStudy:
    """A study that another process trains, with the face of a `Session` for a screen. Looked at until `close`.

    A thread of its own reads what is new in the folder, asks the process how far it is, and hands on what is to be stopped.
    """

    def __init__(self, path: Path, *, interval: float = 0.5) -> None:
        """Read the study. Raises InputError if it is none, or is damaged."""
        self._follower = Follower(path)
        self.path = path
        self.study: Study = self._follower.saved.study
        self.finder = self._follower.saved.kind == "finder"
        """Whether its runs are range tests and nothing more."""
        self.problem = ""
        """Why the last look, or the last request, came to nothing; empty once one did."""
        self._interval = interval
        self._owner = live.living(path)
        self._control: Control | None = None
        self._points: dict[int, tuple[FinderPoint, ...]] = {}
        self._ends: dict[int, tuple[str, str]] = {}
        self._known_ends = -1
        self._requests: SimpleQueue[tuple[str, dict[str, Any]]] = SimpleQueue()
        self._wake, self._closed, self._over = threading.Event(), threading.Event(), threading.Event()
        self._snapshot = self._follower.snapshot
        self._thread = threading.Thread(target=self._follow, name="remote", daemon=True)
        if self._follower.over:
            self._over.set()
        else:
            self._look()
            self._thread.start()

    @property
    def saved(self) -> SavedStudy:
        """Return the study as it was read when following began, or whole at its end."""
        return self._follower.saved

    @property
    def where(self) -> str:
        """Return which process trains it, in words; empty if that is not known."""
        if (owner := self._owner) is None:
            return ""
        return f"process {owner.pid}" if owner.here else f"process {owner.pid} on {literal(owner.host)}"

    @property
    def steerable(self) -> bool:
        """Return whether it can be stopped from here."""
        return self._owner is not None and self._owner.here and bool(self._owner.socket)

    @property
    def face(self) -> str:
        """Return how it is looked at, in words."""
        return "attached" if self.steerable else f"looking on, {self.where or 'read-only'}"

    def snapshot(self) -> BoardSnapshot:
        """Return the study as of the last look; at once."""
        return self._snapshot

    def stop_study(self) -> None:
        """Ask for the end of the study."""
        self._ask("stop_study")

    def stop_run(self, run: int) -> None:
        """Ask for the end of one run."""
        self._ask("stop_run", run=run)

    def skip_scenario(self, scenario: str) -> None:
        """Ask for the rest of a scenario to be skipped."""
        self._ask("skip_scenario", scenario=scenario)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the study is over; return whether it is."""
        return self._over.wait(timeout)

    def close(self) -> None:
        """Look no more."""
        self._closed.set()
        self._wake.set()

    def _ask(self, do: str, **about: Any) -> None:
        self._requests.put((do, about))
        self._wake.set()

    # --- in its thread

    def _follow(self) -> None:
        pause = self._interval
        while not self._closed.is_set() and not self._over.is_set():
            self._wake.wait(pause)
            self._wake.clear()
            began = time.monotonic()
            try:
                self._hand_on()
                self._look()
            except (LrtuiError, OSError, pl.exceptions.PolarsError) as error:  # it may be being moved or deleted
                self.problem = str(error)
            pause = min(_LONGEST_PAUSE, max(self._interval, _REST * (time.monotonic() - began)))
        if self._control is not None:
            self._control.close()

    def _look(self) -> None:
        self._follower.look()
        if self._follower.over:
            self._snapshot = self._follower.snapshot
            self._over.set()
            return
        saved = self._follower.snapshot
        told = self._told()
        if told is None:
            since = (dt.datetime.now(dt.timezone.utc) - self.saved.started).total_seconds()
            self._snapshot = replace(saved, elapsed=max(0.0, since))
        else:
            self._snapshot = with_progress(saved, told, self._ends, self._points)
        self.problem = ""

    def _told(self) -> dict[str, Any] | None:
        """Return what the study's process tells; None if it cannot be asked."""
        try:
            if (control := self._reached()) is None:
                return None
            known = {str(run): len(points) for run, points in self._points.items()}
            told = control.ask("snapshot", ended=self._known_ends, points=known)
            if "ends" in told:
                self._ends = {run: (status, message) for run, status, message in told["ends"]}
                self._known_ends = told["ended"]
            searching = {row["run"]: row["points"] for row in told["running"] if row["points"] is not None}
            self._points = {
                run: (*self._points.get(run, ()), *(FinderPoint(*point) for point in newer))
                for run, newer in searching.items()
            }
        except (OSError, KeyError, TypeError, ValueError):
            self._hang_up()
            return None
        return told

    def _reached(self) -> Control | None:
        """Return the line to the study's process, a new one if it changed."""
        owner = live.living(self.path)
        if owner != self._owner or self._control is None:
            self._hang_up()
            self._owner = owner
            if self.steerable and owner is not None:
                self._control = Control(owner.socket)
        return self._control

    def _hang_up(self) -> None:
        if self._control is not None:
            self._control.close()
        self._control, self._points, self._known_ends = None, {}, -1

    def _hand_on(self) -> None:
        """Ask for what a person asked for."""
        while not self._requests.empty():
            do, about = self._requests.get()
            control = self._reached()
            if control is None:
                reach(self.path).close()  # says why not
                continue
            control.ask(do, **about)


def progress_of(study: Path, saved: BoardSnapshot) -> BoardSnapshot:
    """Return a study as it stands now: as saved, and as its process tells if it can be asked."""
    with contextlib.suppress(InputError, WorkError, OSError, KeyError, TypeError, ValueError):
        control = reach(study)
        try:
            told = control.ask("snapshot", ended=-1)
        finally:
            control.close()
        ends = {run: (status, message) for run, status, message in told["ends"]}
        points = {
            row["run"]: tuple(FinderPoint(*point) for point in row["points"])
            for row in told["running"]
            if row["points"] is not None
        }
        return with_progress(saved, told, ends, points)
    return saved
