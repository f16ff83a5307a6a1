"""The `lrtui` command and its subcommands."""

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import click
from click.core import ParameterSource
from click.shell_completion import shell_complete

from lrtui import __version__, paths
from lrtui.cli import complete, diff, export, manage, merge, opening, save, saved, steer
from lrtui.cli.group import COMPLETION, Commands
from lrtui.cli.options import (
    bell_option,
    data_dir_option,
    detach_option,
    device_named,
    device_option,
    engine_option,
    json_option,
    lanes_option,
    motion_option,
    notify_option,
    preset_argument,
    quiet_option,
    ray_option,
    runs_dir_option,
    set_option,
    shard_option,
    trust_option,
)
from lrtui.cli.output import guarded, has_screen, prepare_streams
from lrtui.cli.trusting import settle
from lrtui.errors import InputError
from lrtui.study.shards import Shard
from lrtui.text import count


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=COMPLETION,
)
@click.version_option(__version__, prog_name="lrtui")
@runs_dir_option
@data_dir_option
@device_option
@lanes_option
@notify_option
@bell_option
@motion_option
@click.pass_context
def cli(
    context: click.Context,
    runs_dir: Path,
    data_dir: Path,
    device: str,
    lanes: int | None,
    notify: str | None,
    bell: bool,
    motion: bool,
) -> int | None:
    """A terminal laboratory for learning rates.

    Without a command, opens the workbench: select a preset, watch its study train, read which rate won.
    """
    if context.invoked_subcommand is None:
        return _open_workbench(runs_dir, data_dir, device, lanes, notify, bell, motion)
    given = {
        name: value
        for name, value in context.params.items()
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE
    }
    context.default_map = {name: given | {"fetch": given} for name in cli.commands}
    return None


@cli.command()
@click.argument("folder", default="")
@json_option
def presets(folder: str, as_json: bool) -> None:
    """List what there is to run; of one FOLDER (outlook, outlook/recipes), with the questions."""
    from lrtui.cli import listings

    print(listings.presets_json(folder) if as_json else listings.presets_text(folder))


@cli.command()
@preset_argument
@set_option
@device_option
@engine_option
@lanes_option
@runs_dir_option
@json_option
def show(
    preset: str,
    overrides: tuple[str, ...],
    device: str,
    engine: str,
    lanes: int | None,
    runs_dir: Path,
    as_json: bool,
) -> None:
    """Print a preset resolved, the runs it expands to, and how they would be trained here.

    PRESET is a preset's name or file, or a saved study.
    """
    from lrtui.cli import listings, named
    from lrtui.cli.how import how_trained

    study = named.load_as_it_began(preset, overrides, runs_dir)
    how = how_trained(study, device, engine, lanes)
    cost = listings.cost_of(study, runs_dir, how)
    print(listings.study_json(study, how, cost) if as_json else listings.study_text(study, how, cost))


@cli.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE|STUDY...")
@runs_dir_option
def check(files: tuple[Path, ...], runs_dir: Path) -> int:
    """Validate preset files, or the settings of saved studies, and print every error."""
    from lrtui.cli import named

    found = [problem for file in files for problem in named.problems(file, runs_dir)]
    for problem in found:
        print(problem, file=sys.stderr)
    if found:
        return InputError.exit_status
    print(f"{count(len(files), 'file')} checked, no errors")
    return 0


@cli.command()
@preset_argument
@set_option
@device_option
@engine_option
@lanes_option
@ray_option
@click.option("--threads", type=click.IntRange(1, 1024), default=1, show_default=True, help="Intra-op threads a lane.")
@shard_option
@click.option("--fresh", is_flag=True, help="Train every run, also those that a saved study has finished.")
@trust_option
@runs_dir_option
@data_dir_option
@quiet_option
@json_option
@detach_option
@notify_option
@bell_option
def run(
    preset: str,
    overrides: tuple[str, ...],
    device: str,
    engine: str,
    lanes: int | None,
    ray: str | None,
    threads: int,
    shard: Shard | None,
    fresh: bool,
    trust: bool,
    runs_dir: Path,
    data_dir: Path,
    quiet: bool,
    as_json: bool,
    detach: bool,
    notify: str | None,
    bell: bool,
) -> int:
    """Train a preset's study and print who won.

    PRESET is a preset's name or file, or a saved study, whose settings are trained again. Runs that a saved study has
    finished are taken over from there. Progress goes to standard error, the results table to standard output. Ctrl-C ends
    the study and keeps its rows.
    """
    from lrtui.cli import named
    from lrtui.cli import run as running

    study = replace(named.load(preset, overrides, runs_dir), shard=shard)
    settle(study, trusting=trust)
    if detach:
        from lrtui.notices import Notices

        Notices(notify)  # what is wrong with it is said here
        running.detach(sys.argv[1:], runs_dir, as_json=as_json)
        return 0
    return running.run_study(
        study,
        device=device,
        engine=engine,
        lanes=lanes,
        ray=ray,
        threads=threads,
        runs_dir=runs_dir,
        data_dir=data_dir,
        quiet=quiet,
        fresh=fresh,
        show=running.print_json if as_json else running.print_results,
        notify=notify,
        bell=bell,
    )


