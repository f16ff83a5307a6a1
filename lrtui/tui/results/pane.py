"""The results pane: a table of scenarios that open to their runs, sortable by any column, and the sentence at the end."""

from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widget import Widget

from lrtui.plots.view import View
from lrtui.text import literal
from lrtui.tui.analysed import AnalysedView
from lrtui.tui.bound import key_of
from lrtui.tui.diffed_lines import DiffedLines
from lrtui.tui.results.scenario_rows import Key, ScenarioRow, columns, scenario_rows, shortened
from lrtui.tui.results.verdict import caveat
from lrtui.tui.row_list import Row, RowList
from lrtui.tui.signs import HIDDEN, wrap
from lrtui.tui.table import Cell, Col, fitting, heading, line
from lrtui.tui.themes import skin_of

FRAME = 3
"""Lines of the pane that are neither rows nor the sentence at the end: border and headings."""
SENTENCE = 3
"""Lines kept free for the sentence; a longer one has twice as many, more if the rows leave them free, and is cut after them."""


class ResultsTable(RowList):
    """The rows; enter opens a scenario, as space does."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "turn", "Open or close", show=False)]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Where there is no row, enter is left to others."""
        return action != "turn" or self.current is not None


class ResultsPane(Vertical):
    """Scenario rows with mean ± sd and verdict, their replicates, and who won."""

    @dataclass
    class Pointed(Message):
        """A person went to the row of a scenario, or of one of its runs."""

        scenario: str
        run: int | None

    def __init__(self) -> None:
        super().__init__(id="results", classes="pane")
        self.table: RowList = ResultsTable(id="table")
        self._view: View | None = None
        self._figures: AnalysedView | None = None
        self._open: set[str] = set()
        self._rows: list[ScenarioRow] = []
        self._row_count = 0
        self._columns: list[Col] = []
        self._sort = ""
        self._down = True
        self._followed = False
        """The cursor went to the best when the study ended, or was opened."""
        self._told: object = None
        """What the rows were made of."""
        self._room = 0
        self._titled = self._subtitled = ""
        self._sentence_height = 0
        self._verdict: tuple[str, str] = ("", "")
        self._said: object = None
        """What the sentence was laid out from."""
        self.cut = False
        """Whether there is no room for the whole sentence."""
        self._hidden: frozenset[str] = frozenset()
        """Scenarios whose curves are not drawn."""

    def compose(self) -> ComposeResult:
        """Sentence, headings, rows."""
        yield DiffedLines(id="verdict")
        yield DiffedLines(id="headings")
        yield self.table

    def on_mount(self) -> None:
        """An empty table says so."""
        self._title()
        self.query_one("#verdict").display = False

    @property
    def selected(self) -> tuple[str, int | None]:
        """Return scenario and run number under the cursor (the run is None on a scenario's own row)."""
        current = self.table.current
        scenario, _, run = (current.key if current else "").partition("\0")
        return scenario, int(run) if run else None

    @property
    def sentence(self) -> str:
        """Return the whole sentence, in as many lines as there are model/data pairs."""
        return self._verdict[0]

    @property
    def sort(self) -> tuple[str, bool]:
        """Return the key sorted by (empty: the study's order) and whether downwards."""
        return self._sort, self._down

    def show_view(self, view: View | None, figures: AnalysedView) -> None:
        """Show a study as it stands."""
        if view is not None and (self._view is None or view.study is not self._view.study):
            self._open.clear()
            self._sort, self._down, self._followed = "", True, False
            self._hidden = frozenset()
        self._view, self._figures = view, figures
        self.draw()
        if view is not None and not view.live and not self._followed:
            self._followed = True
            self.call_after_refresh(self.go_to_best)

    def show_hidden(self, hidden: frozenset[str]) -> None:
        """Mark the scenarios whose curves are hidden."""
        if hidden != self._hidden:
            self._hidden = hidden
            self._lay_out()

    def say(self, sentence: str, style: str) -> None:
        """Show who won (or nothing) above the table."""
        if self._verdict != (sentence, style):
            self._verdict = (sentence, style)
            self._say()

    def draw(self, *, anew: bool = False) -> None:
        """Draw what changed."""
        if self._view is None or self._figures is None or not self.size.width:
            self.table.show_rows([])
            self._say()
            return
        told = (self._figures.version, self.app.theme, self._statuses(), id(self._view.study))
        changed = told != self._told
        if changed or anew or self.table.room != self._room:
            self._told, self._room = told, self.table.room
            self._columns = fitting(columns(self._view, self.table.room), self.table.room)
            if changed:
                self._rows = scenario_rows(self._view, self._figures, skin_of(self))
            self._lay_out()
            self._say()

    def sort_by(self, key: str) -> None:
        """Sort by a column; by the same again: the other way; the first column is the study's own order."""
        if key == "label":
            self._sort, self._down = "", True
        elif key == self._sort:
            self._down = not self._down
        else:
            self._sort, self._down = key, key not in ("loss", "convergence", "settled", "fluctuation", "verdict")
        self._lay_out()
        self._title()

    def sort_next(self) -> None:
        """Sort by the next column to the right that tells the scenarios apart; after the last, by the study's order again."""
        keys = [column.key for column in self._columns]
        after = keys[keys.index(self._sort) + 1 :] if self._sort in keys else keys[1:]
        telling = (key for key in after if len({row.keys.get(key) for row in self._rows}) > 1)
        self.sort_by(next(telling, "label"))

    def reverse(self) -> None:
        """Turn the order round."""
        if self._sort:
            self.sort_by(self._sort)

    def go_to_best(self) -> None:
        """Put the cursor on the best scenario of all, and bring it into sight."""
        if self._figures is not None and self._view is not None and not self._view.finder:
            known = [comparison.best for comparison in self._figures.comparisons() if comparison.learned]
            if known:
                self.table.select(max(known, key=lambda scenario: scenario.mean).scenario)

    def toggle_all(self) -> None:
        """Show the runs of every scenario, or of none."""
        everything = {row.scenario.scenario for row in self._rows}
        self._open = set() if self._open >= everything else everything
        self._lay_out()

    def fit(self) -> None:
        """Take no more height than the rows need, so that the curves have the rest; all of it where panes are tabs."""
        if self.screen.has_class("narrow") or self._view is None:
            self.styles.max_height = None
        else:
            self.styles.max_height = self._row_count + FRAME + max(SENTENCE, self._sentence_height)

    def on_row_list_resized(self, event: RowList.Resized) -> None:
        """Lay the table out for the new width."""
        event.stop()
        self.draw(anew=True)

    def on_row_list_moved(self, event: RowList.Moved) -> None:
        """Tell where a person went; that rows came and went is nothing."""
        event.stop()
        if event.rows.has_focus:
            self.post_message(self.Pointed(*self.selected))

    def on_row_list_toggled(self, event: RowList.Toggled) -> None:
        """Open or close a scenario."""
        event.stop()
        scenario, _, run = event.key.partition("\0")
        if run and event.open is not False:
            return
        wanted = scenario not in self._open if event.open is None else event.open
        (self._open.add if wanted else self._open.discard)(scenario)
        if run:
            self.table.select(scenario)
        self._lay_out()

    def _statuses(self) -> tuple[object, ...]:
        return tuple(state.status for state in self._view.snapshot.runs) if self._view else ()

    def _lay_out(self) -> None:
        skin = skin_of(self)
        rows = []
        for row in self._ordered():
            opened = row.scenario.scenario in self._open
            arrow = "▾" if opened else "▸"
            width = next((column.width for column in self._columns if column.key == "label"), 0)
            mark = HIDDEN.symbol if row.scenario.scenario in self._hidden else row.mark or " "
            label = f"{arrow} {mark} {shortened(row.scenario, width - 4)}"
            cells = {**row.cells, "label": Cell(label, row.cells["label"].style)}
            rows.append(Row(row.scenario.scenario, line(self._columns, cells), opens=True, arrow=2))
            if opened:
                for run, inner in row.runs():
                    cells = {**inner, "label": Cell(f"    {inner['label'].text}", skin.dim)}
                    rows.append(Row(f"{row.scenario.scenario}\0{run}", line(self._columns, cells)))
        self.table.show_rows(rows)
        if len(rows) != self._row_count:
            self._row_count = len(rows)
            self._say()
        self.fit()
        shown = heading(self._columns, skin.dim, self._sort, self._down, "app.sort_by")
        self.query_one("#headings", DiffedLines).show([shown])
        self._title()

    def _ordered(self) -> list[ScenarioRow]:
        if not self._sort:
            return self._rows
        known = [row for row in self._rows if row.keys.get(self._sort) is not None]
        unknown = [row for row in self._rows if row.keys.get(self._sort) is None]
        return sorted(known, key=lambda row: _place(row.keys[self._sort]), reverse=self._down) + unknown

    def _say(self) -> None:
        sentence, style = self._verdict
        area = self.query_one("#verdict", DiffedLines)
        width = self.size.width - 2
        if width < 0:  # the pane is out of sight, and is laid out when it comes
            return
        said = (self._verdict, width, self._free_lines(), self.app.theme, key_of("verdict", self.app))
        if said == self._said:  # laying it out again would draw the whole pane
            return
        self._said = said
        lines = [part for one in sentence.splitlines() for part in wrap(literal(one), width)]
        area.display = bool(lines)
        area.styles.height = self._sentence_height = min(len(lines), max(2 * SENTENCE, self._free_lines()))
        self.cut = len(lines) > self._sentence_height
        shown = [Text(part, getattr(skin_of(self), style)) for part in lines[: self._sentence_height]]
        if self.cut:
            more = f" {key_of('verdict', self.app)} shows all"
            shown[-1].truncate(max(8, width - cell_len(more) - 1))
            shown[-1] = Text.assemble(
                (f"{shown[-1].plain.rstrip(' .,;:')}…", shown[-1].style), (more, skin_of(self).dim)
            )
        area.show(shown)
        self.fit()

    def _free_lines(self) -> int:
        """Return how many lines the rows leave free in the height that the pane can have: half of it where it is below charts."""
        column = self.parent.size.height if isinstance(self.parent, Widget) else 0
        height = column if self.screen.has_class("narrow") else column // 2
        return height - FRAME - self._row_count

    def _title(self) -> None:
        heading_title = next((column.title for column in self._columns if column.key == self._sort), "")
        arrow = "▾" if self._down else "▴"
        order = f"sort: {heading_title.strip()} {arrow}" if heading_title else "in the study's order"
        title = f"Results · {order}" if self._view else "Results"
        if title != self._titled:  # a title that is set, even to the same, sends the whole pane again
            self._titled = title
            self.border_title = Text(title)
        marks = {row.mark for row in self._rows}
        early = any(row.cells["difference"].text.endswith("°") for row in self._rows if "difference" in row.cells)
        told = self._view is None or (not self._view.live and caveat(self._view) != "")  # by the sentence
        notes = [
            *(["★ won"] if "★" in marks else []),
            *(["☆ ahead so far"] if "☆" in marks else []),
            *(["≈ not told apart"] if "≈" in marks else []),
            *(["° before the published epochs"] if early and not told else []),
            *([f"{HIDDEN.symbol} {HIDDEN.word}"] if self._hidden else []),
        ]
        if (subtitle := " · ".join(notes)) != self._subtitled:
            self._subtitled = subtitle
            self.border_subtitle = Text(subtitle)


def _place(key: Key) -> tuple[float, str]:
    return (0.0, key) if isinstance(key, str) else (key or 0.0, "")
