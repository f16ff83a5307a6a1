"""`lrtui resume`: go on with a study that was interrupted or stopped, in its own folder."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

from lrtui.cli import find_lr
from lrtui.cli.output import complain
from lrtui.cli.run import Show, follow, print_json, print_results
from lrtui.errors import LrtuiError
from lrtui.store.log import LogFile
from lrtui.store.reader import SavedStudy
from lrtui.study.states import LogEvent, LogLevel
from lrtui.text import count, literal

if TYPE_CHECKING:
    from lrtui.session import Session


def resume_study(
    saved: SavedStudy,
    *,
    device: str | None,
    lanes: int | None,
    threads: int | None,
    data_dir: Path,
    quiet: bool,
    as_json: bool,
    ray: str | None = None,
    handed_over: bool = False,
    notify: str | None = None,
    bell: bool = True,
) -> int:
    """Go on with a saved study, print its results, and return the exit status as `run_study` does.

    If nothing is left to train, its results are printed all the same. Raises InputError as `Session.resume` does; if it was
    `handed_over` its log says so.
    """
    show = _show(saved, as_json=as_json)
    if saved.complete:
        if not quiet:
            complain(f"{saved.id}: every run is done or skipped; nothing is left to train")
        show(saved.path, whole=True)
        return 0

    def start(kind: "type[Session]") -> "Session":
        try:
            return kind.resume(
                saved.path,
                device=device,
                lanes=lanes,
                ray=ray,
                threads=threads,
                handed_over=handed_over,
                data_dir=data_dir,
            )
        except LrtuiError as error:
            if handed_over:  # nobody sees what this process prints
                LogFile(saved.path).write(LogEvent(dt.datetime.now(), LogLevel.ERROR, f"cannot go on: {error}"))
            raise

    text = f"{literal(saved.study.title)}: {len(saved.left)} of {count(len(saved.study.own), 'run')} left; loading"
    left = {state.spec.run for state in saved.left}
    over = [state.spec.run for state in saved.states if state.spec.run not in left]
    return follow(text, start, quiet=quiet, show=show, over=over, notify=notify, bell=bell)


def _show(saved: SavedStudy, *, as_json: bool) -> Show:
    if saved.kind == "finder":
        given = [override for override in saved.study.overrides if not override.startswith("optim.lr=")]
        return find_lr.printer(saved.study.name, given, as_json=as_json)
    return print_json if as_json else print_results
