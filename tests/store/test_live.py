"""live.json: who trains a study, and whether it lives."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from lrtui.store import live


def test_the_process_that_wrote_it_lives_until_it_takes_it_away(tmp_path: Path) -> None:
    owner = live.owner_of(reached_at="/tmp/a.sock")
    live.write(tmp_path, owner)
    assert live.read(tmp_path) == live.living(tmp_path) == owner
    assert owner.here
    assert owner.is_this_process
    live.remove(tmp_path, replace(owner, pid=owner.pid + 1))
    assert live.read(tmp_path) == owner, "somebody else's"
    live.remove(tmp_path, owner)
    assert live.living(tmp_path) is None
    assert not list(tmp_path.iterdir())


def test_a_process_that_is_gone_does_not_live(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    live.write(tmp_path, live.owner_of(process.pid))
    assert live.living(tmp_path) is not None
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert live.living(tmp_path) is None, "a process nobody has waited for is gone too"
    process.communicate()
    assert live.living(tmp_path) is None


def test_another_process_of_the_same_number_is_another(tmp_path: Path) -> None:
    live.write(tmp_path, replace(live.owner_of(), process_started="1"))
    assert live.living(tmp_path) is None


@pytest.mark.parametrize("elsewhere", [{"host": "node17"}, {"machine": "an earlier boot"}])
def test_of_another_machine_only_its_heartbeat_is_known(elsewhere: dict[str, str], tmp_path: Path) -> None:
    owner = replace(live.owner_of(), pid=1, process_started="0", **elsewhere)
    live.write(tmp_path, owner)
    assert not owner.here
    assert live.living(tmp_path) == owner
    silent = (tmp_path / live.LIVE_FILE).stat().st_mtime - 2 * live.SILENCE_SECONDS
    os.utime(tmp_path / live.LIVE_FILE, (silent, silent))
    assert live.living(tmp_path) is None
    live.beat(tmp_path)
    assert live.living(tmp_path) == owner


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "{}", "null", "[" * 100_000, '{"pid": "1"}', '{"pid": 1, "host": null}', b"\xff", '{"pid": -1}'],
)
def test_what_cannot_be_understood_says_nothing(content: str | bytes, tmp_path: Path) -> None:
    (tmp_path / live.LIVE_FILE).write_bytes(content if isinstance(content, bytes) else content.encode())
    assert live.living(tmp_path) is None


def test_what_it_says_is_documented(tmp_path: Path) -> None:
    live.write(tmp_path, live.owner_of())
    assert set(json.loads((tmp_path / live.LIVE_FILE).read_text())) == {
        "host", "machine", "pid", "process_started", "since", "socket",
    }  # fmt: skip


def test_elsewhere_than_on_linux_the_system_is_asked_through_psutil(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    live.write(tmp_path, live.owner_of(process.pid))
    assert live.living(tmp_path) is not None
    process.communicate()
    assert live.living(tmp_path) is None
