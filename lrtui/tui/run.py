"""Opening the workbench in this terminal."""

import os
from pathlib import Path

from textual import constants

from lrtui.tui.app import LrtuiApp
from lrtui.tui.stderr import captured_stderr


def run(runs_dir: Path, data_dir: Path, device: str = "auto", lanes: int | None = None) -> int:
    """Run the workbench until a person leaves it; returns the exit status (128 + the signal that ended it)."""
    if "ESCDELAY" not in os.environ:
        constants.ESCAPE_DELAY = 0.05  # type: ignore[misc]  # seconds until a lone escape counts as the key; Textual waits twice as long
    with captured_stderr() as captured:
        app = LrtuiApp(runs_dir, data_dir, device, lanes, captured=captured)
        app.run()
    return app.return_code or 0
