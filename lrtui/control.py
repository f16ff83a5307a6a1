"""The socket of a study under way: its process says there how far runs are within their epochs, and ends what it is asked to.

A request is a JSON object on a line, `{"do": "snapshot"}`, and so is its answer: `{"ok": true, …}` or
`{"ok": false, "error": …}`. Only processes of the same user are heard. The path is in the study's live.json.
"""

import contextlib
import json
import os
import secrets
import selectors
import socket
import stat
import struct
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lrtui.store import live
from lrtui.study.states import BoardSnapshot
from lrtui.under_way import UnderWay

PATIENCE = 2.0
"""Seconds to wait for an answer."""
_LONGEST_PATH = 99
"""Bytes a socket's path may have: systems allow 103 or 107."""
_LONGEST_REQUEST = 1 << 16
_MOST_UNREAD = 1 << 23
"""Bytes of answers that may wait for a reader before it is let go."""
_CHUNK = 1 << 16


class ControlServer:
    """Keeps live.json and answers at the socket named there, in a thread of its own, until `stop`.

    Where no socket can be made the study is trained all the same, and can be looked at through its folder.
    """

    def __init__(self, study: Path, steered: UnderWay) -> None:
        self._study, self._steered = study, steered
        self._selector = selectors.DefaultSelector()
        self._woken, self._wake = os.pipe()
        os.set_blocking(self._wake, False)
        self._listening: socket.socket | None = None
        self._owner = live.owner_of()
        self._over = False
        self._thread = threading.Thread(target=self._serve, name="control", daemon=True)

    def start(self) -> None:
        """Write live.json, and begin to answer. Raises OSError if live.json cannot be written."""
        self._listen()
        try:
            live.write(self._study, self._owner)
        except OSError:
            self._close_listening()
            raise
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._thread.start()

    def stop(self) -> None:
        """Answer no more, and take live.json and the socket away."""
        self._over = True
        with contextlib.suppress(OSError):
            os.write(self._wake, b".")
        if self._thread.is_alive():
            self._thread.join()
        live.remove(self._study, self._owner)
        self._close_listening()
        self._selector.close()
        for descriptor in (self._woken, self._wake):
            os.close(descriptor)

    # --- in its thread

    def _serve(self) -> None:
        beaten = time.monotonic()
        while not self._over:
            for key, events in self._selector.select(live.BEAT_SECONDS):
                if key.fileobj is self._listening:
                    self._accept()
                elif key.data is not None:
                    self._speak(key.data, events)
            if time.monotonic() - beaten >= live.BEAT_SECONDS:
                beaten = time.monotonic()
                live.beat(self._study)
                if self._listening is not None and not Path(self._owner.socket).exists():
                    self._move()
        for key in list(self._selector.get_map().values()):
            if key.data is not None:
                self._let_go(key.data)

    def _listen(self) -> None:
        """Open a socket at a fresh path."""
        if not hasattr(socket, "AF_UNIX"):
            return
        with contextlib.suppress(OSError):
            path = _socket_folder() / f"{os.getpid()}-{secrets.token_hex(4)}.sock"
            _sweep(path.parent)
            listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                listening.bind(str(path))
                listening.listen()
                listening.setblocking(False)
            except OSError:
                listening.close()
                raise
            self._listening = listening
            self._selector.register(listening, selectors.EVENT_READ)
            self._owner = replace(self._owner, socket=str(path))

    def _move(self) -> None:
        """The socket's folder was taken away, as at a logout: listen elsewhere, and say where."""
        self._close_listening()
        self._listen()
        with contextlib.suppress(OSError):
            live.write(self._study, self._owner)

    def _close_listening(self) -> None:
        if self._listening is not None:
            with contextlib.suppress(KeyError, ValueError):
                self._selector.unregister(self._listening)
            self._listening.close()
            self._listening = None
            with contextlib.suppress(OSError):
                Path(self._owner.socket).unlink(missing_ok=True)

    def _accept(self) -> None:
        assert self._listening is not None
        try:
            connection, _ = self._listening.accept()
        except BlockingIOError:  # who knocked has gone
            return
        except OSError:  # too many files are open: who knocks waits
            time.sleep(0.2)
            return
        if _is_ours(connection):
            connection.setblocking(False)
            self._selector.register(connection, selectors.EVENT_READ, _Caller(connection))
        else:
            connection.close()

    def _speak(self, caller: "_Caller", events: int) -> None:
        try:
            if events & selectors.EVENT_READ:
                for request in caller.requests():
                    caller.unsent += json.dumps(self._answer(request)).encode() + b"\n"
            caller.send()
        except (OSError, ValueError, RecursionError):  # it has gone, or makes no sense
            self._let_go(caller)
            return
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if caller.unsent else 0)
        self._selector.modify(caller.connection, wanted, caller)

    def _let_go(self, caller: "_Caller") -> None:
        self._selector.unregister(caller.connection)
        caller.connection.close()

    def _answer(self, request: object) -> dict[str, Any]:
        if not isinstance(request, dict):
            return {"ok": False, "error": "a request is a JSON object"}
        do, run, scenario = request.get("do"), request.get("run"), request.get("scenario")
        if do == "snapshot":
            return {"ok": True, **picture(self._steered.snapshot(), request)}
        if do == "stop_study":
            return _doing(self._steered.stop_study)
        runs = {state.spec.run: state.spec.scenario for state in self._steered.snapshot().runs}
        if do == "stop_run" and isinstance(run, int) and run in runs:
            return _doing(lambda: self._steered.stop_run(run))
        if do == "skip_scenario" and scenario in list(runs.values()):
            return _doing(lambda: self._steered.skip_scenario(str(scenario)))
        about = "".join(f" {json.dumps(value)}" for value in (run, scenario) if value is not None)
        return {"ok": False, "error": f"cannot {do}{about}"}


