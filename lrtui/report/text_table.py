"""A table as aligned plain text, never wider than the terminal if that can be helped."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from lrtui.report.cells import Column, Table
from lrtui.text import wrap

GAP = "  "
NARROW_GAP = " "
MISSING = "–"
_NARROWEST_TEXT = 12


@dataclass
class _Strip:
    """One column being laid out: its heading, its cells as text, and how wide it is to be."""

    column: Column
    cells: list[str]
    width: int = 0

    def __post_init__(self) -> None:
        self.width = max(cell_len(self.column.header), self.content)

    @property
    def content(self) -> int:
        return max(map(cell_len, self.cells), default=0)

    @property
    def tight(self) -> int:
        """The width at which only the heading is wrapped."""
        return max(_longest_word(self.column.header), self.content)

    @property
    def narrowest(self) -> int:
        """The width at which text cells are wrapped too."""
        if self.column.numeric or self.column.identifies:
            return self.tight
        words = max(map(_longest_word, self.cells), default=0)
        return min(self.tight, max(words, _longest_word(self.column.header), _NARROWEST_TEXT))

    def lines(self, text: str) -> list[str]:
        return [text] if cell_len(text) <= self.width else wrap(text, self.width)

    def pad(self, text: str) -> str:
        space = " " * (self.width - cell_len(text))
        return space + text if self.column.numeric else text + space


def text_table(table: Table, width: int | None = None) -> str:
    """Return the table as text, with at most `width` columns of the terminal (None: as wide as it comes).

    If it is too wide, headings are wrapped first, then text cells, then columns stand closer; at last it is cut into
    several blocks, each repeating the columns that identify a row. Ends with a newline.
    """
    table = table.seen
    strips = [
        _Strip(column, [row[index] for row in table.shown(MISSING)]) for index, column in enumerate(table.columns)
    ]
    head = [line for text in (table.title, table.note, table.changes) if text for line in wrap(text, width)]
    fitted, gap = _fit(strips, width)
    blocks = ["\n".join(_block(block, len(table.rows), gap)) for block in fitted]
    return "\n\n".join((["\n".join(head)] if head else []) + blocks) + "\n"


def _longest_word(text: str) -> int:
    return max(map(cell_len, text.split()), default=0)


def _total(strips: Sequence[_Strip], gap: str = GAP) -> int:
    return sum(strip.width for strip in strips) + len(gap) * (len(strips) - 1)


def _fit(strips: list[_Strip], width: int | None) -> tuple[list[list[_Strip]], str]:
    """Return the blocks of the table, their widths settled, and what stands between two columns."""
    if width is None or _total(strips) <= width:
        return [strips], GAP
    for gap in (GAP, NARROW_GAP):
        for strip in strips:
            strip.width = strip.tight
        if _squeezed(strips, width, gap):
            return [strips], gap
    return _cut(strips, width), GAP


def _squeezed(strips: Sequence[_Strip], width: int, gap: str) -> bool:
    """Take from the widest texts what the table is too wide; return whether that was enough."""
    while _total(strips, gap) > width:
        shrinkable = [strip for strip in strips if strip.width > strip.narrowest]
        if not shrinkable:
            return False
        max(shrinkable, key=lambda strip: strip.width).width -= 1
    return True


def _cut(strips: list[_Strip], width: int) -> list[list[_Strip]]:
    """Return blocks of narrow columns, text then widened if a block has room to spare."""
    keys = [strip for strip in strips if strip.column.identifies]
    blocks = [list(keys)]
    for strip in strips:
        if strip.column.identifies:
            continue
        if len(blocks[-1]) > len(keys) and _total([*blocks[-1], strip]) > width:
            blocks.append(list(keys))
        blocks[-1].append(strip)
    for block in blocks:
        for strip in block:
            spare = max(0, width - _total(block))
            strip.width = min(strip.tight, strip.width + spare)
    return blocks


def _block(strips: Sequence[_Strip], rows: int, gap: str) -> Iterator[str]:
    yield from _row(strips, [strip.column.header for strip in strips], gap, bottom=True)
    yield gap.join("─" * strip.width for strip in strips)
    for row in range(rows):
        yield from _row(strips, [strip.cells[row] for strip in strips], gap)


def _row(strips: Sequence[_Strip], texts: Sequence[str], gap: str, bottom: bool = False) -> Iterator[str]:
    wrapped = [strip.lines(text) for strip, text in zip(strips, texts, strict=True)]
    height = max(map(len, wrapped), default=0)
    if bottom:
        wrapped = [[""] * (height - len(lines)) + lines for lines in wrapped]
    for line in itertools.zip_longest(*wrapped, fillvalue=""):
        yield gap.join(strip.pad(text) for strip, text in zip(strips, line, strict=True)).rstrip()
