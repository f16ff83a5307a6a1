"""The paper's claims: each held, contradicted, not decided and not measured, on made studies."""

import math
import statistics
from collections.abc import Callable, Sequence
from typing import Any

import polars as pl
import pytest
from scipy import stats

from lrtui.analysis.result import StudyResult
from lrtui.book.answer import Reply
from lrtui.book.paper import WORDS, judge, reason
from lrtui.book.question import Verdict as Says
from lrtui.book.scenario import Trained
from lrtui.study.records import EpochRecord

HELD, NOT, OPEN, UNKNOWN = Says.AGREES, Says.CONTRADICTS, Says.NOT_DECIDED, Says.CANNOT_BE_SAID
RATES = (1e-5, 1e-4, 1e-3, 1e-2, 1e-1)
Make = Callable[..., StudyResult]
Outcomes = dict[float, list[Any]]
Judge = Callable[..., Reply]


def run(accuracy: float, converged_at: int | None = None, fluctuation: float = 0.0, **more: Any) -> dict[str, Any]:
    verdict = "improving" if converged_at is None else "settled"
    return {
        "final_val_accuracy": accuracy,
        "verdict": verdict,
        "convergence_epoch": converged_at,
        "fluctuation": fluctuation,
        **more,
    }


def diverged(accuracy: float = 10.0) -> dict[str, Any]:
    return run(accuracy, verdict="diverged", fluctuation=None)


def three(accuracy: float, epochs: Sequence[int | None], fluctuation: float = 0.0, step: float = 0.1) -> list[Any]:
    """Return three replicates whose figures differ a little, in another order than those of the next rate."""
    return [
        run(accuracy + step * place, epoch, fluctuation + 0.01 * place)
        for place, epoch in zip((-1, 0, 1), epochs, strict=True)
    ]


def as_published(best: float, worst: float, epochs: Sequence[int]) -> Outcomes:
    """Return outcomes that agree with every claim about one pair, Table 1's epochs at the low rates but for claim 3."""
    first, second, third, fourth = epochs
    return {
        1e-5: three(best - 12, [first] * 3, 0.02),
        1e-4: three(best - 4, [second, second, second + 1], 0.02, step=0.2),
        1e-3: three(best, [third, third, third - 1], 0.1, step=0.3),
        1e-2: three(best - 2, [fourth] * 3, 0.3),
        1e-1: [run(worst - 3, None, 0.6), run(worst, None, 0.7), run(worst + best / 25, None, 0.65)],
    }


MLP = as_published(98, 50, (28, 20, 12, 10))
CNN = as_published(75, 24, (30, 22, 15, 12))


def claims_of(*results: StudyResult) -> tuple[Reply, ...]:
    return judge([Trained(f"study {number}", result) for number, result in enumerate(results)]).replies


@pytest.fixture
def claim(measured: Make) -> Judge:
    """Return a judge of one claim on MLP/MNIST and CNN/CIFAR-10 outcomes (None: not measured) and further results."""

    def judged(number: int, mlp: Outcomes | None, cnn: Outcomes | None, *others: StudyResult, **about: Any) -> Reply:
        results = list(others)
        if mlp is not None:
            results.append(measured(mlp, **about))
        if cnn is not None:
            results.append(measured(cnn, model="cnn", dataset="cifar10", **about))
        return claims_of(*results)[number - 1]

    return judged


def figures(reply: Reply) -> list[str]:
    return [line for finding in reply.findings for line in finding.measured]


def test_without_runs_nothing_is_measured_and_everything_has_its_criterion() -> None:
    answer = judge([])
    assert len(answer.replies) == 14
    assert all(reply.question.text and reply.question.expected for reply in answer.replies)
    assert {reply.verdict for reply in answer.replies} == {UNKNOWN}
    assert {WORDS[verdict] for verdict in Says} == {"held", "did not hold", "not decided", "not measured"}
    assert all(figures(reply) == [] and reason(reply) for reply in answer.replies)


