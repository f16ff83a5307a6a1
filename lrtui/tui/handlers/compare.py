"""Studies beside the one on the screen, and what of the curves is shown."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from textual.app import App

from lrtui.errors import LrtuiError
from lrtui.plots.overlay import MOST
from lrtui.plots.view import View
from lrtui.text import literal
from lrtui.tui.charts.pane import ChartsPane
from lrtui.tui.charts.tab import Settings
from lrtui.tui.presets.entries import SavedEntry
from lrtui.tui.presets.pane import PresetsPane
from lrtui.tui.results.pane import ResultsPane


class CompareActions:
    """Marks studies, pins the baseline, hides curves, zooms. `show` brings the screen up to date."""

    def __init__(
        self, app: App[None], presets: PresetsPane, charts: ChartsPane, results: ResultsPane, show: Callable[[], None]
    ) -> None:
        self._app, self._presets, self._charts, self._results, self._show = app, presets, charts, results, show

    def action_mark(self) -> None:
        """Set the selected saved study beside the one on the screen, or take it away."""
        if not isinstance(entry := self._presets.selected, SavedEntry):
            return
        path = entry.summary.path
        if path in self._charts.beside_paths:
            self._set(tuple(view for view in self._charts.beside if view.path != path))
        elif len(self._charts.beside) + 1 >= MOST:
            self._app.notify(f"At most {MOST - 1} studies beside the one on the screen.", severity="warning")
        else:
            self._app.run_worker(self._mark(path), exit_on_error=False, group="mark")

    async def _mark(self, path: Path) -> None:
        from lrtui.store.reader import open_study

        try:
            saved = await asyncio.to_thread(open_study, path)
        except LrtuiError as error:
            self._app.notify(literal(str(error)), severity="error", markup=False)
            return
        if path not in self._charts.beside_paths:
            self._set((*self._charts.beside, View.of_saved(saved)))

    def action_unmark(self) -> None:
        """Take all marked studies away."""
        self._set(())

    def action_baseline(self) -> None:
        """Take the differences from the next study."""
        self._charts.baseline = (self._charts.baseline + 1) % (len(self._charts.beside) + 1)
        self._redraw()

    def _set(self, beside: tuple[View, ...]) -> None:
        self._charts.set_beside(beside)
        self._presets.show_marked(self._charts.letters_beside)
        self._redraw()

    # --- what of the curves is shown

    def action_hide(self) -> None:
        """Hide the curves of the scenario under the cursor, or show them again."""
        scenario, _ = self._results.selected
        hidden = self._charts.settings.hidden
        if scenario:
            self._hide(hidden - {scenario} if scenario in hidden else hidden | {scenario})

    def action_solo(self) -> None:
        """Show the curves of the scenario under the cursor alone; if any are hidden, show all again."""
        scenario, _ = self._results.selected
        view = self._charts.view
        if self._charts.settings.hidden or view is None or not scenario:
            self._hide(frozenset())
        else:
            self._hide(frozenset(one.scenario for one in view.shape.scenarios if one.scenario != scenario))

    def action_strong(self) -> None:
        """Let the curves of the scenario under the cursor stand out, wherever it goes; or no more."""
        self._change(strong=not self._charts.settings.strong)

    def action_zoom(self, axis: str, by: int) -> None:
        """Show less of an axis (1), about the crosshair, or more (-1)."""
        self._charts.zoom(axis, out=by < 0)
        self._redraw()

    def action_zoom_out(self) -> None:
        """Show the whole picture again."""
        self._charts.zoom_out()
        self._redraw()

    def _hide(self, hidden: frozenset[str]) -> None:
        view = self._charts.view
        if view is not None and all(one.scenario in hidden for one in view.shape.scenarios):
            self._app.notify("One has to stay in sight.", timeout=3)
            return
        self._change(hidden=hidden)
        self._results.show_hidden(hidden)

    def _change(self, **changes: object) -> None:
        self._charts.settings = replace_settings(self._charts.settings, **changes)
        self._redraw()

    def _redraw(self) -> None:
        self._charts.draw()
        self._show()


def replace_settings(settings: Settings, **changes: object) -> Settings:
    """Return settings with some changed."""
    return replace(settings, **changes)  # type: ignore[arg-type]
