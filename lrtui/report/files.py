"""Writing what was asked for into a file, whole or not at all."""

import errno
import os
from pathlib import Path

from lrtui.errors import InputError, WorkError
from lrtui.store.folder import write_whole
from lrtui.text import literal

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EIO)


def write(path: Path, data: str | bytes) -> None:
    """Write `data` (text as UTF-8) to `path`; what was there stays until all of it is on disk.

    A device or a pipe (`/dev/stdout`) is written to directly. Raises InputError if the file cannot be made
    (no such folder, no permission, a folder of that name), WorkError if the disk is full or failing.
    """
    content = data.encode("utf-8") if isinstance(data, str) else data
    name = literal(str(path))
    try:
        if path.is_dir():
            raise InputError(f"{name}: is a folder; give a file name")
        if not path.parent.is_dir():
            raise InputError(f"{name}: there is no folder {literal(str(path.parent))}")
        if path.exists() and not path.is_file():
            path.write_bytes(content)
        else:
            write_whole(Path(os.path.realpath(path)), content)
    except OSError as error:
        kind = WorkError if error.errno in _FULL else InputError
        raise kind(f"{name}: cannot be written: {error.strerror}") from None
    except ValueError:
        raise InputError(f"{name}: is not a file name") from None
