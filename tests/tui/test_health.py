"""The heat map of layers: what is in its cells, how it is brought to the screen, and whose run it shows."""

import math
from collections.abc import Callable
from pathlib import Path

import pytest

from lrtui.plots.layers import LayerRun, grid
from lrtui.plots.metrics import MEASURES
from lrtui.study.records import RunStatus
from lrtui.study.states import RunState
from lrtui.tui.charts.pane import ChartsPane
from lrtui.tui.charts.tabs.health import Health
from tests.tui.conftest import NARROW, SMALL, WIDE, Open
from tests.tui.studies import DEEP, deep, view_of

GRADIENT = MEASURES[0]


def test_a_cell_is_the_layers_figure_at_that_epoch() -> None:
    view = view_of(deep())
    state = view.snapshot.runs[0]
    last = state.records[-1].epoch
    drawn = grid(LayerRun(state).measured, LayerRun(state).last_column, GRADIENT, 7, 100)
    assert drawn.names == ("output", *(f"dense {number}" for number in range(6, 0, -1))), "the input is at the bottom"
    assert len(drawn.columns) == last + 1
    assert drawn.cells[-1][2] == pytest.approx(state.records[2].layers[0].gradient_rms)
    assert drawn.cells[0][last] == pytest.approx(state.records[last].layers[-1].gradient_rms)


def test_layers_and_epochs_that_share_a_cell_give_their_mean() -> None:
    state = view_of(deep()).snapshot.runs[0]
    drawn = grid(LayerRun(state).measured, LayerRun(state).last_column, GRADIENT, 4, 5)
    assert (len(drawn.rows), len(drawn.columns)) == (4, 5)
    row, column = drawn.rows[-1], drawn.columns[1]
    inside = [
        record.layers[layer].gradient_rms
        for record in state.records[column.first : column.last + 1]
        for layer in range(row.first, row.last + 1)
    ]
    assert drawn.cells[-1][1] == pytest.approx(math.exp(sum(map(math.log, inside)) / len(inside)))


def test_while_a_run_trains_its_columns_are_those_of_the_whole_training() -> None:
    view = view_of(deep(), steps=4)
    state = view.snapshot.runs[0]
    assert state.status is RunStatus.RUNNING
    drawn = grid(LayerRun(state).measured, LayerRun(state).last_column, GRADIENT, 7, 100)
    assert len(drawn.columns) == state.spec.epochs + 1
    assert drawn.cells[0][state.epochs_done] is not None
    assert drawn.cells[0][state.epochs_done + 1] is None


def spread(state: RunState) -> float:
    """Return by which factor the gradients of a run's layers differ at its end."""
    sizes = [layer.gradient_rms for layer in state.records[-1].layers]
    return max(sizes) / min(sizes)


