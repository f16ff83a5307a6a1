"""What became of a run: seven verdicts from its losses, robust to their scale.

Over the epochs e ≥ 1, V are the validation losses, T the training losses and H = ln(classes) is the loss of a network that
knows nothing. V_end and T_end are medians of the last 3 epochs; V_best, at epoch b, is the lowest centred 3-epoch median of
V, and T_best the same median of T at b. R = H − V_best is what was learned. Names in backquotes are keys of `[indicators]`.
"""

import math
import statistics
from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from itertools import pairwise

from lrtui.study.indicators import IndicatorConfig

RULES = "2026-11"
"""The version of these rules, as reports give it; studies saved before are judged by them when they are opened."""


class Verdict(str, Enum):
    """What became of a run: the first of these that holds."""

    DIVERGED = "diverged"
    """A loss was not finite, or T_end is above `diverged` (1.5) · H and above `diverged` times the lowest T, unless in fewer than
    `improving_epochs` (5) epochs V and T fell at every one."""
    STALLED = "stalled"
    """Neither V nor T was ever below `chance` (0.98) · H, or both ended there and neither was below `learned` (0.9) · H."""
    COLLAPSED = "collapsed"
    """V_end and T_end are at least `chance` · H after V or T was below `learned` · H, unless in a few epochs they only fell."""
    OVERFITTING = "overfitting"
    """T_end < T_best, and V_end is at least `chance` · H; or V_end is at least `overfitting` (1.15) · V_best, at least
    `overfitting_epochs` (5) epochs from b on, and Kendall's tau of V from b on is at least `overfitting_trend` (0.3)."""
    OSCILLATING = "oscillating"
    """In the `window` (10), V rose at least `oscillations` (2) times and fell as often, each step over `oscillating` (5 %) of R
    and of the lower of its two losses. If the learning rate moves within it, only its last `moving_window` (4) epochs count."""
    IMPROVING = "improving"
    """Fewer than `improving_epochs` (5) epochs, or the Theil–Sen fall over the window is over `improving` (1 %) of R and
    Kendall's tau at most −`improving_trend` (0.5)."""
    SETTLED = "settled"
    """Everything else."""

    @property
    def learned(self) -> bool:
        """Return whether the network knows something at the end."""
        return self not in FAILED


FAILED = (Verdict.DIVERGED, Verdict.COLLAPSED, Verdict.STALLED)
"""The verdicts of runs that know nothing at the end."""


