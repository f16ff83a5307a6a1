"""Pictures in the terminal: what is drawn, what cannot be and is marked, consoles of every kind."""

import math
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrtui.plots.axes import Axis, epochs, fit
from lrtui.plots.chart import Chart, Entry, Kind, Series
from lrtui.plots.curves import curves
from lrtui.plots.finder import SUGGESTIONS, finder, range_tests
from lrtui.plots.metrics import VAL_LOSS
from lrtui.plots.palette import Colour
from lrtui.plots.rates import rates
from lrtui.plots.terminal import BRAILLE, FRAME, PLAIN, Drawing, draw, marks, plot
from tests.report.made import Golden, mixed, paper, variants
from tests.report.made_layers import searched

WIDTH, HEIGHT = 60, 14
TEN, UNIT = epochs(10), fit([0.0, 1.0])


def line(xs: Sequence[float], ys: Sequence[float], kind: Kind = Kind.LINE, mark: str = "") -> Series:
    return Series(kind, xs, ys, Colour(0, 1, False), mark=mark)


def drawing(series: Sequence[Series], x: Axis = TEN, y: Axis = UNIT, **options: object) -> Drawing:
    return draw(Chart("", x, y, tuple(series)), width=WIDTH, height=HEIGHT, **options)


def rows(made: Drawing) -> list[str]:
    return ["".join(span.text for span in row) for row in made.rows]


def test_a_falling_line_falls_and_the_axis_is_named() -> None:
    lines = rows(drawing([line(range(11), [10.0 - x for x in range(11)])], y=fit([0.0, 10.0])))
    assert len(lines) == HEIGHT
    assert {len(row) for row in lines} == {WIDTH}
    first = [next((at for at, char in enumerate(row) if char > "⠀"), None) for row in lines[: HEIGHT - 2]]
    assert None not in first
    assert first == sorted(first)
    assert lines[-1].split() == ["0", "2", "4", "6", "8", "epoch", "10"] or "epoch" in lines[-1]


def test_cells_know_their_series_and_later_ones_lie_on_top() -> None:
    flat, above = line([0, 10], [0.5, 0.5], Kind.FAINT), line([0, 10], [0.5, 0.5])
    assert {span.series for row in drawing([flat, above]).rows for span in row} == {FRAME, 1}


def test_curves_that_cross_show_the_dots_of_both() -> None:
    rising, falling = line([0, 10], [0.0, 1.0]), line([0, 10], [1.0, 0.0])
    alone = [rows(drawing([one])) for one in (rising, falling)]
    for row, (first, second) in zip(rows(drawing([rising, falling])), zip(*alone, strict=True), strict=True):
        for cell, a, b in zip(row, first, second, strict=True):
            if "⠀" <= a <= "⣿" and "⠀" <= b <= "⣿":
                assert ord(cell) == ord(a) | ord(b)


@pytest.mark.parametrize("console", [BRAILLE, PLAIN], ids=["braille", "plain"])
def test_points_that_cannot_be_drawn_are_marked(console: object) -> None:
    series = line([0, 2, 4, 6, 8, 10], [1.0, math.nan, math.inf, 500.0, -1.0, 2.0])
    made = drawing([series], y=fit([0.1, 10.0], log=True), marks=console)
    lines = rows(made)
    top = [lines[0][made.column_of(x)] for x in (2, 4, 6)]
    assert top == [console.edges[reason] for reason in ("nan", "inf", "above")]
    assert lines[HEIGHT - 3][made.column_of(8)] == console.edges["below"]


def test_a_line_does_not_bridge_a_gap_and_leaves_the_picture_where_it_runs_away() -> None:
    ys = [0.5] * 11
    ys[4:7] = [math.nan] * 3
    made = drawing([line(range(11), ys)])
    middle = next(row for row in rows(made) if any(char in row for char in "⠤⠒⣀⠉"))
    assert middle[made.column_of(5)] == " "
    assert middle[made.column_of(2)] != " "
    away = drawing([line([0, 2, 10], [0.1, 0.2, 100.0])])
    assert any("⠀" < row[away.column_of(2)] <= "⣿" for row in rows(away)[:3]), "up to the upper edge"


def test_values_of_a_log_axis_stand_at_their_logarithm() -> None:
    made = drawing([line([1, 10, 100], [0.5] * 3)], x=Axis(1.0, 100.0, True))
    left, middle, right = (made.column_of(value) for value in (1, 10, 100))
    assert abs((middle - left) - (right - middle)) <= 1
    assert math.isclose(made.x_at(middle), 10, rel_tol=0.1)
    assert abs(rows(made)[-1].index("10 ") - middle) <= 1


def test_rules_stand_behind_curves_with_their_letter_at_the_top() -> None:
    made = drawing([line([0, 10], [0.5, 0.5]), Series(Kind.RULE, [4.0], tone="good", mark="V")])
    column = made.column_of(4)
    assert rows(made)[0][column] == "V"
    assert {rows(made)[row][column] for row in range(1, HEIGHT - 2)} - {"│"} <= {"⠤", "⠒", "⣀", "⠉"}


def test_without_colour_and_braille_curves_are_drawn_with_their_letters() -> None:
    two = [line([0, 10], [0.2, 0.2], mark="a"), line([0, 10], [0.8, 0.8], mark="b")]
    lines = rows(drawing(two, marks=PLAIN, letters=True))
    assert any(row.count("a") > 20 for row in lines)
    assert any(row.count("b") > 20 for row in lines)


