"""What the report answers, experiment by experiment: agreement, contradiction, and what cannot be said."""

import math
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from lrtui.analysis.result import StudyResult
from lrtui.book.answer import Answer, Reply
from lrtui.book.lab.experiments import EXPERIMENTS, answer
from lrtui.book.question import Verdict as Says
from lrtui.book.scenario import Trained
from lrtui.study.experiments import EXPERIMENTS as NAMES
from lrtui.study.records import RunStatus
from tests.book.made import layer, made

FAST = (2.3, 0.5, 0.4, 0.4)
SLOW = (2.3, 1.5, 0.9, 0.4)
GOOD, BAD = [96.0, 97.0, 98.0], [80.0, 81.0, 82.0]


def whole(result: StudyResult) -> Answer:
    found = answer(Trained("made", result))
    assert found is not None
    return found


def said(result: StudyResult) -> Reply:
    (reply,) = whole(result).replies
    return reply


def column(found: Answer, key: str) -> list[tuple[float, ...] | None]:
    (table,) = found.tables
    place = [measure.key for measure in table.columns].index(key)
    return [None if row[place] is None else row[place].values for _, row in table.rows]


def verdicts(found: Reply) -> list[bool | None]:
    """Return of each point whether it agrees or is contradicted; None: neither."""
    return [True if one.verdict.agrees else False if one.verdict.contradicts else None for one in found.findings]


def same_weights(distinct: int = 1, accuracies: list[float] = BAD, **about: Any) -> StudyResult:
    equal = {
        "final_val_accuracy": accuracies,
        "layers": [layer(1, distinct_units=distinct), layer(2, distinct_units=1), layer(3, name="output", units=10)],
    }
    usual = {"final_val_accuracy": GOOD, "layers": [layer(1, distinct_units=100), layer(3, name="output", units=10)]}
    return made("same-weights", {"same-he": equal, "same-small": equal, "he": usual}, **about)


def test_every_experiment_a_preset_can_name_is_answered() -> None:
    assert set(EXPERIMENTS) | {"exercise8"} == set(NAMES)


def test_a_study_that_is_no_experiment_has_no_answer() -> None:
    result = same_weights()
    object.__setattr__(result.study, "experiment", "")
    assert answer(Trained("made", result)) is None


def test_the_answer_gives_question_guide_and_figures() -> None:
    found = whole(same_weights())
    (reply,), (table,) = found.replies, found.tables
    assert reply.question.text.startswith("Is it all right to begin all weights")
    assert reply.question.expected.startswith("No, not even")
    assert reply.verdict is Says.AGREES
    keys = [measure.key for measure in table.columns]
    rows = {scenario.label: dict(zip(keys, figures, strict=True)) for scenario, figures in table.rows}
    assert list(rows) == ["same-he", "same-small", "he"]
    assert rows["he"]["val_accuracy"].values == (96.0, 97.0, 98.0)
    assert rows["he"]["fewest_distinct"].values == (100.0, 100.0, 100.0)  # the output layer does not count
    assert rows["same-he"]["most_distinct"].mean == 1


def test_a_few_groups_told_apart_by_rounding_are_alike_but_half_a_layer_is_not() -> None:
    assert verdicts(said(same_weights(distinct=2))) == [True, True]
    found = said(same_weights(distinct=50))
    assert verdicts(found) == [False, True]
    assert found.verdict is Says.CONTRADICTS


def test_a_difference_the_other_way_contradicts_and_one_within_the_noise_decides_nothing() -> None:
    assert said(same_weights(accuracies=[99.0, 99.9, 101.0])).verdict is Says.CONTRADICTS
    # differences -3, -2.1, -4: p = 0.034 alone, 0.067 as one of two comparisons
    assert said(same_weights(accuracies=[99.0, 99.1, 102.0])).verdict is Says.NOT_DECIDED
    found = said(same_weights(accuracies=[95.0, 96.5, 98.5]))
    assert verdicts(found) == [True, None]
    assert found.verdict is Says.NOT_DECIDED


