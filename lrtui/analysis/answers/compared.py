"""Two arms of exercise 8 beside each other by one figure: what came out, in figures and in words."""

import statistics
from collections.abc import Callable
from dataclasses import dataclass

from lrtui.analysis.answers.arms import Arm, LackingError
from lrtui.analysis.answers.caveats import ERRORS, uneven
from lrtui.analysis.answers.columns import test_accuracy
from lrtui.analysis.answers.evidence import Figure, known
from lrtui.analysis.answers.families import Family, Member
from lrtui.analysis.answers.stat import Stat, order, standard_errors
from lrtui.analysis.verdicts import FAILED

BELOW, ALIKE, ABOVE = -1, 0, 1
"""How one part stands to another by a figure, as `stat.order` has it."""
TEST = "test accuracy"


@dataclass(frozen=True)
class Aspect:
    """A figure by which parts are compared, and how the outcome is put into words."""

    what: str
    """`epochs to the common loss`"""
    figure: Callable[[Family], Figure]
    below: str
    """What it means that the first part has less of it; `{}` stand for the parts: `{} converges sooner than {}`."""
    above: str
    decimals: int = 2
    unit: str = ""
    timed: bool = False
    """Whether it is in seconds: to be compared on one machine only, with as many runs beside it."""
    tested: bool = False
    """Whether the test accuracies stand beside it, by which a difference of one seed is judged."""


@dataclass(frozen=True)
class Compared:
    """Two arms by one figure."""

    aspect: Aspect
    one: Member
    other: Member
    ours: Stat
    theirs: Stat
    tests: tuple[Stat, Stat] | None
    """Their test accuracies, percent."""

    @property
    def found(self) -> int | None:
        """Return how the replicates stand to each other; None with fewer than two in an arm."""
        return order(self.ours, self.theirs)

    @property
    def errors(self) -> float | None:
        """Return by how many standard errors of the test images the mean test accuracies differ; None: not known."""
        counts = [member.test_images for member in (self.one, self.other)]
        images = min((count for count in counts if count), default=None)
        if self.tests is None or images is None:
            return None
        return standard_errors(self.tests[0].mean, self.tests[1].mean, images)

    @property
    def way(self) -> int | None:
        """Return how the means stand to each other, whatever the spread; a figure that never came is above all others."""
        ours, theirs = (statistics.fmean(stat.values) for stat in (self.ours, self.theirs))
        if ours == theirs:
            return ALIKE
        return ABOVE if ours > theirs else BELOW if ours < theirs else None

    @property
    def judged(self) -> bool:
        """Return whether there is anything to judge the difference by."""
        return self.found is not None or self.errors is not None

    @property
    def outcome(self) -> int | None:
        """Return how the one stands to the other; None where that cannot be told.

        Of one seed: by the test accuracies, where they are more than `ERRORS` standard errors apart and the figure itself
        says the same.
        """
        if self.found is not None or self.errors is None or abs(self.errors) <= ERRORS:
            return self.found
        tested = ABOVE if self.errors > 0 else BELOW
        return tested if tested == self.way else None

    @property
    def runs(self) -> tuple[int, int]:
        """Return how many replicates of each are done."""
        return self.one.arm.n, self.other.arm.n

    def clause(self) -> str:
        """Return what came out and its figures: `c is better than b by 6.20 points (…)`."""
        way = self.way if self.found is None and self.errors is None else self.outcome
        one, other = _named(self.one.arm), _named(self.other.arm)
        if not (self.ours.finite or self.theirs.finite):
            return f"neither {one} nor {other} ever gets there ({self.aspect.what})"
        if not way:
            return f"{one} and {other} cannot be told apart{self._clock} ({self._figures})"
        said = (self.aspect.below if way == BELOW else self.aspect.above).format(one, other)
        points = f" by {abs(self.ours.mean - self.theirs.mean):.2f} points" if self.aspect.tested else ""
        return f"{said}{points}{self._clock} ({self._figures})"

    def sentence(self) -> str:
        """Return the clause as a sentence; an arm's name that it begins with stays as it is."""
        clause = self.clause()
        own = clause.startswith(self.one.arm.label)
        return f"{clause if own else clause[0].upper() + clause[1:]}."

    def measured(self) -> tuple[str, ...]:
        """Return the figures of both arms, and what decides."""
        aspect = self.aspect
        lines = [self._line(aspect.what, (self.ours, self.theirs), aspect.decimals, aspect.unit)]
        if self.tests:
            lines.append(self._line(TEST, self.tests, 2, "%"))
            if self.found is None:
                lines.append(self._error_line)
        if aspect.timed and self._clock:
            lines.append("on a busy machine")
        return tuple(lines)

    def _line(self, what: str, both: tuple[Stat, Stat], decimals: int, unit: str) -> str:
        labels = self.one.arm.label, self.other.arm.label
        shown = ", ".join(f"{label} {_text(stat, decimals, unit)}" for label, stat in zip(labels, both, strict=True))
        found = order(*both)
        if found is None:
            return f"{what}: {shown}"
        if found == ALIKE:
            return f"{what}: {shown}; the replicates overlap"
        side = "above" if found == ABOVE else "below"
        return f"{what}: {shown}; every replicate of {labels[0]} is {side} every one of {labels[1]}"

    @property
    def _error_line(self) -> str:
        if self.errors is None:
            return "how many test images there are is not known, and so not their sampling error"
        return f"{self._apart} apart; there is no spread over seeds to judge by"

    @property
    def _apart(self) -> str:
        assert self.errors is not None
        images = min(count for member in (self.one, self.other) if (count := member.test_images))
        return f"{abs(self.errors):.1f} standard errors of {images:,} images"

    @property
    def _figures(self) -> str:
        aspect = self.aspect
        shown = [f"{aspect.what} {_pair(self.ours, self.theirs, aspect.decimals, aspect.unit)}"]
        if aspect.timed and self.theirs.mean and "per" in aspect.what:
            shown.append(f"{self.ours.mean / self.theirs.mean:.2f} times as much")
        if self.tests:
            tested = f"{TEST} {_pair(*self.tests, 2, '%')}"
            apart = f", {self._apart}" if self.found is None and self.errors is not None else ""
            shown.append(f"{tested}{apart}")
        return "; ".join(shown)

    @property
    def _clock(self) -> str:
        if not self.aspect.timed:
            return ""
        busy = uneven(self.one.arm) or uneven(self.other.arm)
        return " on this busy machine" if busy else ""


