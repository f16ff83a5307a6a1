"""Cells laid out in columns: widths that stay, numbers to the right."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rich.style import Style
from rich.text import Text


@dataclass(frozen=True)
class Col:
    """One column."""

    key: str
    title: str
    width: int
    right: bool = True
    rank: int = 0
    """Columns of the highest rank are dropped first where there is no room."""


@dataclass(frozen=True)
class Cell:
    """A text and its style."""

    text: str = ""
    style: str = ""


def fitting(columns: Sequence[Col], width: int) -> list[Col]:
    """Return the columns that fit into `width`, in order; words in the last one have what room is left."""
    kept = list(columns)
    while len(kept) > 1 and sum(column.width + 1 for column in kept) - 1 > width:
        kept.remove(max(kept, key=lambda column: column.rank))
    left = width - sum(column.width + 1 for column in kept) + 1
    if left > 0 and not kept[-1].right:
        kept[-1] = replace(kept[-1], width=kept[-1].width + left)
    return kept


def line(columns: Sequence[Col], cells: dict[str, Cell]) -> Text:
    """Return one row."""
    text = Text()
    for position, column in enumerate(columns):
        cell = cells.get(column.key, Cell())
        shown = cell.text if len(cell.text) <= column.width else f"{cell.text[: column.width - 1]}…"
        text.append("" if position == 0 else " ")
        text.append(shown.rjust(column.width) if column.right else shown.ljust(column.width), cell.style)
    return text


def heading(columns: Sequence[Col], style: str, sorted_by: str = "", down: bool = True, click: str = "") -> Text:
    """Return the headings; the one sorted by carries an arrow; `click` is the action a click runs, given the key."""
    text = Text()
    for position, column in enumerate(columns):
        arrow = ("▾" if down else "▴") if column.key == sorted_by else ""
        title = f"{column.title}{arrow}"
        title = f"{column.title[: column.width - 1]}{arrow}" if len(title) > column.width else title
        look = Style.parse(f"bold {style}" if arrow else style)
        if click:
            look += Style(meta={"@click": f"{click}('{column.key}')"})
        text.append("" if position == 0 else " ")
        text.append(title.rjust(column.width) if column.right else title.ljust(column.width), look)
    return text
