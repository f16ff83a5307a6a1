"""Keeping saved studies in order: delete one, edit its title, tags and note; and the queue of those to be trained."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from textual.app import App
from textual.worker import Worker

from lrtui.errors import LrtuiError
from lrtui.text import literal
from lrtui.tui.dialogs.confirm import ConfirmScreen
from lrtui.tui.presets.entries import SavedEntry
from lrtui.tui.presets.pane import PresetsPane
from lrtui.tui.stage import Stage


class ManageActions:
    """What a person does to saved studies. `refresh` lists them anew, `show` brings the screen up to date, `select` what is
    said of the one that is selected."""

    def __init__(
        self,
        app: App[None],
        stage: Stage,
        presets: PresetsPane,
        refresh: Callable[[], Worker[None]],
        show: Callable[[], None],
        select: Callable[[], None],
    ) -> None:
        self._app, self._stage, self._presets = app, stage, presets
        self._refresh, self._show, self._select = refresh, show, select

    def action_delete_study(self) -> None:
        """Ask, then delete the selected saved study."""
        if not isinstance(entry := self._presets.selected, SavedEntry):
            return
        path = entry.summary.path

        def answered(yes: bool | None) -> None:
            if yes:
                self._app.run_worker(self._delete(path), exit_on_error=False, group="delete")

        runs = f"{entry.summary.runs_done} of {entry.summary.runs_total} runs are done."
        text = f"{literal(entry.summary.id)}: {literal(entry.summary.title)}. {runs} Its folder goes, with all that is in it."
        self._app.push_screen(ConfirmScreen("Delete this study for good?", text, "Delete"), answered)

    async def _delete(self, path: Path) -> None:
        from lrtui.store.deleting import delete

        try:
            await asyncio.to_thread(delete, path)
        except LrtuiError as error:
            self._app.notify(literal(str(error)), severity="error", markup=False)
            return
        if self._stage.saved is not None and self._stage.saved.path == path:
            self._stage.close_saved()
        self._app.notify(f"deleted: {literal(path.name)}", timeout=4, markup=False)
        self._refresh()
        self._show()

    def action_study_remarks(self) -> None:
        """Edit title, tags and note of the selected saved study."""
        from lrtui.store import remarks
        from lrtui.tui.dialogs.remarks_of_study import StudyRemarksScreen

        if not isinstance(entry := self._presets.selected, SavedEntry):
            return
        kept, unreadable = remarks.readable(entry.summary.path)
        for sentence in unreadable:
            self._app.notify(literal(f"{sentence}; saving writes it anew"), severity="warning", markup=False)

        def done(saved: bool | None) -> None:
            if saved:
                self._app.run_worker(self._reread(), exit_on_error=False, group="remarks")

        self._app.push_screen(StudyRemarksScreen(entry.summary.path, kept, entry.summary.title), done)

    async def _reread(self) -> None:
        await self._refresh().wait()
        self._select()

    def action_queue(self) -> None:
        """Show the queue of studies."""
        from lrtui.tui.dialogs.queue import QueueScreen

        if self._stage.queue:
            self._app.push_screen(QueueScreen(self._stage.queue, self._show), lambda _: self._show())
