"""At which line of a TOML text each key stands.

tomli gives values without positions. Every statement of a TOML file ends at a line after which the text so far
parses by itself, so parsing the growing prefixes tells which line brought which key. It costs a parse per line,
and is paid only when there is an error to report.
"""

from collections.abc import Iterator
from typing import Any

import tomli

KeyPath = tuple[str | int, ...]


def key_lines(text: str) -> dict[KeyPath, int]:
    """Return the line (from 1) on which each key of a valid TOML `text` was first set, tables and array items included."""
    found: dict[KeyPath, int] = {}
    lines = text.splitlines(keepends=True)
    statement = 1
    prefix = ""
    for number, line in enumerate(lines, start=1):
        prefix += line
        try:
            document = tomli.loads(prefix)
        except tomli.TOMLDecodeError:
            continue
        for path in _paths(document):
            found.setdefault(path, statement)
        statement = number + 1
    return found


def _paths(value: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    if path:
        yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _paths(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _paths(inner, (*path, index))
