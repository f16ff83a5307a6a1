"""The home end of a hand elsewhere: what is asked of a workshop and what it tells, over whatever connects them."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from threading import Event
from typing import Any

from lrtui.engine.data_pool import Source
from lrtui.engine.hand import FailedElsewhereError, HandLostError, Job, Loaded, News
from lrtui.engine.workshop import (
    Answer,
    Failed,
    Found,
    Load,
    Lost,
    Moved,
    Noted,
    Over,
    Request,
    Search,
    Shown,
    Stop,
    Told,
    Train,
)
from lrtui.study.records import FinderCurve
from lrtui.study.spec import RunSpec
from lrtui.train.loop import StepCounter

LOOK_SECONDS = 0.05
"""So often is looked whether a run is to stop."""
PATIENCE_SECONDS = 30.0
"""A workshop that was asked to stop and says nothing for so long hangs, and is ended."""


class RemoteHand:
    """A `Hand` that works elsewhere. `note` is told what a person should know of it, a sentence.

    What connects the two ends is a subclass's: `ask`, `receive`, `kill`, and where data is found there.
    """

    node = ""
    begun = True
    """Whether something was heard of it: until then nothing is lost by ending it."""

    def __init__(self, note: Callable[[str], object]) -> None:
        self._note = note
        self._heard: deque[Answer] = deque()

    def ask(self, request: Request) -> None:
        """Ask for something. Raises HandLostError."""
        raise NotImplementedError

    def receive(self, seconds: float) -> Sequence[Answer]:
        """Return what was told, waiting for it up to so long. Raises HandLostError."""
        raise NotImplementedError

    def kill(self) -> None:
        """End a workshop that does not answer: the next call raises HandLostError."""
        raise NotImplementedError

    def source(self, spec: RunSpec) -> Source:
        """Return where the data of a run is found there."""
        raise NotImplementedError

    def close(self) -> None:
        """Work no more."""
        raise NotImplementedError

    def load(self, spec: RunSpec, stop: Event) -> Loaded:
        """See to it that the data of a run is there."""
        self.ask(Load(spec, self.source(spec)))
        asked: set[int] = set()
        while not isinstance(heard := self._hear({spec.run: stop}, asked), Loaded):
            pass  # how far the runs before it were
        return heard

    def search(
        self, spec: RunSpec, show: Callable[[FinderCurve], None], stop: Event, progress: StepCounter
    ) -> FinderCurve | None:
        """Have a range test made."""
        self.ask(Search(spec, wanted_by=spec.run))
        asked: set[int] = set()
        while True:
            match self._hear({spec.run: stop}, asked):
                case Found(curve):
                    return curve
                case Shown(curve):
                    show(curve)

    def train(
        self, jobs: Sequence[Job], progress: Mapping[int, StepCounter], stops: Mapping[int, Event]
    ) -> Iterator[tuple[int, News]]:
        """Have runs trained."""
        self.ask(Train(tuple(jobs)))
        asked: set[int] = set()
        while True:
            match self._hear(stops, asked):
                case Told(run, news):
                    yield run, news
                case Noted(text):
                    self._note(text)
                case Moved(run, step, evaluated) if run in progress:
                    progress[run].step, progress[run].evaluated = step, evaluated
                case Over():
                    return

    def _hear(self, stops: Mapping[int, Event], asked: set[int]) -> Any:
        """Return what is told next, and tell meanwhile which runs are to stop; those `asked` to were told."""
        since = time.monotonic()
        while True:
            for run, stop in stops.items():
                if stop.is_set() and run not in asked:
                    asked.add(run)
                    self.ask(Stop(run))
                    since = time.monotonic()
            if not self._heard:
                self._heard.extend(self.receive(LOOK_SECONDS))
            if self._heard:
                break
            if asked and (not self.begun or time.monotonic() - since > PATIENCE_SECONDS):
                self.kill()
        answer = self._heard.popleft()
        if isinstance(answer, Failed):
            raise FailedElsewhereError(answer.told, answer.trace)
        if isinstance(answer, Lost):
            raise HandLostError(answer.why)
        return answer
