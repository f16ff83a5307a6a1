"""Convergence, stability and verdict, on examples worked by hand, and what must be true of any run."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrtui.analysis.indicators import Indicators, Verdict, fluctuation, indicators, worst_jump
from lrtui.study import preset
from lrtui.study.records import EpochRecord, Outcome
from lrtui.study.schema import RunConfig

NAN, INF = math.nan, math.inf


def config(**tables: Any) -> RunConfig:
    """Return the configuration of a run on MNIST, with further tables."""
    table = {"title": "made", "data": {"name": "mnist"}, "model": {"name": "mlp"}, "optim": {"name": "sgd", "lr": 0.1}}
    return preset.from_resolved("made", {**table, **tables}).runs[0].config


PAPER = config()


def run_of(
    val_losses: Sequence[float],
    train_losses: Sequence[float] | None = None,
    accuracies: Sequence[float] | None = None,
) -> list[EpochRecord]:
    """Return the records of a run from its losses, epoch 0 first."""
    train = val_losses if train_losses is None else train_losses
    shown = [50.0] * len(val_losses) if accuracies is None else accuracies
    return [
        EpochRecord(1, epoch, train[epoch], 50.0, loss, shown[epoch], 0.1, 0.0, 1.0 if epoch else None, 0.5)
        for epoch, loss in enumerate(val_losses)
    ]


def judge(val_losses: Sequence[float], train_losses: Sequence[float] | None = None) -> Indicators:
    return indicators(run_of(val_losses, train_losses), PAPER)


class TestFigures:
    def test_a_loss_that_never_moves(self) -> None:
        found = judge([2.3] * 31)
        assert (found.convergence_epoch, found.stable_epoch, found.settling_epoch) == (None, 2, None)
        assert found.fluctuation == 0.0  # no movement at all: 0 / 0 is taken as 0
        assert found.worst_jump == 0.0

    def test_a_loss_that_rises_in_the_end(self) -> None:
        found = judge([2.0, 1.5, 1.2, 3.5, 4.0, 9.0])
        assert (found.verdict, found.diverged_at) == (Verdict.DIVERGED, 3)
        assert found.fluctuation == pytest.approx((2.3 + 0.5 + 5.0) / (0.5 + 0.3 + 2.3 + 0.5 + 5.0))
        assert found.worst_jump == pytest.approx(2.3 / 1.2)

    def test_a_loss_that_oscillates(self) -> None:
        found = judge([2.0, *[1.0, 1.5] * 10])
        # down 1.0, then 19 steps of 0.5, ten of them up: 5 / (1 + 9.5)
        assert found.fluctuation == pytest.approx(5 / 10.5)
        assert found.worst_jump == pytest.approx(0.5)

    def test_nan_from_the_first_batch(self) -> None:
        found = judge([2.3] + [NAN] * 5)
        assert (found.verdict, found.diverged_at, found.epochs) == (Verdict.DIVERGED, 1, 5)
        assert (found.final_val_accuracy, found.best_val_accuracy, found.best_epoch) == (None, None, None)
        assert math.isnan(found.final_val_loss or 0)
        assert math.isnan(found.end_val_loss or 0)
        assert found.fluctuation is None  # no two finite losses in a row
        assert found.worst_jump is None
        assert found.convergence_epoch is None

    def test_a_single_epoch(self) -> None:
        found = indicators(run_of([2.0, 1.0], accuracies=[10.0, 80.0]), PAPER)
        assert (found.epochs, found.final_val_accuracy, found.best_val_accuracy, found.best_epoch) == (1, 80.0, 80.0, 1)
        assert (found.fluctuation, found.worst_jump, found.end_val_loss) == (0.0, -0.5, 1.0)
        assert (found.convergence_epoch, found.stable_epoch) == (None, None)

    def test_before_the_first_epoch_there_is_nothing_to_say(self) -> None:
        assert indicators([], PAPER) == Indicators()
        assert indicators(run_of([2.3]), PAPER) == Indicators(seconds=0.5)
        assert indicators(run_of([NAN]), PAPER) == Indicators(seconds=0.5)

    def test_the_papers_stable_epoch_is_the_first_change_below_one_percent(self) -> None:
        assert judge([2.3, 2.0, 1.5, 1.49, 1.0, 0.999]).stable_epoch == 3
        assert judge([2.3, 2.0, 1.5, 1.0]).stable_epoch is None


class TestWeightsThatAreKept:
    records = run_of([2.0, 1.0, 0.5, 0.8], accuracies=[10.0, 60.0, 80.0, 70.0])

    def test_they_are_those_of_the_last_epoch_unless_early_stopping_restores_the_best(self) -> None:
        plain, restored = config(), config(early_stopping={"patience": 3})
        assert [indicators(self.records, one).final_val_accuracy for one in (plain, restored)] == [70.0, 80.0]
        assert [indicators(self.records, one).final_val_loss for one in (plain, restored)] == [0.8, 0.5]
        by_accuracy = config(early_stopping={"patience": 3, "monitor": "val_accuracy"})
        assert (
            indicators(run_of([2.0, 1.0, 0.5], accuracies=[10.0, 60.0, 50.0]), by_accuracy).final_val_accuracy == 60.0
        )

    def test_a_run_that_diverged_keeps_the_best_too(self) -> None:
        found = indicators(
            run_of([2.0, 1.0, NAN], accuracies=[10.0, 60.0, 9.8]), config(early_stopping={"patience": 3})
        )
        assert (found.verdict, found.final_val_accuracy) == (Verdict.DIVERGED, 60.0)

    def test_after_training_they_are_those_of_the_outcome(self) -> None:
        outcome = Outcome(1, 2, True, 0.6, 79.0, 0.7, 78.0, 0.1, 0.1, 0.9)  # pruned meanwhile
        assert indicators(self.records, PAPER, outcome).final_val_accuracy == 79.0
        lost = Outcome(1, 2, False, NAN, 9.8, NAN, 9.8, NAN, 0.1, 0.0)
        assert indicators(self.records, PAPER, lost).final_val_accuracy is None


class TestConvergence:
    def test_it_is_the_first_of_three_stable_epochs(self) -> None:
        # changes: 50 %, 20 %, then 0.5 %, 0.5 %, 0.5 %: stable at 3, 4, 5
        losses = [2.0, 1.0, 0.8, 0.796, 0.792, 0.788]
        assert judge(losses).convergence_epoch == 3
        assert judge(losses[:-1]).convergence_epoch is None  # two stable epochs are too few

    def test_an_interruption_starts_the_count_again(self) -> None:
        losses = [2.0, 1.0, 0.995, 0.99, 0.8, 0.799, 0.798, 0.797]
        assert judge(losses).convergence_epoch == 5

    def test_epoch_1_cannot_be_the_convergence_epoch(self) -> None:
        # epoch 1 changes by 0 % and so do all after it; with `learned` out of the way, epoch 2 is the first allowed
        anything = config(indicators={"learned": 1.0})
        assert indicators(run_of([2.0, 2.0, 1.999, 1.998, 1.997]), anything).convergence_epoch == 2

    def test_it_must_have_learned_something_at_that_epoch(self) -> None:
        # stable from epoch 2 on, but at or below 1.8 = 0.9 · 2.0 only from epoch 4 on
        losses = [2.0, 1.83, 1.815, 1.805, 1.79, 1.78, 1.77]
        assert judge(losses).convergence_epoch == 4

    def test_a_change_of_exactly_one_percent_is_not_stable(self) -> None:
        assert judge([2.0, 1.0, 1.01, 1.005, 1.0, 0.995]).convergence_epoch == 3

    def test_a_run_that_diverges_after_all_has_not_converged(self) -> None:
        found = judge([2.0, 1.0, 1.0, 1.0, 1.0, 5.0, 5.0])
        assert (found.verdict, found.convergence_epoch, found.diverged_at) == (Verdict.DIVERGED, None, 5)

    def test_the_limit_of_having_learned_belongs_to_it(self) -> None:
        # half of 2.0 is 1.0: reached exactly at epoch 2, which is stable with the two after it
        half = config(indicators={"learned": 0.5})
        assert indicators(run_of([2.0, 1.005, 1.0, 0.999, 0.998]), half).convergence_epoch == 2

    def test_thresholds_are_parameters(self) -> None:
        losses = run_of([2.0, 1.0, 0.96, 0.93, 0.91])
        assert indicators(losses, PAPER).convergence_epoch is None
        loose = config(indicators={"stable_change": 0.05, "stable_epochs": 2})
        assert indicators(losses, loose).convergence_epoch == 2


def test_the_best_accuracy_is_taken_from_epoch_1_on_at_its_first_epoch() -> None:
    found = indicators(run_of([2.0, 1.9, 1.8, 1.7], accuracies=[99.0, 40.0, 60.0, 60.0]), PAPER)
    assert (found.best_val_accuracy, found.best_epoch, found.final_val_accuracy) == (60.0, 2, 60.0)


def test_fluctuation_is_that_of_the_validation_loss() -> None:
    found = judge([2.0, 1.0, 0.5], train_losses=[2.0, 1.0, 1.5])
    assert (found.fluctuation, found.worst_jump) == (0.0, -0.5)


def test_seconds_are_those_of_all_records() -> None:
    assert judge([2.0, 1.0, 0.5]).seconds == 1.5


def test_a_loss_of_exactly_zero_divides_nothing() -> None:
    found = judge([2.0, 0.0, 0.0, 0.0, 0.0])
    assert (found.stable_epoch, found.convergence_epoch, found.worst_jump) == (2, 2, 0.0)
    assert worst_jump([1.0, 0.0, 0.5]) == INF


def test_without_epoch_0_nothing_is_measured_against_it() -> None:
    found = indicators(run_of([2.0, 1.0, 1.0, 1.0, 1.0, 1.0])[1:], PAPER)
    assert (found.verdict, found.convergence_epoch, found.diverged_at) == (Verdict.SETTLED, None, None)


any_loss = st.one_of(st.floats(0, 1e6), st.sampled_from([NAN, INF]))
any_losses = st.lists(any_loss, min_size=2, max_size=40)
finite_losses = st.lists(st.floats(1e-3, 1e3), min_size=2, max_size=40)


@given(any_losses)
def test_any_run_has_one_verdict_and_figures_within_their_range(losses: list[float]) -> None:
    found = judge(losses)
    assert found.verdict in list(Verdict)
    assert found.fluctuation is None or 0 <= found.fluctuation <= 1
    assert (found.verdict is Verdict.SETTLED) == (found.settling_epoch is not None)
    assert found.settling_epoch is None or 1 <= found.settling_epoch < len(losses)
    assert found.verdict.learned or found.convergence_epoch is None
    assert (found.verdict is Verdict.DIVERGED) == (found.diverged_at is not None)
    assert (
        found.convergence_epoch is None or 2 <= found.convergence_epoch <= len(losses) - PAPER.indicators.stable_epochs
    )
    assert found.diverged_at is None or 1 <= found.diverged_at < len(losses)
    if not all(math.isfinite(loss) for loss in losses[1:]):
        assert found.verdict is Verdict.DIVERGED


@given(finite_losses)
def test_backwards_in_time_rises_become_falls(losses: list[float]) -> None:
    forwards, backwards = fluctuation(losses), fluctuation(losses[::-1])
    assert forwards is not None
    assert backwards is not None
    moved = len(set(losses)) > 1
    assert forwards + backwards == pytest.approx(1 if moved else 0)


@given(finite_losses)
def test_convergence_against_the_definition_read_literally(losses: list[float]) -> None:
    found = judge(losses)
    change = [NAN] + [abs(after - before) / before for before, after in pairwise(losses)]
    candidates = [
        e
        for e in range(2, len(losses) - 2)
        if all(change[e + k] < 0.01 for k in range(3)) and losses[e] <= 0.9 * losses[0]
    ]
    if not found.verdict.learned:
        assert found.convergence_epoch is None
    else:
        assert found.convergence_epoch == (candidates[0] if candidates else None)


@given(st.lists(st.floats(0.97, 1.01), min_size=6, max_size=30))
def test_convergence_of_slow_runs_against_the_definition(factors: list[float]) -> None:
    losses = [2.0, 1.0]
    for factor in factors:
        losses.append(losses[-1] * factor)
    change = [NAN] + [abs(after - before) / before for before, after in pairwise(losses)]
    expected = next((e for e in range(2, len(losses) - 2) if max(change[e : e + 3]) < 0.01), None)
    assert judge(losses).convergence_epoch == expected
