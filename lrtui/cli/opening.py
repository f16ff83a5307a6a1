"""`lrtui open`: the workbench on a saved study, as it ended or as it happened, or on a preset."""

import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lrtui.cli import complete
from lrtui.cli.options import bell_option, data_dir_option, motion_option, notify_option, runs_dir_option
from lrtui.cli.output import has_screen
from lrtui.errors import InputError
from lrtui.text import literal

if TYPE_CHECKING:
    from lrtui.tui.first import First

SUITABLE = "as suits it"


@click.command(name="open")
@click.argument("name", metavar="STUDY|PRESET", shell_complete=complete.presets_and_studies)
@click.option(
    "--replay",
    metavar="[SPEED]",
    is_flag=False,
    flag_value=SUITABLE,
    help="Show a saved study as it happened, SPEED times as fast (default: so that it takes half a minute at most).",
)
@runs_dir_option
@data_dir_option
@notify_option
@bell_option
@motion_option
def open_workbench(
    name: str, replay: str | None, runs_dir: Path, data_dir: Path, notify: str | None, bell: bool, motion: bool
) -> int:
    """Open the workbench on a saved study, or with a preset in the form.

    STUDY is an id, a unique prefix of one, `last`, or a path; a name that is a preset's is that preset, with --replay its
    newest study. A replay writes nothing.
    """
    speed = None if replay is None else speed_of(replay)
    first = _wanted(name, runs_dir, speed)
    if not has_screen():
        raise InputError("the workbench needs a terminal; `lrtui table`, `report` and `plot` show a study without one")
    from lrtui.tui.run import run

    return run(runs_dir, data_dir, notify=notify, bell=bell, motion=motion, first=first)


def speed_of(text: str) -> float:
    """Return a speed as it is typed: `20`, `0.5`, `20x`. 0 for none. Raises InputError."""
    from lrtui.replay import FASTEST, SLOWEST

    if text == SUITABLE:
        return 0.0
    try:
        speed = float(text.removesuffix("x").removesuffix("×"))
    except ValueError:
        speed = math.nan
    if not SLOWEST <= speed <= FASTEST:
        most = f"{SLOWEST:g} to {FASTEST:.0f}"
        raise InputError(f"--replay {literal(text)}: takes a speed, {most} times; STUDY comes before it")
    return speed


def _wanted(name: str, runs_dir: Path, speed: float | None) -> "First":
    from lrtui.study import locate
    from lrtui.tui.first import First

    if speed is None:
        try:
            found = locate.find(name)
        except InputError as no_preset:
            return First(study=_study(name, runs_dir, no_preset))
        known = next(
            (one for one in (*locate.shipped(), *locate.own()) if one.path.resolve() == found.path.resolve()), None
        )
        if known is None:
            raise InputError(
                f"{literal(name)}: the workbench lists presets of the current folder and of your preset folder; open it there"
            )
        return First(preset=f"preset:{known.origin}:{known.name}")
    from lrtui.replay import Replay

    path = _study(name, runs_dir, None)
    Replay(path)  # what is wrong with it is said here
    return First(study=path, speed=speed)


def _study(name: str, runs_dir: Path, no_preset: InputError | None) -> Path:
    from lrtui.store.catalogue import SeveralStudiesError, Wanted, resolve
    from lrtui.store.reader import open_study

    try:
        path = resolve(name, runs_dir, Wanted.TRAINING)
    except SeveralStudiesError:
        raise
    except InputError as no_study:
        raise no_preset or no_study from None
    open_study(path)
    return path
