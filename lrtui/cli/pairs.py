"""`lrtui plot STUDY --what …`: a map of two swept keys, in the terminal or in a file."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click
from click.shell_completion import CompletionItem

from lrtui.errors import InputError

if TYPE_CHECKING:
    from lrtui.plots.view import View

Function = TypeVar("Function", bound=Callable[..., object])
WHAT = ("accuracy", "best_accuracy", "loss", "best_loss")
LINES = {"eta/b": "b", "eta/sqrt(b)": "sqrt"}


def _pair_keys(_context: click.Context, _parameter: click.Parameter, text: str) -> list[CompletionItem]:
    pairs = ("optim.lr,train.batch_size", "optim.lr,optim.momentum")
    return [CompletionItem(pair) for pair in pairs if pair.startswith(text)]


def pair_options(command: Function) -> Function:
    """Add --what, --pair and --lines, each of which asks for a map of two swept keys."""
    for option in reversed(
        (
            click.option(
                "--what",
                type=click.Choice(WHAT),
                help="A map of two swept keys, the rate across: of each cell the final or the best epoch (default: accuracy).",
            ),
            click.option("--pair", metavar="KEY,KEY", help="Which two keys that map is of.", shell_complete=_pair_keys),
            click.option(
                "--lines",
                type=click.Choice([*LINES], case_sensitive=False),
                help="On a map of rate × batch size: lines along which the rate over the batch size, or its root, is constant.",
            ),
        )
    ):
        command = option(command)
    return command


def draw_pairs(
    view: "View",
    metric: str | None,
    run: int | None,
    *,
    what: str | None,
    pair: str | None,
    lines: str | None,
    output: str | None,
) -> None:
    """Draw the map. Raises InputError if the study sweeps no two keys, or nothing is trained yet."""
    from lrtui.cli.output import say_written
    from lrtui.plots.pair_lines import LAWS
    from lrtui.plots.pairs import SHOWN, find_pair, pair_map

    if metric is not None or run is not None:
        raise InputError(f"--{'metric' if metric is not None else 'run'}: not with --what, --pair and --lines")
    if view.finder:
        raise InputError("range tests have no map of two keys: --metric finder")
    shown = next(one for one in SHOWN if one.name == (what or WHAT[0]))
    drawn = pair_map(view, find_pair(view.study, pair), shown)
    law = next((law for law in LAWS if lines is not None and law.name == LINES[lines.lower()]), None)
    if law is not None and not drawn.pair.has_lines:
        raise InputError("--lines: takes a map of optim.lr by train.batch_size")
    if drawn.empty:
        raise InputError(f"no {drawn.shown.label} to plot: no epoch is finished")
    if output is not None:
        from lrtui.plots.pair_file import pair_image
        from lrtui.report.files import write

        path = Path(output)
        write(path, pair_image(view, path.suffix, drawn, law))
        say_written(path)
        return
    from lrtui.cli.plot import in_colour, terminal_size
    from lrtui.plots.pair_text import printed_map

    print(printed_map(drawn, width=terminal_size().columns, colour=in_colour(), law=law).rstrip("\n"))
