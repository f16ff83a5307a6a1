"""What `lrtui run` shows on standard error: a line per lane and a study bar, or plain lines without a terminal."""

import math
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType

from rich.cells import cell_len
from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from lrtui.study.records import RunStatus
from lrtui.study.reused import continued_lines, reused_sentence
from lrtui.study.states import BoardSnapshot, RunState
from lrtui.study.words import words
from lrtui.terminal import Terminal, occupy
from lrtui.text import count, format_count, format_duration, literal, short_rate, shown_number, shown_rate

_MOST_LINES = 12
"""Runs under way that have a line each."""


class _Console(Console):
    """Standard error. A reader that went away is an OSError, as everywhere: rich would end the program."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


class Progress:
    """Live on a terminal; one line per ended run elsewhere; nothing when quiet, or when nobody can see it any more."""

    def __init__(self, terminal: Terminal, *, quiet: bool) -> None:
        self._terminal = terminal
        self._console = _Console(stderr=True, quiet=quiet, highlight=False)
        self._live = Live(console=self._console, auto_refresh=False, transient=True)
        self._interactive = self._console.is_terminal and not quiet
        self._reported: set[int] = set()
        self._arrived = -1
        """Megabytes of a download, as they were shown last."""

    def __enter__(self) -> "Progress":
        if self._interactive:
            with self._shown():
                self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._shown():
            if self._interactive:
                self._live.stop()
            sys.stderr.flush()

    def say(self, text: str) -> None:
        """Show what is being prepared."""
        with self._shown():
            if self._interactive:
                self._live.update(Text(text), refresh=True)
            else:
                self._console.print(Text(text))

    def arriving(self, file: str, arrived: int, expected: int | None) -> None:
        """Show how much of a file has been downloaded; without a terminal only that it is being downloaded."""
        if self._interactive and arrived >> 20 != self._arrived:
            self._arrived = arrived >> 20
            of = f" of {expected / 1e6:.0f}" if expected else ""
            self.say(f"downloading {literal(file)}: {arrived / 1e6:.0f}{of} MB")
        elif not self._interactive and not arrived:
            self.say(f"downloading {literal(file)}")

    def note(self, text: str) -> None:
        """Say something that stays."""
        with self._shown():
            self._console.print(Text(literal(text), "yellow"), soft_wrap=not self._interactive)

    def begin(self, snapshot: BoardSnapshot, over: Iterable[int] = ()) -> None:
        """Say which runs need no training; they have no line of their own, nor have those that were `over` before."""
        self._reported |= {state.spec.run for state in snapshot.runs if state.reused_from} | {*over}
        continued = {state.spec.run: (state.continued_from, state.epochs_done) for state in snapshot.runs}
        lines = [reused_sentence(state.reused_from for state in snapshot.runs), *continued_lines(continued)]
        with self._shown():
            for line in filter(None, lines):
                self._console.print(Text(literal(line)), soft_wrap=not self._interactive)

    def bell(self) -> None:
        """Ring the terminal's bell, if there is one."""
        if self._interactive and not self._console.quiet:
            with self._shown():
                self._console.bell()

    def update(self, snapshot: BoardSnapshot) -> None:
        """Show the study as it stands."""
        if self._console.quiet:
            return
        with self._shown():
            new = [state for state in snapshot.runs if self._is_news(state)]
            for ended, state in enumerate(new, snapshot.runs_ended - len(new) + 1):
                self._reported.add(state.spec.run)
                self._console.print(
                    _ended_line(state, ended, snapshot.runs_total),
                    soft_wrap=not self._interactive,
                    no_wrap=self._interactive,
                    overflow="ellipsis" if self._interactive else None,
                )
            if self._interactive:
                self._live.update(_picture(snapshot, self._console.width), refresh=True)

    def _is_news(self, state: RunState) -> bool:
        told = bool(state.records or state.finder)
        return state.status.ended and told and state.spec.run not in self._reported

    @contextmanager
    def _shown(self) -> Iterator[None]:
        """What cannot be shown is not shown, then and from then on: no reason to end anything."""
        try:
            with self._terminal.writing():
                yield
        except OSError:
            self._give_up()
        if self._terminal.gone and not self._console.quiet:
            self._give_up()

    def _give_up(self) -> None:
        self._console.quiet = True
        if self._interactive:
            self._terminal.let_go()
        with suppress(OSError, ValueError):  # a stream without a descriptor
            occupy(sys.__stderr__.fileno() if sys.__stderr__ is not None else 2, os.O_WRONLY)


def _ended_line(state: RunState, ended: int, total: int) -> Text:
    """Return what became of a run: it is the `ended`-th to end, whichever number it has."""
    if not state.records:
        return _searched_line(state, ended, total)
    spec, last = state.spec, state.records[-1]
    kept = state.outcome.kept_epoch if state.outcome else last.epoch
    if kept != last.epoch:
        last = next(record for record in state.records if record.epoch == kept)
    return Text(
        f"{_count(state, ended, total)}  {spec.scenario}  seed {spec.seed}  {state.status.value}  "
        f"epoch {_epochs(state)}  {_score(state)} {_accuracy(last.val_accuracy)}  loss {_loss(last.val_loss)}  "
        f"{state.seconds:.1f} s",
        style="" if state.status is RunStatus.DONE else "yellow",
    )


