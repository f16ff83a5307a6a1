"""How the weights move: momentum near 1 (exercise 5), optimizers, schedules, and clipping where gradients explode."""

import math
from collections.abc import Sequence

import polars as pl

from lrtui.book.compare import Expect, compare
from lrtui.book.figures import Figures
from lrtui.book.grouping import Grouping
from lrtui.book.lab.experiment import Experiment, Select, best, every, is_so, one
from lrtui.book.measures import (
    ACCURACY,
    BEST_LOSS,
    EPOCHS_TO_COMMON,
    FINAL_LOSS,
    FINAL_TRAIN_LOSS,
    FLUCTUATION,
    Measure,
    column,
)
from lrtui.book.question import Evidence, LackingError, Point, counted
from lrtui.book.scenario import Scenario
from lrtui.study.optimizers import SgdConfig
from lrtui.study.schema import RunConfig
from lrtui.text import count

TOO_HIGH = 0.999
"""Momentum from which the experiment calls it too high."""


def _momentum(config: RunConfig) -> float:
    return config.optim.momentum if isinstance(config.optim, SgdConfig) else 0.0


too_high = one(f"momentum of at least {TOO_HIGH:g}", lambda config: _momentum(config) >= TOO_HIGH)
usual = one("momentum 0.9", lambda config: _momentum(config) == 0.9)


def _goal(grouping: Grouping) -> float:
    """Return what counts as converged: the validation loss, nats, that every run with the usual momentum reached."""
    (scenario,) = usual(grouping)
    return scenario.loss_reached()


def _epochs_to_goal(scenario: Scenario, grouping: Grouping) -> Figures | None:
    try:
        return scenario.epochs_to(_goal(grouping))
    except LackingError:
        return None


def _goal_text(grouping: Grouping) -> Sequence[str]:
    try:
        (scenario,), goal = usual(grouping), _goal(grouping)
    except LackingError:
        return ()
    return [
        f"Converged is a validation loss of {goal:.3f} nats, the lowest that every run of {scenario.label} reached."
    ]


EPOCHS_TO_GOAL = Measure(
    "epochs_to_converge",
    "epochs to converge",
    1,
    _epochs_to_goal,
    above="{} needs more epochs to converge than {}",
    below="{} converges in fewer epochs than {}",
)
MOMENTUM_TOO_HIGH = Experiment(
    guide="It picks up so much speed that it shoots over the minimum, comes back, shoots over it again, and oscillates so "
    "many times that it takes much longer to converge than with a smaller momentum.",
    measures=(
        FLUCTUATION,
        Measure("worst_jump", "worst rise in an epoch %", 0, column(100 * pl.col("worst_jump"))),
        ACCURACY,
        BEST_LOSS,
        EPOCHS_TO_GOAL,
    ),
    points=(
        is_so("the loss oscillates more", too_high, Expect.HIGHER, usual, FLUCTUATION),
        is_so("it takes more epochs to converge", too_high, Expect.HIGHER, usual, EPOCHS_TO_GOAL),
        is_so("it ends at a lower accuracy", too_high, Expect.LOWER, usual, ACCURACY, needed=False),
    ),
    details=_goal_text,
)

plain = one("plain SGD", lambda config: config.optim == SgdConfig(lr=config.optim.lr))
adagrad = one("adagrad", lambda config: config.optim.name == "adagrad")
adaptive = every("RMSProp, Adam or its kin", lambda config: config.optim.adaptive and config.optim.name != "adagrad")


def _with_momentum(*, nesterov: bool) -> Select:
    return one(
        "Nesterov momentum" if nesterov else "momentum",
        lambda config: (
            isinstance(config.optim, SgdConfig) and config.optim.momentum > 0 and config.optim.nesterov is nesterov
        ),
    )


momentum, nesterov = _with_momentum(nesterov=False), _with_momentum(nesterov=True)
OPTIMIZERS = Experiment(
    guide="Momentum converges faster than plain gradient descent, Nesterov's form faster still; RMSProp, Adam and its kin "
    "fast as well. AdaGrad slows down too much and often stops short of the minimum in deep networks.",
    measures=(EPOCHS_TO_COMMON, ACCURACY, BEST_LOSS, FINAL_TRAIN_LOSS, FLUCTUATION),
    points=(
        is_so("momentum needs fewer epochs than plain SGD", momentum, Expect.LOWER, plain, EPOCHS_TO_COMMON),
        is_so(
            "Nesterov's form needs no more epochs than momentum", nesterov, Expect.NO_HIGHER, momentum, EPOCHS_TO_COMMON
        ),
        is_so(
            "RMSProp, Adam and its kin need fewer epochs than plain SGD",
            adaptive,
            Expect.LOWER,
            plain,
            EPOCHS_TO_COMMON,
        ),
        is_so(
            "AdaGrad ends further from the minimum than the other adaptive optimizers",
            adagrad,
            Expect.HIGHER,
            adaptive,
            FINAL_TRAIN_LOSS,
        ),
        is_so(
            "AdaGrad ends at a lower accuracy than the other adaptive optimizers",
            adagrad,
            Expect.LOWER,
            adaptive,
            ACCURACY,
        ),
    ),
)