@pytest.mark.parametrize("number", [1, 2, 4, 5, 6, 9, 10, 11, 12])
def test_what_was_published_is_held(claim: Judge, number: int) -> None:
    found = claim(number, MLP, CNN)
    assert found.verdict is HELD, found
    assert figures(found)


@pytest.mark.parametrize("number", [1, 2, 4, 5, 9, 10, 11, 12])
def test_with_one_pair_it_is_not_measured_and_says_what_the_other_says(claim: Judge, number: int) -> None:
    found = claim(number, MLP, None)
    assert found.verdict is UNKNOWN
    assert reason(found) == "CNN/CIFAR-10: no finished run under plain SGD; agreeing MLP/MNIST"
    assert figures(found)


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12])
def test_three_epochs_give_figures_but_no_verdict(claim: Judge, number: int) -> None:
    found = claim(number, MLP, CNN, epochs=3)
    assert found.verdict is UNKNOWN
    assert "3 of 30 epochs" in reason(found)
    assert figures(found)
    assert any("(3 of 30 epochs)" in figure for figure in figures(found))


NEVER = [run(15, verdict="stalled")] * 3
CONTRADICTIONS: list[tuple[int, Outcomes]] = [
    (1, {1e-3: three(90, [12] * 3), 1e-1: three(97, [9] * 3, step=0.3)}),
    (2, {1e-1: [run(96), run(97, 9), diverged()]}),
    (2, {1e-1: [run(60.0), run(97), run(97)]}),  # at the limit it has not collapsed
    (3, {1e-5: [run(15)], 1e-4: [run(90, 25), run(90, 20), run(90, 26)]}),
    (3, {1e-5: [run(15, fluctuation=0.3)] * 3}),
    (3, {1e-4: [diverged()] * 3}),
    (3, {1e-5: NEVER, 1e-4: [run(90, 28)] * 3}),  # what never learned is not slow
    (3, {1e-5: [run(15, verdict="collapsed")] * 3}),
    (4, {1e-3: [run(90, 16)] * 3}),
    (4, {1e-3: [run(90, 9)] * 3}),
    (4, {1e-3: [run(90, 12), run(90), run(90)]}),
    (5, {1e-3: [90.0, 92.0, 91.0]}),
    (9, {1e-4: [run(90, 26)] * 3}),
    (10, {1e-3: [90.0, 80.0, 70.0, 60.0, 95.0], 1e-1: [9.8, 9.8, 9.81, 9.8, 9.8]}),
    (11, {1e-5: [run(80, 10)] * 3, 1e-4: [run(90, 20)] * 3}),
    (12, {1e-3: three(90, [9] * 3, 0.5), 1e-2: three(90, [9] * 3, 0.1), 1e-1: three(90, [9] * 3, 0.3)}),
]


@pytest.mark.parametrize(("number", "outcomes"), CONTRADICTIONS)
def test_one_pair_is_enough_to_contradict(claim: Judge, number: int, outcomes: Outcomes) -> None:
    found = claim(number, outcomes, None)
    assert found.verdict is NOT, found
    assert reason(found) == "CNN/CIFAR-10: no finished run under plain SGD; contradicted by MLP/MNIST"


@pytest.mark.parametrize(
    ("number", "missing"),
    [(1, 1e-3), (1, 1e-5), (2, 1e-1), (4, 1e-3), (5, 1e-3), (6, 1e-2), (9, 1e-4), (10, 1e-1), (11, 1e-2), (12, 1e-1)],
)
def test_a_missing_rate_leaves_it_open(claim: Judge, number: int, missing: float) -> None:
    found = claim(number, {rate: runs for rate, runs in MLP.items() if rate != missing}, CNN)
    assert found.verdict is UNKNOWN
    assert f"MLP/MNIST: no finished run at 1e{round(math.log10(missing))}" in reason(found)


def test_a_rate_that_cannot_be_told_from_the_best_decides_nothing(claim: Judge) -> None:
    assert claim(1, {**MLP, 1e-2: [run(98.0), run(98.3), run(97.6)]}, CNN).verdict is OPEN


