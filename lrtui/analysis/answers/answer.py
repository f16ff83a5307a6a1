"""An answer: what is said, what was measured, and whether the two agree."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from lrtui.analysis.answers.stat import Stat


class Verdict(str, Enum):
    """What the runs say of the guide."""

    AGREES = "agrees"
    CONTRADICTS = "contradicts"
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


def judge(findings: Sequence[Finding], source: str = "the guide") -> tuple[Verdict, str]:
    """Return the verdict on all points of the guide, or of another source, together, and a sentence or two that give it.

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
        return Verdict.CONTRADICTS, " ".join([f"These runs contradict {source}.", *lists])
    if all(finding.agrees for finding in findings if finding.needed):
        return Verdict.AGREES, " ".join([f"These runs agree with {source}.", *lists])
    lead = "These runs settle only a part of it." if agreeing else "From these runs it cannot be said."
    return Verdict.CANNOT_BE_SAID, " ".join([lead, *lists])
