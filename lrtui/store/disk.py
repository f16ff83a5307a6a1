"""Every change that a study's writer makes to the disk goes through these functions, one system call each.

What is made here survives a kill at any moment; what was also synced, and the folder of its name too, survives a power cut.
"""

import errno
import os
from pathlib import Path

_UNKNOWN = (errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EBADF)
"""What file systems say that know no syncing of folders: the files themselves are synced all the same."""


def create(path: Path) -> int:
    """Make a file that does not exist yet and return a descriptor to write to it; a link is not followed."""
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
    return os.open(path, flags, 0o666)


def write(descriptor: int, content: bytes) -> None:
    """Write all of `content`."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def sync(descriptor: int) -> None:
    """Have the system put what was written on the disk itself."""
    os.fsync(descriptor)


def close(descriptor: int) -> None:
    """Let go of a file."""
    os.close(descriptor)


def rename(source: Path, target: Path) -> None:
    """Give a file another name; what had that name is gone in the same moment."""
    source.replace(target)


def remove(path: Path) -> None:
    """Remove a file, if there is one."""
    path.unlink(missing_ok=True)


def make_folder(path: Path) -> None:
    """Make a folder that does not exist yet."""
    path.mkdir()


def remove_folder(path: Path) -> None:
    """Remove an empty folder."""
    path.rmdir()


def sync_folder(path: Path) -> None:
    """Have the system put the names in a folder on the disk itself, where it can do that."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        if error.errno == errno.EACCES:
            return
        raise
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _UNKNOWN:
            raise
    finally:
        os.close(descriptor)
