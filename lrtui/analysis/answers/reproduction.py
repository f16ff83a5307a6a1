"""Measured beside published figures of exercise 8: judged by their order and by mean ± sd over seeds, not by decimals."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from lrtui.analysis.answers.answer import Finding, Measure
from lrtui.analysis.answers.arms import Arm
from lrtui.analysis.answers.aspects import BETTER
from lrtui.analysis.answers.columns import accuracy
from lrtui.analysis.answers.compared import ABOVE
from lrtui.analysis.answers.contrasts import Contrast, Question
from lrtui.analysis.answers.families import Family, Member
from lrtui.analysis.answers.stat import Stat
from lrtui.analysis.wording import listing
from lrtui.study.spec import Published

NEAR = 2.0
"""Standard deviations of the seeds within which a published figure counts as the same."""
ORDER = (("c", "b"), ("f", "e"))
"""Which part is ahead of which in the published figures."""
AHEAD = replace(BETTER, below="{} is behind {}", above="{} is ahead of {}")


def _figure(family: Family, arm: Arm, name: str) -> Stat | None:
    """Return a published figure of an arm."""
    published = next(member.published for member in family.members if member.arm is arm)
    value = None if published is None else getattr(published, name)
    return None if value is None else Stat((float(value),))


def _published(name: str) -> Callable[[Family, Arm], Stat | None]:
    return lambda family, arm: _figure(family, arm, name)


def _measured(name: str, beside: str) -> Callable[[Family, Arm], Stat | None]:
    """Return how a column is taken of the arms for which there is a published figure beside it."""
    return lambda family, arm: None if _figure(family, arm, beside) is None else arm.column(name)


def _difference(family: Family, arm: Arm) -> Stat | None:
    """Return the mean measured minus the published validation accuracy, points."""
    published, measured = _figure(family, arm, "val_accuracy"), accuracy(arm)
    return None if published is None or measured is None else Stat((measured.mean - published.mean,))


PUBLISHED_MEASURES: tuple[tuple[Measure, Callable[[Family, Arm], Stat | None]], ...] = (
    (Measure("val_accuracy", "val %"), _measured("final_val_accuracy", "val_accuracy")),
    (Measure("published_val_accuracy", "publ. val %"), _published("val_accuracy")),
    (Measure("difference", "diff."), _difference),
    (Measure("best_epoch", "best at", 1), _measured("best_val_loss_epoch", "best_epoch")),
    (Measure("published_best_epoch", "publ. best", 0), _published("best_epoch")),
    (Measure("epochs", "stop", 1), _measured("epochs", "epochs")),
    (Measure("published_epochs", "publ. stop", 0), _published("epochs")),
    (Measure("mc_accuracy", "MC %"), _measured("mc_accuracy", "mc_accuracy")),
    (Measure("published_mc_accuracy", "publ. MC %"), _published("mc_accuracy")),
)


def reproduction(family: Family) -> list[Question]:
    """Return the question whether the published figures come out again; none where nothing of the family is published."""
    if not any(member.published for member in family.members):
        return []
    return [
        Question(
            "Do the published figures come out again, in their order?",
            f"{_ranking(_all_published(family))} %, of one seed each: the order counts, decimals do not.",
            _points,
            remarks=_distances,
            source="the published figures",
            opening=_order,
        )
    ]


def _all_published(family: Family) -> list[tuple[float, str]]:
    return [
        (figure.val_accuracy, member.arm.label)
        for member in family.members
        if (figure := member.published) is not None and figure.val_accuracy is not None
    ]


def _ranking(figures: Sequence[tuple[float, str]]) -> str:
    return " > ".join(f"{label} {value:.2f}" for value, label in sorted(figures, reverse=True))


def _points(family: Family) -> Sequence[Finding]:
    return [_ahead(family, Contrast(AHEAD, upper, lower, {ABOVE})) for upper, lower in ORDER]


def _ahead(family: Family, contrast: Contrast) -> Finding:
    found = contrast.finding(family)
    if not found.runs:
        return found
    members = family.part(contrast.one), family.part(contrast.other)
    changed = [member.arm.label for member in members if member.changes]
    if not changed:
        return found
    return replace(found, measured=(*found.measured, f"other settings than published: {listing(changed)}"), agrees=None)


def _order(family: Family) -> str:
    """Return the measured order beside the published one, of the arms that have both."""
    both = [
        (found.mean, member.published.val_accuracy, member.arm.label)
        for member in family.done
        if member.published is not None and member.published.val_accuracy is not None
        if (found := accuracy(member.arm)) is not None
    ]
    if len(both) < 2:
        return ""
    measured = [label for *_, label in sorted(both, reverse=True)]
    published = [label for _, _, label in sorted(both, key=lambda one: one[1], reverse=True)]
    same = "the published one" if measured == published else f"not the published {' > '.join(published)}"
    return f"the order by validation accuracy is {same}: {_ranking([(value, label) for value, _, label in both])} %"


def _distances(family: Family) -> Sequence[str]:
    """Return how far each published accuracy is from the mean over seeds."""
    return [text for member in family.done if (text := _distance(member))]


def _distance(member: Member) -> str:
    figure, measured = member.published, accuracy(member.arm)
    if figure is None or figure.val_accuracy is None or measured is None or measured.sd is None:
        return ""  # one seed has no spread to judge the distance by, and the distance is in the table
    shown = f"{member.arm.label}: published {figure.val_accuracy:.2f} %, measured {measured.text(2, '%')}"
    if member.changes:
        return f"{shown}, with other settings than published."
    near = abs(measured.mean - figure.val_accuracy) <= NEAR * measured.sd
    way = "within" if near else _away(figure, measured)
    return f"{shown}: {way} {NEAR:g} standard deviations of the seeds."


def _away(figure: Published, measured: Stat) -> str:
    assert figure.val_accuracy is not None
    return f"{'below' if measured.mean < figure.val_accuracy else 'above'} it by more than"
