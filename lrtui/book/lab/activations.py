"""Which activation: exercises 3 and 4."""

from collections.abc import Sequence
from itertools import pairwise

import polars as pl

from lrtui.book.compare import Expect
from lrtui.book.figures import number
from lrtui.book.grouping import Grouping
from lrtui.book.lab.experiment import Experiment, Select, best, every, is_so, one, spread
from lrtui.book.measures import (
    ACCURACY,
    BEST_LOSS,
    EPOCH_TIME,
    EPOCHS_TO_COMMON,
    GRADIENT_RATIO,
    Measure,
)
from lrtui.book.question import ABOVE, Evidence, Point

KINDS = (
    ("SELU", ("selu",)),
    ("ELU", ("elu",)),
    ("leaky ReLU", ("leaky_relu", "rrelu", "prelu")),
    ("ReLU", ("relu",)),
    ("tanh", ("tanh",)),
    ("logistic", ("logistic",)),
)
"""The guide's ranking, the best first: a name for the kind, and the activations that are of it."""
OFFSET = Measure(
    "offset",
    "|activation mean|",
    2,
    lambda scenario, _: scenario.over_layers(pl.col("activation_mean").abs().mean()),
    "mean |activation mean| of a layer, at the end",
    above="the activations of {} are further from a mean of 0 than those of {}",
    below="the activations of {} stay nearer to a mean of 0 than those of {}",
)
SCALE_ERROR = Measure(
    "scale_error",
    "activation sd off 1 by factor",
    2,
    lambda scenario, _: scenario.over_layers(pl.col("activation_sd").log().abs().mean().exp()),
    "factor by which a layer's standard deviation is off 1, at the end",
    above="the activations of {} are further from a standard deviation of 1 than those of {}",
    below="the activations of {} stay nearer to a standard deviation of 1 than those of {}",
    ratio=True,
)
"""Geometric mean over the hidden layers."""
DEAD = Measure(
    "dead",
    "dead units %",
    2,
    lambda scenario, _: scenario.over_layers(100 * pl.col("dead").mean()),
    "share of dead units",
    "%",
    "more units of {} die than of {}",
    "fewer units of {} die than of {}",
)

selu = one("SELU", lambda config: config.model.activation == "selu")
relu = one("ReLU", lambda config: config.model.activation == "relu")


def _units_die(grouping: Grouping) -> Sequence[Evidence]:
    """Return whether units died in every run: a count has no error, and if none died more training may kill some."""
    (dying,), (lasting,) = relu(grouping), selu(grouping)
    dead = DEAD.of(dying, grouping)
    line = (
        f"dead units at the end: {dying.label} {dead.text(2, '%')}; {lasting.label} has a slope everywhere, so that no unit "
        "can die"
    )
    return [Evidence((line,), (min(dead.values), max(dead.values)), ABOVE, len(dead.values))]


def _depths(grouping: Grouping) -> Sequence[str]:
    said = []
    for at, words in (("first", "before training"), ("last", "at the end")):
        for scenario in grouping.done:
            means, sds = scenario.by_depth("activation_mean", at=at), scenario.by_depth("activation_sd", at=at)
            if means:
                shown = ", ".join(
                    f"layer {layer} {number(means[layer], 2)} ± {number(sds[layer], 2)}" for layer in spread(means)
                )
                said.append(f"Activation mean ± sd {words}, {scenario.label}: {shown}.")
    return said


SELU_VS_RELU = Experiment(
    guide="SELU takes negative values, which keeps mean activations near 0 and gradients from vanishing; it has a slope "
    "everywhere, so that units do not die; and where its conditions hold (LeCun normal, standardized inputs, plain dense "
    "layers) the network normalizes itself: mean 0 and standard deviation 1 in every layer, and faster convergence.",
    measures=(OFFSET, SCALE_ERROR, DEAD, EPOCHS_TO_COMMON, ACCURACY),
    points=(
        is_so("mean activations are nearer to 0 under SELU", selu, Expect.LOWER, relu, OFFSET),
        is_so("the activations' standard deviation is nearer to 1 under SELU", selu, Expect.LOWER, relu, SCALE_ERROR),
        Point("ReLU units die, SELU units do not", _units_die),
        is_so("SELU converges in fewer epochs", selu, Expect.LOWER, relu, EPOCHS_TO_COMMON),
    ),
    details=_depths,
)


def kind(name: str, activations: Sequence[str]) -> Select:
    """Return the selection of a kind in its best form: that with the highest mean accuracy."""
    return best(every(name, lambda config: config.model.activation in activations), ACCURACY)


def _rankings(grouping: Grouping) -> Sequence[str]:
    figures = [(found.mean, one.label) for one in grouping.done if (found := ACCURACY.take(one, grouping)) is not None]
    ranked = [f"{label} {number(mean, 2)}" for mean, label in sorted(figures, reverse=True)]
    return [
        f"The guide's ranking: {' > '.join(name for name, _ in KINDS)}.",
        f"Measured, by mean accuracy: {' > '.join(ranked)}.",
        "Of several activations of one kind the one with the highest mean accuracy stands for it, which favours that kind.",
    ]


ACTIVATIONS = Experiment(
    guide="For hidden layers in general SELU, then ELU, then leaky ReLU and its kin, then ReLU, then tanh, then logistic; "
    "ReLU where speed counts most, tanh and logistic only for outputs in their range, softmax for classes.",
    measures=(ACCURACY, BEST_LOSS, EPOCHS_TO_COMMON, EPOCH_TIME, GRADIENT_RATIO),
    points=tuple(
        is_so(f"{better[0]} is ahead of {worse[0]}", kind(*better), Expect.HIGHER, kind(*worse), ACCURACY)
        for better, worse in pairwise(KINDS)
    ),
    details=_rankings,
)
