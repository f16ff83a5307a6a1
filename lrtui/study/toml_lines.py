"""At which line of a TOML text each key stands. tomli gives values without positions.

A scan over brackets, strings and comments cuts a valid text into its statements; tomli then reads each of them by itself.
"""

import re
from collections.abc import Iterator
from typing import Any

import tomli

KeyPath = tuple[str | int, ...]

DEEPEST = 8
"""Parts of the longest key path that is told apart; no key of a preset is longer than five."""

_TOKEN = re.compile(
    r'''
    """(?:\\.|[^\\])*?"""+ | \'\'\'.*?\'\'\'+     # multi-line strings; up to two quotes more belong to their text
    | "(?:\\.|[^"\\\n])*" | '[^'\n]*'
    | \#[^\n]*
    | [\[\]{}\n]
    ''',
    re.DOTALL | re.VERBOSE,
)


def key_lines(text: str) -> dict[KeyPath, int]:
    """Return the line (from 1) on which the statement stands that first set each key of a valid TOML `text`.

    Tables and items of arrays are among the keys.
    """
    found: dict[KeyPath, int] = {}
    rows: dict[KeyPath, int] = {}
    header: KeyPath = ()
    for line, statement in _statements(text):
        document = tomli.loads(statement)
        if statement.lstrip().startswith("["):
            header = _header(document, rows)
            paths = [header[:length] for length in range(1, len(header) + 1)]
        else:
            paths = [(*header, *path) for path in _paths(document)]
        for path in paths:
            found.setdefault(path, line)
    return found


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Yield every statement (blank lines and comments too) with the line it begins on."""
    start, begins, line, depth = 0, 1, 1, 0
    for token in _TOKEN.finditer(f"{text}\n"):
        mark = token.group()
        line += mark.count("\n")
        if mark in ("[", "{"):
            depth += 1
        elif mark in ("]", "}"):
            depth -= 1
        elif mark == "\n" and depth == 0:
            yield begins, text[start : token.end()]
            start, begins = token.end(), line


def _header(document: dict[str, Any], rows: dict[KeyPath, int]) -> KeyPath:
    """Return the table that a `[header]` or `[[header]]` opens; `rows` counts the tables of each array so far."""
    path: KeyPath = ()
    value: Any = document
    while value:
        ((key, value),) = value.items()
        path = (*path, key)
        if isinstance(value, list):
            rows[path] = rows.get(path, -1) + 1
            value = value[0]
        if path in rows:
            path = (*path, rows[path])
    return path


def _paths(value: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    if path:
        yield path
    if len(path) == DEEPEST:
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _paths(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _paths(inner, (*path, index))
