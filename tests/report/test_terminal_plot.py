"""Terminal plots: what is drawn, what cannot be and is said to be missing, and how axes are chosen."""

import math
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrtui.report.plot_scale import Scale, epochs, fit, thin, tick_label
from lrtui.report.terminal_plot import Series, draw, plot, to_text

WIDTH, HEIGHT = 60, 14


def _rows(series: list[Series], **scales: Scale) -> list[str]:
    drawing = draw(series, width=WIDTH, height=HEIGHT, **scales)
    return ["".join(span.text for span in row) for row in drawing.rows]


def test_a_falling_line_falls() -> None:
    rows = _rows([Series("a", range(11), [10.0 - x for x in range(11)])], x=epochs(10), y=fit([0.0, 10.0]))
    assert len(rows) == HEIGHT
    assert {len(row) for row in rows} == {WIDTH}
    first = [next((at for at, char in enumerate(row) if char > "⠀"), None) for row in rows[: HEIGHT - 2]]
    assert None not in first
    assert first == sorted(first)


def test_cells_know_their_series_and_later_ones_lie_on_top() -> None:
    flat = Series("below", [0, 10], [1.0, 1.0], faint=True)
    drawing = draw(
        [flat, Series("above", [0, 10], [1.0, 1.0])], width=WIDTH, height=HEIGHT, x=epochs(10), y=fit([0.0, 2.0])
    )
    assert {span.series for row in drawing.rows for span in row} == {-1, 1}


def test_curves_that_cross_show_the_dots_of_both() -> None:
    scales = {"x": epochs(10), "y": fit([0.0, 1.0])}
    rising, falling = Series("a", [0, 10], [0.0, 1.0]), Series("b", [0, 10], [1.0, 0.0])
    alone = [_rows([one], **scales) for one in (rising, falling)]
    both = _rows([rising, falling], **scales)
    for row, (first, second) in zip(both, zip(*alone, strict=True), strict=True):
        for cell, a, b in zip(row, first, second, strict=True):
            if "⠀" <= a <= "⣿" and "⠀" <= b <= "⣿":
                assert ord(cell) == ord(a) | ord(b)


def test_points_that_cannot_be_drawn_are_marked_and_reported() -> None:
    series = Series("a", [0, 2, 4, 6, 8, 10], [1.0, math.nan, math.inf, 500.0, -1.0, 2.0])
    drawing = draw([series], width=WIDTH, height=HEIGHT, x=epochs(10), y=fit([0.1, 10.0], log=True))
    assert [(lost.x, lost.reason) for lost in drawing.omitted] == [(2, "nan"), (4, "inf"), (6, "above"), (8, "below")]
    rows = ["".join(span.text for span in row) for row in drawing.rows]
    assert rows[0][drawing.column_of(2)] == "✗"
    assert rows[0][drawing.column_of(4)] == "✗"
    assert rows[0][drawing.column_of(6)] == "▴"
    assert rows[HEIGHT - 3][drawing.column_of(8)] == "▾"


def test_a_line_does_not_bridge_a_gap() -> None:
    xs = list(range(11))
    ys = [1.0] * 11
    ys[4:7] = [math.nan] * 3
    rows = _rows([Series("a", xs, ys)], x=epochs(10), y=fit([0.0, 2.0]))
    middle = next(row for row in rows if "⠤" in row or "⠒" in row or "⣀" in row or "⠉" in row)
    drawing = draw([Series("a", xs, ys)], width=WIDTH, height=HEIGHT, x=epochs(10), y=fit([0.0, 2.0]))
    assert middle[drawing.column_of(5)] == " "
    assert middle[drawing.column_of(2)] != " "


def test_values_of_a_log_axis_stand_at_their_logarithm() -> None:
    scale = Scale(1.0, 100.0, True, ((1.0, "1"), (10.0, "10"), (100.0, "100")))
    drawing = draw([Series("a", [1, 10, 100], [1.0, 1.0, 1.0])], width=WIDTH, height=HEIGHT, x=scale, y=fit([0.0, 2.0]))
    left, middle, right = (drawing.column_of(value) for value in (1, 10, 100))
    assert abs((middle - left) - (right - middle)) <= 1
    assert math.isclose(drawing.x_at(middle), 10, rel_tol=0.1)
    labels = "".join(span.text for span in drawing.rows[-1])
    assert abs(labels.index("10 ") - middle) <= 1


@given(
    st.lists(st.tuples(st.floats(allow_nan=True, allow_infinity=True), st.floats(allow_nan=True)), max_size=40),
    st.integers(1, 90),
    st.integers(1, 30),
    st.booleans(),
)
def test_nothing_that_training_can_produce_breaks_it(
    points: list[tuple[float, float]], width: int, height: int, log: bool
) -> None:
    points = sorted((point for point in points if not math.isnan(point[0])), key=lambda point: point[0])
    ys = [y for _, y in points]
    series = [Series("a", [x for x, _ in points], ys, line=log), Series("b", [0.0], [1.0], line=False)]
    drawing = draw(series, width=width, height=height, x=epochs(30), y=fit(ys, log=log))
    assert len(drawing.rows) == height
    assert {sum(len(span.text) for span in row) for row in drawing.rows} == {width}


