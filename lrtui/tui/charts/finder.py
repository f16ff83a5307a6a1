"""The range test: loss against the rate it was taken at, and the rates it suggests."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from lrtui.plots.view import Scenario, View, short_rate
from lrtui.report.plot_scale import Scale, exact, fit
from lrtui.report.range_ceiling import ceiling
from lrtui.report.terminal_plot import Drawing, Series, Span, draw
from lrtui.study.records import FinderCurve, RunStatus
from lrtui.study.states import RunState
from lrtui.text import format_rate
from lrtui.tui.charts.chart import Chart, Entry, Paint, letter
from lrtui.tui.charts.options import ChartOptions

SUGGESTIONS = ("valley", "steepest", "minimum_tenth")
"""In the order of ← and →."""
_NAMES = {"valley": "valley", "steepest": "steep", "minimum_tenth": "min/10"}
_MARKS = {"valley": "V", "steepest": "S", "minimum_tenth": "M"}
_STYLES = {"valley": "good", "steepest": "warn", "minimum_tenth": "bad"}


@dataclass(frozen=True)
class Marked:
    """The scenario whose suggestions are marked, its curve, and the suggestion highlighted (None: there is none)."""

    shape: Scenario
    state: RunState
    curve: FinderCurve
    name: str | None

    @property
    def lr(self) -> float | None:
        """Return the rate highlighted."""
        return self.curve.suggestions.get(self.name) if self.name else None


def curves_of(view: View) -> list[tuple[Scenario, RunState, FinderCurve]]:
    """Return every range test there is, in the study's order."""
    return [
        (shape, state, state.finder)
        for shape in view.shape.scenarios
        for state in view.states(shape)
        if state.finder is not None
    ]


def marked(view: View, options: ChartOptions) -> Marked | None:
    """Return what is marked: the scenario chosen by the options, where it has a curve, else the latest one."""
    found = curves_of(view)
    if not found:
        return None
    wanted = view.shape.scenarios[options.scenario % len(view.shape.scenarios)]
    shape, state, curve = next((one for one in found if one[0] is wanted), found[-1])
    names = [name for name in SUGGESTIONS if name in curve.suggestions]
    if not names:
        return Marked(shape, state, curve, None)
    if options.suggestion is not None:
        return Marked(shape, state, curve, names[options.suggestion % len(names)])
    chosen = next((name for name in names if curve.suggestions[name] == curve.chosen), names[0])
    return Marked(shape, state, curve, chosen)


