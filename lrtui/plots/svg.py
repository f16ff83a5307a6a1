"""A picture as SVG of a web page: small, sharp at any size, in the colours of a light or a dark page."""

from collections.abc import Callable, Iterator, Sequence
from html import escape

from lrtui.plots import palette
from lrtui.plots.axes import Axis, thin
from lrtui.plots.chart import Chart, Entry, Kind, Series, pick
from lrtui.plots.dashes import pattern
from lrtui.plots.palette import Colour, Ground
from lrtui.text import literal

WIDTH, HEIGHT = 640, 320
"""Of the picture, in the page's pixels; it shrinks with its place."""
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 12, 12, 42
_ENTRIES = 24
"""So many entries a legend has at most."""
_LABEL = 9
"""Characters of the longest name that stands at the end of its line."""
_LABELS = 10
"""So many lines are named at their ends, at most."""
_APART = 12.0
"""Of names at the ends of lines, in pixels."""
_KEY = 28
"""Length of the piece of a broken line in a legend, in pixels."""
_CLASSES = {Kind.LINE: "line", Kind.FAINT: "faint", Kind.DOTS: "dots", Kind.OPEN: "open", Kind.RULE: "rule"}

STYLE = """
svg.chart { width: 100%; height: auto; display: block; font: 12px system-ui, sans-serif; }
svg.chart text { fill: var(--muted); }
svg.chart .grid { stroke: var(--rule); stroke-width: 1; }
svg.chart .frame { stroke: var(--muted); stroke-width: 1; fill: none; }
svg.chart .c { --c: var(--l); }
svg.chart .line { fill: none; stroke: var(--c, currentColor); stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
svg.chart .faint { fill: none; stroke: var(--c, var(--muted)); stroke-width: 1; opacity: .45; }
svg.chart .band { fill: var(--c, var(--muted)); opacity: .15; }
svg.chart .end { fill: var(--text); }
svg.chart .mark { fill: var(--good); font-weight: 600; }
svg.chart .lead { fill: none; stroke: var(--c, var(--muted)); stroke-width: 1; }
svg.chart .dots { fill: var(--c, currentColor); }
svg.chart .open { fill: none; stroke: var(--c, currentColor); stroke-width: 1.5; }
svg.chart .rule { stroke: var(--good); stroke-width: 1.5; stroke-dasharray: 5 4; }
svg.chart .rule.dim { stroke: var(--muted); stroke-width: 1; stroke-dasharray: 2 4; }
svg.chart .lost { fill: none; stroke: var(--c, currentColor); stroke-width: 1.5; }
.legend {
  display: flex; flex-wrap: wrap; gap: .15rem 1.1rem; list-style: none; margin: .3rem 0 0; padding: 0; font-size: .85rem;
}
.legend li { white-space: nowrap; }
.legend .key {
  display: inline-block; width: 1.4em; height: 0; border-top: 3px solid var(--l, var(--good)); vertical-align: middle;
  margin-right: .4em;
}
.legend .key.dashed { border-top-style: dashed; }
.legend svg.chart.key { width: 1.75em; height: .4em; display: inline-block; border-top: 0; }
"""
"""What the page's style sheet needs for pictures; their colours are `--l` and, on a dark page, `--d`."""
DARK = "svg.chart .c { --c: var(--d); } .legend .key { border-top-color: var(--d, var(--good)); }"


def figure(chart: Chart) -> str:
    """Return a chart as an HTML figure: the picture, its legend as text, and sentences below it."""
    caption = escape(literal(chart.title))
    if chart.message or chart.x is None or chart.y is None:
        return (
            f'<figure><figcaption>{caption}</figcaption><p class="none">{escape(literal(chart.message))}</p></figure>'
        )
    notes = "".join(f"<p>{escape(literal(note))}</p>" for note in chart.notes)
    return (
        f"<figure><figcaption>{caption}</figcaption>{''.join(_svg(chart, chart.x, chart.y))}"
        f"{''.join(_legend(chart))}{notes}</figure>"
    )


