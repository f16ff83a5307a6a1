"""Measured beside published, and which optimizer comes closest."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from lrtui.analysis.result import StudyResult
from lrtui.book.published import Comparison, OptimizerFit, alike, beside_published
from lrtui.book.published import optimizer_fit as fit_of
from lrtui.book.scenario import Trained
from lrtui.book.sweeps import by_rate, done_runs, sweeps


def optimizer_fit(results: Sequence[StudyResult]) -> list[OptimizerFit]:
    return fit_of([Trained(f"study {number}", result) for number, result in enumerate(results)])


TABLE = [
    {
        "optim.lr": 1e-3,
        "val_accuracy": 98.14,
        "val_accuracy_sd": 0.42,
        "convergence_epoch": 12,
        "remark": "Optimal dan stabil",
        "remark_en": "optimal and stable",
    },
    {"optim.lr": 1e-1, "val_accuracy": 58.72, "remark": "Divergen"},
]


@pytest.fixture
def paper(measured: Callable[..., StudyResult]) -> Callable[..., StudyResult]:
    """Return a maker of results whose study has published figures for 1e-3 and 1e-1, and none for 1e-2."""
    return lambda outcomes, **about: measured(outcomes, **{"published": TABLE, "protocol": "paper", **about})


def test_each_published_scenario_beside_its_figures(paper: Callable[..., StudyResult]) -> None:
    settled = {"verdict": "settled"}
    result = paper(
        {
            1e-3: [
                {**settled, "final_val_accuracy": 90.0, "convergence_epoch": 18},
                {**settled, "final_val_accuracy": 92.0, "convergence_epoch": 21},
                {"final_val_accuracy": 91.0},
            ],
            1e-2: [95.0, 95.0, 95.0],
            1e-1: [97.72, 97.72],
        }
    )
    first, second = beside_published(result)
    assert (first.row["scenario"], first.row["lr"], first.row["n"]) == ("mlp-mnist-sgd-1e-3", 1e-3, 3)
    assert (first.row["val_accuracy_mean"], first.row["val_accuracy_sd"]) == (pytest.approx(91.0), pytest.approx(1.0))
    assert (first.published.val_accuracy, first.published.val_accuracy_sd) == (98.14, 0.42)
    assert first.difference == pytest.approx(-7.14)
    assert (first.row["convergence_epoch_median"], first.row["converged"]) == (19.5, 2)
    assert first.row["verdict"] == "2 settled, 1 improving"
    assert (first.comparable, first.reason) == (True, "")
    assert (second.row["lr"], second.row["n"], second.difference) == (1e-1, 2, pytest.approx(39.0))


@pytest.mark.parametrize(
    ("about", "reason"),
    [
        ({"epochs": 3}, "3 of 30 epochs"),
        ({"epochs": 40}, "40 epochs instead of 30"),
        ({"train": {"batch_size": 128}}, "batch size 128 instead of 64"),
        ({"data": {"val_limit": 500}}, "first 500 validation images"),
        ({"epochs": 2, "data": {"scale": "raw"}}, "2 of 30 epochs, pixels not scaled to [0, 1]"),
    ],
)
def test_runs_off_the_protocol_say_so(paper: Callable[..., StudyResult], about: dict[str, Any], reason: str) -> None:
    (first,) = beside_published(paper({1e-3: [90.0]}, **about))
    assert (first.comparable, first.reason) == (False, reason)
    assert first.difference == pytest.approx(90.0 - 98.14)


def test_a_scenario_without_a_finished_run_has_no_measured_figures(paper: Callable[..., StudyResult]) -> None:
    (first,) = beside_published(paper({1e-3: [{"status": "stopped", "final_val_accuracy": 90.0}]}))
    assert (first.row["n"], first.row["val_accuracy_mean"], first.difference) == (0, None, None)
    assert (first.comparable, first.reason) == (False, "no finished run")


def test_another_network_or_part_of_the_data_is_off_the_protocol(measured: Callable[..., StudyResult]) -> None:
    result = measured(
        {1e-3: [90.0]},
        published=TABLE,
        protocol="paper",
        sweep={"model.hidden": [[256, 128, 64], [32]], "data.train_limit": [1000]},
    )
    usual, other = beside_published(result)
    assert usual.reason == "first 1000 training images"
    assert other.reason == "hidden 32 instead of 256-128-64, first 1000 training images"


class TestOwnProtocol:
    """Figures that stand for the preset as it is."""

    TABLE = ({"optim.lr": 1e-3, "val_accuracy": 50.0, "test_accuracy": 49.0, "best_epoch": 8, "epochs": 28},)

    def compared(self, measured: Callable[..., StudyResult], *overrides: str) -> Comparison:
        run = {"final_val_accuracy": 52.0, "epochs": 30, "test_accuracy": 51.0, "best_val_loss_epoch": 10}
        result = measured({1e-3: [run, {**run, "best_val_loss_epoch": 13}]}, epochs=100, published=list(self.TABLE))
        (found,) = beside_published(replace(result, study=replace(result.study, overrides=overrides)))
        return found

    def test_any_network_and_length_compares(self, measured: Callable[..., StudyResult]) -> None:
        found = self.compared(measured)
        assert (found.comparable, found.reason, found.difference) == (True, "", pytest.approx(2.0))
        assert (found.row["best_val_loss_epoch_mean"], found.published.best_epoch) == (11.5, 8)
        assert (found.row["epochs_mean"], found.published.epochs) == (30.0, 28)

    def test_more_replicates_and_more_measurements_are_no_change(self, measured: Callable[..., StudyResult]) -> None:
        assert self.compared(measured, "sweep.replicates=5", "sweep.seeds=[7]", "health.measure=true").comparable

    def test_a_changed_preset_does_not_compare(self, measured: Callable[..., StudyResult]) -> None:
        found = self.compared(measured, "sweep.replicates=5", "train.epochs=3")
        assert (found.comparable, found.reason) == (False, "changed: train.epochs=3")

    def test_its_figures_are_no_part_of_the_papers_question(self, measured: Callable[..., StudyResult]) -> None:
        assert optimizer_fit([measured({1e-3: [90.0]}, published=list(self.TABLE))]) == []


@pytest.mark.parametrize(
    ("about", "reason"),
    [
        ({"schedule": {"name": "onecycle"}}, "with a schedule"),
        ({"regularization": {"l2": 1e-3}}, "with regularization"),
        ({"early_stopping": {"patience": 3}}, "with early stopping"),
        ({"optim": {"clip_norm": 1.0}}, "with gradient clipping"),
        ({"data": {"validation": "last"}}, "last 5000 training images validate"),
    ],
)
def test_what_the_paper_did_without_departs_from_it(
    paper: Callable[..., StudyResult], about: dict[str, Any], reason: str
) -> None:
    (first,) = beside_published(paper({1e-3: [90.0]}, **about))
    assert first.reason == reason


def test_a_rate_that_was_found_is_pooled_under_its_value(measured: Callable[..., StudyResult]) -> None:
    result = measured({1e-3: [90.0]}, protocol="paper")
    spec = result.study.runs[0]
    optim = spec.config.optim.model_copy(update={"lr": "find"})
    found = replace(spec, config=spec.config.model_copy(update={"optim": optim}), found_lr=1e-3)
    (sweep,) = sweeps(
        by_rate(done_runs([Trained("found", replace(result, study=replace(result.study, runs=(found,))))]))
    )
    assert list(sweep.rates) == [1e-3]


def test_published_figures_stand_beside_any_optimizer(paper: Callable[..., StudyResult]) -> None:
    (first,) = beside_published(paper({1e-3: [97.0]}, optimizer="adam"))
    assert (first.row["optimizer"], first.difference) == ("adam", pytest.approx(97.0 - 98.14))


class TestOptimizerFit:
    def test_mean_absolute_difference_by_hand(self, paper: Callable[..., StudyResult]) -> None:
        # |91 − 98.14| = 7.14 and |97.72 − 58.72| = 39; nothing is published for 1e-2
        fits = optimizer_fit([paper({1e-3: [90.0, 92.0], 1e-2: [95.0, 95.0], 1e-1: [97.72, 97.72]})])
        assert [(fit.optimizer, fit.model, fit.dataset, fit.n) for fit in fits] == [
            ("sgd", "mlp", "mnist", 2),
            ("sgd", None, None, 2),
        ]
        assert [fit.mean_absolute_difference for fit in fits] == [pytest.approx((7.14 + 39) / 2)] * 2
        assert fits[0].reason == ""

    def test_over_all_pairs_every_scenario_weighs_the_same(self, paper: Callable[..., StudyResult]) -> None:
        mlp = paper({1e-3: [98.14], 1e-1: [58.72]})
        cnn = paper({1e-3: [92.14]}, model="cnn", dataset="cifar10")
        pair, other, overall = optimizer_fit([mlp, cnn])
        assert (pair.mean_absolute_difference, other.mean_absolute_difference) == (0.0, pytest.approx(6.0))
        assert (overall.n, overall.mean_absolute_difference) == (3, pytest.approx(2.0))
        assert overall.covered == (("cnn", "cifar10", 1e-3), ("mlp", "mnist", 1e-3), ("mlp", "mnist", 1e-1))

    def test_the_closest_optimizer_of_those_measured_alike(self, paper: Callable[..., StudyResult]) -> None:
        sgd = paper({1e-3: [90.0], 1e-1: [97.0]})
        adam = paper({1e-3: [97.0], 1e-1: [11.0]}, optimizer="adam")
        rmsprop = paper({1e-3: [98.14]}, optimizer="rmsprop")  # closest, but on one scenario only
        fits = optimizer_fit([sgd, adam, rmsprop])
        best = alike(fits)[0]
        # sgd (8.14 + 38.28) / 2 = 23.21, adam (1.14 + 47.72) / 2 = 24.43
        assert best is not None
        assert (best.optimizer, best.mean_absolute_difference) == ("sgd", pytest.approx(23.21))
        assert [fit.optimizer for fit in alike(fits)] == ["sgd", "adam"]
        assert alike(optimizer_fit([sgd])) == []
        assert alike([]) == []

    def test_optimizers_that_share_one_pair_are_compared_in_it(self, paper: Callable[..., StudyResult]) -> None:
        sgd = [paper({1e-3: [90.0]}), paper({1e-3: [90.0]}, model="cnn", dataset="cifar10")]
        adam = paper({1e-3: [97.0]}, optimizer="adam")
        short = paper({1e-3: [98.0]}, optimizer="rmsprop", epochs=3)
        found = alike(optimizer_fit([*sgd, adam, short]))
        assert [(fit.optimizer, fit.covered) for fit in found] == [
            ("adam", (("mlp", "mnist", 1e-3),)),
            ("sgd", (("mlp", "mnist", 1e-3),)),
        ]

    def test_shorter_training_is_only_used_where_there_is_no_other(self, paper: Callable[..., StudyResult]) -> None:
        short = paper({1e-3: [80.0]}, epochs=3)
        assert [fit.reason for fit in optimizer_fit([short])] == ["3 of 30 epochs"] * 2
        whole = paper({1e-3: [98.14]})
        for fits in (optimizer_fit([short, whole]), optimizer_fit([whole, short])):
            assert [(fit.mean_absolute_difference, fit.reason) for fit in fits] == [(0.0, "")] * 2

    def test_studies_are_pooled_and_the_later_of_equal_runs_counts(self, paper: Callable[..., StudyResult]) -> None:
        first, again = paper({1e-3: [90.0]}), paper({1e-3: [94.0]})
        second = paper({1e-3: [92.0]}, sweep={"seeds": [7], "replicates": 1})
        assert optimizer_fit([first, again])[0].mean_absolute_difference == pytest.approx(4.14)
        assert optimizer_fit([first, second])[0].mean_absolute_difference == pytest.approx(98.14 - 91.0)

    def test_settings_other_than_the_defaults_are_another_optimizer(self, paper: Callable[..., StudyResult]) -> None:
        fits = optimizer_fit([paper({1e-3: [90.0]}), paper({1e-3: [95.0]}, optim={"momentum": 0.9})])
        assert [fit.optimizer for fit in fits if fit.model] == ["sgd", "sgd momentum=0.9"]

    def test_no_published_figures_no_fit(self, measured: Callable[..., StudyResult]) -> None:
        assert optimizer_fit([measured({1e-3: [90.0]})]) == []
        assert optimizer_fit([]) == []
