"""An experiment: what the guide says of its question, which figures answer it, and which points are put to the runs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lrtui.analysis.answers.answer import Answer, Finding, Measure, Row, Verdict, judge
from lrtui.analysis.answers.arms import Arm, Arms, LackingError, arms
from lrtui.analysis.answers.evidence import Evidence
from lrtui.analysis.answers.stat import Stat
from lrtui.analysis.result import StudyResult
from lrtui.study.records import RunStatus
from lrtui.text import count

Column = tuple[Measure, Callable[[Arm, Arms], Stat | None]]
"""A measure, and how it is taken of an arm with a done run; None where there is no such figure."""


@dataclass(frozen=True)
class Point:
    """One thing the guide says, and how the runs are asked about it."""

    text: str
    """A statement that is true or not: `SELU needs fewer epochs than ReLU`."""
    look: Callable[[Arms], Evidence]
    """Raises LackingError where the study has not what it is about."""
    needed: bool = True
    """Whether the runs cannot agree with the guide without it."""


@dataclass(frozen=True)
class Experiment:
    """How the report answers one question."""

    guide: str
    """What the guide says, in our words."""
    columns: tuple[Column, ...]
    """The figures shown of every arm."""
    points: tuple[Point, ...]
    details: Callable[[Arms], Sequence[str]] | None = None
    """Figures that do not fit a table with a row for each arm."""

    def answer(self, result: StudyResult) -> Answer:
        """Return the answer the study's runs give; `cannot be said` while some of them are not done."""
        found = arms(result)
        findings = [_finding(point, found) for point in self.points]
        verdict, conclusion = judge(findings)
        done = int((result.runs["status"] == RunStatus.DONE.value).sum())
        if done < len(result.study.runs):
            verdict = Verdict.CANNOT_BE_SAID
            conclusion = f"It cannot be said: {done} of {count(len(result.study.runs), 'run')} are done."
        return Answer(
            question=result.study.question,
            guide=self.guide,
            measures=tuple(measure for measure, _ in self.columns),
            rows=tuple(
                Row(
                    arm.label,
                    arm.n,
                    arm.planned,
                    tuple(take(arm, found) if arm.n else None for _, take in self.columns),
                )
                for arm in found.all
            ),
            details=tuple(self.details(found)) if self.details and found.done else (),
            findings=tuple(findings),
            verdict=verdict,
            conclusion=conclusion,
        )


def _finding(point: Point, found: Arms) -> Finding:
    try:
        evidence = point.look(found)
    except LackingError as lacking:
        evidence = Evidence((str(lacking),), None)
    return Finding(point.text, evidence.measured, evidence.agrees, point.needed)
