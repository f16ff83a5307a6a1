"""What training takes of a machine at one moment: processor, memory, and what NVIDIA's GPUs tell."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class GpuUse:
    """How one GPU is used; what it does not tell is None."""

    index: int
    uuid: str
    utilization: float | None = None
    """Percent of the time in which anything ran on it."""
    memory: int | None = None
    """Bytes in use, by whomever."""
    memory_total: int | None = None
    power: float | None = None
    """Watts."""
    temperature: float | None = None
    """Degrees Celsius."""


@dataclass(frozen=True, slots=True)
class Resources:
    """What was in use at one moment, or on average over some time before it."""

    at: float
    """Seconds since 1970, UTC: its end."""
    seconds: float
    """How long it speaks of."""
    cpu: float
    """Percent of one core that the study's processes on this machine took; 200 is two cores."""
    machine_cpu: float
    """Percent of all cores that were busy, with whatever."""
    memory: int
    """Bytes resident of the study's processes; what they share counts for each."""
    machine_memory: int
    """Bytes in use on the machine, or of what the container is allowed."""
    machine_memory_total: int
    gpus: tuple[GpuUse, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """Return it in words, in ever fewer: `cpu 187 %  mem 1.2 GiB  gpu 93 % 21/80 GiB 310 W 61 °C`, …, `gpu 93 %`."""
        cpu, memory = f"cpu {self.cpu:.0f} %", f"{self.memory / 2**30:.1f} GiB"
        if not self.gpus:
            return f"{cpu}  mem {memory}", f"{cpu} {memory}", cpu
        whole, short, shortest = _gpu_texts(self.gpus)
        return f"{cpu}  mem {memory}  {whole}", f"{cpu}  {whole}", whole, short, shortest

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return asdict(self) | {"gpus": [asdict(gpu) for gpu in self.gpus]}


def from_dict(document: Mapping[str, Any]) -> Resources:
    """Return what `as_dict` gave. Raises KeyError or TypeError if it is no such thing."""
    known = {key: value for key, value in document.items() if key != "gpus"}
    return Resources(**known, gpus=tuple(GpuUse(**gpu) for gpu in document["gpus"]))


def _gpu_texts(gpus: tuple[GpuUse, ...]) -> tuple[str, str, str]:
    """Return how GPUs are used in ever fewer words; of several the mean, the sums, and the hottest."""
    name = "gpu" if len(gpus) == 1 else f"{len(gpus)} gpus"
    rates = [gpu.utilization for gpu in gpus if gpu.utilization is not None]
    sizes = [(gpu.memory, gpu.memory_total) for gpu in gpus if gpu.memory is not None and gpu.memory_total is not None]
    powers = [gpu.power for gpu in gpus if gpu.power is not None]
    heats = [gpu.temperature for gpu in gpus if gpu.temperature is not None]
    used, there = (f"{sum(each) / 2**30:.0f}" for each in zip(*sizes, strict=True)) if sizes else ("", "")
    rate = [f"{sum(rates) / len(rates):.0f} %"] if rates else []
    rest = [f"{sum(powers):.0f} W"] if powers else []
    rest += [f"{max(heats):.0f} °C"] if heats else []
    memory = [f"{used}/{there} GiB"] if sizes else []
    whole = " ".join([name, *rate, *memory, *rest])
    return whole, " ".join([name, *rate, *memory]), " ".join([name, *(rate or memory or rest)])
