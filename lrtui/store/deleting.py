"""Deleting a study: its folder and nothing else."""

import secrets
import shutil
from pathlib import Path

from lrtui.errors import InputError
from lrtui.store import folder
from lrtui.text import literal


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
    """Delete a study. Its folder has another name first, so that what a kill leaves of it is no study any more.

    Raises InputError as `require_deletable` does, and if it cannot be removed.
    """
    require_deletable(path)
    doomed = path.with_name(f".deleted-{secrets.token_hex(6)}-{path.name}")
    try:
        path.rename(doomed)
        (doomed / folder.STUDY_FILE).unlink(missing_ok=True)
        shutil.rmtree(doomed)
    except OSError as error:
        raise InputError(f"{literal(str(path))}: cannot be deleted: {error.strerror or error}") from None