def schedule(name: str) -> Select:
    """Return the selection of the scenario with a schedule over the most epochs of the study."""

    def select(grouping: Grouping) -> Sequence[Scenario]:
        most = max((scenario.config.train.epochs for scenario in grouping.done), default=0)
        what = f"the schedule {name} over {count(most, 'epoch')}"
        return one(what, lambda config: config.schedule.name == name and config.train.epochs == most)(grouping)

    return select


falling = every("a falling rate", lambda config: config.schedule.falls)
constant = every("a constant rate", lambda config: config.schedule.name == "constant")
best_constant = best(constant, FINAL_LOSS, lowest=True)


def highest_constant(grouping: Grouping) -> Sequence[Scenario]:
    """Return the scenario with the highest constant rate, at which those that fall begin."""
    return (max(constant(grouping), key=lambda scenario: scenario.lr or 0.0),)


def _ends_lower(called: str, name: str) -> Point:
    text = f"{called} ends at a lower loss than the best constant rate"
    return is_so(text, schedule(name), Expect.LOWER, best_constant, FINAL_LOSS)


def _half_is_enough(grouping: Grouping) -> Sequence[Evidence]:
    (whole,) = best_constant(grouping)
    half = whole.config.train.epochs // 2
    (short,) = one(
        f"1cycle over at most {count(half, 'epoch')}",
        lambda config: config.schedule.name == "onecycle" and config.train.epochs <= half,
    )(grouping)
    return [compare(grouping, FINAL_LOSS, short, whole, Expect.NO_HIGHER)]


SCHEDULES = Experiment(
    guide="A rate that begins high and falls reaches a good solution sooner than the best constant rate. Exponential and "
    "performance scheduling both do well; 1cycle does better, in fewer epochs.",
    measures=(
        Measure("epochs", "epochs", 0, column("epochs")),
        FINAL_LOSS,
        ACCURACY,
        EPOCHS_TO_COMMON,
        FLUCTUATION,
    ),
    points=(
        is_so(
            "a rate that falls ends at a lower loss than one that stays as high as it began",
            falling,
            Expect.LOWER,
            highest_constant,
            FINAL_LOSS,
        ),
        _ends_lower("exponential scheduling", "exponential"),
        _ends_lower("performance scheduling", "performance"),
        _ends_lower("1cycle", "onecycle"),
        is_so(
            "1cycle reaches the common loss in fewer epochs than the best constant rate",
            schedule("onecycle"),
            Expect.LOWER,
            best_constant,
            EPOCHS_TO_COMMON,
        ),
        Point("1cycle ends at no higher loss in at most half the epochs", _half_is_enough),
    ),
)

unclipped = one("no clipping", lambda config: config.optim.clip_value is None and config.optim.clip_norm is None)
clipped = every("clipping", lambda config: config.optim.clip_value is not None or config.optim.clip_norm is not None)


def _failures(scenario: Scenario, _: Grouping) -> Figures:
    """Return 100 for every run that failed, 0 for the others: its mean is a share in percent."""
    return Figures({seed: 100.0 * failed for seed, failed in scenario.failed.items()})


def _explodes(grouping: Grouping) -> Sequence[Evidence]:
    (scenario,) = unclipped(grouping)
    failed = list(scenario.failed.values())
    line = (
        f"{scenario.label}: {sum(failed)} of {count(scenario.n, 'run')} diverged, learned nothing or ended near chance"
    )
    return [counted(line, failed)]


def _gradients(grouping: Grouping) -> Sequence[str]:
    said = []
    for scenario in grouping.done:
        largest = scenario.by_run(scenario.epochs, pl.col("grad_norm").fill_nan(math.inf).max())
        if largest is not None:
            infinite = len(largest.values) - len(largest.finite)
            more = f"; in {infinite} of {count(len(largest.values), 'run')} not finite" if infinite else ""
            finite = Figures({seed: value for seed, value in largest.by_seed.items() if math.isfinite(value)})
            norm = finite.text(1) if finite.by_seed else "none that is finite"
            said.append(f"Largest mean gradient norm of an epoch, before clipping, {scenario.label}: {norm}{more}.")
    return said


CLIPPING = Experiment(
    guide="Clipping gradients keeps them from exploding. By value each component is cut off, which may turn the gradient; by "
    "norm it keeps its direction. Try both and see which does better.",
    measures=(Measure("failed", "failed runs %", 0, _failures), ACCURACY, BEST_LOSS, FLUCTUATION),
    points=(
        Point("without clipping, training fails at this rate", _explodes),
        is_so("with clipping, the same rate reaches a higher accuracy", clipped, Expect.HIGHER, unclipped, ACCURACY),
    ),
    details=_gradients,
)
