"""The tab that sets the study on the screen beside those that are marked: settings that differ, results, differences."""

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.text import Text

from lrtui.errors import LrtuiError
from lrtui.plots.view import View
from lrtui.text import literal
from lrtui.tui.charts.tab import Tab, Toggle
from lrtui.tui.diffed_lines import DiffedLines
from lrtui.tui.signs import wrap

if TYPE_CHECKING:
    from lrtui.analysis.result import StudyResult

HOW = "space on a saved study marks it; its curves are drawn over those of the study shown, and compared here."


class CompareView(DiffedLines, can_focus=True):
    """Lines of a comparison; longer than the pane, it scrolls."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._text: list[tuple[str, str]] = []

    def show_lines(self, lines: list[tuple[str, str]]) -> None:
        """Show lines, each with the name of its style."""
        self._text = lines
        self.redraw()

    def redraw(self) -> None:
        """Lay them out."""
        self.show([Text(line, getattr(self.skin, style)) for line, style in self._text])


@dataclass
class Compare(Tab):
    """Studies side by side."""

    name, short = "Compare", "Cmp"
    empty = HOW
    _key: object = field(default=None, init=False)

    def front(self, view: View) -> CompareView:
        """Return the lines."""
        return self.pane.query_one(CompareView)

    def toggles(self, view: View) -> list[Toggle]:
        """Return that there is a baseline to choose."""
        return [("", "baseline()")] if self.pane.beside else []

    def draw(self, view: View) -> None:
        """Show what differs: worked out in a thread, anew when figures changed."""
        shown, width = self.front(view), self.front(view).room
        result = self.pane.result()
        if not self.pane.beside or result is None:
            shown.show_lines([(line, "dim") for line in wrap(HOW, width)])
            self._key = None
            return
        key = (self.pane.beside_key, self.pane.figures_version, id(view.study), width)
        if key != self._key:
            self._key = key
            self.pane.app.run_worker(
                self._work_out(view, result, width), group="compare", exclusive=True, exit_on_error=False
            )

    async def _work_out(self, view: View, result: "StudyResult", width: int) -> None:
        beside = self.pane.beside
        try:
            lines = await asyncio.to_thread(_lines, view, result, beside, self.pane.baseline, width)
        except LrtuiError as error:
            lines = [(line, "warn") for line in wrap(literal(str(error)), width)]
        except Exception as error:  # whatever broke, the screen stays and says so
            lines = [(literal(f"cannot be compared: {type(error).__name__}: {error}"), "bad")]
        if self.pane.is_attached:
            self.front(view).show_lines(lines)


def _lines(
    view: View, result: "StudyResult", beside: "tuple[View, ...]", baseline: int, width: int
) -> list[tuple[str, str]]:
    from lrtui.analysis.side_by_side import side_by_side
    from lrtui.plots.overlay import names
    from lrtui.report.blocks import text_document
    from lrtui.report.diff import data_of, machine_of, reading, results_tables, settings_table

    called = [
        "A",
        *(name for name, other in zip(names(len(beside) + 1)[1:], beside, strict=True) if other.path != view.path),
    ]
    studies = [view, *(other for other in beside if other.path != view.path)]
    saved = [one.saved for one in studies if one.saved is not None]
    trained = [result, *(other.saved.result for other in studies[1:] if other.saved is not None)]
    whole = len(saved) == len(studies)  # of one that trains now there is no file yet that says it
    found = side_by_side(
        trained,
        called,
        data=[data_of(one) for one in saved] if whole else (),
        machines=[machine_of(one) for one in saved] if whole else (),
        baseline=min(baseline, len(studies) - 1),
    )
    lines = []
    for index, (name, one) in enumerate(zip(called, studies, strict=True)):
        pinned = "  baseline" if index == found.baseline else ""
        lines.append((f"{name}  {literal(one.path.name if one.path else one.study.name)}{pinned}", "accent"))
    lines += [(line, "warn") for remark in found.remarks for line in wrap(f"{remark}.", width)]
    for number, results in enumerate(results_tables(found, compact=width < 90)):
        lines += [("", "text"), *([(results.title, "accent")] if number else [])]
        lines += [(line, "text") for line in text_document([results], width).rstrip().split("\n")]
    lines.append(("", "text"))
    lines += [(line, "dim") for line in reading(found, width)]
    if found.settings:
        table = text_document([settings_table(found)], width).rstrip().split("\n")
        lines += [("", "text"), ("Settings that differ", "accent"), *((line, "text") for line in table)]
    return lines
