"""Exercise 8: what the guide says of its parts b to f, and what their runs say."""

from collections.abc import Callable, Sequence

import polars as pl

from lrtui.book.answer import Answer, Question
from lrtui.book.caveats import caveats
from lrtui.book.compare import CRITERION, Expect, beside, compare
from lrtui.book.figures import Figures
from lrtui.book.grouping import Grouping, StudyRun, group, own_label, study_runs
from lrtui.book.handson import PUBLISHED, reproduction
from lrtui.book.mc_dropout import MC_MEASURES, mc_dropout
from lrtui.book.measures import (
    ACCURACY,
    BEST_LOSS,
    EPOCHS_TO_COMMON,
    TEST_ACCURACY,
    TIME_MARGIN,
    Measure,
    column,
    common_loss,
)
from lrtui.book.question import Evidence, LackingError, Point
from lrtui.book.scenario import Scenario, Trained
from lrtui.book.tables import table
from lrtui.study.schema import RunConfig
from lrtui.text import count

EXPERIMENT = "exercise8"
"""What a preset calls itself to be answered here."""
OWN = "presets of one's own"
"""The group of presets that are in no folder and have no variants."""
PARTS = {
    "b": "ELU and nothing more",
    "c": "batch normalization",
    "d": "SELU, self-normalizing",
    "e": "SELU with dropout",
    "f": "dropout with 1cycle",
}
"""The parts that are trained, and what each adds, in the exercise's order."""


def part_of(config: RunConfig) -> str | None:
    """Return which part of the exercise a configuration is; None: none of them."""
    model = config.model
    if config.schedule.name == "onecycle":
        return "f"
    if model.has_batch_norm:
        return "c"
    if model.activation == "selu":
        return "e" if model.dropout > 0 else "d"
    return "b" if model.activation == "elu" and model.dropout == 0 else None


def _is_e(scenario: Scenario) -> bool:
    return part_of(scenario.config) == "e"


def part(grouping: Grouping, letter: str) -> Scenario:
    """Return the scenario that is this part of the exercise. Raises LackingError if none, or several, have a done run."""
    return grouping.only(f"of part {letter} ({PARTS[letter]})", lambda config: part_of(config) == letter)


def answers(studies: Sequence[Trained]) -> list[Answer]:
    """Return the answers of every group of presets among the studies; those that are no exercise 8 are left aside.

    Studies that began later come later.
    """
    groups: dict[str, list[StudyRun]] = {}
    for run in study_runs(study for study in studies if study.result.study.experiment == EXPERIMENT):
        groups.setdefault(_group_of(run), []).append(run)
    letters = [*PARTS, None]
    ordered = [
        sorted(runs, key=lambda run: letters.index(part_of(run.spec.config)))  # stable: later studies stay later
        for runs in groups.values()
    ]
    return [_answer(group(name, runs, _label)) for name, runs in zip(groups, ordered, strict=True)]


def _group_of(run: StudyRun) -> str:
    name = run.study.result.study.name
    return name.rpartition("/")[0] or (name if run.spec.variant else OWN)


def _label(run: StudyRun) -> str:
    return own_label(run.spec, run.spec.variant or run.study.result.study.name.rpartition("/")[2])


def _answer(grouping: Grouping) -> Answer:
    tables = [
        table(grouping, "learning", "Learning", LEARNING, _reach(grouping), every=True),
        table(grouping, "time", "Time", TIME),
        table(grouping, "mc_dropout", "MC dropout beside the deterministic pass, on the test images", MC_MEASURES),
        table(grouping, "folding", "Batch normalization folded into the layers before it", FOLDING),
        table(grouping, "published", "Measured beside published", PUBLISHED),
    ]
    questions = (
        [*QUESTIONS, mc_dropout(grouping, _is_e), ONECYCLE, *reproduction(grouping, part)] if grouping.done else []
    )
    return Answer(
        title=f"Exercise 8, from the runs of {grouping.name}",
        replies=tuple(question.put(grouping) for question in questions),
        tables=tuple(one for one in tables if one.rows) if grouping.done else (),
        caveats=tuple(caveats(grouping)),
        group=grouping.name,
        studies=tuple(study.id for study in grouping.studies),
        common_loss=grouping.common_loss,
        criterion=CRITERION,
    )


def _reach(grouping: Grouping) -> Sequence[str]:
    """Return what the common loss is, and which scenarios have replicates that never reach it."""
    said = [common_loss(grouping)]
    for scenario in grouping.done:
        reached = scenario.epochs_to(grouping.common_loss)
        number = 0 if reached is None else len(reached.values) - len(reached.finite)
        if number:
            said.append(f"{scenario.label}: {number} of {count(scenario.n, 'replicate')} never reach it.")
    return said


