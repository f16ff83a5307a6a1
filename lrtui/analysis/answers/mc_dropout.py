"""MC dropout beside the deterministic pass: the same weights on the same images, so that replicates are paired."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from lrtui.analysis.answers.answer import Finding, Measure
from lrtui.analysis.answers.arms import Arm
from lrtui.analysis.answers.caveats import ERRORS
from lrtui.analysis.answers.contrasts import Question
from lrtui.analysis.answers.families import Family
from lrtui.analysis.answers.stat import Stat, standard_errors

HARDLY = 1.0
"""Points of accuracy below which a change counts as hardly any."""


def _paired(mc: str, plain: str, take: Callable[[float, float], float]) -> Callable[[Arm], Stat | None]:
    """Return how a figure of each run is taken of two of its columns."""

    def figure(arm: Arm) -> Stat | None:
        pairs = arm.runs.drop_nulls([mc, plain]).select(mc, plain).rows()
        return Stat(tuple(take(*pair) for pair in pairs)) if pairs else None

    return figure


gain = _paired("mc_accuracy", "test_accuracy", lambda mc, plain: mc - plain)
"""Points of test accuracy that MC dropout adds."""
likelihood_change = _paired("mc_loss", "test_loss", lambda mc, plain: mc - plain)
"""Nats that it adds to the negative log-likelihood of the test images."""
slowdown = _paired("mc_seconds", "test_seconds", lambda mc, plain: mc / plain)


def _only_with(name: str) -> Callable[[Family, Arm], Stat | None]:
    """Return how a column is taken of the arms that have MC dropout."""
    return lambda _, arm: None if arm.column("mc_samples") is None else arm.column(name)


MC_MEASURES: tuple[tuple[Measure, Callable[[Family, Arm], Stat | None]], ...] = (
    (Measure("mc_samples", "passes", 0), _only_with("mc_samples")),
    (Measure("test_accuracy", "acc %"), _only_with("test_accuracy")),
    (Measure("mc_accuracy", "MC acc %"), _only_with("mc_accuracy")),
    (Measure("test_loss", "NLL nats", 3), _only_with("test_loss")),
    (Measure("mc_loss", "MC NLL nats", 3), _only_with("mc_loss")),
    (Measure("mc_sd", "sd of prob.", 3), _only_with("mc_sd")),
    (Measure("mc_slowdown", "time ×", 1), lambda _, arm: slowdown(arm)),
)
"""NLL: mean negative log-likelihood of the test images."""


def _points(family: Family) -> Sequence[Finding]:
    found = [member for member in family.done if gain(member.arm) is not None]
    if not found:
        return [
            Finding(text, ("no finished run with MC dropout",), None)
            for text in ("MC dropout hardly changes the accuracy", "MC dropout makes the test images more likely")
        ]
    asked = any(member.part == "e" for member in found)  # the question is about e; what others show does not hold it up
    findings = []
    for member in found:
        needed = member.part == "e" or not asked
        both = _accuracy(member.arm, member.test_images), _likelihood(member.arm)
        findings += [replace(finding, needed=needed) for finding in both]
    return findings


def _accuracy(arm: Arm, images: int | None) -> Finding:
    """Return whether the accuracy hardly changes; of one seed, whether it does on so many test images."""
    found = gain(arm)
    assert found is not None
    measured = [_measured("accuracy", arm, "test_accuracy", "mc_accuracy", found, 2, "%"), _beats(found, above=True)]
    if len(found.values) > 1:
        sizes = [abs(value) for value in found.values]
        one_way = min(found.values) > 0 or max(found.values) < 0
        agrees = True if max(sizes) < HARDLY else False if min(sizes) >= HARDLY and one_way else None
    else:
        agrees = _of_one_seed(arm, found.mean, images)
        if images:
            errors = abs(standard_errors(*_accuracies(arm), images))
            measured.append(
                f"{errors:.1f} standard errors of {images:,} images apart; there is no spread over seeds to judge by"
            )
    return Finding(
        f"MC dropout hardly changes the accuracy of {arm.label} (by less than {HARDLY:g} point)",
        tuple(measured),
        agrees,
        said=_said(f"test accuracy of {arm.label}", arm, "test_accuracy", "mc_accuracy", found, 2, "points"),
        runs=(len(found.values),),
        judged=len(found.values) > 1 or images is not None,
    )


def _of_one_seed(arm: Arm, change: float, images: int | None) -> bool | None:
    """Return whether the change is less than `HARDLY`; None where the images are too few to tell.

    They are where a standard error is as large as what is asked for, or a larger change is within `ERRORS` of them.
    """
    if not images:
        return None
    plain, mc = _accuracies(arm)
    if abs(change) < HARDLY:
        beyond = mc + HARDLY if mc < 50 else mc - HARDLY
        return True if abs(standard_errors(mc, beyond, images)) > 1 else None
    return False if abs(standard_errors(plain, mc, images)) > ERRORS else None


def _accuracies(arm: Arm) -> tuple[float, float]:
    plain, mc = arm.column("test_accuracy"), arm.column("mc_accuracy")
    assert plain is not None
    assert mc is not None
    return plain.mean, mc.mean


def _likelihood(arm: Arm) -> Finding:
    found = likelihood_change(arm)
    assert found is not None
    agrees = True if max(found.values) < 0 else False if min(found.values) > 0 else None
    measured = _measured("negative log-likelihood", arm, "test_loss", "mc_loss", found, 3, "nats")
    return Finding(
        f"MC dropout makes the test images more likely to {arm.label}",
        (measured, _beats(found, above=False)),
        agrees if len(found.values) > 1 else None,
        said=_said(
            f"negative log-likelihood of the test images under {arm.label}",
            arm,
            "test_loss",
            "mc_loss",
            found,
            3,
            "nats",
        ),
        runs=(len(found.values),),
        judged=len(found.values) > 1,
    )


def _said(what: str, arm: Arm, plain: str, mc: str, change: Stat, decimals: int, unit: str) -> str:
    """Return what MC dropout does to a figure, as a clause."""
    before, after = (found.text(decimals) for key in (plain, mc) if (found := arm.column(key)) is not None)
    does = "raises" if change.mean > 0 else "lowers"
    if not round(change.mean, decimals):
        does = "changes"
    size = Stat(tuple(math.copysign(1, change.mean) * value for value in change.values))
    shown = " %" if unit == "points" else f" {unit}"
    return f"MC dropout {does} the {what} by {size.text(decimals, unit)} (from {before} to {after}{shown})"


def _measured(what: str, arm: Arm, plain: str, mc: str, change: Stat, decimals: int, unit: str) -> str:
    texts = [found.text(decimals, unit) for name in (plain, mc) if (found := arm.column(name)) is not None]
    changes = ", ".join(f"{value:+.{decimals}f}" for value in change.values)
    return f"{what}: deterministic {texts[0]}, MC dropout {texts[1]}; change of each replicate {changes}"


def _beats(change: Stat, *, above: bool) -> str:
    """Return whether MC dropout beats the deterministic pass, replicate by replicate."""
    wins = sum(value > 0 if above else value < 0 for value in change.values)
    return f"MC dropout does better in {wins} of {len(change.values)}"


MC_DROPOUT = Question(
    "(e) Does MC dropout beat the deterministic pass?",
    "It hardly changes the accuracy; what it gives are better probabilities: the likelihood rises.",
    _points,
)
