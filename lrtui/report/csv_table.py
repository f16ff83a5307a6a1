"""A table as CSV that programs and spreadsheets read as it is meant: text stays text, lists stay lists."""

import json
import re

from lrtui.report.cells import Cell, Table

_WORDS = frozenset(
    {"nan", "na", "n/a", "null", "none", "nil", "true", "false", "t", "f", "y", "n", "yes", "no", "on", "off"}
    | {"inf", "infinity", "epoch", "now", "today", "yesterday", "tomorrow"}
)
"""What some reader takes for a number, a truth value, a time, or nothing at all, in any spelling."""
_PLAIN = re.compile(r"[A-Za-z_(][^\"']*")
_COUNTED = re.compile(r"\d+ [A-Za-z0-9 ,.()-]*")
_LONG_WORD = re.compile(r"[A-Za-z]{4,}")
_OF_A_DATE = re.compile(
    r"\b(jan|feb|fev|f[eé]v|mar|mrt|apr|avr|abr|ma[iyjg]|me[ij]|gen|giu|jui|jun|jul|lug|ag[ou]|ao|aug|setem|sette|sept?\b|oct"
    r"|okt|ott|out|nov|dec|des|dez|dic|ene|mon|tue|wed|thu|fri|sat|sun|am\b|pm\b|[ap]\b)",
    re.IGNORECASE,
)
"""Words that make a date or a time of the numbers around them, in some language."""
_TO_QUOTE = re.compile(r"[,;|\t\"\r\n]|^'.*'$", re.DOTALL)
"""Text that some reader would part, or take the apostrophes around it for quotation marks."""
_DATE = re.compile(r"(jan|feb|mar|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|des|dez)[a-z]*[ .,/-]*\d", re.IGNORECASE)


def csv_table(table: Table) -> str:
    """Return the table as CSV under the columns' keys, in full precision.

    Text that some reader would take for something else (a number, a date, a formula, a truth value, a missing value, or
    text that begins with an apostrophe) has an apostrophe before it; without that apostrophe it is the text. Lists are
    written `[64, 32]`. What is missing is empty. If something was changed of the preset, a last column `changed` says what.
    """
    head = [*(column.key for column in table.columns), *(["changed"] if table.changed else [])]
    changed = [as_text(", ".join(table.changed))] if table.changed else []
    lines = [head, *([*map(_written, row), *changed] for row in table.rows)]
    return "".join(f"{','.join(map(_quoted, line))}\n" for line in lines)


def as_text(text: str) -> str:
    """Return text as no reader takes it for anything else."""
    plain = _PLAIN.fullmatch(text) and text.lower().strip() not in _WORDS and not _DATE.match(text)
    return text if (plain or _counts(text)) and text == text.strip() else f"'{text}"


def _counts(text: str) -> bool:
    """Return whether text begins with a number and is nothing but text for all that: `2 oscillating, 1 stalled`."""
    return bool(_COUNTED.fullmatch(text) and _LONG_WORD.search(text)) and not _OF_A_DATE.search(text)


def _quoted(text: str) -> str:
    return '"{}"'.format(text.replace('"', '""')) if _TO_QUOTE.search(text) else text


def _written(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return as_text(cell)
    if isinstance(cell, tuple):
        return json.dumps(cell, ensure_ascii=False)
    return repr(float(cell)) if isinstance(cell, float) else str(cell)
