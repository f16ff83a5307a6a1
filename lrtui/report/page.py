"""The report as one web page: nothing is fetched, nothing runs; light and dark, on a screen and on paper."""

import dataclasses
import datetime as dt
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from lrtui import __version__
from lrtui.plots import svg
from lrtui.plots.chart import Chart, Kind, Series
from lrtui.plots.overlay import MOST as MOST_STUDIES
from lrtui.plots.overlay import overlay
from lrtui.plots.palette import Colour
from lrtui.plots.view import StudyShape, View
from lrtui.report.blocks import Block, Facts, Heading, Items, Paragraph
from lrtui.report.cells import Table
from lrtui.store.reader import SavedStudy
from lrtui.study.preset import resolved_toml
from lrtui.study.spec import Study
from lrtui.text import literal

MOST_ROWS = 200
"""Of a table on the page."""
MOST_CURVES = 30
"""Scenarios whose curves are drawn."""
MOST_DOTS = 20
"""Of a scenario's replicates in a picture of results."""
_MOST_SETTINGS = 20_000
"""Characters of settings."""


@dataclass(frozen=True)
class Pictures:
    """A study's curves and its rates against their results."""

    saved: SavedStudy


@dataclass(frozen=True)
class Overlaid:
    """Several studies in common pictures, under the names they have side by side."""

    studies: Sequence[SavedStudy]
    names: Sequence[str]


@dataclass(frozen=True)
class Contents:
    """The studies of the page, each with its name, title, how far it is, and who won; and links."""

    entries: Sequence[tuple[str, str, str, str]]


@dataclass(frozen=True)
class Settings:
    """A study's settings, whole, folded."""

    study: Study


@dataclass(frozen=True)
class Verdict:
    """What matters most: who won, in sentences."""

    sentences: Sequence[str]


PageBlock = Block | Pictures | Overlaid | Contents | Settings | Verdict


def html_page(title: str, blocks: Sequence[PageBlock]) -> str:
    """Return a page of blocks."""
    body = "\n".join(part for block, anchor in _anchored(blocks) for part in _html(block, anchor))
    written = f"{dt.datetime.now(dt.timezone.utc):%Y-%m-%d %H:%M} UTC"
    return _PAGE.format(
        title=_text(title),
        style=_STYLE + svg.STYLE + f"@media (prefers-color-scheme: dark) {{ {svg.DARK} }}\n@media print {{ {_PRINT} }}",
        body=body,
        foot=f"Written by lrtui {__version__}, {written}. Every figure was measured.",
    )


def _anchored(blocks: Sequence[PageBlock]) -> Iterator[tuple[PageBlock, str]]:
    """Yield blocks; the head of every study's part has an anchor."""
    number = 0
    for index, block in enumerate(blocks):
        follows = blocks[index + 1] if index + 1 < len(blocks) else None
        part = isinstance(block, Heading) and isinstance(follows, Verdict)
        number += part
        yield block, f"part-{number}" if part else ""


def _html(block: PageBlock, anchor: str) -> Iterator[str]:
    if isinstance(block, Heading):
        at = f' id="{anchor}"' if anchor else ""
        yield f"<h{block.level}{at}>{_text(block.text)}</h{block.level}>"
    else:
        yield from _WRITERS[type(block)](block)


def _facts(block: Facts) -> Iterator[str]:
    yield '<dl class="facts">'
    for label, text in block.pairs:
        yield f"<dt>{_text(label)}</dt><dd>{_text(text)}</dd>"
    yield "</dl>"


def _paragraph(block: Paragraph) -> Iterator[str]:
    yield f"<p>{_text(block.text)}</p>"


def _items(block: Items) -> Iterator[str]:
    tag = "ol" if block.numbered else "ul"
    yield f"<{tag}>"
    for item in block.items:
        details = "".join(f"<li>{_text(detail)}</li>" for detail in item.details)
        yield f"<li>{_text(item.text)}{f'<ul>{details}</ul>' if details else ''}</li>"
    yield f"</{tag}>"


def _verdict(block: Verdict) -> Iterator[str]:
    yield '<div class="verdict" role="note">'
    yield from (f"<p>{_text(sentence)}</p>" for sentence in block.sentences)
    yield "</div>"


def _settings(block: Settings) -> Iterator[str]:
    text = "\n".join(literal(line) for line in resolved_toml(block.study).split("\n"))
    left = len(text) - _MOST_SETTINGS
    more = f"\n… and {left:,} more characters: `lrtui show` prints them" if left > 0 else ""
    yield f"<details><summary>All settings</summary><pre>{escape(text[:_MOST_SETTINGS])}{more}</pre></details>"


