"""Who won: the worked examples of the definitions, and what must hold of any comparison."""

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrtui.analysis.frames import runs_frame
from lrtui.analysis.result import StudyResult
from lrtui.analysis.scenarios import scenarios
from lrtui.analysis.statistics import ALPHA, holm, paired
from lrtui.analysis.winner import Comparison, comparisons
from lrtui.report.compared import comparison_documents

Measured = Callable[..., StudyResult]
FIVE = {
    1e-3: [88.4, 87.6, 88.1, 87.9, 88.6],
    1e-2: [97.3, 97.2, 97.5, 97.4, 97.1],
    3e-2: [98.1, 97.8, 98.2, 98.0, 97.9],
    1e-1: [98.2, 98.0, 98.1, 98.3, 97.9],
    3e-1: [98.0, 97.7, 98.1, 97.6, 97.8],
}


@pytest.fixture(scope="module")
def compare(measured: Measured) -> Callable[..., Comparison]:
    """Return the comparison of the rates' runs: accuracies, or columns of `runs.parquet`."""

    def made(outcomes: Mapping[float, Sequence[float | dict[str, object]]], **about: object) -> Comparison:
        (comparison,) = comparisons(measured(outcomes, **about).runs)
        return comparison

    return made


Compare = Callable[..., Comparison]


def labels(comparison: Comparison) -> list[str]:
    return [scenario.label for scenario in comparison.alike]


def lost(verdict: str, accuracy: float | None = 10.0) -> dict[str, object]:
    return {"final_val_accuracy": accuracy, "verdict": verdict}


def test_a_difference_at_five_percent_wins(compare: Compare) -> None:
    comparison = compare({1e-1: [98.03, 98.25, 98.19], 1e-2: [97.33, 97.21, 97.45]})
    (rival,) = comparison.rivals
    assert rival.paired is not None
    assert (rival.paired.t, rival.paired.p) == (pytest.approx(7.704985), pytest.approx(0.016430, abs=1e-6))
    assert (comparison.winner, labels(comparison)) == (True, ["1e-1"])


def test_a_difference_within_the_spread_does_not(compare: Compare) -> None:
    comparison = compare({1e-1: [98.03, 98.25, 97.81], 1e-2: [97.80, 97.87, 97.73]})
    (rival,) = comparison.rivals
    assert rival.paired is not None
    assert (comparison.winner, labels(comparison)) == (False, ["1e-1", "1e-2"])
    assert (rival.more_seeds, rival.paired.seeds_to_settle, rival.paired.seeds_for_power) == (2, 5, 6)


def test_of_several_rivals_the_set_goes_by_holm(compare: Compare) -> None:
    comparison = compare(FIVE)
    assert (comparison.winner, labels(comparison)) == (False, ["1e-1", "3e-2", "3e-1"])
    by_label = {rival.scenario.label: rival for rival in comparison.rivals}
    worked = {"1e-3": 4.33700e-6, "1e-2": 3.83446e-4, "3e-1": 0.195573, "3e-2": 0.230200}
    assert {label: rival.p_holm for label, rival in by_label.items()} == pytest.approx(worked, rel=1e-5)
    assert by_label["3e-2"].more_seeds == 8  # 13 in all
    assert (comparison.edge, comparison.next_rate) == ("high", 1.0)  # 3e-1 cannot be told from the best


def test_a_winner_of_two_rates_may_still_lie_on_the_edge(compare: Compare) -> None:
    comparison = compare({3e-2: [97.33, 97.21, 97.45], 1e-1: [98.03, 98.25, 98.19]})
    assert (comparison.winner, comparison.edge, comparison.next_rate) == (True, "high", 0.3)


def test_one_scenario_alone_has_not_won(compare: Compare) -> None:
    comparison = compare({1e-1: [96.0, 95.0]})
    assert (comparison.winner, comparison.alone, comparison.edge) == (False, True, None)


def test_of_one_replicate_the_set_is_the_highest_alone(compare: Compare) -> None:
    comparison = compare({1e-1: [96.0], 1e-2: [94.0], 1e-3: [90.0]})
    assert (comparison.winner, labels(comparison), comparison.rivals[0].p_holm) == (False, ["1e-1"], None)
    assert (comparison.edges, comparison.next_rate) == (("high",), 1.0)


