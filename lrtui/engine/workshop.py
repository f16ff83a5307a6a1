"""A hand behind messages: requests come in, what comes of them goes out. In a process of its own, or on another machine.

The process has two threads: one works, the other hears what is asked meanwhile and tells how far runs are.
"""

import queue
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Lock

import torch

from lrtui.engine.data_pool import Key, Source, bytes_of, key_of, spare_bytes
from lrtui.engine.device import settle_arithmetic
from lrtui.engine.hand import Hand, HandLostError, Job, Loaded, News, told
from lrtui.engine.loop_hand import LoopHand
from lrtui.engine.niceness import give_way
from lrtui.engine.stack_hand import StackHand
from lrtui.study.records import FinderCurve
from lrtui.study.spec import RunSpec
from lrtui.train.tensors import TrainingData

# --- requests


@dataclass(frozen=True)
class Setup:
    """What a workshop is: on which device it trains, by which engine, with how many intra-op threads; how nice it is."""

    device: str
    engine: str
    threads: int
    nice: bool = False


@dataclass(frozen=True)
class Load:
    """Have the data of a run."""

    spec: RunSpec
    source: Source


@dataclass(frozen=True)
class Search:
    """Make a range test with a run, for the run `wanted_by`: its stop ends it."""

    spec: RunSpec
    wanted_by: int


@dataclass(frozen=True)
class Train:
    """Train runs together."""

    jobs: tuple[Job, ...]


@dataclass(frozen=True)
class Stop:
    """Leave a run at its next batch."""

    run: int


# --- what is told


@dataclass(frozen=True)
class Moved:
    """How far a run is within its epoch; sent every now and then, as a sign of life too."""

    run: int
    step: int
    evaluated: int


@dataclass(frozen=True)
class Shown:
    """A range test under way."""

    curve: FinderCurve


@dataclass(frozen=True)
class Found:
    """A range test is over; None if it was stopped."""

    curve: FinderCurve | None


@dataclass(frozen=True)
class Told:
    """What came of a run that is trained."""

    run: int
    news: News


@dataclass(frozen=True)
class Noted:
    """What a person should know, a sentence."""

    text: str


@dataclass(frozen=True)
class Over:
    """The last request was done."""


@dataclass(frozen=True)
class Failed:
    """The last request failed."""

    told: str
    trace: str


@dataclass(frozen=True)
class Lost:
    """Nothing can be done here any more; says why as HandLostError does."""

    why: str


Request = Load | Search | Train | Stop
Answer = Loaded | Moved | Shown | Found | Told | Noted | Over | Failed | Lost


@dataclass
class _Counter:
    """How far a run is, as the loop counts it."""

    step: int = 0
    evaluated: int = 0


@dataclass
class _UnderWay:
    """A run that is worked on."""

    stop: Event = field(default_factory=Event)
    progress: _Counter = field(default_factory=_Counter)
    said: tuple[int, int] = (0, 0)
    """How far it was when that was told last."""


class OpenedData:
    """The data of runs, opened from where it is. What no run needs is let go when there is too much."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self._opened: dict[Key, TrainingData] = {}

    def open(self, spec: RunSpec, source: Source) -> None:
        """Have the data of a run."""
        key = key_of(spec)
        if key in self._opened:
            return
        spare = spare_bytes(self.device)
        while self._opened and sum(map(bytes_of, self._opened.values())) > spare:
            del self._opened[next(iter(self._opened))]
        self._opened[key] = source.open(spec, self.device)

    def get(self, spec: RunSpec) -> TrainingData:
        """Return the data of a run that was opened."""
        return self._opened[key_of(spec)]


class Workshop:
    """Does what it is asked, one thing after another; `send` is given what there is to tell, from either thread."""

    def __init__(self, setup: Setup, send: Callable[[Answer], object]) -> None:
        self._setup = setup
        self._asked: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        self._guard = Lock()
        self._under_way: dict[int, _UnderWay] = {}
        self._send = send

    def hear(self, request: Request | None) -> None:
        """Take a request; None ends the work once what was asked before is done. At any time, by any thread."""
        if isinstance(request, Stop):
            with self._guard:
                if request.run in self._under_way:
                    self._under_way[request.run].stop.set()
            return
        if isinstance(request, Train | Search):
            runs = [job.spec.run for job in request.jobs] if isinstance(request, Train) else [request.wanted_by]
            with self._guard:
                self._under_way = {run: _UnderWay() for run in runs}
        self._asked.put(request)

    def look(self) -> None:
        """Tell how far the runs under way are that have moved."""
        with self._guard:
            under_way = list(self._under_way.items())
        for run, state in under_way:
            now = state.progress.step, state.progress.evaluated
            if now != state.said:
                state.said = now
                self._send(Moved(run, *now))

    def work(self) -> None:
        """Do what is asked until there is nothing more to do."""
        if self._setup.nice:
            give_way()
        device = torch.device(self._setup.device)
        if device.type == "cuda":
            settle_arithmetic()
        data = OpenedData(device)
        threads, stacked = self._setup.threads, self._setup.engine == "stack"
        hand: Hand = (
            StackHand(data, threads, lambda text: self._send(Noted(text))) if stacked else LoopHand(data, threads)
        )
        while (request := self._asked.get()) is not None:
            try:
                self._do(request, hand, data)
            except HandLostError as error:  # whoever listens makes another
                self._send(Lost(str(error)))
                return
            except BaseException as error:
                self._send(Failed(told(error), traceback.format_exc()))

    def _do(self, request: Request, hand: Hand, data: OpenedData) -> None:
        match request:
            case Load(spec, source):
                data.open(spec, source)
                self._send(hand.load(spec, Event()))
            case Search(spec, wanted_by):
                state = self._under_way[wanted_by]
                curve = hand.search(spec, self._show, state.stop, state.progress)
                self._send(Found(curve))
            case Train(jobs):
                progress = {run: state.progress for run, state in self._under_way.items()}
                stops = {run: state.stop for run, state in self._under_way.items()}
                for run, news in hand.train(jobs, progress, stops):
                    self._send(Told(run, news))
                self._send(Over())
            case _:
                raise TypeError(request)

    def _show(self, curve: FinderCurve) -> None:
        if not curve.over:
            self._send(Shown(curve))
