"""The chart of two swept keys in the workbench."""

import pytest

from lrtui.tui.charts.pair_view import PairView
from lrtui.tui.charts.tabs.pair import Pairs
from tests.plots.test_pairs import GRID
from tests.tui.conftest import NARROW, WIDE, Open


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["120x40", "80x24"])
async def test_a_study_of_rates_and_batches_opens_with_its_map(
    workbench: Open, own_preset: object, size: tuple[int, int]
) -> None:
    own_preset("grid.toml", GRID)  # type: ignore[operator]
    async with workbench(size) as bench:
        await bench.ready()
        bench.app.presets.select("preset:own:grid.toml")
        await bench.until(
            lambda: bench.app.configuration.form.order and len(bench.app.configuration.form.order.study.runs) == 24
        )
        await bench.start()
        await bench.until(lambda: isinstance(bench.app.charts.tab, Pairs), "its map is in front")
        bench.session.play()
        await bench.seen()
        text = bench.app.query_one(PairView).plain
        assert "best" in text
        assert "✗" in text, "a rate of 10 diverges"
        before = text
        await bench.pilot.press("m")
        await bench.seen()
        assert bench.app.query_one(PairView).plain != before
        assert "•" not in bench.app.query_one(PairView).plain
        await bench.pilot.press("L")
        await bench.seen()
        assert "constant η/B" in bench.app.query_one(PairView).plain
        await bench.pilot.press("L")
        await bench.seen()
        assert "constant η/√B" in bench.app.query_one(PairView).plain
        bench.app.query_one(PairView).focus()
        await bench.pilot.press("right")
        await bench.seen()
        assert "mean of 2 runs" in bench.app.query_one(PairView).plain
        await bench.pilot.press("escape")
        await bench.seen()
        assert "mean of 2 runs" not in bench.app.query_one(PairView).plain


async def test_without_two_swept_keys_it_says_so(workbench: Open) -> None:
    async with workbench() as bench:
        await bench.start()
        await bench.pilot.press("9")
        await bench.seen()
        assert "takes two swept keys; this study sweeps only optim.lr" in bench.screen_text().replace("\n", " ")
        assert "lines" not in bench.app.footer.plain
