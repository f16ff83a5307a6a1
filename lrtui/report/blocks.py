"""A document made of headings, facts, paragraphs, lists and tables; written as plain text or as Markdown."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from lrtui.report.cells import Table
from lrtui.report.markup import markdown_table, markdown_text
from lrtui.report.text_table import text_table
from lrtui.text import literal, wrap


@dataclass(frozen=True)
class Heading:
    """The head of the document (level 1), of a part (2), of a section (3)."""

    text: str
    level: int = 2


@dataclass(frozen=True)
class Facts:
    """Labels and what they stand for."""

    pairs: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Paragraph:
    """A few sentences."""

    text: str


@dataclass(frozen=True)
class Item:
    """One entry of a list: a line, and lines that belong to it."""

    text: str
    details: Sequence[str] = ()


@dataclass(frozen=True)
class Items:
    """A list, numbered on request."""

    items: Sequence[Item]
    numbered: bool = False


Block = Heading | Facts | Paragraph | Items | Table

_UNDERLINES = {1: "═", 2: "─"}


def text_document(blocks: Sequence[Block], width: int | None = None) -> str:
    """Return the document as plain text, at most `width` wide (None: paragraphs in one line each)."""
    return "\n\n".join("\n".join(_text(block, width)) for block in blocks) + "\n"


def markdown_document(blocks: Sequence[Block]) -> str:
    """Return the document as Markdown; all text in it only shows."""
    return "\n\n".join("\n".join(_markdown(block)) for block in blocks) + "\n"


def _text(block: Block, width: int | None) -> list[str]:
    if isinstance(block, Heading):
        lines = wrap(literal(block.text), width)
        mark = _UNDERLINES.get(block.level)
        return [*lines, mark * max(map(cell_len, lines), default=0)] if mark else lines
    if isinstance(block, Facts):
        indent = 2 + max(len(label) for label, _ in block.pairs)
        return [line for label, text in block.pairs for line in _hung(label.ljust(indent), text, width)]
    if isinstance(block, Paragraph):
        return wrap(literal(block.text), width)
    if isinstance(block, Items):
        return [line for number, item in enumerate(block.items, 1) for line in _text_item(block, number, item, width)]
    return [text_table(dataclasses.replace(block, title="", changed=()), width).rstrip("\n")]


def _text_item(block: Items, number: int, item: Item, width: int | None) -> list[str]:
    mark = f"{number}. ".rjust(4) if block.numbered else "- "
    indent = " " * len(mark)
    details = [line for detail in item.details for line in _hung(f"{indent}- ", detail, width)]
    return [*_hung(mark, item.text, width), *details]


def _hung(mark: str, text: str, width: int | None) -> list[str]:
    """Return the lines of a paragraph that hangs from `mark`."""
    indent = " " * len(mark)
    lines = wrap(literal(text), None if width is None else max(20, width - len(mark))) or [""]
    return [mark + lines[0], *(indent + line for line in lines[1:])]


def _markdown(block: Block) -> list[str]:
    if isinstance(block, Heading):
        return [f"{'#' * block.level} {_safe(block.text)}"]
    if isinstance(block, Facts):
        return [f"- **{_safe(label)}**: {_safe(text)}" for label, text in block.pairs]
    if isinstance(block, Paragraph):
        return [_safe(block.text)]
    if isinstance(block, Items):
        marks = [f"{number}. " if block.numbered else "- " for number in range(1, len(block.items) + 1)]
        return [
            line
            for mark, item in zip(marks, block.items, strict=True)
            for line in (mark + _safe(item.text), *(f"{' ' * len(mark)}- {_safe(detail)}" for detail in item.details))
        ]
    return [markdown_table(dataclasses.replace(block, title="", changed=())).rstrip("\n")]


def _safe(text: str) -> str:
    return markdown_text(literal(text))
