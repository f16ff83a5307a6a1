"""The rate itself: the edge of the grid, the best rate between its points, what a wrong one costs."""

import math
from collections.abc import Callable, Mapping, Sequence

import polars as pl
import pytest

from lrtui.analysis.rates import costs
from lrtui.analysis.result import StudyResult
from lrtui.analysis.winner import Comparison, comparisons

H = math.log(10)
Compare = Callable[..., Comparison]


@pytest.fixture
def compare(measured: Callable[..., StudyResult]) -> Compare:
    """Return the comparison of rates whose runs ended at these losses (of the weights kept, and V_end); lower is better."""

    def made(losses: Mapping[float, Sequence[float]], **about: object) -> Comparison:
        outcomes = {
            rate: [
                {"final_val_accuracy": 100 - 10 * loss, "final_val_loss": loss, "end_val_loss": loss}
                if math.isfinite(loss)
                else {"final_val_accuracy": None, "final_val_loss": loss, "end_val_loss": loss, "verdict": "diverged"}
                for loss in values
            ]
            for rate, values in losses.items()
        }
        (comparison,) = comparisons(measured(outcomes, **about).runs)
        return comparison

    return made


def parabola(rate: float, best: float) -> float:
    return 0.1 + 0.2 * (math.log10(rate) - math.log10(best)) ** 2


def test_the_best_rate_is_where_the_parabolas_are_lowest(compare: Compare) -> None:
    lowest = (2e-2, 3e-2, 4.5e-2)
    found = compare(
        {rate: [parabola(rate, best) for best in lowest] for rate in (1e-3, 1e-2, 3e-2, 1e-1, 1.0)}
    ).best_rate
    assert found is not None
    assert found.rate == pytest.approx(math.prod(lowest) ** (1 / 3))
    low, high = found.interval or (0, 0)
    # t(.975, 2) = 4.302653 on log10 of the three
    logs = [math.log10(best) for best in lowest]
    mean = sum(logs) / 3
    half = 4.302653 * math.sqrt(sum((value - mean) ** 2 for value in logs) / 2 / 3)
    assert (low, high) == (pytest.approx(10 ** (mean - half), rel=1e-5), pytest.approx(10 ** (mean + half), rel=1e-5))


def test_one_seed_gives_a_rate_without_an_interval(compare: Compare) -> None:
    found = compare({rate: [parabola(rate, 2e-2)] for rate in (1e-3, 1e-2, 1e-1)}).best_rate
    assert found is not None
    assert (found.rate, found.interval) == (pytest.approx(2e-2), None)


@pytest.mark.parametrize(
    "losses",
    [
        {1e-2: [0.3], 1e-1: [0.2]},  # at the edge
        {1e-2: [0.3], 1e-1: [0.2], 1.0: [math.nan]},  # a neighbour that diverged
        {1e-2: [0.3, 0.3], 1e-1: [0.2, 0.2], 1.0: [0.4, 0.1]},  # a seed whose best lies elsewhere
    ],
)
def test_otherwise_there_is_none(compare: Compare, losses: dict[float, list[float]]) -> None:
    assert compare(losses).best_rate is None


def test_sensitivity_is_what_the_grid_costs_on_average(compare: Compare) -> None:
    found = compare({1e-3: [2.0, 1.9], 1e-2: [0.5, 0.6], 1e-1: [0.3, 0.2], 10.0: [math.nan, 40.0]}).sensitivity
    assert found is not None
    costs = [(1.7 + 0.2 + 0 + H - 0.3) / 4, (1.7 + 0.4 + 0 + H - 0.2) / 4]
    assert found.mean == pytest.approx(sum(costs) / 2)
    assert found.sd == pytest.approx(abs(costs[0] - costs[1]) / math.sqrt(2))


@pytest.mark.parametrize(
    ("rates", "best", "edge", "expected"),
    [
        ((1e-3, 1e-2, 1e-1), 1e-1, "high", 1.0),
        ((1e-2, 3e-2, 1e-1), 1e-1, "high", 3e-1),
        ((1e-2, 3e-2, 1e-1), 1e-2, "low", 3e-3),
        ((0.1, 0.2, 0.5), 0.5, "high", 1.0),
        ((0.1, 0.11, 0.12), 0.12, "high", 0.13),
        ((1e-9, 2e-2), 2e-2, "high", 0.2),
        ((1e-3, 3e-2, 3e-1), 3e-1, "high", 1.0),  # its steps are three and two halves of a decade
        ((1e-2, 3e-2, 3e-1), 3e-1, "high", 1.0),
        ((1e-4, 1e-3, 3e-3), 1e-4, "low", 3e-5),
        ((1e-2, 1e-1, 3e-1), 3e-1, "high", 1.0),
        ((3e-3, 3e-2, 3e-1), 3e-1, "high", 3.0),
        ((1e-3, 1e-2, 1e-1), 1e-2, None, None),
    ],
)
def test_the_edge_and_the_rate_to_try_next(
    compare: Compare, rates: tuple[float, ...], best: float, edge: str | None, expected: float | None
) -> None:
    losses = {rate: [1.0, 1.01, 1.03] for rate in rates} | {best: [0.3, 0.29, 0.3]}
    comparison = compare(losses)
    assert comparison.winner
    assert (comparison.edge, comparison.next_rate) == (edge, expected)


def test_only_scenarios_that_differ_in_the_rate_alone_are_a_grid(measured: Callable[..., StudyResult]) -> None:
    result = measured({1e-2: [90.0, 91.0], 1e-1: [95.0, 96.5]}, sweep={"optim.momentum": [0.0, 0.9]})
    (comparison,) = comparisons(result.runs)
    assert [(one.lr, one.grid[-1]) for one in comparison.grid] == [(1e-2, 0.0), (1e-1, 0.0)]


def test_what_a_rate_costs_is_told_of_every_grid(measured: Callable[..., StudyResult]) -> None:
    def outcome(loss: float) -> dict[str, float]:
        return {"final_val_accuracy": 100 - 10 * loss, "final_val_loss": loss, "end_val_loss": loss}

    def runs(variant: str, losses: Mapping[float, Sequence[float]]) -> pl.DataFrame:
        made = measured({rate: [outcome(loss) for loss in values] for rate, values in losses.items()}).runs
        named = pl.format(f"{variant}-{{}}", pl.col("scenario"))
        return made.with_columns(pl.lit(variant).alias("variant"), named.alias("scenario"))

    plain = runs("plain", {1e-2: [0.5, 0.6], 1e-1: [2.1, 2.0]})
    clipped = runs("clipped", {1e-2: [0.3, 0.3], 1e-1: [0.4, 0.6]})
    (comparison,) = comparisons(pl.concat([plain, clipped]))
    assert list(comparison.grids) == ["plain", "clipped"]
    found = comparison.sentences()
    assert found[-2].startswith("Over this grid a rate costs 0.10 ± 0.07 nats more")
    assert found[-1] == "Over the others' grids it costs, plain: 0.75 ± 0.07."
    assert costs(comparison.grids["plain"]) == {1: pytest.approx(0.8), 2: pytest.approx(0.7)}
