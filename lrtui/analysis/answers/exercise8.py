"""Exercise 8: its questions put to the runs of its parts, family by family."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from lrtui.analysis.answers.answer import Measure, Row
from lrtui.analysis.answers.arms import Arm, LackingError
from lrtui.analysis.answers.aspects import BETTER, EPOCH_COST, EPOCHS, SECONDS, SECONDS_TO_BEST, seconds_to
from lrtui.analysis.answers.caveats import caveats
from lrtui.analysis.answers.compared import ABOVE, ALIKE, BELOW
from lrtui.analysis.answers.contrasts import Contrast, Question, Reply, points
from lrtui.analysis.answers.families import Family, Trained, families
from lrtui.analysis.answers.mc_dropout import MC_DROPOUT, MC_MEASURES
from lrtui.analysis.answers.reproduction import PUBLISHED_MEASURES, reproduction
from lrtui.analysis.answers.stat import Stat
from lrtui.text import count

EXPERIMENT = "exercise8"
"""What a preset calls itself to be answered here."""
Taken = tuple[Measure, Callable[[Family, Arm], Stat | None]]


@dataclass(frozen=True)
class Figures:
    """A table of figures: one row for each arm that has any."""

    key: str
    """Its name for programs."""
    title: str
    measures: tuple[Measure, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Exercise8:
    """What the report says of the exercise's questions, from the runs of one family."""

    family: str
    studies: tuple[str, ...]
    caveats: tuple[str, ...]
    """What limits the answers, in sentences."""
    common_loss: float
    """Nats; NaN where no run learned."""
    tables: tuple[Figures, ...]
    replies: tuple[Reply, ...]


def exercise8(studies: Sequence[Trained]) -> list[Exercise8]:
    """Return the answers of every family among the studies (`families.families`), those that are no exercise 8 left aside."""
    parts = [study for study in studies if study.result.study.experiment == EXPERIMENT]
    return [_answered(family) for family in families(parts)]


def _answered(family: Family) -> Exercise8:
    tables = [
        _figures("learning", "Learning", family, _LEARNING, _reach(family)),
        _figures("time", "Time", family, _TIME),
        _figures("mc_dropout", "MC dropout beside the deterministic pass, on the test images", family, MC_MEASURES),
        _figures("folding", "Batch normalization folded into the layers before it", family, _FOLDING),
        _figures("published", "Measured beside published", family, PUBLISHED_MEASURES),
    ]
    questions = [*QUESTIONS, *reproduction(family)] if family.done else []
    return Exercise8(
        family=family.name,
        studies=tuple(study.id for study in family.studies),
        caveats=tuple(caveats(family)),
        common_loss=family.common_loss,
        tables=tuple(table for table in tables if table.rows) if family.done else (),
        replies=tuple(question.put(family) for question in questions),
    )


def _figures(key: str, title: str, family: Family, taken: Sequence[Taken], notes: Sequence[str] = ()) -> Figures:
    rows = []
    for member in family.members:
        figures = tuple(take(family, member.arm) if member.arm.n else None for _, take in taken)
        if taken is _LEARNING or any(figure is not None for figure in figures):
            rows.append(Row(member.arm.label, member.arm.n, member.arm.planned, figures))
    return Figures(key, title, tuple(measure for measure, _ in taken), tuple(rows), tuple(notes))


def _reach(family: Family) -> list[str]:
    """Return what the common loss is, and who never reaches it."""
    if math.isnan(family.common_loss):
        return ["No run learned anything, so there is no common validation loss."]
    said = [
        f"The common validation loss is {family.common_loss:.3f} nats: each arm's lowest validation loss, mean over its "
        "replicates, and of these the highest."
    ]
    for member in family.done:
        reached = member.arm.epochs_to(family.common_loss)
        missed = 0 if reached is None else len(reached.values) - len(reached.finite)
        if missed:
            said.append(f"{member.arm.label}: {missed} of {count(member.arm.n, 'replicate')} never reach it.")
    return said


def _column(name: str) -> Callable[[Family, Arm], Stat | None]:
    return lambda _, arm: arm.column(name)


def _time_saved(_: Family, arm: Arm) -> Stat | None:
    """Return the share of a pass's time that folding saves, percent."""
    runs = arm.runs.drop_nulls(["folded_seconds", "unfolded_seconds"])
    saved = (100 * (1 - runs["folded_seconds"] / runs["unfolded_seconds"])).to_list()
    return Stat(tuple(saved)) if saved else None


