"""How the weights begin: exercises 1 and 2, and what initialization does to a deep network of logistic units."""

from collections.abc import Sequence

import polars as pl

from lrtui.analysis.answers.answer import Measure
from lrtui.analysis.answers.arms import Arm, Arms
from lrtui.analysis.answers.columns import (
    ACCURACY,
    BEST_LOSS,
    EPOCHS_TO_COMMON,
    accuracy,
    common_loss,
    epochs_to_common,
    gradient_ratio,
)
from lrtui.analysis.answers.evidence import Evidence, higher, known, lower, no_higher, no_lower, together
from lrtui.analysis.answers.experiment import Experiment, Point
from lrtui.analysis.answers.stat import Stat, figure

ALIKE = 0.05
"""Units count as alike where at most this share of them is distinct: rounding differs with where in a register a unit stands,
which may tell a few groups of equal units apart."""


def _fewest_distinct(arm: Arm) -> Stat | None:
    """Return the fewest distinct units that any hidden layer has at the end."""
    return arm.over_layers(pl.col("distinct_units").min())


def _most_distinct(arm: Arm) -> Stat | None:
    return arm.over_layers(pl.col("distinct_units").max())


def _saturated(arm: Arm) -> Stat | None:
    """Return the mean share of saturated outputs over the hidden layers before training, percent."""
    return arm.over_layers(100 * pl.col("saturated").mean(), at="first")


def _equal(found: Arms) -> tuple[Arm, ...]:
    return found.some("equal weights", lambda config: config.model.init == "constant")


def _drawn(found: Arms) -> Arm:
    return found.only("weights drawn one by one", lambda config: config.model.init != "constant")


def _units_stay_identical(found: Arms) -> Evidence:
    shown, identical = [], []
    for arm in _equal(found):
        most = known(arm, "count of distinct units", _most_distinct)
        identical.append(max(most.values) <= max(1.0, ALIKE * min(arm.hidden()["units"].to_list())))
        shown.append(f"{arm.label} {most.text(1)}")
    usual = _drawn(found)
    fewest = known(usual, "count of distinct units", _fewest_distinct)
    return Evidence(
        (
            f"most distinct units of a hidden layer at the end: {', '.join(shown)}",
            f"fewest with {usual.label}: {fewest.text(1)}",
        ),
        all(identical),
    )


def _equal_weights_learn_less(found: Arms) -> Evidence:
    usual = _drawn(found)
    return together([higher("validation accuracy", usual, arm, accuracy, unit="%") for arm in _equal(found)])


SAME_WEIGHTS = Experiment(
    guide="No, not even to a value drawn as He says: units that begin alike get the same gradient and stay alike, so that "
    "each layer works as if it had one unit. Weights have to be drawn one by one.",
    columns=(
        (Measure("fewest_distinct", "fewest distinct units", 1), lambda arm, _: _fewest_distinct(arm)),
        (Measure("most_distinct", "most distinct units", 1), lambda arm, _: _most_distinct(arm)),
        (Measure("units", "units per layer", 0), lambda arm, _: arm.over_layers(pl.col("units").max())),
        ACCURACY,
        BEST_LOSS,
    ),
    points=(
        Point("with equal weights all units of a hidden layer stay identical", _units_stay_identical),
        Point("a network with equal weights learns less", _equal_weights_learn_less),
    ),
)


def _zero(found: Arms) -> Arm:
    return found.only("biases at zero", lambda config: config.model.init_bias == "zero")


def _random_biases(found: Arms) -> Arm:
    return found.only("random biases", lambda config: config.model.init_bias == "uniform")


ZERO_BIAS = Experiment(
    guide="Yes. Biases that begin at zero do no harm, since the weights already tell the units apart; drawing them at "
    "random makes little difference.",
    columns=(ACCURACY, BEST_LOSS, EPOCHS_TO_COMMON),
    points=(
        Point(
            "biases that begin at zero cost no accuracy",
            lambda found: no_lower("validation accuracy", _zero(found), _random_biases(found), accuracy, unit="%"),
        ),
        Point(
            "biases that begin at zero cost no epochs",
            lambda found: no_higher(
                "epochs to the common loss",
                _zero(found),
                _random_biases(found),
                epochs_to_common(found),
                decimals=1,
            ),
        ),
    ),
    details=lambda found: [common_loss(found)],
)


def _with(found: Arms, activation: str, init: str) -> Arm:
    return found.only(
        f"{activation} units and the initialization {init}",
        lambda config: config.model.activation == activation and config.model.init == init,
    )


def _normal(found: Arms) -> Arm:
    return _with(found, "logistic", "normal")


def _glorot(found: Arms) -> Arm:
    return _with(found, "logistic", "glorot")


def _tanh_learns(found: Arms) -> Evidence:
    return higher(
        "validation accuracy", _with(found, "tanh", "glorot"), _with(found, "tanh", "normal"), accuracy, unit="%"
    )


def _by_depth(found: Arms) -> Sequence[str]:
    depth = max(len(arm.hidden(at="first")["layer"].unique()) for arm in found.done)
    said = [
        "The slope of the logistic function is at most 1/4: where units do not saturate and weights keep the variance, each "
        f"layer hands down about a quarter of the gradient, and {depth} of them {figure(4.0**-depth, None)} of it. That of tanh "
        "is 1 at 0."
    ]
    for arm in found.done:
        rms = arm.by_depth("gradient_rms", at="first")
        if rms:
            shown = ", ".join(f"layer {layer} {figure(rms[layer], None)}" for layer in spread(rms))
            said.append(f"Gradient RMS before training, {arm.label}: {shown}.")
    return said


def spread(layers: dict[int, float], most: int = 5) -> list[int]:
    """Return at most so many layers, the first and the last among them, evenly spread."""
    numbers = sorted(layers)
    if len(numbers) <= most:
        return numbers
    return [numbers[round(place * (len(numbers) - 1) / (most - 1))] for place in range(most)]


INITIALIZERS = Experiment(
    guide="Logistic units with weights from N(0, 1) saturate: their outputs lie at 0 or 1, where the slope is almost zero, so "
    "that gradients vanish on their way down. With Glorot's initialization signals keep their variance both ways, and "
    "deep networks train.",
    columns=(
        (Measure("saturated", "saturated % before training", 1), lambda arm, _: _saturated(arm)),
        (Measure("gradient_ratio", "gradient RMS, first / last layer", None), lambda arm, _: gradient_ratio(arm)),
        ACCURACY,
        BEST_LOSS,
    ),
    points=(
        Point(
            "N(0, 1) saturates logistic units more than Glorot's initialization does",
            lambda found: higher(
                "saturated outputs before training", _normal(found), _glorot(found), _saturated, decimals=1, unit="%"
            ),
        ),
        Point(
            "gradients vanish towards the input with N(0, 1) more than with Glorot's initialization",
            lambda found: lower(
                "gradient RMS of the first over that of the last hidden layer, before training",
                _normal(found),
                _glorot(found),
                gradient_ratio,
                decimals=None,
            ),
        ),
        Point(
            "a deep logistic network learns more with Glorot's initialization",
            lambda found: higher("validation accuracy", _glorot(found), _normal(found), accuracy, unit="%"),
        ),
        Point("a deep tanh network learns more with Glorot's initialization", _tanh_learns, needed=False),
    ),
    details=_by_depth,
)