def test_a_collapse_counts_without_a_divergence(claim: Judge) -> None:
    assert claim(2, {1e-1: [run(59.9), run(59.9), run(97)]}, CNN).verdict is HELD
    assert claim(2, MLP, {1e-1: [run(45)] * 2}).verdict is NOT  # a CNN's limit is 30 %


def test_half_of_the_replicates_are_not_most(claim: Judge) -> None:
    assert claim(2, {1e-1: [diverged(), run(97)]}, CNN).verdict is NOT


def test_runs_that_end_without_an_accuracy_diverged(claim: Judge) -> None:
    nothing = [run(0, verdict="diverged", final_val_accuracy=None)] * 3
    found = claim(2, {1e-1: nothing}, CNN)
    assert found.verdict is HELD
    assert "no accuracy, diverged" in figures(found)[0]
    assert claim(1, {**MLP, 1e-1: nothing}, CNN).verdict is HELD


class TestLowRates:
    """The text says more than 25 epochs for both rates; Table 1 gives 20 and 22 for 1e-4."""

    def test_both_cannot_hold(self, claim: Judge) -> None:
        assert (claim(3, MLP, CNN).verdict, claim(9, MLP, CNN).verdict) == (NOT, HELD)
        late = {1e-4: [run(90, 27)] * 3}
        both = {**MLP, **late}, {**CNN, **late}
        assert (claim(3, *both).verdict, claim(9, *both).verdict) == (HELD, NOT)

    def test_still_improving_at_the_end_is_more_than_25_epochs(self, claim: Judge) -> None:
        slow = {1e-5: [run(60)] * 3, 1e-4: [run(80)] * 3}
        assert claim(3, slow, slow).verdict is HELD

    def test_runs_that_never_learned_are_not_slow(self, claim: Judge) -> None:
        for verdict in ("stalled", "collapsed", "diverged"):
            runs = {1e-5: [run(15, verdict=verdict)] * 3, 1e-4: [run(80)] * 3}
            assert claim(3, runs, runs).verdict is NOT, verdict


def test_one_replicate_has_no_standard_deviation(claim: Judge) -> None:
    found = claim(5, {1e-3: [98.0]}, CNN)
    assert found.verdict is UNKNOWN
    assert "one replicate at 1e-3" in reason(found)


def test_the_spread_of_three_replicates_has_to_be_far_larger_to_be_told_apart(claim: Judge) -> None:
    """Second source: the F quantile of scipy.stats, on the ratio of the sample variances."""
    low, high = [98.0, 98.4, 97.6], [58.0, 60.0, 56.0]
    found = claim(10, {1e-3: low, 1e-1: high}, CNN)
    ratio = statistics.variance(high) / statistics.variance(low)
    assert ratio / stats.f.ppf(0.975, 2, 2) < 1
    assert found.verdict is OPEN
    high = [58.0, 70.0, 40.0]
    assert statistics.variance(high) / statistics.variance(low) / stats.f.ppf(0.975, 2, 2) > 1
    assert claim(10, {1e-3: low, 1e-1: high}, CNN).verdict is HELD


class TestClaim6:
    def test_the_larger_fall_seed_by_seed(self, claim: Judge) -> None:
        """Second source: a paired t-test of scipy.stats on the falls."""

        def fall(rates: Outcomes) -> list[float]:
            best, worst = ([one["final_val_accuracy"] for one in rates[rate]] for rate in (1e-3, 1e-1))
            return [before - after for before, after in zip(best, worst, strict=True)]

        test = stats.ttest_rel(fall(CNN), fall(MLP))
        assert (test.pvalue < 0.05, claim(6, MLP, CNN).verdict) == (True, HELD)
        less = {**MLP, 1e-1: [run(30), run(35), run(39)]}
        assert (stats.ttest_rel(fall(CNN), fall(less)).pvalue < 0.05, claim(6, less, CNN).verdict) == (True, NOT)
        near = {**MLP, 1e-1: [run(40), run(43), run(56)]}
        assert (stats.ttest_rel(fall(CNN), fall(near)).pvalue < 0.05, claim(6, near, CNN).verdict) == (False, OPEN)

    def test_one_pair_cannot_say(self, claim: Judge) -> None:
        found = claim(6, MLP, None)
        assert found.verdict is UNKNOWN
        assert len(figures(found)) == 1


