"""One colour per learning rate: in order, readable on every ground, told apart."""

import itertools
import math
import operator

import pytest

from lrtui.plots.palette import (
    _HUES,
    Colour,
    Ground,
    _linear,
    _oklab,
    blend,
    colours,
    letter,
    style,
    tells_apart,
)
from lrtui.plots.view import StudyShape
from tests.report.made import study

GROUNDS = {
    Ground.DARK: ("#12151c", "#000000"),
    Ground.LIGHT: ("#fbfbfd", "#ffffff"),
    Ground.ANY: ("#000000", "#12151c", "#fbfbfd", "#ffffff"),
}


def contrast(first: str, second: str) -> float:
    """Return the contrast of two colours (`#rrggbb`), 1 to 21, as WCAG 2 defines it."""
    shares = (0.2126, 0.7152, 0.0722)
    luminances = (sum(map(operator.mul, shares, _linear(colour))) for colour in (first, second))
    dark, light = sorted(luminances)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("count", [1, 2, 5, 10, 40, 100])
def test_every_colour_can_be_read(ground: Ground, ordered: bool, count: int) -> None:
    for index in range(count):
        shown = style(Colour(index, count, ordered), ground)
        assert min(contrast(shown, background) for background in GROUNDS[ground]) >= 3


@pytest.mark.parametrize("ground", GROUNDS)
def test_the_ramp_is_in_order_for_every_kind_of_colour_vision(ground: Ground) -> None:
    ramp = [_oklab(_linear(style(Colour(index, 40, True), ground))) for index in range(40)]
    lightness, yellow = [point[0] for point in ramp], [point[2] for point in ramp]
    assert lightness == pytest.approx(sorted(lightness), abs=0.01)
    assert yellow == pytest.approx(sorted(yellow), abs=0.015), "from blue to yellow, which red-blind eyes see too"
    assert math.dist(ramp[0], ramp[-1]) > 0.25, "the ends are far apart"
    steps = [math.dist(one, other) for one, other in itertools.pairwise(ramp)]
    assert min(steps) > 0.008
    assert max(steps) < 0.04, "no two neighbours jump"


@pytest.mark.parametrize("ground", GROUNDS)
def test_five_rates_and_ten_scenarios_are_told_apart(ground: Ground) -> None:
    for count, ordered, apart in ((5, True, 0.1), (len(_HUES), False, 0.05)):
        shown = [_oklab(_linear(style(Colour(index, count, ordered), ground))) for index in range(count)]
        assert min(math.dist(a, b) for at, a in enumerate(shown) for b in shown[:at]) > apart
    assert len({style(Colour(index, 60, False), ground) for index in range(60)}) == 60


def test_sixteen_colours_and_none() -> None:
    assert [style(Colour(index, 6, True), Ground.ANSI) for index in (0, 5)] == ["bright_blue", "magenta"]
    assert style(Colour(0, 6, True), Ground.ANSI, faint=True) == "dim bright_blue"
    assert tells_apart(Colour(0, 6, True), Ground.ANSI)
    assert not tells_apart(Colour(0, 7, True), Ground.ANSI)
    assert len({letter(Colour(index, 40, True)) for index in range(40)}) == 40


def test_a_faint_colour_steps_back_to_its_ground() -> None:
    colour = Colour(2, 5, True)
    faint = style(colour, Ground.DARK, faint=True)
    assert 1.3 < contrast(faint, "#12151c") < contrast(style(colour, Ground.DARK), "#12151c")
    assert blend("#000000", "#ffffff", 0.0) == "#000000"
    assert blend("#000000", "#ffffff", 1.0) == "#ffffff"


def test_a_rate_has_one_colour_in_every_group_and_things_without_order_their_own() -> None:
    assert colours([1e-3, 1e-2, 1e-3], ordered=True) == {1e-3: Colour(0, 2, True), 1e-2: Colour(1, 2, True)}
    table = {"title": "x", "data": {"name": "digits"}, "model": {"name": "mlp"}, "optim": {"name": "sgd"}}
    swept = {**table, "sweep": {"optim.lr": [0.1, 0.01], "train.batch_size": [16, 32]}}
    shape = StudyShape.of(study("x", swept))
    assert {(one.lr, one.colour) for one in shape.scenarios} == {(0.01, Colour(0, 2, True)), (0.1, Colour(1, 2, True))}