def finder(view: View, options: ChartOptions, *, width: int, height: int) -> Chart:
    """Return the chart: the marked scenario's losses and smoothed loss, and the smoothed loss of every other."""
    caption = "range test: smoothed loss of each step by learning rate"
    one = marked(view, options)
    if one is None:
        finds = any(spec.finds_lr for spec in view.study.runs)
        return Chart(caption, None, (), "", (), "the range test begins…" if finds and view.live else _how(finds))
    found = [(shape, curve) for shape, _, curve in curves_of(view) if curve.points]
    smoothed = [point.smoothed for _, curve in found for point in curve.points if math.isfinite(point.smoothed)]
    if not smoothed:
        return Chart(caption, None, (), "", (), "the range test begins…")
    x = _rates(view, found)
    y = fit(
        [*smoothed, *(point.loss for point in one.curve.points)],
        log=options.finder_log,
        ticks=max(2, height // 3),
        ceiling=max(ceiling([point.smoothed for point in curve.points]) for _, curve in found),
    )
    series, paints = _raw(one, y)
    for shape, curve in sorted(found, key=lambda pair: pair[0] is one.shape):  # the marked one lies on the others
        index = view.shape.scenarios.index(shape)
        mine = shape is one.shape
        mark = letter(index) if options.letters and len(found) > 1 else ""
        series.append(_curve(curve, mark=mark, faint=not mine))
        paints.append(Paint(shape.colour, not mine))
    drawing = draw(series, width=width, height=height, x=x, y=y)
    lines = [(lr, _MARKS[name], "│" if name == one.name else "┊") for name, lr in one.curve.suggestions.items()]
    drawing = _with_lines(drawing, lines, len(paints))
    paints += [Paint(None, style=_STYLES[name]) for name in one.curve.suggestions]
    title = f"{one.shape.label}" if len(view.shape.scenarios) > 1 else "suggestions"
    return Chart(f"{caption}{_progress(one)}", drawing, tuple(paints), title[:16], tuple(_legend(view, one)))


def _how(finds: bool) -> str:
    if finds:
        return "no range test was finished"
    return 'no range test here: f runs one for the form; optim.lr = "find" runs one before training'


def _progress(one: Marked) -> str:
    if one.curve.over:
        return ""
    return f" · step {len(one.curve.points)} of {one.state.spec.config.finder.iterations}"


def _rates(view: View, found: list[tuple[Scenario, FinderCurve]]) -> Scale:
    """Return the axis of rates: the whole range from the start, so that it does not move."""
    configs = [view.study.runs[shape.runs[0]].config.finder for shape, _ in found]
    low, high = min(config.min_lr for config in configs), max(config.max_lr for config in configs)
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    step = max(1, math.ceil((last - first) / 8))
    return exact(low, high, [10.0**power for power in range(first, last + 1, step)], log=True)


def _raw(one: Marked, y: Scale) -> tuple[list[Series], list[Paint]]:
    """Return the marked scenario's unsmoothed losses: where one is out of the axis the line is cut, not marked."""
    points = [point for point in one.curve.points if not y.refuses(point.loss)]
    return [Series("", [point.lr for point in points], [point.loss for point in points], faint=True)], [
        Paint(one.shape.colour, True)
    ]


def _with_lines(drawing: Drawing, lines: Sequence[tuple[float, str, str]], first: int) -> Drawing:
    """Return the drawing with a vertical line, and a letter at its top, for each (rate, letter, character).

    Curves stay in front. The lines are series from number `first` on.
    """
    rows = [[(character, span.series) for span in row for character in span.text] for row in drawing.rows]
    for number, (lr, mark, character) in enumerate(lines, start=first):
        if drawing.x.refuses(lr):
            continue
        column = drawing.column_of(lr)
        for index in range(drawing.lines):
            if index == 0:
                rows[index][column] = (mark, number)
            elif rows[index][column][0] in " ⠀":
                rows[index][column] = (character, number)
    spans = (itertools.groupby(row, key=lambda cell: cell[1]) for row in rows)
    return replace(
        drawing,
        rows=tuple(
            tuple(Span("".join(character for character, _ in cells), number) for number, cells in row) for row in spans
        ),
    )


def _curve(curve: FinderCurve, *, mark: str, faint: bool) -> Series:
    points = [point for point in curve.points if math.isfinite(point.smoothed)]
    return Series("", [point.lr for point in points], [point.smoothed for point in points], mark=mark, faint=faint)


def _legend(view: View, one: Marked) -> list[Entry]:
    entries = []
    for name in SUGGESTIONS:
        lr = one.curve.suggestions.get(name)
        if one.curve.over or lr is not None:
            value = "–" if lr is None else short_rate(lr)
            chosen = name == one.name
            entries.append(Entry(_NAMES[name], None, _MARKS[name], value, "", style=_STYLES[name], chosen=chosen))
    if one.curve.points and not one.curve.over:
        point = one.curve.points[-1]
        entries.append(Entry("now at", one.shape.colour, "·", format_rate(float(f"{point.lr:.2g}")), ""))
    if len(view.shape.scenarios) > 1:
        entries.append(Entry("", None, " ", "", "", style="dim"))
        for index, shape in enumerate(view.shape.scenarios):
            running = any(state.status is RunStatus.RUNNING for state in view.states(shape))
            chosen = shape is one.shape
            entries.append(Entry(shape.label, shape.colour, letter(index), "", "", running, chosen=chosen))
    return entries