def test_the_same_difference_in_every_seed_tells_apart_and_makes_no_winner(compare: Compare) -> None:
    comparison = compare({1e-1: [96.5, 95.5], 1e-2: [96.0, 95.0]})
    (rival,) = comparison.rivals
    assert (comparison.winner, rival.p_holm, rival.apart, labels(comparison)) == (False, None, True, ["1e-1"])
    assert comparison.open_rivals == (rival,)


def test_an_exact_tie_is_a_tie(compare: Compare) -> None:
    comparison = compare({1e-1: [96.0, 95.0, 94.0], 1e-2: [95.0, 94.0, 96.0]})
    assert (comparison.winner, comparison.rivals[0].tied, labels(comparison)) == (False, True, ["1e-1", "1e-2"])
    assert comparison.edges == ("high", "low")


@pytest.mark.parametrize("survivors", [[98.0, 98.1], [97.2, 97.5]])
def test_who_gave_no_accuracy_in_some_runs_has_not_won(compare: Compare, survivors: list[float]) -> None:
    dying = [*survivors, *[lost("diverged", None)] * 3]
    comparison = compare({1e-1: dying, 1e-2: [97.0, 97.1, 97.0, 96.9, 97.0], 1e-3: [50.0, 51.0, 52.0, 51.0, 50.0]})
    assert (comparison.best.label, comparison.winner) == ("1e-2", False)
    assert [rival.scenario.label for rival in comparison.rivals] == ["1e-3", "1e-1"]
    assert "recommended" not in " ".join(comparison.sentences()), (
        "five were trained: that some died is no want of replicates"
    )


def test_alone_among_those_that_learned_it_has_not_won_either(compare: Compare) -> None:
    dying: list[object] = [98.0, 98.1, 98.2, lost("diverged", None)]
    comparison = compare({1e-1: dying, 1e-9: [lost("stalled", 10.0 + seed / 10) for seed in range(4)]})
    assert (comparison.best.label, comparison.winner, labels(comparison)) == ("1e-1", False, ["1e-1"])


def test_who_never_learned_is_not_beside_a_best_that_did(compare: Compare) -> None:
    comparison = compare({1e-1: [30.0, 90.0], 1e-9: [lost("stalled", 9.0), lost("stalled", 11.0)]})
    assert (comparison.winner, labels(comparison), len(comparison.open_rivals)) == (False, ["1e-1"], 1)
    assert "1e-9 is 50.00 points behind" in " ".join(comparison.sentences()), (
        "it says what keeps the best from having won"
    )


@pytest.mark.parametrize("best", ["improving", "diverged"])
@pytest.mark.parametrize(
    ("verdict", "loss", "beside"),
    [
        ("diverged", 0.4, True),
        ("collapsed", 0.4, True),
        ("diverged", 2.4, False),
        ("collapsed", 2.3, False),
        ("diverged", math.nan, False),
        ("stalled", 2.29, False),
    ],
)
def test_beside_the_best_are_those_whose_kept_weights_know_something(
    compare: Compare, best: str, verdict: str, loss: float, beside: bool
) -> None:
    runs = [lost(best, 30.0) | {"final_val_loss": 0.9}, lost(best, 90.0) | {"final_val_loss": 0.3}]
    rival = [lost(verdict, 29.0) | {"final_val_loss": loss}, lost(verdict, 60.0) | {"final_val_loss": loss}]
    comparison = compare({1e-2: [90.0 - 70, 20.5], 1e-1: runs, 10.0: rival})
    assert (comparison.best.label, "10" in labels(comparison)) == ("1e-1", beside)


def test_both_ends_of_a_grid_are_told(compare: Compare) -> None:
    noise = [90.0, 95.0, 91.0]
    comparison = compare({1e-3: noise, 1e-2: [40.0, 41.0, 42.5], 1e-1: [94.0, 90.0, 91.0]})
    assert (comparison.edges, comparison.next_rates) == (("low", "high"), (1e-4, 1.0))
    (document,) = comparison_documents([comparison])
    assert (document["edge"], document["next_rate"]) == ("low", 1e-4), "the end of the best"
    assert (document["edges"], document["next_rates"]) == (["low", "high"], [1e-4, 1.0])
    assert "reach both ends of the grid, 1e-3 and 1e-1: try 1e-4 and 1." in comparison.sentences()[0]


