"""The range test: its chart, its suggestions, and the way into the form."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from lrtui.plots.chart import Chart, Kind
from lrtui.plots.finder import finder, range_tests
from lrtui.plots.rates import rates
from lrtui.plots.terminal import draw
from lrtui.plots.view import View
from lrtui.study.records import FinderCurve, FinderPoint
from lrtui.tui.analysed import AnalysedView
from lrtui.tui.charts.tabs.plotted import Finder
from lrtui.tui.results.scenario_rows import columns, scenario_rows
from lrtui.tui.results.verdict import verdict
from lrtui.tui.themes import DARK, SKINS
from tests.tui.conftest import NARROW, SMALL, WIDE, Bench, Open
from tests.tui.fake_session import FOUND
from tests.tui.studies import DEEP, deep, view_of

OwnPreset = Callable[[str, str], Path]


async def _select(bench: Bench, name: str) -> None:
    await bench.ready()
    bench.app.presets.select(f"preset:own:{name}.toml")
    form = bench.app.configuration.form
    await bench.until(lambda: form.order and form.order.study.name == name, "the form")


def _chart(view: View) -> Chart:
    tests = range_tests(view)
    return finder(view, tests[-1], tests[:-1])


def test_suggestions_are_marked_at_their_rates() -> None:
    chart = _chart(view_of(deep(), find_only=True))
    drawn = draw(chart, width=70, height=20)
    top = "".join(span.text for span in drawn.rows[0])
    for letter, lr in (("V", FOUND), ("S", 6.3e-3), ("M", 3.1e-2)):
        assert top.index(letter) == drawn.column_of(lr)
    entries = {entry.label: entry for entry in chart.legend}
    assert (entries["valley"].value, entries["valley"].chosen) == ("1.23e-2", True)
    assert entries["steepest"].value == "6.3e-3"
    named = [entry.label for entry in chart.legend if entry.label in ("plain", "hot", "found")]
    assert named == ["plain", "hot", "found"]


def test_the_axis_stays_while_the_curve_grows() -> None:
    study = deep()
    early, late = (_chart(view_of(study, steps, find_only=True)) for steps in (2, 9))
    assert early.x == late.x
    assert "step 20 of 100" in early.title
    assert not [entry for entry in early.legend if entry.label == "valley"]


def test_where_the_loss_explodes_the_curve_leaves_the_picture() -> None:
    smoothed = [2.4, 2.3, 2.3, 2.35, 2.2, 2.0, 1.9, 2.1, 40.0, 900.0]
    points = tuple(
        FinderPoint(10.0**-power, loss, loss) for power, loss in zip(range(10, 0, -1), smoothed, strict=True)
    )
    view = view_of(deep(), find_only=True)
    test = replace(range_tests(view)[0], curve=FinderCurve(points, over=True))
    chart = finder(view, test)
    assert 2.4 <= chart.y.high <= 5
    assert chart.notes == ("no suggestion: the loss never fell",)
    low = [1.0, *[2.0] * 9, 3.0, *[1.5] * 9, 50.0]  # the first tenth is the loss of a batch or two
    points = tuple(FinderPoint(1e-6 * 2.0**step, loss, loss) for step, loss in enumerate(low))
    assert 3 <= finder(view, replace(test, curve=FinderCurve(points, over=True))).y.high <= 5


def test_several_seeds_have_a_band_and_a_doubt_is_said() -> None:
    test = range_tests(view_of(deep(), find_only=True))[0]
    points = tuple(replace(point, low=point.smoothed - 0.1, high=point.smoothed + 0.1) for point in test.curve.points)
    doubted = replace(test.curve, points=points, doubt="the seeds disagree")
    chart = finder(view_of(deep(), find_only=True), replace(test, curve=doubted))
    assert chart.series[0].kind is Kind.BAND
    assert chart.notes == ("the band: all seeds", "not to be trusted: the seeds disagree")
    assert draw(chart, width=60, height=14).rows


def test_a_rate_that_is_not_yet_found_breaks_nothing() -> None:
    for steps in (1, 40, 1000):
        view = view_of(deep(), steps)
        figures = AnalysedView()
        figures.update(view)
        shape = view.shape.by_scenario["found"]
        assert shape.label == "found"
        assert len({one.colour for one in view.shape.scenarios}) == 3
        assert rates(view).x is None
        rows = {row.scenario.scenario: row for row in scenario_rows(view, figures, SKINS[DARK])}
        assert rows["found"].cells["lr"].text == ("find → 1.23e-2" if steps == 1000 else "find")
        assert rows["hot"].cells["lr"].text == "1e-1"
        assert "lr" in [column.key for column in columns(view)]


def test_the_sentence_of_a_range_test_names_the_rates() -> None:
    view = view_of(deep(), find_only=True)
    figures = AnalysedView()
    figures.update(view)
    sentence, style = verdict(view, figures)
    assert sentence.startswith("◂ Suggested rate: plain 1.23e-2, hot 1.23e-2, found 1.23e-2.")
    assert style == "good"


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["120x40", "80x24"])
async def test_f_finds_a_rate_and_u_puts_it_into_the_form(
    workbench: Open, own_preset: OwnPreset, size: tuple[int, int]
) -> None:
    own_preset("small.toml", SMALL)
    async with workbench(size) as bench:
        await _select(bench, "small")
        form = bench.app.configuration.form
        await bench.pilot.press("f")
        await bench.until(lambda: bench.sessions and bench.app.stage.live, "the range test")
        session = bench.session
        assert session.find_only
        assert [(spec.finds_lr, spec.seed) for spec in session.study.runs] == [(True, 1)]
        for _ in range(3):
            session.step()
        await bench.seen()
        await bench.until(lambda: "step 30 of 100" in bench.screen_text(), "the curve is live")
        assert "finding a rate 30/100" in bench.screen_text().splitlines()[0]
        assert "use this rate" not in bench.app.query_one("#footer").plain
        session.play()
        await bench.until(lambda: not bench.app.stage.training, "the end")
        await bench.seen()
        assert "u use this rate" in bench.app.query_one("#footer").plain
        await bench.pilot.press("v")
        await bench.pilot.pause()
        assert bench.app.charts.find_tab(Finder).test.suggestion == "steepest"
        bench.app.charts.front.focus()
        await bench.pilot.press("right")
        await bench.until(lambda: bench.app.charts.find_tab(Finder).test.suggestion == "minimum_tenth", "→ too")
        await bench.pilot.press("left")
        await bench.until(lambda: bench.app.charts.find_tab(Finder).test.suggestion == "steepest", "← back")
        await bench.pilot.press("u")
        assert form.order.study.runs[0].lr == 6.3e-3
        assert form.changed
        assert len(form.order.study.runs) == 2, "the replicates are those of the preset"
        await bench.until(lambda: "6.3e-3" in bench.screen_text(), "it is seen")


async def test_a_study_without_a_range_test_says_how_to_make_one(workbench: Open) -> None:
    async with workbench((80, 24)) as bench:
        (await bench.start()).step()
        await bench.pilot.press("7")
        await bench.until(lambda: "f runs one" in bench.screen_text(), "how")
        assert "one before training" in " ".join(bench.screen_text().replace("│", " ").split()), "nothing is cut"
        assert bench.app.charts.find_tab(Finder).test is None


async def test_seeds_that_were_typed_are_tested(workbench: Open, own_preset: OwnPreset) -> None:
    own_preset("small.toml", SMALL)
    async with workbench() as bench:
        await _select(bench, "small")
        bench.app.configuration.form.set_text("sweep.replicates", "3")
        await bench.pilot.press("f")
        await bench.until(lambda: bench.sessions, "the range test")
        assert [spec.seed for spec in bench.session.study.runs] == [1, 2, 3]


async def test_starting_after_a_range_test_shows_the_curves(workbench: Open, own_preset: OwnPreset) -> None:
    own_preset("small.toml", SMALL)
    async with workbench() as bench:
        await _select(bench, "small")
        await bench.pilot.press("f")
        await bench.until(lambda: bench.sessions and bench.app.stage.live, "the range test")
        bench.session.play()
        await bench.until(lambda: not bench.app.stage.training, "the end")
        assert "✓ done · range test" in bench.screen_text().splitlines()[0]
        await bench.pilot.press("u", "enter")
        await bench.until(lambda: len(bench.sessions) == 2 and bench.app.stage.live, "training")
        bench.session.step()
        bench.session.step()
        await bench.seen()
        assert "validation loss" in bench.screen_text()
        assert not bench.session.find_only
        assert {spec.lr for spec in bench.session.study.runs} == {0.0123}


async def test_a_training_study_shows_its_range_tests_scenario_by_scenario(
    workbench: Open, own_preset: OwnPreset
) -> None:
    own_preset("deep.toml", DEEP.replace("lr = 1e-2", 'lr = "find"'))
    async with workbench() as bench:
        await _select(bench, "deep")
        await bench.pilot.press("enter")
        await bench.until(lambda: bench.sessions and bench.app.stage.live, "training")
        bench.session.play()
        await bench.until(lambda: not bench.app.stage.training, "the end")
        await bench.pilot.press("7")
        await bench.seen()
        assert bench.app.charts.find_tab(Finder).test.scenario.scenario == "plain"
        await bench.pilot.press("g")
        await bench.until(
            lambda: bench.app.charts.find_tab(Finder).test.scenario.scenario == "found", "hot has a rate of its own"
        )
        assert "find → 1.23e-2" in bench.app.results.query_one("#table").plain
        await bench.pilot.press("5")
        await bench.until(lambda: "range test of plain: valley 1.23e-2" in bench.app.query_one("#log").plain, "the log")


async def test_a_rate_found_for_a_preset_that_is_not_there_goes_into_no_form(
    workbench: Open, own_preset: OwnPreset
) -> None:
    own_preset("small.toml", SMALL)
    async with workbench() as bench:
        await _select(bench, "small")
        await bench.pilot.press("f")
        await bench.until(lambda: bench.sessions and bench.app.stage.live, "the range test")
        bench.session.play()
        await bench.until(lambda: not bench.app.stage.training, "the end")
        await bench.seen()
        catalogue = bench.app.presets.catalogue
        bench.app.presets.catalogue = replace(
            catalogue, presets=tuple(entry for entry in catalogue.presets if entry.file.name != "small.toml")
        )
        form = bench.app.configuration.form
        await bench.pilot.press("u")
        await bench.pilot.pause()
        assert not form.changed
        assert any("small is not among the presets" in note.message for note in bench.app._notifications)