def _contents(block: Contents) -> Iterator[str]:
    yield '<nav aria-label="Studies"><div class="scroll"><table><caption>Who won in each</caption>'
    heads = ("", "study", "status", "who won, and how sure")
    cells = "".join(f'<th scope="col">{head}</th>' for head in heads)
    yield f"<thead><tr>{cells}</tr></thead><tbody>"
    for number, (name, title, status, told) in enumerate(block.entries, 1):
        link = f'<a href="#part-{number}">{_text(title)}</a>'
        yield f'<tr><th scope="row">{_text(name)}</th><td>{link}</td><td>{_text(status)}</td><td>{_text(told)}</td></tr>'
    yield "</tbody></table></div></nav>"


def _overlaid(block: Overlaid) -> Iterator[str]:
    views = [View.of_saved(saved) for saved in block.studies]
    if len(views) <= MOST_STUDIES and sum(len(view.scenarios) for view in views) <= MOST_CURVES:
        yield from _figures(_charts(overlay(views, block.names)))


def _pictures(block: Pictures) -> Iterator[str]:
    yield from _figures(charts(block.saved))
    if left_out := _left_out(block.saved):
        yield f'<p class="muted">{_text(left_out)}</p>'


def charts(saved: SavedStudy) -> list[Chart]:
    """Return the pictures of a study: loss and accuracy by epoch, results by rate; of a large study, those of some scenarios."""
    from lrtui.plots.metrics import FINDER
    from lrtui.plots.pictures import pictures

    view = View.of_saved(saved)
    if not any(state.records for state in view.snapshot.runs):
        tested = any(state.finder is not None and state.finder.points for state in view.snapshot.runs)
        return pictures(view, FINDER)[:MOST_CURVES] if tested else []
    return _charts(_fewer(view))


def _figures(found: Sequence[Chart]) -> Iterator[str]:
    yield '<div class="pictures">'
    yield from (svg.figure(chart) for chart in found)
    yield "</div>"


def _charts(view: View) -> list[Chart]:
    """Return loss, accuracy, results by rate, critical rates where they were measured."""
    from lrtui.plots.curves import curves
    from lrtui.plots.metrics import CRITICAL, RESULT, VAL_ACCURACY, VAL_LOSS
    from lrtui.plots.pictures import pictures
    from lrtui.plots.rates import rates
    from lrtui.plots.spread import banded

    found = [
        banded(curves(view, [metric], group=group, log=metric.log), view, metric, group)
        for group in range(len(view.shape.groups))
        for metric in (VAL_LOSS, VAL_ACCURACY)
    ]
    if view.shape.sweeps_rate and len(view.shape.scenarios) > 1:
        for group, chart in enumerate(pictures(view, RESULT)):
            found += map(_fewer_dots, [chart, rates(view, group=group, metric=VAL_LOSS, log=True)])
    if any(record.curvature for state in view.snapshot.runs for record in state.records):
        found += pictures(view, CRITICAL)
    return [chart for chart in found if not chart.message]


def _fewer(view: View) -> View:
    """Return the view with `MOST_CURVES` scenarios at most: of every group the ends of its rates, and others evenly between."""
    shown = view.scenarios
    if len(shown) <= MOST_CURVES:
        return view
    step = (len(shown) - 1) / (MOST_CURVES - 1)
    chosen = {round(index * step) for index in range(MOST_CURVES)}
    kept = tuple(one for index, one in enumerate(shown) if index in chosen)
    groups = sorted({one.group for one in kept})
    renumbered = tuple(dataclasses.replace(one, group=groups.index(one.group)) for one in kept)
    shape = StudyShape(renumbered, tuple(view.shape.groups[group] for group in groups), view.shape.sweeps_rate)
    return dataclasses.replace(view, shape=shape)


def _left_out(saved: SavedStudy) -> str:
    view = View.of_saved(saved)
    parts = []
    if len(view.scenarios) > MOST_CURVES:
        parts.append(f"Drawn are {MOST_CURVES} of {len(view.scenarios)} scenarios, evenly chosen")
    if any(len(one.runs) > MOST_DOTS for one in view.scenarios):
        parts.append(
            f"of more than {MOST_DOTS} replicates of a rate {MOST_DOTS} have a dot, from the lowest to the highest"
        )
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}." if text else ""


def _fewer_dots(chart: Chart) -> Chart:
    """Return the picture with `MOST_DOTS` dots of a colour and kind at most, from the lowest to the highest."""
    dots: dict[tuple[Kind, Colour | None], list[Series]] = {}
    for one in chart.series:
        if one.kind in (Kind.DOTS, Kind.OPEN):
            dots.setdefault((one.kind, one.colour), []).append(one)
    rest = [one for one in chart.series if one.kind not in (Kind.DOTS, Kind.OPEN)]
    for found in dots.values():
        found.sort(key=lambda one: (math.isnan(one.ys[0]), one.ys[0]))
        step = max(1.0, (len(found) - 1) / (MOST_DOTS - 1))
        rest += [found[index] for index in sorted({round(at * step) for at in range(min(MOST_DOTS, len(found)))})]
    return dataclasses.replace(chart, series=tuple(rest))


