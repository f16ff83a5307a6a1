"""With what a study is trained: on which devices, by how many lanes, and why."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from lrtui.engine import device as devices
from lrtui.engine.cores import usable_cores
from lrtui.errors import InputError
from lrtui.study.run_key import Conditions
from lrtui.text import count as quantity
from lrtui.train.numerics import NUMERICS

if TYPE_CHECKING:
    from lrtui.engine.ray_cluster import RayCluster


@dataclass(frozen=True)
class Means:
    """What trains."""

    devices: tuple[torch.device, ...]
    """The processor, or GPUs: a lane each."""
    threads: int
    """Intra-op threads of a lane."""
    engine: str
    """`lanes`: run by run; `stack`: many runs as one."""
    most_lanes: int
    """As many as there may be; no more than there are runs are used."""
    note: str = ""
    """What a person should know of the choice, a sentence."""
    cluster: "RayCluster | None" = None
    """Where the lanes are, if they are not here; their devices are all of the kind of the first."""

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

    @property
    def home(self) -> torch.device:
        """Return where data is read to here."""
        return self.device if self.cluster is None else torch.device("cpu")

    def conditions(self, torch_version: str) -> Conditions:
        """Return what decides the numbers of the runs that are trained so; `torch_version` is that of this process."""
        if self.cluster is not None:
            torch_version = self.cluster.place.torch
        return Conditions(NUMERICS, torch_version, self.kind, self.threads, self._arithmetic)

    def close(self) -> None:
        """Let go of what was taken for it."""
        if self.cluster is not None:
            self.cluster.close()

    @property
    def exact(self) -> bool:
        """Return whether training a run again comes to the same bits, whoever is trained beside it."""
        return self.kind == "cpu" and self.engine == "lanes"

    @property
    def _arithmetic(self) -> str:
        if self.cluster is not None:
            return self.cluster.place.arithmetic
        reckoning = devices.arithmetic(self.device)
        return f"{reckoning}, stacked" if self.engine == "stack" else reckoning

    def described(self) -> dict[str, object]:
        """Return what a study records of it."""
        if self.cluster is not None:
            place = self.cluster.place
            return {**place.described, "engine": self.engine, "arithmetic": place.arithmetic, "ray": place.node}
        described: dict[str, object] = {**devices.describe(self.device), "engine": self.engine}
        if self.engine == "stack":
            described["arithmetic"] = self._arithmetic
        if len(self.devices) > 1:
            described["others"] = [devices.describe(device) for device in self.devices[1:]]
        return described


def choose(device: str, engine: str = "auto", *, lanes: int | None, threads: int, ray: str | None = None) -> Means:
    """Return the means that a person asked for: `lanes` None means one per core on a CPU, one per GPU else.

    `engine` is one of `study.machine.ENGINES`; `auto` takes stacks on a GPU, where a run alone leaves most of it idle, and
    lanes on a CPU. `ray` is the address of a cluster whose lanes these are, empty for one of this machine. Raises InputError
    for a device that is not there, for lanes on a GPU, and as `RayCluster` does.
    """
    if ray is not None:
        from lrtui.engine.ray_cluster import RayCluster  # nothing of Ray is imported unless asked for

        cluster = RayCluster(ray, device=device, engine=engine, lanes=lanes, threads=threads)
        return Means((torch.device(cluster.kind),), threads, cluster.engine, cluster.most_lanes, cluster=cluster)
    chosen = devices.choose(device)
    if chosen.kind == "cpu":
        by_run = engine != "stack"
        return Means(
            chosen.devices,
            threads,
            "lanes" if by_run else "stack",
            lanes or (usable_cores() if by_run else 1),
            chosen.note,
        )
    count = len(chosen.devices)
    if lanes not in (None, count):
        gpus = quantity(count, "GPU")
        raise InputError(
            f"--lanes is for the CPU; on {gpus} there {'is' if count == 1 else 'are'} {quantity(count, 'lane')}"
        )
    return Means(chosen.devices, threads, "stack" if engine == "auto" else engine, count, chosen.note)


def same_kind(means: Means, kind: str, study: str) -> None:
    """Raise InputError unless a study that was trained on a kind of device goes on there."""
    if means.kind != kind:
        raise InputError(f"{study} is trained on {kind}, and goes on there; not on {means.kind}")
