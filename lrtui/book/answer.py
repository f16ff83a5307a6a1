"""A question put to the runs as a whole, and an answer: what is said, what was measured, and whether the two agree."""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from lrtui.book.grouping import Grouping
from lrtui.book.question import Evidence, Finding, Point, Verdict
from lrtui.book.tables import FigureTable


@dataclass(frozen=True)
class Question:
    """One question, before it is put to the runs."""

    text: str
    expected: str
    """What the source says, in our words."""
    points: tuple[Point, ...]
    source: str = "the guide"
    label: str = ""
    """What stands in front of `expected`; empty: the source."""
    told: Callable[[Grouping], Sequence[Evidence]] = lambda _: ()
    """What belongs to the answer though the source does not speak of it."""
    besides: Callable[[Grouping], Sequence[str]] = lambda _: ()
    """Further sentences."""
    opening: Callable[[Grouping], str] = lambda _: ""
    """A clause that the answer begins with; empty: none."""

    @property
    def lead(self) -> str:
        """Return what stands in front of `expected`."""
        return self.label or self.source

    def put(self, grouping: Grouping) -> "Reply":
        """Return what the runs say."""
        findings = tuple(point.finding(grouping) for point in self.points)
        told = self.told(grouping)
        clauses = [self.opening(grouping), *(one.said for one in findings if one.needed), *(one.said for one in told)]
        seeds = {number for one in findings for number in one.seeds} | {one.seeds for one in told}
        verdict = overall(findings)
        sentences = [_lead([clause for clause in clauses if clause], seeds), *_standing(verdict, findings, self.source)]
        conclusion = " ".join(sentence for sentence in sentences if sentence)
        return Reply(self, findings, verdict, conclusion, tuple(self.besides(grouping)))


@dataclass(frozen=True)
class Reply:
    """What the runs say of one question."""

    question: Question
    findings: tuple[Finding, ...]
    verdict: Verdict
    conclusion: str
    """The answer in a sentence with its figures, then what it says of the source."""
    besides: tuple[str, ...] = ()
    """Further figures, in sentences."""


@dataclass(frozen=True)
class Answer:
    """Everything that the runs say of a source's questions, laid out the same way for every source."""

    title: str
    replies: tuple[Reply, ...]
    opening: str = ""
    """A sentence that comes first; empty: none."""
    tables: tuple[FigureTable, ...] = ()
    caveats: tuple[str, ...] = ()
    """What limits the answers, in sentences."""
    group: str = ""
    """Which set of presets it is about."""
    studies: tuple[str, ...] = ()
    common_loss: float = math.nan
    """Nats; NaN if no run learned."""
    criterion: str = ""
    """How the points were judged, in sentences."""
    words: Mapping[Verdict, str] = field(default_factory=dict)
    """What verdicts on a question are called, if not by their own name."""

    def word(self, reply: Reply) -> str:
        """Return the verdict on a question in words."""
        return self.words.get(reply.verdict, reply.verdict.value)


def overall(findings: Sequence[Finding]) -> Verdict:
    """Return the verdict on all points together.

    A point that is contradicted contradicts the source; the runs agree with it if every needed point does. Points of one
    seed make a verdict of one seed, and figures that one seed cannot be judged by do not hold it up.
    """
    every = {finding.verdict for finding in findings}
    needed = {finding.verdict for finding in findings if finding.needed}
    for verdict in (Verdict.CONTRADICTS, Verdict.ONE_SEED_CONTRADICTS):
        if verdict in every:
            return verdict
    for verdict in (Verdict.CANNOT_BE_SAID, Verdict.NOT_DECIDED):
        if verdict in needed:
            return verdict
    if needed == {Verdict.AGREES}:
        return Verdict.AGREES
    return Verdict.ONE_SEED_AGREES if Verdict.ONE_SEED_AGREES in needed else Verdict.NOT_JUDGED


def _lead(clauses: Sequence[str], seeds: Collection[int]) -> str:
    if not seeds:
        return f"{'; '.join(clauses)}." if clauses else ""
    if not clauses:
        return ""
    fewest, most = min(seeds), max(seeds)
    over = f"Over {most} seeds each" if fewest == most else f"Over {fewest} to {most} seeds"
    return f"{'Of one seed each' if most == 1 else over}, {'; '.join(clauses)}."


def _standing(verdict: Verdict, findings: Sequence[Finding], source: str) -> list[str]:
    """Return how the answer stands to the source, and the points that are left open."""

    def of(*verdicts: Verdict) -> str:
        found = (one for one in findings if one.verdict in verdicts)
        return "; ".join(one.point for one in found if one.needed or one.verdict.contradicts)

    against = of(Verdict.CONTRADICTS, Verdict.ONE_SEED_CONTRADICTS)
    agreeing = of(Verdict.AGREES, Verdict.ONE_SEED_AGREES)
    given = of(Verdict.NOT_JUDGED)
    accuracy = " in accuracy" if given else ""
    said = {
        Verdict.AGREES: f"This agrees with {source}.",
        Verdict.ONE_SEED_AGREES: f"One seed agrees with {source}{accuracy}.",
        Verdict.CONTRADICTS: f"This contradicts {source}; not so here: {against}.",
        Verdict.ONE_SEED_CONTRADICTS: f"One seed contradicts {source}; not so here: {against}.",
    }
    sentences = [said.get(verdict, "")]
    if agreeing and not verdict.agrees:
        sentences.append(f"So it was here: {agreeing}.")
    if undecided := of(Verdict.NOT_DECIDED):
        sentences.append(f"Not decided: {undecided}.")
    if missing := of(Verdict.CANNOT_BE_SAID):
        lacking = dict.fromkeys(one.lacks for one in findings if one.lacks)
        sentences.append(f"It cannot be said: {missing} ({'; '.join(lacking)}).")
    if given:
        sentences.append(f"Given, but not judged, since there is no spread over seeds to judge by: {given}.")
    return sentences
