"""The heat map of layers: what is in its cells, how it is brought to the screen, and whose run it shows."""

import math
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrtui.report.layer_grid import bands, grid
from lrtui.report.layer_measures import LOG, MEASURES, SHARE, SIGNED, Range, mean
from lrtui.study.records import RunStatus
from lrtui.tui.charts.health import last_column, measured_layers, next_run, run_shown, why_none
from tests.tui.conftest import NARROW, SMALL, WIDE, Open
from tests.tui.studies import DEEP, deep, own, view_of

GRADIENT = MEASURES[0]


def test_a_cell_is_the_layers_figure_at_that_epoch() -> None:
    view = view_of(deep())
    state = view.snapshot.runs[0]
    last = state.records[-1].epoch
    drawn = grid(measured_layers(state), last_column(state), GRADIENT, 7, 100)
    assert drawn.names == ("output", *(f"dense {number}" for number in range(6, 0, -1))), "the input is at the bottom"
    assert len(drawn.columns) == last + 1
    assert drawn.cells[-1][2] == pytest.approx(state.records[2].layers[0].gradient_rms)
    assert drawn.cells[0][last] == pytest.approx(state.records[last].layers[-1].gradient_rms)


def test_layers_and_epochs_that_share_a_cell_give_their_mean() -> None:
    state = view_of(deep()).snapshot.runs[0]
    drawn = grid(measured_layers(state), last_column(state), GRADIENT, 4, 5)
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
    drawn = grid(measured_layers(state), last_column(state), GRADIENT, 7, 100)
    assert len(drawn.columns) == state.spec.epochs + 1
    assert drawn.cells[0][state.epochs_done] is not None
    assert drawn.cells[0][state.epochs_done + 1] is None


@given(st.integers(0, 300), st.integers(1, 120))
def test_bands_cover_everything_once(count: int, room: int) -> None:
    found = bands(count, room)
    assert [index for band in found for index in range(band.first, band.last + 1)] == list(range(count))
    assert len(found) == min(count, room)


@pytest.mark.parametrize(
    ("kind", "values", "low", "high"),
    [
        (LOG, [3e-6, 2e-2, math.nan, 0.0], 1e-6, 1e-1),
        (LOG, [], 1.0, 10.0),
        (SHARE, [0.2], 0.0, 1.0),
        (SIGNED, [-0.03, 0.012], -0.05, 0.05),
        (SIGNED, [math.inf, 0.0], -1.0, 1.0),
    ],
)
def test_a_scale_has_round_limits(kind: str, values: list[float], low: float, high: float) -> None:
    scale = Range.of(kind, values)
    assert (scale.low, scale.high) == pytest.approx((low, high))
    assert scale.place(low) == 0
    assert scale.place(high) == 1
    assert scale.at(scale.place(math.sqrt(low * high) if kind == LOG else (low + high) / 2)) == pytest.approx(
        math.sqrt(low * high) if kind == LOG else (low + high) / 2
    )


def test_a_figure_that_is_no_number_is_not_averaged_away() -> None:
    assert math.isnan(mean(LOG, [1.0, math.inf]))
    assert mean(LOG, [1.0, 0.0]) == 0
    assert mean(SIGNED, [1.0, -3.0]) == -1


def test_the_run_under_way_is_shown_then_the_best_and_what_is_pointed_at_before_both() -> None:
    under_way = view_of(deep(), steps=15)
    assert run_shown(under_way, None).status is RunStatus.RUNNING
    view = view_of(deep())
    best = run_shown(view, None)
    assert best.records[-1].val_accuracy == max(state.records[-1].val_accuracy for state in view.snapshot.runs)
    assert run_shown(view, ("plain", 2)).spec.run == 2
    assert run_shown(view, ("plain", None)).spec.variant == "plain"
    assert next_run(view, ("plain", 2)) == ("hot", 3)
    assert next_run(view, ("found", 6)) == ("plain", 1)


def test_a_study_that_measures_nothing_says_how_to() -> None:
    study = own("silent", DEEP.replace("measure = true", "measure = false"))
    silent = view_of(study)
    assert run_shown(silent, None) is None
    assert "health.measure = true" in why_none(silent, None)


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
        await bench.pilot.press("down")
        await bench.until(lambda: " · hot, seed" in heat.plain, "the scenario under the cursor")
        await bench.pilot.press("g")
        await bench.until(lambda: " · hot, seed 2" in heat.plain or " · found, seed 1" in heat.plain, "the next run")
        heat.focus()
        await bench.pilot.press("left", "left", "up")
        record = heat._at()
        assert heat.cross.layer == 1
        assert f"epoch {record.epoch}, dense 2: gradient RMS" in heat.plain.splitlines()[0]
        await bench.pilot.press("escape")
        assert heat.cross is None
        await bench.pilot.hover(heat, offset=(heat._left + 1, 2))
        await bench.pilot.pause()
        assert heat.cross is not None
        assert heat.cross.epoch == 0


async def test_without_measures_the_tab_says_how(workbench: Open, own_preset: Callable[[str, str], Path]) -> None:
    own_preset("small.toml", SMALL)
    async with workbench() as bench:
        await bench.ready()
        await bench.pilot.press("6")
        await bench.until(lambda: "health.measure = true" in bench.app.query_one("#health").plain, "before any study")
        bench.app.presets.select("preset:own:small.toml")
        await bench.until(lambda: bench.app.configuration.form.order.study.name == "small", "the form")
        await bench.pilot.press("enter")
        await bench.until(lambda: bench.sessions and bench.app.stage.live, "training")
        bench.session.step()
        await bench.seen()
        assert "are not measured. health.measure = true" in bench.app.query_one("#health").plain.replace("\n", " ")