def at(*epochs: int | None) -> Outcomes:
    """Return all five rates, three replicates each that converge at these epochs (None: not)."""
    return {rate: [run(90, epoch)] * 3 for rate, epoch in zip(RATES, epochs, strict=True)}


EARLY, LATE = at(10, 10, 10, 10, 10), at(12, 12, 12, 12, 12)


class TestClaim7:
    def test_the_papers_pairs_if_there_is_nothing_better(self, claim: Judge) -> None:
        found = claim(7, EARLY, LATE)
        assert found.verdict is HELD
        assert "CNN/CIFAR-10 1e-5 12.0 ± 0.0, MLP/MNIST 1e-5 10.0 ± 0.0" in figures(found)[0]
        assert claim(7, LATE, EARLY).verdict is NOT
        assert claim(7, LATE, LATE).verdict is OPEN  # the same epoch in every seed

    def test_the_same_model_on_both_is_preferred_and_all_count(self, claim: Judge, measured: Make) -> None:
        assert claim(7, LATE, LATE, measured(EARLY, dataset="cifar10")).verdict is NOT
        others = measured(LATE, dataset="cifar10"), measured(LATE, model="cnn")
        assert claim(7, EARLY, EARLY, *others).verdict is NOT  # CNN/CIFAR-10 before CNN/MNIST

    def test_an_incomplete_comparison_yields_to_a_complete_one(self, claim: Judge, measured: Make) -> None:
        partial = measured({1e-3: [run(50, 9)] * 3}, dataset="cifar10")
        assert claim(7, EARLY, LATE, partial).verdict is HELD

    def test_only_rates_at_which_both_converged_are_compared(self, claim: Judge) -> None:
        found = claim(7, at(None, 20, 12, None, 5), at(10, None, 14, None, None))
        assert found.verdict is HELD
        assert len(figures(found)) == 1

    def test_nothing_to_compare(self, claim: Judge) -> None:
        found = claim(7, EARLY, at(*[None] * 5))
        assert (found.verdict, found.findings[0].lacks) == (UNKNOWN, "at no rate did both converge")
        found = claim(7, EARLY, {1e-3: [run(60, 20)] * 3})
        assert found.verdict is UNKNOWN
        assert found.findings[0].lacks == "no finished run at 1e-5, 1e-4, 1e-2, 1e-1"
        assert claim(7, EARLY, None).findings[0].lacks == "no finished runs on both data sets under plain SGD"


SGD: Outcomes = {1e-2: three(96, [9] * 3, 0.3), 1e-1: three(97, [9] * 3, 0.5)}
STEADY: Outcomes = {1e-2: three(97, [9] * 3, 0.2, step=0.2), 1e-1: three(95, [9] * 3, 0.4, step=0.2)}


