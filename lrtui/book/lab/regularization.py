"""Overfitting few images: which technique narrows the gap, at which rate, and whether it pays in accuracy."""

from collections.abc import Sequence

import polars as pl

from lrtui.analysis.wording import listing
from lrtui.book.compare import Expect, compare
from lrtui.book.grouping import Grouping
from lrtui.book.lab.experiment import Experiment, Select, Test, best, every, is_so
from lrtui.book.measures import ACCURACY, BEST_LOSS, KEPT_LOSS, Measure, kept
from lrtui.book.question import Evidence, LackingError, Point
from lrtui.study.schema import RunConfig
from lrtui.text import shown_rate

TECHNIQUES: dict[str, Test] = {
    "l1": lambda config: config.regularization.l1 > 0,
    "l2": lambda config: config.regularization.l2 > 0,
    "dropout": lambda config: config.model.dropout > 0,
    "max-norm": lambda config: config.regularization.max_norm is not None,
    "early stopping": lambda config: config.early_stopping.patience is not None,
    "augmentation": lambda config: config.data.augment is not None,
}
"""What stands against overfitting, and whether a run has it."""
ASKED = ("l2", "dropout", "max-norm", "early stopping", "augmentation")
"""What the preset asks about."""


GAP = Measure(
    "kept_gap",
    "val − train loss",
    3,
    kept(pl.col("val_loss") - pl.col("train_loss")),
    "validation loss minus training loss of the weights kept",
    above="{} overfits more than {}",
    below="{} overfits less than {}",
)
"""The training loss is without penalties, so that both are of the same kind; dropout and augmentation narrow it."""


def _techniques(config: RunConfig) -> list[str]:
    return [name for name, has in TECHNIQUES.items() if has(config)]


def alone(technique: str) -> Select:
    """Return the selection of the scenarios with one technique and no other, one for each rate."""
    return every(f"{technique} alone", lambda config: _techniques(config) == [technique])


bare = every("no regularization", lambda config: not _techniques(config))


def _beside_bare(technique: str, measure: Measure, expected: Expect, grouping: Grouping) -> dict[str, Evidence]:
    """Return the technique beside the bare network at every rate that both were trained at, by rate."""
    without = {scenario.config.optim.lr: scenario for scenario in bare(grouping)}
    found = {
        shown_rate(rate) if isinstance(rate := scenario.config.optim.lr, float) else str(rate): compare(
            grouping, measure, scenario, without[rate], expected
        )
        for scenario in alone(technique)(grouping)
        if scenario.config.optim.lr in without
    }
    if not found:
        raise LackingError(f"{technique} was not trained at a rate at which no regularization was")
    return found


def _narrows(technique: str) -> Point:
    return Point(
        f"{technique} narrows the gap, at every rate",
        lambda grouping: list(_beside_bare(technique, GAP, Expect.LOWER, grouping).values()),
    )


def _rates(grouping: Grouping) -> Sequence[str]:
    """Return for every technique at which rates it narrows the gap, lowers the loss, and raises the accuracy."""
    said = []
    effects = (
        (GAP, -1, "narrows the gap"),
        (KEPT_LOSS, -1, "lowers the validation loss"),
        (ACCURACY, 1, "raises the accuracy"),
    )
    for technique in TECHNIQUES:
        clauses = []
        for measure, way, words in effects:
            try:
                found = _beside_bare(technique, measure, Expect.NOTHING, grouping)
            except LackingError:
                break
            ways = {rate: _way(evidence) for rate, evidence in found.items()}
            does, undoes = ([rate for rate, one in ways.items() if one == sign] for sign in (way, -way))
            clause = f"{words} at {listing(does)}" if does else f"{words} at no rate"
            clauses.append(clause + (f" (the contrary at {listing(undoes)})" if undoes else ""))
        if clauses:
            said.append(f"{technique[0].upper()}{technique[1:]} {listing(clauses)}.")
    return said


def _way(evidence: Evidence) -> int:
    if evidence.interval is None:
        return 0
    low, high = evidence.interval
    return 1 if low > 0 else -1 if high < 0 else 0


REGULARIZATION = Experiment(
    guide="A network that knows its training images by heart generalizes badly: l2 (or l1), dropout, max-norm and early stopping "
    "constrain it. Augmentation, images that are changed a little each time they are seen, is beyond the chapter.",
    measures=(ACCURACY, GAP, KEPT_LOSS, BEST_LOSS),
    points=(
        *(_narrows(technique) for technique in ASKED),
        *(
            is_so(
                f"{technique} at its best rate is more accurate than no regularization at its own",
                best(alone(technique), ACCURACY),
                Expect.HIGHER,
                best(bare, ACCURACY),
                ACCURACY,
            )
            for technique in ASKED
        ),
        *(
            is_so(
                f"{technique} at its best rate has a lower validation loss than no regularization at its own",
                best(alone(technique), KEPT_LOSS, lowest=True),
                Expect.LOWER,
                best(bare, KEPT_LOSS, lowest=True),
                KEPT_LOSS,
                needed=False,
            )
            for technique in ASKED
        ),
    ),
    details=_rates,
)
"""At its best rate: that with the highest mean accuracy, or the lowest mean loss, which favours both sides alike."""