@given(
    st.lists(st.tuples(st.floats(allow_nan=True, allow_infinity=True), st.floats(allow_nan=True)), max_size=40),
    st.integers(1, 90),
    st.integers(1, 30),
    st.booleans(),
    st.sampled_from(list(Kind)),
)
def test_nothing_that_training_can_produce_breaks_it(
    points: list[tuple[float, float]], width: int, height: int, log: bool, kind: Kind
) -> None:
    points = sorted((point for point in points if not math.isnan(point[0])), key=lambda point: point[0]) or [(0.0, 1.0)]
    ys = [y for _, y in points]
    series = Series(kind, [x for x, _ in points], ys, highs=ys, mark="m")
    chart = Chart("", epochs(30), fit(ys, log=log), (series, line([0.0], [1.0], Kind.DOTS)))
    for console in (BRAILLE, PLAIN):
        made = draw(chart, width=width, height=height, marks=console, letters=True)
        assert len(made.rows) == height
        assert {sum(len(span.text) for span in row) for row in made.rows} == {width}


def test_without_colour_curves_carry_the_letters_of_the_legend() -> None:
    two = [
        Series(Kind.LINE, [0, 1, 2], [1.0, y, y], Colour(i, 2, True), mark="ab"[i]) for i, y in enumerate((0.2, 0.8))
    ]
    legend = tuple(Entry(label, one.colour, mark=one.mark) for label, one in zip(("1e-3", "1e-2"), two, strict=True))
    chart = Chart("loss [bold]", epochs(2), UNIT, tuple(two), legend=legend)
    text = plot(chart, width=WIDTH, height=HEIGHT, colour=False)
    assert "\x1b" not in text
    assert text.splitlines()[0] == "loss [bold]"
    assert "a 1e-3   b 1e-2" in text
    drawn = "\n".join(text.splitlines()[1:HEIGHT])
    assert "a" in drawn
    assert "b" in drawn


@pytest.mark.parametrize(
    ("variables", "letters", "many"),
    [({"TERM": "xterm-256color"}, False, True), ({"TERM": "xterm"}, False, False), ({"TERM": "linux"}, False, False)],
)
def test_terminals_of_few_colours(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], letters: bool, many: bool
) -> None:
    for name in ("NO_COLOR", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    text = plot(curves(paper().view, [VAL_LOSS]), width=WIDTH, height=HEIGHT)
    assert ("38;5;" in text) is many
    assert ("⠒" in text) is (variables["TERM"] != "linux"), "the kernel's console has no braille"
    assert ("*" in text.replace(" *", "")) is (variables["TERM"] == "linux")


def test_a_console_that_is_not_utf_8_has_plain_marks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TERM", "xterm")
    for encoding, expected in (("ascii", PLAIN), ("iso-8859-1", PLAIN), ("utf-8", BRAILLE), ("UTF8", BRAILLE)):
        with (tmp_path / "out").open("w", encoding=encoding) as stream:
            monkeypatch.setattr("sys.__stdout__", stream)
            assert marks() is expected
            if expected is PLAIN:
                made = draw(curves(mixed().view, [VAL_LOSS]), width=WIDTH, height=HEIGHT, marks=marks())
                "\n".join(rows(made)).encode("ascii")
    monkeypatch.setattr("sys.__stdout__", None)
    assert marks() is BRAILLE


def test_threads_do_not_draw_into_each_other() -> None:
    def lines(level: float) -> list[str]:
        return rows(drawing([line([0, 10], [level, level + 1e-9])], y=fit([0.0, 10.0])))

    levels = [index + 0.123 for index in range(10)]
    alone = {level: lines(level) for level in levels}
    seen: dict[float, list[str]] = {}

    def draw_all(level: float) -> None:
        for shift in range(20):
            rows(drawing([line([0, 10], [shift / 3, 1.0])], y=fit([0.0, 10.0])))
            seen[level] = lines(level)

    threads = [threading.Thread(target=draw_all, args=(level,)) for level in levels]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == alone


@pytest.mark.parametrize(
    ("name", "chart"),
    [
        ("plot-loss", curves(paper().view, [VAL_LOSS], log=True, replicates=False)),
        ("plot-mixed", curves(mixed().view, [VAL_LOSS], log=True, replicates=False)),
        ("plot-variants", curves(variants().view, [VAL_LOSS])),
        ("plot-result", rates(paper().view)),
    ],
    ids=["loss", "mixed", "variants", "result"],
)
def test_pictures_without_colour_stay_as_they_are(
    name: str, chart: Chart, golden: Golden, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    golden(f"{name}.txt", plot(chart, width=80, height=18, colour=False))


@pytest.mark.parametrize("chosen", ["valley", "steepest", "minimum_tenth"])
def test_suggestions_in_one_column_are_all_read_and_the_highlighted_one_is_on_top(chosen: str) -> None:
    test = range_tests(searched().view)[0]
    curve = replace(test.curve, valley=1e-3, steepest=1.01e-3, minimum_tenth=1.02e-3)
    chart = finder(searched().view, replace(test, curve=curve, suggestion=chosen))
    made = draw(chart, width=WIDTH, height=HEIGHT)
    column = made.column_of(1e-3)
    lines = rows(made)
    letters = [line[column] for line in lines[:3]]
    assert sorted(letters) == ["M", "S", "V"]
    assert letters[0] == SUGGESTIONS[chosen][1]
    below = [one for row in made.rows[3 : made.lines] for one in row if one.text == BRAILLE.rule]
    assert below
    assert {chart.series[one.series].mark for one in below} == {letters[0]}
