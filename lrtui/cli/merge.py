"""`lrtui merge`: several studies become one."""

from pathlib import Path

import click

from lrtui.cli.options import json_option, runs_dir_option, studies_argument


@click.command()
@studies_argument
@click.option(
    "-o",
    "--output",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="The folder of the joined study, which is made.",
)
@runs_dir_option
@json_option
def merge(studies: tuple[str, ...], output: Path | None, runs_dir: Path, as_json: bool) -> None:
    """Join studies of compatible settings into one new study.

    They may differ in replicates, learning rates, values of a sweep, variants and shards. The joined study has every run that
    one of them has finished; a run that several have, once. What is missing then, `lrtui resume` trains.
    """
    from lrtui.cli.run import print_json, print_results  # polars comes with it
    from lrtui.store.catalogue import resolve
    from lrtui.store.merging import merge as join

    path = join([resolve(study, runs_dir) for study in studies], runs_dir, output)
    (print_json if as_json else print_results)(path, whole=True)
