"""An answer: what is said, what was measured, and whether the two agree."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from lrtui.analysis.answers.stat import Stat


class Verdict(str, Enum):
    """What the runs say of the guide."""

    AGREES = "agrees"
    CONTRADICTS = "contradicts"
    ONE_SEED_AGREES = "one seed agrees"
    """It does, as far as the sampling error of the images goes; there is no spread over seeds to judge by."""
    ONE_SEED_CONTRADICTS = "one seed contradicts"
    NOT_JUDGED = "one seed, not judged"
    """A figure of one seed that only the spread over seeds could judge: epochs, seconds."""
    CANNOT_BE_SAID = "cannot be said"


@dataclass(frozen=True)
class Finding:
    """One point that the guide makes, and what was measured of it."""

    point: str
    """As a statement that is true or not: `SELU needs fewer epochs than ReLU`."""
    measured: tuple[str, ...]
    """The figures behind it, in words."""
    agrees: bool | None
    """None: the figures decide neither way, or there are too few."""
    needed: bool = True
    """Whether the runs cannot agree with the guide without it."""
    said: str = ""
    """What came out, with its figures, as a clause to quote: `c is better than b (…)`; empty: nothing was compared."""
    runs: tuple[int, ...] = ()
    """Done replicates of each arm that `said` is about."""
    judged: bool = True
    """False: of one seed nothing tells whether the difference is more than chance; the figures are given, and that is all."""

    @property
    def one_seed(self) -> bool:
        """Return whether an arm has too few replicates for a spread over seeds."""
        return bool(self.runs) and min(self.runs) < 2

    @property
    def verdict(self) -> Verdict:
        """Return what the runs say of this point alone."""
        if self.agrees is None:
            return Verdict.CANNOT_BE_SAID if self.judged else Verdict.NOT_JUDGED
        if self.one_seed:
            return Verdict.ONE_SEED_AGREES if self.agrees else Verdict.ONE_SEED_CONTRADICTS
        return Verdict.AGREES if self.agrees else Verdict.CONTRADICTS


@dataclass(frozen=True)
class Measure:
    """One column of an answer's figures."""

    key: str
    """Its name for programs: `test_accuracy`."""
    header: str
    """Its name for people, unit included: `test acc %`."""
    decimals: int | None = 2
    """None: three significant digits."""


@dataclass(frozen=True)
class Row:
    """The figures of the replicates of one arm."""

    label: str
    n: int
    """Runs that are done."""
    planned: int
    figures: tuple[Stat | None, ...]
    """One for each measure; None: there is no such figure."""


@dataclass(frozen=True)
class Answer:
    """What a report says of an experiment's question."""

    question: str
    guide: str
    """What the guide says, in our words."""
    measures: tuple[Measure, ...]
    rows: tuple[Row, ...]
    details: tuple[str, ...]
    """Figures that do not fit the table, a sentence each."""
    findings: tuple[Finding, ...]
    verdict: Verdict
    conclusion: str


def judge(findings: Sequence[Finding]) -> tuple[Verdict, str]:
    """Return the verdict on all points of the guide together, and a sentence or two that give it.

    One point that is contradicted contradicts the guide; it agrees where every needed point does.
    """
    against = [finding.point for finding in findings if finding.agrees is False]
    agreeing = [finding.point for finding in findings if finding.agrees]
    undecided = [finding.point for finding in findings if finding.agrees is None]
    lists = [
        f"{lead}: {'; '.join(points)}."
        for lead, points in (("Not so here", against), ("So it was here", agreeing), ("Undecided", undecided))
        if points
    ]
    if against:
        return Verdict.CONTRADICTS, " ".join(["These runs contradict the guide.", *lists])
    if all(finding.agrees for finding in findings if finding.needed):
        return Verdict.AGREES, " ".join(["These runs agree with the guide.", *lists])
    lead = "These runs settle only a part of it." if agreeing else "From these runs it cannot be said."
    return Verdict.CANNOT_BE_SAID, " ".join([lead, *lists])
