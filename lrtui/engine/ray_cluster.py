"""Hands on the machines of a Ray cluster: an actor for each GPU, or for each core or group of cores, with a workshop in it.

An actor owns a chunk of runs at a time and trains it with the same engines as here. Data is put into the object store
once, and read from there by every node. Nothing of Ray is imported before a cluster is asked for.
"""

import contextlib
import importlib
import logging
import os
import platform
import queue
import signal
import socket
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import Any

import torch

from lrtui import __version__
from lrtui.engine import device as devices
from lrtui.engine.cores import usable_cores
from lrtui.engine.data_pool import DataPool, Key, Source, key_of
from lrtui.engine.device import first_line
from lrtui.engine.hand import Hand, HandLostError
from lrtui.engine.remote_hand import RemoteHand
from lrtui.engine.workshop import Answer, Request, Setup, Workshop
from lrtui.errors import InputError
from lrtui.study.spec import RunSpec
from lrtui.text import count as quantity
from lrtui.text import literal
from lrtui.train.numerics import NUMERICS
from lrtui.train.tensors import Parts, TrainingData

OLDEST = (2, 9)
"""The first version of Ray that this works with."""
CONNECT_SECONDS = 60
BEGIN_SECONDS = 120.0
"""An actor that does not begin for so long will not."""
_ASK_SECONDS = 10.0
_LEAVE_SECONDS = 20.0


@dataclass(frozen=True)
class Place:
    """Where an actor works, and what its figures depend on."""

    node: str
    """Address of the machine."""
    host: str
    pid: int
    lrtui: str
    torch: str
    python: str
    numerics: int
    arithmetic: str
    described: dict[str, Any]
    """The device, as a study records it."""


class _Actor:
    """What is made on a node: a workshop whose words wait until they are fetched."""

    def __init__(self, setup: Setup) -> None:
        self._told: queue.SimpleQueue[Answer] = queue.SimpleQueue()
        self._setup = setup
        self._workshop = Workshop(setup, self._told.put)
        threading.Thread(target=self._workshop.work, name="workshop", daemon=True).start()

    def place(self) -> Place:
        """Return where it is."""
        import ray

        device = torch.device(self._setup.device)
        if device.type == "cuda":
            devices.settle_arithmetic()
        reckoning = devices.arithmetic(device)
        return Place(
            node=str(ray.util.get_node_ip_address()),  # type: ignore[no-untyped-call]
            host=platform.node(),
            pid=os.getpid(),
            lrtui=__version__,
            torch=metadata.version("torch"),
            python=platform.python_version(),
            numerics=NUMERICS,
            arithmetic=f"{reckoning}, stacked" if self._setup.engine == "stack" else reckoning,
            described=dict(devices.describe(device)),
        )

    def tell(self, request: Request) -> None:
        """Take a request."""
        self._workshop.hear(request)

    def news(self, seconds: float) -> list[Answer]:
        """Return all that there is to tell, waiting for it up to so long."""
        self._workshop.look()
        found = []
        with contextlib.suppress(queue.Empty):
            found.append(self._told.get(timeout=seconds))
            while True:
                found.append(self._told.get_nowait())
        return found


@dataclass(frozen=True)
class StoredData:
    """`TrainingData` in Ray's object store: an object for each tensor, read without a copy by the processes of a node."""

    parts: Parts[Any]
    """References."""

    def open(self, device: torch.device) -> TrainingData:
        """Return it on a device."""
        import ray

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # arrays of the store cannot be written to: nobody does
            return self.parts.taken(lambda reference: torch.from_numpy(ray.get(reference)).to(device))


