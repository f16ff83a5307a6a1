"""Opening the workbench in this terminal."""

import os
from pathlib import Path

from textual import constants

from lrtui.text import literal
from lrtui.tui.app import LrtuiApp
from lrtui.tui.stderr import captured_stderr


def run(runs_dir: Path, data_dir: Path, device: str = "auto", lanes: int | None = None) -> int:
    """Run the workbench until a person leaves it; return the exit status (128 + the signal that ended it)."""
    if "ESCDELAY" not in os.environ:  # seconds until a lone escape counts as the key; Textual waits twice as long
        constants.ESCAPE_DELAY = 0.05  # type: ignore[misc]
    with captured_stderr() as captured:
        app = LrtuiApp(runs_dir, data_dir, device, lanes, captured=captured)
        if os.name == "posix":
            from lrtui.tui.suspend import ResumingDriver

            app.driver_class = ResumingDriver
        app.run()
    if (session := app.stage.session) is not None:
        folder = literal(str(session.path))
        print(f"the study is in {folder}; `lrtui table {literal(session.path.name)}` shows its results")
    return app.return_code or 0
