"""The control groups a process is in, as Linux lays them out, and what the narrowest allows it of memory."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

MEMBERSHIP = Path("/proc/self/cgroup")
CGROUPS = Path("/sys/fs/cgroup")
V1_FOLDERS = {"cpu": ("cpu", "cpu,cpuacct", "cpuacct,cpu"), "memory": ("memory",)}
"""What the folders of version 1's controllers are called, by distribution; elsewhere they are named after the controllers."""


def folders(controller: str, membership: Path = MEMBERSHIP, cgroups: Path = CGROUPS) -> Iterator[Path]:
    """Yield the folder of every group of a controller that the process is in, from its own up to the root of the mount.

    A container may be told a path that is not below its mount (its own group is the root there); the folders that do
    not exist set no limits.
    """
    for line in read(membership).splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if not controllers:
            roots = [cgroups, cgroups / "unified"]
        elif controller in controllers.split(","):
            roots = [cgroups / name for name in dict.fromkeys((controllers, *V1_FOLDERS[controller]))]
        else:
            continue
        inside = PurePosixPath(*(part for part in PurePosixPath(path).parts if part not in ("/", "..")))
        for root in roots:
            yield from (root / inside, *((root / parent) for parent in inside.parents))


def memory_limit(membership: Path = MEMBERSHIP, cgroups: Path = CGROUPS) -> tuple[int, Path] | None:
    """Return the least memory in bytes that a group of this process may use, and the group's folder; None if none is limited.

    Version 2 has the figure in `memory.max`, version 1 in `memory.limit_in_bytes`.
    """
    limits = [
        (limit, folder)
        for folder in folders("memory", membership, cgroups)
        for name in ("memory.max", "memory.limit_in_bytes")
        if (limit := _number(read(folder / name))) is not None
    ]
    return min(limits, default=None)


def memory_used(folder: Path) -> int | None:
    """Return the bytes that a group uses, less the files in it that the system would drop at need; None if it is not told."""
    for name, droppable in (("memory.current", "inactive_file"), ("memory.usage_in_bytes", "total_inactive_file")):
        if (used := _number(read(folder / name))) is not None:
            stat = dict(line.split(maxsplit=1) for line in read(folder / "memory.stat").splitlines() if " " in line)
            return max(0, used - (_number(stat.get(droppable, "")) or 0))
    return None


def read(file: Path) -> str:
    """Return what a file says; nothing if it cannot be read."""
    try:
        return file.read_text()
    except (OSError, ValueError):
        return ""


def _number(text: str) -> int | None:
    return int(text) if text.strip().isdecimal() else None
