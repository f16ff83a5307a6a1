"""Which activation: exercises 3 and 4."""

from collections.abc import Sequence
from itertools import pairwise

import polars as pl

from lrtui.analysis.answers.answer import Measure
from lrtui.analysis.answers.arms import Arm, Arms
from lrtui.analysis.answers.columns import (
    ACCURACY,
    BEST_LOSS,
    EPOCH_TIME,
    EPOCHS_TO_COMMON,
    accuracy,
    common_loss,
    epochs_to_common,
    gradient_ratio,
)
from lrtui.analysis.answers.evidence import Evidence, higher, known, lower
from lrtui.analysis.answers.experiment import Experiment, Point
from lrtui.analysis.answers.stat import Stat, figure
from lrtui.analysis.answers.weights import spread

KINDS = (
    ("SELU", ("selu",)),
    ("ELU", ("elu",)),
    ("leaky ReLU", ("leaky_relu", "rrelu", "prelu")),
    ("ReLU", ("relu",)),
    ("tanh", ("tanh",)),
    ("logistic", ("logistic",)),
)
"""The guide's ranking, the best first: a name for the kind, and the activations that are of it."""


def _offset(arm: Arm) -> Stat | None:
    """Return how far the mean activation is from 0 at the end, mean over the hidden layers."""
    return arm.over_layers(pl.col("activation_mean").abs().mean())


def _scale_error(arm: Arm) -> Stat | None:
    """Return by what factor the activations' standard deviation is off 1 at the end, geometric mean over the hidden layers."""
    return arm.over_layers(pl.col("activation_sd").log().abs().mean().exp())


def _dead(arm: Arm) -> Stat | None:
    """Return the mean share of dead units over the hidden layers at the end, percent."""
    return arm.over_layers(100 * pl.col("dead").mean())


def _selu(found: Arms) -> Arm:
    return found.only("SELU", lambda config: config.model.activation == "selu")


def _relu(found: Arms) -> Arm:
    return found.only("ReLU", lambda config: config.model.activation == "relu")


def _units_die(found: Arms) -> Evidence:
    dead = known(_relu(found), "share of dead units", _dead)
    return Evidence(
        (
            f"dead units at the end: {_relu(found).label} {dead.text(2, '%')}; {_selu(found).label} has a slope everywhere, "
            "so that no unit can die",
        ),
        True if min(dead.values) > 0 else None,
    )


def _depths(found: Arms) -> Sequence[str]:
    said = [common_loss(found)]
    for at, words in (("first", "before training"), ("last", "at the end")):
        for arm in found.done:
            means, sds = arm.by_depth("activation_mean", at=at), arm.by_depth("activation_sd", at=at)
            if means:
                shown = ", ".join(f"layer {layer} {means[layer]:.2f} ± {sds[layer]:.2f}" for layer in spread(means))
                said.append(f"Activation mean ± sd {words}, {arm.label}: {shown}.")
    return said


SELU_VS_RELU = Experiment(
    guide="SELU takes negative values, which keeps mean activations near 0 and gradients from vanishing; it has a slope "
    "everywhere, so that units do not die; and where its conditions hold (LeCun normal, standardized inputs, plain dense "
    "layers) the network normalizes itself: mean 0 and standard deviation 1 in every layer, and faster convergence.",
    columns=(
        (Measure("offset", "|activation mean|"), lambda arm, _: _offset(arm)),
        (Measure("scale_error", "activation sd off 1 by factor"), lambda arm, _: _scale_error(arm)),
        (Measure("dead", "dead units %"), lambda arm, _: _dead(arm)),
        EPOCHS_TO_COMMON,
        ACCURACY,
    ),
    points=(
        Point(
            "mean activations are nearer to 0 under SELU",
            lambda found: lower("mean |activation mean| of a layer, at the end", _selu(found), _relu(found), _offset),
        ),
        Point(
            "the activations' standard deviation is nearer to 1 under SELU",
            lambda found: lower(
                "factor by which a layer's standard deviation is off 1, at the end",
                _selu(found),
                _relu(found),
                _scale_error,
            ),
        ),
        Point("ReLU units die, SELU units do not", _units_die),
        Point(
            "SELU converges in fewer epochs",
            lambda found: lower(
                "epochs to the common loss", _selu(found), _relu(found), epochs_to_common(found), decimals=1
            ),
        ),
    ),
    details=_depths,
)


def _best(found: Arms, kind: str, names: Sequence[str]) -> Arm:
    """Return the arm of a kind with the highest mean accuracy."""
    arms = found.some(kind, lambda config: config.model.activation in names)
    return max(arms, key=lambda arm: known(arm, "accuracy", accuracy).mean)


def _ahead(upper: int) -> Point:
    """Return the point that a kind is ahead of the one ranked next, each in its best form."""
    better, worse = KINDS[upper], KINDS[upper + 1]
    return Point(
        f"{better[0]} is ahead of {worse[0]}",
        lambda found: higher("validation accuracy", _best(found, *better), _best(found, *worse), accuracy, unit="%"),
    )


def _rankings(found: Arms) -> Sequence[str]:
    ranked = sorted(((stat.mean, arm.label) for arm in found.done if (stat := accuracy(arm)) is not None), reverse=True)
    return [
        f"The guide's ranking: {' > '.join(kind for kind, _ in KINDS)}.",
        f"Measured, by mean accuracy: {' > '.join(f'{label} {figure(mean, 2)}' for mean, label in ranked)}.",
        common_loss(found),
    ]


ACTIVATIONS = Experiment(
    guide="For hidden layers in general SELU, then ELU, then leaky ReLU and its kin, then ReLU, then tanh, then logistic; "
    "ReLU where speed counts most, tanh and logistic only for outputs in their range, softmax for classes.",
    columns=(
        ACCURACY,
        BEST_LOSS,
        EPOCHS_TO_COMMON,
        EPOCH_TIME,
        (Measure("gradient_ratio", "gradient RMS, first / last layer", None), lambda arm, _: gradient_ratio(arm)),
    ),
    points=tuple(_ahead(upper) for upper, _ in enumerate(pairwise(KINDS))),
    details=_rankings,
)
