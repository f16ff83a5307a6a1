"""What a study would be with one more replicate, or with one more rate, as an override of its settings."""

import json
import math
from collections.abc import Sequence

from lrtui.analysis.rates import few_digits
from lrtui.analysis.winner import Comparison
from lrtui.errors import InputError
from lrtui.study.spec import Study

_FIRST_STEP = 3.0
"""A rate that is alone is followed by so many times as much."""
MOST_TO_SETTLE = 20
"""More replicates than this are not proposed: who needs so many asks whether the difference matters."""
RATE = "optim.lr"


def more_replicates(study: Study, more: int = 1) -> str:
    """Return the override that gives every scenario so many replicates more, with seeds that none has."""
    sweep = study.resolved["sweep"]
    if "seeds" in sweep:
        last = max(sweep["seeds"])
        return f"sweep.seeds={json.dumps([*sweep['seeds'], *range(last + 1, last + 1 + more)])}"
    return f"sweep.replicates={len(study.seeds) + more}"


def to_settle(comparisons: Sequence[Comparison]) -> tuple[int, str, str] | None:
    """Return how many more seeds would tell the best from the first rival it is not told from, and the labels of both.

    If mean and spread stay as they are. None if there is nothing to settle, if they are equal for all that matters, if it
    would take more than `MOST_TO_SETTLE`, or if nothing is known of the spread.
    """
    for one in comparisons:
        if not one.learned or one.ahead:
            continue
        for rival in one.set_rivals:
            if rival.tied or rival.equal(one.equal_within) or not rival.more_seeds:
                continue
            if rival.more_seeds <= MOST_TO_SETTLE:
                return rival.more_seeds, one.best.label, rival.scenario.label
    return None


def more_rates(study: Study, comparisons: Sequence[Comparison]) -> tuple[str, float]:
    """Return the override that adds the next rate to try to the grid, and that rate.

    It lies beyond the edge if the best rate, or one that cannot be told from it, is the lowest or highest of the grid; else
    between the best and the better of its neighbours. A rate that is alone gets one of three times its size beside it.
    Raises InputError if the finder or the variants decide the rates, or if nothing learned.
    """
    rates = _rates(study)
    learned = [comparison for comparison in comparisons if comparison.learned]
    found = next((rate for one in learned for rate in one.next_rates if rate not in rates), None)
    if found is None and len(rates) == 1:
        found = few_digits(rates[0] * _FIRST_STEP, rates[0])
    if found is None:
        found = next((rate for one in learned if (rate := _between(one)) not in (None, *rates)), None)
    if found is None:
        raise InputError("no rate has learned anything: there is nothing to go by; choose rates in the form")
    grown = sorted([*rates, found]) if rates == sorted(rates) else [*rates, found]
    return f"{RATE}={json.dumps(grown)}", found


def _rates(study: Study) -> list[float]:
    """Return the rates of the grid, in the study's order. Raises InputError if there is no grid of rates."""
    given = dict.fromkeys(spec.config.optim.lr for spec in study.runs)
    if "find" in given:
        raise InputError("the finder chooses the rates here: there is no grid to go on with")
    if RATE not in study.swept_keys and len(given) > 1:
        raise InputError("the variants have rates of their own: there is no grid to go on with")
    return [float(rate) for rate in given]


def _between(comparison: Comparison) -> float | None:
    """Return the geometric mean of the best rate and the better of its neighbours; None without two of them."""
    grid = comparison.grid
    at = next((index for index, scenario in enumerate(grid) if scenario is comparison.best), None)
    if at is None:
        return None
    beside = [grid[index] for index in (at - 1, at + 1) if 0 <= index < len(grid)]
    if not beside:
        return None
    neighbour = max(beside, key=lambda scenario: -math.inf if math.isnan(scenario.mean) else scenario.mean)
    one, other = comparison.best.lr or math.nan, neighbour.lr or math.nan
    return few_digits(math.sqrt(one * other), one)
