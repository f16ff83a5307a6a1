"""What the outlook's presets on the guide's recipes answer: each line, condition and case is asked about by what it changes."""

import math
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from lrtui.analysis.result import StudyResult
from lrtui.book.lab.experiments import answer
from lrtui.book.question import Verdict as Says
from lrtui.book.scenario import Trained
from lrtui.study import locate, preset
from lrtui.study.records import RunStatus
from tests.book.made import LOSSES, layer, made, measured
from tests.book.test_lab import BAD, GOOD, said, verdicts

BETTER, WORSE = (2.3, 0.5, 0.3, 0.3), (2.3, 1.5, 0.9, 0.8)
RECIPES = ("recipe-", "regularization", "low-latency")
OUTLOOK = [
    found.name
    for found in locate.shipped()
    if found.name.startswith("outlook/") and preset.load(found.name).experiment.startswith(RECIPES)
]


@pytest.mark.parametrize("name", OUTLOOK)
def test_every_point_finds_the_runs_it_is_about(name: str) -> None:
    study = preset.load(name, ["sweep.replicates=3"])
    figures: dict[str, Any] = {
        "final_val_accuracy": GOOD,
        "layers": [layer(1), layer(1, epoch=0)],
        "kept_epoch": [3, 3, 3],
    }
    seconds = ("test_seconds", "folded_seconds", "unfolded_seconds", "mc_seconds")
    formats = [f"{name}_seconds" for name in ("float32", "float16", "bfloat16", "int8")]
    figures |= {key: [0.1, 0.11, 0.12] for key in (*seconds, *formats)}
    accuracies = (
        "test_accuracy",
        "mc_accuracy",
        "unpruned_accuracy",
        *(f.replace("seconds", "accuracy") for f in formats),
    )
    figures |= dict.fromkeys(accuracies, GOOD)
    figures |= {"test_loss": [0.3, 0.31, 0.32], "mc_loss": [0.2, 0.21, 0.22], "mc_samples": [100] * 3}
    figures |= {"test_entropy": [0.1] * 3, "mc_entropy": [0.19] * 3, "sparsity": [0.5] * 3}
    result = measured(study, lambda _: figures, lambda _: RunStatus.DONE)
    findings = said(result).findings
    assert [one.lacks for one in findings if one.lacks] == []


def deep(**arms: Any) -> StudyResult:
    names = ["he", "elu", "batch-norm", "momentum", "1cycle", "early-stopping"]
    worse = {f"without-{name}": {"final_val_accuracy": BAD, "losses": WORSE} for name in names}
    good = {
        key: {"final_val_accuracy": GOOD, "losses": BETTER}
        for key in ("recipe", "with-l2", "with-rmsprop", "with-nadam")
    }
    return made("outlook/recipes/deep", {**worse, **good, **arms})


def test_a_line_that_is_left_out_at_no_cost_contradicts_and_only_it() -> None:
    assert said(deep()).verdict is Says.AGREES
    found = said(deep(**{"without-elu": {"final_val_accuracy": [99.0, 99.9, 101.0], "losses": BETTER}}))
    assert found.verdict is Says.CONTRADICTS
    assert verdicts(found)[:6] == [True, False, True, True, True, True]


def test_a_line_without_which_all_runs_diverge_is_needed() -> None:
    lost = {"final_val_accuracy": [None] * 3, "losses": (2.3, math.nan, math.nan, math.nan)}
    found = said(deep(**{"without-batch-norm": lost}))
    assert verdicts(found)[:7] == [True] * 7  # the loss is asked about for those that have one


def test_self_normalization_is_judged_by_each_condition() -> None:
    kept = {"final_val_accuracy": GOOD, "layers": [layer(1, activation_sd=1.1), layer(1, epoch=0)]}
    lost = {"final_val_accuracy": GOOD, "layers": [layer(1, activation_sd=3.0), layer(1, epoch=0)]}
    arms = {
        "recipe": kept,
        "alpha-dropout": kept,
        "plain-dropout": lost,
        "he": lost,
        "elu": lost,
        "raw-inputs": kept,
        "l1": lost,
    }
    assert verdicts(said(made("outlook/recipes/self-normalizing", arms)))[:5] == [True, True, None, True, True]


def regularization(gap: dict[str, float]) -> StudyResult:
    """Return the study, every variant with a validation loss above a training loss of 0.3 that never moves."""
    study = preset.load("outlook/regularization", ["sweep.replicates=3"])
    steady = {"final_val_accuracy": GOOD, "kept_epoch": [3, 3, 3]}

    def figures(spec: Any) -> dict[str, Any]:
        last = [0.3 + gap[spec.variant] + seed / 1000 * (spec.variant != "plain") for seed in (0, 1, 2)]
        return {**steady, "losses": [(*LOSSES[:3], one) for one in last]}

    result = measured(study, figures, lambda _: RunStatus.DONE)
    return replace(result, epochs=result.epochs.with_columns(train_loss=pl.lit(0.3)))


def test_the_gap_is_compared_at_every_rate_with_the_same_network_at_that_rate() -> None:
    gaps = {"plain": 0.5, "l2": 0.2, "dropout": 0.2, "max-norm": 0.7, "early-stopping": 0.2, "augmentation": 0.1}
    found = answer(Trained("made", regularization(gaps)))
    assert found is not None
    (reply,) = found.replies
    assert verdicts(reply)[:5] == [True, True, False, True, True]
    assert [len(one.measured) for one in reply.findings[:5]] == [3] * 5
    assert reply.besides[0].startswith("L2 narrows the gap at 3e-3, 1e-2 and 3e-2, lowers")
    assert "Max-norm narrows the gap at no rate (the contrary at 3e-3, 1e-2 and 3e-2)" in " ".join(reply.besides)
