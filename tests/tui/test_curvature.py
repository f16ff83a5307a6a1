"""The critical rate and the gradient's noise on the tab of schedules, and the line in the results."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tui.conftest import NARROW, WIDE, Open
from tests.tui.studies import DEEP

MEASURED = DEEP.replace("[health]", "[curvature]")


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_by_key_where_it_is_measured(
    workbench: Open, own_preset: Callable[[str, str], Path], size: tuple[int, int]
) -> None:
    own_preset("deep.toml", MEASURED)
    async with workbench(size) as bench:
        await bench.ready()
        bench.app.presets.select("preset:own:deep.toml")
        await bench.until(lambda: bench.app.configuration.form.order.study.name == "deep", "the form")
        await bench.pilot.press("enter")
        await bench.until(lambda: bench.sessions and bench.app.stage.live, "training")
        for _ in range(20):
            bench.session.step()
        await bench.pilot.press("8", "m", "m")
        plot = bench.app.query_one("#plot")
        await bench.until(lambda: "critical rate (in use faded, 2/λ dots)" in plot.plain, "while it trains")
        assert "what the loss can take" in " ".join(plot.plain.split())
        bench.session.play()
        await bench.until(lambda: not bench.app.stage.training, "the end")
        await bench.until(lambda: "critical rate" in plot.plain, "after it")
        await bench.pilot.press("m")
        await bench.until(lambda: "gradient noise scale" in plot.plain, "noise")
        await bench.pilot.press("m")
        await bench.until(lambda: "learning rate" in plot.plain, "round again")
        assert "The rate is up to" in bench.app.results.sentence


async def test_where_it_is_not_measured_there_are_rate_and_momentum(
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
        await bench.pilot.press("8", "m")
        plot = bench.app.query_one("#plot")
        await bench.until(lambda: "momentum (β" in plot.plain, "momentum")
        await bench.pilot.press("m")
        await bench.until(lambda: "learning rate" in plot.plain, "rate")