def test_one_replicate_is_not_judged_by_seeds_that_are_not_there() -> None:
    found = whole(same_weights(overrides=["sweep.replicates=1"]))
    assert [one.verdict for one in found.replies[0].findings] == [Says.ONE_SEED_AGREES, Says.NOT_JUDGED]
    assert any(caveat.startswith("One seed only: same-he, same-small and he") for caveat in found.caveats)


def test_an_unfinished_study_says_which_runs_are_missing_and_shows_nothing_of_those_under_way() -> None:
    found = whole(same_weights(status=RunStatus.RUNNING))
    assert found.replies[0].verdict is Says.CANNOT_BE_SAID
    assert found.caveats[0] == "same-he: no run is done, 3 running."
    assert all(scenario.n == 0 and set(figures) == {None} for scenario, figures in found.tables[0].rows)


def test_health_that_was_not_measured_is_named() -> None:
    arm = {"final_val_accuracy": GOOD}
    found = said(made("same-weights", {"same-he": arm, "same-small": arm, "he": arm}))
    assert (found.findings[0].verdict, found.findings[0].lacks) == (
        Says.CANNOT_BE_SAID,
        "no count of distinct units of he",
    )


def test_biases_at_zero_are_harmless_only_if_the_whole_interval_is_within_the_margin() -> None:
    usual = {"final_val_accuracy": GOOD, "losses": SLOW}
    for accuracies, losses, expected in (
        ([95.9, 97.1, 98.0], SLOW, Says.AGREES),
        ([99.0, 99.1, 102.0], FAST, Says.AGREES),
        ([96.5, 97.0, 97.5], SLOW, Says.NOT_DECIDED),  # as good in the mean, within ± 1.2 points
        ([80.0, 82.0, 82.5], SLOW, Says.CONTRADICTS),
    ):
        zero = {"final_val_accuracy": accuracies, "losses": losses}
        assert said(made("zero-bias", {"zero": zero, "uniform": usual})).verdict is expected


def test_momentum_too_high_is_measured_against_what_the_usual_one_reached() -> None:
    arms = {
        "0.9": {"final_val_accuracy": GOOD, "fluctuation": [0.0, 0.1, 0.1], "losses": (2.3, 0.5, 0.3, 0.2)},
        "0.99": {"final_val_accuracy": GOOD, "fluctuation": [0.2, 0.2, 0.2], "losses": (2.3, 1.0, 0.8, 0.4)},
        "0.99999": {"final_val_accuracy": BAD, "fluctuation": [0.5, 0.5, 0.5], "losses": (2.3, 9.0, 4.0, 8.0)},
    }
    found = whole(made("momentum-too-high", arms))
    assert found.replies[0].besides == (
        "Converged is a validation loss of 0.200 nats, the lowest that every run of momentum 0.9 reached.",
    )
    assert column(found, "epochs_to_converge") == [(3.0,) * 3, (math.inf,) * 3, (math.inf,) * 3]
    assert verdicts(found.replies[0]) == [True, True, True]
    assert "momentum 0.99999 none" in found.replies[0].findings[1].measured[0]


def test_a_momentum_that_does_no_harm_contradicts() -> None:
    calm = {"final_val_accuracy": GOOD, "fluctuation": [0.0, 0.0, 0.0], "losses": FAST}
    wild = {"final_val_accuracy": BAD, "fluctuation": [0.3, 0.3, 0.3], "losses": SLOW}
    found = said(made("momentum-too-high", {"0.9": wild, "0.99": wild, "0.99999": calm}))
    assert found.verdict is Says.CONTRADICTS