class TestClaim8:
    @pytest.fixture
    def judged(self, claim: Judge, measured: Make) -> Judge:
        """Return a judge of claim 8 on SGD in both pairs and the given adaptive outcomes in each."""

        def judge_8(mlp: Outcomes | None, cnn: Outcomes | None, sgd: Outcomes = SGD, **about: Any) -> Reply:
            others = [measured(mlp, optimizer="adam", **about)] if mlp else []
            others += [measured(cnn, optimizer="rmsprop", model="cnn", dataset="cifar10", **about)] if cnn else []
            return claim(8, sgd, sgd, *others)

        return judge_8

    def test_steadier_in_both_pairs(self, judged: Judge) -> None:
        found = judged(STEADY, STEADY)
        assert found.verdict is HELD
        assert [one.point.split()[0] for one in found.findings] == ["adam", "rmsprop"]

    def test_runs_that_failed_are_not_steady_however_still_their_loss(self, judged: Judge) -> None:
        for verdict in ("improving", "stalled", "collapsed"):  # at chance with hardly a movement of the loss
            collapsed = {**STEADY, 1e-1: [run(11.35, fluctuation=0.01, verdict=verdict)] * 3}
            assert judged(collapsed, STEADY).verdict is NOT, verdict

    def test_if_both_fail_entirely_nothing_is_decided(self, judged: Judge) -> None:
        lost = [diverged()] * 3
        assert judged({**STEADY, 1e-1: lost}, STEADY, {**SGD, 1e-1: lost}).verdict is OPEN

    def test_one_failure_of_three_decides_nothing(self, judged: Judge) -> None:
        mixed = {**SGD, 1e-1: [*SGD[1e-1][:2], diverged()]}
        assert judged({**STEADY, 1e-1: SGD[1e-1]}, STEADY, mixed).verdict is OPEN

    def test_it_needs_both_pairs_and_both_rates(self, judged: Judge) -> None:
        found = judged(STEADY, None)
        assert found.verdict is UNKNOWN
        assert "CNN/CIFAR-10: no adaptive optimizer with finished runs beside plain SGD" in reason(found)
        half = judged({1e-2: STEADY[1e-2]}, STEADY)
        assert half.verdict is UNKNOWN
        assert "adam in MLP/MNIST: no finished run at 1e-1" in reason(half)

    def test_what_else_was_measured_may_contradict_but_is_not_needed(self, claim: Judge, measured: Make) -> None:
        both = [measured(STEADY, optimizer="adam"), measured(STEADY, optimizer="adam", model="cnn", dataset="cifar10")]
        unfinished = measured({1e-3: [90.0] * 3}, optimizer="rmsprop")
        assert claim(8, SGD, SGD, *both, unfinished).verdict is HELD
        worse = measured({1e-1: [diverged()] * 3}, optimizer="rmsprop")
        assert claim(8, SGD, SGD, *both, worse).verdict is NOT
        digits = [measured({1e-1: [diverged()]}, optimizer="adam", dataset="digits")]
        digits.append(measured({1e-1: [90.0]}, dataset="digits"))
        assert claim(8, SGD, SGD, *both, *digits).verdict is HELD

    def test_three_epochs_decide_nothing(self, judged: Judge) -> None:
        found = judged(STEADY, STEADY, epochs=3)
        assert found.verdict is UNKNOWN
        assert "adam in MLP/MNIST: 3 of 30 epochs" in reason(found)


def with_losses(result: StudyResult, losses: Callable[[float], Sequence[float]]) -> StudyResult:
    """Return the result with training and validation losses, from epoch 0, by learning rate."""
    from lrtui.analysis.frames import records_frame

    records = [
        EpochRecord(spec.run, epoch, loss, 50.0, loss, 50.0, spec.lr, 0.0, None, 0.1)
        for spec in result.study.runs
        for epoch, loss in enumerate(losses(spec.lr))
    ]
    return StudyResult(result.study, result.runs, records_frame(records))


@pytest.mark.parametrize(
    ("losses", "expected"),
    [([2.3, 2.3, 2.31], HELD), ([2.3, 5.0, math.nan], HELD), ([2.3, 1.0, 0.5], NOT), ([2.3, 2.26, 2.26], HELD)],
)
def test_a_training_loss_that_does_not_fall(measured: Make, losses: list[float], expected: Says) -> None:
    pairs = measured({1e-1: [run(96)] * 3}), measured({1e-1: [run(50)] * 3}, model="cnn", dataset="cifar10")
    assert claims_of(*(with_losses(pair, lambda _: losses) for pair in pairs))[12].verdict is expected


@pytest.mark.parametrize(("decaying", "expected"), [([2.3, 0.4, 0.4, 0.4], HELD), ([2.3, 2.0, 1.8, 0.4], NOT)])
def test_decay_beside_sgd(measured: Make, decaying: list[float], expected: Says) -> None:
    results = []
    for about in ({}, {"model": "cnn", "dataset": "cifar10"}):
        plain = measured({1e-3: [run(90)] * 3}, **about)
        scheduled = measured({1e-3: [run(90)] * 3}, schedule={"name": "exponential", "s": 20}, **about)
        results += [with_losses(plain, lambda _: [2.3, 1.5, 0.4, 0.4]), with_losses(scheduled, lambda _: decaying)]
    assert claims_of(*results)[13].verdict is expected


