"""With what a study is trained: on which devices, by how many lanes, and why."""

from dataclasses import dataclass

import torch

from lrtui.engine import device as devices
from lrtui.engine.cores import usable_cores
from lrtui.errors import InputError
from lrtui.study.run_key import Conditions
from lrtui.text import count as quantity
from lrtui.train.numerics import NUMERICS


@dataclass(frozen=True)
class Means:
    """What trains."""

    devices: tuple[torch.device, ...]
    """The processor, or GPUs: a lane each."""
    threads: int
    """Intra-op threads of a lane."""
    most_lanes: int
    """As many as there may be; no more than there are runs are used."""
    note: str = ""
    """What a person should know of the choice, a sentence."""

    @property
    def device(self) -> torch.device:
        """Return the first device."""
        return self.devices[0]

    @property
    def kind(self) -> str:
        """Return `cpu` or `cuda`."""
        return self.device.type

    def lanes(self, runs: int) -> int:
        """Return how many lanes train so many runs."""
        return max(1, min(self.most_lanes, runs))

    def conditions(self, torch_version: str) -> Conditions:
        """Return what decides the numbers of the runs that are trained so."""
        return Conditions(NUMERICS, torch_version, self.kind, self.threads, devices.arithmetic(self.device))

    def described(self) -> dict[str, object]:
        """Return what a study records of it."""
        described: dict[str, object] = dict(devices.describe(self.device))
        if len(self.devices) > 1:
            described["others"] = [devices.describe(device) for device in self.devices[1:]]
        return described


def choose(device: str, *, lanes: int | None, threads: int) -> Means:
    """Return the means that a person asked for: `lanes` None means one per core on a CPU, one per GPU else.

    Raises InputError for a device that is not there, and for lanes on a GPU.
    """
    chosen = devices.choose(device)
    if chosen.kind == "cpu":
        return Means(chosen.devices, threads, lanes or usable_cores(), chosen.note)
    count = len(chosen.devices)
    if lanes not in (None, count):
        gpus = quantity(count, "GPU")
        raise InputError(
            f"--lanes is for the CPU; on {gpus} there {'is' if count == 1 else 'are'} {quantity(count, 'lane')}"
        )
    return Means(chosen.devices, threads, count, chosen.note)


def same_kind(means: Means, kind: str, study: str) -> None:
    """Raise InputError unless a study that was trained on a kind of device goes on there."""
    if means.kind != kind:
        raise InputError(f"{study} is trained on {kind}, and goes on there; not on {means.kind}")