@dataclass(frozen=True)
class Curve:
    """The losses of one run from epoch 1 on (at least one epoch), and what is judged by; nats."""

    val_losses: tuple[float, ...]
    train_losses: tuple[float, ...]
    rates: tuple[float, ...]
    """Learning rates, to know whether a schedule moves them."""
    chance: float
    """H, the loss of a network that knows nothing: ln of the number of classes."""
    config: IndicatorConfig

    @property
    def low(self) -> float:
        """Return the loss below which a network knows something."""
        return self.config.chance * self.chance

    @property
    def val_end(self) -> float:
        """Return V_end; NaN if one of the last three losses is."""
        return end(self.val_losses)

    @property
    def train_end(self) -> float:
        """Return T_end."""
        return end(self.train_losses)

    @cached_property
    def _only_falls(self) -> bool:
        """Return whether it is a short run whose losses fell at every epoch: it has neither diverged nor lost anything."""
        if len(self.val_losses) >= self.config.improving_epochs:
            return False
        return all(
            after < before for losses in (self.val_losses, self.train_losses) for before, after in pairwise(losses)
        )

    @cached_property
    def best(self) -> int:
        """Return the index (epoch b − 1) of the lowest centred median of V."""
        smooth = [_centred(self.val_losses, at) for at in range(len(self.val_losses))]
        return smooth.index(min(smooth))

    @property
    def val_best(self) -> float:
        """Return V_best."""
        return _centred(self.val_losses, self.best)

    @property
    def learned(self) -> float:
        """Return R, kept above zero."""
        return max(self.chance - self.val_best, 1e-12)

    @property
    def fall(self) -> float:
        """Return the Theil–Sen fall of V over the window as a share of R; negative if it rises."""
        window = self.val_losses[-self.config.window :]
        return -theil_sen(window) * (len(window) - 1) / self.learned

    @property
    def trend(self) -> float:
        """Return Kendall's tau of V in the window."""
        return kendall(self.val_losses[-self.config.window :])

    @property
    def trend_since_best(self) -> float:
        """Return Kendall's tau of V from b on."""
        return kendall(self.val_losses[self.best :])

    @property
    def swings(self) -> tuple[int, int]:
        """Return how many steps of V in the window are large, upwards and downwards."""
        rates = self.rates[-self.config.window :]
        steps = self.config.window if min(rates) == max(rates) else self.config.moving_window
        large = [
            after - before
            for before, after in pairwise(self.val_losses[-steps - 1 :])
            if abs(after - before) > self.config.oscillating * max(self.learned, min(before, after))
        ]
        return sum(step > 0 for step in large), sum(step < 0 for step in large)

    @property
    def diverged_at(self) -> int | None:
        """Return the first epoch with a loss that is not finite; else that from which the training loss stayed too high."""
        for epoch, losses in enumerate(zip(self.val_losses, self.train_losses, strict=True), start=1):
            if not all(map(math.isfinite, losses)):
                return epoch
        limit = self.config.diverged * max(self.chance, min(self.train_losses))
        if not self.train_end > limit or self._only_falls:
            return None
        since = max(epoch for epoch, loss in enumerate(self.train_losses, start=1) if loss > limit)
        while since > 1 and self.train_losses[since - 2] > limit:
            since -= 1
        return since

    def verdict(self) -> Verdict:
        """Return what became of the run."""
        lowest = min(*self.val_losses, *self.train_losses)
        if self.diverged_at is not None:
            return Verdict.DIVERGED
        if lowest >= self.low:
            return Verdict.STALLED
        if min(self.val_end, self.train_end) >= self.low:
            lost = Verdict.IMPROVING if self._only_falls else Verdict.COLLAPSED
            return lost if lowest < self.config.learned * self.chance else Verdict.STALLED
        if self._overfits():
            return Verdict.OVERFITTING
        if min(self.swings) >= self.config.oscillations:
            return Verdict.OSCILLATING
        if len(self.val_losses) < self.config.improving_epochs:
            return Verdict.IMPROVING
        falls = self.fall > self.config.improving and self.trend <= -self.config.improving_trend
        return Verdict.IMPROVING if falls else Verdict.SETTLED

    def settling_epoch(self) -> int:
        """Return the first epoch from which V stays within `settled` (2 %) of R of the median of the last 5.

        The last epoch itself may be off.
        """
        around = statistics.median(self.val_losses[-self.config.settled_epochs :])
        band = self.config.settled * self.learned
        before = list(enumerate(self.val_losses[:-1], start=1))
        return 1 + max((epoch for epoch, loss in before if not abs(loss - around) <= band), default=0)

    def _overfits(self) -> bool:
        if not self.train_end < _centred(self.train_losses, self.best):
            return False
        config = self.config
        return self.val_end >= self.low or (
            len(self.val_losses) - self.best >= config.overfitting_epochs
            and self.val_end >= config.overfitting * self.val_best
            and self.trend_since_best >= config.overfitting_trend
        )


def end(losses: Sequence[float]) -> float:
    """Return the median of the last three losses; NaN if one of them is."""
    last = losses[-3:]
    return math.nan if any(map(math.isnan, last)) else statistics.median(last)


def kendall(values: Sequence[float]) -> float:
    """Return Kendall's tau (a) of a series against time: 1 if it rises at every step, −1 if it falls; 0 of one value."""
    earlier: list[float] = []
    balance = 0
    for value in values:
        balance += bisect_left(earlier, value) - (len(earlier) - bisect_right(earlier, value))
        insort(earlier, value)
    pairs = len(values) * (len(values) - 1) / 2
    return balance / pairs if pairs else 0.0


def theil_sen(values: Sequence[float]) -> float:
    """Return the median slope between any two values of a series, per step; 0 of one value."""
    slopes = [
        (later - earlier) / distance
        for at, earlier in enumerate(values)
        for distance, later in enumerate(values[at + 1 :], start=1)
    ]
    return statistics.median(slopes) if slopes else 0.0


def _centred(losses: Sequence[float], at: int) -> float:
    """Return the median of three losses, the middle one at index `at`; of two at either end."""
    return statistics.median(losses[max(0, at - 1) : at + 2])
