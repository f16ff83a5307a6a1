"""Which curves of a picture are shown, and which of them stand out."""

from collections.abc import Collection
from dataclasses import replace

from lrtui.plots.chart import Chart, Kind
from lrtui.plots.palette import Colour
from lrtui.plots.view import StudyShape, View


def without(view: View, hidden: Collection[str]) -> View:
    """Return the view without some scenarios; in a view of several studies a hidden one is hidden in all of them."""
    if not hidden:
        return view
    shape = view.shape
    kept = tuple(one for one in shape.scenarios if one.scenario.rpartition("\0")[2] not in hidden)
    return replace(view, shape=StudyShape(kept, shape.groups, shape.sweeps_rate)) if kept else view


def standing_out(chart: Chart, colour: Colour | None) -> Chart:
    """Return the chart in which the curves of a colour stand out: the others step back. None: as it is."""
    if colour is None or not any(_same(one.colour, colour) for one in chart.series):
        return chart
    behind = []
    front = []
    for one in chart.series:
        if _same(one.colour, colour) or one.colour is None:
            front.append(one)
        elif one.kind is Kind.LINE:
            behind.append(replace(one, kind=Kind.FAINT))
        elif one.kind is Kind.DOTS:
            behind.append(replace(one, kind=Kind.OPEN))
        elif one.kind is not Kind.FAINT:
            behind.append(one)
    legend = tuple(replace(one, chosen=_same(one.colour, colour)) for one in chart.legend)
    return replace(chart, series=(*behind, *front), legend=legend)


def _same(one: Colour | None, other: Colour) -> bool:
    return one is not None and (one.index, one.of, one.ordered) == (other.index, other.of, other.ordered)
