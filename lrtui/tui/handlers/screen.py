"""The actions of the whole screen: its colours, the help, leaving it."""

import asyncio
import signal
from collections.abc import Callable, Sequence

from textual.app import App

from lrtui.text import literal
from lrtui.tui import themes
from lrtui.tui.actions import ACTIONS, Action
from lrtui.tui.bound import key_of
from lrtui.tui.dialogs.confirm import QuitScreen
from lrtui.tui.dialogs.help import HelpScreen
from lrtui.tui.situation import Situation
from lrtui.tui.stage import Stage
from lrtui.under_way import Own


class ScreenActions:
    """What does not depend on a pane."""

    def __init__(
        self,
        app: App[None],
        stage: Stage,
        situation: Callable[[], Situation],
        leave_behind: Callable[[Own], bool],
        actions: Sequence[Action] = ACTIONS,
    ) -> None:
        """`actions` are what the help tells.

        `leave_behind` has another process go on with a study, and returns whether anything was left of it."""
        self._app, self._stage, self._situation, self._leave_behind = app, stage, situation, leave_behind
        self._actions = actions

    def action_dark(self) -> None:
        """Dark or light."""
        self._app.theme = themes.LIGHT if self._app.theme == themes.DARK else themes.DARK

    def action_help(self) -> None:
        """Show the help."""
        self._app.push_screen(HelpScreen(self._situation(), self._actions))

    def action_suspend(self) -> None:
        """Stop the process and give the shell back; if there is no shell, say so."""
        from lrtui.tui import suspend

        if suspend.can_suspend(self._app._driver):
            suspend.suspend()
        else:
            self._app.notify(f"There is no shell to go back to: {key_of('quit', self._app)} leaves.", timeout=4)

    async def action_quit(self) -> None:
        """Leave; ask while a study is being trained; asked twice, leave."""
        if isinstance(self._app.screen, QuitScreen):
            self._app.screen.dismiss("stop")
        elif not self._stage.training:
            self.leave(0)
        elif self._stage.leaving is None:
            self._app.push_screen(QuitScreen(len(self._stage.queue)), self._answered)

    def _answered(self, answer: str | None) -> None:
        if answer == "stop":
            self.leave(0)
        elif answer == "background" and self._stage.leaving is None:
            self._stage.leaving, self._stage.left_behind = 0, True
            self._app.run_worker(self._go(), exit_on_error=False)

    def leave(self, status: int) -> None:
        """Stop what is being trained, wait until it is on disk, and go, with the exit status `status`."""
        if self._stage.leaving is None:
            self._stage.leaving = status
            self._app.run_worker(self._leave(status), exit_on_error=False)

    async def _go(self) -> None:
        """Have a process of its own go on with what is trained, and go."""
        await self._started()
        if self._stage.session is not None:
            try:
                self._stage.left_behind = await asyncio.to_thread(self._leave_behind, self._stage.session)
            except OSError as error:
                self._stage.leaving, self._stage.left_behind = None, False
                self._app.notify(literal(f"cannot go on in the background: {error}"), severity="error", markup=False)
                return
        self._app.exit(return_code=0)

    def lose_terminal(self) -> None:
        """Close the screen, and have what is trained, or about to be, trained on."""
        self._app.run_worker(self._close(), exit_on_error=False, group="close", exclusive=True)

    async def _close(self) -> None:
        await self._started()
        self._app.exit(return_code=0 if self._stage.training else 128 + signal.SIGHUP)

    async def _started(self) -> None:
        """Wait until a study that is being prepared has begun, or cannot."""
        if starting := [worker for worker in self._app.workers if worker.group == "start"]:
            await self._app.workers.wait_for_complete(starting)

    async def _leave(self, status: int) -> None:
        if self._stage.session is not None:
            self._stage.session.stop_study()
        await self._started()
        if self._stage.session is not None:
            await asyncio.to_thread(self._stage.session.wait)
        self._app.exit(return_code=status)
