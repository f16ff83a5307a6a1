"""What commands share when they print: standard streams that may be missing, widths, JSON, errors and exit statuses."""

import contextlib
import errno
import io
import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from lrtui.errors import InputError, LrtuiError
from lrtui.terminal import occupy
from lrtui.text import literal


def prepare_streams() -> None:
    """Make the three standard streams usable, whatever the command was started with.

    Python has None for a stream that was closed (`>&-`), and the next file opened would take its number. A closed
    standard output refuses what is written to it (EBADF), as a closed descriptor does; a closed standard error swallows
    it, since progress that nobody can see is not worth a failure. Characters that a stream cannot encode become `?`.
    """
    for descriptor, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            occupy(descriptor, os.O_WRONLY if name == "stderr" else os.O_RDONLY)
            setattr(sys, name, open(descriptor, mode, encoding="utf-8", closefd=False))  # noqa: SIM115
        elif isinstance(stream, io.TextIOWrapper) and mode == "w":
            stream.reconfigure(errors="replace")


def guarded(call: Callable[[], Any]) -> int:
    """Call a command and return its exit status; what a person can mend is a line on standard error."""
    try:
        result = call()
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except LrtuiError as error:
        for line in str(error).splitlines():
            complain(line)
        return error.exit_status
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.ClickException as error:
        with contextlib.suppress(OSError):
            error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return 130
    except BrokenPipeError:  # `lrtui table … | head`: whoever read has enough
        abandon_stdout()
        return 0
    except OSError as error:
        if error.filename is not None:  # a file the command works on: a defect
            raise
        abandon_stdout()
        complain(f"cannot write to standard output: {error.strerror or error}")
        return 1


def abandon_stdout() -> None:
    """Send what is still buffered nowhere, so that the interpreter does not stumble over it at its end."""
    with contextlib.suppress(OSError, ValueError):  # a stream without a descriptor
        occupy(sys.stdout.fileno(), os.O_WRONLY)


def complain(text: str) -> None:
    """Print a line on standard error, in the command's name; nothing happens if it cannot be written."""
    with contextlib.suppress(OSError):
        print(f"lrtui: {literal(text)}", file=sys.stderr)


def say_written(path: Path) -> None:
    """Say on standard error that a file was written; nothing happens if that cannot be said."""
    with contextlib.suppress(OSError):
        print(f"written: {literal(str(path))}", file=sys.stderr)


def is_closed(error: OSError) -> bool:
    """Return whether writing failed because the stream was closed before the command began."""
    return error.errno == errno.EBADF


def has_screen() -> bool:
    """Return whether input and output are a terminal that can be drawn on."""
    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def terminal_width(output: str | None = None) -> int | None:
    """Return the width to lay text out for; None (no limit) if it goes into a file or a pipe."""
    return shutil.get_terminal_size().columns if output is None and sys.stdout.isatty() else None


def as_json_text(document: Any) -> str:
    """Return a document as the one JSON text a command prints."""
    return json.dumps(document, indent=2, allow_nan=False)  # ASCII: control characters of any kind stay escapes


def emit(content: str | bytes, output: str | None) -> None:
    """Write a document into the file `output`, or print it. Raises InputError for bytes on a terminal."""
    if output is not None:
        from lrtui.report.files import write

        write(Path(output), content if isinstance(content, bytes) else content.encode())
        say_written(Path(output))
    elif isinstance(content, str):
        print(content.rstrip("\n"))
    elif sys.stdout.isatty():
        raise InputError("parquet is not text; name a file with -o FILE")
    else:
        sys.stdout.buffer.write(content)
