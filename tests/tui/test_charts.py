"""Charts: curves of a view, toggles, crosshair, the other tabs."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lrtui.engine.board import Board
from lrtui.plots.chart import Kind
from lrtui.plots.curves import curves
from lrtui.plots.metrics import VAL_LOSS
from lrtui.plots.palette import Colour
from lrtui.plots.rates import rates
from lrtui.plots.terminal import draw
from lrtui.plots.view import StudyShape, View
from lrtui.study import preset
from lrtui.study.records import RunStatus, StudyStatus
from lrtui.study.spec import Study
from lrtui.study.states import BoardSnapshot, RunState
from lrtui.tui.analysed import AnalysedView
from lrtui.tui.charts.tabs import opening_tab
from lrtui.tui.charts.tabs.plotted import Finder, Loss, Rate
from lrtui.tui.charts.tabs.told import Answer
from tests.report.made import state
from tests.tui.conftest import SMALL, Open
from tests.tui.fake_session import FakeSession


def _study(rates_: list[float], **tables: object) -> Study:
    table = {
        "title": "made",
        "data": {"name": "digits"},
        "model": {"name": "mlp"},
        "optim": {"name": "sgd"},
        "train": {"epochs": 6},
        "sweep": {"optim.lr": rates_, "replicates": 2, **tables},
    }
    return preset.from_resolved("made", table)


def _view(study: Study, steps: int = 1000) -> View:
    session = FakeSession(study, Path(), lanes=2)
    for _ in range(steps):
        if not session.step():
            break
    return View(study, StudyShape.of(study), session.board.snapshot())


def test_a_mean_line_reads_the_mean_of_its_replicates() -> None:
    view = _view(_study([1e-2, 1e-1]))
    chart = curves(view, [VAL_LOSS], epoch=4)
    expected = [sum(state.records[4].val_loss for state in view.states(one)) / 2 for one in view.shape.scenarios]
    assert [entry.value for entry in chart.legend] == [f"{value:.4f}" for value in expected]
    assert [entry.label for entry in chart.legend] == ["1e-2", "1e-1"]
    assert chart.title == "validation loss (nats) · mean of 2"


def _stopped(study: Study, states: Sequence[RunState]) -> View:
    snapshot = BoardSnapshot(StudyStatus.STOPPED, "", "cpu", 1, tuple(states), 1.0, 0.0, None)
    return View(study, StudyShape.of(study), snapshot)


STOPPED, RUNNING, DONE = RunStatus.STOPPED, RunStatus.RUNNING, RunStatus.DONE


@pytest.mark.parametrize(
    ("losses", "statuses", "mean", "latest", "title"),
    [
        ([[2, 1.0, 0.8], [2, 3.0]], [STOPPED, STOPPED], {0: 2, 1: 2}, "1.9000", "mean of 2"),
        ([[2, 1.0, 0.8], [4, 3.0]], [DONE, RUNNING], {0: 2, 1: 1, 2: 0.8}, "0.8000", "loss (nats)"),
        ([[2, 1.0, 0.8], [4, math.nan, math.nan]], [DONE, DONE], {0: 3}, "nan", "mean of 2"),
    ],
    ids=["stopped at different epochs", "a later replicate trains", "one diverged"],
)
def test_a_mean_is_always_over_the_same_replicates_as_in_the_table(
    losses: list[list[float]], statuses: list[RunStatus], mean: dict[int, float], latest: str, title: str
) -> None:
    study = _study([1e-1])
    runs = [state(spec, *given) for spec, *given in zip(study.runs, losses, [None, None], statuses, strict=True)]
    view = _stopped(study, runs)
    chart = curves(view, [VAL_LOSS], replicates=False)
    assert dict(zip(chart.series[0].xs, chart.series[0].ys, strict=True)) == pytest.approx(mean)
    assert chart.title.endswith(title)
    assert chart.legend[0].value == latest
    figures = AnalysedView()
    figures.update(view)
    assert latest == f"{figures.scenarios[study.runs[0].scenario]['final_val_loss_mean']:.4f}"


def test_a_diverged_run_is_marked_not_hidden() -> None:
    chart = curves(_view(_study([1e-1, 10.0])), [VAL_LOSS], log=True)
    assert chart.legend[1].note == "✗2 @3"
    top = "".join(span.text for span in draw(chart, width=60, height=14).rows[0])
    assert "✗" in top
    assert "▴" in top, "4000 times the first loss is marked at the edge, and does not flatten the rest"


def test_nothing_measured_is_said() -> None:
    study = _study([1e-2, 1e-1])
    view = View(study, StudyShape.of(study), Board(study.runs).snapshot())
    for chart in (curves(view, [VAL_LOSS]), rates(view)):
        assert chart.x is None
        assert chart.message == "nothing measured yet"


def test_groups_keep_twenty_curves_apart_and_a_rate_keeps_its_colour() -> None:
    shape = StudyShape.of(_study([1e-2, 1e-1], **{"data.name": ["digits", "mnist"], "train.batch_size": [16, 32]}))
    assert shape.groups == ("digits batch 16", "digits batch 32", "mnist batch 16", "mnist batch 32")
    assert [scenario.short for scenario in shape.of_group(3)] == ["1e-2", "1e-1"]
    assert {(one.lr, one.colour) for one in shape.scenarios} == {(1e-2, Colour(0, 2, True)), (1e-1, Colour(1, 2, True))}


def test_without_a_swept_rate_scenarios_have_the_colours() -> None:
    shape = StudyShape.of(_study([1e-2], **{"optim.momentum": [0.0, 0.5, 0.9]}))
    assert shape.groups == ("",)
    assert [(scenario.short, scenario.colour.index) for scenario in shape.scenarios] == [
        ("momentum 0", 0),
        ("momentum 0.5", 1),
        ("momentum 0.9", 2),
    ]


def test_rate_against_result_has_a_dot_per_replicate() -> None:
    chart = rates(_view(_study([1e-3, 1e-2, 1e-1])))
    drawn = draw(chart, width=70, height=30)
    dots = sum(span.text.count("●") for row in drawn.rows for span in row)
    assert 3 <= dots <= 6
    assert [label for _, label in chart.x.ticks()] == ["1e-3", "1e-2", "1e-1"]


def test_the_best_rate_and_the_edge_are_shown_beside_the_results() -> None:
    study = _study([1e-3, 1e-2, 1e-1])
    losses = {1e-3: 1.0, 1e-2: 0.5, 1e-1: 0.8}
    runs = [
        state(
            spec, [2.3, *[losses[spec.lr] + 0.01 * spec.seed] * 6], [10, *[100 - 30 * losses[spec.lr] + spec.seed] * 6]
        )
        for spec in study.runs
    ]
    figures, view = AnalysedView(), _stopped(study, runs)
    figures.update(view)
    chart = rates(view, told=figures.comparisons())
    assert chart.notes[0].startswith("best rate, between the points: 1")
    assert [one.mark for one in chart.series if one.kind is Kind.RULE][-1] == "B"
    assert [entry.best for entry in chart.legend] == [False, True, False]
    falling = [
        state(spec, [2.3, *[0.5 + spec.lr] * 6], [10, *[90 - 300 * spec.lr + (1 + spec.lr) * spec.seed] * 6])
        for spec in study.runs
    ]
    figures, view = AnalysedView(), _stopped(study, falling)
    figures.update(view)
    assert "lowest of the grid" in rates(view, told=figures.comparisons()).notes[-1]


@pytest.mark.parametrize(
    ("table", "finder", "tab"),
    [
        ({}, False, Loss),
        ({"optim.lr": [10.0**-power for power in range(9)]}, False, Rate),
        ({}, True, Finder),
    ],
)
def test_a_study_opens_on_the_tab_that_answers_it(table: dict[str, Any], finder: bool, tab: type) -> None:
    study = _study([1e-2, 1e-1])
    if table:
        study = _study(table["optim.lr"])
    assert opening_tab(study, finder=finder) is tab
    assert opening_tab(replace(study, experiment="clipping")) is Answer


async def test_toggles_and_crosshair(workbench: Open) -> None:
    async with workbench() as bench:
        session = await bench.start()
        for _ in range(31):
            session.step()
        await bench.seen()
        plot = bench.app.charts.query_one("#plot")
        assert "y log" in plot.plain
        await bench.pilot.press("y", "s", "r", "t")
        await bench.pilot.pause()
        assert "y lin" in plot.plain
        assert "smooth 0.2" in plot.plain
        assert "runs off" in plot.plain
        assert "training loss" in plot.plain
        plot.focus()
        await bench.pilot.press("right", "right", "right")
        assert plot.cross == 2
        assert "epoch 2" in plot.plain
        assert "│" in plot.plain
        await bench.pilot.press("escape")
        assert plot.cross is None
        canvas = plot.query_one("#canvas")
        await bench.pilot.hover(canvas, offset=(canvas.size.width // 2, 4))
        await bench.pilot.pause()
        assert plot.cross is not None
        assert 10 <= plot.cross <= 20


async def test_published_and_log_tabs(workbench: Open) -> None:
    async with workbench() as bench:
        await bench.ready()
        bench.app.presets.select("preset:shipped:paper/mlp-mnist")
        form = bench.app.configuration.form
        await bench.until(lambda: form.order and form.order.study.name == "paper/mlp-mnist", "the form")
        await bench.pilot.press("enter")
        await bench.until(lambda: bench.sessions and bench.app.stage.live, "training")
        bench.session.play()
        await bench.until(lambda: not bench.app.stage.training, "the end")
        await bench.pilot.press("4")
        await bench.until(lambda: "98.14 0.42" in " ".join(bench.screen_text().split()), "the published figure")
        assert "Sangat lambat" in bench.screen_text()
        assert "93.41" in bench.line("▸   1e-5"), "the table has the paper's figure too"
        await bench.pilot.press("5")
        newest = "run 15 (mlp-mnist-sgd-1e-1, seed 3) done, 97.28 % after 30 epochs"
        await bench.until(lambda: newest in bench.screen_text(), "the log, the newest in sight")


async def test_nothing_was_published(workbench: Open) -> None:
    async with workbench() as bench:
        (await bench.start()).play()
        await bench.until(lambda: not bench.app.stage.training, "the end")
        await bench.pilot.press("4")
        await bench.until(lambda: "Nothing was published" in bench.screen_text(), "a plain word")


async def test_a_long_line_of_the_log_is_wrapped(workbench: Open) -> None:
    async with workbench((80, 24)) as bench:
        await bench.ready()
        sentence = " ".join(f"word{number}" for number in range(60)) + " " + "x" * 200
        bench.app.stage.log.add(sentence)
        await bench.pilot.press("5")
        log = bench.app.query_one("#log")
        await bench.until(lambda: "word59" in log.plain, "the line")
        assert all(len(line) <= log.room for line in log.plain.splitlines())
        assert "".join(log.plain.split())[8:] == "".join(sentence.split())


async def test_a_legend_longer_than_its_place_can_be_moved_through(
    workbench: Open, own_preset: Callable[[str, str], Path]
) -> None:
    rates_ = [round(0.001 * 2**power, 6) for power in range(16)]
    own_preset("many.toml", SMALL.replace("[1e-2, 1e-1]", str(rates_)).replace("replicates = 2", "replicates = 1"))
    async with workbench((120, 34)) as bench:
        await bench.ready()
        bench.app.presets.select("preset:own:many.toml")
        await bench.until(lambda: bench.app.configuration.form.order.study.name.startswith("many"), "the form")
        await bench.pilot.press("enter")
        await bench.until(lambda: bench.sessions and bench.app.stage.live, "training")
        bench.session.step()
        await bench.pilot.press("1")
        await bench.seen()
        plot = bench.app.charts.query_one("#plot")
        legend = plot.query_one("#legend")
        await bench.until(lambda: "more  ↑ ↓" in legend.plain, "it says that there is more, and which keys show it")
        assert len(legend.plain.splitlines()) <= legend.size.height
        assert "0.001" in legend.plain or "1e-3" in legend.plain, "the lowest"
        assert "32.768" in legend.plain, "the highest"
        labels: list[str] = []
        plot.focus()
        for _ in rates_:
            await bench.pilot.press("down")
            entries = legend.plain.splitlines()[1:]
            labels += [entry.split()[1] for entry in entries if "↑ ↓" not in entry and "lowest" not in entry]
        assert {float(label) for label in labels} == set(rates_)
        assert "–16 of 16  ↑ ↓" in legend.plain, "the end is the end"
        assert legend.plain.splitlines()[-1].strip() == "◆ lowest validation loss", "the sign is explained beside it"
        assert len(legend.plain.splitlines()) <= legend.size.height
        await bench.pilot.press("up")
        assert "–15 of 16" in legend.plain
