"""A key on every pane and chart."""

import pytest

from lrtui.tui.dialogs.jump import JumpScreen
from tests.tui.conftest import NARROW, WIDE, Open


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["120x40", "80x24"])
async def test_a_key_is_shown_on_every_pane_and_goes_there(workbench: Open, size: tuple[int, int]) -> None:
    async with workbench(size) as bench:
        await bench.ready()
        focus = {"p": "presets", "c": "configuration", "h": "charts", "r": "results"}
        for key, pane in focus.items():
            await bench.pilot.press("J")
            await bench.until(lambda: isinstance(bench.app.screen, JumpScreen), "the keys are shown")
            await bench.pilot.pause()
            for shown in focus:
                assert f" {shown} " in bench.screen_text()
            await bench.pilot.press(key)
            await bench.until(lambda: not isinstance(bench.app.screen, JumpScreen), "they are put away")

            def there(pane: str = pane) -> bool:
                focused = bench.app.screen.focused
                return focused is not None and any(node.id == pane for node in focused.ancestors)

            await bench.until(there, f"the focus is in {pane}")


async def test_digits_lead_to_charts_and_escape_leads_nowhere(workbench: Open) -> None:
    async with workbench() as bench:
        await bench.ready()
        await bench.pilot.press("J", "8")
        await bench.until(lambda: bench.app.charts.tab is bench.app.charts.tabs[7], "the eighth chart")
        await bench.pilot.press("J")
        await bench.until(lambda: isinstance(bench.app.screen, JumpScreen), "the keys are shown")
        await bench.pilot.press("escape")
        await bench.until(lambda: not isinstance(bench.app.screen, JumpScreen), "they are put away")
        await bench.pilot.press("J", "question_mark")
        await bench.until(lambda: not isinstance(bench.app.screen, JumpScreen), "any other key puts them away")
        assert bench.app.charts.tab is bench.app.charts.tabs[7]
