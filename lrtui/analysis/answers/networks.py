"""What is put into the network or taken from it: sparse weights (exercise 6), dropout (7), batch normalization."""

from collections.abc import Callable, Sequence

from lrtui.analysis.answers.answer import Measure
from lrtui.analysis.answers.arms import Arm, Arms, LackingError
from lrtui.analysis.answers.columns import (
    ACCURACY,
    BEST_LOSS,
    EPOCH_TIME,
    EPOCHS_TO_COMMON,
    accuracy,
    common_loss,
    epoch_milliseconds,
    epochs_to_common,
    sparsity,
    test_accuracy,
    test_milliseconds,
)
from lrtui.analysis.answers.evidence import Evidence, higher, known, lower, together
from lrtui.analysis.answers.experiment import Experiment, Point
from lrtui.analysis.answers.stat import Stat, order
from lrtui.study.schema import RunConfig

SPARSE = 50.0
"""Percent of the weights that have to be zero for a network to be called sparse."""
NO_SLOWER = 1.25
"""Times are noisy: up to this ratio of means, inference counts as not slower."""
MANY_TIMES = 10.0
"""The guide's factor by which MC dropout slows prediction down, at least."""


def _after(config: RunConfig) -> bool:
    return config.pruning.name == "after" and config.regularization.l1 == 0


def _l1(config: RunConfig) -> bool:
    return config.regularization.l1 > 0


def _gradual(config: RunConfig) -> bool:
    return config.pruning.name == "gradual" and config.regularization.l1 == 0


def _is_sparse(found: Arms) -> Evidence:
    """Return whether each way has an arm all of whose runs are sparse."""
    pieces = []
    for what, way in (("pruning after training", _after), ("l1", _l1), ("gradual pruning", _gradual)):
        arms = found.some(what, way)
        sparsest = max(arms, key=lambda arm: known(arm, "sparsity", sparsity).mean)
        stat = known(sparsest, "sparsity", sparsity)
        agrees = None if sparsest.n < 2 else min(stat.values) >= SPARSE
        pieces.append(Evidence((f"{sparsest.label} {stat.text(1, '%')} zeros",), agrees))
    return together(pieces)


def _same_sparsity(found: Arms, what: str, way: Callable[[RunConfig], bool]) -> tuple[Arm, Arm]:
    """Return the sparsest arm of a way, and the arm pruned after training to the sparsity that is nearest to its own."""
    sparsest = max(found.some(what, way), key=lambda arm: known(arm, "sparsity", sparsity).mean)
    goal = known(sparsest, "sparsity", sparsity).mean
    pruned = found.some("pruning after training", _after)
    return sparsest, min(pruned, key=lambda arm: abs(known(arm, "sparsity", sparsity).mean - goal))


def _keeps_more(found: Arms, what: str, way: Callable[[RunConfig], bool]) -> Evidence:
    arm, pruned = _same_sparsity(found, what, way)
    both = [known(one, "sparsity", sparsity) for one in (arm, pruned)]
    found_accuracy = higher("test accuracy", arm, pruned, test_accuracy, unit="%")
    sparse = f"zeros: {arm.label} {both[0].text(1, '%')}, {pruned.label} {both[1].text(1, '%')}"
    if found_accuracy.agrees and both[0].mean < both[1].mean - 1:  # less was asked of it
        return Evidence((sparse, *found_accuracy.measured), None)
    return Evidence((sparse, *found_accuracy.measured), found_accuracy.agrees)


def _costs_accuracy(found: Arms) -> Evidence:
    pruned = max(found.some("pruning after training", _after), key=lambda arm: known(arm, "sparsity", sparsity).mean)
    return lower("test accuracy", pruned, _dense(found), test_accuracy, unit="%")


def _dense(found: Arms) -> Arm:
    return found.only("all weights kept", lambda config: config.pruning.name == "none" and not _l1(config))


SPARSE_THREE_WAYS = Experiment(
    guide="Train, then set tiny weights to zero: simple, but it takes few weights before accuracy suffers. Strong l1 while "
    "training drives many weights to zero by itself. Where that is not enough, prune gradually while training.",
    columns=(
        (Measure("sparsity", "zeros %", 1), lambda arm, _: sparsity(arm)),
        (Measure("test_accuracy", "test acc %"), lambda arm, _: test_accuracy(arm)),
        (Measure("unpruned_accuracy", "before pruning %"), lambda arm, _: arm.column("unpruned_accuracy")),
    ),
    points=(
        Point("each of the three ways gives a sparse network", _is_sparse),
        Point("weights zeroed after training cost accuracy, once there are many", _costs_accuracy),
        Point(
            "strong l1 keeps more accuracy than zeroing as many weights after training",
            lambda found: _keeps_more(found, "l1", _l1),
        ),
        Point(
            "gradual pruning keeps more accuracy than zeroing as many weights after training",
            lambda found: _keeps_more(found, "gradual pruning", _gradual),
        ),
    ),
)


def _without(found: Arms) -> Arm:
    return found.only("no dropout", lambda config: config.model.dropout == 0)


