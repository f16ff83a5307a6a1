"""How the weights move: momentum near 1 (exercise 5), optimizers, schedules, and clipping where gradients explode."""

from collections.abc import Sequence

from lrtui.analysis.answers.answer import Measure
from lrtui.analysis.answers.arms import Arm, Arms, LackingError
from lrtui.analysis.answers.columns import (
    ACCURACY,
    BEST_LOSS,
    EPOCHS_TO_COMMON,
    FINAL_LOSS,
    FLUCTUATION,
    accuracy,
    common_loss,
    epochs_to_common,
    fluctuation,
)
from lrtui.analysis.answers.evidence import Evidence, Figure, higher, known, lower, no_higher, together
from lrtui.analysis.answers.experiment import Experiment, Point
from lrtui.analysis.answers.stat import Stat
from lrtui.study.optimizers import SgdConfig
from lrtui.study.schema import RunConfig

TOO_HIGH = 0.999
"""Momentum from which the experiment calls it too high."""
ADAPTIVE = ("rmsprop", "adam", "nadam", "adamw")


def _momentum(config: RunConfig) -> float:
    return config.optim.momentum if isinstance(config.optim, SgdConfig) else 0.0


def _too_high(found: Arms) -> Arm:
    return found.only(f"momentum of at least {TOO_HIGH:g}", lambda config: _momentum(config) >= TOO_HIGH)


def _usual(found: Arms) -> Arm:
    return found.only("momentum 0.9", lambda config: _momentum(config) == 0.9)


def _worst_jump(arm: Arm) -> Stat | None:
    """Return the largest relative rise of the validation loss in one epoch, percent."""
    found = arm.column("worst_jump")
    return found and Stat(tuple(100 * value for value in found.values))


def _goal(found: Arms) -> float:
    """Return what counts as converged: the validation loss, nats, that every run with the usual momentum reached."""
    return _usual(found).loss_reached()


def _epochs_to_goal(found: Arms) -> Figure:
    return lambda arm: arm.epochs_to(_goal(found))


def _goal_text(found: Arms) -> Sequence[str]:
    try:
        goal = _goal(found)
    except LackingError:
        return ()
    return [
        f"Converged is a validation loss of {goal:.3f} nats, the lowest that every run of {_usual(found).label} reached."
    ]


def _column_to_goal(arm: Arm, found: Arms) -> Stat | None:
    try:
        return _epochs_to_goal(found)(arm)
    except LackingError:
        return None


MOMENTUM_TOO_HIGH = Experiment(
    guide="It picks up so much speed that it shoots over the minimum, comes back, shoots over it again, and oscillates so "
    "many times that it takes much longer to converge than with a smaller momentum.",
    columns=(
        FLUCTUATION,
        (Measure("worst_jump", "worst rise in an epoch %", 0), lambda arm, _: _worst_jump(arm)),
        ACCURACY,
        BEST_LOSS,
        (Measure("epochs_to_converge", "epochs to converge", 1), _column_to_goal),
    ),
    points=(
        Point(
            "the loss oscillates more",
            lambda found: higher("fluctuation", _too_high(found), _usual(found), fluctuation),
        ),
        Point(
            "it takes more epochs to converge",
            lambda found: higher(
                "epochs to converge", _too_high(found), _usual(found), _epochs_to_goal(found), decimals=1
            ),
        ),
        Point(
            "it ends at a lower accuracy",
            lambda found: lower("validation accuracy", _too_high(found), _usual(found), accuracy, unit="%"),
            needed=False,
        ),
    ),
    details=_goal_text,
)


def _optimizer(found: Arms, name: str) -> Arm:
    return found.only(name, lambda config: config.optim.name == name)


def _plain(found: Arms) -> Arm:
    return found.only("plain SGD", lambda config: config.optim == SgdConfig(lr=config.optim.lr))