def selu_vs_relu(selu_mean: float = 0.05, dead: float | None = 0.2, selu_losses: Any = FAST) -> StudyResult:
    def layers(mean: float, sd: float, share: float | None) -> list[dict[str, Any]]:
        rows = [
            layer(number, epoch, activation_mean=mean, activation_sd=sd, dead=share)
            for number in (1, 2)
            for epoch in (0, 3)
        ]
        return [*rows, layer(3, name="output", activation_mean=99.0)]

    relu = {"final_val_accuracy": GOOD, "losses": SLOW, "layers": layers(0.8, 2.0, dead)}
    selu = {"final_val_accuracy": GOOD, "losses": selu_losses, "layers": layers(-selu_mean, 0.9, None)}
    return made("selu-vs-relu", {"selu": selu, "relu": relu})


def test_selu_keeps_mean_and_spread_kills_no_unit_and_is_fast() -> None:
    found = said(selu_vs_relu())
    assert verdicts(found) == [True, True, True, True]
    assert "selu 0.05 ± 0.00, relu 0.80 ± 0.00" in found.findings[0].measured[0]
    assert "selu 1.11 ×÷ 1.00, relu 2.00 ×÷ 1.00" in found.findings[1].measured[0]  # 1 / 0.9 and 2
    assert "relu 20.00 ± 0.00 %" in found.findings[2].measured[0]
    assert "Activation mean ± sd before training, relu: layer 1 0.80 ± 2.00, layer 2 0.80 ± 2.00." in found.besides


def test_no_relu_unit_that_died_leaves_it_open_and_a_slower_selu_contradicts() -> None:
    assert verdicts(said(selu_vs_relu(dead=0.0)))[2] is None
    found = said(selu_vs_relu(selu_mean=0.9, selu_losses=(2.3, 2.0, 1.9, 0.4)))
    assert verdicts(found)[0] is False


def test_the_ranking_of_activations_takes_each_kind_in_its_best_form() -> None:
    ranked = ("logistic", "tanh", "relu", "leaky-relu-0-01", "leaky-relu-0-2", "rrelu", "prelu", "elu", "selu")
    arms = {
        name: {"final_val_accuracy": [10.0 * place + step for step in (0, 1, 2)]} for place, name in enumerate(ranked)
    }
    arms["leaky-relu-0-01"] = {"final_val_accuracy": BAD[::-1]}  # its kin is better, and speaks for the kind
    arms["elu"], arms["selu"] = ({"final_val_accuracy": [base, base + 1, base + 2]} for base in (90.0, 97.0))
    found = said(made("activations", arms))
    assert found.verdict is Says.AGREES
    assert found.besides[2].startswith("Measured, by mean accuracy: selu 98.00 > elu 91.00 > leaky-relu-0-01 81.00 >")
    arms["tanh"] = {"final_val_accuracy": [99.0, 99.1, 99.2]}
    found = said(made("activations", arms))
    assert verdicts(found) == [True, True, True, False, True]
    assert found.verdict is Says.CONTRADICTS


def sparse(**changed: Any) -> StudyResult:
    zeros = {"dense": 0.0, "after-50": 0.5, "after-80": 0.8, "after-90": 0.9, "after-95": 0.95, "l1": 0.9}
    zeros |= {"gradual-80": 0.8, "gradual-90": 0.9, "gradual-95": 0.95}
    arms = {
        name: {"sparsity": [share] * 3, "test_accuracy": BAD if name in ("after-90", "after-95") else GOOD}
        for name, share in zeros.items()
    }
    for name, figures in changed.items():
        arms[name.replace("_", "-")].update(figures)
    return made("sparse-three-ways", arms)


def test_three_ways_to_a_sparse_network_are_compared_at_equal_sparsity() -> None:
    found = said(sparse())
    assert found.verdict is Says.AGREES
    assert found.findings[2].measured[0] == "zeros: l1 90.0 ± 0.0 %, after-90 90.0 ± 0.0 %"
    assert "gradual-95 97.00 ± 1.00 %, after-95 81.00 ± 1.00 %" in found.findings[3].measured[1]