@cli.command()
@click.argument("study", default="last", shell_complete=complete.studies)
@click.option(
    "--device",
    metavar="[auto|cpu|cuda|cuda:N]",
    callback=device_named,
    help="What trains (default, and auto: what trained it; another kind of device is refused).",
)
@click.option("--lanes", type=click.IntRange(1, 1024), help="Runs trained side by side (default: as before).")
@ray_option
@click.option("--threads", type=click.IntRange(1, 1024), help="Intra-op threads a lane (default: as before).")
@trust_option
@runs_dir_option
@data_dir_option
@quiet_option
@json_option
@detach_option
@notify_option
@bell_option
@click.option("--handed-over", is_flag=True, hidden=True, help="Another process hands the study over to this one.")
def resume(
    study: str,
    device: str | None,
    lanes: int | None,
    ray: str | None,
    threads: int | None,
    trust: bool,
    runs_dir: Path,
    data_dir: Path,
    quiet: bool,
    as_json: bool,
    detach: bool,
    notify: str | None,
    bell: bool,
    handed_over: bool,
) -> int:
    """Go on with an interrupted or stopped study, exactly.

    STUDY is an id, a unique prefix of one, a preset's name, `last` (the default), or a path. Training goes on in the study's
    own folder, from the checkpoints of its runs: on a CPU every row comes out as if nothing had happened. Interrupted,
    stopped and waiting runs are trained, failed ones tried again; what is done stays, and what was skipped stays skipped.
    """
    from lrtui.cli.resume import resume_study
    from lrtui.store.catalogue import Wanted, resolve
    from lrtui.store.reader import open_study

    saved = open_study(resolve(study, runs_dir, Wanted.LEFT))
    if saved.left:
        settle(saved.study, trusting=trust)
    if detach and saved.left:
        from lrtui.cli.run import detach as leave

        leave(sys.argv[1:], runs_dir, as_json=as_json)
        return 0
    return resume_study(
        saved,
        device=device,
        lanes=lanes,
        ray=ray,
        threads=threads,
        data_dir=data_dir,
        quiet=quiet,
        as_json=as_json,
        handed_over=handed_over,
        notify=notify,
        bell=bell,
    )


@cli.command(name="find-lr")
@preset_argument
@set_option
@device_option
@lanes_option
@trust_option
@runs_dir_option
@data_dir_option
@quiet_option
@json_option
def find_lr(
    preset: str,
    overrides: tuple[str, ...],
    device: str,
    lanes: int | None,
    trust: bool,
    runs_dir: Path,
    data_dir: Path,
    quiet: bool,
    as_json: bool,
) -> int:
    """Search a learning rate: a range test for every scenario of a preset, with three suggestions.

    The rate grows step by step while a fresh network is trained; the finder reads off where the loss falls.
    The keys of `finder` say from where to where. The tests are saved as a study.
    """
    from lrtui.cli import find_lr as finder

    return finder.find_lr(
        preset,
        overrides,
        device=device,
        lanes=lanes,
        threads=1,
        trusting=trust,
        runs_dir=runs_dir,
        data_dir=data_dir,
        quiet=quiet,
        as_json=as_json,
    )


for _command in (
    merge.merge,
    diff.diff,
    manage.delete,
    manage.rename,
    manage.tag,
    manage.note,
    save.save,
    opening.open_workbench,
    steer.attach,
    steer.status,
    steer.stop,
    saved.studies,
    saved.table,
    export.export,
    saved.report,
    saved.plot,
):
    cli.add_command(_command)


@cli.group(invoke_without_command=True)
@data_dir_option
@click.pass_context
def data(context: click.Context, data_dir: Path) -> None:
    """Show where the data sets are."""
    context.obj = data_dir
    if context.invoked_subcommand is None:
        from lrtui.cli import listings

        print(listings.data_text(data_dir))


@data.command()
@click.argument("name", shell_complete=complete.data_sets)
@click.option("--data-dir", metavar="DIR", help="Where to put it.")
@click.pass_obj
def fetch(parent_dir: Path, name: str, data_dir: str | None) -> None:
    """Download a data set, checksummed."""
    from lrtui.cli.fetch import fetch_with_progress

    fetch_with_progress(name, paths.data_dir(data_dir) if data_dir else parent_dir)


@cli.command()
@runs_dir_option
@data_dir_option
@click.option("--keys", is_flag=True, help="List every action of the workbench with its key, as config.toml knows it.")
def doctor(runs_dir: Path, data_dir: Path, keys: bool) -> int:
    """Say what works here and what does not: versions, device, terminal, folders, the workbench's config.toml."""
    from lrtui.cli.doctor import examine, key_list

    if keys:
        print(key_list())
        return 0
    return examine(runs_dir, data_dir)


def _open_workbench(
    runs_dir: Path, data_dir: Path, device: str, lanes: int | None, notify: str | None, bell: bool, motion: bool
) -> int:
    if not has_screen():
        raise InputError("the workbench needs a terminal; `lrtui run PRESET` works without one")
    from lrtui.tui.run import run as run_workbench

    return run_workbench(runs_dir, data_dir, device, lanes, notify=notify, bell=bell, motion=motion)


def main() -> NoReturn:
    """Run the command line and exit: 0 done, 1 the work failed, 2 bad input, 130 interrupted, 143 terminated."""
    prepare_streams()
    sys.exit(guarded(_call))


def _call() -> Any:
    """Do what the arguments ask for. Not `cli.main()`: that one makes an exit status of its own of a broken pipe."""
    if asked := os.environ.get("_LRTUI_COMPLETE"):
        from lrtui.cli import shells

        shells.register()
        return shell_complete(cli, {}, "lrtui", "_LRTUI_COMPLETE", asked)
    with cli.make_context("lrtui", sys.argv[1:]) as context:
        return cli.invoke(context)