def test_thinning_keeps_every_spike() -> None:
    xs = [float(value) for value in range(20_000)]
    ys = [1.0] * 20_000
    ys[7_777], ys[13_131] = 99.0, -99.0
    thin_xs, thin_ys = thin(xs, ys, 60)
    assert len(thin_xs) <= 4 * 60
    assert (7_777.0, 99.0) in zip(thin_xs, thin_ys, strict=True)
    assert (13_131.0, -99.0) in zip(thin_xs, thin_ys, strict=True)
    assert thin_xs == sorted(thin_xs)
    assert (thin_xs[0], thin_xs[-1]) == (0.0, 19_999.0)


def test_without_colour_curves_carry_letters() -> None:
    series = [Series("1e-3", [0, 1, 2], [3.0, 2.0, 1.0]), Series("1e-2", [0, 1, 2], [3.0, 2.5, 2.2])]
    text = plot(series, title="loss [bold]", width=WIDTH, height=HEIGHT, colour=False)
    assert "\x1b" not in text
    assert text.splitlines()[0] == "loss [bold]"
    assert "a 1e-3   b 1e-2" in text
    drawn = "\n".join(text.splitlines()[1:HEIGHT])
    assert "a" in drawn
    assert "b" in drawn
    assert "\x1b[" in plot(series, width=WIDTH, height=HEIGHT, colour=True)


def test_text_has_the_style_of_each_series() -> None:
    drawing = draw([Series("a", [0, 10], [1.0, 2.0])], width=WIDTH, height=HEIGHT, x=epochs(10), y=fit([1.0, 2.0]))
    styles = {str(span.style) for span in to_text(drawing, ["red"], "dim").spans}
    assert styles == {"red", "dim"}


def test_threads_do_not_draw_into_each_other() -> None:
    def lines(level: float) -> list[str]:
        return _rows([Series("a", [0, 10], [level, level + 1e-9])], x=epochs(10), y=fit([0.0, 10.0]))

    levels = [index + 0.123 for index in range(10)]
    alone = {level: lines(level) for level in levels}
    seen: dict[float, list[str]] = {}

    def draw_all(level: float) -> None:
        for shift in range(20):
            _rows([Series("b", [0, 10], [shift / 3, 1.0])], x=epochs(10), y=fit([0.0, 10.0]))
            seen[level] = lines(level)

    threads = [threading.Thread(target=draw_all, args=(level,)) for level in levels]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == alone


@pytest.mark.parametrize(
    ("low", "high", "log", "limits"),
    [
        (0.0, 97.3, False, (0.0, 100.0)),
        (0.13, 2.31, True, (0.1, 3.0)),
        (2.3, 2.3, False, None),
        (1e-5, 1e-1, True, (1e-5, 1e-1)),
    ],
)
def test_limits_are_round(low: float, high: float, log: bool, limits: tuple[float, float] | None) -> None:
    scale = fit([low, high], log=log)
    assert scale.low <= low
    assert scale.high >= high
    assert scale.low < scale.high
    if limits:
        assert (scale.low, scale.high) == pytest.approx(limits)


def test_a_ceiling_keeps_a_runaway_from_flattening_the_rest() -> None:
    assert fit([0.1, 2.3, 1e30], log=True, ceiling=23).high <= 30
    assert fit([0.1, 2.3, 1e30], ceiling=23).high <= 30


def test_ticks_lie_within_the_axis() -> None:
    for last in (1, 2, 3, 7, 30, 100, 999):
        for log in (False, True):
            scale = epochs(last, log=log)
            assert all(scale.low <= value <= scale.high for value, _ in scale.ticks)
    assert [label for _, label in epochs(30).ticks] == ["0", "10", "20", "30"]


@given(st.floats(1e-6, 1e4), st.floats(1.0, 1e5), st.integers(2, 12), st.booleans())
def test_an_axis_has_three_ticks_or_more_and_labels_tell_them_apart(
    low: float, ratio: float, ticks: int, log: bool
) -> None:
    high = low * ratio
    scale = fit([low, high], log=log, ticks=ticks)
    labels = [label for _, label in scale.ticks]
    assert 3 <= len(labels) == len(set(labels))
    assert len(labels) <= 2 * max(3, ticks)
    assert all(scale.low <= value <= scale.high * (1 + 1e-9) for value, _ in scale.ticks)
    assert scale.low <= low * (1 + 1e-6)
    assert scale.high >= high * (1 - 1e-6)


@pytest.mark.parametrize(
    ("low", "high", "limits", "labels"),
    [
        (1.0, 4.0, (1, 4), ["1", "1.5", "2", "3", "4"]),
        (1.9, 3.6, (1.5, 4), ["1.5", "2", "2.5", "3", "3.5", "4"]),
        (2.301, 2.305, (2.301, 2.305), ["2.301", "2.302", "2.303", "2.304", "2.305"]),
        (0.08, 2.4, (0.07, 3), ["0.1", "0.2", "0.5", "1", "2"]),
    ],
)
def test_a_narrow_log_axis_is_not_rounded_out_wide(
    low: float, high: float, limits: tuple[float, float], labels: list[str]
) -> None:
    scale = fit([low, high], log=True, ticks=5)
    assert limits[0] <= scale.low <= low
    assert high <= scale.high <= limits[1]
    assert [label for _, label in scale.ticks] == labels


def test_labels_of_a_narrow_linear_axis_differ() -> None:
    assert [label for _, label in fit([2.30001, 2.30003], ticks=3).ticks] == ["2.30001", "2.30002", "2.30003"]


@pytest.mark.parametrize(("value", "label"), [(0, "0"), (0.25, "0.25"), (1e-5, "1e-5"), (30, "30"), (20000, "2e4")])
def test_tick_labels_are_short(value: float, label: str) -> None:
    assert tick_label(value) == label
