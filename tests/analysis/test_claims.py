"""The eight claims: each held, contradicted and not measured, on made studies."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from lrtui.analysis.claims import Claim, ClaimVerdict, judge
from lrtui.analysis.result import StudyResult

HELD, NOT, UNKNOWN = ClaimVerdict.HELD, ClaimVerdict.DID_NOT_HOLD, ClaimVerdict.NOT_MEASURED
RATES = (1e-5, 1e-4, 1e-3, 1e-2, 1e-1)
Make = Callable[..., StudyResult]
Outcomes = dict[float, list[Any]]


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


def as_published(best: float, worst: float, converges: int) -> Outcomes:
    """Return outcomes that agree with every claim about one pair."""
    return {
        1e-5: [run(best - 12, 28)] * 3,
        1e-4: [run(best - 4, 22)] * 3,
        1e-3: [run(best - 0.4, converges), run(best, converges), run(best + 0.4, converges)],
        1e-2: [run(best - 2, 8, 0.3)] * 3,
        1e-1: [diverged(worst)] * 3,
    }


MLP = as_published(98, 58, 12)
CNN = as_published(75, 25, 14)


def verdict_of(claims: Sequence[Claim], number: int) -> Claim:
    return claims[number - 1]


@pytest.fixture
def claim(measured: Make) -> Callable[..., Claim]:
    """Return a judge of one claim on MLP/MNIST and CNN/CIFAR-10 outcomes (None: not measured) and further results."""

    def judged(number: int, mlp: Outcomes | None, cnn: Outcomes | None, *others: StudyResult, **about: Any) -> Claim:
        results = list(others)
        if mlp is not None:
            results.append(measured(mlp, **about))
        if cnn is not None:
            results.append(measured(cnn, model="cnn", dataset="cifar10", **about))
        return verdict_of(judge(results), number)

    return judged


def test_there_are_eight_with_their_criteria() -> None:
    claims = judge([])
    assert [claim.number for claim in claims] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert all(claim.text and claim.criterion for claim in claims)
    assert {claim.verdict for claim in claims} == {UNKNOWN}
    assert all(claim.figures == [] and claim.reason for claim in claims)


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 6])
def test_what_was_published_is_held(claim: Callable[..., Claim], number: int) -> None:
    found = claim(number, MLP, CNN)
    assert found.verdict is HELD, found
    assert found.figures


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
def test_with_one_pair_it_is_not_measured_and_says_what_the_other_says(
    claim: Callable[..., Claim], number: int
) -> None:
    found = claim(number, MLP, None)
    assert found.verdict is UNKNOWN
    assert found.reason == "CNN/CIFAR-10: no finished run under plain SGD; MLP/MNIST agrees"
    assert found.figures


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 6])
def test_three_epochs_give_figures_but_no_verdict(claim: Callable[..., Claim], number: int) -> None:
    found = claim(number, MLP, CNN, epochs=3)
    assert found.verdict is UNKNOWN
    assert "MLP/MNIST: 3 of 30 epochs" in found.reason
    assert found.figures
    assert all(figure.endswith("(3 of 30 epochs)") for figure in found.figures)


CONTRADICTIONS: list[tuple[int, Outcomes, str]] = [
    (1, {1e-3: [90.0], 1e-1: [97.0]}, "MLP/MNIST: 1e-3 90.00 %, 1e-1 97.00 %"),
    (
        2,
        {1e-1: [run(96), run(97, 9), diverged()]},
        "MLP/MNIST at 1e-1: 96.00 % improving, 97.00 % settled, 10.00 % diverged (limit 60 %)",
    ),
    (
        3,
        {1e-5: [run(15)], 1e-4: [run(90, 20), run(90, 19), run(90, 25)]},
        "MLP/MNIST at 1e-4: mean fluctuation 0.00, 3 of 3 converged, median epoch 20",
    ),
    (3, {1e-5: [run(15, fluctuation=0.3)]}, "MLP/MNIST at 1e-5: mean fluctuation 0.30, none of 1 converged"),
    (3, {1e-4: [diverged()]}, "MLP/MNIST at 1e-4: no finite loss, 1 of 1 diverged, none of 1 converged"),
    (4, {1e-3: [run(90, 16)]}, "MLP/MNIST at 1e-3: 1 of 1 converged, median epoch 16"),
    (4, {1e-3: [run(90, 12), run(90), run(90)]}, "MLP/MNIST at 1e-3: 1 of 3 converged, median epoch 12"),
    (5, {1e-3: [90.0, 92.0, 91.0]}, "MLP/MNIST at 1e-3: sd 1.00 points over 3 replicates"),
]


@pytest.mark.parametrize(("number", "outcomes", "figure"), CONTRADICTIONS)
def test_one_pair_is_enough_to_contradict(
    claim: Callable[..., Claim], number: int, outcomes: Outcomes, figure: str
) -> None:
    found = claim(number, outcomes, CNN)
    assert found.verdict is NOT
    assert found.reason == "contradicted by MLP/MNIST; CNN/CIFAR-10 agrees"
    assert figure in found.figures
    alone = claim(number, outcomes, None)
    assert alone.verdict is NOT
    assert alone.reason == "contradicted by MLP/MNIST; CNN/CIFAR-10: no finished run under plain SGD"


@pytest.mark.parametrize(
    ("number", "missing", "lacks"),
    [
        (1, 1e-3, "no finished run at 1e-3"),
        (1, 1e-5, "no finished run at 1e-5"),
        (2, 1e-1, "no finished run at 1e-1"),
        (3, 1e-4, "no finished run at 1e-4"),
        (4, 1e-3, "no finished run at 1e-3"),
        (5, 1e-3, "no finished run at 1e-3"),
        (6, 1e-2, "no finished run at 1e-2"),
    ],
)
def test_a_missing_rate_leaves_it_open(claim: Callable[..., Claim], number: int, missing: float, lacks: str) -> None:
    found = claim(number, {rate: runs for rate, runs in MLP.items() if rate != missing}, CNN)
    assert found.verdict is UNKNOWN
    assert f"MLP/MNIST: {lacks}" in found.reason


def test_a_rate_level_with_the_best_is_not_beaten(claim: Callable[..., Claim]) -> None:
    level = {**MLP, 1e-2: [run(98.0)] * 3, 1e-3: [run(98.0)] * 3}
    assert claim(1, level, CNN).verdict is HELD


def test_a_collapse_counts_without_a_divergence(claim: Callable[..., Claim]) -> None:
    collapsed = {1e-1: [run(59.9), run(59.9), run(97)]}
    assert claim(2, collapsed, CNN).verdict is HELD
    assert claim(2, MLP, {1e-1: [run(45)]}).verdict is NOT  # a CNN's limit is 30 %


def test_at_the_limit_it_has_not_collapsed(claim: Callable[..., Claim]) -> None:
    assert claim(2, {1e-1: [60.0]}, CNN).verdict is NOT
    assert claim(2, MLP, {1e-1: [30.0]}).verdict is NOT


def test_half_of_the_replicates_are_not_most(claim: Callable[..., Claim]) -> None:
    assert claim(2, {1e-1: [diverged(), run(97)]}, CNN).verdict is NOT


def test_never_converging_is_more_than_20_epochs(claim: Callable[..., Claim]) -> None:
    slow = {**MLP, 1e-5: [run(15, verdict="stalled")] * 3}
    assert claim(3, slow, CNN).verdict is HELD


def test_the_edges_of_ten_to_fifteen(claim: Callable[..., Claim]) -> None:
    for epoch, verdict in ((9, NOT), (10, HELD), (15, HELD), (16, NOT)):
        assert claim(4, {1e-3: [run(98, epoch)]}, CNN).verdict is verdict


def test_one_replicate_has_no_standard_deviation(claim: Callable[..., Claim]) -> None:
    found = claim(5, {1e-3: [98.0]}, CNN)
    assert found.verdict is UNKNOWN
    assert found.reason == "MLP/MNIST: one replicate at 1e-3; CNN/CIFAR-10 agrees"
    assert "MLP/MNIST at 1e-3: 98.00 %, one replicate" in found.figures


class TestClaim6:
    def test_the_larger_drop_in_points(self, claim: Callable[..., Claim]) -> None:
        found = claim(6, MLP, CNN)  # 98 − 58 = 40 against 75 − 25 = 50
        assert found.figures == [
            "MLP/MNIST: 98.00 % at 1e-3, 58.00 % at 1e-1: a drop of 40.00 points",
            "CNN/CIFAR-10: 75.00 % at 1e-3, 25.00 % at 1e-1: a drop of 50.00 points",
        ]
        assert found.verdict is HELD
        assert claim(6, {**MLP, 1e-1: [48.0]}, CNN).verdict is NOT  # both drop by 50

    def test_one_pair_cannot_say(self, claim: Callable[..., Claim]) -> None:
        found = claim(6, MLP, None)
        assert found.verdict is UNKNOWN
        assert found.reason == "CNN/CIFAR-10: no finished run under plain SGD"
        assert len(found.figures) == 1


EARLY: Outcomes = {rate: [run(90, 10)] * 3 for rate in RATES}
LATE: Outcomes = {rate: [run(60, 12)] * 3 for rate in RATES}


class TestClaim7:
    def sweep(self, **epochs: int | None) -> Outcomes:
        """Return all five rates, converging at the epochs given in order (None: not)."""
        return {rate: [run(90, epoch)] for rate, epoch in zip(RATES, epochs.values(), strict=True)}

    def test_the_paper_s_pairs_where_there_is_nothing_better(self, claim: Callable[..., Claim]) -> None:
        found = claim(7, EARLY, LATE)
        assert (found.verdict, found.reason) == (HELD, "CNN/CIFAR-10 against MLP/MNIST agrees")
        assert found.figures[0] == "1e-5: CNN/CIFAR-10 epoch 12, MLP/MNIST epoch 10"
        assert claim(7, LATE, EARLY).verdict is NOT
        assert claim(7, LATE, LATE).verdict is NOT  # the same epoch is not later

    def test_the_same_model_on_both_is_preferred(self, claim: Callable[..., Claim], measured: Make) -> None:
        mlp_cifar = measured(EARLY, dataset="cifar10")
        found = claim(7, LATE, LATE, mlp_cifar)
        assert found.verdict is NOT
        assert found.reason == "contradicted by MLP/CIFAR-10 against MLP/MNIST"

    def test_both_models_must_agree(self, claim: Callable[..., Claim], measured: Make) -> None:
        mlp_cifar = measured(LATE, dataset="cifar10")
        cnn_mnist = measured(LATE, model="cnn")
        found = claim(7, EARLY, LATE, mlp_cifar, cnn_mnist)
        assert found.verdict is NOT
        assert found.reason == ("contradicted by CNN/CIFAR-10 against CNN/MNIST; MLP/CIFAR-10 against MLP/MNIST agrees")

    def test_an_incomplete_comparison_yields_to_a_complete_one(
        self, claim: Callable[..., Claim], measured: Make
    ) -> None:
        mlp_cifar = measured({1e-3: [run(50, 9)]}, dataset="cifar10")
        assert claim(7, EARLY, LATE, mlp_cifar).reason == "CNN/CIFAR-10 against MLP/MNIST agrees"

    def test_only_rates_at_which_both_converged_are_compared(self, claim: Callable[..., Claim]) -> None:
        mnist = self.sweep(a=None, b=20, c=12, d=None, e=5)
        cifar = self.sweep(a=10, b=None, c=14, d=None, e=None)
        found = claim(7, mnist, cifar)
        assert found.verdict is HELD
        assert "1e-4: CNN/CIFAR-10 not converged, MLP/MNIST epoch 20" in found.figures

    def test_nothing_to_compare(self, claim: Callable[..., Claim]) -> None:
        never = {rate: [run(50)] for rate in RATES}
        found = claim(7, EARLY, never)
        assert (found.verdict, found.reason) == (
            UNKNOWN,
            "CNN/CIFAR-10 against MLP/MNIST: at no rate did both converge",
        )
        found = claim(7, EARLY, {1e-3: [run(60, 20)]})
        assert found.verdict is UNKNOWN
        assert "no finished run at 1e-5, 1e-4, 1e-2, 1e-1 in CNN/CIFAR-10" in found.reason
        assert claim(7, EARLY, None).reason == (
            "CIFAR-10 against MNIST: no finished runs on both data sets under plain SGD"
        )

    def test_three_epochs_decide_nothing(self, claim: Callable[..., Claim]) -> None:
        found = claim(7, LATE, EARLY, epochs=3)
        assert found.verdict is UNKNOWN
        assert all(figure.endswith("(3 of 30 epochs)") for figure in found.figures)


SGD: Outcomes = {1e-2: [run(96, fluctuation=0.3)] * 3, 1e-1: [run(97, fluctuation=0.4)] * 2 + [diverged()]}
STEADY: Outcomes = {1e-2: [run(97, fluctuation=0.2)] * 3, 1e-1: [run(95, fluctuation=0.4)] * 3}


class TestClaim8:
    @pytest.fixture
    def judged(self, claim: Callable[..., Claim], measured: Make) -> Callable[..., Claim]:
        """Return a judge of claim 8 on SGD in both pairs and the given adaptive outcomes in each."""

        def judge_8(mlp: Outcomes | None, cnn: Outcomes | None, **about: Any) -> Claim:
            others = [measured(mlp, optimizer="adam", **about)] if mlp else []
            others += [measured(cnn, optimizer="rmsprop", model="cnn", dataset="cifar10", **about)] if cnn else []
            return claim(8, SGD, SGD, *others)

        return judge_8

    def test_steadier_in_both_pairs(self, judged: Callable[..., Claim]) -> None:
        found = judged(STEADY, STEADY)
        assert (found.verdict, found.reason) == (HELD, "adam in MLP/MNIST and rmsprop in CNN/CIFAR-10 agree")
        assert found.figures[0] == (
            "MLP/MNIST at 1e-2: adam 0 of 3 failed, mean fluctuation 0.200; sgd 0 of 3 failed, mean fluctuation 0.300"
        )
        # at 1e-1 one of three SGD runs failed and none of these, whatever their fluctuation
        assert found.figures[1].startswith("MLP/MNIST at 1e-1: adam 0 of 3 failed, mean fluctuation 0.400; sgd 1 of 3")

    def test_a_network_that_collapsed_is_not_steady(self, judged: Callable[..., Claim]) -> None:
        # at chance with hardly a movement of the loss
        collapsed = {**STEADY, 1e-1: [run(11.35, fluctuation=0.01, verdict="improving")] * 3}
        found = judged(collapsed, STEADY)
        assert found.verdict is NOT
        assert found.reason == "contradicted by adam in MLP/MNIST; rmsprop in CNN/CIFAR-10 agrees"
        assert "MLP/MNIST at 1e-1: adam 3 of 3 failed; sgd 1 of 3 failed, mean fluctuation 0.400" in found.figures

    def test_stalled_runs_failed(self, judged: Callable[..., Claim]) -> None:
        stalled = {**STEADY, 1e-2: [run(50, verdict="stalled")] * 3}
        assert judged(stalled, STEADY).verdict is NOT

    def test_with_as_many_failures_the_fluctuation_decides(self, judged: Callable[..., Claim]) -> None:
        restless = {**STEADY, 1e-2: [run(99, fluctuation=0.3)] * 3}
        assert judged(restless, STEADY).verdict is NOT  # 0.3 is not below 0.3

    def test_where_both_fail_entirely_neither_is_steadier(self, claim: Callable[..., Claim], measured: Make) -> None:
        lost = {**STEADY, 1e-1: [diverged()] * 3}
        assert claim(8, {**SGD, 1e-1: [diverged()] * 3}, None, measured(lost, optimizer="adam")).verdict is NOT

    def test_it_needs_both_pairs_and_both_rates(self, judged: Callable[..., Claim]) -> None:
        found = judged(STEADY, None)
        assert found.verdict is UNKNOWN
        assert found.reason == (
            "CNN/CIFAR-10: no adaptive optimizer with finished runs beside plain SGD; adam in MLP/MNIST agrees"
        )
        half = judged({1e-2: STEADY[1e-2]}, STEADY)
        assert half.verdict is UNKNOWN
        assert "adam in MLP/MNIST: no finished run at 1e-1 under adam" in half.reason

    def test_what_else_was_measured_may_contradict_but_is_not_needed(
        self, claim: Callable[..., Claim], measured: Make
    ) -> None:
        both = [
            measured(STEADY, optimizer="adam"),
            measured(STEADY, optimizer="adam", model="cnn", dataset="cifar10"),
        ]
        unfinished = measured({1e-3: [90.0]}, optimizer="rmsprop")
        assert claim(8, SGD, SGD, *both, unfinished).verdict is HELD
        worse = measured({1e-1: [diverged()] * 3}, optimizer="rmsprop")
        assert claim(8, SGD, SGD, *both, worse).verdict is NOT
        digits = [measured({1e-1: [diverged()]}, optimizer="adam", dataset="digits")]
        digits.append(measured({1e-1: [90.0]}, dataset="digits"))
        assert claim(8, SGD, SGD, *both, *digits).verdict is HELD

    def test_three_epochs_decide_nothing(self, judged: Callable[..., Claim]) -> None:
        found = judged(STEADY, STEADY, epochs=3)
        assert found.verdict is UNKNOWN
        assert "adam in MLP/MNIST: 3 of 30 epochs" in found.reason
        assert all(figure.endswith("(3 of 30 epochs)") for figure in found.figures)


class TestWhichRunsDecide:
    def test_only_done_runs(self, claim: Callable[..., Claim]) -> None:
        found = claim(1, {**MLP, 1e-1: [run(99.9, status="stopped")]}, CNN)
        assert found.reason == "MLP/MNIST: no finished run at 1e-1; CNN/CIFAR-10 agrees"

    def test_only_plain_sgd(self, claim: Callable[..., Claim]) -> None:
        assert claim(1, MLP, CNN, optim={"momentum": 0.9}).reason.startswith("MLP/MNIST: no finished run under plain")

    def test_only_the_paper_s_batch_size(self, claim: Callable[..., Claim]) -> None:
        found = claim(1, MLP, CNN, train={"batch_size": 32})
        assert found.verdict is UNKNOWN
        assert "batch size 32 instead of 64" in found.reason

    def test_replicates_of_several_studies_are_pooled(self, measured: Make) -> None:
        scattered = [
            measured({1e-3: [accuracy]}, sweep={"seeds": [seed], "replicates": 1})
            for seed, accuracy in [(1, 90.0), (2, 92.0), (3, 94.0)]
        ]
        found = verdict_of(judge(scattered), 5)
        assert found.figures == ["MLP/MNIST at 1e-3: sd 2.00 points over 3 replicates"]
        assert found.verdict is NOT

    def test_of_the_same_run_twice_the_later_study_counts(self, measured: Make) -> None:
        old, new = measured({1e-3: [90.0, 99.0]}), measured({1e-3: [98.8, 99.2]})
        assert verdict_of(judge([new, old]), 5).verdict is NOT
        assert verdict_of(judge([old, new]), 5).figures == ["MLP/MNIST at 1e-3: sd 0.28 points over 2 replicates"]

    def test_full_runs_come_before_short_ones(self, measured: Make) -> None:
        full, short = measured(MLP), measured({rate: [99.0] for rate in RATES}, epochs=3)
        longer = measured({rate: [99.9] for rate in RATES}, epochs=60)
        alone = verdict_of(judge([full]), 1).figures
        for results in ([full, short, longer], [longer, short, full]):
            assert verdict_of(judge(results), 1).figures == alone
        (figure,) = verdict_of(judge([short, longer]), 1).figures
        assert figure.endswith("1e-1 99.90 % (60 epochs instead of 30)")

    def test_a_study_may_hold_several_pairs(self, measured: Make) -> None:
        result = measured({1e-1: [run(25)]}, sweep={"model.name": ["mlp", "cnn"], "data.name": ["mnist", "cifar10"]})
        found = verdict_of(judge([result]), 2)
        assert found.verdict is HELD
        assert len(found.figures) == 2
