"""Noticing that the runs folder changed: studies of other processes come, go on and end."""

import contextlib
from collections.abc import Iterable
from pathlib import Path

Stamp = tuple[object, ...]
"""Differs if what it was taken of has changed."""


def runs_stamp(runs_dir: Path, running: Iterable[Path] = ()) -> Stamp:
    """Return the stamp of the list of studies; of those that are `running` also whether they still are."""
    from lrtui.store.folder import STUDY_FILE, is_being_written
    from lrtui.store.remarks import FILE as REMARKS

    try:
        studies = sorted(path for path in runs_dir.iterdir() if path.is_dir())
    except OSError:
        return ()
    alive = tuple((path, is_being_written(path)) for path in running)
    return (*((path.name, _changed(path / STUDY_FILE), _changed(path / REMARKS)) for path in studies), alive)


def study_stamp(path: Path) -> Stamp:
    """Return the stamp of one study: its files, the parts that are not compacted yet, and whether it is being written."""
    from lrtui.store.folder import PARTS_FOLDER, RUNS_FILE, STUDY_FILE, is_being_written
    from lrtui.store.remarks import FILE as REMARKS

    files = (path / STUDY_FILE, path / RUNS_FILE, path / PARTS_FOLDER, path / REMARKS)
    return (is_being_written(path), *(_changed(file) for file in files))


def _changed(path: Path) -> int:
    with contextlib.suppress(OSError):
        return path.stat().st_mtime_ns
    return 0
