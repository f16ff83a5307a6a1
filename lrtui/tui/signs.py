"""States, times and numbers in the words and widths the screen uses."""

import textwrap
from dataclasses import dataclass

from lrtui.plots.series import LOWEST
from lrtui.plots.terminal import BRAILLE
from lrtui.study.records import RunStatus, StudyStatus


@dataclass(frozen=True)
class Sign:
    """A state: a symbol and a word (so that colour is never needed), and which style of the skin it has."""

    symbol: str
    word: str
    style: str

    @property
    def text(self) -> str:
        """Return both."""
        return f"{self.symbol} {self.word}"


RUN_SIGNS = {
    RunStatus.WAITING: Sign("·", "waiting", "dim"),
    RunStatus.RUNNING: Sign("▸", "running", "accent"),
    RunStatus.DONE: Sign("✓", "done", "good"),
    RunStatus.STOPPED: Sign("■", "stopped", "warn"),
    RunStatus.SKIPPED: Sign("»", "skipped", "warn"),
    RunStatus.FAILED: Sign("!", "failed", "bad"),
    RunStatus.INTERRUPTED: Sign("!", "interrupted", "bad"),
    RunStatus.ELSEWHERE: Sign("⇢", "elsewhere", "dim"),
    RunStatus.UNTRIED: Sign(" ", "untried", "dim"),
}
STUDY_SIGNS = {
    StudyStatus.PREPARING: Sign("…", "preparing", "accent"),
    StudyStatus.RUNNING: Sign("▸", "running", "accent"),
    StudyStatus.STOPPING: Sign("■", "stopping", "warn"),
    StudyStatus.SAVING: Sign("▸", "saving", "accent"),
    StudyStatus.DONE: Sign("✓", "done", "good"),
    StudyStatus.STOPPED: Sign("■", "stopped", "warn"),
    StudyStatus.FAILED: Sign("!", "failed", "bad"),
    StudyStatus.INTERRUPTED: Sign("!", "interrupted", "bad"),
}
VERDICT_SIGNS = {
    "settled": Sign("✓", "settled", "good"),
    "improving": Sign("↗", "improving", "accent"),
    "oscillating": Sign("~", "oscillating", "warn"),
    "overfitting": Sign("∪", "overfitting", "warn"),
    "collapsed": Sign("↓", "collapsed", "bad"),
    "stalled": Sign("–", "stalled", "warn"),
    "diverged": Sign("✗", "diverged", "bad"),
}


WON = Sign("★", "won: its score differs from that of each rival", "good")
AHEAD = Sign("☆", "so far ahead of all that is finished", "good")
ALIKE = Sign("≈", "cannot be told from the best", "accent")
LOWEST_LOSS = Sign(BRAILLE.best, f"{LOWEST}, in the legend of a chart", "good")
REUSED = Sign("↺", "taken over from another study", "dim")
HIDDEN = Sign("◌", "its curves are hidden", "dim")
EARLY = Sign("⊣", "stopped early: nothing had improved for a while", "good")


def time_left(seconds: float) -> str:
    """Return a coarse time, so that it does not change at every look: `1 h 20 m`, `12 m`, `40 s`."""
    if seconds >= 3600:
        return f"{int(seconds // 3600)} h {int(seconds % 3600 // 60):02} m"
    if seconds >= 120:
        return f"{round(seconds / 60)} m"
    if seconds >= 10:
        return f"{round(seconds / 10) * 10} s"
    return "a few s"


def rate_of_images(per_second: float, unit: str = "img/s") -> str:
    """Return images per second with two figures: `118k img/s` would change too often, so `120k img/s`."""
    if per_second <= 0:
        return ""
    rounded = float(f"{per_second:.2g}")
    thousands = rounded / 1000
    if thousands < 1:
        return f"{rounded:g} {unit}"
    return f"{thousands:.0f}k {unit}" if thousands >= 10 else f"{thousands:g}k {unit}"


def mean_sd(mean: float | None, sd: float | None) -> str:
    """Return `96.02 ± 0.31`; the places of the deviation stay free where there is none."""
    if mean is None:
        return "–" + " " * 8
    return f"{mean:.2f} ± {sd:<5.2f}"[:13] if sd is not None else f"{mean:.2f}" + " " * 8


def wrap(text: str, width: int) -> list[str]:
    """Return `text` in lines of at most `width`; a name with hyphens and a figure with its unit or ± stay whole."""
    kept = text.replace(" ± ", "\u00a0±\u00a0").replace(" %", "\u00a0%").replace("p = ", "p\u00a0=\u00a0")
    lines = textwrap.wrap(kept, max(8, width), break_on_hyphens=False) or [""]
    return [line.replace("\u00a0", " ") for line in lines]
