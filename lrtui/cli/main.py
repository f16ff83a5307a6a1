"""The `lrtui` command and its subcommands."""

import io
import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import click
from click.core import ParameterSource

from lrtui import __version__, paths
from lrtui.errors import InputError, LrtuiError
from lrtui.text import count, literal

runs_dir_option = click.option(
    "--runs-dir",
    metavar="DIR",
    help="Where studies are saved (default: $LRTUI_RUNS, else ./runs).",
    callback=lambda _context, _option, value: paths.runs_dir(value),
)
data_dir_option = click.option(
    "--data-dir",
    metavar="DIR",
    help="Where data sets are (default: $LRTUI_DATA, else the user's cache folder).",
    callback=lambda _context, _option, value: paths.data_dir(value),
)
set_option = click.option(
    "--set",
    "overrides",
    metavar="KEY=VALUE",
    multiple=True,
    help="Override a key of the preset: optim.lr=0.03, train.epochs=2, sweep.replicates=1. A list sweeps.",
)
output_option = click.option("-o", "--output", metavar="FILE", help="Write to FILE instead of standard output.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document on standard output.")
quiet_option = click.option("--quiet", is_flag=True, help="No progress on standard error.")
device_option = click.option(
    "--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto", show_default=True, help="What trains."
)
lanes_option = click.option(
    "--lanes", type=click.IntRange(1, 1024), help="Runs trained side by side on the CPU (default: one per core)."
)


