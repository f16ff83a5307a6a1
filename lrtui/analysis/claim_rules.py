"""Claims 1 to 5, each judged in one model/data pair at a time. The criteria in words are in `claims.py`."""

import statistics

from lrtui.analysis.findings import Finding, Runs, convergence, convergence_text, means, missing, most
from lrtui.analysis.indicators import Verdict
from lrtui.analysis.pool import DoneRun, Sweep
from lrtui.analysis.protocol import RATES
from lrtui.analysis.wording import accuracy_text
from lrtui.text import format_rate

COLLAPSED = {"mlp": 60.0, "cnn": 30.0}
"""Validation accuracy in percent below which the paper speaks of a collapse, by model."""
STABLE_BELOW = 0.3
"""Fluctuation below which a validation loss is stable."""


def best_at_1e_3(sweep: Sweep) -> Finding:
    """Claim 1."""
    found = means(sweep)
    texts = [f"{format_rate(rate)} {accuracy_text([run.val_accuracy for run in sweep.rates[rate]])}" for rate in found]
    figures = [f"{sweep.pair}: {', '.join(texts)}{sweep.remark}"] if texts else []
    if 1e-3 in found and max(found.values()) > found[1e-3]:
        return Finding(sweep.pair, False, figures)
    if lacks := missing(sweep, *RATES):
        return Finding(sweep.pair, None, figures, lacks)
    return Finding(sweep.pair, True, figures)


def fails_at_1e_1(sweep: Sweep) -> Finding:
    """Claim 2."""
    if lacks := missing(sweep, 1e-1):
        return Finding(sweep.pair, None, [], lacks)
    runs = sweep.rates[1e-1]
    limit = COLLAPSED[sweep.model]
    replicates = ", ".join(f"{accuracy_text([run.val_accuracy])} {run.verdict.value}" for run in runs)
    failed = [run for run in runs if run.verdict is Verdict.DIVERGED or run.val_accuracy < limit]
    figure = f"{sweep.pair} at 1e-1: {replicates} (limit {limit:.0f} %){sweep.remark}"
    return Finding(sweep.pair, most(failed, runs), [figure])


def slow_but_stable(sweep: Sweep) -> Finding:
    """Claim 3."""
    measured = {rate: sweep.rates[rate] for rate in (1e-5, 1e-4) if rate in sweep.rates}
    figures = [
        f"{sweep.pair} at {format_rate(rate)}: {_fluctuation_text(runs)}, {convergence_text(runs)}{sweep.remark}"
        for rate, runs in measured.items()
    ]
    if not all(most([run for run in runs if _is_slow_but_stable(run)], runs) for runs in measured.values()):
        return Finding(sweep.pair, False, figures)
    if lacks := missing(sweep, 1e-5, 1e-4):
        return Finding(sweep.pair, None, figures, lacks)
    return Finding(sweep.pair, True, figures)


def converges_at_10_to_15(sweep: Sweep) -> Finding:
    """Claim 4."""
    if lacks := missing(sweep, 1e-3):
        return Finding(sweep.pair, None, [], lacks)
    runs = sweep.rates[1e-3]
    epoch = convergence(runs)
    figure = f"{sweep.pair} at 1e-3: {convergence_text(runs)}{sweep.remark}"
    return Finding(sweep.pair, epoch is not None and 10 <= epoch <= 15, [figure])


def repeatable_at_1e_3(sweep: Sweep) -> Finding:
    """Claim 5."""
    if lacks := missing(sweep, 1e-3):
        return Finding(sweep.pair, None, [], lacks)
    accuracies = [run.val_accuracy for run in sweep.rates[1e-3]]
    if len(accuracies) < 2:
        figure = f"{sweep.pair} at 1e-3: {accuracy_text(accuracies)}, one replicate{sweep.remark}"
        return Finding(sweep.pair, None, [figure], "one replicate at 1e-3")
    spread = statistics.stdev(accuracies)
    figure = f"{sweep.pair} at 1e-3: sd {spread:.2f} points over {len(accuracies)} replicates{sweep.remark}"
    return Finding(sweep.pair, spread < 1, [figure])


def _is_slow_but_stable(run: DoneRun) -> bool:
    steady = run.verdict is not Verdict.DIVERGED and (run.fluctuation or 0.0) < STABLE_BELOW
    return steady and (run.convergence_epoch is None or run.convergence_epoch > 20)


def _fluctuation_text(runs: Runs) -> str:
    known = [run.fluctuation for run in runs if run.fluctuation is not None]
    diverged = sum(run.verdict is Verdict.DIVERGED for run in runs)
    text = f"mean fluctuation {statistics.fmean(known):.2f}" if known else "no finite loss"
    return f"{text}, {diverged} of {len(runs)} diverged" if diverged else text