SECONDS = Measure(
    "seconds_to_common_loss",
    "s to common loss",
    1,
    lambda scenario, grouping: scenario.seconds_to(grouping.common_loss),
    "seconds to the common loss",
    above="{} needs more time to converge than {}",
    below="{} converges in less time than {}",
    margin=TIME_MARGIN,
    timed=True,
)
SECONDS_TO_BEST = Measure(
    "seconds_to_best",
    "s to best",
    1,
    column("seconds_to_best"),
    "seconds to its best epoch",
    above="{} is at its best later than {}",
    below="{} is at its best sooner than {}",
    margin=TIME_MARGIN,
    timed=True,
)
EPOCH_COST = Measure(
    "seconds_per_epoch",
    "s per epoch",
    2,
    lambda scenario, _: scenario.over_epochs(pl.col("seconds").median()),
    "seconds per epoch",
    above="an epoch of {} costs more time than one of {}",
    below="an epoch of {} costs less time than one of {}",
    margin=TIME_MARGIN,
    timed=True,
    per_time=True,
)
LEARNING = (
    Measure("epochs", "epochs", 1, column("epochs")),
    Measure("kept_epoch", "kept", 1, column("kept_epoch")),
    EPOCHS_TO_COMMON,
    BEST_LOSS,
    ACCURACY,
    Measure("best_val_accuracy", "highest val acc %", 2, column("best_val_accuracy")),
    TEST_ACCURACY,
)
TIME = (EPOCH_COST, SECONDS, SECONDS_TO_BEST, Measure("seconds", "s in all", 1, column("seconds")))


FOLDING = (
    Measure("unfolded_milliseconds", "a pass ms", 1, column(1000 * pl.col("unfolded_seconds"))),
    Measure("folded_milliseconds", "folded ms", 1, column(1000 * pl.col("folded_seconds"))),
    Measure("time_saved", "time saved %", 1, column(100 * (1 - pl.col("folded_seconds") / pl.col("unfolded_seconds")))),
    Measure("folded_difference", "largest difference of a logit", None, column("folded_difference")),
)


def _is(measure: Measure, one: str, other: str, expected: Expect) -> Point:
    """Return the point that one part stands so to another by a figure."""
    low = expected in (Expect.LOWER, Expect.NO_HIGHER)
    wording = measure.below if expected is Expect.LOWER else measure.above
    text = wording.replace("{} is ", "{} is not ") if low and expected is Expect.NO_HIGHER else wording
    return Point(
        text.format(f"part {one}", f"part {other}"),
        lambda grouping: [compare(grouping, measure, part(grouping, one), part(grouping, other), expected)],
    )


def _sentences(*asked: tuple[Measure, str, str]) -> Callable[[Grouping], Sequence[str]]:
    """Return how parts stand to each other by figures, a sentence each; what is missing is left out."""

    def sentences(grouping: Grouping) -> Sequence[str]:
        said = []
        for measure, one, other in asked:
            try:
                said.append(beside(grouping, measure, part(grouping, one), part(grouping, other)))
            except LackingError:
                continue  # the findings say what is missing
        return said

    return sentences


def _e_beside_c(grouping: Grouping) -> Sequence[Evidence]:
    try:
        return [compare(grouping, ACCURACY, part(grouping, "e"), part(grouping, "c"))]
    except LackingError:
        return []


QUESTIONS = (
    Question(
        "(c) Does batch normalization converge faster, is the model better, and what does an epoch cost?",
        "It converges in fewer epochs and gives a better model; an epoch costs more.",
        (
            _is(EPOCHS_TO_COMMON, "c", "b", Expect.LOWER),
            _is(ACCURACY, "c", "b", Expect.HIGHER),
            _is(EPOCH_COST, "c", "b", Expect.HIGHER),
        ),
        besides=_sentences((SECONDS, "c", "b")),
    ),
    Question(
        "(d, e) How do self-normalization, and alpha dropout with it, compare with batch normalization?",
        "The self-normalizing network (d) trains fast but is no better than batch normalization (c).",
        (_is(SECONDS_TO_BEST, "d", "c", Expect.LOWER), _is(ACCURACY, "d", "c", Expect.NO_HIGHER)),
        told=_e_beside_c,
        besides=_sentences(
            (EPOCHS_TO_COMMON, "d", "c"),
            (EPOCH_COST, "d", "c"),
            (EPOCHS_TO_COMMON, "e", "c"),
            (SECONDS_TO_BEST, "e", "c"),
        ),
    ),
)


def _cut_short(grouping: Grouping) -> Sequence[str]:
    """Return whether early stopping ended 1cycle before its cycle was over."""
    try:
        scenario = part(grouping, "f")
    except LackingError:
        return ()
    planned = scenario.config.train.epochs
    cut = scenario.runs.filter(pl.col("stopped_early"), pl.col("epochs") < planned)
    if not len(cut):
        return ()
    rates = scenario.epochs.filter(pl.col("run").is_in(cut["run"].to_list()), pl.col("epoch") > 0)
    lasts = rates.group_by("run").agg((pl.col("lr").last() > pl.col("lr").slice(-2, 1).last()).alias("rising"))
    rising = int(lasts["rising"].sum())
    epochs = Figures(dict(cut.select("seed", pl.col("epochs").cast(pl.Float64)).iter_rows())).text(1)
    still = f", in {rising} of them with the rate still rising" if rising else ""
    return [
        f"Early stopping ended {scenario.label} before its cycle was over in {len(cut)} of {count(scenario.n, 'run')}, after "
        f"{epochs} of {count(planned, 'epoch')}{still}: a cycle as long as the training would be a fairer trial."
    ]


ONECYCLE = Question(
    "(f) Is 1cycle faster, and is the model better?",
    "It trains faster than a constant rate (e), and the model is better.",
    (_is(SECONDS, "f", "e", Expect.LOWER), _is(ACCURACY, "f", "e", Expect.HIGHER)),
    besides=lambda grouping: [
        *_sentences((EPOCHS_TO_COMMON, "f", "e"), (SECONDS, "f", "c"), (ACCURACY, "f", "c"))(grouping),
        *_cut_short(grouping),
    ],
)
