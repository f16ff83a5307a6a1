"""What a study is gone on with: one more seed, the next rate to try."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from lrtui.analysis.more import more_rates, more_replicates, to_settle
from lrtui.analysis.result import StudyResult
from lrtui.analysis.winner import comparisons
from lrtui.errors import InputError
from lrtui.study import preset
from lrtui.study.spec import Study

Measured = Callable[..., StudyResult]


def next_rates(result: StudyResult) -> list[float]:
    override, rate = more_rates(result.study, comparisons(result.runs))
    key, _, values = override.partition("=")
    assert key == "optim.lr"
    rates: list[float] = json.loads(values)
    assert rate in rates
    assert len(preset.from_resolved("made", result.study.resolved, [override]).scenarios) == len(rates)
    return rates


@pytest.mark.parametrize(
    ("outcomes", "rates"),
    [
        ({1e-2: [80.0, 81.0], 1e-1: [90.0, 91.0]}, [1e-2, 1e-1, 1.0]),
        ({1e-2: [90.0, 91.0], 1e-1: [80.0, 81.0]}, [1e-3, 1e-2, 1e-1]),
        ({1e-2: [80.0, 80.1], 1e-1: [95.0, 95.1], 1.0: [90.0, 90.1]}, [1e-2, 1e-1, 0.3, 1.0]),
        ({1e-2: [90.0, 90.1], 1e-1: [95.0, 95.1], 1.0: [80.0, 80.1]}, [1e-2, 0.03, 1e-1, 1.0]),
        ({0.1: [80.0, 81.0], 0.2: [90.0, 91.0]}, [0.1, 0.2, 0.4]),
        ({1e-1: [80.0, 81.0], 1e-2: [90.0, 91.0]}, [1e-1, 1e-2, 1e-3]),
        ({1e-1: [90.0, 91.0]}, [1e-1, 0.3]),
    ],
)
def test_the_next_rate_lies_beyond_the_edge_or_beside_the_best(
    measured: Measured, outcomes: dict[float, list[float]], rates: list[float]
) -> None:
    assert next_rates(measured(outcomes)) == rates


def test_the_grid_grows_step_by_step_and_never_by_a_rate_that_it_has(measured: Measured) -> None:
    outcomes = {1e-2: [80.0, 80.1], 1e-1: [95.0, 95.1], 1.0: [90.0, 90.1]}
    for size in range(4, 10):
        rates = next_rates(measured(outcomes))
        assert len(set(rates)) == size
        outcomes = {rate: outcomes.get(rate, [94.0, 94.1]) for rate in rates}


def test_nothing_to_go_by(measured: Measured) -> None:
    lost: dict[str, Any] = {"final_val_accuracy": 10.0, "verdict": "diverged"}
    with pytest.raises(InputError, match="no rate has learned"):
        next_rates(measured({1.0: [lost, lost], 10.0: [lost, lost]}))


def test_rates_that_the_finder_or_variants_choose(study: Callable[..., Study]) -> None:
    with pytest.raises(InputError, match="the finder chooses"):
        more_rates(study(rates=["find"]), [])
    table = {
        "title": "made",
        "data": {"name": "digits"},
        "model": {"name": "mlp"},
        "optim": {"name": "sgd"},
        "variants": {"slow": {"optim": {"lr": 0.01}}, "fast": {"optim": {"lr": 0.1}}},
    }
    with pytest.raises(InputError, match="rates of their own"):
        more_rates(preset.from_resolved("made", table), [])


@pytest.mark.parametrize(
    ("sweep", "override"),
    [({}, "sweep.replicates=4"), ({"seeds": [7, 3], "replicates": 2}, "sweep.seeds=[7, 3, 8]")],
)
def test_one_more_replicate_has_a_seed_of_its_own(
    study: Callable[..., Study], sweep: dict[str, Any], override: str
) -> None:
    made = study(sweep=sweep)
    assert more_replicates(made) == override
    assert len(preset.from_resolved("made", made.resolved, [override]).seeds) == len(made.seeds) + 1


def test_as_many_seeds_as_would_settle_it(measured: Measured) -> None:
    close = measured({1e-2: [90.0, 91.0, 90.2], 1e-1: [91.0, 91.3, 91.4]})
    needed = to_settle(comparisons(close.runs))
    assert needed is not None
    more, best, rival = needed
    assert (best, rival) == ("1e-1", "1e-2") and 1 <= more <= 20
    rivals = comparisons(close.runs)[0].set_rivals
    assert more == rivals[0].more_seeds
    override = more_replicates(close.study, more)
    assert len(preset.from_resolved("made", close.study.resolved, [override]).seeds) == 3 + more


@pytest.mark.parametrize(
    "outcomes",
    [
        {1e-2: [80.0, 80.1, 80.2], 1e-1: [95.0, 95.1, 95.3]},  # it is settled
        {1e-2: [90.0], 1e-1: [91.0]},  # nothing is known of the spread
        {1e-2: [90.0, 95.0, 80.0], 1e-1: [90.01, 80.0, 95.0]},  # it would take thousands
        {1e-2: [9.0, 10.0], 1e-1: [10.0, 9.0]},
    ],
)
def test_nothing_to_settle(measured: Measured, outcomes: dict[float, list[float]]) -> None:
    assert to_settle(comparisons(measured(outcomes).runs)) is None
