"""The figures of a grouping's scenarios as tables."""

from collections.abc import Sequence

from lrtui.book.answer import FigureTable, Row
from lrtui.book.grouping import Grouping
from lrtui.book.measures import Measure


def table(
    grouping: Grouping,
    key: str,
    title: str,
    measures: Sequence[Measure],
    notes: Sequence[str] = (),
    *,
    every: bool = False,
) -> FigureTable:
    """Return a row for each scenario that has one of the figures, or for `every` one."""
    rows = []
    for scenario in grouping.scenarios:
        figures = tuple(measure.take(scenario, grouping) if scenario.n else None for measure in measures)
        if every or any(figure is not None for figure in figures):
            rows.append(Row(scenario.label, scenario.n, len(scenario.statuses), figures))
    return FigureTable(key, title, tuple(measures), tuple(rows), tuple(notes))