@dataclass
class _Caller:
    """One who asks."""

    connection: socket.socket
    unsent: bytes = b""
    _heard: bytes = field(default=b"")

    def requests(self) -> list[object]:
        """Return what was asked since the last call. Raises OSError or ValueError where there is no sense in listening on."""
        heard = self.connection.recv(_CHUNK)
        if not heard:
            raise ConnectionResetError
        *lines, self._heard = (self._heard + heard).split(b"\n")
        if len(self._heard) > _LONGEST_REQUEST:
            raise ValueError
        return [json.loads(line) for line in lines]

    def send(self) -> None:
        """Send what the reader takes at once. Raises OSError if it reads nothing for too long."""
        if self.unsent:
            with contextlib.suppress(BlockingIOError):
                self.unsent = self.unsent[self.connection.send(self.unsent) :]
        if len(self.unsent) > _MOST_UNREAD:
            raise BrokenPipeError


def picture(snapshot: BoardSnapshot, known: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the folder of a study does not tell of it.

    `known` is what the asker has: `ended`, the number of runs whose end it knows, and `points`, how many points of a range
    test by run. `ends` is there if there are more of the former.
    """
    ended = snapshot.runs_ended
    points = known.get("points")
    points = points if isinstance(points, dict) else {}
    found: dict[str, Any] = {
        "status": snapshot.status.value,
        "message": snapshot.message,
        "device": snapshot.device,
        "lanes": snapshot.lanes,
        "engine": snapshot.engine,
        "elapsed": snapshot.elapsed,
        "images_per_second": snapshot.images_per_second,
        "seconds_left": snapshot.seconds_left,
        "ended": ended,
        "resources": None if snapshot.resources is None else snapshot.resources.as_dict(),
        "running": [
            {
                "run": state.spec.run,
                "lane": state.lane,
                "node": state.node,
                "step": state.step,
                "steps_per_epoch": state.steps_per_epoch,
                "epoch": state.epochs_done,
                "points": None
                if not state.searching or state.finder is None
                else [
                    [point.lr, point.loss, point.smoothed, point.low, point.high]
                    for point in state.finder.points[_whole(points.get(str(state.spec.run))) :]
                ],
            }
            for state in snapshot.running
        ],
    }
    if known.get("ended") != ended:
        found["ends"] = [
            [state.spec.run, state.status.value, state.message] for state in snapshot.runs if state.status.ended
        ]
    return found


class Control:
    """The asker's end of a study's socket."""

    def __init__(self, path: str, patience: float = PATIENCE) -> None:
        """Connect. Raises OSError if nobody answers there."""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(patience)
        try:
            self._socket.connect(path)
        except OSError:
            self._socket.close()
            raise
        self._lines = self._socket.makefile("rb")

    def ask(self, do: str, **about: Any) -> dict[str, Any]:
        """Ask for something and return the answer. Raises OSError if none comes in time, or none that makes sense."""
        self._socket.sendall(json.dumps({"do": do, **about}).encode() + b"\n")
        line = self._lines.readline()
        try:
            answer = json.loads(line)
        except ValueError:
            raise ConnectionResetError("the study's process does not answer any more") from None
        if not isinstance(answer, dict) or not answer.get("ok"):
            raise ConnectionRefusedError(str(answer.get("error") if isinstance(answer, dict) else answer))
        return answer

    def close(self) -> None:
        """Ask no more."""
        self._lines.close()
        self._socket.close()


def _doing(what: Callable[[], None]) -> dict[str, Any]:
    what()
    return {"ok": True}


def _whole(value: object) -> int:
    return value if isinstance(value, int) and value >= 0 else 0


def _socket_folder() -> Path:
    """Return a folder that only this user can enter, with a path that leaves room for a socket's name. Raises OSError."""
    wanted = []
    if runtime := os.environ.get("XDG_RUNTIME_DIR"):
        wanted.append(Path(runtime) / "lrtui")
    wanted.append(Path("/tmp") / f"lrtui-{os.getuid()}")
    for folder in wanted:
        if len(os.fsencode(folder)) > _LONGEST_PATH - 30 or not folder.is_absolute():
            continue
        with contextlib.suppress(OSError):
            folder.mkdir(mode=0o700, exist_ok=True)
            if _is_private(folder):
                return folder
    return Path(tempfile.mkdtemp(prefix="lrtui-", dir="/tmp"))


def _sweep(folder: Path) -> None:
    """Remove the sockets of processes that were killed."""
    for file in folder.glob("*-*.sock"):
        pid = file.name.partition("-")[0]
        if pid.isdecimal() and live.process_started(int(pid)) is None:
            with contextlib.suppress(OSError):
                file.unlink()


def _is_private(folder: Path) -> bool:
    """Return whether a folder is one, no link, and this user's alone."""
    found = folder.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077


def _is_ours(connection: socket.socket) -> bool:
    """Return whether the process at the other end is this user's; where it cannot be told, the folder keeps others out."""
    if not hasattr(socket, "SO_PEERCRED"):
        return True
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _, user, _ = struct.unpack("3i", credentials)
    return bool(user == os.getuid())
