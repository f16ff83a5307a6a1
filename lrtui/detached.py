"""Training in a process of its own that no terminal ends: a session of its own, no terminal, no standard streams."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lrtui.errors import InputError, LrtuiError, WorkError
from lrtui.store import live
from lrtui.study.records import StudyStatus
from lrtui.under_way import Own

REPORT_TO = "_LRTUI_REPORT_TO"
"""Names the descriptor on which a detached process says how its start went."""


@dataclass(frozen=True)
class Detached:
    """A process that goes on by itself."""

    pid: int
    path: Path
    """The study it trains."""


def spawn(arguments: Sequence[str], *, report_to: int | None = None) -> "subprocess.Popen[bytes]":
    """Start `lrtui ARGUMENTS…` detached from this process and its terminal. Raises OSError."""
    environment = {key: value for key, value in os.environ.items() if key != REPORT_TO}
    if report_to is not None:
        environment[REPORT_TO] = str(report_to)
    return subprocess.Popen(
        [sys.executable, "-m", "lrtui", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        pass_fds=() if report_to is None else (report_to,),
        env=environment,
    )


def start(arguments: Sequence[str]) -> Detached:
    """Start `lrtui ARGUMENTS…` detached and wait until it trains a study.

    Raises InputError or WorkError with what it says if it cannot; a KeyboardInterrupt takes it along.
    """
    reading, writing = os.pipe()
    try:
        process = spawn(arguments, report_to=writing)
    except OSError as error:
        os.close(reading)
        raise WorkError(f"cannot start another process: {error.strerror or error}") from None
    finally:
        os.close(writing)
    try:
        with os.fdopen(reading, "rb") as pipe:
            report = json.loads(pipe.read() or b"{}")
    except BaseException:
        process.terminate()
        raise
    if "path" in report:
        process.returncode = 0  # it is nobody's child any more: no warning that it still runs
        return Detached(process.pid, Path(report["path"]))
    process.wait()
    kind = InputError if report.get("exit_status") == InputError.exit_status else WorkError
    raise kind(report.get("error") or f"the process in the background ended with {process.returncode}")


def leave_behind(session: Own, *options: str) -> bool:
    """Have a process of its own go on with what this one trains; return whether there is anything left to train.

    Returns once this process has nothing more to do with the study. `options` are those of `lrtui resume`. Raises OSError
    if no process can be started; the study can be resumed all the same.
    """
    session.hand_over()
    session.wait()
    if session.snapshot().status is not StudyStatus.INTERRUPTED:
        return False
    process = spawn(["resume", str(session.path), "--handed-over", "--quiet", *options])
    with contextlib.suppress(OSError):  # from now on, not only when it has read its data
        if live.read(session.path) is None:
            live.write(session.path, live.owner_of(process.pid))
    process.returncode = 0  # it is nobody's child any more
    return True


class Report:
    """The detached process's end: said once, how the start went. Does nothing in a process that nobody waits for."""

    def __init__(self) -> None:
        text = os.environ.pop(REPORT_TO, "")
        self._descriptor = int(text) if text.isdecimal() else None
        if self._descriptor is not None:
            os.set_inheritable(self._descriptor, False)

    def began(self, path: Path) -> None:
        """The study in `path` is being trained."""
        self._say({"path": str(path)})

    def failed(self, error: LrtuiError) -> None:
        """It cannot be."""
        self._say({"error": str(error), "exit_status": error.exit_status})

    def _say(self, report: dict[str, object]) -> None:
        if self._descriptor is not None:
            with contextlib.suppress(OSError):  # nobody waits any more
                os.write(self._descriptor, json.dumps(report).encode())
            os.close(self._descriptor)
            self._descriptor = None
