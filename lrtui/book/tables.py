"""The figures of a grouping's scenarios as tables."""

from collections.abc import Sequence
from dataclasses import dataclass

from lrtui.book.figures import Figures
from lrtui.book.grouping import Grouping
from lrtui.book.measures import Measure
from lrtui.book.scenario import Scenario


@dataclass(frozen=True)
class FigureTable:
    """A table of figures: one row for each scenario, one column for each measure."""

    key: str
    title: str
    columns: tuple[Measure, ...]
    rows: tuple[tuple[Scenario, tuple[Figures | None, ...]], ...]
    """None: there is no such figure."""
    notes: tuple[str, ...] = ()


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
        figures = tuple(measure.figures(scenario, grouping) for measure in measures)
        if every or any(figure is not None for figure in figures):
            rows.append((scenario, figures))
    return FigureTable(key, title, tuple(measures), tuple(rows), tuple(notes))