def test_an_l1_that_leaves_the_weights_is_not_sparse_and_an_easier_task_proves_nothing() -> None:
    found = said(sparse(l1={"sparsity": [0.1] * 3}))
    assert verdicts(found)[0] is False
    found = said(sparse(l1={"sparsity": [0.86] * 3}))
    assert verdicts(found)[2] is None


def dropout(passes: float = 0.2, inference: float = 0.002, gentle: Any = SLOW) -> StudyResult:
    none = {"losses": FAST, "test_seconds": [0.002] * 3, "test_accuracy": GOOD}
    with_it = {"losses": SLOW, "test_seconds": [inference] * 3, "test_accuracy": GOOD}
    mc = {**with_it, "mc_seconds": [passes] * 3, "mc_accuracy": GOOD}
    return made("dropout-cost", {"none": none, "dropout-20": {**mc, "losses": gentle}, "dropout-50": mc})


def test_dropout_costs_epochs_but_no_inference_and_mc_dropout_costs_that_many_times() -> None:
    found = said(dropout())
    assert found.verdict is Says.AGREES
    assert found.findings[2].measured == (
        "dropout-20: 100 passes 200.0 ± 0.0 ms, 100 times as long as one pass without (2.00 ± 0.00 ms)",
        "dropout-50: 100 passes 200.0 ± 0.0 ms, 100 times as long as one pass without (2.00 ± 0.00 ms)",
    )


def test_dropout_that_costs_no_epochs_in_one_strength_leaves_it_open() -> None:
    assert verdicts(said(dropout(gentle=FAST))) == [None, True, True]


def test_cheap_passes_and_slow_inference_contradict() -> None:
    assert verdicts(said(dropout(passes=0.01)))[2] is False
    assert verdicts(said(dropout(inference=0.01)))[1] is False


def initializers(normal_ratio: float = 1e-6) -> StudyResult:
    def layers(ratio: float, saturated: float) -> list[dict[str, Any]]:
        return [
            layer(1, 0, gradient_rms=ratio, saturated=saturated),
            layer(2, 0, gradient_rms=1.0, saturated=saturated),
            layer(3, 0, name="output", gradient_rms=5.0),
            layer(1, 3, gradient_rms=7.0, saturated=0.0),
        ]

    normal = {"final_val_accuracy": BAD, "layers": layers(normal_ratio, 0.6)}
    glorot = {"final_val_accuracy": GOOD, "layers": layers(0.01, 0.0)}
    arms = {"logistic-normal": normal, "tanh-normal": normal, "logistic-glorot": glorot, "tanh-glorot": glorot}
    return made("initializers", arms)


def test_gradients_are_compared_before_training_between_the_first_and_the_last_hidden_layer() -> None:
    found = said(initializers())
    assert verdicts(found) == [True, True, True, True]
    assert "logistic-normal 1e-6 ×÷ 1, logistic-glorot 0.01 ×÷ 1" in found.findings[1].measured[0]
    assert said(initializers(normal_ratio=0.5)).verdict is Says.CONTRADICTS


def test_clipping_is_judged_on_what_fails_without_it() -> None:
    diverged = {
        "final_val_accuracy": [10.0, 10.0, 10.0],
        "losses": (2.3, math.nan, math.nan, math.nan),
        "grad_norm": 1e9,
    }
    fine = {"final_val_accuracy": GOOD}
    found = said(made("clipping", {"none": diverged, "by-value": fine, "by-norm": fine}))
    assert found.verdict is Says.AGREES
    assert found.findings[0].measured == ("none: 3 of 3 runs diverged, learned nothing or ended near chance",)
    assert said(made("clipping", {"none": fine, "by-value": fine, "by-norm": fine})).verdict is Says.CONTRADICTS


