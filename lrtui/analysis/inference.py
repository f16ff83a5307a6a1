"""What each way of predicting takes and gives: networks as trained, folded, and in other number formats."""

import statistics
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from lrtui.study.records import Outcome
from lrtui.study.states import RunState

PLAIN, FOLDED = "float32", "float32, folded"


@dataclass(frozen=True)
class Predicting:
    """One way to predict with the networks of one scenario."""

    label: str
    """The scenario's."""
    form: str
    """`float32`, `float32, folded`, `int8`, …"""
    n: int
    """Replicates that were measured so."""
    milliseconds: float
    """Of one pass over the test images: the median of the replicates'."""
    accuracy: float
    """Percent, of the test images: the mean of the replicates'."""
    bytes: int | None
    """Of weights and buffers; None: not known."""
    ratio: float | None = None
    """How many times as long as the same networks take in float32, not folded, beside it: the geometric mean; None: is that."""
    points: float | None = None
    """Accuracy beside theirs."""
    best: bool = False
    """Whether no other way is both at least as quick and at least as accurate."""


def ways(states: Iterable[RunState], label: Callable[[RunState], str]) -> list[Predicting]:
    """Return the ways that were measured, the quickest first; none if no number format was.

    Of a network that gives no numbers nothing is said.
    """
    scenarios: dict[str, list[Outcome]] = {}
    for state in states:
        if (outcome := state.outcome) is not None and outcome.inference:
            scenarios.setdefault(label(state), []).append(outcome)
    found = [way for name, outcomes in scenarios.items() for way in _of_scenario(name, outcomes)]
    return _with_best(sorted(found, key=lambda way: (way.milliseconds, -way.accuracy)))


def _of_scenario(label: str, outcomes: Sequence[Outcome]) -> Iterator[Predicting]:
    forms: dict[str, list[_Pass]] = {}
    for outcome in outcomes:
        for one in _passes(outcome):
            if one.accuracy == one.accuracy:
                forms.setdefault(one.form, []).append(one)
    for form, passes in forms.items():
        yield Predicting(
            label,
            form,
            len(passes),
            1000 * statistics.median(one.seconds for one in passes),
            statistics.fmean(one.accuracy for one in passes),
            passes[0].bytes,
            None if form == PLAIN else _ratio(passes),
            None if form == PLAIN else statistics.fmean(one.accuracy - one.plain_accuracy for one in passes),
        )


@dataclass(frozen=True)
class _Pass:
    """What one run took and gave in one form, and beside it in float32."""

    form: str
    seconds: float
    accuracy: float
    bytes: int | None
    plain_seconds: float
    plain_accuracy: float


def _passes(outcome: Outcome) -> Iterator[_Pass]:
    plain = next(one for one in outcome.inference if one.dtype == PLAIN)
    for one in outcome.inference:
        yield _Pass(one.dtype, one.seconds, one.accuracy, one.bytes, plain.seconds, plain.accuracy)
    if (folded := outcome.folded) is not None:
        accuracy = outcome.test_accuracy  # the logits are the same
        yield _Pass(FOLDED, folded.seconds, accuracy, None, folded.unfolded_seconds, accuracy)


def _ratio(passes: Sequence[_Pass]) -> float | None:
    ratios = [one.seconds / one.plain_seconds for one in passes if one.seconds > 0 and one.plain_seconds > 0]
    return statistics.geometric_mean(ratios) if ratios else None


def _with_best(ordered: Sequence[Predicting]) -> list[Predicting]:
    highest, marked = float("-inf"), []
    for way in ordered:
        marked.append(replace(way, best=way.accuracy > highest))
        highest = max(highest, way.accuracy)
    return marked
