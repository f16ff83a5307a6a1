"""Learning rate against result: a dot per replicate, a line through the means, and where the best rate lies."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from lrtui.analysis.statistics import mean
from lrtui.analysis.winner_words import edge
from lrtui.plots.axes import Axis, fit
from lrtui.plots.chart import Chart, Entry, Kind, Series, figure
from lrtui.plots.curves import LOST
from lrtui.plots.dashes import dashed
from lrtui.plots.metrics import VAL_ACCURACY, Metric, named
from lrtui.plots.palette import letter
from lrtui.plots.series import LOWEST, Curve, best, cut, final
from lrtui.plots.view import Scenario, View
from lrtui.study.records import RunStatus
from lrtui.text import short_rate

if TYPE_CHECKING:
    from lrtui.analysis.rates import BestRate
    from lrtui.analysis.winner import Comparison

_NAMED = 8
"""So many rates are named in a sentence."""
_MARGIN = 1.3
"""Factor that the axis of rates goes beyond the lowest and the highest."""


def rates(
    view: View, *, group: int = 0, metric: Metric = VAL_ACCURACY, log: bool = False, told: "Sequence[Comparison]" = ()
) -> Chart:
    """Return the picture of one group; runs under way stand where they are now, as open dots.

    `told` marks the best rate with its interval, and the rates that cannot be told from the best.
    """
    known = [replace(one, lr=_lr(view, one)) for one in view.of_group(group)]
    scenarios = sorted((one for one in known if math.isfinite(one.lr)), key=lambda one: one.lr)
    groups = view.shape.groups
    axis = named(metric, view.study).axis
    title = f"final {axis} by learning rate" + (f" · {groups[group]}" if len(groups) > 1 else "")
    if len(scenarios) < 2 or not view.shape.sweeps_rate:
        return Chart(title, message="one learning rate: nothing to set against another")
    names = {one.scenario for one in scenarios}
    mine = next((one for one in told if one.learned and any(each.scenario in names for each in one.alike)), None)
    alike = [each.scenario for each in mine.alike] if mine else [best(view, group)]
    means: dict[int, list[tuple[float, float]]] = {}
    dots: list[Series] = []
    legend = []
    for one in scenarios:
        measured = [(state, value) for state in view.states(one) if (value := final(state, metric)) is not None]
        done = [value for state, value in measured if state.status is RunStatus.DONE]
        so_far = done or [value for _, value in measured]
        finite = [value for value in so_far if math.isfinite(value)]
        middle = mean(finite)
        if middle is not None:
            means.setdefault(one.colour.turn, []).append((one.lr, middle))
        for state, value in measured:
            kind = Kind.DOTS if state.status is RunStatus.DONE else Kind.OPEN
            dots.append(Series(kind, [one.lr], [value], one.colour, mark=letter(one.colour)))
        lost = len(so_far) - len(finite)
        legend.append(
            Entry(
                one.short,
                one.colour,
                figure(middle, metric.unit),
                f"{LOST}{lost}" if lost else "",
                mark=letter(one.colour),
                running=any(state.status is RunStatus.RUNNING for state in view.states(one)),
                best=one.scenario == alike[0],
                chosen=mine is not None and one.scenario in alike,
            )
        )
    if not dots:
        return Chart(title, message="nothing measured yet", legend=tuple(legend))
    lines = [piece for turn, points in means.items() for piece in dashed(_line(points), turn, x_log=True, y_log=log)]
    x = Axis(scenarios[0].lr / _MARGIN, scenarios[-1].lr * _MARGIN, True, name="learning rate")
    states = [state for one in scenarios for state in view.states(one)]
    ends = cut(metric, states, [Curve(tuple(one.xs), tuple(one.ys)) for one in dots], log=log)
    y = fit((value for one in dots for value in one.ys), log=log, ceiling=ends, name=axis)
    rules, notes = (_rules(mine.best_rate), _notes(mine, scenarios)) if mine else ([], [])
    return Chart(
        title, x, y, (*rules, *lines, *dots), "mean", tuple(legend), tuple(notes), best=_why_best(mine, alike[0])
    )


def _line(points: Sequence[tuple[float, float]]) -> Series:
    return Series(Kind.FAINT, [x for x, _ in points], [y for _, y in points])


def _notes(mine: "Comparison", scenarios: Sequence[Scenario]) -> list[str]:
    """Return sentences on the best rate, those that cannot be told from it, and the edge of the grid."""
    notes = []
    if mine.best_rate is not None:
        ends = mine.best_rate.interval
        interval = f" [{', '.join(map(short_rate, ends))}]" if ends else ""
        notes.append(f"best rate, between the points: {short_rate(mine.best_rate.rate)}{interval}")
    names = {one.scenario: one.short for one in scenarios}
    alike = [names[one.scenario] for one in mine.alike if one.scenario in names]
    if len(alike) > 1:
        more = f" and {len(alike) - _NAMED} more" if len(alike) > _NAMED else ""
        notes.append(f"not distinguishable from the best: {', '.join(alike[:_NAMED])}{more}")
    return [*notes, *edge(mine)]


def _why_best(mine: "Comparison | None", best: str) -> str:
    """Return what the sign of the best says; nothing if it was compared: those that cannot be told from it are highlighted."""
    return LOWEST if mine is None and best else ""


def _rules(rate: "BestRate | None") -> list[Series]:
    """Return the marks of the best rate between the points and of its interval."""
    if rate is None:
        return []
    ends = [Series(Kind.RULE, [end], tone="dim") for end in rate.interval or ()]
    return [*ends, Series(Kind.RULE, [rate.rate], tone="good", mark="B")]


def _lr(view: View, one: Scenario) -> float:
    """Return the scenario's rate, or what the finder chose; NaN until it has."""
    return next((state.spec.lr for state in view.states(one) if math.isfinite(state.spec.lr)), math.nan)
