"""Beginning to train what was ordered, and noticing that it is over."""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path

from textual.app import App

from lrtui.errors import LrtuiError
from lrtui.study.pretrained import of_torchvision
from lrtui.study.spec import Study
from lrtui.text import literal
from lrtui.trust import UntrustedError, trust
from lrtui.tui.configuration.form import Order
from lrtui.tui.dialogs.confirm import ConfirmScreen
from lrtui.tui.stage import ResumeSession, Stage, StartSession
from lrtui.under_way import Own


class Training:
    """Starts sessions. `show` brings the screen up to date, `refresh` has the saved studies listed anew."""

    def __init__(
        self,
        app: App[None],
        stage: Stage,
        start: StartSession,
        resume: ResumeSession,
        runs_dir: Path,
        data_dir: Path,
        show: Callable[[], None],
        refresh: Callable[[], object],
    ) -> None:
        self._app, self._stage, self._start, self._go_on = app, stage, start, resume
        self.runs_dir, self._data_dir = runs_dir, data_dir
        self._show, self._refresh = show, refresh
        self.then: Callable[[], None] = lambda: None
        """Called when a study is over, or could not be started."""
        self.failed: Callable[[], None] = lambda: None
        """Called when it could not be started."""

    def begin(self, order: Order) -> None:
        """Start the study for which the stage is set; everything slow happens in a thread."""
        self._app.run_worker(
            self._begin(partial(self.started, order), finder=order.find_only), exit_on_error=False, group="start"
        )

    def started(self, order: Order) -> Own:
        """Start a study and return it, whatever is on the screen. Raises LrtuiError if it cannot be started."""
        self._fetch(order.study)
        return self._start(
            order.study,
            device=order.device,
            engine=order.engine,
            lanes=order.lanes,
            runs_dir=self.runs_dir,
            data_dir=self._data_dir,
            find_only=order.find_only,
            fresh=order.fresh,
        )

    def resume(self, path: Path, *, finder: bool) -> None:
        """Go on with the saved study for which the stage is set."""
        resume = partial(self._go_on, path, data_dir=self._data_dir)
        self._app.run_worker(self._begin(resume, finder=finder), exit_on_error=False, group="start")

    def ended(self) -> None:
        """The study is over: wait until it is on disk, then list it."""
        self._app.run_worker(self._ended(), exit_on_error=False)

    async def _begin(self, start: Callable[[], Own], *, finder: bool) -> None:
        stage = self._stage
        try:
            session = await asyncio.to_thread(start)
        except UntrustedError as error:
            self._ask_to_trust(error, start, finder=finder)
        except LrtuiError as error:
            self._cannot_start(str(error))
        except Exception as error:  # whatever broke, the screen stays and says so
            self._cannot_start(f"unexpected {type(error).__name__}: {error}")
        else:
            if self._unwanted:
                session.stop_study()
            if stage.began(session, finder=finder):
                self.ended()
            self._refresh()
        self._show()

    @property
    def _unwanted(self) -> bool:
        """Return whether what is being prepared is not to be trained any more."""
        stage = self._stage
        return (stage.leaving is not None and not stage.left_behind) or stage.stop_asked

    def _fetch(self, study: Study) -> None:
        """Download the weights of torchvision that a study begins with and that are not there."""
        if not any(of_torchvision(spec.config.model.start) for spec in study.runs):
            return
        from lrtui.data.pretrained import fetch  # torch comes with it

        def arriving(file: str, arrived: int, _expected: int | None) -> None:
            if self._unwanted:
                raise LrtuiError(f"stopped while {file} was being downloaded")
            if not arrived:
                self._stage.log.add(f"downloading {file}")

        fetch(study.runs, arriving)

    def _ask_to_trust(self, error: UntrustedError, start: Callable[[], Own], *, finder: bool) -> None:
        """Ask whether code that a preset names may run; if so, begin once more."""
        names = "\n".join(literal(str(code.path)) for code in error.codes)
        why = literal(str(error)).partition(": look at it")[0]

        def answered(yes: bool | None) -> None:
            try:
                if not yes:
                    raise error
                trust(error.codes)
            except LrtuiError as reason:
                self._cannot_start(str(reason))
                self._show()
                return
            self._app.run_worker(self._begin(start, finder=finder), exit_on_error=False, group="start")

        explanation = f"{why}. It runs with all that you may do on this machine; what would run:\n{names}"
        self._app.push_screen(ConfirmScreen("Let the preset's own code run?", explanation, "Trust it"), answered)

    async def _ended(self) -> None:
        if self._stage.session is not None:
            await asyncio.to_thread(self._stage.session.wait)
        self._refresh()
        self.then()

    def _cannot_start(self, reason: str) -> None:
        text = f"Cannot start {self._stage.starting}: {literal(reason)}"
        self._stage.fail(text)
        self.failed()
        self._app.call_after_refresh(self._tell_unless_seen, text)
        self.then()

    def _tell_unless_seen(self, text: str) -> None:
        """Say what the results say already, if they are not in sight."""
        if not self._app.screen_stack[0].query_one("#results").region:
            self._app.notify(text, severity="error", timeout=5, markup=False)
