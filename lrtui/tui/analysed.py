"""The figures of a view, computed when a run's records changed and kept until then. Imports polars only when first asked."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lrtui.plots.view import View
from lrtui.study.spec import Study
from lrtui.study.states import RunState, asked_for

if TYPE_CHECKING:
    import polars as pl

    from lrtui.analysis import winner
    from lrtui.analysis.leaders import Leaders
    from lrtui.analysis.result import StudyResult
    from lrtui.book import published


class Figures(dict[str, object]):
    """A row of runs.parquet, or of the table of scenarios: values by column."""

    def number(self, column: str) -> float | None:
        """Return the number in a column; None if it has none."""
        value = self.get(column)
        return value if isinstance(value, int | float) else None

    def text(self, column: str) -> str:
        """Return the text in a column; empty if it has none."""
        value = self.get(column)
        return value if isinstance(value, str) else ""


@dataclass
class AnalysedView:
    """Rows per run and per scenario, who won, and the comparison with what was published."""

    runs: dict[int, Figures] = field(default_factory=dict)
    """By run number; the columns of runs.parquet."""
    scenarios: dict[str, Figures] = field(default_factory=dict)
    """By scenario; statistics of done runs, else of those begun."""
    version: int = 0
    """Counts up whenever figures changed."""
    _moments: tuple[object, ...] = ()
    _view: View | None = None
    _runs: "pl.DataFrame | None" = None
    _comparisons: "list[winner.Comparison] | None" = None
    _result: "StudyResult | None" = None

    @property
    def _study(self) -> Study | None:
        return self._view.study if self._view is not None else None

    def update(self, view: View) -> None:
        """Compute anew what changed since the last view."""
        moments = (id(view.saved), *(_moment(state) for state in view.snapshot.runs))
        if self._study is view.study and self._moments == moments:
            return
        from lrtui.analysis.frames import runs_frame
        from lrtui.analysis.scenarios import scenarios

        self._moments, self._view = moments, view
        self._comparisons = self._result = None
        self.version += 1
        self._runs = runs_frame(asked_for(view.study, view.snapshot.runs))
        self.runs = {row["run"]: Figures(row) for row in self._runs.to_dicts()}
        self.scenarios = {row["scenario"]: Figures(row) for row in scenarios(self._runs, partial=True).to_dicts()}

    @property
    def result(self) -> "StudyResult | None":
        """Return the study and its tables; every epoch and layer, so only made when asked for. None before the first view."""
        if self._result is None and self._view is not None:
            from lrtui.analysis.frames import study_result

            self._result = study_result(self._view.study, self._view.snapshot.runs)
        return self._result

    def comparisons(self) -> "list[winner.Comparison]":
        """Return the comparison of every model/data pair that has a done run."""
        if self._comparisons is None:
            from lrtui.analysis.winner import comparisons

            study, runs = self._study, self._runs
            self._comparisons = (
                [] if study is None or runs is None else comparisons(runs, study.equal_within, study.looks)
            )
        return self._comparisons

    def leaders(self) -> "tuple[Leaders, ...]":
        """Return who leads in every model/data pair in which there is something to compare."""
        from lrtui.analysis.leaders import leaders_among

        return leaders_among(self.comparisons())

    def published(self) -> "list[published.Comparison]":
        """Return measured beside published, a row per scenario that has a published figure or was to have one."""
        from lrtui.book.published import beside_published

        return beside_published(self.result) if self.result is not None else []


def _moment(state: RunState) -> tuple[object, ...]:
    """Return what figures of a run depend on."""
    finder = state.finder
    return state.status, len(state.records), state.outcome is not None, state.spec.found_lr, finder and finder.over
