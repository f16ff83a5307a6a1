"""The workbench over SSH: the line drops, and the study goes on. Needs sshd on this machine; it listens on the loopback."""

import getpass
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lrtui.store import live
from lrtui.store.reader import open_study
from lrtui.study.records import StudyStatus
from tests.e2e.terminal import Terminal

SSHD = shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")
if SSHD is None or shutil.which("ssh") is None or shutil.which("ssh-keygen") is None:
    pytest.skip("no sshd on this machine", allow_module_level=True)

pytestmark = pytest.mark.e2e

PRESET = """
title = "Two rates"
data.name = "digits"
model.name = "mlp"
model.hidden = [16]
optim.name = "sgd"
train.epochs = 600
[sweep]
"optim.lr" = [1e-2, 1e-1]
"""


def until(condition: Callable[[], object], seconds: float = 180) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.05)


@pytest.fixture
def login(tmp_path: Path) -> Iterator[list[str]]:
    """Return the command that logs in at an sshd of our own, as the person who runs the tests."""
    keys = tmp_path / "keys"
    keys.mkdir(mode=0o700)
    for name in ("host", "own"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(keys / name)], check=True)
    shutil.copy(keys / "own.pub", keys / "authorized")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = (
        f"Port={port}", "ListenAddress=127.0.0.1", f"HostKey={keys / 'host'}", f"AuthorizedKeysFile={keys / 'authorized'}",
        f"PidFile={keys / 'pid'}", "StrictModes=no", "UsePAM=no", "PermitRootLogin=yes", "PasswordAuthentication=no",
    )  # fmt: skip
    options = [part for setting in settings for part in ("-o", setting)]
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    daemon = subprocess.Popen([str(SSHD), "-D", "-e", "-f", "/dev/null", *options], stderr=subprocess.PIPE, text=True)
    ssh = [
        "ssh", "-tt", "-F", "/dev/null", "-i", str(keys / "own"), "-p", str(port), "-o", "StrictHostKeyChecking=no",
        "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", f"{getpass.getuser()}@127.0.0.1",
    ]  # fmt: skip
    try:
        deadline = time.monotonic() + 20
        while subprocess.run([*ssh, "true"], capture_output=True, check=False).returncode != 0:
            if daemon.poll() is not None or time.monotonic() > deadline:
                daemon.kill()
                pytest.skip(f"sshd does not let anybody in here: {daemon.communicate()[1][-300:]}")
            time.sleep(0.2)
        yield ssh
    finally:
        daemon.kill()
        daemon.communicate()


@pytest.mark.parametrize("command", ["run", "workbench"])
def test_the_line_drops_and_the_study_goes_on(command: str, login: list[str], tmp_path: Path) -> None:
    (tmp_path / "alone.toml").write_text(PRESET)
    lrtui = f"{sys.executable} -m lrtui"
    words = "run alone.toml" if command == "run" else ""
    variables = f"TERM=xterm-256color LRTUI_DATA={tmp_path}/data OMP_NUM_THREADS=1"
    shell = f"cd {tmp_path} && {variables} exec {lrtui} {words} --runs-dir runs"
    window = Terminal([*login, shell], columns=120, lines=40, env=dict(os.environ))
    try:
        if command == "workbench":
            window.wait_for("alone.toml")
            window.wait_for("2 runs")
            window.type("/")
            window.wait_for("esc leaves")
            window.type("alone")
            window.wait_for(lambda text: "quickstart" not in text)
            window.type("\r")
            window.wait_for(lambda text: "start" in text.splitlines()[-1])
            window.type("\r")
        window.wait_for(lambda _: len(list(tmp_path.glob("runs/*/parts/*"))) > 1, 180)
        window.process.kill(signal.SIGKILL)  # the client is gone, as when a laptop is closed
        (study,) = (tmp_path / "runs").iterdir()
        until(lambda: "the terminal is gone; training goes on" in (study / "log.txt").read_text())
        until(lambda: open_study(study).status.ended)
        assert open_study(study).status is StudyStatus.DONE
    finally:
        window.close()
        for path in tmp_path.glob("runs/*"):
            if (owner := live.living(path)) is not None:
                os.kill(owner.pid, signal.SIGKILL)