class TestWhichRunsDecide:
    def test_only_done_runs(self, claim: Judge) -> None:
        found = claim(1, {**MLP, 1e-1: [run(99.9, status="stopped")]}, CNN)
        assert found.verdict is UNKNOWN
        assert "MLP/MNIST: no finished run at 1e-1" in reason(found)

    def test_only_plain_sgd(self, claim: Judge) -> None:
        assert reason(claim(1, MLP, CNN, optim={"momentum": 0.9})).startswith("MLP/MNIST: no finished run under plain")

    def test_only_the_papers_batch_size(self, claim: Judge) -> None:
        found = claim(1, MLP, CNN, train={"batch_size": 32})
        assert found.verdict is UNKNOWN
        assert "batch size 32 instead of 64" in reason(found)

    def test_a_run_that_stopped_at_nan_still_follows_the_protocol(self, claim: Judge) -> None:
        stopped = [run(10, verdict="diverged", epochs=2, fluctuation=None)] * 3
        assert claim(2, {1e-1: stopped}, {1e-1: stopped}).verdict is HELD

    def test_replicates_of_several_studies_are_pooled(self, measured: Make) -> None:
        scattered = [
            measured({1e-3: [accuracy]}, sweep={"seeds": [seed], "replicates": 1})
            for seed, accuracy in [(1, 90.0), (2, 92.0), (3, 94.0)]
        ]
        found = claims_of(*scattered)[4]
        assert figures(found) == ["MLP/MNIST at 1e-3: sd 2.00 points over 3 replicates"]
        assert found.verdict is NOT

    def test_of_the_same_run_twice_the_later_study_counts(self, measured: Make) -> None:
        early, late = measured({1e-3: [90.0, 91.0, 92.0]}), measured({1e-3: [90.0, 90.1, 90.2]})
        assert "sd 0.10 points" in figures(claims_of(early, late)[4])[0]
        assert "sd 1.00 points" in figures(claims_of(late, early)[4])[0]

    def test_what_else_is_measured_of_a_run_does_not_make_it_another(self, measured: Make) -> None:
        twice = measured({1e-3: [90.0, 91.0, 92.0]}), measured({1e-3: [90.0, 90.1, 90.2]}, health={"images": 10})
        assert figures(claims_of(*twice)[4]) == ["MLP/MNIST at 1e-3: sd 0.10 points over 3 replicates"]

    def test_runs_that_follow_the_protocol_stand_alone(self, measured: Make) -> None:
        found = claims_of(measured({1e-3: [90.0, 94.0]}, epochs=3), measured({1e-3: [98.0, 98.1]}))[4]
        assert figures(found) == ["MLP/MNIST at 1e-3: sd 0.07 points over 2 replicates"]

    def test_a_study_may_hold_several_pairs(self, measured: Make) -> None:
        result = measured(
            {1e-1: [run(25)] * 2}, sweep={"model.name": ["mlp", "cnn"], "data.name": ["mnist", "cifar10"]}
        )
        found = claims_of(result)[1]
        assert found.verdict is HELD
        assert len(figures(found)) == 2

    def test_the_presets_choose_on_test_images_and_that_is_said(self, measured: Make) -> None:
        answer = judge([Trained("a study", measured(MLP))])
        assert any("chosen on them" in caveat for caveat in answer.caveats)


def test_a_family_the_paper_does_not_have_departs_from_it(measured: Make) -> None:
    from lrtui.book.protocol import departures

    result = measured({1e-3: [90.0]})
    config = result.study.runs[0].config
    other = config.model_copy(update={"model": config.model.model_copy(update={"name": "toy"})})
    assert departures(config) == ()
    assert departures(other) == ("a model that the paper does not have: toy",)
    assert isinstance(result.runs, pl.DataFrame)
