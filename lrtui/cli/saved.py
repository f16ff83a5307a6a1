"""The commands on saved studies: listing, tables, reports, plots."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lrtui.cli.options import json_option, output_option, runs_dir_option, studies_argument, study_argument
from lrtui.cli.output import complain, emit, say_written, terminal_width
from lrtui.cli.pairs import pair_options
from lrtui.errors import InputError
from lrtui.text import literal

if TYPE_CHECKING:
    from lrtui.store.catalogue import Wanted
    from lrtui.store.reader import SavedStudy


@click.command()
@runs_dir_option
@json_option
@click.option("--live", "live_only", is_flag=True, help="Only those that a process trains now.")
@click.option(
    "--filter",
    "wanted",
    metavar="EXPR",
    default="",
    help="Only those that have all of this: words, tag:NAME, status:done, preset:paper, optim.lr>1e-3, train.epochs<=30.",
)
def studies(runs_dir: Path, as_json: bool, live_only: bool, wanted: str) -> None:
    """List the saved studies, newest first."""
    from rich.cells import cell_len

    from lrtui.store.filtering import FilterError, parse

    try:
        terms = parse(wanted)
    except FilterError as error:
        before = cell_len(literal(wanted[: error.at]))  # some characters take two cells, or are spelled out
        print(f"  {literal(wanted)}\n  {' ' * before}^", file=sys.stderr)
        raise
    from lrtui.cli import listings
    from lrtui.store.catalogue import damaged_studies, list_studies, unread_remarks

    found = [
        study for study in list_studies(runs_dir) if not (live_only and study.status.ended) and terms.admits(study)
    ]
    print(listings.studies_json(found) if as_json else listings.studies_text(found, runs_dir))
    for sentence in damaged_studies(runs_dir):
        complain(f"not listed: {sentence}")
    for sentence in unread_remarks(runs_dir):
        complain(f"listed without title, tags and note of its own: {sentence}")


@click.command()
@study_argument
@click.option(
    "--format",
    "file_format",
    type=click.Choice(["text", "csv", "markdown", "latex", "json", "parquet"]),
    default="text",
    show_default=True,
)
@click.option("--per", type=click.Choice(["scenario", "run", "epoch"]), default="scenario", show_default=True)
@click.option(
    "--lang", type=click.Choice(["en", "id"]), default="en", show_default=True, help="id: the paper's own tables."
)
@output_option
@runs_dir_option
def table(study: str, file_format: str, per: str, lang: str, output: str | None, runs_dir: Path) -> None:
    """Print or export a study's results table.

    STUDY is an id, a unique prefix of one, a preset's name, `last`, or a path.
    """
    from lrtui.report.render import render
    from lrtui.report.table import results_table

    if lang == "id" and per != "scenario":
        raise InputError("--lang id gives the paper's own tables, which are per scenario")
    results = results_table(_trained(study, runs_dir).result, per=per, lang=lang)
    emit(render(results, file_format, width=terminal_width(output)), output)


@click.command()
@studies_argument
@click.option(
    "--format",
    "file_format",
    type=click.Choice(["text", "markdown", "json", "html"]),
    default="text",
    show_default=True,
)
@output_option
@runs_dir_option
def report(studies: tuple[str, ...], file_format: str, output: str | None, runs_dir: Path) -> None:
    """Put what was measured beside what was published, and judge the claims.

    `--format html -o page.html` writes one page that needs nothing else: pictures, tables, settings, verdicts, machine.
    """
    from lrtui.report.document import report as make_report

    saved = [_trained(study, runs_dir) for study in studies]
    emit(make_report(saved, file_format, width=terminal_width(output)), output)


@click.command()
@studies_argument
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
    help="Whose layers (default: those of the least healthy run, else of the best), or range test (default: all).",
)
@pair_options
@output_option
@runs_dir_option
def plot(
    studies: tuple[str, ...],
    metric: str | None,
    run: int | None,
    what: str | None,
    pair: str | None,
    lines: str | None,
    output: str | None,
    runs_dir: Path,
) -> None:
    """Draw a study in the terminal, or into an SVG or PNG file.

    Several studies are drawn over each other: a rate has one colour in all of them, and the lines of the second and later
    ones are dashed.
    """
    from lrtui.plots.metrics import FINDER_NAMES
    from lrtui.plots.overlay import overlay
    from lrtui.plots.view import View
    from lrtui.report.diff import names_of
    from lrtui.store.catalogue import Wanted

    wanted = Wanted.RANGE_TEST if metric in FINDER_NAMES else Wanted.TRAINING
    found = [_open(study, runs_dir, wanted) for study in studies]
    if what or pair or lines:
        from lrtui.cli.pairs import draw_pairs

        if len(found) > 1:
            raise InputError("--what, --pair and --lines are of one study")
        draw_pairs(View.of_saved(found[0]), metric, run, what=what, pair=pair, lines=lines, output=output)
        return
    if len(found) > 1 and run is not None:
        raise InputError("--run is of one study")
    view = overlay([View.of_saved(saved) for saved in found], names_of(found))
    if len(found) > 1 and output is None:
        print("\n".join(f"{name}: {saved.id}" for name, saved in zip(names_of(found), found, strict=True)))
    if output is not None:
        from lrtui.plots.file import image
        from lrtui.report.files import write

        path = Path(output)
        write(path, image(view, path.suffix, metric, run))
        say_written(path)
        return
    from lrtui.cli.plot import draw

    print(draw(view, metric, run))


def _trained(study: str, runs_dir: Path) -> "SavedStudy":
    from lrtui.store.catalogue import Wanted

    return _open(study, runs_dir, Wanted.TRAINING)


def _open(study: str, runs_dir: Path, wanted: "Wanted") -> "SavedStudy":
    from lrtui.store.catalogue import resolve
    from lrtui.store.reader import open_study

    saved = open_study(resolve(study, runs_dir, wanted))
    for warning in saved.warnings:
        complain(warning)
    return saved
