"""Deleting a study: its folder and nothing else."""

import contextlib
import secrets
import shutil
from pathlib import Path

from lrtui.errors import InputError
from lrtui.store import disk, folder
from lrtui.text import literal

DOOMED = ".deleted-"
"""How the name of a folder begins that is being deleted: no study any more, whatever is left in it."""


def require_deletable(path: Path) -> None:
    """Raise InputError unless a folder is a study that no living process trains, and no link."""
    name = literal(path.name)
    if path.is_symlink():
        raise InputError(f"{name}: is a link; what it points to is not deleted")
    if not (path / folder.STUDY_FILE).is_file():
        raise InputError(f"{literal(str(path))}: not a study (there is no {folder.STUDY_FILE} in it)")
    if folder.is_being_written(path):
        raise InputError(f"{name}: is being trained; stop it first")


def delete(path: Path) -> None:
    """Delete a study, and what kills left of those deleted before it. Links in it are removed, not followed.

    Its folder has another name first, in one step: what a kill leaves is either the whole study or none. The lock is held
    meanwhile, so that no process goes on with it. Raises InputError as `require_deletable` does, and if it cannot be removed.
    """
    path = path.absolute()
    require_deletable(path)
    doomed = path.with_name(f"{DOOMED}{secrets.token_hex(6)}")
    try:
        lock = folder.Lock(path)
        try:
            disk.rename(path, doomed)
            disk.sync_folder(path.parent)
        finally:
            lock.release()
    except BlockingIOError:
        raise InputError(f"{literal(path.name)}: is being trained; stop it first") from None
    except OSError as error:
        raise InputError(f"{literal(str(path))}: cannot be deleted: {error.strerror or error}") from None
    try:
        shutil.rmtree(doomed)
    except OSError as error:
        raise InputError(
            f"{literal(path.name)}: is no study any more, but {literal(str(doomed))} could not be removed: "
            f"{error.strerror or error}"
        ) from None
    _sweep(path.parent)


def _sweep(runs_dir: Path) -> None:
    """Remove what kills left of deleted studies."""
    for leftover in runs_dir.glob(f"{DOOMED}*"):
        if leftover.is_dir() and not leftover.is_symlink():
            with contextlib.suppress(OSError):
                shutil.rmtree(leftover)
