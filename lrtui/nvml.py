"""What NVIDIA's GPUs tell of themselves through NVML, the driver's own library; nothing where that is missing or fails."""

import contextlib
import importlib
from collections.abc import Callable, Collection, Iterator
from typing import Any

from lrtui.study.resources import GpuUse


class Gpus:
    """The GPUs of these UUIDs, MIG instances among them, whether or not `GPU-` or `MIG-` stands before a UUID."""

    def __init__(self, uuids: Collection[str]) -> None:
        self._nvml: Any = None
        self._handles: list[tuple[int, str, Any, Any]] = []
        wanted = {_bare(uuid) for uuid in uuids}
        try:
            self._nvml = importlib.import_module("pynvml")
            self._nvml.nvmlInit()
            self._handles = [found for found in _all(self._nvml) if _bare(found[1]) in wanted]
        except Exception:  # whatever it is: there are no figures then
            self._handles = []

    def use(self) -> tuple[GpuUse, ...]:
        """Return how each is used now; one that tells nothing is left out."""
        told = (self._of(*one) for one in self._handles)
        return tuple(gpu for gpu in told if gpu != GpuUse(gpu.index, gpu.uuid))

    def close(self) -> None:
        """Ask no more."""
        with contextlib.suppress(Exception):
            self._nvml.nvmlShutdown()

    def _of(self, index: int, uuid: str, handle: Any, card: Any) -> GpuUse:
        """Return how a GPU is used; a MIG instance has memory of its own, power and temperature are those of its card."""
        nvml = self._nvml
        memory = _told(nvml.nvmlDeviceGetMemoryInfo, handle)
        rates = _told(nvml.nvmlDeviceGetUtilizationRates, handle)
        power = _told(nvml.nvmlDeviceGetPowerUsage, card)
        temperature = _told(nvml.nvmlDeviceGetTemperature, card, nvml.NVML_TEMPERATURE_GPU)
        return GpuUse(
            index=index,
            uuid=uuid,
            utilization=None if rates is None else float(rates.gpu),
            memory=None if memory is None else int(memory.used),
            memory_total=None if memory is None else int(memory.total),
            power=None if power is None else power / 1000,
            temperature=None if temperature is None else float(temperature),
        )


def gpu_figures() -> str:
    """Return whether GPUs can be measured here, in a clause."""
    try:
        nvml = importlib.import_module("pynvml")
    except ImportError:
        return "no figures of GPUs: that takes `pip install 'lrtui[gpu]'`"
    try:
        nvml.nvmlInit()
        count = nvml.nvmlDeviceGetCount()
        nvml.nvmlShutdown()
    except Exception as error:
        return f"no figures of GPUs: NVML says {str(error).strip() or type(error).__name__}"
    return f"utilization, memory, power and temperature of {count} GPU{'' if count == 1 else 's'}"


def _all(nvml: Any) -> Iterator[tuple[int, str, Any, Any]]:
    """Yield number, UUID, handle and the card's handle of every GPU and every MIG instance; one that is lost is passed over."""
    for index in range(nvml.nvmlDeviceGetCount()):
        card = _told(nvml.nvmlDeviceGetHandleByIndex, index)
        parts = [
            _told(nvml.nvmlDeviceGetMigDeviceHandleByIndex, card, number)
            for number in range(_told(nvml.nvmlDeviceGetMaxMigDeviceCount, card) or 0)
        ]
        for handle in (card, *parts):
            uuid = None if handle is None else _told(nvml.nvmlDeviceGetUUID, handle)
            if uuid:
                yield index, uuid.decode() if isinstance(uuid, bytes) else str(uuid), handle, card


def _bare(uuid: str) -> str:
    return uuid.removeprefix("GPU-").removeprefix("MIG-").lower()


def _told(question: Callable[..., Any], *about: Any) -> Any:
    """Return the answer; None if there is none."""
    try:
        return question(*about)
    except Exception:  # what a GPU does not tell, or one that is lost
        return None
