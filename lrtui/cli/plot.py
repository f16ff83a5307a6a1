"""`lrtui plot` in the terminal: one picture per group of runs that differ in nothing but the learning rate, one per range
test, or the map of one run's layers."""

import os
import shutil
import sys

from lrtui.plots.chart import Chart
from lrtui.plots.heatmap import layer_map
from lrtui.plots.layers import find_run
from lrtui.plots.metrics import FINDER, find_metric
from lrtui.plots.pictures import pictures
from lrtui.plots.terminal import plot
from lrtui.plots.view import View

_TALLEST, _LOWEST = 24, 8


def draw(view: View, metric_name: str | None = None, run: int | None = None) -> str:
    """Return the pictures of a metric, as wide as the terminal; in colour if it is one and NO_COLOR is not set.

    Without a name it is what `find_metric` takes. Of layers one run is drawn: `run`, or the one that `telling_run` takes.
    Raises InputError for an unknown metric or run, and if nothing of it is measured.
    """
    metric = find_metric(metric_name, view, run)
    if metric.table == "layers":
        made = layer_map(find_run(view, run), metric, width=terminal_size().columns, colour=in_colour())
        return made.rstrip("\n")
    return "\n".join(_printed(chart) for chart in pictures(view, metric, run, replicates=in_colour()))


def range_tests(view: View) -> list[str]:
    """Return the picture of every range test."""
    return [_printed(chart) for chart in pictures(view, FINDER)]


def _printed(chart: Chart) -> str:
    size = terminal_size()
    height = max(_LOWEST, min(_TALLEST, size.lines - min(6, 1 + len(chart.legend) // 4) - 4))
    return plot(chart, width=size.columns, height=height, colour=in_colour())


def terminal_size() -> os.terminal_size:
    """Return the size of the terminal; 100 × 30 if there is none."""
    return shutil.get_terminal_size((100, 30))


def in_colour() -> bool:
    """Return whether pictures are printed in colour."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