def _with_dropout(found: Arms) -> tuple[Arm, ...]:
    return found.some("dropout", lambda config: config.model.dropout > 0)


def mc_milliseconds(arm: Arm) -> Stat | None:
    """Return the wall time of all stochastic passes over the test images, milliseconds."""
    found = arm.column("mc_seconds")
    return found and Stat(tuple(1000 * value for value in found.values))


def _converges_later(found: Arms) -> Evidence:
    usual, figure = _without(found), epochs_to_common(found)
    return together(
        [higher("epochs to the common loss", arm, usual, figure, decimals=1) for arm in _with_dropout(found)]
    )


def _inference_costs_the_same(found: Arms) -> Evidence:
    return together([_no_slower(arm, _without(found)) for arm in _with_dropout(found)])


def _no_slower(one: Arm, other: Arm) -> Evidence:
    ours, theirs = (known(arm, "inference time", test_milliseconds) for arm in (one, other))
    slower = order(ours, theirs)
    shown = f"one pass over the test images: {one.label} {ours.text(2, 'ms')}, {other.label} {theirs.text(2, 'ms')}"
    if slower is None:
        return Evidence((f"{shown}; fewer than two replicates, so no spread to judge by",), None)
    ratio = ours.mean / theirs.mean
    return Evidence((f"{shown}: {ratio:.2f} times the time",), slower < 1 or ratio <= NO_SLOWER)


def _mc_costs_many_times(found: Arms) -> Evidence:
    arms = found.some("MC dropout", lambda config: config.mc_dropout.samples > 0 and config.model.dropout > 0)
    pieces = []
    for arm in arms:
        passes, once = (
            known(arm, "time of MC dropout", mc_milliseconds),
            known(arm, "inference time", test_milliseconds),
        )
        ratio = passes.mean / once.mean
        pieces.append(
            Evidence(
                (
                    f"{arm.label}: {arm.config.mc_dropout.samples} passes {passes.text(1, 'ms')}, {ratio:.0f} times as long as "
                    f"one pass without ({once.text(2, 'ms')})",
                ),
                None if arm.n < 2 else ratio >= MANY_TIMES,
            )
        )
    return together(pieces)


DROPOUT_COST = Experiment(
    guide="Dropout slows training down, by a factor of about two in epochs, but not inference, where it is off. MC dropout "
    "leaves it on for many passes, so that predicting takes ten times as long and more.",
    columns=(
        EPOCH_TIME,
        EPOCHS_TO_COMMON,
        (Measure("test_milliseconds", "inference ms"), lambda arm, _: test_milliseconds(arm)),
        (Measure("mc_milliseconds", "MC dropout ms", 1), lambda arm, _: mc_milliseconds(arm)),
        (Measure("test_accuracy", "test acc %"), lambda arm, _: test_accuracy(arm)),
        (Measure("mc_accuracy", "MC acc %"), lambda arm, _: arm.column("mc_accuracy")),
    ),
    points=(
        Point("training with dropout takes more epochs", _converges_later),
        Point("dropout does not slow inference down", _inference_costs_the_same),
        Point(f"MC dropout takes at least {MANY_TIMES:.0f} times as long to predict", _mc_costs_many_times),
    ),
    details=lambda found: [common_loss(found)],
)


def _plain(found: Arms) -> Arm:
    return found.only("no batch normalization", lambda config: not config.model.has_batch_norm)


def _normalized(found: Arms) -> tuple[Arm, ...]:
    return found.some("batch normalization of hidden layers", lambda config: config.model.batch_norm != "none")


def _fewer_epochs(found: Arms) -> Evidence:
    plain = _plain(found)
    return together(
        [
            lower("epochs to the common loss", arm, plain, epochs_to_common(found), decimals=1)
            for arm in _normalized(found)
        ]
    )


def _slower_epochs(found: Arms) -> Evidence:
    plain = _plain(found)
    return together(
        [higher("fastest epoch", arm, plain, epoch_milliseconds, decimals=0, unit="ms") for arm in _normalized(found)]
    )


def _placed(found: Arms, place: str) -> Arm:
    return found.only(
        f"batch normalization {place} the activation",
        lambda config: config.model.batch_norm == place and not config.model.batch_norm_inputs,
    )


def _placements(found: Arms) -> Sequence[str]:
    said = [common_loss(found)]
    try:
        compared = higher("validation accuracy", _placed(found, "before"), _placed(found, "after"), accuracy, unit="%")
    except LackingError:
        return said
    return [*said, f"Before or after the activation, {compared.measured[0]}."]


BATCHNORM_PLACEMENT = Experiment(
    guide="Batch normalization lets deep networks converge in far fewer epochs, though each epoch takes longer. Whether it "
    "stands better before or after the activation is debated: try both. As the first layer it spares standardizing inputs.",
    columns=(EPOCHS_TO_COMMON, EPOCH_TIME, ACCURACY, BEST_LOSS),
    points=(
        Point("with batch normalization of the hidden layers it takes fewer epochs", _fewer_epochs),
        Point("an epoch takes longer with it", _slower_epochs),
    ),
    details=_placements,
)
