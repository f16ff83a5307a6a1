"""Parts of pictures."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrtui.plots.axes import Axis
from lrtui.plots.chart import Chart, Kind, Series
from lrtui.plots.terminal import plot
from lrtui.plots.zoom import Zoom, zoomed

LINE = Series(Kind.LINE, [0.0, 10.0, 20.0, 30.0], [1.0, 10.0, 100.0, 1000.0])
CHART = Chart("c", Axis(0.0, 30.0, whole=True, name="epoch"), Axis(1.0, 1000.0, log=True), (LINE,))


def test_the_whole_is_the_chart_itself() -> None:
    assert zoomed(CHART, Zoom()) is CHART
    assert Zoom().text == "" and Zoom((0.0, 0.49)).text == "zoom 49 % × 100 %"


def test_a_line_is_cut_where_it_leaves() -> None:
    part = zoomed(CHART, Zoom(x=(0.5, 1.0)))
    assert part.x is not None and (part.x.low, part.x.high) == (15.0, 30.0)
    (piece,) = part.series
    assert piece.xs[0] == 15.0 and piece.ys[0] == pytest.approx(10**1.5) and list(piece.xs[1:]) == [20.0, 30.0]
    low = zoomed(CHART, Zoom(y=(0.0, 0.5)))
    (piece,) = low.series
    assert piece.ys[-1] == pytest.approx(10**1.5) and piece.xs[-1] == pytest.approx(15.0)


def test_dots_outside_are_left_out_and_lost_ones_stay() -> None:
    dots = Series(Kind.DOTS, [0.0, 20.0, 25.0], [5.0, math.nan, 500.0])
    part = zoomed(Chart("c", CHART.x, CHART.y, (dots,)), Zoom(x=(0.5, 1.0)))
    assert list(part.series[0].xs) == [20.0, 25.0]


@given(st.lists(st.tuples(st.sampled_from("xy"), st.floats(0, 1), st.booleans()), max_size=30))
def test_any_way_in_and_out_stays_within_and_can_be_drawn(steps: list[tuple[str, float, bool]]) -> None:
    zoom = Zoom()
    for axis, about, out in steps:
        zoom = zoom.closer(axis, about, out=out)
        for low, high in (zoom.x, zoom.y):
            assert 0 <= low < high <= 1
    part = zoomed(CHART, zoom)
    assert part.x is not None and part.y is not None
    for piece in part.series:
        assert all(part.x.low - 1e-6 <= at <= part.x.high + 1e-6 for at in piece.xs)
        assert all(part.y.low * (1 - 1e-6) <= value <= part.y.high * (1 + 1e-6) for value in piece.ys)
    assert plot(part, width=60, height=12)


def test_what_lies_under_the_pointer_stays_there_and_all_the_way_out_is_the_whole() -> None:
    zoom = Zoom().closer("x", 0.25).closer("x", 0.25)
    low, high = zoom.x
    assert low + (high - low) * 0.25 == pytest.approx(0.25)
    for _ in range(9):
        zoom = zoom.closer("x", 0.9, out=True)
    assert zoom.whole