def _milliseconds(name: str) -> Callable[[Family, Arm], Stat | None]:
    def take(_: Family, arm: Arm) -> Stat | None:
        found = arm.column(name)
        return found and Stat(tuple(1000 * value for value in found.values))

    return take


_LEARNING: tuple[Taken, ...] = (
    (Measure("epochs", "epochs", 1), _column("epochs")),
    (Measure("kept_epoch", "kept", 1), _column("kept_epoch")),
    (
        Measure("epochs_to_common_loss", "epochs to common loss", 1),
        lambda family, arm: arm.epochs_to(family.common_loss),
    ),
    (Measure("best_val_loss", "lowest val loss", 3), _column("best_val_loss")),
    (Measure("val_accuracy", "val acc %"), _column("final_val_accuracy")),
    (Measure("best_val_accuracy", "highest val acc %"), _column("best_val_accuracy")),
    (Measure("test_accuracy", "test acc %"), _column("test_accuracy")),
)
_TIME: tuple[Taken, ...] = (
    (Measure("seconds_per_epoch", "s per epoch"), lambda _, arm: arm.epoch_seconds()),
    (
        Measure("seconds_to_common_loss", "s to common loss", 1),
        lambda family, arm: seconds_to(arm, family.common_loss),
    ),
    (Measure("seconds_to_best", "s to best", 1), _column("seconds_to_best")),
    (Measure("seconds", "s in all", 1), _column("seconds")),
)
_FOLDING: tuple[Taken, ...] = (
    (Measure("unfolded_milliseconds", "a pass ms", 1), _milliseconds("unfolded_seconds")),
    (Measure("folded_milliseconds", "folded ms", 1), _milliseconds("folded_seconds")),
    (Measure("time_saved", "time saved %", 1), _time_saved),
    (Measure("folded_difference", "largest difference of a logit", None), _column("folded_difference")),
)


def _cut_short(family: Family) -> Sequence[str]:
    """Return where early stopping ended 1cycle before its cycle was over."""
    try:
        arm = family.part("f").arm
    except LackingError:
        return ()
    cut = arm.runs.filter(pl.col("stopped_early"), pl.col("epochs") < arm.config.train.epochs)
    if not len(cut):
        return ()
    rising = 0
    for rows in arm.epochs.filter(pl.col("run").is_in(cut["run"].to_list())).partition_by("run"):
        rates = rows.filter(pl.col("epoch") > 0).sort("epoch")["lr"].to_list()
        rising += len(rates) > 1 and rates[-1] > rates[-2]
    epochs = Stat(tuple(map(float, cut["epochs"].to_list()))).text(1)
    still = f", in {rising} of them with the rate still rising" if rising else ""
    return [
        f"Early stopping ended {arm.label} before its cycle was over in {len(cut)} of {count(arm.n, 'run')}, after {epochs} "
        f"of {arm.config.train.epochs} epochs{still}: a cycle as long as the training would be a fairer trial."
    ]


QUESTIONS = (
    Question(
        "(c) Does batch normalization converge faster, is the model better, and what does an epoch cost?",
        "It converges in fewer epochs and gives a better model; an epoch costs more.",
        points(
            Contrast(EPOCHS, "c", "b", {BELOW}),
            Contrast(BETTER, "c", "b", {ABOVE}),
            Contrast(EPOCH_COST, "c", "b", {ABOVE}),
        ),
        besides=(Contrast(SECONDS, "c", "b"),),
    ),
    Question(
        "(d, e) How do self-normalization, and alpha dropout with it, compare with batch normalization?",
        "The self-normalizing network (d) trains fast but is no better than batch normalization (c).",
        points(
            Contrast(SECONDS_TO_BEST, "d", "c", {BELOW}),
            Contrast(BETTER, "d", "c", {BELOW, ALIKE}),
        ),
        told=(Contrast(BETTER, "e", "c"),),
        besides=(
            Contrast(EPOCHS, "d", "c"),
            Contrast(EPOCH_COST, "d", "c"),
            Contrast(EPOCHS, "e", "c"),
            Contrast(SECONDS_TO_BEST, "e", "c"),
        ),
    ),
    MC_DROPOUT,
    Question(
        "(f) Is 1cycle faster, and is the model better?",
        "It trains faster than a constant rate (e), and the model is better.",
        points(
            Contrast(SECONDS, "f", "e", {BELOW}),
            Contrast(BETTER, "f", "e", {ABOVE}),
        ),
        besides=(Contrast(EPOCHS, "f", "e"), Contrast(SECONDS, "f", "c"), Contrast(BETTER, "f", "c")),
        remarks=_cut_short,
    ),
)
