"""A hand in another process of this machine: the lanes beyond the first do not share the interpreter's lock."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from threading import Event
from typing import IO, Any

from lrtui.engine.data_pool import DataPool
from lrtui.engine.hand import FailedElsewhereError, HandLostError, Job, Loaded, News
from lrtui.engine.workshop import (
    Failed,
    Found,
    Load,
    Lost,
    Moved,
    Noted,
    Over,
    Request,
    Search,
    Setup,
    Shown,
    Stop,
    Told,
    Train,
)
from lrtui.study.records import FinderCurve
from lrtui.study.spec import RunSpec
from lrtui.text import literal
from lrtui.train.loop import StepCounter

_LOOK_SECONDS = 0.05
"""So often is looked whether a run is to stop."""
_PATIENCE_SECONDS = 30.0
"""A process that was asked to stop and says nothing for so long is hung, and killed."""
_END_SECONDS = 5.0


class ProcessHand:
    """A `Hand` in a process of its own. Raises HandLostError when that process is gone."""

    def __init__(self, pool: DataPool, setup: Setup, note: Callable[[str], object] = lambda _: None) -> None:
        """`note` is told what a person should know of it, a sentence."""
        self._pool, self._note = pool, note
        said = None
        try:
            said = tempfile.TemporaryFile()  # noqa: SIM115  open as long as the process
            self._link, self._process = _start(said)
        except OSError as error:
            if said is not None:
                said.close()
            raise HandLostError(f"cannot be started: {error.strerror or error}") from None
        self._said = said
        self._ask(setup)

    def load(self, spec: RunSpec) -> Loaded:
        """See to it that the process has the data of a run."""
        self._ask(Load(spec, self._pool.source(spec)))
        while not isinstance(heard := self._hear({}), Loaded):
            pass  # how far the runs before it were
        return heard

    def search(
        self, spec: RunSpec, show: Callable[[FinderCurve], None], stop: Event, progress: StepCounter
    ) -> FinderCurve | None:
        """Have a range test made."""
        wanted_by = spec.run
        self._ask(Search(spec, wanted_by))
        asked: set[int] = set()
        while True:
            match self._hear({wanted_by: stop}, asked):
                case Found(curve):
                    return curve
                case Shown(curve):
                    show(curve)

    def train(
        self, jobs: Sequence[Job], progress: Mapping[int, StepCounter], stops: Mapping[int, Event]
    ) -> Iterator[tuple[int, News]]:
        """Have runs trained."""
        self._ask(Train(tuple(jobs)))
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

    def close(self) -> None:
        """End the process."""
        self._link.close()  # it ends by itself when nobody is at the other end
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._said.close()

    def _ask(self, request: Request | Setup) -> None:
        try:
            self._link.send(request)
        except OSError:
            raise HandLostError(self._end()) from None

    def _hear(self, stops: Mapping[int, Event], asked: set[int] | None = None) -> Any:
        """Return what the process tells next, and tell it meanwhile which runs are to stop."""
        asked = set() if asked is None else asked
        heard = time.monotonic()
        while True:
            for run, stop in stops.items():
                if stop.is_set() and run not in asked:
                    asked.add(run)
                    self._ask(Stop(run))
                    heard = time.monotonic()
            try:
                if self._link.poll(_LOOK_SECONDS):
                    answer = self._link.recv()
                    break
            except (EOFError, OSError):
                raise HandLostError(self._end()) from None
            if asked and time.monotonic() - heard > _PATIENCE_SECONDS:
                self._process.kill()
        if isinstance(answer, Failed):
            raise FailedElsewhereError(answer.told, answer.trace)
        if isinstance(answer, Lost):
            raise HandLostError(answer.why)
        return answer

    def _end(self) -> str:
        """Return how the process came to its end, as the end of a sentence about it."""
        try:
            code = self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        if code < 0:
            name = f"signal {-code}"
            with contextlib.suppress(ValueError):
                name = signal.Signals(-code).name
            memory = " (as happens when memory runs out)" if -code == signal.SIGKILL else ""
            return f"was ended by {name}{memory}"
        self._said.seek(0)
        lines = self._said.read().decode("utf-8", "replace").strip().splitlines()
        return f"ended with status {code}" + (f": {literal(lines[-1])}" if lines else "")


def _start(said: IO[bytes]) -> tuple[Connection, "subprocess.Popen[bytes]"]:
    """Start a process that works for whoever holds the connection; what it says goes to `said`. Raises OSError."""
    link, other = Pipe()
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "lrtui.engine.worker", str(other.fileno())],
            pass_fds=(other.fileno(),),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            env=os.environ | {"PYTHONSAFEPATH": "1"},  # modules are not looked for in the current folder
        )
    except OSError:
        link.close()
        raise
    finally:
        other.close()
    return link, process
