"""Two parts of exercise 8 put beside each other: one figure, what the guide expects of it, and what came out in words."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from lrtui.analysis.answers.answer import Finding, Verdict, judge
from lrtui.analysis.answers.arms import LackingError
from lrtui.analysis.answers.evidence import Figure, higher, known
from lrtui.analysis.answers.families import Family, Member
from lrtui.analysis.answers.stat import order

BELOW, ALIKE, ABOVE = -1, 0, 1
"""How one part stands to another by a figure, as `stat.order` has it."""


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


@dataclass(frozen=True)
class Contrast:
    """One part against another by one figure."""

    aspect: Aspect
    one: str
    other: str
    expected: Collection[int] = ()
    """Which outcomes agree with the guide; none: the guide says nothing of it."""
    ratio: bool = False
    """Whether how many times as much it is belongs to the figures."""

    @property
    def point(self) -> str:
        """Return what the guide expects, as a statement that is true or not."""
        text = self.aspect.below if BELOW in self.expected else self.aspect.above
        if ALIKE in self.expected:
            unwanted = self.aspect.above if BELOW in self.expected else self.aspect.below
            text = unwanted.replace("{} is ", "{} is not ")
        return text.format(f"part {self.one}", f"part {self.other}")

    def finding(self, family: Family) -> Finding:
        """Return the guide's point, and what was measured of it."""
        try:
            found, measured = self._look(family)
        except LackingError as lacking:
            return Finding(self.point, (str(lacking),), None)
        if found is None or (found == ALIKE and ALIKE not in self.expected):
            return Finding(self.point, measured, None)
        return Finding(self.point, measured, found in self.expected)

    def sentence(self, family: Family) -> str:
        """Return what came out, in a plain sentence with its figures. Raises LackingError where there is nothing to compare."""
        found, _ = self._look(family)
        one, other = family.part(self.one).arm, family.part(self.other).arm
        figure, aspect = self.aspect.figure(family), self.aspect
        ours, theirs = (known(arm, aspect.what, figure).text(aspect.decimals, aspect.unit) for arm in (one, other))
        shown = f"{aspect.what} {ours}, against {theirs}"
        if found is None:
            return f"{one.label} and {other.label}: {shown}; of fewer than two replicates nothing can be said."
        if found == ALIKE:
            return f"{one.label} and {other.label} cannot be told apart, their replicates overlap: {shown}."
        said = aspect.below if found == BELOW else aspect.above
        said = said if said.startswith("{") else f"{said[0].upper()}{said[1:]}"  # an arm's name stays as it is
        return f"{said.format(one.label, other.label)}: {shown}."

    def _look(self, family: Family) -> tuple[int | None, tuple[str, ...]]:
        one, other = family.part(self.one), family.part(self.other)
        check(one, other, timed=self.aspect.timed)
        aspect, figure = self.aspect, self.aspect.figure(family)
        evidence = higher(aspect.what, one.arm, other.arm, figure, decimals=aspect.decimals, unit=aspect.unit)
        ours, theirs = figure(one.arm), figure(other.arm)
        assert ours is not None
        assert theirs is not None
        measured = list(evidence.measured)
        if self.ratio and theirs.mean:
            measured.append(f"{ours.mean / theirs.mean:.2f} times as much")
        return order(ours, theirs), tuple(measured)


def check(one: Member, other: Member, *, timed: bool = False) -> None:
    """Raise LackingError where the figures of two arms cannot be set against each other."""
    both = f"{one.arm.label} and {other.arm.label}"
    if one.images != other.images or (one.contents and other.contents and one.contents != other.contents):
        raise LackingError(f"{both} were not trained and validated on the same images")
    if timed and len(one.machines | other.machines) > 1:
        raise LackingError(
            f"{both} were not trained on the same machine with as many runs at a time: seconds do not compare"
        )


@dataclass(frozen=True)
class Question:
    """One question of the exercise, before it is put to the runs."""

    text: str
    expected: str
    """What the guide, or another source, says of it, in our words."""
    points: Callable[[Family], Sequence[Finding]]
    besides: Sequence[Contrast] = field(default_factory=tuple)
    """What is worth knowing and the guide does not speak of."""
    remarks: Callable[[Family], Sequence[str]] = lambda _: ()
    """Further sentences."""
    source: str = "the guide"
    """Whose expectation it is."""

    def put(self, family: Family) -> "Reply":
        """Return what the runs say."""
        findings = tuple(self.points(family))
        verdict, conclusion = judge(findings, self.source)
        said: dict[str, None] = {}
        for contrast in self.besides:
            try:
                said[contrast.sentence(family)] = None
            except LackingError:
                continue  # the findings say what is missing
        besides = (*said, *self.remarks(family))
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
    besides: tuple[str, ...]
    """Further figures, in sentences."""


def points(*contrasts: Contrast) -> Callable[[Family], Sequence[Finding]]:
    """Return the points of a question that are all contrasts."""
    return lambda family: [contrast.finding(family) for contrast in contrasts]
