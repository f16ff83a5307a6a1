"""Whether this system ends a person's processes when they log out: systemd does so where it is told to."""

import configparser
import contextlib
import getpass
import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

_CONFIGURATION = ("usr/lib/systemd", "usr/local/lib/systemd", "run/systemd", "etc/systemd")
"""Folders of logind.conf and its drop-ins, the later ones before the earlier."""


def after_logout(root: Path = Path("/")) -> tuple[bool | None, str]:
    """Return whether what is trained goes on after a logout (None: it cannot be told), and what there is to say and to do.

    `root` is where the system's files are.
    """
    if not (root / "run/systemd/system").is_dir():
        return True, "training goes on (no systemd here)"
    user = _user()
    if (root / "var/lib/systemd/linger" / user).exists():
        return True, f"training goes on (lingering is on for {user})"
    setting = _logind(root)
    kills = (setting.get("KillUserProcesses") or _in_force()).lower() in ("yes", "true", "on", "1")
    if kills and user in setting.get("KillExcludeUsers", "root").split():
        return True, f"training goes on ({user} is among KillExcludeUsers)"
    only = setting.get("KillOnlyUsers", "").split()
    if kills and not (only and user not in only):
        return False, (
            f"systemd ends your processes at logout (KillUserProcesses=yes in logind.conf): `loginctl enable-linger {user}` "
            "keeps them, and `systemd-run --user --scope lrtui …` one of them"
        )
    return True, "training goes on (KillUserProcesses is off)"


def _user() -> str:
    with contextlib.suppress(KeyError, OSError, ImportError):
        return getpass.getuser()
    return str(os.getuid())


def _in_force() -> str:
    """Return what logind itself says of it, for what it does unless told otherwise is the distribution's choice."""
    where = ("org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager", "KillUserProcesses")
    try:
        asked = subprocess.run(
            ["busctl", "get-property", *where], capture_output=True, text=True, timeout=5, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return "no"
    return asked.stdout.rpartition(" ")[2].strip()


def _logind(root: Path) -> dict[str, str]:
    """Return the settings of logind: of its file, and over it those of drop-ins, by their names whatever folder they are in."""
    files = [root / folder / "logind.conf" for folder in _CONFIGURATION]
    main = [file for file in files if file.is_file()][-1:]
    drop_ins: dict[str, Path] = {}
    for folder in _CONFIGURATION:
        with contextlib.suppress(OSError):
            drop_ins |= {file.name: file for file in (root / folder / "logind.conf.d").glob("*.conf")}
    return _login_section([*main, *(drop_ins[name] for name in sorted(drop_ins))])


def _login_section(files: Iterable[Path]) -> dict[str, str]:
    settings: dict[str, str] = {}
    for file in files:
        parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
        parser.optionxform = str  # type: ignore[method-assign,assignment]  # names as they are written
        with contextlib.suppress(OSError, configparser.Error, UnicodeDecodeError):
            parser.read_string(file.read_text("utf-8"))
            if parser.has_section("Login"):
                settings |= {name: value or "" for name, value in parser.items("Login")}
    return settings
