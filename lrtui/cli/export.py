"""`lrtui export`: the tables of a study, whole."""

from pathlib import Path

import click

from lrtui.cli.options import output_option, runs_dir_option, study_argument
from lrtui.cli.output import complain, emit, terminal_width

_FORMATS = {
    ".csv": "csv",
    ".md": "markdown",
    ".tex": "latex",
    ".json": "json",
    ".parquet": "parquet",
    ".txt": "text",
}
"""By the ending of the file."""


@click.command()
@study_argument
@click.option("--epochs", "table", flag_value="epochs", help="Every epoch of every run.")
@click.option("--runs", "table", flag_value="runs", help="A row for each run, with all that was measured of it.")
@click.option(
    "--scenarios",
    "table",
    flag_value="scenarios",
    default="scenarios",
    help="A row for each scenario, over its replicates (the default).",
)
@click.option("--layers", "table", flag_value="layers", help="Health of every layer by epoch.")
@click.option("--finder", "table", flag_value="finder", help="Every step of the range tests.")
@click.option("--curvature", "table", flag_value="curvature", help="The largest rate the loss can take, by epoch.")
@click.option("--resources", "table", flag_value="resources", help="What training took of the machine.")
@click.option(
    "--format",
    "file_format",
    type=click.Choice(sorted(_FORMATS.values())),
    help="Default: by the ending of FILE, else csv.",
)
@output_option
@runs_dir_option
def export(study: str, table: str, file_format: str | None, output: str | None, runs_dir: Path) -> None:
    """Write a table of a study with all its columns and rows, in full precision.

    `lrtui table` prints the results as people read them; docs/columns.md says what the columns are.
    """
    from lrtui.report.measured import measured
    from lrtui.store.catalogue import Wanted, resolve
    from lrtui.store.reader import open_study

    wanted = Wanted.RANGE_TEST if table == "finder" else Wanted.TRAINING
    saved = open_study(resolve(study, runs_dir, wanted))
    for warning in saved.warnings:
        complain(warning)
    ending = Path(output).suffix.lower() if output else ""
    emit(measured(saved, table, file_format or _FORMATS.get(ending, "csv"), terminal_width(output)), output)