def test_the_run_under_way_is_shown_then_the_least_healthy_and_what_is_pointed_at_before_both() -> None:
    pane = ChartsPane()
    tab, settings = pane.find_tab(Health), pane.settings
    pane.view = view_of(deep(), steps=15)
    assert tab.shown(pane.view).status is RunStatus.RUNNING
    pane.view = view_of(deep())
    shown = spread(tab.shown(pane.view))
    assert shown == max(map(spread, pane.view.snapshot.runs)) > 10
    settings.scenario, settings.run = "plain", None
    assert tab.shown(pane.view).spec.variant == "plain"
    settings.run = 2
    assert tab.shown(pane.view).spec.run == 2
    tab.next_shown(pane.view)
    assert (settings.scenario, settings.run) == ("hot", 3)
    settings.scenario, settings.run = "found", 6
    tab.next_shown(pane.view)
    assert (settings.scenario, settings.run) == ("plain", 1)


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["120x40", "80x24"])
@pytest.mark.parametrize(
    "variables", [{}, {"NO_COLOR": "1"}, {"TERM": "xterm", "COLORTERM": ""}], ids=["full", "none", "16"]
)
async def test_the_map_on_the_screen(
    workbench: Open,
    own_preset: Callable[[str, str], Path],
    monkeypatch: pytest.MonkeyPatch,
    size: tuple[int, int],
    variables: dict[str, str],
) -> None:
    own_preset("deep.toml", DEEP.replace("depth = 6", "depth = 20"))
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    async with workbench(size) as bench:
        await bench.ready()
        bench.app.presets.select("preset:own:deep.toml")
        await bench.until(lambda: bench.app.configuration.form.order.study.name == "deep", "the form")
        await bench.pilot.press("enter")
        await bench.until(lambda: bench.sessions and bench.app.stage.live, "training")
        for _ in range(6):
            bench.session.step()
        await bench.pilot.press("6")
        await bench.seen()
        text = bench.app.query_one("#health").plain
        lines = text.splitlines()
        assert len(lines) <= bench.app.query_one("#health").size.height
        assert "gradient RMS · plain, seed" in lines[0]
        assert "output" in lines[1]
        assert any("↑ input" in line and "epoch" in line for line in lines)
        assert "1e-7" in lines[-2] or "1e-7" in lines[-3], "the scale has its values"
        assert any(line.startswith("epoch 5: layers 1–") for line in lines[-2:])
        assert "vanishing" in text
        for title in ("activation sd", "activation mean", "dead units", "saturated outputs"):
            await bench.pilot.press("m")
            await bench.until(lambda title=title: title in bench.app.query_one("#health").plain, title)
        assert "only logistic and tanh" in bench.app.query_one("#health").plain


async def test_the_crosshair_reads_a_layer_and_the_map_follows_the_table(
    workbench: Open, own_preset: Callable[[str, str], Path]
) -> None:
    own_preset("deep.toml", DEEP)
    async with workbench() as bench:
        await bench.ready()
        bench.app.presets.select("preset:own:deep.toml")
        await bench.until(lambda: bench.app.configuration.form.order.study.name == "deep", "the form")
        await bench.pilot.press("enter")
        await bench.until(lambda: bench.sessions and bench.app.stage.live, "training")
        bench.session.play()
        await bench.until(lambda: not bench.app.stage.training, "the end")
        await bench.pilot.press("6")
        await bench.seen()
        heat = bench.app.query_one("#health")
        table = bench.app.results.query_one("#table")
        table.focus()
        for _ in range(3):
            await bench.pilot.press("up")
        for _ in range(3):
            if " · hot, seed" not in heat.plain:
                await bench.pilot.press("down")
                await bench.seen()
        assert " · hot, seed" in heat.plain, "the scenario under the cursor"
        await bench.pilot.press("g")
        await bench.until(lambda: " · hot, seed 2" in heat.plain or " · found, seed 1" in heat.plain, "the next run")
        heat.focus()
        await bench.pilot.press("left", "left", "up")
        epoch = heat._epoch(heat._run)
        assert heat.cross.layer == 1
        assert f"epoch {epoch}, dense 2: gradient RMS" in heat.plain.splitlines()[0]
        await bench.pilot.press("escape")
        assert heat.cross is None
        await bench.pilot.hover(heat, offset=(heat._map.left + 1, 2))
        await bench.pilot.pause()
        assert heat.cross is not None
        assert heat.cross.epoch == 0


async def test_without_measures_the_tab_says_how(workbench: Open, own_preset: Callable[[str, str], Path]) -> None:
    own_preset("small.toml", SMALL)
    async with workbench() as bench:
        await bench.ready()
        await bench.pilot.press("6")
        await bench.until(lambda: "health.measure = true" in bench.app.query_one("#plot").plain, "before any study")
        bench.app.presets.select("preset:own:small.toml")
        await bench.until(lambda: bench.app.configuration.form.order.study.name == "small", "the form")
        await bench.pilot.press("enter")
        await bench.until(lambda: bench.sessions and bench.app.stage.live, "training")
        bench.session.step()
        await bench.seen()
        await bench.pilot.press("6")
        said = "are not measured. health.measure = true"
        await bench.until(lambda: said in bench.app.query_one("#plot").plain.replace("\n", " "), "why there is no map")
