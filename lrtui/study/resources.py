"""What training takes of a machine at one moment: processor, memory, and what NVIDIA's GPUs tell."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class GpuUse:
    """How one GPU is used; what it does not tell is None."""

    index: int
    uuid: str
    utilization: float | None
    """Percent of the time in which anything ran on it."""
    memory: int | None
    """Bytes in use, by whomever."""
    memory_total: int | None
    power: float | None
    """Watts."""
    temperature: float | None
    """Degrees Celsius."""

    @property
    def text(self) -> str:
        """Return `gpu 93 % 21/80 GiB 310 W 61 °C`, without what is not known."""
        parts = [f"{self.utilization:.0f} %"] if self.utilization is not None else []
        if self.memory is not None and self.memory_total:
            parts.append(f"{self.memory / 2**30:.0f}/{self.memory_total / 2**30:.0f} GiB")
        parts += [f"{self.power:.0f} W"] if self.power is not None else []
        parts += [f"{self.temperature:.0f} °C"] if self.temperature is not None else []
        return " ".join(["gpu", *parts])


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
    """Bytes in use on the machine."""
    machine_memory_total: int
    gpus: tuple[GpuUse, ...] = ()

    @property
    def text(self) -> str:
        """Return `cpu 187 % 1.2 GiB · gpu 93 % …` in as few words as tell it."""
        gpus = [gpu.text for gpu in self.gpus]
        return " · ".join([f"cpu {self.cpu:.0f} % {self.memory / 2**30:.1f} GiB", *gpus])

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return asdict(self) | {"gpus": [asdict(gpu) for gpu in self.gpus]}


def from_dict(document: Mapping[str, Any]) -> Resources:
    """Return what `as_dict` gave. Raises KeyError or TypeError if it is no such thing."""
    known = {key: value for key, value in document.items() if key != "gpus"}
    return Resources(**known, gpus=tuple(GpuUse(**gpu) for gpu in document["gpus"]))