def _svg(chart: Chart, x: Axis, y: Axis) -> Iterator[str]:
    described = escape(literal(f"{chart.title}: {y.name or 'figures'} by {x.name}"), quote=True)
    yield f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{described}">'
    named = _named(chart, x, y)
    right = WIDTH - (max(len(label) for _, label, _ in named) * 7 + 16 if named else _RIGHT)
    across, up = _scale(x, _LEFT, right), _scale(y, HEIGHT - _BOTTOM, _TOP)
    for value, label in y.ticks(6):
        at = up(value)
        yield f'<path class="grid" d="M{_LEFT} {at:.1f}H{right}"/>'
        yield f'<text x="{_LEFT - 6}" y="{at + 4:.1f}" text-anchor="end">{escape(label)}</text>'
    for value, label in x.ticks(8):
        yield f'<text x="{across(value):.1f}" y="{HEIGHT - _BOTTOM + 16}" text-anchor="middle">{escape(label)}</text>'
    yield f'<path class="frame" d="M{_LEFT} {_TOP}V{HEIGHT - _BOTTOM}H{right}"/>'
    yield f'<text x="{(right + _LEFT) / 2:.0f}" y="{HEIGHT - 6}" text-anchor="middle">{escape(x.name)}</text>'
    for one in chart.series:
        yield from _series(one, x, y, right)
    yield from _ends(named, x, y, right)
    yield "</svg>"


def _named(chart: Chart, x: Axis, y: Axis) -> list[tuple[tuple[float, float], str, Series]]:
    """Return the last point of every line with its name, from the top down; none where they are too many or too long.

    Whoever does not see colours tells lines apart by them.
    """
    names = {one.colour: one.label for one in chart.legend if one.colour is not None}
    last: dict[Colour, tuple[tuple[float, float], str, Series]] = {}
    for one in chart.series:
        if one.kind is not Kind.LINE or one.colour not in names:
            continue
        points = [(at, v) for at, v in zip(one.xs, one.ys, strict=True) if not (x.refuses(at) or y.refuses(v))]
        if points:
            last[one.colour] = (points[-1], names[one.colour], one)
    fits = 1 < len(last) <= _LABELS and all(len(label) <= _LABEL for _, label, _ in last.values())
    return sorted(last.values(), key=lambda end: -end[0][1]) if fits else []


def _ends(named: Sequence[tuple[tuple[float, float], str, Series]], x: Axis, y: Axis, right: float) -> Iterator[str]:
    """Yield the names at the ends of lines, moved apart, each led to by a stroke."""
    across, up = _scale(x, _LEFT, right), _scale(y, HEIGHT - _BOTTOM, _TOP)
    places: list[float] = []
    for (_, value), _, _ in named:
        places.append(max(up(value), places[-1] + _APART if places else _TOP))
    below = float(HEIGHT - _BOTTOM)
    for index in reversed(range(len(places))):
        places[index] = min(places[index], below)
        below = places[index] - _APART
    for place, ((at, value), label, one) in zip(places, named, strict=True):
        if right - across(at) < 1:
            yield f'<path class="lead{_coloured(one)} d="M{right:.0f} {up(value):.1f}L{right + 7:.0f} {place:.1f}"/>'
            yield f'<text class="end" x="{right + 10:.0f}" y="{place + 4:.1f}">{escape(literal(label))}</text>'
        else:  # a line that ends within the picture: its name stands there
            yield f'<text class="end" x="{across(at) + 5:.1f}" y="{up(value) - 5:.1f}">{escape(literal(label))}</text>'


def _scale(axis: Axis, start: float, end: float) -> Callable[[float], float]:
    low, high = axis.limits
    span = (high - low) or 1.0
    return lambda value: start + (end - start) * (axis.position(value) - low) / span


