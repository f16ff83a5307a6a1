"""The door of every engine. Behind it: who trains what, where. What an engine does is seen on the Board."""

from collections.abc import Sequence
from typing import Protocol

from lrtui.study.records import EpochRecord, FinderCurve, Outcome, StudyStatus
from lrtui.study.states import RunState


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

    def join(self) -> tuple[StudyStatus, str]:
        """Wait until every run has ended or is marked as not begun; return how the study ended, and why if it failed."""


class Recorder(Protocol):
    """Who keeps what is measured. Every call returns when the rows are safe; an OSError ends the study."""

    def epoch(self, record: EpochRecord) -> None:
        """Keep one epoch."""

    def checkpoint(self, run: int, epoch: int, content: bytes) -> None:
        """Keep what a run needs to go on after an epoch that was handed over before; it replaces the one before."""

    def finder(self, run: int, curve: FinderCurve) -> None:
        """Keep a range test that is over."""

    def outcome(self, outcome: Outcome) -> None:
        """Keep what was measured after a run."""

    def run_ended(self, run: int, states: Sequence[RunState]) -> None:
        """A run came to its end; `states` is how all of them stand."""
