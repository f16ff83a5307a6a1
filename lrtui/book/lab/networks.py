"""What is put into the network or taken from it: sparse weights (exercise 6), dropout (7), batch normalization."""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from lrtui.book.compare import EVERYWHERE, Expect, against, beside, compare
from lrtui.book.figures import Figures
from lrtui.book.grouping import Grouping
from lrtui.book.lab.experiment import Experiment, Select, best, every, is_so, one
from lrtui.book.measures import (
    ACCURACY,
    BEST_LOSS,
    EPOCH_TIME,
    EPOCHS_TO_COMMON,
    GRADIENT_RATIO,
    SPARSITY,
    TEST_ACCURACY,
    TEST_TIME,
    Measure,
    column,
)
from lrtui.book.question import Evidence, LackingError, Point, Region
from lrtui.book.scenario import Scenario
from lrtui.study.schema import RunConfig

SPARSE = Region(low=50.0)
"""Percent of the weights that have to be zero for a network to be called sparse."""
MANY_TIMES = 10.0
"""The guide's factor by which MC dropout slows prediction down, at least."""

after = every("pruning after training", lambda config: config.pruning.name == "after" and config.regularization.l1 == 0)
l1 = every("l1", lambda config: config.regularization.l1 > 0)
gradual = every("gradual pruning", lambda config: config.pruning.name == "gradual" and config.regularization.l1 == 0)
dense = one("all weights kept", lambda config: config.pruning.name == "none" and config.regularization.l1 == 0)


def sparsest(way: Select) -> Select:
    """Return the selection of the scenario of a way with the most zeros."""
    return best(way, SPARSITY)


def _is_sparse(grouping: Grouping) -> Sequence[Evidence]:
    evidence = []
    for way in (after, l1, gradual):
        (scenario,) = sparsest(way)(grouping)
        zeros = SPARSITY.of(scenario, grouping)
        evidence.append(against(zeros, SPARSE, f"{scenario.label} {zeros.text(1, '%')} zeros"))
    return evidence


def _keeps_more(called: str, way: Select) -> Point:
    """Return the point that a way keeps more accuracy than zeroing as many weights after training."""

    def look(grouping: Grouping) -> Sequence[Evidence]:
        (scenario,) = sparsest(way)(grouping)
        zeros = SPARSITY.of(scenario, grouping)
        pruned = min(after(grouping), key=lambda other: abs(SPARSITY.of(other, grouping).mean - zeros.mean))
        theirs = SPARSITY.of(pruned, grouping)
        found = compare(grouping, TEST_ACCURACY, scenario, pruned, Expect.HIGHER)
        line = f"zeros: {scenario.label} {zeros.text(1, '%')}, {pruned.label} {theirs.text(1, '%')}"
        found = replace(found, measured=(line, *found.measured))
        easier = zeros.mean < theirs.mean - 1 and found.interval is not None and found.interval[0] > 0
        return [replace(found, interval=EVERYWHERE) if easier else found]  # less was asked of it

    return Point(f"{called} keeps more accuracy than zeroing as many weights after training", look)


SPARSE_THREE_WAYS = Experiment(
    guide="Train, then set tiny weights to zero: simple, but it takes few weights before accuracy suffers. Strong l1 while "
    "training drives many weights to zero by itself. Where that is not enough, prune gradually while training.",
    measures=(
        SPARSITY,
        TEST_ACCURACY,
        Measure("unpruned_accuracy", "before pruning %", 2, column("unpruned_accuracy")),
    ),
    points=(
        Point("each of the three ways gives a sparse network", _is_sparse),
        is_so(
            "weights zeroed after training cost accuracy, once there are many",
            sparsest(after),
            Expect.LOWER,
            dense,
            TEST_ACCURACY,
        ),
        _keeps_more("strong l1", l1),
        _keeps_more("gradual pruning", gradual),
    ),
)

without = one("no dropout", lambda config: config.model.dropout == 0)
dropout = every("dropout", lambda config: config.model.dropout > 0)
MC_TIME = Measure(
    "mc_milliseconds",
    "MC dropout ms",
    1,
    column(1000 * pl.col("mc_seconds")),
    "time of MC dropout",
    "ms",
    "MC dropout of {} takes longer than that of {}",
    "MC dropout of {} takes less time than that of {}",
    timed=True,
)
"""Of all stochastic passes over the test images."""


