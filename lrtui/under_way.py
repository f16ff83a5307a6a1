"""The face of a study under way, whichever process trains it: looked at, steered, waited for."""

from pathlib import Path
from typing import Protocol

from lrtui.study.spec import Study
from lrtui.study.states import BoardSnapshot, LogLevel


class UnderWay(Protocol):
    """A study that is being trained: `lrtui.session.Session` by this process, `lrtui.remote.RemoteStudy` by another."""

    @property
    def study(self) -> Study:
        """What is trained."""

    @property
    def path(self) -> Path:
        """Its folder."""

    def snapshot(self) -> BoardSnapshot:
        """Return it as it stands."""

    def stop_study(self) -> None:
        """End it at the next batch; finished epochs are kept."""

    def stop_run(self, run: int) -> None:
        """Stop one run at its next batch."""

    def skip_scenario(self, scenario: str) -> None:
        """Skip what is left of a scenario."""

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is over and on disk; return whether it is."""


class Own(UnderWay, Protocol):
    """A study that this process trains."""

    def note(self, text: str, level: LogLevel = ...) -> None:
        """Add to its log."""

    def hand_over(self) -> None:
        """End it for another process to go on with."""
