"""Rates and momenta over epochs; early stopping, test figures and colours of a study of variants."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lrtui.plots.curves import curves, rate_log
from lrtui.plots.metrics import MOMENTUM, RATE, VAL_LOSS
from lrtui.study.spec import RunSpec
from lrtui.tui.analysed import AnalysedView
from lrtui.tui.results.scenario_rows import columns, scenario_rows
from lrtui.tui.themes import DARK, SKINS
from tests.tui.conftest import Open
from tests.tui.studies import DEEP, deep, own, view_of


def stuck(spec: RunSpec, epoch: int) -> tuple[float, float]:
    """Return a loss that is best after epoch 1."""
    return 2.3 if epoch == 0 else 1.0 + 0.01 * epoch, 50.0


def test_both_ends_of_an_epoch_are_drawn() -> None:
    chart = curves(view_of(deep()), [RATE], replicates=False, epoch=1)
    plain, hot, found = (list(zip(one.xs, one.ys, strict=True)) for one in chart.series)
    assert plain[:4] == [(0.0, 1e-2), (1.0, 1e-2), (1.0, 1e-2), (2.0, 1e-2)]
    assert [x for x, _ in hot[:4]] == [0, 1, 1, 2]
    assert [y for _, y in hot[:4]] == pytest.approx([1e-2, 0.025, 0.025, 0.04])
    assert found[0] == (0.0, 1.234e-2)
    assert [entry.value for entry in chart.legend] == ["1e-2", "2.5e-2", "1.23e-2"]


def test_rates_far_apart_have_a_logarithmic_axis_until_told_otherwise() -> None:
    view = view_of(deep())
    assert not rate_log(view, 0)
    assert rate_log(view_of(own("far", DEEP.replace("optim.lr = 1e-1", "optim.lr = 1.0"))), 0)
    assert curves(view, [MOMENTUM]).title.startswith("momentum")


def test_nothing_is_drawn_before_the_first_epoch() -> None:
    chart = curves(view_of(deep(), 1), [RATE])
    assert chart.message == "nothing trained yet"


def test_variants_have_a_colour_each_and_are_called_by_name() -> None:
    view = view_of(deep())
    assert [(shape.short, shape.colour.index) for shape in view.shape.scenarios] == [
        ("plain", 0),
        ("hot", 1),
        ("found", 2),
    ]
    chart = curves(view, [VAL_LOSS])
    assert [entry.label for entry in chart.legend] == ["plain", "hot", "found"]


def test_what_is_measured_after_training_stands_in_the_table() -> None:
    view = view_of(deep())
    figures = AnalysedView()
    figures.update(view)
    keys = [column.key for column in columns(view)]
    assert {"kept", "test", "mc"} <= set(keys)
    row = scenario_rows(view, figures, SKINS[DARK])[0]
    outcomes = [state.outcome for state in view.snapshot.runs[:2]]
    assert row.keys["test"] == pytest.approx(sum(one.test_accuracy for one in outcomes) / 2)
    assert row.cells["mc"].text == f"{sum(one.mc.accuracy for one in outcomes) / 2:.2f}"
    for (_, cells), outcome in zip(row.runs(), outcomes, strict=True):
        assert cells["kept"].text == str(outcome.kept_epoch)


def test_a_run_that_was_stopped_early_reads_as_done() -> None:
    view = view_of(deep(), script=stuck)
    early = [state for state in view.snapshot.runs if state.outcome.stopped_early]
    assert len(early) == 6
    figures = AnalysedView()
    figures.update(view)
    rows = scenario_rows(view, figures, SKINS[DARK])
    cells = {run: inner for row in rows for run, inner in row.runs()}
    for state in early:
        shown = cells[state.spec.run]
        assert shown["epoch"].text == f"{state.epochs_done}/12 ⊣"
        assert "running" not in shown["verdict"].text


async def test_early_stopping_in_header_and_log(workbench: Open, own_preset: Callable[[str, str], Path]) -> None:
    own_preset("deep.toml", DEEP)
    async with workbench(script=stuck) as bench:
        await bench.ready()
        bench.app.presets.select("preset:own:deep.toml")
        await bench.until(lambda: bench.app.configuration.form.order.study.name == "deep", "the form")
        await bench.pilot.press("enter")
        await bench.until(lambda: bench.sessions and bench.app.stage.live, "training")
        for _ in range(3):
            bench.session.step()
        await bench.seen()
        assert "≤ " in bench.screen_text().splitlines()[0]
        for _ in range(3):
            bench.session.step()
        await bench.seen()
        assert "4/12 ⊣" in bench.screen_text()
        assert "epoch 0/12" in bench.screen_text().splitlines()[0], "the next ones are under way"
        bench.session.play()
        await bench.until(lambda: not bench.app.stage.training, "the end")
        await bench.pilot.press("5")
        log = bench.app.query_one("#log")
        await bench.until(lambda: "stopped early, weights of epoch 1 kept" in " ".join(log.plain.split()), "the log")
        assert "6 of 6 runs done" in bench.screen_text().splitlines()[0]


async def test_rate_and_momentum_by_key(workbench: Open, own_preset: Callable[[str, str], Path]) -> None:
    own_preset("deep.toml", DEEP)
    async with workbench() as bench:
        await bench.ready()
        bench.app.presets.select("preset:own:deep.toml")
        await bench.until(lambda: bench.app.configuration.form.order.study.name == "deep", "the form")
        await bench.pilot.press("enter")
        await bench.until(lambda: bench.sessions and bench.app.stage.live, "training")
        bench.session.play()
        await bench.until(lambda: not bench.app.stage.training, "the end")
        await bench.pilot.press("8")
        await bench.seen()
        plot = bench.app.query_one("#plot")
        assert "learning rate" in plot.plain
        assert "y lin" in plot.plain
        await bench.pilot.press("y")
        await bench.until(lambda: "y log" in plot.plain, "the axis")
        await bench.pilot.press("m")
        await bench.until(lambda: "momentum (β" in plot.plain, "momentum")
        plot.focus()
        await bench.pilot.press("right", "right")
        assert "epoch 1" in plot.plain
