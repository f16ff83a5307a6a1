"""How many cores this process may use: its affinity, and the CPU quota of the container it is in."""

import math
import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

PROCESSES = os.name == "posix"
"""Whether lanes beyond the first are processes, as where these can be given a socket; else threads, which share a lock."""
MEMBERSHIP = Path("/proc/self/cgroup")
CGROUPS = Path("/sys/fs/cgroup")
V1_FOLDERS = ("cpu", "cpu,cpuacct", "cpuacct,cpu")
"""What the folder of version 1's CPU controller is called, by distribution; elsewhere it is named after its controllers."""


def usable_cores() -> int:
    """Return the number of cores this process may use: the lesser of its affinity and its CPU quota, rounded up."""
    quota = cpu_quota()
    return affinity() if quota is None else max(1, min(affinity(), math.ceil(quota)))


def affinity() -> int:
    """Return the number of cores this process may be scheduled on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def cpu_quota(membership: Path = MEMBERSHIP, cgroups: Path = CGROUPS) -> float | None:
    """Return the CPU quota of this process in cores; None if there is none.

    A group is bound by its own quota and by those of the groups above it, so the least of them counts. Version 2 has
    both figures in `cpu.max`, version 1 in `cpu.cfs_quota_us` and `cpu.cfs_period_us`.
    """
    quotas = [quota for folder in _folders(membership, cgroups) if (quota := _quota(folder)) is not None]
    return min(quotas, default=None)


def _folders(membership: Path, cgroups: Path) -> Iterator[Path]:
    """Yield the folder of every group the process is in, from its own up to the root of the mount.

    A container may be told a path that is not below its mount (its own group is the root there); the folders that do
    not exist have no quota.
    """
    for line in _read(membership).splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if not controllers:
            roots = [cgroups, cgroups / "unified"]
        elif "cpu" in controllers.split(","):
            roots = [cgroups / name for name in dict.fromkeys((controllers, *V1_FOLDERS))]
        else:
            continue
        inside = PurePosixPath(*(part for part in PurePosixPath(path).parts if part not in ("/", "..")))
        for root in roots:
            yield from (root / inside, *((root / parent) for parent in inside.parents))


def _quota(folder: Path) -> float | None:
    both = _read(folder / "cpu.max").split() or [
        *_read(folder / "cpu.cfs_quota_us").split(),
        *_read(folder / "cpu.cfs_period_us").split(),
    ]
    try:
        quota, period = (int(figure) for figure in both)
    except ValueError:  # no such files, or `max`
        return None
    return quota / period if quota > 0 and period > 0 else None


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except (OSError, ValueError):
        return ""
