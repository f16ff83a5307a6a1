"""The socket of a study under way: who asks is answered, whatever others do."""

import contextlib
import os
import socket
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lrtui.control import Control, ControlServer
from lrtui.engine.board import Board
from lrtui.store import live
from lrtui.study.records import FinderCurve, FinderPoint, RunStatus
from lrtui.study.spec import Study
from lrtui.study.states import BoardSnapshot

pytestmark = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="Unix sockets")


class Asked:
    """A study that only remembers what it was asked for."""

    def __init__(self, study: Study) -> None:
        self.study, self.board = study, Board(study.runs)
        self.done: list[object] = []

    def snapshot(self) -> BoardSnapshot:
        return self.board.snapshot()

    def stop_study(self) -> None:
        self.done.append("study")

    def stop_run(self, run: int) -> None:
        self.done.append(run)

    def skip_scenario(self, scenario: str) -> None:
        self.done.append(scenario)


@pytest.fixture
def asked(tiny: Callable[..., Study]) -> Asked:
    return Asked(tiny())


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return the user's runtime folder, with a path as short as it has in life."""
    with tempfile.TemporaryDirectory(prefix="lr", dir="/tmp") as folder:
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        yield Path(folder)


@pytest.fixture
def server(asked: Asked, tmp_path: Path, runtime: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ControlServer]:
    monkeypatch.setattr(live, "BEAT_SECONDS", 0.05)
    (tmp_path / "study").mkdir()
    server = ControlServer(tmp_path / "study", asked)
    server.start()
    yield server
    server.stop()


def reached(tmp_path: Path) -> Control:
    owner = live.living(tmp_path / "study")
    assert owner is not None
    return Control(owner.socket)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_what_is_asked_for_is_done(server: ControlServer, asked: Asked, tmp_path: Path) -> None:
    asker = reached(tmp_path)
    asker.ask("stop_run", run=3)
    asker.ask("skip_scenario", scenario=asked.study.runs[0].scenario)
    asker.ask("stop_study")
    assert asked.done == [3, asked.study.runs[0].scenario, "study"]
    asker.close()


@pytest.mark.parametrize("request_", [{}, {"run": 99}, {"run": "1"}, {"run": [1]}, {"scenario": "none"}])
@pytest.mark.parametrize("do", ["stop_run", "skip_scenario", "fly", ""])
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    do: str, request_: dict[str, object], server: ControlServer, asked: Asked, tmp_path: Path
) -> None:
    asker = reached(tmp_path)
    with pytest.raises(ConnectionRefusedError):
        asker.ask(do, **request_)
    assert asker.ask("snapshot")["status"] == "preparing", "it goes on answering"
    assert not asked.done
    asker.close()


@pytest.mark.parametrize("noise", [b"{\n", b"\xff\xfe\n", b"x" * 200_000, b"[" * 60_000 + b"\n", b'{"do": "snapsh'])
def test_noise_disturbs_nobody_else(noise: bytes, server: ControlServer, tmp_path: Path) -> None:
    asker = reached(tmp_path)
    owner = live.living(tmp_path / "study")
    assert owner is not None
    with socket.socket(socket.AF_UNIX) as noisy:
        noisy.connect(owner.socket)
        noisy.settimeout(10)
        with contextlib.suppress(OSError):
            noisy.sendall(noise)
        assert asker.ask("snapshot")["ok"]
    assert asker.ask("snapshot")["ok"]
    asker.close()


def test_within_an_epoch_and_only_what_is_not_known(server: ControlServer, asked: Asked, tmp_path: Path) -> None:
    board = asked.board
    board.begin("cpu", 1)
    progress = board.run_started(1, 0)
    board.run_loaded(1, 10, images=320, val_images=100)
    progress.step = 7
    asker = reached(tmp_path)
    told = asker.ask("snapshot", ended=0)
    assert "ends" not in told
    (running,) = told["running"]
    assert (running["run"], running["step"], running["steps_per_epoch"], running["points"]) == (1, 7, 10, None)
    points = tuple(FinderPoint(10.0**-n, 2.0, 2.0) for n in (5, 4, 3))
    board.finder_moved(1, FinderCurve(points))
    assert len(asker.ask("snapshot")["running"][0]["points"]) == 3
    assert asker.ask("snapshot", points={"1": 2})["running"][0]["points"] == [[1e-3, 2.0, 2.0, None, None]]
    board.run_ended(1, RunStatus.DONE)
    assert asker.ask("snapshot", ended=0)["ends"] == [[1, "done", ""]]
    assert "ends" not in asker.ask("snapshot", ended=1)
    asker.close()


def test_the_socket_is_this_users_alone_and_its_path_short(server: ControlServer, tmp_path: Path) -> None:
    owner = live.living(tmp_path / "study")
    assert owner is not None
    assert len(os.fsencode(owner.socket)) < 100
    assert stat.S_IMODE(Path(owner.socket).parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("planted", ["link", "open", "file"])
def test_a_folder_that_others_could_have_planted_is_not_used(
    planted: str, asked: Asked, tmp_path: Path, runtime: Path
) -> None:
    study = tmp_path / "study"
    for folder in (study, tmp_path / "elsewhere"):
        folder.mkdir(mode=0o700)
    match planted:
        case "link":
            (runtime / "lrtui").symlink_to(tmp_path / "elsewhere")
        case "open":
            (runtime / "lrtui").mkdir()
            (runtime / "lrtui").chmod(0o777)
        case "file":
            (runtime / "lrtui").write_text("")
    server = ControlServer(study, asked)
    server.start()
    try:
        owner = live.living(study)
        assert owner is not None
        assert not Path(owner.socket).is_relative_to(runtime)
        assert not list((tmp_path / "elsewhere").iterdir())
        Control(owner.socket).close()
    finally:
        server.stop()


def test_it_moves_where_its_folder_is_taken_away(server: ControlServer, tmp_path: Path) -> None:
    before = live.living(tmp_path / "study")
    assert before is not None
    Path(before.socket).unlink()

    def moved() -> bool:
        now = live.living(tmp_path / "study")
        return now is not None and now.socket != before.socket and Path(now.socket).exists()

    until(moved)
    asker = reached(tmp_path)
    assert asker.ask("snapshot")["ok"]
    asker.close()


def test_nothing_stays(asked: Asked, tmp_path: Path, runtime: Path) -> None:
    (tmp_path / "study").mkdir()
    server = ControlServer(tmp_path / "study", asked)
    server.start()
    asker = reached(tmp_path)
    server.stop()
    with pytest.raises(ConnectionError):
        asker.ask("snapshot")
    asker.close()
    assert not list((tmp_path / "study").iterdir())
    assert not list((runtime / "lrtui").iterdir())
