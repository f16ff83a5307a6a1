"""The questions of exercise 8: which parts are compared by which figures, what is expected, and what the runs say."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from lrtui.analysis.answers.answer import Finding, Verdict
from lrtui.analysis.answers.arms import LackingError
from lrtui.analysis.answers.compared import ALIKE, BELOW, Aspect, Compared, compare
from lrtui.analysis.answers.conclusion import conclude
from lrtui.analysis.answers.families import Family


@dataclass(frozen=True)
class Contrast:
    """One part against another by one figure."""

    aspect: Aspect
    one: str
    other: str
    expected: Collection[int] = ()
    """Which outcomes agree with the guide; none: the guide says nothing of it."""

    @property
    def point(self) -> str:
        """Return what the guide expects, as a statement that is true or not."""
        text = self.aspect.below if BELOW in self.expected else self.aspect.above
        if ALIKE in self.expected:
            unwanted = self.aspect.above if BELOW in self.expected else self.aspect.below
            text = unwanted.replace("{} is ", "{} is not ")
        return text.format(f"part {self.one}", f"part {self.other}")

    def look(self, family: Family) -> Compared:
        """Return the parts beside each other. Raises LackingError where there is nothing to compare."""
        return compare(family, self.aspect, family.part(self.one), family.part(self.other))

    def finding(self, family: Family) -> Finding:
        """Return the guide's point, and what was measured of it."""
        try:
            found = self.look(family)
        except LackingError as lacking:
            return Finding(self.point, (str(lacking),), None)
        outcome = found.outcome
        open_ = outcome is None or (outcome == ALIKE and ALIKE not in self.expected)
        return Finding(
            self.point,
            found.measured(),
            None if open_ else outcome in self.expected,
            said=found.clause(),
            runs=found.runs,
            judged=found.judged,
        )


@dataclass(frozen=True)
class Question:
    """One question of the exercise, before it is put to the runs."""

    text: str
    expected: str
    """What the guide, or another source, says of it, in our words."""
    points: Callable[[Family], Sequence[Finding]]
    told: Sequence[Contrast] = field(default_factory=tuple)
    """What belongs to the answer though the guide does not speak of it."""
    besides: Sequence[Contrast] = field(default_factory=tuple)
    """What is worth knowing besides."""
    remarks: Callable[[Family], Sequence[str]] = lambda _: ()
    """Further sentences."""
    source: str = "the guide"
    """Whose expectation it is."""
    opening: Callable[[Family], str] = lambda _: ""
    """A clause that the answer begins with; empty: none."""

    def put(self, family: Family) -> "Reply":
        """Return what the runs say."""
        findings = tuple(self.points(family))
        verdict, conclusion = conclude(findings, self.opening(family), _seen(self.told, family), self.source)
        besides = (*(found.sentence() for found in _seen(self.besides, family)), *self.remarks(family))
        return Reply(self.text, self.source, self.expected, findings, verdict, conclusion, besides)


@dataclass(frozen=True)
class Reply:
    """What the runs say of one question."""

    question: str
    source: str
    expected: str
    """What the source says."""
    findings: tuple[Finding, ...]
    verdict: Verdict
    conclusion: str
    """The answer in a sentence with its figures, then what it says of the source."""
    besides: tuple[str, ...]
    """Further figures, in sentences."""


def points(*contrasts: Contrast) -> Callable[[Family], Sequence[Finding]]:
    """Return the points of a question that are all contrasts."""
    return lambda family: [contrast.finding(family) for contrast in contrasts]


def _seen(contrasts: Sequence[Contrast], family: Family) -> list[Compared]:
    found = []
    for contrast in contrasts:
        try:
            found.append(contrast.look(family))
        except LackingError:
            continue  # the findings say what is missing
    return found
