"""The door of every engine. Behind it: who trains what, where. What an engine does is seen on the Board."""

from collections.abc import Callable
from typing import Protocol

from lrtui.study.records import EpochRecord, FinderCurve, Outcome, RunStatus, StudyStatus


class Engine(Protocol):
    """Trains the runs of one study, writes them to its Board, and has its Recorder keep every row before it is shown."""

    def start(self) -> None:
        """Begin training; returns at once."""

    def stop_study(self) -> None:
        """End the study: runs under way stop at their next batch, waiting runs are not begun."""

    def stop_run(self, run: int) -> None:
        """Stop one run at its next batch, or leave a waiting run out."""

    def skip_scenario(self, scenario: str) -> None:
        """Skip what is left of a scenario: its runs under way stop at their next batch, its waiting ones are not begun."""

    def hand_over(self) -> None:
        """End the study for another process to go on with: runs under way are interrupted, waiting ones wait on."""

    def join(self) -> tuple[StudyStatus, str]:
        """Wait until every run has ended or is marked as not begun; return how the study ended, and why if it failed."""


Then = Callable[[], object]
"""What is to be done once rows are safe: showing them."""


class Recorder(Protocol):
    """Who keeps what is measured. Calls return at once; trainers go on while the disk works.

    `then` is called, by another thread, once the rows of its call and of every call before it are safe, in the order of the
    calls. An OSError, of any call, means that rows could not be kept: what was to be done after them never is, and the study
    ends. Calls about one run come from one thread.
    """

    def epoch(self, record: EpochRecord, then: Then = ...) -> None:
        """Keep one epoch."""

    def kept(self, run: int, content: bytes) -> None:
        """Keep what is to stay of a run (`train.keep`), whole; it is safe when this returns."""

    def finder(self, run: int, curve: FinderCurve, then: Then = ...) -> None:
        """Keep a range test that is over."""

    def lr_found(self, run: int, lr: float, then: Then = ...) -> None:
        """Keep the learning rate that the finder chose for a run."""

    def outcome(self, outcome: Outcome, then: Then = ...) -> None:
        """Keep what was measured after a run."""

    def checkpoint(self, run: int, epoch: int, content: bytes) -> None:
        """Keep what a run needs to go on after `epoch`, which was handed over before."""

    def run_ended(self, run: int, status: RunStatus, message: str = ..., then: Then = ...) -> None:
        """Keep that a run came to its end, and why if it failed."""

    def flush(self) -> None:
        """Wait until everything is safe, and done what was to be done."""
