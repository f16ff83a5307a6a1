"""Sampling what training takes of the machine, once a second, in a thread of its own."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import psutil

from lrtui.engine.cgroups import memory_limit, memory_used
from lrtui.nvml import Gpus
from lrtui.store.resources import ResourcesFile
from lrtui.study.resources import Resources

EVERY_SECONDS = 1.0
MOST_SHARE = 0.0015
"""So much of a core's time is spent on measuring: where a sample costs more of it, there are fewer."""
_PATIENCE = 5.0
"""Seconds in which a measurement under way ends; a driver that hangs keeps no study from its end."""


class Meter:
    """Measures this process, those of its lanes, `pids`, and the GPUs of a device as study.json has it; none of a processor."""

    def __init__(self, pids: Callable[[], Iterable[int]], device: Mapping[str, Any]) -> None:
        self._pids = pids
        devices = (device, *device.get("others", ()))
        self._uuids = [str(one["uuid"]) for one in devices if one.get("kind") == "cuda" and one.get("uuid")]
        self._processes: dict[int | None, psutil.Process] = {}
        self._taken: dict[int | None, float] = {}
        self._since = 0.0
        self._limit = memory_limit()
        self._gpus: Gpus | None = None

    def begin(self) -> None:
        """Measure from now on; to be called by the thread that measures, as psutil remembers by thread."""
        self._gpus = Gpus(self._uuids) if self._uuids else None  # a driver may take its time to answer
        self._since = time.monotonic()
        psutil.cpu_percent(None)
        self._busy()

    def measure(self) -> Resources:
        """Return what was in use since the last call. Raises OSError or psutil.Error if the system does not tell."""
        now = time.monotonic()
        seconds, self._since = now - self._since, now
        busy, memory = self._busy()
        used, total = self._machine_memory()
        return Resources(
            at=round(time.time(), 3),
            seconds=round(seconds, 3),
            cpu=round(100 * busy / seconds, 1) if seconds > 0 else 0.0,
            machine_cpu=float(psutil.cpu_percent(None)),
            memory=memory,
            machine_memory=used,
            machine_memory_total=total,
            gpus=self._gpus.use() if self._gpus else (),
        )

    def close(self) -> None:
        """Measure no more."""
        if self._gpus:
            self._gpus.close()

    def _busy(self) -> tuple[float, int]:
        """Return processor seconds since the last call and resident bytes of the processes; those that are gone have none."""
        busy, memory, taken = 0.0, 0, {}
        for pid in (None, *self._pids()):
            try:
                process = self._processes.get(pid) or psutil.Process(pid)
                with process.oneshot():
                    times, resident = process.cpu_times(), process.memory_info().rss
            except psutil.Error:
                self._processes.pop(pid, None)
                continue
            self._processes[pid] = process
            taken[pid] = times.user + times.system
            busy += taken[pid] - self._taken.get(pid, 0.0)
            memory += resident
        self._taken = taken
        return max(0.0, busy), memory

    def _machine_memory(self) -> tuple[int, int]:
        """Return the bytes in use and there are, of the machine or of what a container is allowed, if that is less."""
        machine = psutil.virtual_memory()
        if self._limit is not None and self._limit[0] < machine.total:
            limit, folder = self._limit
            if (used := memory_used(folder)) is not None:
                return used, limit
        return machine.total - machine.available, machine.total


class Sampler:
    """Hands what `meter` measures to `show` and to a file, once a second from `start` to `stop`."""

    def __init__(
        self, meter: Meter, show: Callable[[Resources], object], file: ResourcesFile, every: float = EVERY_SECONDS
    ) -> None:
        self._meter, self._show, self._file, self._every = meter, show, file, every
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample, name="resources", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, wait for that, and write what there is. May be called again."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join(_PATIENCE)
        if not self._thread.is_alive():
            self._file.write()

    def _sample(self) -> None:
        with contextlib.suppress(Exception):  # whatever it is: figures are not worth a study
            self._meter.begin()
        pause = self._every
        while not self._over.wait(pause):
            began, spent = time.monotonic(), time.thread_time()
            due = began + self._every
            with contextlib.suppress(Exception):
                sample = self._meter.measure()
                due = max(due, began + (time.thread_time() - spent) / MOST_SHARE)
                if not self._over.is_set():
                    self._show(sample)
                    self._file.take(sample)
            pause = max(0.0, due - time.monotonic())
        self._meter.close()
