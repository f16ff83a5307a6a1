"""A picture as SVG of a page: every kind of mark, whatever the figures are."""

import math
import re
from itertools import pairwise
from xml.etree import ElementTree

from lrtui.plots import svg
from lrtui.plots.axes import Axis
from lrtui.plots.chart import Chart, Entry, Kind, Series
from lrtui.plots.palette import Colour

X, Y = Axis(0, 10, name="epoch"), Axis(0.1, 10, log=True, name="loss")
FIRST, SECOND = Colour(0, 2, True, 0), Colour(1, 2, True, 0)


def drawn(*series: Series, legend: tuple[Entry, ...] = ()) -> ElementTree.Element:
    return ElementTree.fromstring(svg.figure(Chart("title <&>", X, Y, series, legend=legend)))


def classes(found: ElementTree.Element) -> list[str]:
    return [(one.get("class") or "").split()[0] for one in found.iter() if one.get("class")]


def test_every_kind_of_mark_is_drawn() -> None:
    found = drawn(
        Series(Kind.BAND, [0, 5, 10], [0.2, 0.0, 1], FIRST, highs=[1, 2, math.inf]),
        Series(Kind.LINE, [0, 5, 10], [1, 2, 3], FIRST),
        Series(Kind.FAINT, [0, 5], [1, 2]),
        Series(Kind.DOTS, [5], [1], SECOND),
        Series(Kind.OPEN, [5], [1], SECOND),
        Series(Kind.RULE, [5], tone="good"),
        Series(Kind.RULE, [6], tone="dim"),
    )
    assert {"band", "line", "faint", "dots", "open", "rule"} <= set(classes(found))


def test_a_band_ends_at_the_edges_of_the_picture() -> None:
    found = drawn(Series(Kind.BAND, [0, 10], [0.0, 1], FIRST, highs=[1, math.inf]))
    (path,) = [one.get("d") or "" for one in found.iter("path") if "band" in (one.get("class") or "")]
    ys = [float(y) for _, y in re.findall(r"([\d.]+) ([\d.]+)", path)]
    assert min(ys) >= 12 and max(ys) <= svg.HEIGHT - 42


def test_figures_that_cannot_be_drawn_are_marked_at_the_edge() -> None:
    found = drawn(Series(Kind.DOTS, [1, 2, 3, 4], [math.nan, math.inf, 100, 0.01], FIRST))
    assert classes(found).count("lost") == 4 and "nan" not in ElementTree.tostring(found, "unicode")


def test_names_at_the_ends_of_lines_do_not_cover_each_other() -> None:
    colours = [Colour(index, 5, True, 0) for index in range(5)]
    legend = tuple(Entry(f"1e-{index}", colour) for index, colour in enumerate(colours))
    found = drawn(*(Series(Kind.LINE, [0, 10], [1, 0.1], colour) for colour in colours), legend=legend)
    heights = sorted(float(one.get("y") or 0) for one in found.iter("text") if one.get("class") == "end")
    assert len(heights) == 5
    assert all(b - a >= 11.9 for a, b in pairwise(heights)) and heights[-1] <= svg.HEIGHT - 36


def test_long_names_stand_in_the_legend_only() -> None:
    legend = (Entry("a name that is long", FIRST), Entry("short", SECOND))
    found = drawn(*(Series(Kind.LINE, [0, 10], [1, 2], colour) for colour in (FIRST, SECOND)), legend=legend)
    assert "end" not in classes(found)
