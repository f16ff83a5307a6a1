"""Exercise 8: what the guide says of its parts b to f, and what their runs say."""

from collections.abc import Callable, Sequence

import polars as pl

from lrtui.book.caveats import caveats
from lrtui.book.compare import CRITERION, ERRORS, Expect, against, beside, compare
from lrtui.book.figures import Figures, signed, standard_error
from lrtui.book.grouping import ALONE, Grouping, Scenario, StudyRun, Trained, group, own_label, study_runs
from lrtui.book.handson import PUBLISHED, reproduction
from lrtui.book.measures import (
    ACCURACY,
    BEST_LOSS,
    EPOCHS_TO_COMMON,
    TEST_ACCURACY,
    TIME_MARGIN,
    Measure,
    column,
    common_loss,
    percent,
    thousand,
)
from lrtui.book.question import BELOW, Answer, Evidence, LackingError, Point, Question, Region
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
HARDLY = Region(-1.0, 1.0)
"""Points of accuracy that count as hardly any."""


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
        table(grouping, "mc_dropout", "MC dropout beside the deterministic pass, on the test images", MC_DROPOUT),
        table(grouping, "folding", "Batch normalization folded into the layers before it", FOLDING),
        table(grouping, "published", "Measured beside published", PUBLISHED),
    ]
    questions = [*QUESTIONS, mc_dropout(grouping), ONECYCLE, *reproduction(grouping, part)] if grouping.done else []
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


def _of_two(
    name: str, other: str, take: Callable[[float, float], float]
) -> Callable[[Scenario, Grouping], Figures | None]:
    """Return how a figure of each run is taken of two of its columns."""

    def figures(scenario: Scenario, _: Grouping) -> Figures | None:
        rows = scenario.runs.drop_nulls([name, other]).select("seed", name, other).sort("seed").rows()
        return Figures({seed: take(*pair) for seed, *pair in rows}) if rows else None

    return figures


def _only_with_mc(name: str) -> Callable[[Scenario, Grouping], Figures | None]:
    return lambda scenario, _: scenario.column(name) if scenario.column("mc_samples") else None


MC_DROPOUT = (
    Measure("mc_samples", "passes", 0, column("mc_samples")),
    Measure("test_accuracy", "acc %", 2, _only_with_mc("test_accuracy")),
    Measure("mc_accuracy", "MC acc %", 2, _only_with_mc("mc_accuracy")),
    Measure("test_loss", "NLL nats", 3, _only_with_mc("test_loss")),
    Measure("mc_loss", "MC NLL nats", 3, _only_with_mc("mc_loss")),
    Measure("mc_sd", "sd of prob.", 3, _only_with_mc("mc_sd")),
    Measure("mc_slowdown", "time ×", 1, _of_two("mc_seconds", "test_seconds", lambda mc, plain: mc / plain)),
)
"""NLL: mean negative log-likelihood of the test images."""
FOLDING = (
    Measure("unfolded_milliseconds", "a pass ms", 1, thousand(column("unfolded_seconds"))),
    Measure("folded_milliseconds", "folded ms", 1, thousand(column("folded_seconds"))),
    Measure(
        "time_saved",
        "time saved %",
        1,
        percent(_of_two("folded_seconds", "unfolded_seconds", lambda folded, unfolded: 1 - folded / unfolded)),
    ),
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
        f"{epochs} of {planned} epochs{still}: a cycle as long as the training would be a fairer trial."
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


def mc_dropout(grouping: Grouping) -> Question:
    """Return the question whether MC dropout beats the deterministic pass: the same weights on the same images."""
    measured = [scenario for scenario in grouping.done if scenario.column("mc_accuracy")]
    asked = any(part_of(scenario.config) == "e" for scenario in measured)  # about e; others do not hold it up
    points = [
        point
        for scenario in measured
        for point in _mc_points(scenario, needed=part_of(scenario.config) == "e" or not asked)
    ]
    return Question(
        "(e) Does MC dropout beat the deterministic pass?",
        "It hardly changes the accuracy; what it gives are better probabilities: the likelihood rises.",
        tuple(points)
        or tuple(_no_mc(text) for text in ("hardly changes the accuracy", "makes the test images more likely")),
    )


def _no_mc(text: str) -> Point:
    def look(_: Grouping) -> Sequence[Evidence]:
        raise LackingError("no finished run with MC dropout")

    return Point(f"MC dropout {text}", look)


def _mc_points(scenario: Scenario, *, needed: bool) -> Sequence[Point]:
    label = scenario.label
    return [
        Point(
            f"MC dropout hardly changes the accuracy of {label} (by less than {HARDLY.high:g} point)",
            lambda _: [_mc(scenario, f"test accuracy of {label}", "accuracy", 2, "points", HARDLY)],
            needed,
        ),
        Point(
            f"MC dropout makes the test images more likely to {label}",
            lambda _: [
                _mc(scenario, f"negative log-likelihood of the test images under {label}", "loss", 3, "nats", BELOW)
            ],
            needed,
        ),
    ]


def _mc(scenario: Scenario, what: str, figure: str, decimals: int, unit: str, expected: Region) -> Evidence:
    """Return the evidence that what MC dropout does to a figure lies in a region, replicate by replicate."""
    plain, mc = (scenario.column(f"{kind}_{figure}") for kind in ("test", "mc"))
    change = _of_two(f"mc_{figure}", f"test_{figure}", lambda mc, plain: mc - plain)(scenario, ALONE)
    if plain is None or mc is None or change is None:
        raise LackingError(f"no {what}")
    better = sum(value < 0 if expected is BELOW else value > 0 for value in change.values)
    changes = ", ".join(signed(value, decimals) for value in change.values)
    shown = "%" if unit == "points" else unit
    found = against(
        change,
        expected,
        f"{what}: deterministic {plain.text(decimals, shown)}, MC dropout {mc.text(decimals, shown)}; change of each "
        f"replicate {changes}; MC dropout does better in {better} of {len(change.values)}",
    )
    does = "changes" if not float(f"{change.mean:.{decimals}f}") else "raises" if change.mean > 0 else "lowers"
    size = change.map(lambda value: -value if does == "lowers" else value).text(decimals, unit)
    said = f"MC dropout {does} the {what} by {size} (from {plain.text(decimals)} to {mc.text(decimals)} {shown})"
    interval, more = found.interval, tuple[str, ...]()
    if interval is None and figure == "accuracy":
        interval, more = _of_images(plain.mean, mc.mean, scenario.test_images)
    return Evidence((*found.measured, *more), interval, expected, found.seeds, said=said)


def _of_images(plain: float, mc: float, images: int | None) -> tuple[tuple[float, float] | None, tuple[str, ...]]:
    """Return the interval of one seed's change, from the sampling error of the test images."""
    if images is None:
        return None, ()
    half = ERRORS * standard_error(plain, mc, images)
    return (mc - plain - half, mc - plain + half), (f"± {half:.2f} points, 2 standard errors of {images:,} images",)
