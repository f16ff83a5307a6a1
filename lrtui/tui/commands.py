"""The command palette: every action that applies now, from the one list."""

from collections.abc import Coroutine
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider

from lrtui.tui.actions import Action

if TYPE_CHECKING:
    from lrtui.tui.app import LrtuiApp


class ActionProvider(Provider):
    """Offers the actions of the app, each with its key."""

    @property
    def _now(self) -> list[Action]:
        app = cast("LrtuiApp", self.app)
        situation = app.situation
        return [action for action in app.actions if action.works(situation) and action.name != "command_palette"]

    async def discover(self) -> Hits:
        """Offer everything while nothing is typed."""
        for action in self._now:
            yield DiscoveryHit(f"{action.title}  ({action.shown})", self._run(action), help=action.help)

    async def search(self, query: str) -> Hits:
        """Offer what matches."""
        matcher = self.matcher(query)
        for action in self._now:
            score = max(matcher.match(action.title), matcher.match(action.help) * 0.8)
            if score > 0:
                yield Hit(
                    score,
                    matcher.highlight(action.title),
                    self._run(action),
                    text=action.title,
                    help=f"{action.shown}  {action.help}",
                )

    def _run(self, action: Action) -> partial[Coroutine[None, None, bool]]:
        return partial(self.app.run_action, action.name)
