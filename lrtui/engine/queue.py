"""The queue of a study's runs: which wait, which are under way, and which of these are to end."""

import threading
from collections import deque
from collections.abc import Iterable, Sequence
from threading import Event

from lrtui.study.records import RunStatus
from lrtui.study.spec import RunSpec

Chunk = tuple[RunSpec, ...]
"""Runs that are trained together."""


class RunQueue:
    """Chunks of runs, in the order in which they are to be trained. Safe to use from every thread."""

    def __init__(self, chunks: Iterable[Chunk]) -> None:
        self._lock = threading.Lock()
        self._waiting = deque(chunks)
        self._stops: dict[int, Event] = {}
        self._end_as: dict[int, RunStatus] = {}
        self.closed = False
        """Whether nothing more is begun."""

    @property
    def waiting(self) -> list[RunSpec]:
        """Return the runs that were not begun."""
        with self._lock:
            return [spec for chunk in self._waiting for spec in chunk]

    def take(self) -> Chunk | None:
        """Return the next chunk, which is under way from now on; None if there is none, or nothing more is to be begun."""
        with self._lock:
            if self.closed or not self._waiting:
                return None
            chunk = self._waiting.popleft()
            for spec in chunk:
                self._stops[spec.run] = Event()
            return chunk

    def put_back(self, specs: Sequence[RunSpec]) -> list[RunSpec]:
        """Have runs that were under way wait again, before all others; those that are to end are not: they are returned."""
        with self._lock:
            ending = [spec for spec in specs if self._stops[spec.run].is_set()]
            again = tuple(spec for spec in specs if not self._stops.pop(spec.run).is_set())
            if again:
                self._waiting.appendleft(again)
            return ending

    def over(self, run: int) -> None:
        """A run that was under way is no more."""
        with self._lock:
            self._stops.pop(run, None)

    def stop(self, run: int, status: RunStatus) -> RunSpec | None:
        """End a run, as `status`: stop it if it is under way. One that waits is taken out and returned."""
        with self._lock:
            if run in self._stops:
                self._end_as.setdefault(run, status)
                self._stops[run].set()
                return None
            for index, chunk in enumerate(self._waiting):
                for spec in chunk:
                    if spec.run == run:
                        self._waiting[index] = tuple(other for other in chunk if other.run != run)
                        if not self._waiting[index]:
                            del self._waiting[index]
                        return spec
            return None

    def close(self, status: RunStatus | None = None) -> None:
        """Begin nothing more, and stop what is under way, as `status` where nothing else was asked for."""
        with self._lock:
            self.closed = True
            for run, stop in self._stops.items():
                if status is not None:
                    self._end_as.setdefault(run, status)
                stop.set()

    def stops(self, chunk: Iterable[RunSpec]) -> dict[int, Event]:
        """Return what is set for a run under way that is to stop, by run."""
        with self._lock:
            return {spec.run: self._stops[spec.run] for spec in chunk}

    def end_of(self, run: int) -> RunStatus:
        """Return how a run ended that was stopped."""
        return self._end_as.get(run, RunStatus.STOPPED)
