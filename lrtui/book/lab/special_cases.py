"""The special cases that follow the guide's tables: a sparse model, a risk-sensitive application."""

from collections.abc import Callable, Sequence

import polars as pl

from lrtui.book.compare import Expect, against
from lrtui.book.figures import Figures, signed
from lrtui.book.grouping import Grouping
from lrtui.book.lab.activations import SCALE_ERROR
from lrtui.book.lab.experiment import Experiment, Select, Test, is_so, one
from lrtui.book.mc_dropout import MC_MEASURES, mc_change
from lrtui.book.measures import SPARSITY, TEST_ACCURACY, Measure, column
from lrtui.book.question import ABOVE, BELOW, Evidence, LackingError, Point, Region
from lrtui.book.scenario import Scenario
from lrtui.study.schema import RunConfig


def _settings(activation: str, way: str, test: Test) -> Select:
    return one(f"{activation} and {way}", lambda config: config.model.activation == activation and test(config))


def _kept(config: RunConfig) -> bool:
    return config.pruning.name == "none" and config.regularization.l1 == 0


def _zeroed(config: RunConfig) -> bool:
    return config.pruning.name == "after" and config.regularization.l1 == 0


def _l1(config: RunConfig) -> bool:
    return config.pruning.name == "after" and config.regularization.l1 > 0


def _gradual(config: RunConfig) -> bool:
    return config.pruning.name == "gradual" and config.regularization.l1 == 0


NAMES = {"elu": "the default settings", "selu": "the self-normalizing ones"}
SPARSE = Experiment(
    guide="Use l1, and set what came close to zero to zero after training; prune while training if that is not sparse enough. l1 "
    "breaks self-normalization, so take the default settings for a sparse model.",
    measures=(
        SPARSITY,
        TEST_ACCURACY,
        Measure("unpruned_accuracy", "before zeroing %", 2, column("unpruned_accuracy")),
        SCALE_ERROR,
    ),
    points=(
        *(
            is_so(
                f"under {name} zeroing weights costs less accuracy after l1 than without",
                _settings(activation, "l1", _l1),
                Expect.HIGHER,
                _settings(activation, "weights zeroed without l1", _zeroed),
                TEST_ACCURACY,
            )
            for activation, name in NAMES.items()
        ),
        is_so(
            "l1 takes the standard deviations of a SELU network further from 1",
            _settings("selu", "l1", _l1),
            Expect.HIGHER,
            _settings("selu", "all weights kept", _kept),
            SCALE_ERROR,
        ),
        *(
            is_so(
                f"with {way} the default settings are more accurate than the self-normalizing ones",
                _settings("elu", way, test),
                Expect.HIGHER,
                _settings("selu", way, test),
                TEST_ACCURACY,
            )
            for way, test in (("l1", _l1), ("gradual pruning", _gradual))
        ),
        is_so(
            "gradual pruning costs the default settings no accuracy",
            _settings("elu", "gradual pruning", _gradual),
            Expect.NO_LOWER,
            _settings("elu", "all weights kept", _kept),
            TEST_ACCURACY,
            needed=False,
        ),
    ),
)

_ONCE, _MC = (pl.col(f"{kind}_loss") - pl.col(f"{kind}_entropy") for kind in ("test", "mc"))
OVERCONFIDENCE = (
    Measure("overconfidence", "overconfidence nats", 3, column(_ONCE)),
    Measure("mc_overconfidence", "of MC", 3, column(_MC)),
)
"""What the images turn out to cost minus what the network expects, the entropy of its probabilities: 0 if these are right."""


def _measured(grouping: Grouping) -> Sequence[Scenario]:
    if not (measured := [scenario for scenario in grouping.done if scenario.column("mc_accuracy")]):
        raise LackingError("no finished run with MC dropout")
    return measured


def _changes(figure: str, unit: str, decimals: int, expected: Region) -> Callable[[Grouping], Sequence[Evidence]]:
    named = {"accuracy": "test accuracy", "loss": "negative log-likelihood of the test images"}[figure]
    return lambda grouping: [
        mc_change(scenario, f"{named} under {scenario.label}", figure, decimals, unit, expected)
        for scenario in _measured(grouping)
    ]


def _less_overconfident(grouping: Grouping) -> Sequence[Evidence]:
    evidence = []
    nearer = Measure("", "", take=column(_MC.abs() - _ONCE.abs()))
    for scenario in _measured(grouping):
        once, mc = (measure.of(scenario, grouping).text(3, "nats") for measure in OVERCONFIDENCE)
        change: Figures = nearer.of(scenario, grouping)
        line = f"overconfidence of {scenario.label}: deterministic {once}, MC dropout {mc}"
        if (interval := change.interval) is not None:
            line += (
                f"; change of its size {signed(change.mean, 3)} [{signed(interval[0], 3)}, {signed(interval[1], 3)}]"
            )
        evidence.append(against(change, BELOW, line))
    return evidence


RISK = Experiment(
    guide="MC dropout boosts the performance and gives more reliable probabilities, and so estimates of how uncertain an answer "
    "is; it costs as many passes as one takes.",
    measures=(*MC_MEASURES, *OVERCONFIDENCE),
    points=(
        Point("MC dropout raises the accuracy", _changes("accuracy", "points", 2, ABOVE)),
        Point("MC dropout makes the test images more likely", _changes("loss", "nats", 3, BELOW)),
        Point("MC dropout is less overconfident, or less timid, than the deterministic pass", _less_overconfident),
    ),
)
