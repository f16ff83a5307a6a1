"""The map of two swept keys as text, for the command line and the screen: a number and a mark in every cell, and a colour."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.style import Style
from rich.text import Text

from lrtui.plots import pair_lines
from lrtui.plots.ansi import colours, printed
from lrtui.plots.heatmap import Look
from lrtui.plots.layers import bands
from lrtui.plots.metrics import LOG
from lrtui.plots.pair_lines import Law
from lrtui.plots.pairs import Cell, PairMap, numeric, text_of
from lrtui.plots.palette import Ground
from lrtui.text import literal, wrap

DIVERGED, UNDER_WAY, UNTRAINED = "✗", "…", "·"
_WIDEST, _TALLEST = 12, 5
_NUMBERED = 7
"""Columns of a cell that has room for its number."""
_PRINTED = 3
"""Lines of a row in print."""
_DARK, _BRIGHT = "#101318", "#ffffff"


@dataclass(frozen=True)
class Place:
    """A cell, by row and column."""

    row: int
    column: int


@dataclass(frozen=True)
class Laid:
    """A map laid out, and where in its lines its cells lie."""

    lines: tuple[Text, ...]
    left: int
    cell: int
    tall: int
    rows: int
    columns: int

    def place_at(self, x: int, y: int) -> Place | None:
        """Return which cell lies at a column and a line."""
        if x < self.left or y < 0 or not self.cell:
            return None
        row, column = y // self.tall, (x - self.left) // self.cell
        return Place(row, column) if row < self.rows and column < self.columns else None


def fitted(drawn: PairMap, width: int, rows: int) -> PairMap:
    """Return the map in at most so many columns and rows: neighbours share one, which shows the best of them."""
    left = _left(drawn)
    across, down = bands(len(drawn.xs), max(1, width - left)), bands(len(drawn.ys), max(1, rows))
    if len(across) == len(drawn.xs) and len(down) == len(drawn.ys):
        return drawn
    cells = []
    for lines in down:
        line = []
        for columns in across:
            found = [
                cell
                for row in drawn.cells[lines.first : lines.last + 1]
                for cell in row[columns.first : columns.last + 1]
            ]
            line.append(_best(found, drawn))
        cells.append(tuple(line))
    xs, ys = (tuple(known[band.first] for band in shared) for known, shared in ((drawn.xs, across), (drawn.ys, down)))
    return PairMap(drawn.pair, drawn.shown, xs, ys, tuple(cells), drawn.others)


def lay_out(
    drawn: PairMap,
    look: Look,
    *,
    width: int,
    height: int | None = None,
    law: Law | None = None,
    cross: Place | None = None,
) -> Laid:
    """Return the map, at most `width` wide; in `height` lines if given (the axis and a legend are two of them)."""
    rows = len(drawn.ys) if height is None else max(1, height - 3)
    drawn = fitted(drawn, width, rows)
    left = _left(drawn)
    cell = max(1, min(_WIDEST, (width - left) // len(drawn.xs)))
    tall = _PRINTED if height is None else max(1, min(_TALLEST, rows // len(drawn.ys)))
    if cell < _NUMBERED and height is None:
        tall = 1
    dots = _dots(drawn, law, cell, tall)
    places, best, row_bests = drawn.places(), drawn.best, drawn.best_of_rows
    lines = []
    for row, cells in enumerate(drawn.cells):
        for line in range(tall):
            middle = line == (tall - 1) // 2
            name = text_of(drawn.pair.y, drawn.ys[row]) if middle else ""
            text = Text.assemble((f"{name:>{left - 1}} ", look.dim))
            for column, one in enumerate(cells):
                marks = ("[", "]") if best == (row, column) else ("‹", "›") if row_bests[row] == column else ("", "")
                crossed = cross == Place(row, column)
                label = _label(one, drawn, marks, cell, crossed=crossed) if middle else ""
                _append(text, one, label, look, cell, places, dots.get((row * tall + line, column), frozenset()))
            lines.append(text)
    axis = Text(" " * left)
    axis.append(_axis(drawn, cell), look.dim)
    short = [key.rpartition(".")[2] for key in (drawn.pair.x, drawn.pair.y)]
    x, y = short if short[0] != short[1] else (drawn.pair.x, drawn.pair.y)
    keys = Text(literal(f"{y} ↑  {x} →" if numeric(drawn.ys) else f"{x} →"), look.dim)
    told = [keys]
    legend = _legend(drawn, cell)
    if height is None and keys.cell_len + len(legend) + 3 > width:
        told += [Text(line, look.dim) for line in wrap(legend, width)]
    elif keys.cell_len + len(legend) + 3 > width:
        told = [Text(legend, look.dim)]
    else:
        keys.append(f"   {legend}")
    if law is not None and drawn.pair.has_lines:
        told.append(Text(pair_lines.legend(pair_lines.lines(drawn, law), law), look.dim))
    for one_line in (axis, *told):
        one_line.truncate(width, overflow="ellipsis")
    return Laid((*lines, axis, *told), left, cell, tall, len(drawn.ys), len(drawn.xs))


def printed_map(drawn: PairMap, *, width: int, colour: bool, law: Law | None = None) -> str:
    """Return the map for printing, at most `width` wide, with ANSI codes if `colour`."""
    available = colours(colour)
    look = Look(LOG, Ground.ANSI if available == "16" else Ground.ANY, letters=available == "none")
    lines = [
        Text(line, "bold") for line in wrap(literal(f"{drawn.shown.title} · {drawn.pair.label}{others(drawn)}"), width)
    ]
    lines += lay_out(drawn, look, width=width, law=law).lines
    lines += [Text(line) for line in wrap(literal(drawn.sentence), width)]
    return printed(lines, width, colour)


def others(drawn: PairMap) -> str:
    """Return what is said of other swept keys."""
    return literal(f" · the best of {', '.join(drawn.others)}") if drawn.others else ""


def _left(drawn: PairMap) -> int:
    return min(24, max(len(text_of(drawn.pair.y, y)) for y in drawn.ys)) + 2


def _best(cells: Sequence[Cell], drawn: PairMap) -> Cell:
    finite = [cell for cell in cells if cell.finite and cell.value is not None]
    if not finite:
        return next((cell for cell in cells if cell.value is not None), cells[0])
    return min(finite, key=lambda cell: drawn.shown.badness(cell.value or 0.0))


def _label(one: Cell, drawn: PairMap, marks: tuple[str, str], cell: int, *, crossed: bool) -> str:
    """Return number and mark of a cell, as much of it as there is room for."""
    sign = (
        DIVERGED if one.diverged or (one.value is not None and not one.finite) else UNDER_WAY if one.under_way else ""
    )
    if one.value is None:
        text = sign or UNTRAINED
    elif not one.finite:
        text = DIVERGED
    else:
        text = f"{marks[0]}{drawn.shown.text(one.value)}{sign}{marks[1]}"
        if cell < max(_NUMBERED, len(text)):
            text = f"{marks[0]}{sign or '◦'}{marks[1]}" if cell >= 3 else sign or (marks[0] and "◆")
    if crossed:
        text = f"◆{text}" if len(text) < cell else "◆"
    return text[:cell]


def _append(text: Text, one: Cell, label: str, look: Look, cell: int, places: object, dots: frozenset[int]) -> None:
    """Append one line of a cell: its number in the middle of its colour (or shade), dots where a line crosses it."""
    before = (cell - len(label)) // 2
    fill, style = " ", Style()
    shade = Style()
    if one.finite and one.value is not None:
        place = places(one.value)  # type: ignore[operator]
        if look.smooth:
            ground = look.colour(place)
            style = Style(bgcolor=ground, color=_DARK if _light(ground) else _BRIGHT)
            shade = style
        else:
            fill, name = look.shade(place)
            shade = Style.parse(name) if name else Style()
    elif one.value is not None and not look.letters:
        style = Style.parse(look.bad)
    row = [fill] * cell
    spaced = f" {label} " if label and fill != " " and len(label) + 2 <= cell else label
    start = before - (len(spaced) - len(label)) // 2
    row[start : start + len(spaced)] = spaced
    for at in range(cell):
        inside = start <= at < start + len(spaced)
        if at in dots and not (inside and row[at] != " "):
            text.append("•", style + Style(bold=True))
        else:
            text.append(row[at], style + Style(bold=True) if inside else shade)


def _light(colour: str) -> bool:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return 0.3 * red + 0.59 * green + 0.11 * blue > 0.5


def _dots(drawn: PairMap, law: Law | None, cell: int, tall: int) -> dict[tuple[int, int], frozenset[int]]:
    """Return, by line of text and column, which characters of a cell a line goes through."""
    if law is None:
        return {}
    found: dict[tuple[int, int], set[int]] = {}
    for line in pair_lines.lines(drawn, law, steps=max(24, 4 * cell)):
        for across, down in line.points:
            x = min(len(drawn.xs) * cell - 1, int((across + 0.5) * cell))
            y = min(len(drawn.ys) * tall - 1, int((down + 0.5) * tall))
            found.setdefault((y, x // cell), set()).add(x % cell)
    return {at: frozenset(dots) for at, dots in found.items()}


def _axis(drawn: PairMap, cell: int) -> str:
    line = [" "] * (cell * len(drawn.xs))
    free = 0
    for column, x in enumerate(drawn.xs):
        label = text_of(drawn.pair.x, x)
        label = label if len(label) <= 2 * cell + 4 else f"{label[: 2 * cell + 3]}…"
        at = max(0, min(column * cell + (cell - len(label)) // 2, len(line) - len(label)))
        if at >= free and at + len(label) <= len(line):
            line[at : at + len(label)] = label
            free = at + len(label) + 1
    return "".join(line)


def _legend(drawn: PairMap, cell: int) -> str:
    """Return what the marks that are there mean."""
    every = [one for line in drawn.cells for one in line]
    told = ["[ ] best", "‹ › of its row"] if cell >= _NUMBERED else ["◆ best of its row"]
    told += [f"{DIVERGED} diverged"] * any(one.diverged or (one.value is not None and not one.finite) for one in every)
    told += [f"{UNDER_WAY} under way"] * any(one.under_way for one in every)
    told += [f"{UNTRAINED} not trained"] * any(one.value is None and not one.under_way for one in every)
    return "  ".join(told)
