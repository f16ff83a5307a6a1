"""The sittings of a study: from when to when it was trained, and on which machine; a study that was resumed has several."""

import datetime as dt
import socket
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lrtui.study.records import StudyStatus


@dataclass(frozen=True)
class Sitting:
    """One stretch in which a study was trained by one process."""

    started: dt.datetime
    ended: dt.datetime | None
    """None while it is under way, or if its process died and nobody went on since."""
    status: StudyStatus
    """How it ended; `running` as long as it has not."""
    seconds: float | None
    """How long was trained; of a process that died, until it wrote for the last time."""
    host: str
    """Name of the machine; empty if it is not known."""
    handed_over: bool = False
    """Whether it was begun to go on in the background with what another process had left it."""


def resumed(sittings: Sequence[Sitting]) -> str:
    """Return how often a study was resumed, when last, after what, and where; empty if it had one sitting."""
    if len(sittings) < 2:
        return ""
    times = "once" if len(sittings) == 2 else f"{len(sittings) - 1} times, last"
    before, last = sittings[-2:]
    hosts = list(dict.fromkeys(sitting.host for sitting in sittings if sitting.host))
    where = f"; trained on {', '.join(hosts)}" if len(hosts) > 1 else ""
    when = f"{last.started.astimezone(dt.timezone.utc):%Y-%m-%d %H:%M} UTC"
    after = "left to the background" if last.handed_over else before.status.value
    return f"resumed {times} on {when}, after it was {after}{where}"


def as_documents(sittings: Iterable[Sitting]) -> list[dict[str, Any]]:
    """Return sittings as JSON has them: times in ISO 8601, seconds."""
    return [
        {
            "started": one.started.isoformat(timespec="seconds"),
            "ended": one.ended.isoformat(timespec="seconds") if one.ended else None,
            "status": one.status.value,
            "seconds": one.seconds,
            "host": one.host,
            "handed_over": one.handed_over,
        }
        for one in sittings
    ]


def read(document: Mapping[str, Any]) -> tuple[Sitting, ...]:
    """Return the sittings that study.json tells of, in order. A study saved before it told of any had one."""
    return tuple(
        Sitting(
            started=dt.datetime.fromisoformat(one["started"]),
            ended=dt.datetime.fromisoformat(one["ended"]) if one["ended"] else None,
            status=StudyStatus(one["status"]),
            seconds=one["seconds"],
            host=str(one["host"]),
            handed_over=bool(one.get("handed_over", False)),
        )
        for one in document.get("sittings") or [_only(document)]
    )


def begun(
    when: dt.datetime,
    *,
    device: Mapping[str, Any],
    lanes: int,
    threads: int,
    versions: Mapping[str, str],
    handed_over: bool = False,
) -> dict[str, Any]:
    """Return what study.json says of a sitting that begins on this machine."""
    return {
        "started": when.isoformat(timespec="seconds"),
        "ended": None,
        "status": StudyStatus.RUNNING.value,
        "seconds": None,
        "host": socket.gethostname(),
        "device": dict(device),
        "lanes": lanes,
        "threads": threads,
        "versions": dict(versions),
        "handed_over": handed_over,
    }


def ended(document: Mapping[str, Any], status: StudyStatus, when: str, seconds: float | None) -> list[dict[str, Any]]:
    """Return the sittings of a study whose last one ended just now, after `seconds` of the whole study."""
    *earlier, last = document["sittings"]
    own = None if seconds is None else round(max(0.0, seconds - trained_before({"sittings": earlier})), 3)
    return [*earlier, last | {"ended": when, "status": status.value, "seconds": own}]


def closed(document: Mapping[str, Any], path: Path) -> list[dict[str, Any]]:
    """Return the sittings of a study that is to be gone on with: each has an end.

    A process that died ended its sitting when it last wrote into the study's folder.
    """
    *earlier, last = document.get("sittings") or [_only(document)]
    if last["ended"] is None:
        started, died = dt.datetime.fromisoformat(last["started"]), _last_written(path)
        last = last | {
            "ended": max(started, died).isoformat(timespec="seconds"),
            "status": StudyStatus.INTERRUPTED.value,
            "seconds": round(max(0.0, (died - started).total_seconds()), 3),
        }
    return [*earlier, last]


def trained_before(document: Mapping[str, Any]) -> float:
    """Return the seconds that the sittings of a study took so far."""
    return float(sum(one["seconds"] or 0.0 for one in document["sittings"]))


def _only(document: Mapping[str, Any]) -> dict[str, Any]:
    seconds = document.get("seconds")
    if seconds is None and document["ended"]:
        start, end = (dt.datetime.fromisoformat(document[key]) for key in ("started", "ended"))
        seconds = (end - start).total_seconds()
    return {
        "started": document["started"],
        "ended": document["ended"],
        "status": document["status"],
        "seconds": seconds,
        "host": "",
        **{key: document[key] for key in ("device", "lanes", "threads", "versions")},
    }


def _last_written(path: Path) -> dt.datetime:
    """Return when something was last written into a study's folder."""
    times = [one.stat().st_mtime for one in path.rglob("*") if one.is_file()]
    return dt.datetime.fromtimestamp(max(times, default=0.0), dt.timezone.utc)