class RayCluster:
    """A cluster, its actors, and what they share. To be closed."""

    def __init__(self, address: str, *, device: str, engine: str, lanes: int | None, threads: int) -> None:
        """Connect, and begin an actor for every lane. An empty address means a cluster of this machine, for this study.

        `lanes` None means one for each GPU of the cluster; where there are none, or `device` is `cpu`, one for every
        `threads` cores. Raises InputError if Ray is not installed or does not fit, if nobody answers at the address, if the
        cluster has no such devices, or if what is installed there is not what is here.
        """
        self._ray = _ray()
        self._membership = _Membership(self._ray, address)
        try:
            resources = self._ray.cluster_resources()
            gpus, cores = int(resources.get("GPU", 0)), int(resources.get("CPU", 0))
            self.kind = "cuda" if device.startswith("cuda") or (device == "auto" and gpus) else "cpu"
            most = gpus if self.kind == "cuda" else cores // threads
            if not most:
                have = f"{quantity(gpus, 'GPU')} and {quantity(cores, 'core')}"
                raise InputError(f"--ray: the cluster has {have}: nothing to train on with {device}")
            self.engine = ("stack" if self.kind == "cuda" else "lanes") if engine == "auto" else engine
            self.threads, self.most_lanes = threads, min(most, lanes or most)
            self._setup = Setup("cuda:0" if self.kind == "cuda" else "cpu", self.engine, threads)
            self._stored: dict[Key, StoredData] = {}
            self._storing = threading.Lock()
            self._idle: list[tuple[Any, Place]] = []
            self.places: list[Place] = []
            """Of the actors that began first."""
            try:
                first, place = self._begin()
            except HandLostError as error:
                raise InputError(f"--ray: the first actor {error}") from None
            self._require_fits(place)
            self._idle.append((first, place))
            self.places.append(place)
        except BaseException:
            self.close()
            raise

    @property
    def place(self) -> Place:
        """Return where the first actor is."""
        return self.places[0]

    def hands(self, pool: DataPool, lanes: int, note: Callable[[str], object]) -> list[Callable[[], Hand]]:
        """Return what makes the hand of each lane, in the lane's thread."""
        return [lambda lane=lane: self._hand(pool, lane, note) for lane in range(lanes)]  # type: ignore[misc]

    def close(self) -> None:
        """End the actors and leave the cluster; one of this machine ends with it."""
        with contextlib.suppress(Exception):
            for actor, _ in getattr(self, "_idle", ()):
                self._ray.kill(actor)
        self._membership.leave()

    def _hand(self, pool: DataPool, lane: int, note: Callable[[str], object]) -> Hand:
        with self._storing:
            ready = self._idle.pop() if self._idle else None
        actor, place = ready or self._begin()
        if (why := _differs(place, self.place)) is not None:
            self._ray.kill(actor)
            raise HandLostError(f"on {place.node} does not fit: {why}")
        name = place.described.get("name", place.described["kind"])
        note(
            f"lane {lane} is on {literal(place.node)} ({literal(place.host)}, {literal(str(name))}), process {place.pid}"
        )
        return _RayHand(self, actor, place, pool, note)

    def _begin(self) -> tuple[Any, Place]:
        """Begin an actor where there is room. Raises HandLostError if there is none."""
        cuda = self.kind == "cuda"
        kind = self._ray.remote(
            num_cpus=0 if cuda else self.threads, num_gpus=1 if cuda else 0, max_concurrency=4, max_restarts=0
        )(_Actor)
        actor = kind.remote(self._setup)
        try:
            return actor, self._ray.get(actor.place.remote(), timeout=BEGIN_SECONDS)
        except self._ray.exceptions.GetTimeoutError:
            self._ray.kill(actor)
            raise HandLostError(f"was not begun within {BEGIN_SECONDS:.0f} s") from None
        except self._ray.exceptions.RayError as error:
            raise HandLostError(f"cannot be begun: {first_line(error)}") from None

    def _require_fits(self, place: Place) -> None:
        here = (__version__, NUMERICS)
        if (place.lrtui, place.numerics) != here:
            raise InputError(f"--ray: {place.node} has lrtui {place.lrtui}, here is {__version__}")

    def stored(self, pool: DataPool, spec: RunSpec) -> StoredData:
        """Return the data of a run in the object store; it is put there once."""
        key = key_of(spec)
        with self._storing:
            if key not in self._stored:
                parts = Parts.put(pool.get(spec), lambda _, tensor: self._ray.put(tensor.cpu().numpy()))
                self._stored[key] = StoredData(parts)
            return self._stored[key]

    def source(self, pool: DataPool, spec: RunSpec) -> Source:
        """Return where the data of a run is found on a node."""
        return pool.source_of(spec, self.stored(pool, spec))


