"""The rate itself: whether the best lies on the grid's edge, where it lies between the points, what a wrong one costs."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from lrtui.analysis.statistics import mean, mean_interval, sd

if TYPE_CHECKING:
    from lrtui.analysis.replicates import Scenario

Edge = Literal["low", "high"]
_ROUND = (1, 2, 3, 5, 10)
"""Rates that people try, times a power of ten."""


_ABOUT = 0.25
"""Half decades by which a step may miss a whole number of them."""


@dataclass(frozen=True)
class Sensitivity:
    """What a wrong rate costs, nats: mean and sample standard deviation over seeds."""

    mean: float
    sd: float | None
    """None for one seed."""


@dataclass(frozen=True)
class BestRate:
    """The best rate between the grid's points: geometric mean over seeds, and its 95 % interval."""

    rate: float
    interval: tuple[float, float] | None
    """None for one seed."""


def grid_of(scenario: "Scenario", scenarios: "Sequence[Scenario]") -> "list[Scenario]":
    """Return the scenarios that differ from one in nothing but the rate, itself among them, by ascending rate."""
    same = [other for other in scenarios if other.grid == scenario.grid and other.lr is not None]
    return sorted(same, key=lambda other: other.lr or 0.0) if scenario.lr is not None else []


def edge_of(scenario: "Scenario", grid: "Sequence[Scenario]") -> Edge | None:
    """Return whether a scenario has the lowest or highest of at least two rates of its grid."""
    if len(grid) < 2 or scenario not in grid:
        return None
    return "low" if scenario is grid[0] else "high" if scenario is grid[-1] else None


def next_rate(grid: "Sequence[Scenario]", edge: Edge) -> float:
    """Return the rate beyond an edge of the grid at the spacing of its last two, in few digits.

    It is at most a decade further, and at most half of one if the grid goes by half decades somewhere (1e-3, 3e-2, 3e-1).
    """
    rates = [scenario.lr or 0.0 for scenario in grid]
    last, before = (rates[0], rates[1]) if edge == "low" else (rates[-1], rates[-2])
    most = math.sqrt(10) if any(_odd_half_decades(high / low) for low, high in pairwise(rates)) else 10.0
    return few_digits(last * min(most, max(1 / most, last / before)), last)


def few_digits(wanted: float, beside: float) -> float:
    """Return a rate in the fewest digits that is about `wanted`: by a quarter of its way from the rate `beside` at most."""
    near = abs(math.log(wanted / beside)) / 4
    decade = 10.0 ** math.floor(math.log10(wanted))
    closest = min((float(f"{step * decade:.0e}") for step in _ROUND), key=lambda rate: abs(math.log(rate / wanted)))
    tried = (closest, float(f"{wanted:.1e}"), float(f"{wanted:.2e}"))
    return next((rate for rate in tried if abs(math.log(rate / wanted)) <= near), wanted)


def _odd_half_decades(ratio: float) -> bool:
    """Return whether a ratio is about 3, 30, 300, …"""
    halves = 2 * math.log10(ratio)
    nearest = round(halves)
    return nearest % 2 == 1 and abs(halves - nearest) < _ABOUT


def sensitivity(grid: "Sequence[Scenario]") -> Sensitivity | None:
    """Return the mean over seeds of what a wrong rate costs in a grid (`costs`). None for fewer than two rates."""
    if len(grid) < 2:
        return None
    by_seed = list(costs(grid).values())
    average = mean(by_seed)
    return None if average is None else Sensitivity(average, sd(by_seed))


def costs(grid: "Sequence[Scenario]") -> dict[int, float]:
    """Return the mean over a grid's rates of min(V_end, H) − V*, V* the lowest V_end, of every seed that has every rate.

    A loss that is not a number counts as H. After Wortsman et al. 2023, "Small-scale proxies for large-scale Transformer
    training instabilities", learning-rate sensitivity.
    """
    found = {}
    for seed in sorted(set.intersection(*(set(scenario.ends) for scenario in grid))):
        ends = [
            scenario.chance if math.isnan(scenario.ends[seed]) else min(scenario.ends[seed], scenario.chance)
            for scenario in grid
        ]
        found[seed] = math.fsum(end - min(ends) for end in ends) / len(ends)
    return found


def best_rate(best: "Scenario", grid: "Sequence[Scenario]") -> BestRate | None:
    """Return the lowest points of parabolas in log10 of the rate through the best rate and its two neighbours, one a seed.

    What they go through is the validation loss of the weights kept. None at the edge of the grid, unless every run of the
    three learned, and if the lowest point of a seed does not lie between the neighbours.
    """
    if edge_of(best, grid) is not None or best not in grid:
        return None
    at = next(index for index, scenario in enumerate(grid) if scenario is best)
    three = grid[at - 1 : at + 2]
    if len(three) < 3 or any(scenario.lost or not scenario.val_losses for scenario in three):
        return None
    seeds = sorted(set.intersection(*(set(scenario.val_losses) for scenario in three)))
    places = [math.log10(scenario.lr or math.nan) for scenario in three]
    lowest = [_vertex(places, [scenario.val_losses[seed] for scenario in three]) for seed in seeds]
    known = [place for place in lowest if place is not None]
    if not known or len(known) < len(lowest):
        return None
    interval = mean_interval(known)
    centre = math.fsum(known) / len(known)
    return BestRate(10**centre, None if interval is None else (10 ** interval[0], 10 ** interval[1]))


def lowest_between(places: Sequence[float], losses: Sequence[float]) -> float | None:
    """Return where losses at ascending places are lowest: by the parabola through the lowest and its neighbours.

    At an end, or where a neighbour's loss is not finite, it is the lowest one's place. None if no loss is finite.
    """
    at = min(range(len(losses)), key=lambda index: losses[index] if math.isfinite(losses[index]) else math.inf)
    if not math.isfinite(losses[at]):
        return None
    around = slice(max(at - 1, 0), at + 2)
    if len(losses[around]) < 3 or not all(map(math.isfinite, losses[around])):
        return places[at]
    vertex = _vertex(places[around], losses[around])
    return places[at] if vertex is None else vertex


def _vertex(places: Sequence[float], losses: Sequence[float]) -> float | None:
    """Return where the parabola through three points is lowest; None if that is not between the outer two."""
    left, middle, right = places
    down = (losses[1] - losses[0]) / (middle - left)
    up = (losses[2] - losses[1]) / (right - middle)
    bend = (up - down) / (right - left)
    if not bend > 0:
        return None
    lowest = (left + middle) / 2 - down / (2 * bend)
    return lowest if left <= lowest <= right else None
