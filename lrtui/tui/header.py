"""The line at the top that says how the study stands."""

import datetime as dt
from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from lrtui.plots.view import View
from lrtui.study.records import RunStatus, StudyStatus
from lrtui.study.states import RunState
from lrtui.study.words import words
from lrtui.text import count, format_duration, literal
from lrtui.tui import signs
from lrtui.tui.bound import key_of
from lrtui.tui.diffed_lines import DiffedLines

_SHORTEST_NAME = 12
"""A study's name is shortened to so many cells before anything else gives way."""
_TELLING_NAME = 20
"""A longer name is shortened to so many cells before there is nothing said of the machine."""
_LONGEST_LEADING = 36
"""Who leads is told where it takes no more cells: of many pairs, the table tells it."""


class HeaderBar(DiffedLines):
    """lrtui, the study, its state, the device and its speed, how far it is."""

    DEFAULT_CSS = "HeaderBar { height: 1; background: $panel; }"

    def __init__(self) -> None:
        super().__init__(id="header")
        self._view: View | None = None
        self._preparing = ""
        self._saving = False
        self._as_of: dt.datetime | None = None
        self._attached = self._leading = ""
        self._queued = 0

    def show_view(
        self,
        view: View | None,
        preparing: str = "",
        *,
        saving: bool = False,
        as_of: dt.datetime | None = None,
        attached: str = "",
        leading: str = "",
        queued: int = 0,
    ) -> None:
        """Show how `view` stands; `preparing` names a study that is not yet there, `saving` says that one leaves.

        `as_of` is when a study that another process trains was read: its picture is of that moment. `attached` says how it
        is looked at while it goes on, `leading` who won or leads; `queued` studies are trained next.
        """
        self._view, self._preparing, self._saving, self._as_of = view, preparing, saving, as_of
        self._queued = queued
        self._attached, self._leading = attached, leading if cell_len(leading) <= _LONGEST_LEADING else ""
        self.redraw()

    def redraw(self) -> None:
        """Lay the parts out; where there is no room the name is shortened, then the least telling is dropped."""
        (name, style), *states = self._left()
        right = self._right()
        width = self.size.width
        used = len(" lrtui ") + sum(cell_len(text) + 2 for text, _ in states)
        right = self._with_resources(right, width - used - min(cell_len(name), _TELLING_NAME) - 4)
        while right and used + _SHORTEST_NAME + len(_joined(right)) + 2 > width:
            right.pop(0)
        line = Text()
        line.append(" lrtui ", f"bold {self.skin.accent}")
        line.append(f" {_shortened(name, width - used - len(_joined(right)) - 4)} ", style)
        for text, look in states:
            line.append(f" {text} ", look)
        text = _joined(right)
        line.append(" " * max(0, width - line.cell_len - len(text) - 1))
        line.append(text, self.skin.text)
        line.truncate(width)
        self.show([line])

    def _left(self) -> list[tuple[str, str]]:
        """Return the study's name and, after it, how it stands; each with its style."""
        skin, view = self.skin, self._view
        strong = f"bold {skin.text}".strip()
        if self._preparing:
            sign = signs.STUDY_SIGNS[StudyStatus.PREPARING]
            return [(literal(self._preparing), strong), (f"{sign.text}…", skin.accent)]
        if view is None:
            return [("no study yet: choose a preset, press enter", skin.dim)]
        status = view.snapshot.status
        sign = signs.STUDY_SIGNS[StudyStatus.SAVING if self._saving and view.live else status]
        state = (sign.text, f"bold {getattr(skin, sign.style)}")
        advised = (
            [(f"⚠ {len(view.study.advice)} {key_of('remarks', self.app)}", skin.warn)] if view.study.advice else []
        )
        if view.finder:
            state = (f"range test {sign.text}" if view.live else f"{sign.text} · range test", state[1])
        if self._attached and view.path is not None:
            return [(literal(view.path.name), strong), (self._attached, skin.warn), state, *advised]
        if view.saved is None:
            return [(literal(view.study.name), strong), state, *advised]
        if self._as_of is not None:
            return [(literal(view.saved.id), strong), (f"as of {self._as_of:%H:%M:%S}", skin.warn), state]
        started = f"saved {view.saved.started.astimezone():%Y-%m-%d %H:%M}"
        return [(literal(view.saved.id), strong), (started, skin.warn), state]

    def _with_resources(self, right: list[str], room: int) -> list[str]:
        """Return `right` and before it what is in use of the machine, in as many words as leave the rest whole."""
        snapshot = self._view.snapshot if self._view is not None and self._view.live else None
        if not right or snapshot is None or snapshot.resources is None:
            return right
        kind = f"{snapshot.device} · "
        for text in snapshot.resources.texts:
            told = text.startswith("cpu") if snapshot.device == "cpu" else bool(snapshot.resources.gpus)
            with_it = [text, right[0].removeprefix(kind) if told else right[0], *right[1:]]
            if cell_len(_joined(with_it)) <= room:
                return with_it
        return right

    def _right(self) -> list[str]:
        """Return device, progress and time, the least telling first."""
        view = self._view
        if self._preparing or view is None:
            return []
        snapshot = view.snapshot
        device = " · ".join(
            part
            for part in (
                literal(snapshot.device),
                "stack" if snapshot.engine == "stack" else "",
                count(snapshot.lanes, "lane") if snapshot.device else "",
                signs.rate_of_images(snapshot.images_per_second, view.study.words.speed) if view.live else "",
            )
            if part
        )
        running = snapshot.running
        total = snapshot.runs_total
        of = "of ≤" if snapshot.most is not None and not snapshot.status.ended else "of"
        known = sum(bool(state.reused_from) for state in snapshot.runs)
        queued = f"{self._queued} queued Q" if self._queued else ""
        right = [device, queued, f"{known} known {signs.REUSED.symbol}" if known else ""]
        if view.live and running:
            first = running[0]
            right.append(f"run {snapshot.runs_ended + len(running)} {of} {total}")
            right.append(_how_far(first))
            if snapshot.seconds_left is not None and not view.finder:
                early = any(
                    state.spec.config.early_stopping.patience for state in snapshot.runs if not state.status.ended
                )
                right.append(f"{'≤ ' if early else ''}{signs.time_left(snapshot.seconds_left)} left")
        else:
            done = sum(state.status is RunStatus.DONE for state in snapshot.runs)
            right.append(f"{done} of {count(total, 'test' if view.finder else 'run')} done")
            if snapshot.elapsed and snapshot.status.ended:
                right.append(format_duration(snapshot.elapsed))
            if self._leading:
                right.append(self._leading)
        return [part for part in right if part]


def _how_far(state: RunState) -> str:
    """Return the epoch of a run under way, or the step of its range test."""
    if state.searching:
        return f"finding a rate {state.search_step}/{state.search_steps}"
    step = f" · step {state.step}/{state.steps_per_epoch}" if state.step and not state.epochs_done else ""
    if state.evaluated and not state.records:
        step = f" · {words([state.spec.config]).row} {state.evaluated}/{state.to_evaluate}"
    return f"epoch {state.epochs_done}/{state.spec.epochs}{step}"


def _shortened(text: str, width: int) -> str:
    """Return `text` in at most `width` cells, `…` for what is left out of its middle."""
    if cell_len(text) <= width:
        return text
    room = max(_SHORTEST_NAME, width) - 1
    end = set_cell_size(text[::-1], room // 3)[::-1]
    return f"{set_cell_size(text, room - room // 3)}…{end}"


def _joined(parts: Sequence[str]) -> str:
    return " · ".join(parts)
