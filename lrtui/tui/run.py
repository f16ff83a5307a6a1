"""Opening the workbench in this terminal."""

import contextlib
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from textual import constants

from lrtui.errors import LrtuiError
from lrtui.notices import Notices
from lrtui.supervision import end, supervise
from lrtui.terminal import Signals, Terminal
from lrtui.text import literal
from lrtui.tui.app import LrtuiApp
from lrtui.tui.config_file import Config, read
from lrtui.tui.first import First
from lrtui.tui.stderr import captured_stderr

if TYPE_CHECKING:
    from lrtui.under_way import Own


def run(
    runs_dir: Path,
    data_dir: Path,
    device: str = "auto",
    lanes: int | None = None,
    *,
    attached: Path | None = None,
    notify: str | None = None,
    bell: bool = True,
    motion: bool = True,
    first: First | None = None,
) -> int:
    """Run the workbench until a person leaves it; return the exit status (128 + the signal that ended it).

    `attached` is the folder of a study to begin with, `notify` a command that is called at what matters, `bell` rings then.
    `motion`: whether anything may move; `first` is what is on the screen at first, besides. Raises InputError for a wrong
    configuration file.
    If the terminal goes away, or the screen breaks, what is being trained is trained to its end in this process. After
    training the process is over at once: taking torch apart takes longer than a shell should wait for.
    """
    config = read()
    if not motion:
        config = replace(config, motion=False)
    status = _run(runs_dir, data_dir, device, lanes, attached, notify, bell, config, first)
    if "torch" in sys.modules:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError):
                stream.flush()
        os._exit(status)
    return status


def _run(
    runs_dir: Path,
    data_dir: Path,
    device: str,
    lanes: int | None,
    attached: Path | None,
    notify: str | None,
    bell: bool,
    config: Config,
    first: First | None,
) -> int:
    if "ESCDELAY" not in os.environ:  # seconds until a lone escape counts as the key; Textual waits twice as long
        constants.ESCAPE_DELAY = 0.05  # type: ignore[misc]
    terminal = Terminal()
    signals = Signals(terminal)
    notices = Notices(notify, lambda: app.bell() if bell and app.is_running else None)
    with captured_stderr() as captured:
        app = LrtuiApp(
            runs_dir,
            data_dir,
            device,
            lanes,
            captured=captured,
            signals=signals,
            attached=attached,
            notices=notices,
            config=config,
            first=first,
        )
        if os.name == "posix":
            from lrtui.tui.driver import WorkbenchDriver

            app.driver_class = WorkbenchDriver
        app.run()
        listens = captured.screen is None or captured.screen.listens
    if app.lost or not listens:
        terminal.let_go()
    session = app.stage.session
    if session is None:
        return app.return_code or 0
    if app.stage.leaving is None and not session.wait(0):
        status = _train_on(session, signals, terminal, notices)
        while app.stage.queue and signals.received is None:
            with contextlib.suppress(LrtuiError):  # the next may be one that can be started
                status = _train_on(app.training.started(app.stage.queue.pop(0)), signals, terminal, notices)
        return status
    if app.stage.left_behind:
        study = literal(session.path.name)
        print(f"{study} trains on in the background; `lrtui attach {study}` shows it, `lrtui stop {study}` ends it")
    elif not terminal.gone:
        folder = literal(str(session.path))
        print(f"the study is in {folder}; `lrtui table {literal(session.path.name)}` shows its results")
    return app.return_code or 0


def _train_on(session: "Own", signals: Signals, terminal: Terminal, notices: Notices) -> int:
    """Train to the end without a screen; return the exit status."""
    if not terminal.gone:
        study = literal(session.path.name)
        print(
            f"lrtui: the screen broke; {study} trains on. Ctrl-C ends it; `lrtui attach {study}` shows it",
            file=sys.stderr,
        )
    with signals:
        try:
            supervise(session, signals, terminal, lambda _: None, notices)
        finally:
            end(session)
    return 1 if not terminal.gone else 0 if signals.received is None else 128 + signals.received
