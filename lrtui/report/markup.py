"""A table in Markdown and LaTeX, with text that only shows: whatever it holds, it is neither markup nor a command."""

import re
from collections.abc import Callable, Sequence

from rich.cells import cell_len

from lrtui.report.cells import Table

MARKDOWN_MISSING = "–"
LATEX_MISSING = "--"

_MARKDOWN = re.compile(r"([\\`*_\[\]<>|~&$#@]|:(?=//))")
_LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "`": r"\textasciigrave{}",
    "'": r"\textquotesingle{}",
    '"': r"\textquotedbl{}",
    "-": "-{}",  # no ligature: -- stays --
    "[": "{[}",  # not the argument of a \\ before it
    "]": "{]}",
    "*": "{*}",
    "★": r"$\star$",
    "☆": r"$\circ$",
    "≈": r"$\approx$",
    **{special: f"\\{special}" for special in "&%$#_"},
}


def markdown_text(text: str) -> str:
    """Return `text`, already without control characters, so that Markdown shows it as it is (GitHub's dialect too)."""
    return _MARKDOWN.sub(r"\\\1", text)


def latex_text(text: str) -> str:
    """Return `text`, already without control characters, so that LaTeX sets it as it is."""
    return "".join(_LATEX.get(character, character) for character in text)


def markdown_table(table: Table) -> str:
    """Return the title in bold, the note, and a pipe table, padded so that it also reads as it stands."""
    table = table.seen
    head = [f"**{markdown_text(table.title.strip())}**"] if table.title.strip() else []
    head += [markdown_text(text) for text in (table.note, table.changes) if text]
    rows = [
        [markdown_text(column.header) for column in table.columns],
        *_escaped(table, MARKDOWN_MISSING, markdown_text),
    ]
    widths = [max(3, *(cell_len(row[index]) for row in rows)) for index in range(len(table.columns))]
    lines = [_pipes(_padded(table, row, widths)) for row in rows]
    rule = [
        "-" * (width - 1) + ":" if column.numeric else "-" * width
        for column, width in zip(table.columns, widths, strict=True)
    ]
    lines.insert(1, _pipes(rule))
    return "\n\n".join([*head, "\n".join(lines)]) + "\n"


def latex_table(table: Table) -> str:
    """Return a `tabular` in the style of booktabs; title and note stand above it as comments."""
    table = table.seen
    comments = [
        f"% {line}" for line in (table.title, table.note, table.changes, r"needs \usepackage{booktabs}") if line
    ]
    align = "".join("r" if column.numeric else "l" for column in table.columns)
    head = [latex_text(column.header) for column in table.columns]
    body = _escaped(
        table, LATEX_MISSING, latex_text, lambda number: f"${number}$" if number.startswith("-") else number
    )
    lines = [
        *comments,
        rf"\begin{{tabular}}{{{align}}}",
        r"\toprule",
        _ampersands(head),
        r"\midrule",
        *(_ampersands(row) for row in body),
        r"\bottomrule",
        r"\end{tabular}",
    ]
    return "\n".join(lines) + "\n"


def _escaped(
    table: Table, missing: str, escape: Callable[[str], str], number: Callable[[str], str] = str
) -> list[list[str]]:
    """Return the cells as text: what is text escaped, what is a number through `number`."""
    return [
        [
            text if cell is None else escape(text) if isinstance(cell, str | tuple) else number(text)
            for cell, text in zip(row, shown, strict=True)
        ]
        for row, shown in zip(table.rows, table.shown(missing), strict=True)
    ]


def _padded(table: Table, row: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [
        " " * (width - cell_len(text)) + text if column.numeric else text + " " * (width - cell_len(text))
        for column, text, width in zip(table.columns, row, widths, strict=True)
    ]


def _pipes(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _ampersands(cells: Sequence[str]) -> str:
    return " & ".join(cells) + r" \\"
