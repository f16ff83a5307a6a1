"""MC dropout beside the deterministic pass: the same weights on the same images, so that replicates are paired."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from lrtui.analysis.answers.answer import Finding, Measure
from lrtui.analysis.answers.arms import Arm
from lrtui.analysis.answers.contrasts import Question
from lrtui.analysis.answers.families import Family
from lrtui.analysis.answers.stat import Stat

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
        findings += [replace(look(member.arm), needed=needed) for look in (_accuracy, _likelihood)]
    return findings


def _accuracy(arm: Arm) -> Finding:
    found = gain(arm)
    assert found is not None
    sizes = [abs(value) for value in found.values]
    one_way = min(found.values) > 0 or max(found.values) < 0
    agrees = True if max(sizes) < HARDLY else False if min(sizes) >= HARDLY and one_way else None
    return Finding(
        f"MC dropout hardly changes the accuracy of {arm.label} (by less than {HARDLY:g} point)",
        (_measured("accuracy", arm, "test_accuracy", "mc_accuracy", found, 2, "%"), _beats(found, above=True)),
        agrees if len(found.values) > 1 else None,
    )


def _likelihood(arm: Arm) -> Finding:
    found = likelihood_change(arm)
    assert found is not None
    agrees = True if max(found.values) < 0 else False if min(found.values) > 0 else None
    measured = _measured("negative log-likelihood", arm, "test_loss", "mc_loss", found, 3, "nats")
    return Finding(
        f"MC dropout makes the test images more likely to {arm.label}",
        (measured, _beats(found, above=False)),
        agrees if len(found.values) > 1 else None,
    )


def _measured(what: str, arm: Arm, plain: str, mc: str, change: Stat, decimals: int, unit: str) -> str:
    texts = [found.text(decimals, unit) for name in (plain, mc) if (found := arm.column(name)) is not None]
    changes = ", ".join(f"{value:+.{decimals}f}" for value in change.values)
    return f"{what}: deterministic {texts[0]}, MC dropout {texts[1]}; change of each replicate {changes}"


def _beats(change: Stat, *, above: bool) -> str:
    """Return whether MC dropout beats the deterministic pass, replicate by replicate."""
    wins = sum(value > 0 if above else value < 0 for value in change.values)
    few = "" if len(change.values) > 1 else "; fewer than two replicates, so no spread to judge by"
    return f"MC dropout does better in {wins} of {len(change.values)}{few}"


MC_DROPOUT = Question(
    "(e) Does MC dropout beat the deterministic pass?",
    "It hardly changes the accuracy; what it gives are better probabilities: the likelihood rises.",
    _points,
)