def test_optimizers_are_compared_by_epochs_to_the_common_loss() -> None:
    names = ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "nadam", "adamw")
    arms = {name: {"final_val_accuracy": GOOD, "losses": FAST} for name in names}
    arms["sgd"] = {"final_val_accuracy": GOOD, "losses": SLOW}
    arms["adagrad"] = {"final_val_accuracy": GOOD, "losses": (2.3, 0.5, 0.4, 0.5)}
    assert verdicts(said(made("optimizers", arms))) == [True, True, True, True, None]  # as accurate as the others
    arms["adagrad"] = {**arms["adagrad"], "final_val_accuracy": BAD}
    assert said(made("optimizers", arms)).verdict is Says.AGREES
    arms["nadam"] = {"final_val_accuracy": GOOD, "losses": (2.3, 2.2, 2.1, 0.4)}
    found = said(made("optimizers", arms))
    assert verdicts(found) == [True, True, None, True, True]  # as late as plain SGD
    assert found.verdict is Says.NOT_DECIDED


def test_the_common_loss_is_what_every_run_reached_and_runs_that_failed_do_not_set_it() -> None:
    arms = {
        "none": {"losses": (2.3, 0.5, 0.3, 0.2)},
        "inputs": {"losses": (2.3, 1.0, 0.8, 0.4)},
        "before": {"losses": (2.3, 9.0, 4.0, 8.0)},
        "after": {"losses": [(2.3, 0.5, 0.41, 0.1), (2.3, 0.5, 0.5, 0.45), (2.3, 0.5, 0.4, 0.1)]},
    }
    found = whole(made("batchnorm-placement", arms))
    assert found.replies[0].besides[0].startswith("The common validation loss is 0.450 nats")
    never = (math.inf,) * 3
    assert column(found, "epochs_to_common_loss") == [(2.0,) * 3, (3.0,) * 3, never, (2.0, 3.0, 2.0)]


def test_schedules_are_compared_with_the_best_constant_rate() -> None:
    names = ("power", "exponential", "piecewise", "performance", "onecycle", "cosine", "warm-restarts", "cyclical")
    arms = {name: {"final_val_accuracy": GOOD, "losses": (2.3, 0.4, 0.2, 0.1)} for name in (*names, "onecycle-short")}
    constant = {"final_val_accuracy": GOOD, "losses": SLOW}
    arms |= {f"constant-{rate}": constant for rate in ("high", "middle", "low")}
    assert said(made("schedules", arms)).verdict is Says.AGREES
    arms["constant-low"] = {"final_val_accuracy": GOOD, "losses": (2.3, 0.4, 0.2, 0.05)}
    found = said(made("schedules", arms))
    assert verdicts(found) == [True, False, False, False, None, False]
    assert "constant-low 0.050 ± 0.000" in found.findings[1].measured[0]


def test_batch_normalization_pays_in_epochs_and_costs_time() -> None:
    arms = {
        "none": {"final_val_accuracy": GOOD, "losses": SLOW, "seconds": 0.1},
        "inputs": {"final_val_accuracy": GOOD, "losses": SLOW, "seconds": 0.1},
        "before": {"final_val_accuracy": GOOD, "losses": FAST, "seconds": 0.2},
        "after": {"final_val_accuracy": BAD, "losses": FAST, "seconds": 0.2},
    }
    found = said(made("batchnorm-placement", arms))
    assert found.verdict is Says.AGREES
    assert found.besides[-1].startswith("Before or after the activation: before is better than after by 16.00 points")


@pytest.mark.parametrize(("careless", "expected"), [(GOOD, Says.AGREES), (BAD, Says.NOT_DECIDED)])
def test_what_batch_normalization_permits(careless: list[float], expected: Says) -> None:
    kinds = ("logistic", "tanh", "fast", "careless")
    arms = {kind: {"final_val_accuracy": BAD} for kind in kinds}
    arms |= {f"{kind}-bn": {"final_val_accuracy": GOOD} for kind in kinds}
    arms["tanh-bn"] = {"final_val_accuracy": BAD}  # which the answer does not need
    arms["careless-bn"] = {"final_val_accuracy": careless}
    found = said(made("batchnorm-permits", arms))
    assert verdicts(found) == [True, None, True, True if careless is GOOD else None]
    assert found.verdict is expected


