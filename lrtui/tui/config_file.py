"""A person's configuration of the workbench, `config.toml`: its theme, its keys, what it shows how. Strict."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tomli

from lrtui import paths
from lrtui.errors import InputError
from lrtui.study.problems import Complaint, Problem, dotted, nearest, shown
from lrtui.study.toml_lines import KeyPath, key_lines
from lrtui.text import literal, one_of
from lrtui.tui import keymap, themes
from lrtui.tui.actions import ACTIONS, Action

_THEMES = {"dark": themes.DARK, "light": themes.LIGHT}
_KEYS = ("theme", "motion", "letters", "keys")


class ConfigError(InputError):
    """A configuration file that cannot be used; one line per problem."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))


@dataclass(frozen=True)
class Config:
    """What a person wants of the workbench."""

    theme: str = themes.DARK
    motion: bool = True
    """Whether anything may move of its own accord."""
    letters: bool = False
    """Whether curves have letters, and maps shades, although there are colours."""
    keys: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Keys of actions, by `keymap.name_of`; of those not named the usual ones."""

    @property
    def actions(self) -> tuple[Action, ...]:
        """Return the actions with these keys."""
        return keymap.rebound(self.keys) if self.keys else ACTIONS


def read(path: Path | None = None) -> Config:
    """Return the configuration in a file (without `path` the person's own); the usual one if there is no file.

    Raises ConfigError, a line per problem with file and line, and InputError if the file cannot be read.
    """
    path = path or paths.config_file()
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return Config()
    except UnicodeDecodeError:
        raise InputError(f"{literal(str(path))}: is not UTF-8 text") from None
    except OSError as error:
        raise InputError(f"{literal(str(path))}: cannot be read: {error.strerror or error}") from None
    try:
        values = tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        raise ConfigError([Problem(str(path), error.lineno, "", f"is not valid TOML: {error.msg}")]) from None
    complaints: list[Complaint] = []
    made = _config(values, complaints)
    if complaints:
        lines = key_lines(text)
        found = [Problem(str(path), _line(lines, at), dotted(at), message) for at, message in complaints]
        raise ConfigError(sorted(found, key=lambda problem: problem.line or 0))
    return made


def _config(values: dict[str, Any], complaints: list[Complaint]) -> Config:
    for key in values:
        if key not in _KEYS:
            near = nearest(key, _KEYS)
            hint = f"did you mean {near}?" if near else f"there are {one_of(_KEYS)}"
            complaints.append(((key,), f"unknown key; {hint}"))
    theme = values.get("theme", "dark")
    if not isinstance(theme, str) or theme not in _THEMES:
        complaints.append((("theme",), f"must be {one_of([*_THEMES])}, not {shown(theme)}"))
        theme = "dark"
    switches = {"motion": True, "letters": False}
    for key, usual in list(switches.items()):
        value = values.get(key, usual)
        if isinstance(value, bool):
            switches[key] = value
        else:
            complaints.append(((key,), f"must be true or false, not {shown(value)}"))
    keys = values.get("keys", {})
    if not isinstance(keys, dict):
        complaints.append((("keys",), f"must be a table, action = key, not {shown(keys)}"))
        keys = {}
    return Config(_THEMES[theme], switches["motion"], switches["letters"], _bound(keys, complaints))


def _bound(values: dict[str, Any], complaints: list[Complaint]) -> dict[str, tuple[str, ...]]:
    known = keymap.key_names()
    bound: dict[str, tuple[str, ...]] = {}
    for name, value in values.items():
        at: KeyPath = ("keys", name)
        keys = [value] if isinstance(value, str) else value
        if name not in known:
            complaints.append((at, keymap.unknown(name)))
        elif not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
            complaints.append((at, f'must be a key, or several as ["x", "f5"], not {shown(value)}'))
        else:
            keys = [key for key in keys if key]
            wrong = [why for key in keys if (why := keymap.wrong_key(key))]
            complaints += [(at, why) for why in wrong]
            if len(set(keys)) < len(keys):
                complaints.append((at, "names a key twice"))
            elif not wrong:
                bound[name] = tuple(keys)
    complaints += [(("keys", name), why) for name, why in keymap.taken(bound).items()]
    return bound


def _line(lines: dict[KeyPath, int], at: KeyPath) -> int | None:
    return next((lines[at[:length]] for length in range(len(at), 0, -1) if at[:length] in lines), None)