def _series(one: Series, x: Axis, y: Axis, right: float) -> Iterator[str]:
    across, up = _scale(x, _LEFT, right), _scale(y, HEIGHT - _BOTTOM, _TOP)
    look = f'class="{_CLASSES.get(one.kind, "faint")}{_coloured(one)}'
    if one.kind is Kind.RULE:
        if not x.refuses(one.xs[0]):
            at = across(one.xs[0])
            dim = look.replace("rule", "rule dim") if one.tone == "dim" else look
            yield f'<path {dim} d="M{at:.1f} {_TOP}V{HEIGHT - _BOTTOM}"/>'
            if one.mark:
                yield f'<text class="mark" x="{at + 4:.1f}" y="{_TOP + 10}">{escape(literal(one.mark))}</text>'
        return
    if one.kind is Kind.BAND:
        inside = [index for index, at in enumerate(one.xs) if not x.refuses(at)]
        every = -(-len(inside) // (WIDTH // 4)) or 1
        inside = sorted({*inside[::every], *inside[-1:]})
        edges = [
            (across(one.xs[index]), _held(one.ys[index], y, up), _held(one.highs[index], y, up)) for index in inside
        ]
        if edges:
            there = [f"{at:.1f} {low:.1f}" for at, low, _ in edges]
            back = [f"{at:.1f} {high:.1f}" for at, _, high in reversed(edges)]
            yield f'<path class="band{_coloured(one)} d="M{"L".join(there + back)}Z"/>'
        return
    if one.kind in (Kind.LINE, Kind.FAINT):
        for xs, ys in _pieces(one, x, y):
            points = [f"{across(at):.1f} {up(value):.1f}" for at, value in zip(xs, ys, strict=True)]
            if len(points) == 1:
                points *= 2
            yield f'<path {look} d="M{"L".join(points)}"/>'
    for at, value in zip(one.xs, one.ys, strict=True):
        if x.refuses(at):
            continue
        why = y.refuses(value)
        if not why and one.kind in (Kind.DOTS, Kind.OPEN):
            yield f'<circle {look} cx="{across(at):.1f}" cy="{up(value):.1f}" r="3.5"/>'
        elif why and one.kind is not Kind.FAINT:
            lost = f'class="lost{_coloured(one)}'
            height = HEIGHT - _BOTTOM if why == "below" else _TOP
            mark = (
                "M-3 -3L3 3M-3 3L3 -3"
                if why in ("nan", "inf")
                else "M-4 3L0 -3L4 3"
                if why == "above"
                else "M-4 -3L0 3L4 -3"
            )
            yield f'<path {lost} transform="translate({across(at):.1f} {height})" d="{mark}"/>'


def _held(value: float, y: Axis, up: Callable[[float], float]) -> float:
    """Return the height of a figure, that of the nearest edge if it lies beyond the axis."""
    why = y.refuses(value)
    if why:
        return float(HEIGHT - _BOTTOM if why == "below" else _TOP)
    return up(value)


def _pieces(one: Series, x: Axis, y: Axis) -> Iterator[tuple[list[float], list[float]]]:
    """Yield the stretches of a line that can be drawn, thinned to what shows."""
    xs: list[float] = []
    ys: list[float] = []
    for at, value in zip(one.xs, one.ys, strict=True):
        if x.refuses(at) or y.refuses(value):
            if xs:
                yield thin(xs, ys, WIDTH // 4)
            xs, ys = [], []
        else:
            xs.append(at)
            ys.append(value)
    if xs:
        yield thin(xs, ys, WIDTH // 4)


def _coloured(one: Series | Entry) -> str:
    """Return the end of a class attribute, and the colours of both kinds of page."""
    if one.colour is None:
        return '"'
    return f' c" style="{_colours(one)}"'


def _colours(one: Series | Entry) -> str:
    if one.colour is None:
        return ""
    return f"--l:{palette.style(one.colour, Ground.LIGHT)};--d:{palette.style(one.colour, Ground.DARK)}"


def _legend(chart: Chart) -> Iterator[str]:
    shown: Sequence[int] = pick(chart.legend, _ENTRIES)
    if not shown:
        return
    yield f'<ul class="legend" aria-label="{escape(chart.legend_title or "legend", quote=True)}">'
    for index in shown:
        one = chart.legend[index]
        lettered = one.mark if one.colour is None else ""
        mark = f"<b>{escape(literal(lettered))}</b> " if lettered.strip() else ""
        value = f" <b>{escape(literal(one.value))}</b>" if one.value else ""
        note = f" {escape(literal(one.note))}" if one.note else ""
        best = " ◆" if one.best and chart.best else ""
        yield f"<li>{_key(one)}{mark}{escape(literal(one.label))}{value}{note}{best}</li>"
    if chart.best and any(chart.legend[index].best for index in shown):
        yield f'<li class="muted">◆ {escape(literal(chart.best))}</li>'
    if len(shown) < len(chart.legend):
        yield f"<li>and {len(chart.legend) - len(shown)} more</li>"
    yield "</ul>"


def _key(one: Entry) -> str:
    """Return what stands before a name: a piece of its line."""
    broken = None if one.colour is None else pattern(one.colour.turn)
    if broken is None:
        return f'<span class="key{" dashed" if one.tone else ""}" style="{_colours(one)}"></span>'
    period = _KEY / max(1, broken.periods // 5)
    strokes = " ".join(f"{share * period:.1f}" for share in broken.stroke)
    return (
        f'<svg class="chart key" viewBox="0 0 {_KEY} 6" aria-hidden="true"><path class="line c" style="{_colours(one)}" '
        f'stroke-linecap="butt" stroke-dasharray="{strokes}" d="M0 3H{_KEY}"/></svg>'
    )