def overfitting(**changed: Any) -> StudyResult:
    names = ("none", "standardized", "l2", "l1", "max-norm", "dropout")
    arms = {name: {"final_val_accuracy": GOOD, "losses": SLOW, "gap": 0.1} for name in names}
    arms["none"] = {"final_val_accuracy": BAD, "losses": SLOW, "gap": 0.3}
    arms["standardized"] = {"final_val_accuracy": BAD, "losses": FAST, "gap": 0.3}
    for name, figures in changed.items():
        arms[name.replace("_", "-")] = {**arms[name.replace("_", "-")], **figures}
    gaps = {name: figures.pop("gap") for name, figures in arms.items()}
    result = made("regularizers", arms)
    gap = pl.col("run").replace_strict({spec.run: gaps[spec.variant] for spec in result.study.runs})
    return replace(result, epochs=result.epochs.with_columns(train_loss=pl.col("val_loss") - gap))


def test_regularizers_narrow_the_gap_and_pay_in_accuracy() -> None:
    assert said(overfitting()).verdict is Says.AGREES
    found = said(overfitting(l1={"gap": 0.5}, standardized={"losses": SLOW}))
    assert verdicts(found) == [False, True, None]


def test_the_default_settings_against_torchs_under_plain_sgd() -> None:
    arms = {
        name: {"final_val_accuracy": GOOD, "losses": FAST} for name in ("momentum", "nadam", "onecycle", "onecycle-l2")
    }
    arms["plain"] = {"final_val_accuracy": BAD, "losses": SLOW}
    found = said(made("default-settings", arms))
    assert verdicts(found) == [True, True, None]  # 1cycle is as good as a constant rate, which is not needed
    assert found.verdict is Says.AGREES
    arms["nadam"] = {"final_val_accuracy": [70.0, 71.5, 72.0], "losses": FAST}
    assert verdicts(said(made("default-settings", arms)))[0] is False


@pytest.mark.parametrize(("sd", "accuracies", "expected"), [(1.2, GOOD, Says.AGREES), (3.0, BAD, Says.CONTRADICTS)])
def test_a_network_that_normalizes_itself(sd: float, accuracies: list[float], expected: Says) -> None:
    layers = [layer(number, 3, activation_mean=0.1, activation_sd=sd) for number in (1, 2)]
    names = ("selu", "alpha-dropout", "onecycle", "alpha-dropout-onecycle")
    arms = {name: {"final_val_accuracy": accuracies, "layers": layers, "seconds": 0.1} for name in names}
    arms["batch-norm"] = {"final_val_accuracy": GOOD, "layers": layers, "seconds": 0.2}
    found = said(made("self-normalizing", arms))
    assert found.verdict is expected
    assert verdicts(found)[1:4] == [sd < 2, accuracies is GOOD, True]


@pytest.mark.parametrize(
    ("size", "accuracies", "expected"),
    [
        (50, [80.0, 81.1, 82.0], Says.AGREES),
        (100, [80.0, 81.1, 82.0], Says.CONTRADICTS),
        (50, [78.0, 79.1, 79.9], Says.CONTRADICTS),
        (50, [79.0, 81.5, 82.0], Says.NOT_DECIDED),
    ],
)
def test_half_precision_is_compared_run_by_run(size: int, accuracies: list[float], expected: Says) -> None:
    def formats(name: str, size: int, accuracies: list[float]) -> dict[str, Any]:
        return {f"{name}_bytes": [size] * 3, f"{name}_seconds": [0.1] * 3, f"{name}_accuracy": accuracies}

    arm = {**formats("float32", 100, BAD), **formats("float16", size, accuracies), **formats("bfloat16", 50, BAD)}
    found = whole(made("half-precision", dict.fromkeys(("narrow", "wide", "deep"), arm)))
    assert found.replies[0].verdict is expected
    assert column(found, "float16_seconds") == [(1.0, 1.0, 1.0)] * 3
