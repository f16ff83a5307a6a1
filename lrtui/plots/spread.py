"""How far replicates lie apart: a band from the lowest to the highest, in place of a line for each."""

import math
from collections.abc import Sequence
from dataclasses import replace

from lrtui.plots.chart import Chart, Kind, Series
from lrtui.plots.metrics import Metric
from lrtui.plots.series import Curve, counted, run_curve
from lrtui.plots.view import View

SAYS = "Bands reach from the lowest to the highest replicate."


def banded(chart: Chart, view: View, metric: Metric, group: int = 0) -> Chart:
    """Return a picture of curves with a band for the replicates of every scenario in place of their lines."""
    bands = []
    for one in view.of_group(group):
        found = band([run_curve(state, metric) for state in counted(view.states(one))])
        bands += [Series(Kind.BAND, xs, lows, one.colour, highs=highs) for xs, lows, highs in found]
    rest = [one for one in chart.series if one.kind is not Kind.FAINT]
    return replace(chart, series=(*bands, *rest), notes=(*chart.notes, *([SAYS] if bands else [])))


def band(curves: Sequence[Curve]) -> list[tuple[list[float], list[float], list[float]]]:
    """Return the stretches (xs, lows, highs) over which all of two or more curves have a figure that is finite."""
    if len(curves) < 2:
        return []
    tables = [dict(zip(curve.xs, curve.ys, strict=True)) for curve in curves]
    stretches: list[tuple[list[float], list[float], list[float]]] = []
    goes_on = False
    for x in curves[0].xs:
        values = [table.get(x, math.nan) for table in tables]
        if not all(map(math.isfinite, values)):
            goes_on = False
            continue
        if not goes_on:
            stretches.append(([], [], []))
        goes_on = True
        for column, value in zip(stretches[-1], (x, min(values), max(values)), strict=True):
            column.append(value)
    return [one for one in stretches if len(one[0]) > 1]
