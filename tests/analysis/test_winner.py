"""Who won, and whether the replicates support it."""

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrtui.analysis import winner as module
from lrtui.analysis.frames import runs_frame
from lrtui.analysis.result import StudyResult
from lrtui.analysis.winner import permutation_p, winner, winners


def test_a_clear_winner(measured: Callable[..., StudyResult]) -> None:
    found = winner(measured({1e-1: [96.0, 96.3, 95.7], 1e-2: [94.0, 94.2, 93.8], 1e-3: [66.0, 66.0, 66.0]}).runs)
    assert found is not None
    assert found.runner_up is not None
    assert (found.best.scenario, found.runner_up.scenario) == ("mlp-mnist-sgd-1e-1", "mlp-mnist-sgd-1e-2")
    assert found.gap == pytest.approx(2.0)
    assert found.separated is True
    assert found.p_value == pytest.approx(1 / 20)  # of C(6, 3) = 20 splits only this one reaches the difference
    assert found.sentence() == (
        "1e-1 won with 96.00 ± 0.30 %, 2.00 points ahead of 1e-2 (94.00 ± 0.20 %); "
        "every replicate of it is above every replicate of 1e-2 (permutation p = 0.05, the lowest that 3 against 3 can give)"
    )


def test_overlapping_replicates_are_not_separated(measured: Callable[..., StudyResult]) -> None:
    found = winner(measured({1e-1: [96.0, 93.0], 1e-2: [94.0, 92.0]}).runs)
    assert found is not None
    assert found.separated is False
    # means 94.5 and 93; of the six pairs those summing to 189 or more: 96+94, 96+93 and no other
    assert found.p_value == pytest.approx(2 / 6)
    assert "not separated: replicates of the two overlap (permutation p = 0.333)" in found.sentence()


def test_one_replicate_each_leaves_no_spread_to_judge_by(measured: Callable[..., StudyResult]) -> None:
    found = winner(measured({1e-1: [96.0], 1e-2: [94.0]}).runs)
    assert found is not None
    assert (found.separated, found.p_value) == (None, None)
    assert found.sentence() == (
        "1e-1 won with 96.00 %, 2.00 points ahead of 1e-2 (94.00 %); one replicate each: no spread to judge by"
    )


def test_one_replicate_against_several(measured: Callable[..., StudyResult]) -> None:
    found = winner(measured({1e-1: [96.0, 95.0], 1e-2: [94.0]}).runs)
    assert found is not None
    assert found.p_value is None
    assert "; only one replicate of 1e-2: no spread to judge by" in found.sentence()


def test_a_lone_scenario(measured: Callable[..., StudyResult]) -> None:
    found = winner(measured({1e-1: [96.0, 95.0]}).runs)
    assert found is not None
    assert found.gap is None
    assert found.sentence() == "mlp-mnist-sgd-1e-1 won with 95.50 ± 0.71 %, the only scenario with a finished run"


@pytest.mark.parametrize("status", ["waiting", "running", "stopped", "skipped", "failed", "interrupted"])
def test_of_an_unfinished_study_it_says_what_is_missing(measured: Callable[..., StudyResult], status: str) -> None:
    better = {"final_val_accuracy": 99.0, "status": status}
    found = winner(measured({1e-3: [90.0, 91.0], 1e-2: [94.0, 95.0], 1e-1: [96.0, better], 1.0: [better] * 2}).runs)
    assert found is not None
    assert found.provisional
    assert found.sentence() == (
        "1e-1 is best of the finished with 96.00 %, 1.50 points ahead of 1e-2 (94.50 ± 0.71 %); "
        "only one replicate of 1e-1: no spread to judge by; not finished: 1e-1, 1"
    )


def test_of_many_unfinished_scenarios_the_rest_is_counted(measured: Callable[..., StudyResult]) -> None:
    open_rates = {10.0**power: [{"status": "skipped"}] for power in range(-8, 0)}
    found = winner(measured({1.0: [90.0], **open_rates}).runs)
    assert found is not None
    assert found.sentence().endswith("not finished: 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3 and 2 more")


