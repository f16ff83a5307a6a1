"""The map of two swept keys on the screen; arrows and the mouse read single cells."""

from typing import ClassVar

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType

from lrtui.plots.heatmap import Look
from lrtui.plots.metrics import LOG
from lrtui.plots.pair_lines import Law
from lrtui.plots.pair_text import Laid, Place, fitted, lay_out, others
from lrtui.plots.pairs import Cell, PairMap, text_of
from lrtui.text import count, literal
from lrtui.tui.charts.caption import captioned
from lrtui.tui.diffed_lines import DiffedLines
from lrtui.tui.signs import wrap
from lrtui.tui.themes import has_letters


class PairView(DiffedLines, can_focus=True):
    """Draws one map."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "cross(0, -1)", "Cell to the left", show=False),
        Binding("right", "cross(0, 1)", "Cell to the right", show=False),
        Binding("up", "cross(-1, 0)", "Cell above", show=False),
        Binding("down", "cross(1, 0)", "Cell below", show=False),
        Binding("escape", "uncross", "Crosshair away", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._map: PairMap | None = None
        self._law: Law | None = None
        self._toggles = Text()
        self._cross: Place | None = None
        self._laid: Laid | None = None
        self._fitted: PairMap | None = None

    def show_map(self, drawn: PairMap, law: Law | None, toggles: Text) -> None:
        """Show a map, with the lines of a `law`."""
        if self._map is None or (drawn.pair, drawn.xs, drawn.ys) != (self._map.pair, self._map.xs, self._map.ys):
            self._cross = None
        self._map, self._law, self._toggles = drawn, law, toggles
        self.redraw()

    def redraw(self) -> None:
        """Lay the map out for the size there is."""
        width, height = self.size
        if width >= 12 and height >= 5 and self._map is not None:
            self.show(self._lines(self._map, width, height))

    def action_cross(self, rows: int, columns: int) -> None:
        """Move the crosshair; it begins at the best cell."""
        if (drawn := self._fitted) is None:
            return
        at = self._cross
        if at is None:
            self._cross = Place(*(drawn.best or (0, 0)))
        else:
            last_row, last_column = len(drawn.ys) - 1, len(drawn.xs) - 1
            self._cross = Place(max(0, min(last_row, at.row + rows)), max(0, min(last_column, at.column + columns)))
        self.redraw()

    def action_uncross(self) -> None:
        """Put the crosshair away."""
        if self._cross is not None:
            self._cross = None
            self.redraw()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """The crosshair follows the mouse."""
        found = None if self._laid is None else self._laid.place_at(event.x, event.y + self.scroll_offset.y - 1)
        if found != self._cross:
            self._cross = found
            self.redraw()

    def on_leave(self) -> None:
        """The mouse is gone, and the crosshair with it."""
        if not self.has_focus:
            self.action_uncross()

    def _lines(self, drawn: PairMap, width: int, height: int) -> list[Text]:
        skin = self.skin
        look = Look(LOG, skin.ground, letters=has_letters(self), dim=skin.dim, bad=skin.bad)
        words = wrap(literal(drawn.sentence), width)[:2]
        room = height - 1 - len(words) + (0 if self._law else 1)
        self._fitted = fitted(drawn, width, max(1, room - 3))
        self._laid = lay_out(drawn, look, width=width, height=room, law=self._law, cross=self._cross)
        caption = self._reading(self._fitted) or f"{drawn.shown.title} · {drawn.pair.label}{others(drawn)}"
        return [
            captioned(caption, self._toggles, width, skin),
            *self._laid.lines,
            *(Text(line, skin.text) for line in words),
        ]

    def _reading(self, drawn: PairMap) -> str:
        """Return what the crosshair reads."""
        at = self._cross
        if at is None or at.row >= len(drawn.ys) or at.column >= len(drawn.xs):
            return ""
        x, y = text_of(drawn.pair.x, drawn.xs[at.column]), text_of(drawn.pair.y, drawn.ys[at.row])
        return f"{drawn.pair.x} {x}, {drawn.pair.y} {y}: {_told(drawn.cells[at.row][at.column], drawn)}"


def _told(cell: Cell, drawn: PairMap) -> str:
    if cell.value is None:
        return "under way" if cell.under_way else "not trained yet"
    value = drawn.shown.text(cell.value) if cell.finite else "not a number"
    told = [f"{value} (mean of {count(cell.runs, 'run')})"]
    told += [f"{cell.diverged} diverged"] * bool(cell.diverged)
    told += ["more to come"] * cell.under_way
    return ", ".join(told)
