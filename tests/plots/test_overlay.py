"""Several studies in one picture."""

import math
import re
from collections.abc import Callable

import pytest

from lrtui.errors import InputError
from lrtui.plots.chart import Kind
from lrtui.plots.curves import curves
from lrtui.plots.dashes import dashed
from lrtui.plots.file import image
from lrtui.plots.metrics import VAL_ACCURACY, VAL_LOSS
from lrtui.plots.overlay import MOST, overlay
from lrtui.plots.palette import Ground, letter, style
from lrtui.plots.rates import rates
from lrtui.plots.svg import figure as svg_figure
from lrtui.plots.terminal import draw, plot
from lrtui.plots.view import View
from lrtui.session import Session
from lrtui.store.reader import open_study
from lrtui.study.spec import Study


@pytest.fixture
def views(tiny: Callable[..., Study], train_study: Callable[..., Session]) -> list[View]:
    """Return a study, one with another rate and fewer epochs, and one that searched."""
    found = []
    for overrides in ((), ("train.epochs=2", "optim.lr=[1e-1, 1.0]"), ("sweep.search=bracket", "optim.lr=1e-3..10x5")):
        session = train_study(tiny(*overrides))
        assert session.wait(60)
        found.append(View.of_saved(open_study(session.path)))
    return found


def test_a_rate_has_one_colour_and_a_line_and_letter_of_its_own_in_each(views: list[View]) -> None:
    both = overlay(views[:2], ["A", "B"])
    of = {one.label: one.colour for one in both.shape.scenarios}
    assert list(of) == ["A 1e-2", "A 1e-1", "B 1e-1", "B 1"]
    assert style(of["A 1e-1"], Ground.DARK) == style(of["B 1e-1"], Ground.DARK)
    assert len({letter(colour) for colour in of.values()}) == 4
    assert len({style(colour, Ground.DARK) for colour in of.values()}) == 3


def test_its_curves_are_those_of_the_studies(views: list[View]) -> None:
    both = curves(overlay(views[:2], ["A", "B"]), [VAL_LOSS])
    first = curves(views[0], [VAL_LOSS])
    whole = [one for one in both.series if one.kind is Kind.LINE and one.colour and not one.colour.turn]
    assert [(list(a.xs), list(a.ys)) for a in whole] == [
        (list(b.xs), list(b.ys)) for b in first.series if b.kind is Kind.LINE
    ]
    values = {entry.label: entry.value for entry in both.legend}
    assert values["A 1e-2"] == next(entry.value for entry in first.legend if entry.label == "1e-2")
    assert both.x is not None and both.x.high == 3


@pytest.mark.parametrize("turn", range(1, MOST))
def test_dashes_lie_on_the_line(turn: int, views: list[View]) -> None:
    line = next(one for one in curves(views[0], [VAL_LOSS]).series if one.kind is Kind.LINE)
    pieces = dashed(line, turn, y_log=True)
    drawn = sum(piece.xs[-1] - piece.xs[0] for piece in pieces)
    assert 0.2 < drawn / (line.xs[-1] - line.xs[0]) < 0.85
    assert all(len(piece.xs) > 1 for piece in pieces)
    for piece in pieces:
        for x, y in zip(piece.xs, piece.ys, strict=True):
            at = min(int(x), len(line.xs) - 2)
            low, high = line.ys[at], line.ys[at + 1]
            assert y == pytest.approx(low * (high / low) ** (x - at))
    assert dashed(line, 0) == [line]


def test_every_study_is_broken_in_a_way_of_its_own(views: list[View]) -> None:
    line = next(one for one in curves(views[0], [VAL_LOSS]).series if one.kind is Kind.LINE)
    drawn = [tuple(tuple(piece.xs) for piece in dashed(line, turn)) for turn in range(MOST)]
    assert len(set(drawn)) == MOST
    chart = curves(overlay([views[0], views[1], views[1]], ["A", "B", "C"]), [VAL_LOSS])
    page = svg_figure(chart)
    strokes = set(re.findall(r'stroke-dasharray="([^"]+)"', page))
    assert len(strokes) == 2  # in the legend, of B and of C


def test_without_colour_a_line_in_dashes_has_its_letter_once(views: list[View]) -> None:
    chart = curves(overlay(views[:2], ["A", "B"]), [VAL_LOSS], replicates=False)
    drawing = draw(chart, width=70, height=20, letters=True)
    canvas = "".join(span.text for row in drawing.rows[: drawing.lines] for span in row)
    letters = [one.mark for one in chart.series if one.kind is Kind.LINE and one.colour and one.colour.turn]
    assert len(letters) > 10
    assert all(canvas.count(letter) <= 1 for letter in letters)


def test_rates_against_results_have_a_line_for_each_study(views: list[View]) -> None:
    chart = rates(overlay(views[:2], ["A", "B"]), metric=VAL_ACCURACY)
    dots = [one for one in chart.series if one.kind is Kind.DOTS]
    assert len(dots) == 8 and all(math.isfinite(y) for one in dots for y in one.ys)
    assert {entry.label for entry in chart.legend} == {"A 1e-2", "A 1e-1", "B 1e-1", "B 1"}


def test_of_a_search_there_is_what_it_tried(views: list[View]) -> None:
    both = overlay([views[0], views[2]], ["A", "B"])
    tried = {state.spec.run for state in views[2].snapshot.own if state.records}
    assert len(both.study.runs) == 4 + len(tried)
    assert "B" in plot(curves(both, [VAL_LOSS]), width=80, height=20)
    rated = {state.spec.lr for state in views[2].snapshot.own if state.records}
    for chart in (curves(views[2], [VAL_LOSS]), rates(views[2], metric=VAL_ACCURACY)):
        assert len(chart.legend) == len(rated) < len(views[2].shape.scenarios)


def test_it_is_drawn_into_a_file(views: list[View]) -> None:
    pytest.importorskip("matplotlib")
    assert image(overlay(views[:2], ["A", "B"]), ".svg", "val_loss", None).startswith(b"<?xml")
    assert image(overlay(views[:2], ["A", "B"]), ".svg", "result", None).startswith(b"<?xml")


def test_studies_that_share_no_group_are_in_one_picture_all_the_same(
    views: list[View], tiny: Callable[..., Study], train_study: Callable[..., Session]
) -> None:
    session = train_study(tiny("train.batch_size=[32, 64]"))
    assert session.wait(60)
    batches = View.of_saved(open_study(session.path))
    both = overlay([views[0], batches], ["A", "B"])
    assert both.shape.groups == ("",)
    chart = curves(both, [VAL_LOSS])
    labels = [entry.label for entry in chart.legend]
    assert len(labels) == len(set(labels)) == 2 + 4 and any("batch 64" in label for label in labels)
    assert len({one.colour.turn for one in both.shape.scenarios}) == 3  # a line of its own for each grid of rates
    assert rates(both, metric=VAL_ACCURACY).series


def test_one_study_is_itself_and_too_many_are_refused(views: list[View]) -> None:
    assert overlay(views[:1], ["A"]) is views[0]
    with pytest.raises(InputError, match=f"at most {MOST}"):
        overlay(views[:1] * (MOST + 1), ["A"] * (MOST + 1))