def _mc_costs_many_times(grouping: Grouping) -> Sequence[Evidence]:
    several = every("MC dropout", lambda config: config.mc_dropout.samples > 0 and config.model.dropout > 0)
    return [_slowdown(scenario, grouping) for scenario in several(grouping)]


def _slowdown(scenario: Scenario, grouping: Grouping) -> Evidence:
    passes, once = MC_TIME.of(scenario, grouping), TEST_TIME.of(scenario, grouping)
    times = Figures(
        {seed: value / once.by_seed[seed] for seed, value in passes.by_seed.items() if seed in once.by_seed},
        ratio=True,
    )
    line = (
        f"{scenario.label}: {scenario.config.mc_dropout.samples} passes {passes.text(1, 'ms')}, {times.mean:.0f} times as long "
        f"as one pass without ({once.text(2, 'ms')})"
    )
    return against(times, Region(low=MANY_TIMES), line)


DROPOUT_COST = Experiment(
    guide="Dropout slows training down, by a factor of about two in epochs, but not inference, where it is off. MC dropout "
    "leaves it on for many passes, so that predicting takes ten times as long and more.",
    measures=(
        EPOCH_TIME,
        EPOCHS_TO_COMMON,
        TEST_TIME,
        MC_TIME,
        TEST_ACCURACY,
        Measure("mc_accuracy", "MC acc %", 2, column("mc_accuracy")),
    ),
    points=(
        is_so("training with dropout takes more epochs", dropout, Expect.HIGHER, without, EPOCHS_TO_COMMON),
        is_so("dropout does not slow inference down", dropout, Expect.NO_HIGHER, without, TEST_TIME),
        Point(f"MC dropout takes at least {MANY_TIMES:.0f} times as long to predict", _mc_costs_many_times),
    ),
)

unnormalized = one("no batch normalization", lambda config: not config.model.has_batch_norm)
normalized = every("batch normalization of hidden layers", lambda config: config.model.batch_norm != "none")


def _placed(place: str) -> Select:
    return one(
        f"batch normalization {place} the activation",
        lambda config: config.model.batch_norm == place and not config.model.batch_norm_inputs,
    )


def _placements(grouping: Grouping) -> Sequence[str]:
    try:
        (before,), (behind,) = _placed("before")(grouping), _placed("after")(grouping)
        return [f"Before or after the activation: {beside(grouping, ACCURACY, before, behind)}"]
    except LackingError:
        return []


BATCHNORM_PLACEMENT = Experiment(
    guide="Batch normalization lets deep networks converge in far fewer epochs, though each epoch takes longer. Whether it "
    "stands better before or after the activation is debated: try both. As the first layer it spares standardizing inputs.",
    measures=(EPOCHS_TO_COMMON, EPOCH_TIME, ACCURACY, BEST_LOSS),
    points=(
        is_so(
            "with batch normalization of the hidden layers it takes fewer epochs",
            normalized,
            Expect.LOWER,
            unnormalized,
            EPOCHS_TO_COMMON,
        ),
        is_so("an epoch takes longer with it", normalized, Expect.HIGHER, unnormalized, EPOCH_TIME),
    ),
    details=_placements,
)


def _permitted(text: str, what: str, activation: str, init: str, *, needed: bool = True) -> Point:
    """Return the point that networks of a kind learn more with batch normalization than without."""

    def alike(config: RunConfig) -> bool:
        return bool(config.model.activation == activation and config.model.init == init)

    return is_so(
        text,
        one(f"{what} with batch normalization", lambda config: alike(config) and config.model.has_batch_norm),
        Expect.HIGHER,
        one(f"{what} without batch normalization", lambda config: alike(config) and not config.model.has_batch_norm),
        ACCURACY,
        needed=needed,
    )


BATCHNORM_PERMITS = Experiment(
    guide="With batch normalization gradients vanish so much less that even saturating units, logistic and tanh, can be used; "
    "much larger learning rates train; and how the weights begin matters far less.",
    measures=(ACCURACY, BEST_LOSS, EPOCHS_TO_COMMON, GRADIENT_RATIO),
    points=(
        _permitted("deep networks of logistic units learn more with it", "logistic units", "logistic", "glorot"),
        _permitted("deep networks of tanh units learn more with it", "tanh units", "tanh", "glorot", needed=False),
        _permitted("a rate that is too large without it trains with it", "ReLU at a large rate", "relu", "he"),
        _permitted("weights from N(0, 1) train with it", "ReLU from N(0, 1)", "relu", "normal"),
    ),
)
