"""How a study stands at one moment: what trainers report and everybody else reads. Plain values, no engine."""

from dataclasses import dataclass

from lrtui.study.records import EpochRecord, FinderCurve, Outcome, RunStatus, StudyStatus
from lrtui.study.spec import RunSpec


@dataclass(frozen=True, slots=True)
class RunState:
    """One run, as it stands."""

    spec: RunSpec
    status: RunStatus = RunStatus.WAITING
    records: tuple[EpochRecord, ...] = ()
    """Epoch 0 and every finished epoch, in order."""
    step: int = 0
    """Steps done in the epoch under way."""
    steps_per_epoch: int = 0
    lane: int | None = None
    """Which lane trains it, from 0, while it is running."""
    seconds: float = 0.0
    """Wall time spent on the run up to its last finished epoch."""
    message: str = ""
    """Why it failed, when it did."""
    outcome: Outcome | None = None
    """What was measured after training."""
    finder: FinderCurve | None = None
    """The range test that chose the learning rate, as far as it has come; on the run of the scenario that it was made with."""

    @property
    def epochs_done(self) -> int:
        """Return the number of finished epochs (0 also while epoch 0 is being measured)."""
        return self.records[-1].epoch if self.records else 0


@dataclass(frozen=True, slots=True)
class BoardSnapshot:
    """The whole study at one moment."""

    status: StudyStatus
    message: str
    """Why the study failed, when it did."""
    device: str
    lanes: int
    runs: tuple[RunState, ...]
    elapsed: float
    """Seconds since training began."""
    images_per_second: float
    """Training images per second of all lanes together, over the last half minute; 0 before the first measurement."""
    seconds_left: float | None
    """Expected time to the end, from the epochs measured so far; None before the first and after the end."""

    @property
    def runs_ended(self) -> int:
        """Return how many runs need nothing more."""
        return sum(run.status.ended for run in self.runs)

    @property
    def running(self) -> tuple[RunState, ...]:
        """Return the runs under way, by lane."""
        under_way = [run for run in self.runs if run.status is RunStatus.RUNNING]
        return tuple(sorted(under_way, key=lambda run: run.lane or 0))
