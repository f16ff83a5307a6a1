"""Curves over epochs: a line for the mean of each scenario, its replicates behind it, one colour per learning rate."""

import math
from collections.abc import Sequence
from dataclasses import replace

from lrtui.plots.axes import epochs, fit
from lrtui.plots.chart import Chart, Entry, Kind, Series, figure
from lrtui.plots.dashes import dashed
from lrtui.plots.metrics import CRITICAL, MOMENTUM, RATE, Metric, named
from lrtui.plots.palette import letter
from lrtui.plots.series import LOWEST, Curve, best, counted, cut, latest, mean, run_curve, smoothed
from lrtui.plots.view import Scenario, View
from lrtui.study.records import RunStatus
from lrtui.study.states import RunState
from lrtui.text import short_rate

LOST, ABOVE = "✗", "▴"
"""What stands in a legend for a figure that is not finite, and for one above the axis."""
_FAR_APART = 20.0
"""Rates of different scenarios that are further apart are easier to read on a logarithmic axis."""


def curves(
    view: View,
    metrics: Sequence[Metric],
    *,
    group: int = 0,
    replicates: bool = True,
    smoothing: float = 0.0,
    log: bool = False,
    x_log: bool = False,
    epoch: int | None = None,
) -> Chart:
    """Return the picture of one group; of several metrics the last one counts, the others step back.

    The legend reads the means at `epoch`; without one, the mean of every replicate's latest figure, as the table has it.
    """
    metric, scenarios = metrics[-1], view.of_group(group)
    states = [state for one in scenarios for state in view.states(one)]
    behind: list[Series] = []
    lines: list[Series] = []
    lost: dict[str, list[float]] = {}
    for one in scenarios:
        runs = view.states(one)
        alone = [run_curve(state, metric) for state in runs]
        means = [
            mean([run_curve(state, each) for state in counted(runs)], geometric=each.geometric) for each in metrics
        ]
        lost[one.scenario] = [at for curve in alone if (at := curve.lost) is not None]
        if replicates:
            drawn = [curve for curve in alone if curve.xs and curve != means[-1]]
            behind += [_series(Kind.FAINT, smoothed(curve, smoothing, log=log), one) for curve in drawn]
        for curve in means[:-1]:
            lines.append(_series(Kind.FAINT, smoothed(curve, smoothing, log=log), one))
        lines += dashed(_series(Kind.LINE, smoothed(means[-1], smoothing, log=log), one), one.colour.turn, y_log=log)
        if lost[one.scenario]:
            first = sorted(set(lost[one.scenario]))
            lines.append(Series(Kind.DOTS, first, [math.nan] * len(first), one.colour))
    shown = [curve for curve in (*behind, *lines) if any(map(math.isfinite, curve.ys))]
    title = _title(view, metrics, states, group)
    legend_title = "latest" if epoch is None else f"epoch {epoch}"
    if not shown:
        nothing = "nothing trained yet" if metric in (RATE, MOMENTUM) else "nothing measured yet"
        return Chart(title, message=nothing, legend_title=legend_title)
    values = [y for one in shown for y in one.ys]
    ends = cut(metric, states, [Curve(tuple(one.xs), tuple(one.ys)) for one in shown], log=log)
    if (metric is RATE and not log) or metric is MOMENTUM:
        values.append(0.0)  # a constant rate is a line, not a range
    last = max(view.study.runs[index].epochs for one in scenarios for index in one.runs)
    y = fit(values, log=log, ceiling=ends, name=named(metric, view.study).axis)
    above = {one.colour for one in lines if any(y.refuses(value) == "above" for value in one.ys)}
    low = best(view, group)
    legend = []
    for one in scenarios:
        entry = _entry(view, one, metric, epoch, lost[one.scenario])
        note = entry.note or (ABOVE if one.colour in above else "")
        legend.append(replace(entry, best=one.scenario == low, note=note))
    if view.shape.sweeps_rate:
        order = sorted(range(len(scenarios)), key=lambda index: (math.isnan(scenarios[index].lr), scenarios[index].lr))
        legend = [legend[index] for index in order]
    return Chart(
        title, epochs(last, log=x_log), y, (*behind, *lines), legend_title, tuple(legend), best=LOWEST if low else ""
    )


def rate_log(view: View, group: int) -> bool:
    """Return whether the axis of learning rates is logarithmic unless told otherwise: if scenarios' highest are far apart."""
    tops = []
    for one in view.of_group(group):
        used = [record.lr for state in view.states(one) for record in state.records if record.lr > 0]
        if used or math.isfinite(one.lr):
            tops.append(max(used, default=one.lr))
    return bool(tops) and max(tops) > _FAR_APART * min(tops)


def natural_log(view: View, metric: Metric, group: int = 0) -> bool:
    """Return whether a metric's axis is logarithmic unless told otherwise."""
    return rate_log(view, group) if metric is RATE else metric.log


def _series(kind: Kind, curve: Curve, one: Scenario) -> Series:
    """Return the finite part of a curve: where a figure is lost is marked once, not at every epoch from there on."""
    line = curve.finite
    return Series(kind, line.xs, line.ys, one.colour, mark=letter(one.colour) if kind is Kind.LINE else "")


def _title(view: View, metrics: Sequence[Metric], states: Sequence[RunState], group: int) -> str:
    metric, groups = metrics[-1], view.shape.groups
    faded = "in use" if metric is CRITICAL else "training"
    parts = [named(metric, view.study).axis + (f" ({faded} faded)" if len(metrics) > 1 else "")]
    if metric is MOMENTUM:
        parts = ["momentum (β; β₁ of the Adam family)"]
    counts = [n for one in view.of_group(group) if (n := len(counted(view.states(one))))]
    if max(counts, default=1) > 1 and metric not in (RATE, MOMENTUM):
        kind = "geometric mean" if metric.geometric else "mean"
        number = f"{min(counts)}–{max(counts)}" if min(counts) < max(counts) else f"{max(counts)}"
        parts.append(f"{kind} of {number}")
    return " · ".join([*parts, *([groups[group]] if len(groups) > 1 else [])])


def _entry(view: View, one: Scenario, metric: Metric, epoch: int | None, lost: Sequence[float]) -> Entry:
    states = view.states(one)
    value = latest(states, metric)
    if epoch is not None:
        value = mean([run_curve(state, metric) for state in counted(states)], geometric=metric.geometric).at(epoch)
    shown = figure(value, metric.unit)
    if metric in (RATE, CRITICAL) and value is not None and math.isfinite(value):
        shown = short_rate(value)
    note = f"{LOST}{f'{len(lost)} ' if len(states) > 1 else ''}@{min(lost):g}" if lost else ""
    running = any(state.status is RunStatus.RUNNING for state in states)
    return Entry(one.short, one.colour, shown, note, mark=letter(one.colour), running=running)
