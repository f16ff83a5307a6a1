"""Range tests: the loss of every step by learning rate, and the rates it suggests."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from lrtui.errors import InputError
from lrtui.plots.axes import Axis, ceiling, fit
from lrtui.plots.chart import Chart, Entry, Kind, Series
from lrtui.plots.layers import spec_of
from lrtui.plots.metrics import FINDER, named
from lrtui.plots.palette import letter
from lrtui.plots.series import Curve
from lrtui.plots.view import Scenario, View
from lrtui.study.records import FinderCurve, RunStatus
from lrtui.study.states import RunState
from lrtui.text import short_rate, shown_rate

SUGGESTIONS = {
    "valley": ("valley", "V", "good"),
    "steepest": ("steepest", "S", "warn"),
    "minimum_tenth": ("minimum/10", "M", "bad"),
}
"""What a suggestion is called, its letter, and the tone of its rule."""


@dataclass(frozen=True)
class RangeTest:
    """One range test, and the suggestion that is highlighted."""

    scenario: Scenario
    state: RunState
    curve: FinderCurve
    suggestion: str | None = None
    """None: there is none."""

    @property
    def lr(self) -> float | None:
        """Return the rate highlighted."""
        return self.curve.suggestions.get(self.suggestion) if self.suggestion else None


def range_tests(view: View, run: int | None = None) -> list[RangeTest]:
    """Return every range test there is, in the study's order, the suggestion it chose highlighted; of one scenario, if a
    `run` of it is given.

    Raises InputError if there is no such run, or its scenario has no range test.
    """
    tests = [
        RangeTest(one, state, state.finder, _chosen(state.finder))
        for one in view.shape.scenarios
        for state in view.states(one)
        if state.finder is not None
    ]
    if run is None:
        return tests
    scenario = spec_of(view, run).scenario
    mine = [test for test in tests if test.scenario.scenario == scenario]
    if not mine:
        raise InputError(f"--run {run}: there is no range test of its scenario")
    return mine


def finder(view: View, test: RangeTest, others: Sequence[RangeTest] = (), *, log: bool = False) -> Chart:
    """Return the picture of a range test: its losses, the smoothed loss, its suggestions; the smoothed loss of `others`
    behind."""
    axis = named(FINDER, view.study).axis
    title = f"smoothed {axis if view.study.words.sentence else 'loss'} by learning rate"
    drawn = [one for one in (*others, test) if one.curve.points]
    calm = [y for one in drawn for y in _of_interest([point.smoothed for point in one.curve.points])]
    if not calm:
        return Chart(title, message="the range test begins…")
    if len(view.shape.scenarios) > 1 and not others:
        title += f" · {test.scenario.label}"
    if not test.curve.over:
        title += f" · step {len(test.curve.points)} of {test.state.spec.config.finder.iterations}"
    shown = [
        *(point.smoothed for one in drawn for point in one.curve.points),
        *(point.loss for point in test.curve.points),
    ]
    ends = ceiling(calm, shown, reference=max(calm), log=log)
    y = fit(shown, log=log, ceiling=ends, name=axis)
    raw = [point for point in test.curve.points if not y.refuses(point.loss)]
    series = [Series(Kind.FAINT, [point.lr for point in raw], [point.loss for point in raw], test.scenario.colour)]
    band = [point for point in test.curve.points if point.low is not None and point.high is not None]
    if band:
        lows, highs = [point.low or 0.0 for point in band], [point.high or 0.0 for point in band]
        xs = [point.lr for point in band]
        series.insert(0, Series(Kind.BAND, xs, lows, test.scenario.colour, highs=highs))
    for one in drawn:
        curve = Curve(
            tuple(point.lr for point in one.curve.points), tuple(point.smoothed for point in one.curve.points)
        )
        line, colour = curve.finite, one.scenario.colour
        mark = letter(colour) if len(drawn) > 1 else ""
        series.append(Series(Kind.LINE if one is test else Kind.FAINT, line.xs, line.ys, colour, mark=mark))
        if curve.lost is not None:
            series.append(Series(Kind.DOTS, [curve.lost], [math.nan], colour))
    rules = []
    highlighted_last = sorted(test.curve.suggestions.items(), key=lambda one: one[0] == test.suggestion)
    for name, lr in highlighted_last:  # it lies on the others
        _, mark, tone = SUGGESTIONS[name]
        rules.append(Series(Kind.RULE, [lr], tone=tone, mark=mark))
    legend_title = test.scenario.label if len(view.shape.scenarios) > 1 else "suggestions"
    seeds = ("the band: all seeds",) if band else ()
    return Chart(
        title,
        _rates(drawn),
        y,
        (*series, *rules),
        legend_title,
        tuple(_legend(test, others)),
        (*seeds, *_doubt(test.curve)),
    )


def _of_interest(smoothed: Sequence[float]) -> list[float]:
    """Return the losses down to the lowest, which suggestions are read from: the explosion is none of them.

    The first tenth is the loss of a batch or two, and not taken for the lowest.
    """
    read = [loss if math.isfinite(loss) else math.inf for loss in smoothed]
    lowest = min(range(len(read) // 10, len(read)), key=read.__getitem__, default=-1)
    return [loss for loss in read[: lowest + 1] if math.isfinite(loss)]


def _doubt(curve: FinderCurve) -> tuple[str, ...]:
    """Return why there is no suggestion, or why it is not to be trusted."""
    if not curve.over or (curve.suggestions and not curve.doubt):
        return ()
    if not curve.suggestions:
        return (f"no suggestion: {curve.doubt or 'the loss never fell'}",)
    return (f"not to be trusted: {curve.doubt}",)


def _chosen(curve: FinderCurve) -> str | None:
    """Return the suggestion that a run takes; if none is, the first there is."""
    taken = (name for name, lr in curve.suggestions.items() if lr == curve.chosen)
    return next(taken, next(iter(curve.suggestions), None))


def _rates(tests: Sequence[RangeTest]) -> Axis:
    """Return the axis of rates: the whole range from the start, so that it does not move."""
    configs = [test.state.spec.config.finder for test in tests]
    return Axis(
        min(config.min_lr for config in configs), max(config.max_lr for config in configs), True, name="learning rate"
    )


def _legend(test: RangeTest, others: Sequence[RangeTest]) -> list[Entry]:
    entries = []
    for name, (label, mark, tone) in SUGGESTIONS.items():
        lr = test.curve.suggestions.get(name)
        if test.curve.over or lr is not None:
            value = "–" if lr is None else short_rate(lr)
            entries.append(Entry(label, value=value, tone=tone, mark=mark, chosen=name == test.suggestion))
    if test.curve.points and not test.curve.over:
        now = shown_rate(test.curve.points[-1].lr, 2)
        entries.append(Entry("now at", test.scenario.colour, now, mark="·"))
    if others:
        entries.append(Entry("", tone="dim", mark=" "))
        for one in sorted((*others, test), key=lambda one: one.state.spec.run):
            running = one.state.status is RunStatus.RUNNING
            colour = one.scenario.colour
            entries.append(Entry(one.scenario.label, colour, mark=letter(colour), running=running, chosen=one is test))
    return entries
