"""Keys of a person's own: what may be bound to which action, and the list of actions that comes of it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from textual.binding import Binding

from lrtui.study.problems import nearest
from lrtui.text import literal
from lrtui.tui.actions import ACTIONS, Action

_NAMED = (
    "insert", "delete", "backspace", "home", "end", "pageup", "pagedown", "up", "down", "left", "right",
    "space", "tab", "enter", "escape",
)  # fmt: skip
_KEY = re.compile(rf"(ctrl\+|alt\+|shift\+)*([a-z0-9]|f([1-9]|1[0-9]|2[0-4])|{'|'.join(_NAMED)})")
_PANES = {*_NAMED, "shift+tab"} - {"insert", "enter"}
_ROWS = ("j", "k")
_AS_TERMINALS_HAVE_IT = {
    "ctrl+i": "tab",
    "ctrl+m": "enter",
    "ctrl+h": "backspace",
    "ctrl+j": "a new line",
    "ctrl+c": "leaving",
}
_SPELLED = {",": "comma", "comma": ","}
_SHOWN = {"enter": "⏎", "comma": ","}
_FIXED = ("ctrl+c",)
"""Keys that stay with quitting, whatever is bound to it."""


def key_names(actions: Iterable[Action] = ACTIONS) -> dict[str, Action]:
    """Return the actions by the names that a configuration file knows them by."""
    return {name_of(action): action for action in actions}


def name_of(action: Action) -> str:
    """Return `stop_run`, `tab_1`, `smooth_1`, `pane_back`: the action's name without brackets."""
    name, _, given = action.name.partition("(")
    if not given:
        return name
    parts = [part.strip(" '\"") for part in given.rstrip(")").split(",")]
    if name == "tab":
        return f"tab_{int(parts[0]) + 1}"
    return "_".join([name, *("back" if part.startswith("-") else part for part in parts)])


def wrong_key(key: str) -> str:
    """Return why a key cannot be bound; empty if it can."""
    if len(key) == 1 and key.isprintable() and not key.isspace() and key not in _ROWS:
        return ""
    if not _KEY.fullmatch(key):
        return f"no key is called {literal(key)!r}; x, X, +, f5, ctrl+x, alt+x are keys"
    if key in _ROWS:
        return f"{key} moves through the rows of the lists"
    if key in _PANES:
        return f"{key} belongs to the panes: they move, leave and scroll with it"
    if key in _AS_TERMINALS_HAVE_IT:
        return f"{key} is {_AS_TERMINALS_HAVE_IT[key]} in a terminal"
    return ""


def rebound(keys: Mapping[str, Sequence[str]], actions: Sequence[Action] = ACTIONS) -> tuple[Action, ...]:
    """Return the actions with the keys of some of them (by `name_of`) replaced; none: only the palette has it."""
    return tuple(_with(action, keys[name_of(action)]) if name_of(action) in keys else action for action in actions)


def taken(keys: Mapping[str, Sequence[str]], actions: Sequence[Action] = ACTIONS) -> dict[str, str]:
    """Return, by name, which of the actions bound anew have a key that another one has, in words.

    Actions that share a key from the outset, as those that never work at the same time do, may share another one.
    """
    owners: dict[str, list[Action]] = {}
    for action in rebound(keys, actions):
        for key in _split(action.keys):
            owners.setdefault(key, []).append(action)
    before = {name_of(action): set(_split(action.keys)) for action in actions}
    found: dict[str, str] = {}
    for key, sharing in owners.items():
        names = [name_of(action) for action in sharing]
        for name in names:
            others = [one for one in names if one != name and not before[name] & before[one]]
            if name in keys and others:
                title = next(action.title for action in sharing if name_of(action) == others[0])
                found.setdefault(name, f"{_shown(key)} is taken by {others[0]} ({title}); give that one another key")
    return found


def unknown(name: str) -> str:
    """Return what is said of an action that does not exist."""
    near = nearest(name, key_names())
    return f"no such action; did you mean {near}?" if near else "no such action; `lrtui doctor --keys` lists them"


def bindings(actions: Iterable[Action]) -> list[Binding]:
    """Return the bindings of the app."""
    return [
        Binding(key, action.name, action.title, show=False, priority=key.startswith("ctrl") or action.ahead)
        for action in actions
        for key in _split(action.keys)
    ]


def _with(action: Action, keys: Sequence[str]) -> Action:
    fixed = [key for key in _FIXED if key in _split(action.keys)]
    names = [_SPELLED.get(key, key) if key == "," else key for key in keys]
    return replace(action, keys=",".join([*names, *fixed]), shown=_shown(keys[0]) if keys else "–")


def _split(keys: str) -> list[str]:
    """Return the keys as they are to be compared: a character or a name, each always the same one."""
    return [_NAMES.get(key, key) for key in keys.split(",") if key]


_NAMES = {
    "+": "plus", ">": "greater_than_sign", "<": "less_than_sign", "/": "slash", "*": "asterisk", "?": "question_mark",
    "[": "left_square_bracket", "]": "right_square_bracket", "-": "minus", "=": "equals_sign", "_": "underscore",
    ".": "full_stop", ";": "semicolon", ":": "colon", "!": "exclamation_mark", "|": "vertical_line", "\\": "backslash",
    "(": "left_parenthesis", ")": "right_parenthesis", "{": "left_curly_bracket", "}": "right_curly_bracket",
    "#": "number_sign", "$": "dollar_sign", "%": "percent_sign", "&": "ampersand", "@": "at", "~": "tilde",
    "'": "apostrophe", '"': "quotation_mark", "`": "grave_accent", "^": "circumflex_accent",
}  # fmt: skip
"""Characters by the names that Textual has for them."""
_CHARACTERS = {name: character for character, name in _NAMES.items()}


def _shown(key: str) -> str:
    if key.startswith("ctrl+"):
        return f"^{key.removeprefix('ctrl+')}"
    if key in _CHARACTERS:
        return _CHARACTERS[key]
    if re.fullmatch(r"f\d+", key):
        return key.upper()
    return _SHOWN.get(key, key)
