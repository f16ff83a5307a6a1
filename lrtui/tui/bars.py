"""The line at the top that says how the study stands, and the line at the bottom that says which keys work."""

from collections.abc import Sequence

from rich.style import Style
from rich.text import Text

from lrtui.study.records import RunStatus
from lrtui.text import literal
from lrtui.tui import words
from lrtui.tui.actions import Action
from lrtui.tui.lines import Lines
from lrtui.tui.view import View


class HeaderBar(Lines):
    """lrtui, the study, its state, the device and its speed, how far it is."""

    DEFAULT_CSS = "HeaderBar { height: 1; background: $panel; }"

    def __init__(self) -> None:
        super().__init__(id="header")
        self._view: View | None = None
        self._preparing = ""

    def show_view(self, view: View | None, preparing: str = "") -> None:
        """Show how `view` stands; `preparing` names a study that is not yet there."""
        self._view, self._preparing = view, preparing
        self.redraw()

    def redraw(self) -> None:
        """Lay the parts out, dropping the least telling where there is no room."""
        parts = self._parts()
        width = self.size.width
        line = Text()
        line.append(" lrtui ", f"bold {self.skin.accent}")
        for text, style in parts[0]:
            line.append(f" {text} ", style)
        right = list(parts[1])
        while right and line.cell_len + len(_joined(right)) + 2 > width:
            right.pop(0)
        text = _joined(right)
        line.append(" " * max(0, width - line.cell_len - len(text) - 1))
        line.append(text, self.skin.text)
        line.truncate(width)
        self.show([line])

    def _parts(self) -> tuple[list[tuple[str, str]], list[str]]:
        skin, view = self.skin, self._view
        if self._preparing:
            sign = words.STUDY_SIGNS[_PREPARING]
            return [(literal(self._preparing), f"bold {skin.text}".strip()), (f"{sign.text}…", skin.accent)], []
        if view is None:
            return [("no study yet: choose a preset, press enter", skin.dim)], []
        snapshot = view.snapshot
        sign = words.STUDY_SIGNS[snapshot.status]
        left = [
            (literal(view.saved.id if view.saved else view.study.name), f"bold {skin.text}".strip()),
            (sign.text, f"bold {getattr(skin, sign.style)}"),
        ]
        if view.saved is not None:
            left.insert(1, (f"saved {view.saved.started.astimezone():%Y-%m-%d %H:%M}", skin.warn))
        device = " · ".join(
            part
            for part in (
                literal(snapshot.device),
                words.count(snapshot.lanes, "lane") if snapshot.device else "",
                words.rate_of_images(snapshot.images_per_second) if view.live else "",
            )
            if part
        )
        running = snapshot.running
        total = len(snapshot.runs)
        right = [device]
        if view.live and running:
            first = running[0]
            right.append(f"run {snapshot.runs_ended + len(running)} of {total}")
            right.append(f"epoch {first.epochs_done}/{first.spec.epochs}")
            if snapshot.seconds_left is not None:
                right.append(f"{words.time_left(snapshot.seconds_left)} left")
        else:
            done = sum(state.status is RunStatus.DONE for state in snapshot.runs)
            right.append(f"{done} of {total} runs done")
            if snapshot.elapsed and snapshot.status.ended:
                right.append(words.duration(snapshot.elapsed))
        return left, [part for part in right if part]


_PREPARING = next(iter(words.STUDY_SIGNS))


def _joined(parts: Sequence[str]) -> str:
    return " · ".join(parts)


class FooterBar(Lines):
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
