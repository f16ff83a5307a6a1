"""Rich text as a string for printing, in the colours that the terminal has."""

import io
from collections.abc import Iterable
from typing import Literal

from rich.console import Console
from rich.text import Text

Colours = Literal["none", "16", "many"]


def printed(lines: Iterable[Text], width: int, colour: bool) -> str:
    """Return the lines as they are to be printed, in as many colours as the terminal has; no ANSI codes unless `colour`."""
    output = io.StringIO()
    console = _console(output, width, colour)
    for line in lines:
        console.print(line, soft_wrap=True)
    return output.getvalue()


def colours(colour: bool) -> Colours:
    """Return what `printed` shows colours with."""
    system = _console(io.StringIO(), 80, colour).color_system
    if system is None:
        return "none"
    return "many" if system in ("256", "truecolor") else "16"


def _console(output: io.StringIO, width: int, colour: bool) -> Console:
    return Console(
        file=output,
        width=width,
        force_terminal=colour,
        color_system="auto" if colour else None,
        no_color=not colour,
        highlight=False,
    )
