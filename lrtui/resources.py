"""Sampling what training takes of the machine, once a second, in a thread of its own."""

import contextlib
import importlib
import threading
import time
from collections.abc import Callable, Collection, Iterable
from typing import Any

import psutil

from lrtui.study.resources import GpuUse, Resources

EVERY_SECONDS = 1.0


class Meter:
    """Measures this process and those of its lanes, `pids`, and the GPUs of these `uuids`; all there are if none is named."""

    def __init__(self, pids: Callable[[], Iterable[int]], gpus: bool = False, uuids: Collection[str] = ()) -> None:
        self._pids = pids
        self._processes: dict[int, psutil.Process] = {}
        self._taken: dict[int, float] = {}
        self._since = time.monotonic()
        self._gpus = _Gpus(uuids) if gpus else None

    def begin(self) -> None:
        """Measure from now on; to be called by the thread that measures, as psutil remembers by thread."""
        self._since = time.monotonic()
        psutil.cpu_percent(None)
        self._busy(())

    def measure(self) -> Resources:
        """Return what was in use since the last call."""
        now = time.monotonic()
        seconds, self._since = now - self._since, now
        pids = tuple(self._pids())
        busy, memory = self._busy(pids)
        machine = psutil.virtual_memory()
        return Resources(
            at=round(time.time(), 3),
            seconds=round(seconds, 3),
            cpu=round(100 * busy / seconds, 1) if seconds > 0 else 0.0,
            machine_cpu=float(psutil.cpu_percent(None)),
            memory=memory,
            machine_memory=machine.total - machine.available,
            machine_memory_total=machine.total,
            gpus=self._gpus.use() if self._gpus else (),
        )

    def close(self) -> None:
        """Measure no more."""
        if self._gpus:
            self._gpus.close()

    def _busy(self, pids: Iterable[int]) -> tuple[float, int]:
        """Return processor seconds since the last call and resident bytes of the processes; those that are gone have none."""
        busy, memory, taken = 0.0, 0, {}
        for pid in (None, *pids):
            try:
                process = self._processes.get(pid or 0) or psutil.Process(pid)
                self._processes[pid or 0] = process
                with process.oneshot():
                    times, resident = process.cpu_times(), process.memory_info().rss
            except psutil.Error:
                self._processes.pop(pid or 0, None)
                continue
            taken[pid or 0] = times.user + times.system
            busy += taken[pid or 0] - self._taken.get(pid or 0, 0.0)
            memory += resident
        self._taken = taken
        return max(0.0, busy), memory


class _Gpus:
    """NVIDIA's GPUs by NVML; none where that is not installed, has no driver, or fails."""

    def __init__(self, uuids: Collection[str]) -> None:
        self._handles: list[tuple[int, str, Any]] = []
        self._nvml: Any = None
        try:
            self._nvml = importlib.import_module("pynvml")
            self._nvml.nvmlInit()
            for index in range(self._nvml.nvmlDeviceGetCount()):
                handle = self._nvml.nvmlDeviceGetHandleByIndex(index)
                uuid = _text(self._nvml.nvmlDeviceGetUUID(handle))
                if not uuids or uuid.removeprefix("GPU-") in {one.removeprefix("GPU-") for one in uuids}:
                    self._handles.append((index, uuid, handle))
        except Exception:  # whatever it is: there are no figures then
            self._handles = []

    def use(self) -> tuple[GpuUse, ...]:
        """Return how each is used."""
        return tuple(self._of(*one) for one in self._handles)

    def close(self) -> None:
        """Ask no more."""
        with contextlib.suppress(Exception):
            self._nvml.nvmlShutdown()

    def _of(self, index: int, uuid: str, handle: Any) -> GpuUse:
        nvml = self._nvml
        memory = _asked(lambda: nvml.nvmlDeviceGetMemoryInfo(handle))
        power = _asked(lambda: nvml.nvmlDeviceGetPowerUsage(handle))
        rates = _asked(lambda: nvml.nvmlDeviceGetUtilizationRates(handle))
        heat = _asked(lambda: nvml.nvmlDeviceGetTemperature(handle, nvml.NVML_TEMPERATURE_GPU))
        return GpuUse(
            index=index,
            uuid=uuid,
            utilization=None if rates is None else float(rates.gpu),
            memory=None if memory is None else int(memory.used),
            memory_total=None if memory is None else int(memory.total),
            power=None if power is None else power / 1000,
            temperature=None if heat is None else float(heat),
        )


class Sampler:
    """Hands what `meter` measures to `take`, once a second from `start` to `stop`."""

    def __init__(self, meter: Meter, take: Callable[[Resources], object], every: float = EVERY_SECONDS) -> None:
        self._meter, self._take, self._every = meter, take, every
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample, name="resources", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, and wait for that."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()

    def _sample(self) -> None:
        self._meter.begin()
        due = time.monotonic() + self._every
        while not self._over.wait(max(0.0, due - time.monotonic())):
            due = max(due + self._every, time.monotonic())
            try:
                self._take(self._meter.measure())
            except (OSError, psutil.Error):  # a system that tells nothing of itself, as in a sandbox
                break
        self._meter.close()


def gpu_figures() -> str:
    """Return whether GPUs can be measured here, in a clause."""
    try:
        nvml = importlib.import_module("pynvml")
    except ImportError:
        return "no figures of GPUs; pip install 'lrtui[gpu]' for them"
    try:
        nvml.nvmlInit()
        count = nvml.nvmlDeviceGetCount()
        nvml.nvmlShutdown()
    except Exception as error:
        return f"no figures of GPUs: NVML says {error}"
    return f"utilization, memory, power and temperature of {count} GPU{'' if count == 1 else 's'}"


def _asked(question: Callable[[], Any]) -> Any:
    try:
        return question()
    except Exception:  # what a GPU does not tell, a MIG instance for one
        return None


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
