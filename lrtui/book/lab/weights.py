"""How the weights begin: exercises 1 and 2, and what initialization does to a deep network of logistic units."""

from collections.abc import Sequence

import polars as pl

from lrtui.book.compare import Expect
from lrtui.book.figures import number
from lrtui.book.grouping import Grouping
from lrtui.book.lab.experiment import Experiment, Select, every, is_so, one, spread
from lrtui.book.measures import ACCURACY, BEST_LOSS, EPOCHS_TO_COMMON, GRADIENT_RATIO, Measure
from lrtui.book.question import Evidence, Point, counted

SAME = 0.05
"""Units count as the same if at most this share of them is distinct: rounding differs with where in a register a unit stands,
which may tell a few groups of equal units apart."""
FEWEST_DISTINCT = Measure(
    "fewest_distinct",
    "fewest distinct units",
    1,
    lambda scenario, _: scenario.over_layers(pl.col("distinct_units").min()),
    "count of distinct units",
    above="{} has more distinct units than {}",
    below="{} has fewer distinct units than {}",
)
"""That any hidden layer has at the end."""
MOST_DISTINCT = Measure(
    "most_distinct",
    "most distinct units",
    1,
    lambda scenario, _: scenario.over_layers(pl.col("distinct_units").max()),
    "count of distinct units",
    above="{} has more distinct units than {}",
    below="{} has fewer distinct units than {}",
)
UNITS = Measure("units", "units per layer", 0, lambda scenario, _: scenario.over_layers(pl.col("units").max()))
SATURATED = Measure(
    "saturated",
    "saturated % before training",
    1,
    lambda scenario, _: scenario.over_layers(100 * pl.col("saturated").mean(), at="first"),
    "saturated outputs before training",
    "%",
    "more outputs of {} are saturated than of {}",
    "fewer outputs of {} are saturated than of {}",
)

equal = every("equal weights", lambda config: config.model.init == "constant")
drawn = one("weights drawn one by one", lambda config: config.model.init != "constant")


def _units_stay_identical(grouping: Grouping) -> Sequence[Evidence]:
    (usual,) = drawn(grouping)
    fewest = f"fewest with {usual.label}: {FEWEST_DISTINCT.of(usual, grouping).text(1)}"
    evidence = []
    for scenario in equal(grouping):
        most = MOST_DISTINCT.of(scenario, grouping)
        limit = max(1.0, SAME * min(scenario.hidden()["units"].to_list()))
        line = f"most distinct units of a hidden layer at the end: {scenario.label} {most.text(1)}; {fewest}"
        evidence.append(counted(line, [value <= limit for value in most.values]))
    return evidence


SAME_WEIGHTS = Experiment(
    guide="No, not even to a value drawn as He says: units that begin alike get the same gradient and stay alike, so that "
    "each layer works as if it had one unit. Weights have to be drawn one by one.",
    measures=(FEWEST_DISTINCT, MOST_DISTINCT, UNITS, ACCURACY, BEST_LOSS),
    points=(
        Point("with equal weights all units of a hidden layer stay identical", _units_stay_identical),
        is_so("a network with equal weights learns less", equal, Expect.LOWER, drawn, ACCURACY),
    ),
)

zero = one("biases at zero", lambda config: config.model.init_bias == "zero")
random = one("random biases", lambda config: config.model.init_bias == "uniform")
ZERO_BIAS = Experiment(
    guide="Yes. Biases that begin at zero do no harm, since the weights already tell the units apart; drawing them at "
    "random makes little difference.",
    measures=(ACCURACY, BEST_LOSS, EPOCHS_TO_COMMON),
    points=(
        is_so("biases that begin at zero cost no accuracy", zero, Expect.NO_LOWER, random, ACCURACY),
        is_so("biases that begin at zero cost no epochs", zero, Expect.NO_HIGHER, random, EPOCHS_TO_COMMON),
    ),
)


def _with(activation: str, init: str) -> Select:
    return one(
        f"{activation} units and the initialization {init}",
        lambda config: config.model.activation == activation and config.model.init == init,
    )


normal, glorot = _with("logistic", "normal"), _with("logistic", "glorot")


def _by_depth(grouping: Grouping) -> Sequence[str]:
    depth = max(len(scenario.hidden(at="first")["layer"].unique()) for scenario in grouping.done)
    said = [
        "The slope of the logistic function is at most 1/4: where units do not saturate and weights keep the variance, each "
        f"layer hands down about a quarter of the gradient, and {depth} of them {number(4.0**-depth, None)} of it. That of tanh "
        "is 1 at 0."
    ]
    for scenario in grouping.done:
        if rms := scenario.by_depth("gradient_rms", at="first"):
            shown = ", ".join(f"layer {layer} {number(rms[layer], None)}" for layer in spread(rms))
            said.append(f"Gradient RMS before training, {scenario.label}: {shown}.")
    return said


INITIALIZERS = Experiment(
    guide="Logistic units with weights from N(0, 1) saturate: their outputs lie at 0 or 1, where the slope is almost zero, so "
    "that gradients vanish on their way down. With Glorot's initialization signals keep their variance both ways, and "
    "deep networks train.",
    measures=(SATURATED, GRADIENT_RATIO, ACCURACY, BEST_LOSS),
    points=(
        is_so(
            "N(0, 1) saturates logistic units more than Glorot's initialization does",
            normal,
            Expect.HIGHER,
            glorot,
            SATURATED,
        ),
        is_so(
            "gradients vanish towards the input with N(0, 1) more than with Glorot's initialization",
            normal,
            Expect.LOWER,
            glorot,
            GRADIENT_RATIO,
        ),
        is_so(
            "a deep logistic network learns more with Glorot's initialization",
            glorot,
            Expect.HIGHER,
            normal,
            ACCURACY,
        ),
        is_so(
            "a deep tanh network learns more with Glorot's initialization",
            _with("tanh", "glorot"),
            Expect.HIGHER,
            _with("tanh", "normal"),
            ACCURACY,
            needed=False,
        ),
    ),
    details=_by_depth,
)
