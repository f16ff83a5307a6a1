"""The published figures of exercise 8: judged by their order and by their distance from the mean over seeds, not by decimals."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from lrtui.analysis.wording import listing
from lrtui.book.answer import Question
from lrtui.book.compare import Expect, compare
from lrtui.book.figures import Figures
from lrtui.book.grouping import Grouping
from lrtui.book.measures import ACCURACY, Measure, Take
from lrtui.book.question import Evidence, LackingError, Point
from lrtui.book.scenario import Scenario

NEAR = 2.0
"""Standard deviations of the seeds within which a published figure counts as the same."""
ORDER = (("c", "b"), ("f", "e"))
"""Which part is ahead of which in the published figures."""
AHEAD = replace(ACCURACY, above="{} is ahead of {}", below="{} is behind {}")
PartOf = Callable[[Grouping, str], Scenario]


def _published(name: str) -> Take:
    """Return how a published figure is taken; it is of one seed, which is not known."""

    def take(scenario: Scenario, _: Grouping) -> Figures | None:
        value = getattr(scenario.published, name, None)
        return None if value is None else Figures({0: float(value)})

    return take


def _measured(name: str, beside: str) -> Take:
    """Return how a column is taken of the scenarios that have a published figure beside it."""
    return lambda scenario, grouping: scenario.column(name) if _published(beside)(scenario, grouping) else None


def _difference(scenario: Scenario, grouping: Grouping) -> Figures | None:
    """Return the mean measured minus the published validation accuracy, points."""
    published, measured = _published("val_accuracy")(scenario, grouping), ACCURACY.take(scenario, grouping)
    return None if published is None or measured is None else Figures({0: measured.mean - published.mean})


PUBLISHED = (
    Measure("val_accuracy", "val %", 2, _measured("final_val_accuracy", "val_accuracy")),
    Measure("published_val_accuracy", "publ. val %", 2, _published("val_accuracy")),
    Measure("difference", "diff.", 2, _difference),
    Measure("best_epoch", "best at", 1, _measured("best_val_loss_epoch", "best_epoch")),
    Measure("published_best_epoch", "publ. best", 0, _published("best_epoch")),
    Measure("epochs", "stop", 1, _measured("epochs", "epochs")),
    Measure("published_epochs", "publ. stop", 0, _published("epochs")),
    Measure("mc_accuracy", "MC %", 2, _measured("mc_accuracy", "mc_accuracy")),
    Measure("published_mc_accuracy", "publ. MC %", 2, _published("mc_accuracy")),
)


def reproduction(grouping: Grouping, part: PartOf) -> list[Question]:
    """Return the question whether the published figures come out again; none if nothing of the grouping is published."""
    figures = [(value, one.label) for one in grouping.scenarios if (value := _accuracy(one)) is not None]
    if not figures:
        return []
    return [
        Question(
            "Do the published figures come out again, in their order?",
            f"{_ranking(figures)} %, of one seed each: the order counts, decimals do not.",
            tuple(_ahead(part, upper, lower) for upper, lower in ORDER),
            "the published figures",
            besides=lambda grouping: [text for one in grouping.done if (text := _distance(one, grouping))],
            opening=_order,
        )
    ]


def _accuracy(scenario: Scenario) -> float | None:
    return scenario.published.val_accuracy if scenario.published else None


def _ranking(figures: Sequence[tuple[float, str]]) -> str:
    return " > ".join(f"{label} {value:.2f}" for value, label in sorted(figures, reverse=True))


def _ahead(part: PartOf, upper: str, lower: str) -> Point:
    def look(grouping: Grouping) -> Sequence[Evidence]:
        both = part(grouping, upper), part(grouping, lower)
        found = compare(grouping, AHEAD, *both, Expect.HIGHER)
        if changed := [scenario.label for scenario in both if scenario.changes]:
            raise LackingError(f"other settings than published: {listing(changed)}", found.measured)
        return [found]

    return Point(AHEAD.above.format(f"part {upper}", f"part {lower}"), look)


def _order(grouping: Grouping) -> str:
    """Return the measured order beside the published one, of the scenarios that have both."""
    both = [
        (found.mean, published, one.label)
        for one in grouping.done
        if (published := _accuracy(one)) is not None and (found := ACCURACY.take(one, grouping)) is not None
    ]
    if len(both) < 2:
        return ""
    measured = [label for *_, label in sorted(both, reverse=True)]
    published_order = [label for _, _, label in sorted(both, key=lambda one: one[1], reverse=True)]
    same = "the published one" if measured == published_order else f"not the published {' > '.join(published_order)}"
    return f"the order by validation accuracy is {same}: {_ranking([(value, label) for value, _, label in both])} %"


def _distance(scenario: Scenario, grouping: Grouping) -> str:
    """Return how far the published accuracy is from the mean over seeds; empty for one seed, which has no spread."""
    published, measured = _accuracy(scenario), ACCURACY.take(scenario, grouping)
    if published is None or measured is None or measured.sd is None:
        return ""
    shown = f"{scenario.label}: published {published:.2f} %, measured {measured.text(2, '%')}"
    if scenario.changes:
        return f"{shown}, with other settings than published."
    near = abs(measured.mean - published) <= NEAR * measured.sd
    way = "within" if near else f"{'below' if measured.mean < published else 'above'} it by more than"
    return f"{shown}: {way} {NEAR:g} standard deviations of the seeds."
