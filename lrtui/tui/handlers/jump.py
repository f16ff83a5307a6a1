"""The action of jumping: which keys lead where, as the screen stands."""

import itertools
from collections.abc import Iterator

from textual.app import App
from textual.geometry import Offset

from lrtui.tui.charts.pane import ChartsPane
from lrtui.tui.dialogs.jump import JumpScreen, Target
from lrtui.tui.navigation import Navigation
from lrtui.tui.tabs import PANES, PaneTabs

_LETTERS = ("p", "c", "h", "r")
"""Of the panes, in their order: presets, configuration, charts, results."""
_DIGITS = "1234567890"


class JumpActions:
    """Shows a key on every pane and tab."""

    def __init__(self, app: App[None], charts: ChartsPane, navigation: Navigation) -> None:
        self._app, self._charts, self._navigation = app, charts, navigation

    def action_jump(self) -> None:
        """Show the keys, and go where one leads."""

        async def go(action: str | None) -> None:
            if action is not None:
                await self._app.run_action(action)

        self._app.push_screen(JumpScreen([*self._panes(), *self._tabs()]), go)

    def _panes(self) -> Iterator[Target]:
        """Yield the panes: in a corner of each, or on its tab if one is shown at a time."""
        screen = self._app.screen_stack[0]
        tabs = screen.query_one(PaneTabs)
        for index, (name, key) in enumerate(zip(PANES, _LETTERS, strict=True)):
            if self._navigation.narrow:
                at = tabs.region.offset + Offset(tabs.left_of(index), 0)
            else:
                at = screen.query_one(f"#{name}").region.offset + Offset(1, 1)
            yield Target(key, at, f"show_pane({index})")

    def _tabs(self) -> Iterator[Target]:
        """Yield the tabs of the charts, if they are in sight."""
        region = self._charts.region
        if not region.width:
            return
        keys = itertools.chain(_DIGITS, "abdefgijklmnoqstuvwxyz")
        for index, (key, left) in enumerate(zip(keys, self._charts.lefts_of_tabs, strict=False)):
            if left + 3 < region.width:
                yield Target(key, region.offset + Offset(left, 0), f"tab({index})")
