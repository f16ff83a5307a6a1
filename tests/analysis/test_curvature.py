"""The words for how the rate in use stands to what the loss can take."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from lrtui.analysis.curvature import sentence, strain, summary
from lrtui.study.records import CurvatureRecord, EpochRecord
from lrtui.study.spec import Study

Tiny = Callable[..., Study]


def run(
    criticals: Sequence[float | None], lr: float = 0.1, *, sharpness: float | None = None, noise: float | None = None
) -> list[EpochRecord]:
    """Return epochs after which these critical rates were measured."""
    return [
        EpochRecord(1, epoch, 1.0, 50.0, 1.0, 50.0, lr, 0.0, None, 0.1, curvature=around)
        for epoch, critical in enumerate(criticals)
        for loss in [math.nan if critical is None else 1.0]
        for around in [CurvatureRecord(1, epoch, lr, loss, critical, 5, sharpness, 1.0, 2.0, noise)]
    ]


def test_how_far_it_went_and_when() -> None:
    found = strain(run([1.0, 0.05, 0.2, 0.09]))
    assert found is not None
    assert (found.highest, found.epoch, found.above, found.uphill, found.measured) == (pytest.approx(2), 1, 2, 0, 4)


def test_nothing_measured_is_nothing_said(tiny: Tiny) -> None:
    config = tiny().runs[0].config
    bare = [EpochRecord(1, 0, 1.0, 50.0, 1.0, 50.0, 0.1, 0.0, None, 0.1)]
    assert strain(bare) is None
    assert sentence(bare, config) == summary({"1e-1": [bare]}) == summary({}) == ""


@pytest.mark.parametrize(
    ("records", "said"),
    [
        (
            run([1.0, 0.03]),
            "at 1e-1 the rate is 3.3\u00a0× what the loss can take (epoch 1), above it in 1 of 2 measurements",
        ),
        (
            run([20.0, 10.0]),
            "at 1e-1 the rate stays below what the loss can take, 0.01\u00a0× it at the nearest (epoch 1)",
        ),
        (
            run([0.05, 0.0]),
            "at 1e-1 the rate is 2\u00a0× what the loss can take (epoch 0), above it in 2 of 2 measurements, the update going "
            "uphill in 1 of 2",
        ),
        (run([0.0, 0.0]), "at 1e-1 the update goes uphill in every measurement"),
        (
            run([math.inf, 1.0, None]),
            "at 1e-1 the rate stays below what the loss can take, 0.1\u00a0× it at the nearest (epoch 1); the loss is not finite "
            "from epoch 2 on",
        ),
        (run([None]), "in 1 measurement no largest rate could be told; the loss is not finite from epoch 0 on"),
        (
            run([0.1], sharpness=25.0, noise=123.0),
            "at 1e-1 the rate stays below what the loss can take, 1\u00a0× it at the nearest (epoch 0); sharpness λ 25 at "
            "epoch 0, 2/λ 0.08; gradient noise scale 120, in images, of which the batch has 16",
        ),
        (
            run([1.0], sharpness=-2.0),
            "at 1e-1 the rate stays below what the loss can take, 0.1\u00a0× it at the nearest (epoch 0); sharpness λ -2 at "
            "epoch 0",
        ),
    ],
)
def test_a_run_in_a_line(records: list[EpochRecord], said: str, tiny: Tiny) -> None:
    assert sentence(records, tiny("train.batch_size=16").runs[0].config) == said


def test_two_over_lambda_is_of_plain_gradient_descent(tiny: Tiny) -> None:
    records = run([1.0], sharpness=25.0)
    for said in ("optim.momentum=0.9", "optim.name=adam", "optim.clip_norm=1.0"):
        assert "2/λ" not in sentence(records, tiny(said).runs[0].config)


def test_a_study_in_a_line() -> None:
    calm, edge, wild, lost = run([10.0, 5.0], 0.01), run([0.09, 0.2]), run([1.0, 0.25], 1.0), run([None])
    assert summary({"1e-2": [calm], "1e-1": [edge], "1": [wild, run([0.2], 1.0)], "10": [lost]}) == (
        "The rate is up to 1.1\u00a0× at 1e-1 and 5\u00a0× at 1 what the loss can take; it stays below it at 1e-2."
    )
    assert summary({"1e-2": [calm]}) == "The rate stays below what the loss can take: at most 0.002\u00a0× it."
    assert summary({"10": [lost]}) == ""


def test_a_rate_that_broke_between_measurements_is_not_said_to_stay_below(tiny: Tiny) -> None:
    first, last = run([0.2, 5.0])
    assert last.curvature is not None
    broken = [first, replace(last, curvature=replace(last.curvature, loss=2.0))]
    assert summary({"1e-1": [broken]}) == "At 1e-1 the loss rose between the measurements."
    assert sentence(broken, tiny().runs[0].config).endswith(
        "(epoch 0), and yet the loss rose, between the measurements"
    )
    assert summary({"1e-2": [run([10.0], 0.01)], "1e-1": [broken]}) == (
        "The rate stays below what the loss can take: at most 0.001\u00a0× it; at 1e-1 the loss rose between the measurements."
    )


def test_uphill_alone_is_said_too() -> None:
    uphill, calm = run([0.0, 0.0]), run([10.0])
    assert summary({"1": [uphill]}) == "At 1 the update goes uphill whenever measured."
    assert summary({"1": [uphill], "1e-1": [calm]}) == (
        "The rate stays below what the loss can take: at most 0.01\u00a0× it; at 1 the update goes uphill whenever measured."
    )


def test_of_many_scenarios_the_rest_is_counted() -> None:
    told = summary({f"s{index}": [run([0.05])] for index in range(30)})
    assert told.endswith("at s5 and 24 more what the loss can take.")
