"""The workbench on a fake session, in a folder of its own."""

import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot

from lrtui.errors import LrtuiError
from lrtui.study.spec import Study
from lrtui.tui.app import LrtuiApp
from tests.tui.fake_session import FakeSession, Script, plausible

WIDE, NARROW = (120, 40), (80, 24)


@dataclass
class Bench:
    """An open workbench and the sessions it started."""

    app: LrtuiApp
    pilot: Pilot[None]
    sessions: list[FakeSession] = field(default_factory=list)

    @property
    def session(self) -> FakeSession:
        """Return the session under way."""
        return self.sessions[-1]

    async def until(self, condition: Callable[[], Any], what: str = "") -> None:
        """Wait for a condition."""
        patience = time.monotonic() + 60
        while time.monotonic() < patience:
            await self.pilot.pause(0.01)
            if condition():
                return
        raise AssertionError(f"never: {what or condition}\n{self.screen_text()}")

    async def ready(self) -> None:
        """Wait until presets are read and the form stands."""
        entries = self.app.presets
        await self.until(
            lambda: entries.catalogue.presets and entries.catalogue.presets[0].runs is not None, "presets read"
        )
        await self.until(lambda: self.app.configuration.form.order is not None, "the form stands")

    async def start(self) -> FakeSession:
        """Start the study of the form."""
        await self.ready()
        await self.pilot.press("enter")
        await self.until(lambda: self.sessions and self.app.stage.live is not None, "training begins")
        return self.session

    async def seen(self) -> None:
        """Let the screen look at the board, and wait until it is painted."""
        self.app.stage.look()
        self.app.show_stage()
        await self.pilot.pause()
        await self.pilot.pause()

    def type_ahead(self, *keys: str) -> None:
        """Send keys in one go, as a terminal does with what was typed while the program was busy."""
        for key in keys:
            character = key if len(key) == 1 else None
            self.app.post_message(events.Key("slash" if key == "/" else key, character))

    def screen_text(self) -> str:
        """Return everything on the screen as text."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text.rstrip() for strip in strips)

    def line(self, part: str) -> str:
        """Return the first line of the screen that has `part` in it."""
        return next((line for line in self.screen_text().splitlines() if part in line), "")


Open = Callable[..., AbstractAsyncContextManager[Bench]]


@pytest.fixture
def workbench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Return an opener of workbenches: `async with workbench(size, script=…) as bench`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")

    @asynccontextmanager
    async def open_workbench(
        size: tuple[int, int] = WIDE,
        *,
        script: Script = plausible,
        lanes: int = 2,
        refuse: Callable[[], LrtuiError | None] = lambda: None,
        ready: threading.Event | None = None,
    ) -> AsyncIterator[Bench]:
        sessions: list[FakeSession] = []

        def start(study: Study, **options: object) -> FakeSession:
            if ready is not None:
                assert ready.wait(20)
            if (error := refuse()) is not None:
                raise error
            find_only = bool(options.get("find_only"))
            sessions.append(FakeSession(study, tmp_path / "runs" / "fake", lanes, script, find_only=find_only))
            return sessions[-1]

        app = LrtuiApp(tmp_path / "runs", tmp_path / "data", start=start, interval=0.02)
        async with app.run_test(size=size) as pilot:
            bench = Bench(app, pilot, sessions)
            yield bench
            for session in sessions:
                session.stop_study()

    return open_workbench


@pytest.fixture
def own_preset(tmp_path: Path) -> Callable[[str, str], Path]:
    """Return a writer of presets into the folder the workbench is opened in."""

    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


SMALL = """
title = "Small"
[data]
name = "digits"
[model]
name = "mlp"
[optim]
name = "sgd"
[train]
epochs = 4
[sweep]
"optim.lr" = [1e-2, 1e-1]
replicates = 2
"""
