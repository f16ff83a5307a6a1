"""What was pasted into a field: a column of a spreadsheet becomes a list."""

import re
from dataclasses import dataclass

_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+([eE][+-]?\d+)?")


@dataclass(frozen=True)
class Pasted:
    """The text to insert (empty: nothing), and what is to be said of it (empty: nothing)."""

    text: str
    note: str = ""


def pasted(text: str, *, several: bool) -> Pasted:
    """Return what a field makes of a pasted text: its cells, parted by lines, tabs or semicolons, become a list.

    A field that takes one value (`several` is false) takes the first and says that the others were left out. Cells with
    decimal commas are refused, since a comma parts values here.
    """
    cells = [cell.strip() for cell in re.split(r"[\t\n\r\v\f;\x85\u2028\u2029]", text)]
    cells = [cell for cell in cells if cell]
    if any(_DECIMAL_COMMA.fullmatch(cell) and (len(cells) > 1 or cell.startswith("0,")) for cell in cells):
        return Pasted("", "not pasted: a decimal comma; write 0.1, since commas part values")
    if len(cells) <= 1 or several:
        return Pasted(", ".join(cells).replace(",,", ","))
    return Pasted(cells[0], f"takes one value: the first of {len(cells)} lines; {len(cells) - 1} left out")
