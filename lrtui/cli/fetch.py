"""`lrtui data fetch`: a download with a progress bar."""

from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from lrtui.data.catalogue import DATASETS
from lrtui.errors import InputError
from lrtui.study.problems import nearest
from lrtui.text import literal, one_of


def fetch_with_progress(name: str, data_dir: Path) -> None:
    """Download data set `name` into `data_dir`. Raises InputError for an unknown name, WorkError when it cannot be had."""
    if name not in DATASETS:
        close = nearest(name, DATASETS)
        hint = f"did you mean {close}?" if close else f"there are {one_of(list(DATASETS))}"
        raise InputError(f"{literal(name)}: unknown data set; {hint}")
    from lrtui.data.fetch import fetch  # torchvision comes with it

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        tasks = {}

        def show(file: str, received: int, total: int | None) -> None:
            if file not in tasks:
                tasks[file] = progress.add_task(literal(file), total=total)
            progress.update(tasks[file], completed=received, total=total)

        outcome = fetch(name, data_dir, show)
    print(literal(outcome))
