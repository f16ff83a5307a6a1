"""How a study stands at one moment: what trainers report and everybody else reads. Plain values, no engine."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from lrtui.study.records import EpochRecord, FinderCurve, Outcome, RunStatus, StudyStatus
from lrtui.study.resources import Resources
from lrtui.study.spec import RunSpec, Study


class LogLevel(str, Enum):
    """How grave an event is."""

    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


@dataclass(frozen=True, slots=True)
class LogEvent:
    """Something that happened to a study: a line of its log (more than one if `text` has line breaks)."""

    when: dt.datetime
    """Local wall-clock time on the machine that trains, in milliseconds, without a zone."""
    level: LogLevel
    text: str


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
    node: str = ""
    """On which machine, while it is running; empty: on that of the study."""
    seconds: float = 0.0
    """Wall time spent on the run up to its last finished epoch."""
    message: str = ""
    """Why it failed, when it did."""
    outcome: Outcome | None = None
    """What was measured after training."""
    finder: FinderCurve | None = None
    """The range test that chose the learning rate, as far as it has come; on the run of the scenario that it was made with."""
    run_key: str = ""
    """What tells runs of the same numbers from others, see `study.run_key`; empty if it is not known."""
    reused_from: str = ""
    """Id of the study that trained it, if it was taken over from there; empty if it was trained here."""
    continued_from: str = ""
    """Id of the study that trained its first epochs, if it goes on from there."""

    evaluated: int = 0
    """Images looked at so far while epoch 0 is being measured."""
    to_evaluate: int = 0
    """Images that epoch 0 looks at: those to train and those to validate on."""

    @property
    def epochs_done(self) -> int:
        """Return the number of finished epochs (0 also while epoch 0 is being measured)."""
        return self.records[-1].epoch if self.records else 0

    @property
    def searching(self) -> bool:
        """Return whether a range test is under way."""
        return self.finder is not None and not self.finder.over and not self.status.ended

    @property
    def search_step(self) -> int:
        """Return the number of steps of the range test that are done."""
        return 0 if self.finder is None else len(self.finder.points)

    @property
    def search_steps(self) -> int:
        """Return the number of steps a range test has; it may end earlier."""
        return self.spec.config.finder.iterations


_UNDER_WAY_OR_OVER = (RunStatus.RUNNING, RunStatus.DONE, RunStatus.FAILED, RunStatus.SKIPPED, RunStatus.INTERRUPTED)


def asked_for(study: Study, states: Iterable[RunState]) -> tuple[RunState, ...]:
    """Return the runs that there is something to say of: all, but for those of a search that it has not asked for (yet)."""
    if not study.searches:
        return tuple(states)
    return tuple(state for state in states if state.records or state.status in _UNDER_WAY_OR_OVER)


def first_state(study: Study, spec: RunSpec, run_key: str = "") -> RunState:
    """Return a run of which nothing is known: it waits, or another shard trains it."""
    own = study.shard is None or spec in study.own
    return RunState(spec, RunStatus.WAITING if own else RunStatus.ELSEWHERE, run_key=run_key)


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
    """Seconds from the begin of training to now, or to the end of the last run: how long the study took, all sittings."""
    images_per_second: float
    """Training images per second of all lanes together, over the last half minute; 0 before the first batch."""
    seconds_left: float | None
    """Expected time to the end, from the batches and epochs so far; None before the first batch and after the end."""
    events: tuple[LogEvent, ...] = ()
    """What happened, oldest first."""
    engine: str = "lanes"
    """Which engine trains: `lanes`, run by run, or `stack`, many runs as one."""
    resources: Resources | None = None
    """What is in use on the machine that trains; None before the first second; at the end, the last."""

    most: int | None = None
    """How many runs a search trains at most; None: all are trained."""

    @property
    def own(self) -> tuple[RunState, ...]:
        """Return the runs that are the study's own: all, but for those of other shards, and those that no search asked for."""
        return tuple(run for run in self.runs if run.status not in (RunStatus.ELSEWHERE, RunStatus.UNTRIED))

    @property
    def runs_total(self) -> int:
        """Return how many runs there are to be, at most."""
        return len(self.own) if self.most is None else min(len(self.own), self.most)

    @property
    def runs_ended(self) -> int:
        """Return how many of its own runs need nothing more."""
        return sum(run.status.ended for run in self.own)

    @property
    def running(self) -> tuple[RunState, ...]:
        """Return the runs under way, by lane."""
        under_way = [run for run in self.runs if run.status is RunStatus.RUNNING]
        return tuple(sorted(under_way, key=lambda run: run.lane or 0))
