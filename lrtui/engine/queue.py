"""The queue of a study's runs: which wait, which are under way, and which of these are to end.

In a search there are runs that nobody has asked for yet: what is known when nothing is under way any more decides which of
them are next.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from threading import Event

from lrtui.study.records import RunStatus
from lrtui.study.spec import RunSpec

Chunk = tuple[RunSpec, ...]
"""Runs that are trained together."""


class RunQueue:
    """Chunks of runs, in the order in which they are to be trained. Safe to use from every thread."""

    def __init__(
        self,
        chunks: Iterable[Chunk],
        unasked: Iterable[RunSpec] = (),
        ask: Callable[[], Sequence[Chunk]] = tuple,
    ) -> None:
        """`ask` returns which of the `unasked` runs are next, called when nothing waits and nothing is under way."""
        self._lock = threading.Condition()
        self._unasked = {spec.run: spec for spec in unasked}
        self._ask, self._asking = ask, False
        self._waiting = deque(chunks)
        self._stops: dict[int, Event] = {}
        self._end_as: dict[int, RunStatus] = {}
        self.closed = False
        """Whether nothing more is begun."""
        self.untried: list[RunSpec] = []
        """What a search that is over has not asked for."""

    @property
    def waiting(self) -> list[RunSpec]:
        """Return the runs that were not begun, asked for or not."""
        with self._lock:
            return [*(spec for chunk in self._waiting for spec in chunk), *self._unasked.values()]

    def take(self) -> Chunk | None:
        """Return the next chunk, which is under way from now on; None if there is none, or nothing more is to be begun.

        It waits for runs under way as long as they may wait again, or decide what a search trains next.
        """
        while True:
            with self._lock:
                self._lock.wait_for(lambda: not self._undecided)
                if self.closed or not (self._waiting or self._unasked):
                    return None
                if self._waiting:
                    chunk = self._waiting.popleft()
                    for spec in chunk:
                        self._stops[spec.run] = Event()
                    return chunk
                self._asking = True
            self._take_in()

    @property
    def _undecided(self) -> bool:
        """Return whether what is under way, or another lane that asks, decides if there is more."""
        if self.closed or self._waiting:
            return False
        return bool(self._stops) or self._asking

    def _take_in(self) -> None:
        """Have the next runs of a search wait; if there are none, it is over."""
        asked: Sequence[Chunk] = ()
        try:
            asked = self._ask()
        finally:
            with self._lock:
                wanted = [tuple(spec for spec in chunk if self._unasked.pop(spec.run, None)) for chunk in asked]
                self._waiting.extend(chunk for chunk in wanted if chunk)
                if not self._waiting and not self.closed:
                    self.untried = list(self._unasked.values())
                    self._unasked.clear()
                self._asking = False
                self._lock.notify_all()

    @property
    def idle(self) -> bool:
        """Return whether there is nothing to begin, unless a run under way comes back."""
        with self._lock:
            return not (self._waiting or self._unasked)

    def put_back(self, specs: Sequence[RunSpec]) -> list[RunSpec]:
        """Have runs that were under way wait again, before all others; those that are to end are not: they are returned."""
        with self._lock:
            ending = [spec for spec in specs if self._stops[spec.run].is_set()]
            again = tuple(spec for spec in specs if not self._stops.pop(spec.run).is_set())
            if again:
                self._waiting.appendleft(again)
            self._lock.notify_all()
            return ending

    def over(self, run: int) -> None:
        """A run that was under way is no more."""
        with self._lock:
            self._stops.pop(run, None)
            self._lock.notify_all()

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
            return self._unasked.pop(run, None)

    def close(self, status: RunStatus | None = None) -> None:
        """Begin nothing more, and stop what is under way, as `status` where nothing else was asked for."""
        with self._lock:
            self.closed = True
            for run, stop in self._stops.items():
                if status is not None:
                    self._end_as.setdefault(run, status)
                stop.set()
            self._lock.notify_all()

    def stops(self, chunk: Iterable[RunSpec]) -> dict[int, Event]:
        """Return what is set for a run under way that is to stop, by run."""
        with self._lock:
            return {spec.run: self._stops[spec.run] for spec in chunk}

    def end_of(self, run: int) -> RunStatus:
        """Return how a run ended that was stopped."""
        return self._end_as.get(run, RunStatus.STOPPED)