def test_a_rate_without_another_has_no_edge(compare: Compare, measured: Measured) -> None:
    alone = measured({1e-1: [96.0, 95.0]}, sweep={"optim.momentum": [0.0, 0.9]})
    (comparison,) = comparisons(alone.runs)
    assert len(comparison.scenarios) == 2
    assert (comparison.edge, comparison.next_rate, comparison.edges, comparison.next_rates) == (None, None, (), ())


@pytest.mark.parametrize("verdict", ["stalled", "collapsed", "diverged"])
def test_if_nobody_learned_nobody_won(compare: Compare, verdict: str) -> None:
    comparison = compare(
        {1e-1: [lost(verdict, 60.0), lost(verdict, 61.0)], 1e-9: [lost("stalled"), lost("stalled", 9.0)]}
    )
    assert (comparison.winner, comparison.edge) == (False, None)


def test_a_run_that_diverged_counts_with_the_weights_it_kept(compare: Compare) -> None:
    # the kept weights of the best epoch: the run diverged later
    diverged = [lost("diverged", 61.67), lost("diverged", 60.0)]
    comparison = compare({2e-2: diverged, 1e-9: [lost("stalled", 9.86), lost("stalled", 9.0)], 1e-4: [50.0, 49.0]})
    assert [comparison.best.label, *(rival.scenario.label for rival in comparison.rivals)] == ["2e-2", "1e-4", "1e-9"]
    assert all(rival.paired is not None and rival.paired.mean >= 0 for rival in comparison.rivals)


def test_runs_without_an_accuracy_are_counted_and_not_tested(compare: Compare) -> None:
    comparison = compare({1e-1: [96.0, 95.9, 96.1], 1e-2: [90.1, 90.3, 90.2], 10.0: [lost("diverged", None)] * 3})
    assert comparison.rivals[-1].paired is None
    assert (comparison.winner, comparison.rivals[-1].scenario.silent) == (True, 3)


@pytest.mark.parametrize("status", ["waiting", "running", "stopped", "skipped", "interrupted"])
def test_an_unfinished_study_has_no_winner_yet(compare: Compare, status: str) -> None:
    open_run = {"status": status}
    comparison = compare({1e-1: [98.0, 98.2, 98.1], 1e-2: [96.0, 96.2, 95.9], 1.0: [open_run] * 3})
    assert (comparison.ahead, comparison.winner, comparison.unfinished) == (True, False, ("1",))
    assert labels(comparison) == ["1e-1"]


def test_runs_that_failed_are_counted(compare: Compare) -> None:
    comparison = compare({1e-1: [98.0, 98.2, 98.1], 1e-2: [96.0, 96.2, {"status": "failed"}]})
    assert (comparison.unfinished, comparison.rivals[0].scenario.failed) == ((), 1)
    assert comparison.rivals[0].paired is not None
    assert comparison.rivals[0].paired.n == 2


def test_accuracies_on_different_data_do_not_compare(measured: Measured) -> None:
    runs = measured({1e-1: [96.0], 1e-2: [94.0]}).runs
    other = measured({1e-1: [50.0], 1e-2: [60.0]}, dataset="cifar10").runs
    assert [(one.dataset, one.best.accuracies) for one in comparisons(runs.extend(other))] == [
        ("mnist", {1: 96.0}),
        ("cifar10", {1: 60.0}),
    ]


def test_without_a_finished_run_there_is_nothing_to_compare(study: Callable[..., object]) -> None:
    assert comparisons(runs_frame([])) == []


@pytest.mark.parametrize("rates", [2, 5])
@pytest.mark.parametrize("seeds", [3, 5, 10])
def test_equal_means_win_in_at_most_six_percent(rates: int, seeds: int) -> None:
    """The rule of `Comparison.ahead`, on replicates that differ by chance alone."""
    draws = np.random.default_rng(rates * 100 + seeds).normal(size=(1500, rates, seeds))
    won = 0
    for study in draws:
        best, *others = sorted(study.tolist(), key=math.fsum, reverse=True)
        pairs = [paired(dict(enumerate(best)), dict(enumerate(other))) for other in others]
        won += all(pair is not None and pair.p is not None and pair.p <= ALPHA for pair in pairs)
    assert won / len(draws) <= 0.06


