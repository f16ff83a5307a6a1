"""Every key and what it does, from the list of actions."""

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from lrtui.tui.actions import EXTRA_HELP, Action
from lrtui.tui.diffed_lines import DiffedLines
from lrtui.tui.signs import AHEAD, ALIKE, EARLY, LOWEST_LOSS, RUN_SIGNS, VERDICT_SIGNS, WON, wrap
from lrtui.tui.situation import Situation


class HelpLines(DiffedLines, can_focus=True):
    """The text, as wide as there is room."""

    def __init__(self, now: Situation, actions: Sequence[Action]) -> None:
        super().__init__(id="help-lines")
        self._now, self._actions = now, actions

    def redraw(self) -> None:
        """Lay the text out."""
        skin = self.skin
        lines = []
        sections = list(dict.fromkeys(action.section for action in self._actions))
        for section in sections:
            lines += [Text(section, f"bold {skin.text}".strip())]
            entries = [
                (action.shown, action.help, action.works(self._now))
                for action in self._actions
                if action.section == section
            ]
            entries += [(key, text, True) for where, key, text in EXTRA_HELP if where == section]
            for key, text, works in entries:
                for index, part in enumerate(wrap(text, self.size.width - 10)):
                    line = Text()
                    line.append(f"  {key if index == 0 else '':<6}", skin.key if works else skin.dim)
                    line.append(part, skin.text if works else skin.dim)
                    lines.append(line)
            lines.append(Text())
        lines.append(Text("Signs", f"bold {skin.text}".strip()))
        for sign in (*RUN_SIGNS.values(), *VERDICT_SIGNS.values(), EARLY, WON, AHEAD, ALIKE, LOWEST_LOSS):
            line = Text()
            line.append(f"  {sign.symbol:<6}", getattr(skin, sign.style))
            line.append(sign.word, skin.text)
            lines.append(line)
        lines.append(Text())
        lines.append(Text("Keys shown dim do nothing just now.", skin.dim))
        self.show(lines)


class HelpScreen(ModalScreen[None]):
    """The help."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,question_mark", "dismiss", "Close")]

    def __init__(self, now: Situation, actions: Sequence[Action]) -> None:
        super().__init__()
        self._now, self._actions = now, actions

    def compose(self) -> ComposeResult:
        """One scrollable text."""
        with Vertical(classes="dialog wide") as box:
            box.border_title = "Keys"
            box.border_subtitle = "esc closes · ↑ ↓ scroll"
            yield HelpLines(self._now, self._actions)

    def on_mount(self) -> None:
        """Ready to be scrolled."""
        self.query_one(HelpLines).focus()
