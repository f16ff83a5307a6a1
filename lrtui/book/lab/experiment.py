"""An experiment: what the guide says of its question, which figures answer it, and which points are put to the runs."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from lrtui.book.answer import Answer, Question
from lrtui.book.caveats import caveats
from lrtui.book.compare import CRITERION, Expect, compare
from lrtui.book.grouping import Grouping, group, own_label, study_runs
from lrtui.book.measures import EPOCHS_TO_COMMON, Measure, common_loss
from lrtui.book.question import Point
from lrtui.book.scenario import Scenario, Trained
from lrtui.book.tables import table
from lrtui.study.schema import RunConfig

Test: TypeAlias = Callable[[RunConfig], bool]
Select: TypeAlias = Callable[[Grouping], Sequence[Scenario]]
"""Which scenarios a point is about. Raises LackingError if there are none."""


@dataclass(frozen=True)
class Experiment:
    """How the report answers one question."""

    guide: str
    """What the guide, or another source, says, in our words."""
    measures: tuple[Measure, ...]
    """The figures shown of every scenario."""
    points: tuple[Point, ...]
    details: Callable[[Grouping], Sequence[str]] = lambda _: ()
    """Figures that do not fit a table with a row for each scenario, a sentence each."""
    source: str = "the guide"
    """Who says it."""

    def answer(self, trained: Trained) -> Answer:
        """Return the answer that the runs of a study give by now."""
        study = trained.result.study
        grouping = group(study.name, study_runs([trained]), lambda run: own_label(run.spec, run.spec.variant))
        question = Question(study.question, self.guide, self.points, self.source, besides=self._besides)
        return Answer(
            title="The answer",
            replies=(question.put(grouping),),
            tables=(table(grouping, "figures", "", self.measures, every=True),),
            caveats=tuple(caveats(grouping, timed=any(measure.timed for measure in self.measures))),
            group=study.name,
            studies=(trained.id,),
            common_loss=grouping.common_loss,
            criterion=CRITERION,
        )

    def _besides(self, grouping: Grouping) -> Sequence[str]:
        if not grouping.done:
            return ()
        loss = [common_loss(grouping)] if EPOCHS_TO_COMMON in self.measures else []
        return [*loss, *self.details(grouping)]


def one(what: str, test: Test) -> Select:
    """Return the selection of the one scenario with `what`."""
    return lambda grouping: (grouping.only(f"with {what}", test),)


def every(what: str, test: Test) -> Select:
    """Return the selection of all scenarios with `what`."""
    return lambda grouping: grouping.some(f"with {what}", test)


def best(of: Select, measure: Measure, *, lowest: bool = False) -> Select:
    """Return the selection of that scenario of some which has the highest (or lowest) mean of a figure."""

    def rank(scenario: Scenario, grouping: Grouping) -> float:
        mean = measure.of(scenario, grouping).mean
        return -math.inf if math.isnan(mean) else -mean if lowest else mean

    return lambda grouping: (max(of(grouping), key=lambda scenario: rank(scenario, grouping)),)


def is_so(text: str, ones: Select, expected: Expect, others: Select, measure: Measure, *, needed: bool = True) -> Point:
    """Return the point that each of some scenarios has a higher (lower, …) figure than each of others."""
    return Point(
        text,
        lambda grouping: [
            compare(grouping, measure, this, other, expected) for this in ones(grouping) for other in others(grouping)
        ],
        needed,
    )


def spread(layers: dict[int, float], most: int = 5) -> list[int]:
    """Return at most so many layers, the first and the last among them, evenly spread."""
    numbers = sorted(layers)
    if len(numbers) <= most:
        return numbers
    return [numbers[round(place * (len(numbers) - 1) / (most - 1))] for place in range(most)]
