"""Who won, as programs read it, and as a column of the results table."""

from collections.abc import Sequence
from typing import Any

from lrtui.analysis.rates import sensitivity
from lrtui.analysis.winner import Comparison, Rival
from lrtui.report.cells import Column
from lrtui.study.tasks import CLASSIFICATION

MARK = Column("best", "best", signs={"won": "★", "ahead": "☆", "best": "≈", "alike": "≈"})
"""`won`; `ahead` of all that is finished; or `best`, and `alike` of those that cannot be told from it."""
MARK_NOTE = {"won": "★ won", "ahead": "☆ ahead of what is finished", "alike": "≈ not distinguishable from the best"}


def marks(compared: Sequence[Comparison]) -> dict[str, str]:
    """Return what MARK says of a scenario, by label; scenarios that are alone, of one seed or did not come near have none."""
    found: dict[str, str] = {}
    for comparison in compared:
        if not comparison.learned or not comparison.rivals:
            continue
        if comparison.ahead:
            found[comparison.best.scenario] = "won" if comparison.winner else "ahead"
        elif comparison.set_rivals:
            found |= {scenario.scenario: "alike" for scenario in comparison.alike}
            found[comparison.best.scenario] = "best"
    return found


def comparison_documents(compared: Sequence[Comparison]) -> list[dict[str, Any]]:
    """Return `comparisons` of a JSON document: one entry per model/data pair, scenarios by their labels, points and nats.

    Of another task than classification, `task` says so: losses and scores are what the task has.
    """
    return [_document(comparison) for comparison in compared]


def _document(comparison: Comparison) -> dict[str, Any]:
    cost, between = comparison.sensitivity, comparison.best_rate
    low, high = (None, None) if between is None or between.interval is None else between.interval
    return {
        "model": comparison.model,
        "dataset": comparison.dataset,
        **({} if comparison.task == CLASSIFICATION.name else {"task": comparison.task}),
        "best": comparison.best.scenario,
        "winner": comparison.winner,
        "set": [scenario.scenario for scenario in comparison.alike],
        "unfinished": list(comparison.unfinished),
        "edge": comparison.edge,
        "next_rate": comparison.next_rate,
        "edges": list(comparison.edges),
        "next_rates": list(comparison.next_rates),
        "sensitivity_mean": None if cost is None else cost.mean,
        "sensitivity_sd": None if cost is None else cost.sd,
        "best_rate": None if between is None else between.rate,
        "best_rate_low": low,
        "best_rate_high": high,
        **_sensitivities(comparison),
        "rivals": [_rival(rival) for rival in comparison.rivals],
        "sentences": comparison.sentences(),
    }


def _sensitivities(comparison: Comparison) -> dict[str, Any]:
    """Return what a wrong rate costs in every grid; nothing if there is one only."""
    costs = {name: sensitivity(grid) for name, grid in comparison.grids.items()}
    told = [{"grid": name, "mean": cost.mean, "sd": cost.sd} for name, cost in costs.items() if cost is not None]
    return {"sensitivities": told} if len(told) > 1 else {}


def _rival(rival: Rival) -> dict[str, Any]:
    pair = rival.paired
    low, high = (None, None) if pair is None or pair.interval is None else pair.interval
    return {
        "scenario": rival.scenario.scenario,
        "n": 0 if pair is None else pair.n,
        "difference": None if pair is None else pair.mean,
        "low": low,
        "high": high,
        "t": None if pair is None else pair.t,
        "p": None if pair is None else pair.p,
        "p_holm": rival.p_holm,
        "more_seeds": rival.more_seeds,
    }
