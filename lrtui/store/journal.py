"""What trainers hand over to be kept, and the one thread that keeps it: trainers go on while the disk works.

All that waits is written together; then, and only then, what each entry asks for once it is safe is done, in the order in
which the entries came.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

GATHER_SECONDS = 0.1
"""At most so often is something written; what comes meanwhile is written together."""
MOST_WAITING = 4096
"""Who hands over an entry more waits until the disk has caught up."""

T = TypeVar("T")


def as_os_error(error: BaseException) -> OSError:
    """Return an error that kept rows from being written as the OSError that says so."""
    return error if isinstance(error, OSError) else OSError(f"{type(error).__name__}: {error}".removesuffix(": "))


@dataclass(frozen=True)
class Entry(Generic[T]):
    """Something to be kept; None if there is nothing to keep, only something to be done after what came before."""

    content: T | None
    then: Callable[[], object]
    """Called in the writing thread once everything up to here is safe."""


class Journal(Generic[T]):
    """Keeps what is handed over, in order, in a thread of its own. Begins with the first entry; over with `close`.

    `keep` puts contents on disk, all of them or none announced; `settle` is called after what was asked for was done.
    If either fails nothing more is kept: the OSError is raised by every later call, and given to `on_failure` once.
    """

    def __init__(self, keep: Callable[[Sequence[T]], None], settle: Callable[[], None] = lambda: None) -> None:
        self._keep, self._settle = keep, settle
        self.on_failure: Callable[[OSError], object] = lambda _: None
        self._changed = threading.Condition()
        self._waiting: list[Entry[T]] = []
        self._handed_over, self._done = 0, 0
        self._hurried = 0
        """Up to which entry nothing is to be waited for."""
        self._closing = False
        self._error: OSError | None = None
        self._thread: threading.Thread | None = None

    def put(self, content: T | None, then: Callable[[], object]) -> None:
        """Hand over something to be kept. Waits only if too much is waiting. Raises OSError if nothing can be kept."""
        with self._changed:
            self._changed.wait_for(
                lambda: len(self._waiting) < MOST_WAITING or self._error is not None or self._closing
            )
            self._raise()
            if self._closing:
                raise RuntimeError("the journal is closed")
            self._waiting.append(Entry(content, then))
            self._handed_over += 1
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="journal", daemon=True)
                self._thread.start()
            if len(self._waiting) == 1 or len(self._waiting) == MOST_WAITING:
                self._changed.notify_all()

    def flush(self) -> None:
        """Wait until all that was handed over is safe, and done what was asked for. Raises OSError if that cannot be."""
        with self._changed:
            until = self._hurried = self._handed_over
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._done >= until or self._error is not None)
            self._raise()

    def close(self) -> None:
        """Keep what waits, and end. Raises OSError if something could not be kept; the thread is over all the same."""
        try:
            self.flush()
        finally:
            self.abandon()

    def abandon(self) -> None:
        """End without keeping what waits."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error

    # --- in the writing thread

    def _work(self) -> None:
        try:
            while (entries := self._take()) is not None:
                began = time.monotonic()
                self._keep([entry.content for entry in entries if entry.content is not None])
                for entry in entries:
                    entry.then()
                self._settle()
                with self._changed:
                    self._done += len(entries)
                    self._changed.notify_all()
                self._rest(began + GATHER_SECONDS)
        except BaseException as error:  # no memory, a panic in polars: rows are not kept either
            self._fail(as_os_error(error))

    def _take(self) -> list[Entry[T]] | None:
        """Return all that waits, once something does; None at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closing)
            if self._closing:
                return None
            entries, self._waiting = self._waiting, []
            self._changed.notify_all()
            return entries

    def _rest(self, until: float) -> None:
        """Let entries come together, unless somebody waits for them or they are many."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._closing or self._hurried > self._done or len(self._waiting) >= MOST_WAITING,
                timeout=max(0.0, until - time.monotonic()),
            )

    def _fail(self, error: OSError) -> None:
        with self._changed:
            self._error = error
            self._waiting = []
            self._changed.notify_all()
        self.on_failure(error)