accuracy = st.floats(0, 100, allow_nan=False).map(lambda value: round(value, 4))


@settings(deadline=None, max_examples=50)
@given(
    st.integers(1, 5).flatmap(
        lambda seeds: st.lists(st.lists(accuracy, min_size=seeds, max_size=seeds), min_size=2, max_size=4)
    )
)
def test_what_holds_of_any_comparison(measured: Measured, accuracies: list[list[float]]) -> None:
    outcomes = {10.0**-power: values for power, values in enumerate(accuracies)}
    runs = measured(outcomes).runs
    (comparison,) = comparisons(runs)
    assert comparison.alike[0] is comparison.best
    assert comparison.best.mean == max(scenario.mean for scenario in comparison.scenarios)
    assert all(rival.paired is not None and rival.paired.mean >= -1e-9 for rival in comparison.rivals)
    assert comparison.winner == (len(comparison.alike) == 1 and not comparison.open_rivals)
    assert all(rival.paired is not None and not rival.apart for rival in comparison.set_rivals)
    known = [rival.p_holm for rival in comparison.rivals if rival.p_holm is not None]
    assert known == holm([rival.paired.p for rival in comparison.rivals if rival.paired and rival.paired.p is not None])
    table = {row["scenario"]: row for row in scenarios(runs).iter_rows(named=True)}
    for scenario in comparison.scenarios:
        assert (scenario.mean, scenario.sd) == (
            table[scenario.scenario]["val_accuracy_mean"],
            table[scenario.scenario]["val_accuracy_sd"],
        )


TOLD = {
    "won": {1e-1: [98.03, 98.25, 98.19], 1e-2: [97.33, 97.21, 97.45], 1.0: [96.0, 95.0, 96.4]},
    "five rates": FIVE,
    "one seed": {1e-3: [66.39], 1e-2: [64.0], 1e-1: [60.0]},
    "tied": {1e-2: [96.0, 95.0, 94.0], 1e-1: [95.0, 94.0, 96.0]},
    "tied, one seed": {1e-2: [96.0], 1e-1: [96.0]},
    "the same in every seed": {1e-3: [50.0, 51.0], 1e-2: [96.0, 95.0], 1e-1: [89.0, 88.0]},
    "dying": {1e-3: [50.0, 51.0, 52.0], 1e-2: [97.0, 97.1, 97.0], 1e-1: [98.0, 98.2, lost("diverged", None)]},
    "dying best": {1e-9: [lost("stalled", 9.8)] * 3, 1e-1: [98.0, 98.2, lost("diverged", None)]},
    "forty": {power / 1000: [90 + power % 3, 91.0, 92.0] for power in range(1, 41)},
    "thousands of seeds": {1e-3: [90.0, 95.0, 91.0], 1e-2: [95.01, 90.0, 91.0], 1e-1: [40.0, 41.0, 42.5]},
    "equal": {1e-3: [95.0, 95.2, 95.1], 1e-2: [95.1, 95.1, 95.2], 1e-1: [80.0, 81.0, 80.5]},
    "alone, stalled": {1e-9: [lost("stalled", 9.8), lost("stalled", 10.4)]},
    "nobody": {1e-9: [lost("stalled", 9.8)] * 2, 10.0: [lost("diverged", None)] * 2},
}


def test_the_sentences_are_those_that_were_read(compare: Compare, golden: Callable[[str, str], None]) -> None:
    told = [f"{name}: {' '.join(compare(outcomes).sentences())}\n" for name, outcomes in TOLD.items()]
    golden("winner-sentences.txt", "\n".join(told))


def test_means_are_rounded_alike_in_sentence_and_table(compare: Compare, measured: Measured) -> None:
    outcomes = {1e-1: [97.5, 92.56, 90.21, 94.83], 1e-2: [97.5, 92.56, 90.21, 94.82]}
    mean = scenarios(measured(outcomes).runs)["val_accuracy_mean"][0]
    assert f"{mean:.2f}" == "93.78" == f"{compare(outcomes).best.mean:.2f}"
