"""`lrtui data fetch`: a download with a progress bar."""

from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from lrtui.data.fetch import fetch
from lrtui.text import literal


def fetch_with_progress(name: str, data_dir: Path) -> None:
    """Download data set `name` into `data_dir`. Raises InputError for an unknown name, WorkError when it cannot be had."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        tasks = {}

        def show(file: str, received: int, total: int | None) -> None:
            if file not in tasks:
                tasks[file] = progress.add_task(literal(file), total=total)
            progress.update(tasks[file], completed=received, total=total)

        outcome = fetch(name, data_dir, show)
    print(literal(outcome))
