"""Measured beside published."""

from typing import Any

from rich.text import Text

from lrtui.plots.view import View
from lrtui.text import literal
from lrtui.tui.diffed_lines import DiffedLines
from lrtui.tui.signs import mean_sd, wrap
from lrtui.tui.table import Cell, Col, fitting, heading, line


class PublishedTable(DiffedLines, can_focus=True):
    """Each scenario's accuracy and convergence beside the source's, the difference, and the source's own words."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._view: View | None = None
        self._rows: list[Any] = []

    def show_comparison(self, view: View, rows: list[Any]) -> None:
        """Show `rows` (lrtui.book.published.Comparison)."""
        self._view, self._rows = view, rows
        self.redraw()

    def redraw(self) -> None:
        """Lay the table out."""
        width = self.size.width
        if self._view is None or width < 10:
            return
        skin = self.skin
        if not self._rows:
            source = literal(self._view.study.source)
            text = "Nothing was published for these scenarios" + (f" ({source})." if source else ".")
            self.show([Text(), *_wrapped(text, width, skin.dim)])
            return
        label = max(8, *(len(self._label(row)) for row in self._rows))
        columns = fitting(
            [
                Col("label", "scenario", label, right=False),
                Col("measured", "measured %", 13, rank=1),
                Col("published", "published %", 13, rank=1),
                Col("difference", "Δ points", 8, rank=2),
                Col("convergence", "conv. epoch", 11, rank=3),
                Col("paper_convergence", "published", 9, rank=4),
            ],
            width,
        )
        lines = [heading(columns, skin.dim)]
        lines += [line(columns, self._cells(row)) for row in self._rows]
        lines.append(Text())
        if self._view.study.source:
            lines += _wrapped(f"Published: {literal(self._view.study.source)}.", width, skin.dim)
        reasons = list(dict.fromkeys(row.reason for row in self._rows if row.n and not row.comparable))
        for reason in reasons:
            lines += _wrapped(f"Not trained as published: {literal(reason)}.", width, skin.warn)
        remarked = [row for row in self._rows if row.remark]
        if remarked:
            lines.append(Text("The source's words", skin.dim))
        for row in remarked:
            english = f" ({literal(row.remark_en)})" if row.remark_en else ""
            entry = Text()
            entry.append(f"  {self._label(row):<{label}} ", self._rate(row))
            entry.append(f"{literal(row.remark)}{english}", skin.text)
            entry.truncate(width)
            lines.append(entry)
        self.show(lines)

    def _label(self, row: Any) -> str:
        shape = self._view.shape.by_scenario.get(row.scenario) if self._view else None
        return shape.label if shape else str(row.scenario)

    def _rate(self, row: Any) -> str:
        shape = self._view.shape.by_scenario.get(row.scenario) if self._view else None
        return self.skin.rate(shape.colour) if shape else self.skin.text

    def _cells(self, row: Any) -> dict[str, Cell]:
        skin = self.skin
        gap = "–" if row.difference is None else f"{row.difference:+.2f}"
        style = skin.dim if row.difference is None else skin.good if abs(row.difference) <= 2 else skin.warn
        return {
            "label": Cell(self._label(row), self._rate(row)),
            "measured": Cell(mean_sd(row.measured_accuracy, row.measured_sd), skin.text),
            "published": Cell(mean_sd(row.published_accuracy, row.published_sd), skin.text),
            "difference": Cell(gap, style),
            "convergence": Cell(
                "–" if row.measured_convergence is None else f"{row.measured_convergence:g}", skin.text
            ),
            "paper_convergence": Cell(
                "–" if row.published_convergence is None else str(row.published_convergence), skin.text
            ),
        }


def _wrapped(text: str, width: int, style: str) -> list[Text]:
    return [Text(part, style) for part in wrap(text, width)]
