"""live.json: which process trains a study now, and where it can be spoken to. Written whole, removed at the end."""

import contextlib
import json
import os
import socket
import sys
import time
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timezone
from functools import cache
from pathlib import Path
from typing import Any

from lrtui.store.folder import write_json

LIVE_FILE = "live.json"
BEAT_SECONDS = 5.0
"""So often the process that trains touches live.json, for those who cannot see whether it lives."""
SILENCE_SECONDS = 60.0
"""A process of another machine that has not touched live.json for so long counts as dead; clocks differ."""


@dataclass(frozen=True)
class Owner:
    """The process that trains a study. Unknown texts are empty."""

    host: str
    machine: str
    """Where `pid` means something: the machine's boot and the namespace of its processes."""
    pid: int
    process_started: str
    """When the process began, as the system counts it: another process of the same number began at another time."""
    since: str
    """When it began with the study: ISO 8601 in UTC."""
    socket: str = ""
    """Path of the Unix socket that takes what is asked of it; empty if it has none."""

    @property
    def here(self) -> bool:
        """Return whether it is a process of this machine."""
        return (self.host, self.machine) == (socket.gethostname(), machine())

    @property
    def is_this_process(self) -> bool:
        """Return whether it is the calling process."""
        return self.here and self.pid == os.getpid() and self.process_started == process_started(self.pid)


def owner_of(pid: int | None = None, *, reached_at: str = "") -> Owner:
    """Return the process `pid` of this machine (None: this one) as an owner who begins now."""
    pid = os.getpid() if pid is None else pid
    return Owner(
        host=socket.gethostname(),
        machine=machine(),
        pid=pid,
        process_started=process_started(pid) or "",
        since=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        socket=reached_at,
    )


def write(study: Path, owner: Owner) -> None:
    """Put live.json into a study folder. Raises OSError."""
    write_json(study / LIVE_FILE, asdict(owner))


def read(study: Path) -> Owner | None:
    """Return who says that it trains a study; None if nobody does, or live.json cannot be understood."""
    try:
        document = json.loads((study / LIVE_FILE).read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return _owner(document)


def remove(study: Path, owner: Owner) -> None:
    """Take live.json away, if it is still that of `owner`; what cannot be removed is left to those who look."""
    if read(study) == owner:
        with contextlib.suppress(OSError):
            (study / LIVE_FILE).unlink()


def beat(study: Path) -> None:
    """Touch live.json: the study is still being trained."""
    with contextlib.suppress(OSError):
        os.utime(study / LIVE_FILE)


def living(study: Path) -> Owner | None:
    """Return the living process that trains a study; None if there is none."""
    owner = read(study)
    return owner if owner is not None and lives(owner, study) else None


def lives(owner: Owner, study: Path) -> bool:
    """Return whether an owner lives: by its process on the same machine, elsewhere by when it touched live.json last."""
    if owner.here:
        return process_started(owner.pid) in (owner.process_started, "")
    try:
        return time.time() - (study / LIVE_FILE).stat().st_mtime < SILENCE_SECONDS
    except OSError:
        return False


def process_started(pid: int) -> str | None:
    """Return when a process of this machine began; None if there is none of that number, empty if it cannot be told."""
    if sys.platform == "linux":
        try:
            stat = Path(f"/proc/{pid}/stat").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            return None
        except OSError:
            return ""
        state, *rest = stat.rpartition(b")")[2].split()  # the name before it may hold anything
        return None if state in (b"Z", b"X") else rest[18].decode()
    import psutil  # elsewhere the system tells it through this

    try:
        return f"{psutil.Process(pid).create_time():.2f}"
    except psutil.NoSuchProcess:
        return None
    except psutil.Error:
        return ""


@cache
def machine() -> str:
    """Return what tells this machine since its last boot, and the namespace of its processes, from any other."""
    found = []
    with contextlib.suppress(OSError):
        found.append(Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip())
    with contextlib.suppress(OSError):
        found.append(str(Path("/proc/self/ns/pid").stat().st_ino))
    return "/".join(found)


def _owner(document: Any) -> Owner | None:
    if not isinstance(document, dict):
        return None
    found = {field.name: document.get(field.name) for field in fields(Owner)}
    pid = found.pop("pid")
    if not isinstance(pid, int) or pid <= 0 or not all(isinstance(value, str) for value in found.values()):
        return None
    return Owner(pid=pid, **{name: str(value) for name, value in found.items()})