def _table(table: Table) -> Iterator[str]:
    table = table.seen
    rows = table.shown("–")
    named = escape(literal(table.note or table.title), quote=True)
    yield f'<div class="scroll" role="region" tabindex="0" aria-label="{named}"><table>'
    if table.note:
        yield f"<caption>{_text(table.note)}</caption>"
    heads = "".join(f'<th scope="col"{_right(column.numeric)}>{_text(column.header)}</th>' for column in table.columns)
    yield f"<thead><tr>{heads}</tr></thead><tbody>"
    for row in rows[:MOST_ROWS]:
        cells = []
        for column, cell in zip(table.columns, row, strict=True):
            tag = 'th scope="row"' if column.identifies else "td"
            cells.append(f"<{tag}{_right(column.numeric)}>{_text(cell)}</{tag.partition(' ')[0]}>")
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</tbody></table></div>"
    if len(rows) > MOST_ROWS:
        yield f'<p class="muted">The first {MOST_ROWS} of {len(rows):,} rows; `lrtui table` has them all.</p>'


def _right(numeric: bool) -> str:
    return ' class="n"' if numeric else ""


def _text(text: str) -> str:
    """Return text that only shows, whatever it holds."""
    return escape(literal(text))


_WRITERS: dict[type, Callable[[Any], Iterator[str]]] = {
    Facts: _facts,
    Paragraph: _paragraph,
    Items: _items,
    Verdict: _verdict,
    Settings: _settings,
    Contents: _contents,
    Overlaid: _overlaid,
    Pictures: _pictures,
    Table: _table,
}
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
{style}
</style>
</head>
<body>
<main>
{body}
</main>
<footer>{foot}</footer>
</body>
</html>
"""

_STYLE = """
:root {
  --ground: #fbfbfd; --card: #ffffff; --text: #1b2029; --muted: #5c6675; --rule: #dfe3ea; --accent: #2a62c9; --good: #0a7d55;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #12151c; --card: #191d26; --text: #e6e9ef; --muted: #9aa4b4; --rule: #2b313d; --accent: #7fb0ff; --good: #4cc38a;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--ground); color: var(--text); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif;
}
main, footer { max-width: 74rem; margin: 0 auto; padding: 1rem 1.2rem; }
footer { color: var(--muted); font-size: .85rem; border-top: 1px solid var(--rule); }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 1rem 0 .6rem; }
h2 { font-size: 1.3rem; margin: 2rem 0 .5rem; padding-top: .4rem; border-top: 1px solid var(--rule); }
h3 { font-size: 1.05rem; margin: 1.4rem 0 .4rem; }
h1, h2, h3 { text-wrap: balance; }
a { color: var(--accent); }
p { max-width: 60rem; }
.muted, .none, caption { color: var(--muted); }
.scroll:focus-visible { outline: 2px solid var(--accent); }
.verdict {
  background: var(--card); border: 1px solid var(--rule); border-left: 4px solid var(--good); border-radius: 6px;
  padding: .2rem 1rem; margin: .8rem 0;
}
.facts { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; margin: .6rem 0; font-size: .9rem; }
.facts dt { color: var(--muted); } .facts dd { margin: 0; overflow-wrap: anywhere; }
.pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 30rem), 1fr)); gap: 1rem; }
figure {
  margin: 0; max-width: 46rem; padding: .8rem; background: var(--card); border: 1px solid var(--rule); border-radius: 6px;
}
figcaption { font-weight: 600; margin-bottom: .3rem; font-size: .95rem; }
figure p { margin: .3rem 0 0; font-size: .85rem; color: var(--muted); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .88rem; font-variant-numeric: tabular-nums; margin: .4rem 0; }
caption { text-align: left; padding: .2rem 0; font-size: .85rem; }
th, td { padding: .25rem .7rem; border-bottom: 1px solid var(--rule); text-align: left; vertical-align: top; }
th { white-space: nowrap; }
td { white-space: normal; } td.n, th.n { text-align: right; white-space: nowrap; }
thead th { color: var(--muted); font-weight: 600; } tbody th { font-weight: 600; }
tbody tr:hover { background: var(--card); }
details { margin: .8rem 0; } summary { cursor: pointer; color: var(--accent); }
pre {
  background: var(--card); border: 1px solid var(--rule); border-radius: 6px; padding: .8rem; overflow-x: auto; font-size: .82rem;
}
"""
_PRINT = """
:root { --ground: #fff; --card: #fff; --text: #000; --muted: #444; --rule: #bbb; }
body { font-size: 10pt; } main { max-width: none; padding: 0; } details { display: none; } .scroll { overflow: visible; }
figure, table, .verdict { break-inside: avoid; } h1, h2, h3, caption { break-after: avoid; }
svg.chart { font-size: 14px; overflow: visible; } .pictures { grid-template-columns: 1fr 1fr; }
svg.chart .c { --c: var(--l); } .legend .key { border-top-color: var(--l, var(--good)); }
"""