def _with_momentum(found: Arms, *, nesterov: bool) -> Arm:
    return found.only(
        "Nesterov momentum" if nesterov else "momentum",
        lambda config: (
            isinstance(config.optim, SgdConfig) and config.optim.momentum > 0 and config.optim.nesterov is nesterov
        ),
    )


def _sooner(found: Arms, fast: Arm, slow: Arm) -> Evidence:
    return lower("epochs to the common loss", fast, slow, epochs_to_common(found), decimals=1)


def _adaptive_are_faster(found: Arms) -> Evidence:
    arms = found.some("an adaptive optimizer", lambda config: config.optim.name in ADAPTIVE)
    return together([_sooner(found, arm, _plain(found)) for arm in arms])


def _adagrad_against_others(found: Arms) -> tuple[Arm, tuple[Arm, ...]]:
    others = found.some("another adaptive optimizer", lambda config: config.optim.name in ADAPTIVE)
    return _optimizer(found, "adagrad"), others


def _adagrad_stops_short(found: Arms) -> Evidence:
    adagrad, others = _adagrad_against_others(found)
    return together(
        [higher("training loss at the end", adagrad, arm, Arm.final_train_loss, decimals=None) for arm in others]
    )


def _adagrad_is_less_accurate(found: Arms) -> Evidence:
    adagrad, others = _adagrad_against_others(found)
    return together([lower("validation accuracy", adagrad, arm, accuracy, unit="%") for arm in others])


OPTIMIZERS = Experiment(
    guide="Momentum converges faster than plain gradient descent, Nesterov's form faster still; RMSProp, Adam and its kin "
    "fast as well. AdaGrad slows down too much and often stops short of the minimum in deep networks.",
    columns=(
        EPOCHS_TO_COMMON,
        ACCURACY,
        BEST_LOSS,
        (Measure("final_train_loss", "train loss at the end", None), lambda arm, _: arm.final_train_loss()),
        FLUCTUATION,
    ),
    points=(
        Point(
            "momentum needs fewer epochs than plain SGD",
            lambda found: _sooner(found, _with_momentum(found, nesterov=False), _plain(found)),
        ),
        Point(
            "Nesterov's form needs no more epochs than momentum",
            lambda found: no_higher(
                "epochs to the common loss",
                _with_momentum(found, nesterov=True),
                _with_momentum(found, nesterov=False),
                epochs_to_common(found),
                decimals=1,
            ),
        ),
        Point("RMSProp, Adam and its kin need fewer epochs than plain SGD", _adaptive_are_faster),
        Point("AdaGrad ends further from the minimum than the other adaptive optimizers", _adagrad_stops_short),
        Point("AdaGrad ends at a lower accuracy than the other adaptive optimizers", _adagrad_is_less_accurate),
    ),
    details=lambda found: [common_loss(found)],
)


def _schedule(found: Arms, name: str) -> Arm:
    """Return the arm with a schedule over the most epochs of the study."""
    most = max((arm.config.train.epochs for arm in found.done), default=0)
    return found.only(
        f"the schedule {name} over {most} epochs",
        lambda config: config.schedule.name == name and config.train.epochs == most,
    )


def _best_constant(found: Arms) -> Arm:
    """Return the arm that ends at the lowest mean validation loss of those with a constant rate."""
    arms = found.some("a constant rate", lambda config: config.schedule.name == "constant")
    return min(arms, key=lambda arm: known(arm, "validation loss", Arm.final_loss).mean)


FALLING = ("power", "exponential", "performance", "cosine")
"""Schedules whose rate falls from optim.lr on, and only falls."""


def _falling_beats_staying(found: Arms) -> Evidence:
    falling = found.some("a falling rate", lambda config: config.schedule.name in FALLING)
    staying = found.some("a constant rate", lambda config: config.schedule.name == "constant")
    begun = max(staying, key=lambda arm: arm.config.optim.lr)
    return together([lower("final validation loss", arm, begun, Arm.final_loss, decimals=3) for arm in falling])