class _Commands(click.Group):
    """Commands in the order a person meets them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


@click.group(cls=_Commands, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="lrtui")
@runs_dir_option
@data_dir_option
@device_option
@lanes_option
@click.pass_context
def cli(context: click.Context, runs_dir: Path, data_dir: Path, device: str, lanes: int | None) -> None:
    """A terminal laboratory for learning rates.

    Without a command, opens the workbench: select a preset, watch its study train, read which rate won.
    """
    if context.invoked_subcommand is None:
        _open_workbench(runs_dir, data_dir, device, lanes)
        return
    given = {
        name: value
        for name, value in context.params.items()
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE
    }
    context.default_map = {name: given | {"fetch": given} for name in cli.commands}


@cli.command()
@json_option
def presets(as_json: bool) -> None:
    """List what there is to run."""
    from lrtui.cli import listings

    print(listings.presets_json() if as_json else listings.presets_text())


@cli.command()
@click.argument("preset")
@set_option
def show(preset: str, overrides: tuple[str, ...]) -> None:
    """Print a preset resolved, and the runs it expands to."""
    from lrtui.cli import listings
    from lrtui.data.feasible import misfits
    from lrtui.study.preset import load

    print(listings.study_text(load(preset, overrides, misfits)))


@cli.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def check(files: tuple[Path, ...]) -> None:
    """Validate preset files and print every error."""
    from lrtui.data.feasible import misfits
    from lrtui.study.preset import check_file

    found = [problem for file in files for problem in check_file(file, misfits)]
    for problem in found:
        print(problem, file=sys.stderr)
    if found:
        sys.exit(InputError.exit_status)
    print(f"{count(len(files), 'file')} checked, no errors")


@cli.command()
@click.argument("preset")
@set_option
@device_option
@lanes_option
@click.option("--threads", type=click.IntRange(1, 1024), default=1, show_default=True, help="Intra-op threads a lane.")
@runs_dir_option
@data_dir_option
@quiet_option
@json_option
def run(
    preset: str,
    overrides: tuple[str, ...],
    device: str,
    lanes: int | None,
    threads: int,
    runs_dir: Path,
    data_dir: Path,
    quiet: bool,
    as_json: bool,
) -> None:
    """Train a preset's study and print who won.

    Progress goes to standard error, the results table to standard output. Ctrl-C ends the study and keeps its rows.
    """
    from lrtui.cli.run import print_json, print_results, run_study
    from lrtui.data.feasible import misfits
    from lrtui.study.preset import load

    study = load(preset, overrides, misfits)
    sys.exit(
        run_study(
            study,
            device=device,
            lanes=lanes,
            threads=threads,
            runs_dir=runs_dir,
            data_dir=data_dir,
            quiet=quiet,
            show=print_json if as_json else print_results,
        )
    )


@cli.command(name="find-lr")
@click.argument("preset")
@set_option
@device_option
@lanes_option
@runs_dir_option
@data_dir_option
@quiet_option
@json_option
def find_lr(
    preset: str,
    overrides: tuple[str, ...],
    device: str,
    lanes: int | None,
    runs_dir: Path,
    data_dir: Path,
    quiet: bool,
    as_json: bool,
) -> None:
    """Search a learning rate: a range test for every scenario of a preset, with three suggestions.

    The rate grows step by step while a fresh network is trained; the finder reads off where the loss falls.
    The keys of `finder` say from where to where. The tests are saved as a study.
    """
    from lrtui.cli import find_lr as finder

    sys.exit(
        finder.find_lr(
            preset,
            overrides,
            device=device,
            lanes=lanes,
            threads=1,
            runs_dir=runs_dir,
            data_dir=data_dir,
            quiet=quiet,
            as_json=as_json,
        )
    )


@cli.command()
@runs_dir_option
@json_option
def studies(runs_dir: Path, as_json: bool) -> None:
    """List the saved studies, newest first."""
    from lrtui.cli import listings
    from lrtui.store.catalogue import list_studies

    found = list_studies(runs_dir)
    print(listings.studies_json(found) if as_json else listings.studies_text(found, runs_dir))


@cli.command()
@click.argument("study")
@click.option(
    "--format",
    "file_format",
    type=click.Choice(["text", "csv", "markdown", "latex", "json", "parquet"]),
    default="text",
    show_default=True,
)
@click.option("--per", type=click.Choice(["scenario", "run"]), default="scenario", show_default=True)
@click.option("--lang", type=click.Choice(["en", "id"]), default="en", show_default=True, help="id: the paper's table.")
@output_option
@runs_dir_option
def table(study: str, file_format: str, per: str, lang: str, output: str | None, runs_dir: Path) -> None:
    """Print or export a study's results table.

    STUDY is an id, a unique prefix of one, a preset's name, `last`, or a path.
    """
    from lrtui.report.render import render
    from lrtui.report.table import results_table

    if lang == "id" and per == "run":
        raise InputError("--lang id heads the paper's table, which is per scenario")
    results = results_table(_open(study, runs_dir).result, per=per, lang=lang)
    _emit(render(results, file_format, width=terminal_width(output)), output)


@cli.command()
@click.argument("studies", nargs=-1, required=True, metavar="STUDY...")
@click.option(
    "--format", "file_format", type=click.Choice(["text", "markdown", "json"]), default="text", show_default=True
)
@output_option
@runs_dir_option
def report(studies: tuple[str, ...], file_format: str, output: str | None, runs_dir: Path) -> None:
    """Put what was measured beside what was published, and judge the claims."""
    from lrtui.report.document import report as make_report

    saved = [_open(study, runs_dir) for study in studies]
    _emit(make_report(saved, file_format, width=terminal_width(output)), output)


@cli.command()
@click.argument("study")
@click.option(
    "--metric",
    metavar="NAME",
    help="What to draw: val_loss (the default), val_accuracy, lr, ... against the epoch; result, against the rate; finder, "
    "the range tests; gradient_rms, dead, ..., a map of layers by epoch. A wrong one lists those the study has.",
)
@click.option(
    "--run",
    type=click.IntRange(1),
    metavar="N",
    help="Whose layers (default: the best run's), or range test (default: all).",
)
@output_option
@runs_dir_option
def plot(study: str, metric: str | None, run: int | None, output: str | None, runs_dir: Path) -> None:
    """Draw a study in the terminal, or into an SVG or PNG file."""
    from lrtui.plots.view import View

    view = View.of_saved(_open(study, runs_dir))
    if output is not None:
        from lrtui.plots.file import image
        from lrtui.report.files import write

        path = Path(output)
        write(path, image(view, path.suffix, metric, run))
        return
    from lrtui.cli.plot import draw

    print(draw(view, metric, run))


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
@click.argument("name")
@click.option("--data-dir", metavar="DIR", help="Where to put it.")
@click.pass_obj
def fetch(parent_dir: Path, name: str, data_dir: str | None) -> None:
    """Download a data set, checksummed."""
    from lrtui.cli.fetch import fetch_with_progress

    fetch_with_progress(name, paths.data_dir(data_dir) if data_dir else parent_dir)


@cli.command()
@runs_dir_option
@data_dir_option
def doctor(runs_dir: Path, data_dir: Path) -> None:
    """Say what works here and what does not: versions, device, terminal, folders."""
    from lrtui.cli.doctor import examine

    sys.exit(examine(runs_dir, data_dir))


def _open(study: str, runs_dir: Path) -> Any:
    from lrtui.store.catalogue import resolve
    from lrtui.store.reader import open_study

    saved = open_study(resolve(study, runs_dir))
    for warning in saved.warnings:
        print(f"lrtui: {literal(warning)}", file=sys.stderr)
    return saved


def terminal_width(output: str | None = None) -> int | None:
    """Return the width to lay text out for; None (no limit) where it goes into a file or a pipe."""
    return shutil.get_terminal_size().columns if output is None and sys.stdout.isatty() else None


def _emit(content: str | bytes, output: str | None) -> None:
    if output is not None:
        from lrtui.report.files import write

        write(Path(output), content if isinstance(content, bytes) else content.encode())
    elif isinstance(content, bytes):
        if sys.stdout.isatty():
            raise InputError("parquet is not text; name a file with -o FILE")
        sys.stdout.buffer.write(content)
    else:
        print(content.rstrip("\n"))


def _open_workbench(runs_dir: Path, data_dir: Path, device: str, lanes: int | None) -> None:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise InputError("the workbench needs a terminal; `lrtui run PRESET` works without one")
    from lrtui.tui.run import run as run_workbench

    sys.exit(run_workbench(runs_dir, data_dir, device, lanes))


def main() -> NoReturn:
    """Run the command line and exit: 0 done, 1 the work failed, 2 bad input, 130 interrupted, 143 terminated."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without UTF-8 shows a question mark, not a traceback
    sys.exit(_guarded(lambda: cli.main(standalone_mode=False, prog_name="lrtui")))


def _guarded(call: Callable[[], Any]) -> int:
    try:
        result = call()
        if sys.stdout is not None:
            sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except LrtuiError as error:
        for line in str(error).splitlines():
            print(f"lrtui: {literal(line)}", file=sys.stderr)
        return error.exit_status
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return 130
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `lrtui table … | head`
        _abandon_stdout()
        return 0
    except OSError as error:
        if error.filename is not None:  # of a file the command works on: a broken invariant
            raise
        _abandon_stdout()
        print(f"lrtui: cannot write to standard output: {error.strerror or error}", file=sys.stderr)
        return 1


def _abandon_stdout() -> None:
    """Send what is still buffered nowhere, so that the interpreter does not stumble over it at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def as_json_text(document: Any) -> str:
    """Return a document as the one JSON text a command prints."""
    return json.dumps(document, indent=2, allow_nan=False)  # ASCII: control characters of any kind stay escapes
