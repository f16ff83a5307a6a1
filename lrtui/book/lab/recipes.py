"""The guide's two tables of settings, taken apart: which of their lines and conditions are needed."""

from collections.abc import Sequence

import polars as pl

from lrtui.book.compare import Expect
from lrtui.book.grouping import Grouping
from lrtui.book.lab.activations import OFFSET, SCALE_ERROR
from lrtui.book.lab.experiment import Experiment, Select, Test, every, is_so, one
from lrtui.book.measures import ACCURACY, BEST_LOSS, EPOCHS_TO_COMMON, Measure
from lrtui.book.question import LackingError
from lrtui.book.scenario import Scenario
from lrtui.study.schema import RunConfig


def _has_momentum(config: RunConfig) -> bool:
    return config.optim.name != "sgd" or getattr(config.optim, "momentum", 0.0) > 0


def _stops_early(config: RunConfig) -> bool:
    patience = config.early_stopping.patience
    return patience is not None and patience < config.train.epochs


LINES: dict[str, Test] = {
    "He initialization": lambda config: config.model.init == "he",
    "ELU": lambda config: config.model.activation == "elu",
    "batch normalization": lambda config: config.model.has_batch_norm,
    "momentum": _has_momentum,
    "1cycle": lambda config: config.schedule.name == "onecycle",
    "early stopping": _stops_early,
}
"""The lines of the guide's table of default settings, and whether a run follows one."""


def _plain(config: RunConfig) -> bool:
    """Return whether it takes none of the table's alternatives."""
    return config.optim.name == "sgd" and config.regularization.l2 == 0


def _lacks(config: RunConfig) -> list[str]:
    return [line for line, follows in LINES.items() if not follows(config)]


def _without(line: str) -> Select:
    return one(f"all lines but {line}", lambda config: _plain(config) and _lacks(config) == [line])


def _that_train(grouping: Grouping) -> Sequence[Scenario]:
    """Return the scenarios that lack one line and of which no run failed."""
    lacking = every("all lines but one", lambda config: _plain(config) and len(_lacks(config)) == 1)(grouping)
    if not (learned := [scenario for scenario in lacking if not any(scenario.failed.values())]):
        raise LackingError("of all finished runs with all lines but one some failed")
    return learned


recipe = one("all lines of the table", lambda config: _plain(config) and not _lacks(config))
l2 = every("all lines and l2", lambda config: config.regularization.l2 > 0 and not _lacks(config))
alternatives = every(
    "RMSProp or Nadam instead of momentum",
    lambda config: config.optim.name in ("rmsprop", "nadam") and not _lacks(config),
)
DEEP = Experiment(
    guide="For a deep network: He initialization, ELU, batch normalization, early stopping (and l2 if needed), momentum (or "
    "RMSProp or Nadam), 1cycle.",
    measures=(ACCURACY, BEST_LOSS, EPOCHS_TO_COMMON),
    points=(
        *(
            is_so(f"without {line} it reaches a lower accuracy", _without(line), Expect.LOWER, recipe, ACCURACY)
            for line in LINES
        ),
        is_so(
            "without each line, of those that train, its lowest loss is higher",
            _that_train,
            Expect.HIGHER,
            recipe,
            BEST_LOSS,
            needed=False,
        ),
        is_so("l2 costs no accuracy", l2, Expect.NO_LOWER, recipe, ACCURACY, needed=False),
        is_so(
            "RMSProp and Nadam are as good as momentum", alternatives, Expect.NO_LOWER, recipe, ACCURACY, needed=False
        ),
    ),
)

DEEP_FROM = 10
"""Hidden layers from which a network is called deep here."""


def _normalized(*, deep: bool, batch_norm: bool) -> Select:
    def test(config: RunConfig) -> bool:
        layers = len(getattr(config.model, "hidden", ()))
        return (layers >= DEEP_FROM) is deep and config.model.has_batch_norm is batch_norm

    network = "a deep network" if deep else "a shallow network"
    return one(f"{network} {'with' if batch_norm else 'without'} batch normalization", test)


shallow, shallow_normalized = (_normalized(deep=False, batch_norm=batch_norm) for batch_norm in (False, True))
deep, deep_normalized = (_normalized(deep=True, batch_norm=batch_norm) for batch_norm in (False, True))
SHALLOW = Experiment(
    guide="No normalization if the network is shallow, batch normalization if it is deep.",
    measures=(ACCURACY, BEST_LOSS, EPOCHS_TO_COMMON),
    points=(
        is_so("it raises the accuracy of the deep network", deep_normalized, Expect.HIGHER, deep, ACCURACY),
        is_so("it lowers the lowest loss of the deep network", deep_normalized, Expect.LOWER, deep, BEST_LOSS),
        is_so(
            "it does not raise the accuracy of the shallow network",
            shallow_normalized,
            Expect.NO_HIGHER,
            shallow,
            ACCURACY,
        ),
        is_so(
            "it does not lower the lowest loss of the shallow network",
            shallow_normalized,
            Expect.NO_LOWER,
            shallow,
            BEST_LOSS,
        ),
    ),
)

SCALE_AT_FIRST = Measure(
    "scale_error_at_first",
    "the same before training",
    2,
    lambda scenario, _: scenario.over_layers(pl.col("activation_sd").log().abs().mean().exp(), at="first"),
    ratio=True,
)
CONDITIONS: dict[str, Test] = {
    "LeCun initialization": lambda config: config.model.init == "lecun",
    "SELU": lambda config: config.model.activation == "selu",
    "standardized inputs": lambda config: config.data.scale == "standardized",
    "no l1": lambda config: config.regularization.l1 == 0,
}
"""What self-normalization presumes, besides dense layers one after the other."""


def _broken(config: RunConfig) -> list[str]:
    return [condition for condition, holds in CONDITIONS.items() if not holds(config)]


def _breaking(condition: str) -> Select:
    return one(
        f"all conditions but {condition}", lambda config: not config.model.dropout and _broken(config) == [condition]
    )


def _dropping(kind: str) -> Select:
    return one(
        f"{kind} dropout",
        lambda config: config.model.dropout > 0 and config.model.dropout_kind == kind and not _broken(config),
    )


unbroken = one("all conditions of self-normalization", lambda config: not config.model.dropout and not _broken(config))
broken = every("a condition broken", lambda config: not config.model.dropout and len(_broken(config)) == 1)
SELF_NORMALIZING = Experiment(
    guide="Self-normalization holds for standardized inputs, LeCun normal weights, SELU, a plain sequence of dense layers, no "
    "l1, and alpha dropout only. If one of these is broken, mean 0 and standard deviation 1 are lost.",
    measures=(SCALE_AT_FIRST, SCALE_ERROR, OFFSET, ACCURACY, BEST_LOSS),
    points=(
        *(
            is_so(
                f"without {condition} the standard deviations end further from 1"
                if condition != "no l1"
                else "with l1 the standard deviations end further from 1",
                _breaking(condition),
                Expect.HIGHER,
                unbroken,
                SCALE_ERROR,
            )
            for condition in CONDITIONS
        ),
        is_so(
            "alpha dropout leaves them nearer to 1 than plain dropout does",
            _dropping("alpha"),
            Expect.LOWER,
            _dropping("standard"),
            SCALE_ERROR,
        ),
        is_so("with each broken the means end further from 0", broken, Expect.HIGHER, unbroken, OFFSET, needed=False),
        is_so("with each broken the accuracy is lower", broken, Expect.LOWER, unbroken, ACCURACY, needed=False),
    ),
)
