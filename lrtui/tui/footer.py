"""The line at the bottom that says which keys work."""

from collections.abc import Sequence

from rich.style import Style
from rich.text import Text

from lrtui.tui.actions import Action
from lrtui.tui.diffed_lines import DiffedLines


class FooterBar(DiffedLines):
    """The keys that work now; each can be clicked."""

    DEFAULT_CSS = "FooterBar { height: 1; background: $panel; }"

    def __init__(self) -> None:
        super().__init__(id="footer")
        self._actions: Sequence[Action] = ()
        self._hint = ""

    def show_actions(self, actions: Sequence[Action], hint: str = "") -> None:
        """Show `actions`; `hint` comes first (what escape does in a text field)."""
        self._actions, self._hint = actions, hint
        self.redraw()

    def redraw(self) -> None:
        """Keep what ranks highest where there is no room for all."""
        width = self.size.width
        hint = f" {self._hint} " if self._hint else ""
        kept, used = set(), len(hint)
        for action in sorted(self._actions, key=lambda action: action.rank):
            used += len(action.shown) + len(action.title) + 3
            if used > width:
                break
            kept.add(action.name)
        line = Text()
        line.append(hint, self.skin.dim)
        for action in self._actions:
            if action.name in kept:
                click = Style(meta={"@click": f"app.{action.name}" if "(" in action.name else f"app.{action.name}()"})
                line.append(f" {action.shown}", Style.parse(self.skin.key) + click)
                line.append(f" {action.title} ", Style.parse(self.skin.text) + click)
        self.show([line])
