"""`lrtui diff`: studies side by side."""

from pathlib import Path

import click

from lrtui.cli.options import output_option, runs_dir_option, studies_argument
from lrtui.cli.output import complain, emit, terminal_width
from lrtui.errors import InputError


@click.command()
@studies_argument
@click.option("--baseline", metavar="STUDY", help="From which the differences are taken (default: the first).")
@click.option(
    "--format", "file_format", type=click.Choice(["text", "markdown", "json"]), default="text", show_default=True
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@output_option
@runs_dir_option
def diff(
    studies: tuple[str, ...],
    baseline: str | None,
    file_format: str,
    as_json: bool,
    output: str | None,
    runs_dir: Path,
) -> None:
    """Put studies side by side: the settings that differ, and the results, with paired intervals where seeds are common."""
    from lrtui.report.diff import diff as compare
    from lrtui.store.catalogue import Wanted, resolve
    from lrtui.store.reader import open_study

    paths = [resolve(study, runs_dir, Wanted.TRAINING) for study in studies]
    if baseline is not None:
        base = resolve(baseline, runs_dir, Wanted.TRAINING)
        if base not in paths:
            paths.insert(0, base)
    real = [path.resolve() for path in paths]
    for path in real:
        if real.count(path) > 1:
            raise InputError(f"{path.name}: is given twice: there is nothing to compare")
    saved = [open_study(path) for path in paths]
    for warning in (warning for one in saved for warning in one.warnings):
        complain(warning)
    at = paths.index(base) if baseline is not None else 0
    fmt = "json" if as_json else file_format
    emit(compare(saved, fmt, width=terminal_width(output), baseline=at), output)
