"""Whether a logout ends what is trained, as the system's files say."""

from pathlib import Path

import pytest

from lrtui.cli import logout
from lrtui.cli.logout import after_logout


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the root of a system with systemd, on which the user is `ada`."""
    (tmp_path / "run/systemd/system").mkdir(parents=True)
    monkeypatch.setattr(logout, "_user", lambda: "ada")
    monkeypatch.setattr(logout, "_in_force", lambda: "no")
    return tmp_path


def say(system: Path, file: str, text: str) -> None:
    path = system / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_without_systemd_nothing_is_ended(tmp_path: Path) -> None:
    goes_on, text = after_logout(tmp_path)
    assert goes_on
    assert "no systemd" in text


def test_by_default_nothing_is_ended(system: Path) -> None:
    say(system, "etc/systemd/logind.conf", "[Login]\n#KillUserProcesses=yes\n")
    assert after_logout(system)[0]


def test_what_logind_does_without_being_told_counts(system: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logout, "_in_force", lambda: "true")
    assert after_logout(system)[0] is False
    say(system, "etc/systemd/logind.conf", "[Login]\nKillUserProcesses=no\n")
    assert after_logout(system)[0]


@pytest.mark.parametrize("value", ["yes", "true", "on", "1"])
def test_where_processes_are_ended_it_is_said_what_to_do(value: str, system: Path) -> None:
    say(system, "etc/systemd/logind.conf", f"[Login]\nKillUserProcesses={value}\n")
    goes_on, text = after_logout(system)
    assert goes_on is False
    assert "loginctl enable-linger ada" in text


def test_drop_ins_come_after_the_file_and_by_name(system: Path) -> None:
    say(system, "usr/lib/systemd/logind.conf", "[Login]\nKillUserProcesses=no\n")
    say(system, "usr/lib/systemd/logind.conf.d/10-kill.conf", "[Login]\nKillUserProcesses=yes\n")
    assert after_logout(system)[0] is False
    say(system, "etc/systemd/logind.conf.d/20-keep.conf", "[Login]\nKillUserProcesses=no\n")
    assert after_logout(system)[0]
    say(system, "etc/systemd/logind.conf.d/20-keep.conf", "[Login\nnonsense")
    assert after_logout(system)[0] is False
    say(system, "etc/systemd/logind.conf.d/10-kill.conf", "")
    assert after_logout(system)[0], "one of the same name stands for it"


def test_lingering_and_exceptions(system: Path) -> None:
    say(system, "etc/systemd/logind.conf", "[Login]\nKillUserProcesses=yes\nKillOnlyUsers=bob\n")
    assert after_logout(system)[0]
    say(system, "etc/systemd/logind.conf", "[Login]\nKillUserProcesses=yes\nKillExcludeUsers=root ada\n")
    assert after_logout(system)[0]
    say(system, "etc/systemd/logind.conf", "[Login]\nKillUserProcesses=yes\n")
    say(system, "var/lib/systemd/linger/ada", "")
    goes_on, text = after_logout(system)
    assert goes_on
    assert "lingering" in text
