"""Keeping the list of presets and saved studies up to date, and the saved study on the screen if another process goes on."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from textual.app import App
from textual.worker import Worker

from lrtui.errors import LrtuiError
from lrtui.store.folder import STUDY_FILE
from lrtui.text import literal
from lrtui.tui.configuration.saved_info import SavedInfo
from lrtui.tui.following import Stamp, runs_stamp, study_stamp
from lrtui.tui.presets.entries import Catalogue, PresetEntry, SavedEntry, SavedList, list_presets, read_preset
from lrtui.tui.presets.pane import PresetsPane
from lrtui.tui.stage import Stage


class CatalogueReader:
    """Reads what there is to run and what was run, in threads. `show` brings the screen up to date, `reread` the form."""

    def __init__(
        self,
        app: App[None],
        stage: Stage,
        presets: PresetsPane,
        info: SavedInfo,
        runs_dir: Path,
        show: Callable[[], None],
        attach: Callable[[Path], None],
        reread: Callable[[], None],
    ) -> None:
        """`attach` shows a study as it goes on."""
        self._app, self._stage, self._pane, self._info = app, stage, presets, info
        self._runs_dir, self._show_stage, self._attach, self._reread = runs_dir, show, attach, reread
        self._list = SavedList(runs_dir)
        self._presets: list[PresetEntry] = []
        self._saved: list[SavedEntry] = []
        self._runs_stamp: Stamp = ()
        self._gone: Path | None = None
        """The folder of a study on the screen that was deleted or moved, once that was said."""
        self._gone_on: Stamp = ()
        """Of the saved study on the screen, when it was seen to be gone on with."""

    def list_presets(self) -> None:
        """Show the presets by name, unread: quick enough to do before the first paint."""
        self._presets = list_presets()
        self._show()

    async def read(self) -> None:
        """Read every preset and the saved studies."""
        self._presets = await asyncio.to_thread(lambda: [read_preset(entry) for entry in list_presets()])
        self._show()
        await self._read_saved()

    async def _read_again(self) -> None:
        await self.read()
        self._reread()

    def refresh(self) -> Worker[None]:
        """Read the saved studies anew."""
        return self._app.run_worker(self._read_saved(), exit_on_error=False)

    def action_refresh(self) -> None:
        """Read the preset files, the list of studies and the saved study on the screen again."""
        self._app.run_worker(self._read_again(), exit_on_error=False)
        view = self._stage.saved
        if view is not None and view.path is not None and self._stage.remote is None and not self._busy("renew"):
            self._app.run_worker(self._renew(view.path), exit_on_error=False, group="renew")

    def follow(self) -> None:
        """See what other processes did: studies that came or ended, and the one on the screen if it goes on."""
        if not self._busy("follow") and not self._busy("renew"):
            self._app.run_worker(self._follow(), exit_on_error=False, group="follow")

    def _busy(self, group: str) -> bool:
        return any(worker.group == group and not worker.is_finished for worker in self._app.workers)

    async def _follow(self) -> None:
        running = [entry.summary.path for entry in self._saved if not entry.summary.status.ended]
        if (stamp := await asyncio.to_thread(runs_stamp, self._runs_dir, running)) != self._runs_stamp:
            await self._read_saved()
            self._runs_stamp = stamp
        view, own = self._stage.saved, self._stage.session
        if view is None or view.path is None:
            return
        if not await asyncio.to_thread((view.path / STUDY_FILE).is_file):
            if self._gone == view.path:
                return
            self._gone = view.path
            text = f"{view.path.name} is gone: what is shown is what was read before"
            self._stage.log.add(text, "warn")
            self._app.notify(literal(text), severity="warning", markup=False)
            return
        self._gone = None
        if self._stage.remote is not None:
            return
        stamp = await asyncio.to_thread(study_stamp, view.path)
        own_study = own is not None and own.path == view.path
        if (
            stamp[0] and stamp != self._gone_on and not own_study and self._stage.saved is view
        ):  # somebody goes on with it
            self._gone_on = stamp
            self._attach(view.path)

    async def _renew(self, path: Path) -> None:
        """Show a saved study as it is by now, if it is still the one on the screen."""
        from lrtui.store.reader import open_study

        try:
            saved = await asyncio.to_thread(open_study, path)
        except LrtuiError as error:  # it is being moved or deleted
            self._app.notify(literal(str(error)), severity="warning", markup=False)
            return
        if self._stage.saved is not None and self._stage.saved.path == path:
            self._stage.renew(saved)
            self._info.show_saved(saved)
            self._show_stage()

    async def _read_saved(self) -> None:
        self._saved = await asyncio.to_thread(self._list.read)
        self._show()

    def _show(self) -> None:
        self._pane.show_catalogue(Catalogue.of(self._presets, self._saved))