def compare(family: Family, aspect: Aspect, one: Member, other: Member) -> Compared:
    """Return two arms beside each other. Raises LackingError where there is nothing to compare, or it does not compare."""
    check(one, other, timed=aspect.timed)
    figure = aspect.figure(family)
    ours, theirs = (known(member.arm, aspect.what, figure) for member in (one, other))
    tests = test_accuracy(one.arm), test_accuracy(other.arm)
    both = (tests[0], tests[1]) if aspect.tested and tests[0] is not None and tests[1] is not None else None
    return Compared(aspect, one, other, ours, theirs, both)


def check(one: Member, other: Member, *, timed: bool = False) -> None:
    """Raise LackingError where the figures of two arms cannot be set against each other."""
    both = f"{one.arm.label} and {other.arm.label}"
    if one.images != other.images or (one.contents and other.contents and one.contents != other.contents):
        raise LackingError(f"{both} were not trained and validated on the same images")
    if timed and len(one.machines | other.machines) > 1:
        raise LackingError(
            f"{both} were not trained on the same machine with as many runs at a time: seconds do not compare"
        )


def _named(arm: Arm) -> str:
    """Return the arm's label, and how many of its runs diverged or stalled, where any did."""
    fates = []
    for verdict in FAILED:
        if number := int((arm.runs["verdict"] == verdict.value).sum()):
            fates.append(verdict.value if number == arm.n else f"{number} of {arm.n} {verdict.value}")
    return f"{arm.label} ({', '.join(fates)})" if fates else arm.label


def _text(stat: Stat, decimals: int, unit: str = "") -> str:
    """Return the figure in words: `never` where no run has it, one whole number without a decimal."""
    if not stat.finite:
        return "never"
    whole = len(stat.values) == 1 and decimals == 1 and stat.mean.is_integer()
    return stat.text(0 if whole else decimals, unit)


def _pair(ours: Stat, theirs: Stat, decimals: int, unit: str) -> str:
    return f"{_text(ours, decimals)} against {_text(theirs, decimals, unit)}"
