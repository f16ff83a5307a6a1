"""The line above a picture: what it shows, and what can be switched."""

import operator
from collections.abc import Sequence

from rich.style import Style
from rich.text import Text

from lrtui.tui.themes import Skin


def captioned(title: str, toggles: Text, width: int, skin: Skin) -> Text:
    """Return the line, the toggles at its right end if they have room."""
    line = Text(title, skin.text)
    room = width - line.cell_len - 1
    if toggles.cell_len <= room:
        line = Text.assemble((title, skin.text), " " * (room - toggles.cell_len + 1), toggles)
    line.truncate(width, overflow="ellipsis")
    return line


def clickable(parts: Sequence[tuple[str, str]], skin: Skin) -> Text:
    """Return the toggles (label, action of the app) that have a label, side by side."""
    text = Text()
    for label, action in filter(operator.itemgetter(0), parts):
        text.append("  " if text.cell_len else "")
        text.append(label, Style.parse(skin.dim) + Style(meta={"@click": f"app.{action}"}))
    return text