def test_runs_that_are_not_done_do_not_count(measured: Callable[..., StudyResult]) -> None:
    stopped = {"final_val_accuracy": 99.0, "status": "stopped"}
    found = winner(measured({1e-1: [96.0, 95.0], 1e-2: [stopped, 90.0]}).runs)
    assert found is not None
    assert found.unfinished == ("1e-2",)
    assert found.best.scenario == "mlp-mnist-sgd-1e-1"
    assert found.runner_up is not None
    assert found.runner_up.n == 1


def test_of_equal_means_the_first_scenario_is_ahead(measured: Callable[..., StudyResult]) -> None:
    found = winner(measured({1e-2: [90.0, 92.0], 1e-1: [91.0, 91.0]}).runs)
    assert found is not None
    assert found.best.scenario == "mlp-mnist-sgd-1e-2"
    assert (found.gap, found.separated) == (0.0, False)


def test_nothing_done_no_winner(measured: Callable[..., StudyResult]) -> None:
    assert winner(runs_frame([])) is None
    assert winner(measured({1e-1: [{"status": "stopped"}]}).runs) is None


def test_each_model_and_data_set_has_its_winner(measured: Callable[..., StudyResult]) -> None:
    runs = measured({1e-1: [96.0], 1e-2: [94.0]}).runs
    other = measured({1e-1: [30.0], 1e-2: [70.0]}, model="cnn", dataset="cifar10").runs
    found = winners(runs.extend(other))
    assert [winner.best.scenario for winner in found] == ["mlp-mnist-sgd-1e-1", "cnn-cifar10-sgd-1e-2"]


def test_many_replicates_are_judged_by_random_splits_always_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    high, low = tuple(range(90, 98)), tuple(range(87, 95))
    exact = permutation_p(high, low)
    monkeypatch.setattr(module, "EXACT_SPLITS", 5_000)  # C(16, 8) = 12870
    permutation_p.cache_clear()
    estimated = permutation_p(high, low)
    permutation_p.cache_clear()
    assert estimated == permutation_p(high, low)
    permutation_p.cache_clear()
    # within four standard errors of the exact share
    assert estimated == pytest.approx(exact, abs=4 * math.sqrt(exact * (1 - exact) / 5_000))


accuracies = st.lists(st.floats(0, 100), min_size=1, max_size=5).map(tuple)


@given(accuracies, accuracies)
def test_p_is_a_share_of_splits(high: tuple[float, ...], low: tuple[float, ...]) -> None:
    splits = math.comb(len(high) + len(low), len(high))
    p = permutation_p(high, low)
    assert 1 / splits <= p <= 1
    assert p * splits == pytest.approx(round(p * splits))


@given(st.floats(0, 100), st.integers(1, 5), st.integers(1, 5))
def test_p_of_identical_values_is_1(value: float, here: int, there: int) -> None:
    assert permutation_p((value,) * here, (value,) * there) == 1


@given(st.integers(1, 5), st.integers(1, 5))
def test_p_of_groups_apart_is_one_split(here: int, there: int) -> None:
    high, low = tuple(90.0 + step for step in range(here)), tuple(10.0 + step for step in range(there))
    assert permutation_p(high, low) == pytest.approx(1 / math.comb(here + there, here))


def test_a_scenario_that_diverged_never_wins_over_one_that_did_not(measured: Callable[..., StudyResult]) -> None:
    lost = {"final_val_accuracy": 95.0, "status": "done", "verdict": "diverged"}
    found = winner(measured({1e-1: [lost, lost], 1e-2: [90.0, 91.0]}).runs)
    assert found is not None
    assert found.best.label == "1e-2"
    partly = winner(measured({1e-1: [lost, 96.0], 1e-2: [90.0, 91.0]}).runs)
    assert partly is not None
    assert partly.sentence().startswith("1e-1 won with 95.50 ± 0.71 % (1 of 2 diverged), 5.00 points ahead")
    nobody = winner(measured({1e-1: [lost, lost]}).runs)
    assert nobody is not None
    assert nobody.sentence().startswith("Every finished run diverged")