def _count(state: RunState, ended: int, total: int) -> str:
    """Return how many runs have ended by now, and which this one is: `3 of 8 done · run 5`."""
    width = len(str(total))
    return f"{ended:>{width}} of {total} done · run {state.spec.run:<{width}}"


def _searched_line(state: RunState, ended: int, total: int) -> Text:
    """Return what a run's range test came to if it trained nothing."""
    spec = state.spec
    lr = state.finder.chosen if state.finder else None
    return Text(
        f"{_count(state, ended, total)}  {spec.scenario}  seed {spec.seed}  {state.status.value}  "
        + (f"lr {short_rate(lr)}" if lr is not None else "no rate found"),
        style="" if state.status is RunStatus.DONE else "yellow",
    )


def _epochs(state: RunState) -> str:
    """Return how far the run came: `30/30`, or `37/100 stopped early, kept 27`."""
    text = f"{state.epochs_done}/{state.spec.epochs}"
    if state.outcome is None:
        return text
    early = " stopped early" if state.outcome.stopped_early else ""
    kept = f", kept {state.outcome.kept_epoch}" if state.outcome.kept_epoch != state.epochs_done else ""
    return f"{text}{early}{kept}"


def _picture(snapshot: BoardSnapshot, width: int) -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    grid.add_column(width=max(6, width // 6))
    grid.add_column(no_wrap=True, justify="right")
    shown, more = snapshot.running[:_MOST_LINES], len(snapshot.running) - _MOST_LINES
    figures = [_lane_figures(state) for state in shown]
    for state, text in zip(shown, figures, strict=True):
        grid.add_row(_lane_label(state), _epoch_bar(state), text)
    if more > 0:  # a stack, or many lanes
        grid.add_row(Text(f"… and {count(more, 'more run')}"), Text(), Text())
    done = sum(_fraction(state) for state in snapshot.own)
    total = snapshot.runs_total
    most = "at most " if snapshot.most is not None else ""
    left = "" if snapshot.seconds_left is None else f"{format_duration(snapshot.seconds_left)} left"
    speed = f"{format_count(snapshot.images_per_second)} {_unit(snapshot)}" if snapshot.images_per_second else ""
    texts = snapshot.resources.texts if snapshot.resources is not None and not snapshot.status.ended else ()
    widest = max(width // 2, *(told.cell_len for told in figures), 0)
    for used in (*texts, ""):
        pace = "  ".join(part for part in (used, speed, left) if part)
        if cell_len(pace) <= widest:
            break
    grid.add_row(
        Text(f"{snapshot.runs_ended} of {most}{count(total, 'run')}, {snapshot.status.value}", style="bold"),
        ProgressBar(total=total, completed=done),
        Text(pace, style="bold"),
    )
    grid.width = width
    return grid


def _lane_label(state: RunState) -> Text:
    """Return variant or rate, and seed, first: with little room they are what tells the lanes apart."""
    spec = state.spec
    where = f"  @ {state.node}" if state.node else ""
    if spec.variant:
        return Text(f"{spec.scenario} seed {spec.seed}{where}")
    rate = "find" if math.isnan(spec.lr) else shown_rate(spec.lr)
    return Text(f"{rate} seed {spec.seed}  {spec.model} {spec.dataset} {spec.optimizer}{where}")


def _epoch_bar(state: RunState) -> ProgressBar:
    if state.searching:
        return ProgressBar(total=state.search_steps, completed=state.search_step)
    return ProgressBar(total=1.0, completed=_fraction(state))


def _lane_figures(state: RunState) -> Text:
    if not state.steps_per_epoch:
        return Text("loading")
    if state.searching and state.finder is not None:
        step = f"step {state.search_step}/{state.search_steps}"
        if not state.finder.points:
            return Text(step)
        last_point = state.finder.points[-1]
        lr = shown_rate(last_point.lr, 2)
        return Text(f"{step}  lr {lr}  loss {_loss(last_point.smoothed)}")
    epoch = f"epoch {state.epochs_done}/{state.spec.epochs}"
    if state.step:
        width = len(str(state.steps_per_epoch))
        epoch += f"  step {state.step:>{width}}/{state.steps_per_epoch}"
    if not state.records:
        counted = f"  {words([state.spec.config]).row} {state.evaluated}/{state.to_evaluate}" if state.evaluated else ""
        return Text(f"measuring epoch 0{counted}")
    last = state.records[-1]
    return Text(f"{epoch}  {_score(state)} {_accuracy(last.val_accuracy, 5)}  loss {_loss(last.val_loss)}")


def _unit(snapshot: BoardSnapshot) -> str:
    return words([snapshot.runs[0].spec.config]).speed


def _score(state: RunState) -> str:
    return words([state.spec.config]).short


def _accuracy(percent: float | None, width: int = 0) -> str:
    return "–" if percent is None or math.isnan(percent) else f"{percent:{width}.2f} %"


def _loss(value: float) -> str:
    return f"{value:.4f}" if abs(value) < 1e4 else shown_number(value, 3)


def _fraction(state: RunState) -> float:
    if state.status.ended:
        return 1.0
    if state.searching and not state.records:
        return 0.0
    within = state.step / state.steps_per_epoch if state.steps_per_epoch else 0.0
    return min(1.0, (state.epochs_done + within) / state.spec.epochs)
