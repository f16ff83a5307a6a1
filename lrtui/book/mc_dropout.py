"""MC dropout beside the deterministic pass: the same weights on the same images, so that every run is compared with itself."""

from collections.abc import Callable, Sequence

import polars as pl

from lrtui.book.answer import Question
from lrtui.book.compare import ERRORS, against
from lrtui.book.figures import signed, standard_error
from lrtui.book.grouping import ALONE, Grouping
from lrtui.book.measures import Measure, Take, column
from lrtui.book.question import BELOW, Evidence, LackingError, Point, Region
from lrtui.book.scenario import Scenario

HARDLY = Region(-1.0, 1.0)
"""Points of accuracy that count as hardly any."""


def _only_with_mc(name: str) -> Take:
    return column(pl.when(pl.col("mc_samples").is_not_null()).then(pl.col(name)))


MC_MEASURES = (
    Measure("mc_samples", "passes", 0, column("mc_samples")),
    Measure("test_accuracy", "acc %", 2, _only_with_mc("test_accuracy")),
    Measure("mc_accuracy", "MC acc %", 2, _only_with_mc("mc_accuracy")),
    Measure("test_loss", "NLL nats", 3, _only_with_mc("test_loss")),
    Measure("mc_loss", "MC NLL nats", 3, _only_with_mc("mc_loss")),
    Measure("mc_sd", "sd of prob.", 3, _only_with_mc("mc_sd")),
    Measure("mc_slowdown", "time ×", 1, column(pl.col("mc_seconds") / pl.col("test_seconds")), ratio=True),
)
"""NLL: mean negative log-likelihood of the test images."""


def mc_dropout(grouping: Grouping, is_asked: Callable[[Scenario], bool]) -> Question:
    """Return the question whether MC dropout beats the deterministic pass.

    Scenarios that are not asked about do not hold the answer up, if there are any that are.
    """
    measured = [scenario for scenario in grouping.done if scenario.column("mc_accuracy")]
    asked = any(map(is_asked, measured))
    points = [point for scenario in measured for point in _mc_points(scenario, needed=is_asked(scenario) or not asked)]
    return Question(
        "(e) Does MC dropout beat the deterministic pass?",
        "It hardly changes the accuracy; what it gives are better probabilities: the likelihood rises.",
        tuple(points)
        or tuple(
            Point.lacking(f"MC dropout {text}", "no finished run with MC dropout")
            for text in ("hardly changes the accuracy", "makes the test images more likely")
        ),
    )


def _mc_points(scenario: Scenario, *, needed: bool) -> Sequence[Point]:
    label = scenario.label
    return [
        Point(
            f"MC dropout hardly changes the accuracy of {label} (by less than {HARDLY.high:g} point)",
            lambda _: [mc_change(scenario, f"test accuracy of {label}", "accuracy", 2, "points", HARDLY)],
            needed,
        ),
        Point(
            f"MC dropout makes the test images more likely to {label}",
            lambda _: [
                mc_change(
                    scenario, f"negative log-likelihood of the test images under {label}", "loss", 3, "nats", BELOW
                )
            ],
            needed,
        ),
    ]


def mc_change(scenario: Scenario, what: str, figure: str, decimals: int, unit: str, expected: Region) -> Evidence:
    """Return the evidence that what MC dropout does to a figure lies in a region, replicate by replicate."""
    plain, mc = (scenario.column(f"{kind}_{figure}") for kind in ("test", "mc"))
    change = column(pl.col(f"mc_{figure}") - pl.col(f"test_{figure}"))(scenario, ALONE)
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
