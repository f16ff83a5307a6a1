"""How many cores this process may use: its affinity, and the CPU quota of the container it is in."""

import math
import os
from pathlib import Path

from lrtui.engine.cgroups import CGROUPS, MEMBERSHIP, folders, read

PROCESSES = os.name == "posix"
"""Whether lanes beyond the first are processes, as where these can be given a socket; else threads, which share a lock."""


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
    quotas = [quota for folder in folders("cpu", membership, cgroups) if (quota := _quota(folder)) is not None]
    return min(quotas, default=None)


def _quota(folder: Path) -> float | None:
    both = read(folder / "cpu.max").split() or [
        *read(folder / "cpu.cfs_quota_us").split(),
        *read(folder / "cpu.cfs_period_us").split(),
    ]
    try:
        quota, period = (int(figure) for figure in both)
    except ValueError:  # no such files, or `max`
        return None
    return quota / period if quota > 0 and period > 0 else None
