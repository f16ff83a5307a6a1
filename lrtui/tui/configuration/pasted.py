"""What was pasted into a field: a column of a spreadsheet becomes a list."""

import re
from dataclasses import dataclass

_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+([eE][+-]?\d+)?")
_GROUPED = re.compile(r"[+-]?\d{1,3}((\.\d{3})+,\d*|([ '\u2019\u00a0\u202f]\d{3})+([.,]\d*)?)")
_GROUPED_BY_COMMAS = re.compile(r"[+-]?\d{1,3}((,\d{3})+\.\d*|(,\d{3})*,0\d\d(,\d{3})*)")
"""Numbers with their thousands set apart: `1.000,5`, `12 000`; `1,000.5`, `12,000` (`64,128` are two)."""
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"))


@dataclass(frozen=True)
class Pasted:
    """The text to insert (empty: nothing), and what is to be said of it (empty: nothing)."""

    text: str
    note: str = ""


def pasted(text: str, *, several: bool) -> Pasted:
    """Return what a field makes of a pasted text: its cells, parted by lines, tabs or semicolons, become a list.

    A field that takes one value (`several` is false) takes the first and says that the others were left out. Cells with
    decimal commas are refused, since a comma parts values here, and so are thousands set apart. A true minus is a minus, and
    what has no width is nothing.
    """
    text = text.translate(_INVISIBLE).replace("\u2212", "-")
    cells = [cell.strip() for cell in re.split(r"[\t\n\r\v\f;\x85\u2028\u2029]", text)]
    cells = [cell for cell in cells if cell]
    if any(_DECIMAL_COMMA.fullmatch(cell) and (len(cells) > 1 or cell.startswith("0,")) for cell in cells):
        return Pasted("", "not pasted: a decimal comma; write 0.1, since commas part values")
    if any(_GROUPED.fullmatch(cell) or _GROUPED_BY_COMMAS.fullmatch(cell) for cell in cells):
        return Pasted("", "not pasted: thousands set apart; write 12000 or 12000.5")
    if len(cells) <= 1 or several:
        return Pasted(", ".join(cells).replace(",,", ","))
    return Pasted(cells[0], f"takes one value: the first of {len(cells)} lines; {len(cells) - 1} left out")
