"""The figures of a view, computed when a run's records changed and kept until then. Imports polars only when first asked."""

from dataclasses import dataclass, field
from typing import Any

from lrtui.plots.view import View
from lrtui.study.states import RunState

Figure = dict[str, Any]


@dataclass
class AnalysedView:
    """Rows per run and per scenario, the winner, and the comparison with what was published."""

    _key: object = None
    _result: Any = None
    runs: dict[int, Figure] = field(default_factory=dict)
    """By run number; the columns of runs.parquet."""
    scenarios: dict[str, Figure] = field(default_factory=dict)
    """By scenario; statistics of done runs, else of those begun."""
    version: int = 0
    """Counts up whenever figures changed."""
    _comparisons: list[Any] | None = None
    _runs: Any = None
    _view: View | None = None

    def update(self, view: View) -> None:
        """Compute anew what changed since the last view."""
        key = (view.study, tuple((id(view.saved), *_moment(state)) for state in view.snapshot.runs))
        if self._key is not None and self._key[0] is view.study and self._key[1] == key[1]:  # type: ignore[index]
            return
        from lrtui.analysis.frames import runs_frame
        from lrtui.analysis.scenarios import scenarios

        self._key = key
        self._comparisons = self._result = None
        self._view = view
        self.version += 1
        self._runs = runs_frame(view.snapshot.runs)
        self.runs = {row["run"]: row for row in self._runs.to_dicts()}
        self.scenarios = {row["scenario"]: row for row in scenarios(self._runs, partial=True).to_dicts()}

    @property
    def result(self) -> Any:
        """Return the StudyResult of the last view; every epoch and layer, so only made when asked for."""
        if self._result is None and self._view is not None:
            from lrtui.analysis.frames import study_result

            self._result = study_result(self._view.study, self._view.snapshot.runs)
        return self._result

    def comparisons(self) -> list[Any]:
        """Return the comparison (lrtui.analysis.winner.Comparison) of every model/data pair that has a done run."""
        if self._comparisons is None:
            from lrtui.analysis.winner import comparisons

            self._comparisons = comparisons(self._runs)
        return self._comparisons

    def published(self) -> list[Any]:
        """Return measured beside published, a row per scenario that has a published figure or was to have one."""
        from lrtui.book.published import beside_published

        return beside_published(self.result)


def _moment(state: RunState) -> tuple[object, ...]:
    """Return what figures of a run depend on."""
    finder = state.finder
    return state.status, len(state.records), state.outcome is not None, state.spec.found_lr, finder and finder.over