class _RayHand(RemoteHand):
    """A `Hand` in an actor. Raises HandLostError when that is gone."""

    def __init__(
        self, cluster: RayCluster, actor: Any, place: Place, pool: DataPool, note: Callable[[str], object]
    ) -> None:
        super().__init__(note)
        self._cluster, self._actor, self._place, self._pool = cluster, actor, place, pool
        self._ray, self._awaited = cluster._ray, None
        self.node = place.node

    def ask(self, request: Request) -> None:
        """Ask for something, and wait until it was heard: requests come in the order in which they were asked."""
        with self._lost():
            self._ray.get(self._actor.tell.remote(request), timeout=_ASK_SECONDS)

    def receive(self, seconds: float) -> Sequence[Answer]:
        """Return what was told, waiting for it up to so long."""
        with self._lost():
            if self._awaited is None:
                self._awaited = self._actor.news.remote(0.2)
            ready, _ = self._ray.wait([self._awaited], timeout=seconds)
            if not ready:
                return []
            told: list[Answer] = self._ray.get(self._awaited)
            self._awaited = None
            return told

    def kill(self) -> None:
        """End the actor."""
        with contextlib.suppress(self._ray.exceptions.RayError):
            self._ray.kill(self._actor)

    def source(self, spec: RunSpec) -> Source:
        """Return where the data of a run is found on a node."""
        return self._cluster.source(self._pool, spec)

    def close(self) -> None:
        """End the actor."""
        self.kill()

    @contextlib.contextmanager
    def _lost(self) -> Iterator[None]:
        """Say that the actor is lost where Ray says so."""
        try:
            yield
        except self._ray.exceptions.GetTimeoutError:
            raise HandLostError(f"on {self._place.node} does not answer") from None
        except self._ray.exceptions.RayError as error:
            raise HandLostError(f"on {self._place.node} is gone ({first_line(error)})") from None


def _differs(place: Place, first: Place) -> str | None:
    """Return why an actor's figures would not go with those of the first, as a clause; None if they do."""
    for name in ("lrtui", "numerics", "torch", "arithmetic"):
        if getattr(place, name) != getattr(first, name):
            return f"{name} is {getattr(place, name)}, and {getattr(first, name)} on {first.node}"
    return None


def _ray() -> Any:
    """Return the module. Raises InputError if it is not installed, or too old."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        ray = importlib.import_module("ray")
    except Exception as error:  # a package that does not fit another raises what it likes
        raise InputError(f"--ray: Ray cannot be imported ({first_line(error)}); pip install 'lrtui[ray]'") from None
    version = str(getattr(ray, "__version__", ""))
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdecimal())
    if numbers < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise InputError(f"--ray: Ray {version or 'of an unknown version'} does not fit; lrtui needs {oldest} or newer")
    return ray


class _Membership:
    """That this process is in a cluster, in a thread of its own.

    The thread stays as long: a cluster of this machine dies with the thread that began it. One that waits for an answer for
    ever can be left.
    """

    def __init__(self, ray: Any, address: str) -> None:
        """Join a cluster, or begin one on this machine. Raises InputError with what Ray says, in a line."""
        if ray.is_initialized():
            raise InputError("--ray: this process is in a Ray cluster already")
        _require_answer(address)
        self._ray, self._address = ray, address
        self._joined, self._leave = threading.Event(), threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._stay, name="ray", daemon=True)
        self._thread.start()
        where = f"--ray {address}".strip()
        answered = self._joined.wait(CONNECT_SECONDS)
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):  # Ray puts its own in their place, behind Python's back
                signal.signal(number, signal.getsignal(number))
        if not answered:
            self._leave.set()
            raise InputError(f"{where}: no cluster can be joined: no answer within {CONNECT_SECONDS} s")
        if self._error is not None:
            raise InputError(f"{where}: no cluster can be joined: {first_line(self._error)}")

    def leave(self) -> None:
        """Leave it; one of this machine ends."""
        self._leave.set()
        self._thread.join(_LEAVE_SECONDS)

    def _stay(self) -> None:
        logging.getLogger("ray").setLevel(logging.CRITICAL)  # what matters is raised
        options: dict[str, Any] = {"logging_level": "ERROR", "log_to_driver": False, "configure_logging": False}
        if self._address:
            options["address"] = self._address
        else:
            options |= {"address": "local", "num_cpus": usable_cores(), "include_dashboard": False}
        try:
            self._ray.init(**options)
        except BaseException as error:  # of many kinds
            self._error = error
            self._leave.set()
        self._joined.set()
        self._leave.wait()
        with contextlib.suppress(Exception):
            self._ray.shutdown()


def _require_answer(address: str) -> None:
    """Raise InputError if nobody listens at `host:port`: Ray would wait for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not host or not port.isdecimal():
        return
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_ASK_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise InputError(f"--ray {address}: no cluster can be joined: {first_line(error)}") from None
