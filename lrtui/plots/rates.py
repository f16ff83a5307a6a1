"""Learning rate against result: a dot per replicate, a line through the means, and where the best rate lies."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

from lrtui.plots.axes import Axis, fit
from lrtui.plots.chart import Chart, Entry, Kind, Series, figure
from lrtui.plots.curves import LOST
from lrtui.plots.metrics import VAL_ACCURACY, Metric
from lrtui.plots.palette import letter
from lrtui.plots.series import Curve, best, cut, final
from lrtui.plots.view import Scenario, View, short_rate
from lrtui.study.records import RunStatus

_MARGIN = 1.3
"""Factor that the axis of rates goes beyond the lowest and the highest."""


@dataclass(frozen=True)
class Judged:
    """What the comparison of the replicates says of the rates of one model and data set."""

    alike: tuple[str, ...]
    """Scenarios that cannot be told from the best, the best first."""
    best_rate: tuple[float, float | None, float | None] | None
    """Between the grid's points, and its 95 % interval."""
    sentences: tuple[str, ...]


def judged(view: View) -> list[Judged]:
    """Return what is known by now of every model and data set. Imports polars."""
    from lrtui.analysis.frames import runs_frame
    from lrtui.analysis.winner import comparisons

    said = []
    for one in comparisons(runs_frame(view.snapshot.runs)):
        rate = one.best_rate
        interval = (None, None) if rate is None or rate.interval is None else rate.interval
        edge = (
            []
            if one.edge is None
            else [f"the best lies at the {one.edge} edge of the grid: try {_next(one.next_rate)}"]
        )
        said.append(
            Judged(
                tuple(scenario.scenario for scenario in one.alike) if one.learned else (),
                None if rate is None else (rate.rate, *interval),
                tuple(edge),
            )
        )
    return said


def rates(
    view: View, *, group: int = 0, metric: Metric = VAL_ACCURACY, log: bool = False, told: Sequence[Judged] = ()
) -> Chart:
    """Return the picture of one group; runs under way stand where they are now, as open dots.

    `told` marks the best rate with its interval, and the rates that cannot be told from the best.
    """
    known = [replace(one, lr=_lr(view, one)) for one in view.shape.of_group(group)]
    scenarios = sorted((one for one in known if math.isfinite(one.lr)), key=lambda one: one.lr)
    groups = view.shape.groups
    title = f"final {metric.axis} by learning rate" + (f" · {groups[group]}" if len(groups) > 1 else "")
    if len(scenarios) < 2 or not view.shape.sweeps_rate:
        return Chart(title, message="one learning rate: nothing to set against another")
    mine = next((one for one in told if {a.scenario for a in scenarios} & set(one.alike)), None)
    means: list[tuple[float, float]] = []
    dots: list[Series] = []
    legend = []
    low = best(view, group)
    for one in scenarios:
        measured = [(state, value) for state in view.states(one) if (value := final(state, metric)) is not None]
        done = [value for state, value in measured if state.status is RunStatus.DONE]
        so_far = done or [value for _, value in measured]
        finite = [value for value in so_far if math.isfinite(value)]
        if finite:
            means.append((one.lr, statistics.fmean(finite)))
        for state, value in measured:
            kind = Kind.DOTS if state.status is RunStatus.DONE else Kind.OPEN
            dots.append(Series(kind, [one.lr], [value], one.colour, mark=letter(one.colour)))
        lost = len(so_far) - len(finite)
        legend.append(
            Entry(
                one.short,
                one.colour,
                figure(statistics.fmean(finite) if finite else None, metric.unit),
                f"{LOST}{lost}" if lost else "",
                mark=letter(one.colour),
                running=any(state.status is RunStatus.RUNNING for state in view.states(one)),
                best=one.scenario == (mine.alike[0] if mine else low),
                chosen=mine is not None and one.scenario in mine.alike,
            )
        )
    if not dots:
        return Chart(title, message="nothing measured yet", legend=tuple(legend))
    line = Series(Kind.FAINT, [x for x, _ in means], [y for _, y in means])
    x = Axis(scenarios[0].lr / _MARGIN, scenarios[-1].lr * _MARGIN, True, name="learning rate")
    states = [state for one in scenarios for state in view.states(one)]
    ends = cut(view, metric, states, [Curve(tuple(one.xs), tuple(one.ys)) for one in dots], log=log)
    y = fit((value for one in dots for value in one.ys), log=log, ceiling=ends, name=metric.axis)
    marks, notes = _best_rate(mine)
    return Chart(title, x, y, (*marks, line, *dots), "mean", tuple(legend), tuple(notes))


def _best_rate(mine: Judged | None) -> tuple[list[Series], list[str]]:
    """Return the marks of the best rate between the points, and sentences."""
    if mine is None:
        return [], []
    notes = list(mine.sentences)
    if mine.best_rate is None:
        return [], notes
    rate, low, high = mine.best_rate
    interval = "" if low is None or high is None else f" [{short_rate(low)}, {short_rate(high)}]"
    notes.insert(0, f"best rate, between the points: {short_rate(rate)}{interval}")
    ends = [end for end in (low, high) if end is not None]
    return [Series(Kind.RULE, [end], tone="dim") for end in ends] + [
        Series(Kind.RULE, [rate], tone="good", mark="B")
    ], notes


def _next(rate: float | None) -> str:
    return "beyond it" if rate is None else short_rate(rate)


def _lr(view: View, one: Scenario) -> float:
    """Return the scenario's rate, or what the finder chose; NaN until it has."""
    return next((state.spec.lr for state in view.states(one) if math.isfinite(state.spec.lr)), math.nan)
