"""Whether the best rate stays where it is as a network grows: of losses made to be lowest at given rates."""

import math
from typing import Any

import pytest

from lrtui.analysis.rates import lowest_between
from lrtui.analysis.result import StudyResult
from lrtui.book.question import Verdict as Says
from lrtui.study import preset
from lrtui.study.records import RunStatus
from tests.book.made import measured
from tests.book.test_lab import said, verdicts


def widths(best: dict[tuple[str, int], float], only: str = "") -> StudyResult:
    """Return the study, losses being parabolas in the decade of the rate, lowest at `best`, elsewhere at 1e-2."""
    study = preset.load("outlook/mup", ["sweep.replicates=3", *([only] if only else [])])

    def figures(spec: Any) -> dict[str, Any]:
        model = spec.config.model
        place = math.log10(best.get((model.parametrization, model.first_width), 1e-2)) + spec.seed / 100
        loss = 0.3 + 0.1 * (math.log10(spec.lr) - place) ** 2
        return {"losses": (2.3, 1.0, 0.9, loss), "kept_epoch": [3, 3, 3], "final_val_accuracy": [90.0, 90.1, 90.2]}

    return measured(study, figures, lambda _: RunStatus.DONE)


def test_a_rate_that_falls_without_mup_and_stays_with_it_agrees() -> None:
    found = said(widths({("standard", 1024): 1e-3}))
    assert verdicts(found) == [True, True, True]
    assert found.findings[0].measured == (
        "the standard parametrization: from 1e-2 at width 64 to 1e-3 at width 1024, by a factor of 0.1 [0.1, 0.1]",
    )
    assert found.besides[0] == (
        "Best rate with the standard parametrization: 1e-2 at width 64, 1e-2 at width 128, 1e-2 at width 256, 1e-2 at width "
        "512 and 1e-3 at width 1024."
    )


def test_one_that_moves_with_mup_contradicts() -> None:
    found = said(widths({("standard", 1024): 1e-3, ("mup", 1024): 1e-3}))
    assert found.verdict is Says.CONTRADICTS
    assert verdicts(found)[:2] == [True, False]


def test_one_width_says_nothing() -> None:
    lacks = [one.lacks for one in said(widths({}, "model.width=64")).findings]
    assert lacks[0] == "fewer than two widths have finished runs at several rates with the standard parametrization"


@pytest.mark.parametrize(
    ("losses", "place"),
    [
        ([3.0, 1.0, 3.0], 1.0),
        ([3.0, 1.0, 2.0], 1.0 + 1 / 6),
        ([1.0, 2.0, 3.0], 0.0),
        ([3.0, 2.0, 1.0], 2.0),
        ([3.0, 1.0, math.inf], 1.0),
        ([math.nan, 1.0, 3.0], 1.0),
        ([1.0, 1.0, 1.0], 0.0),
        ([math.inf, math.nan, math.inf], None),
    ],
)
def test_the_lowest_of_losses_lies_between_the_points_or_at_one(losses: list[float], place: float | None) -> None:
    found = lowest_between([0.0, 1.0, 2.0], losses)
    assert found is None if place is None else found == pytest.approx(place)