def _better_than_constant(called: str, name: str) -> Point:
    return Point(
        f"{called} ends at a lower loss than the best constant rate",
        lambda found: lower(
            "final validation loss", _schedule(found, name), _best_constant(found), Arm.final_loss, decimals=3
        ),
    )


def _half_is_enough(found: Arms) -> Evidence:
    constant = _best_constant(found)
    epochs = constant.config.train.epochs
    short = found.only(
        f"1cycle over at most {epochs // 2} epochs",
        lambda config: config.schedule.name == "onecycle" and config.train.epochs <= epochs // 2,
    )
    return no_higher("final validation loss", short, constant, Arm.final_loss, decimals=3)


SCHEDULES = Experiment(
    guide="A rate that begins high and falls reaches a good solution sooner than the best constant rate. Exponential and "
    "performance scheduling both do well; 1cycle does better, in fewer epochs.",
    columns=(
        (Measure("epochs", "epochs", 0), lambda arm, _: arm.column("epochs")),
        FINAL_LOSS,
        ACCURACY,
        EPOCHS_TO_COMMON,
        FLUCTUATION,
    ),
    points=(
        Point("a rate that falls ends at a lower loss than one that stays as high as it began", _falling_beats_staying),
        _better_than_constant("exponential scheduling", "exponential"),
        _better_than_constant("performance scheduling", "performance"),
        _better_than_constant("1cycle", "onecycle"),
        Point(
            "1cycle reaches the common loss in fewer epochs than the best constant rate",
            lambda found: _sooner(found, _schedule(found, "onecycle"), _best_constant(found)),
        ),
        Point("1cycle ends at no higher loss in at most half the epochs", _half_is_enough),
    ),
    details=lambda found: [common_loss(found)],
)


def _unclipped(found: Arms) -> Arm:
    return found.only("no clipping", lambda config: config.optim.clip_value is None and config.optim.clip_norm is None)


def _clipped(found: Arms) -> tuple[Arm, ...]:
    return found.some(
        "clipping", lambda config: config.optim.clip_value is not None or config.optim.clip_norm is not None
    )


def _failures(arm: Arm) -> Stat | None:
    """Return 100 for every run that failed (`Arm.failed`), 0 for the others: its mean is a share in percent."""
    return Stat(tuple(100.0 * failed for failed in arm.failed)) if arm.n else None


def _explodes(found: Arms) -> Evidence:
    arm = _unclipped(found)
    count = sum(arm.failed)
    agrees = None if arm.n < 2 or 0 < count < arm.n else count == arm.n
    return Evidence((f"{arm.label}: {count} of {arm.n} runs diverged, stalled or ended near chance",), agrees)


def _clipping_helps(found: Arms) -> Evidence:
    return together(
        [higher("validation accuracy", arm, _unclipped(found), accuracy, unit="%") for arm in _clipped(found)]
    )


def _gradients(found: Arms) -> Sequence[str]:
    said = []
    for arm in found.done:
        largest = arm.largest_gradient()
        if largest is not None:
            infinite = len(largest.values) - len(largest.finite)
            more = f"; in {infinite} of {len(largest.values)} runs not finite" if infinite else ""
            norm = Stat(largest.finite).text(1) if largest.finite else "none that is finite"
            said.append(f"Largest mean gradient norm of an epoch, before clipping, {arm.label}: {norm}{more}.")
    return said


CLIPPING = Experiment(
    guide="Clipping gradients keeps them from exploding. By value each component is cut off, which may turn the gradient; by "
    "norm it keeps its direction. Try both and see which does better.",
    columns=((Measure("failed", "failed runs %", 0), lambda arm, _: _failures(arm)), ACCURACY, BEST_LOSS, FLUCTUATION),
    points=(
        Point("without clipping, training fails at this rate", _explodes),
        Point("with clipping, the same rate reaches a higher accuracy", _clipping_helps),
    ),
    details=_gradients,
)
