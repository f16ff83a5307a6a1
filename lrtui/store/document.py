"""study.json: read, and checked once, so that nothing that stands in it surprises whoever uses it."""

import datetime as dt
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from lrtui.errors import InputError
from lrtui.store import folder
from lrtui.store.contents import DamagedError
from lrtui.study.datasets import Found
from lrtui.study.records import StudyStatus
from lrtui.study.shards import Shard
from lrtui.text import literal

_MOST_RUNS, _MOST_SECONDS = 10**9, 10**12


def read_document(path: Path) -> dict[str, Any]:
    """Return study.json of a study folder. Raises InputError if it is missing, DamagedError if it is not what it should be.

    Times without a zone are taken for UTC.
    """
    file = path / folder.STUDY_FILE
    try:
        document = json.loads(file.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(f"{literal(str(path))}: not a study (there is no {folder.STUDY_FILE} in it)") from None
    except OSError as error:
        raise DamagedError(f"{literal(str(file))}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise DamagedError(f"{literal(str(file))}: is damaged: not JSON") from None
    if not isinstance(document, dict) or document.get("format") not in folder.READABLE_FORMATS:
        raise DamagedError(f"{literal(str(file))}: is not of a format this version of lrtui reads")
    for name, (says, right) in _FIELDS.items():
        if name not in document and name not in _LATER:
            raise DamagedError(f"{literal(str(file))}: is damaged: there is no {name}")
        if name in document and not right(document[name]):
            raise DamagedError(f"{literal(str(file))}: is damaged: {name} is not {says}")
    return document | {name: _zoned(document[name]) for name in ("started", "ended")}


def _text(value: object) -> bool:
    return isinstance(value, str)


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_RUNS


def _seconds(value: object) -> bool:
    return value is None or (isinstance(value, int | float) and 0 <= value <= _MOST_SECONDS)


def _time(value: object) -> bool:
    try:
        return isinstance(value, str) and dt.datetime.fromisoformat(value) is not None
    except ValueError:
        return False


def _status(value: object) -> bool:
    return isinstance(value, str) and value in {status.value for status in StudyStatus}


def _device(value: object) -> bool:
    return isinstance(value, dict) and _text(value.get("kind"))


def _data(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(one, dict)
        and all(_text(one.get(name)) for name in ("name", "sha256"))
        and all(_text(one.get(name, "")) for name in ("note", "source", "reading"))
        and (one.get("found") is None or _found(one["found"]))
        and all(one.get(name) is None or _whole(one[name]) for name in ("train_count", "val_count", "test_count"))
        for one in value
    )


def _found(value: object) -> bool:
    try:
        found = Found.of(value)  # type: ignore[arg-type]
    except (KeyError, TypeError, AttributeError):
        return False
    number = isinstance(found.nothing, int | float) and not isinstance(found.nothing, bool) and found.nothing >= 0
    return number and _whole(found.outputs) and all(map(_whole, found.shape)) and all(map(_text, found.labels))


def _starts(value: object) -> bool:
    return isinstance(value, dict) and all(
        _versions(one) and {"path", "sha256"} <= one.keys() for one in value.values()
    )


def _versions(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(one, str) for one in value.values())


def _sittings(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(one, dict)
        and _time(one.get("started"))
        and (one.get("ended") is None or _time(one["ended"]))
        and _status(one.get("status"))
        and _seconds(one.get("seconds"))
        and _text(one.get("host"))
        for one in value
    )


def _origins(value: object) -> bool:
    return isinstance(value, dict) and all(
        isinstance(one, dict) and isinstance(one.get("device", {}), dict) and _whole(one.get("lanes", 0))
        for one in value.values()
    )


def _shard(value: object) -> bool:
    try:
        return value is None or (isinstance(value, str) and Shard.parse(value) is not None)
    except InputError:
        return False


_FIELDS: Mapping[str, tuple[str, Callable[[object], bool]]] = {
    "name": ("a text", _text),
    "title": ("a text", _text),
    "kind": ("training or finder", lambda value: value in ("training", "finder")),
    "overrides": ("a list of texts", _texts),
    "advice": ("a list of texts", _texts),
    "preset": ("a table", lambda value: isinstance(value, dict)),
    "status": ("a status", _status),
    "message": ("a text", _text),
    "started": ("a time", _time),
    "ended": ("a time or null", lambda value: value is None or _time(value)),
    "seconds": ("a number of seconds", _seconds),
    "runs": ("a number of runs", _whole),
    "device": ("a table with a kind", _device),
    "lanes": ("a number of lanes", _whole),
    "threads": ("a number of threads", _whole),
    "data": ("a list of data sets", _data),
    "versions": ("a table of texts", _versions),
    "sittings": ("a list of sittings", _sittings),
    "numerics": ("a version or null", lambda value: value is None or _whole(value)),
    "origins": ("a table of devices and lanes", _origins),
    "shard": ("a shard or null", _shard),
    "folder": ("a text", _text),
    "code": ("a table of texts", _versions),
    "starts": ("a table of weights", _starts),
}
"""What stands in study.json: in words, and whether a value is that."""
_LATER = (
    "kind",
    "overrides",
    "advice",
    "seconds",
    "sittings",
    "numerics",
    "origins",
    "shard",
    "folder",
    "code",
    "starts",
)
"""Fields that studies saved by earlier versions lack."""


def _zoned(time: str | None) -> str | None:
    if time is None or dt.datetime.fromisoformat(time).tzinfo is not None:
        return time
    return dt.datetime.fromisoformat(time).replace(tzinfo=dt.timezone.utc).isoformat()
