"""Claims 6 to 8, which set one pair or optimizer against another. The criteria in words are in `claims.py`."""

import statistics
from collections.abc import Sequence
from dataclasses import replace

from lrtui.analysis.findings import Finding, PlainSgd, Runs, convergence, means, missing, no_plain_runs
from lrtui.analysis.pool import DoneRun, Sweep
from lrtui.analysis.protocol import PAIRS, RATES
from lrtui.analysis.wording import pair_name
from lrtui.text import format_rate

NEAR_CHANCE = 20.0
"""Twice the accuracy of guessing among ten classes, percent."""
ADAPTIVE = ("adagrad", "rmsprop", "adam", "nadam", "adamw")
HIGH_RATES = (1e-2, 1e-1)


def cnn_suffers_more(plain: PlainSgd) -> list[Finding]:
    """Claim 6: one finding, or one for each pair that is lacking."""
    figures = []
    lacking = []
    drops = []
    for pair in PAIRS:
        sweep = plain.get(pair)
        if sweep is None:
            lacking.append(no_plain_runs(pair_name(*pair)))
            continue
        accuracies = means(sweep)
        if 1e-1 in accuracies:
            best = max(accuracies, key=lambda rate: accuracies[rate])
            drops.append(accuracies[best] - accuracies[1e-1])
            figures.append(
                f"{sweep.pair}: {accuracies[best]:.2f} % at {format_rate(best)}, {accuracies[1e-1]:.2f} % at 1e-1: "
                f"a drop of {drops[-1]:.2f} points{sweep.remark}"
            )
        if lacks := ", ".join(sweep.departures) or missing(sweep, *RATES):
            lacking.append(Finding(sweep.pair, None, [], lacks))
    comparison = " against ".join(pair_name(*pair) for pair in reversed(PAIRS))
    if lacking:
        return [replace(lacking[0], figures=figures), *lacking[1:]]
    return [Finding(comparison, drops[1] > drops[0], figures)]


def cifar10_converges_later(plain: PlainSgd) -> list[Finding]:
    """Claim 7: one finding per comparison."""
    same_model = [((model, "mnist"), (model, "cifar10")) for model in ("mlp", "cnn")]
    candidates = [couple for couple in (*same_model, PAIRS) if all(pair in plain for pair in couple)]
    following = [couple for couple in candidates if not any(plain[pair].departures for pair in couple)]
    complete = [couple for couple in following if not any(missing(plain[pair], *RATES) for pair in couple)]
    usable = complete or following or candidates
    chosen = [couple for couple in usable if couple in same_model] or usable
    if not chosen:
        return [Finding("CIFAR-10 against MNIST", None, [], "no finished runs on both data sets under plain SGD")]
    return [_converges_later(plain[mnist], plain[cifar10]) for mnist, cifar10 in chosen]


def adaptive_is_steadier(measured: Sequence[Sweep], plain: PlainSgd) -> list[Finding]:
    """Claim 8: one finding per adaptive optimizer and pair, one per pair of the paper that has none.

    A pair of the paper needs one optimizer that decides; what else was measured may contradict, but is not needed.
    """
    findings: dict[tuple[str, str], list[Finding]] = {pair: [] for pair in PAIRS}
    for sweep in measured:
        pair = (sweep.model, sweep.dataset)
        if sweep.optimizer.split()[0] in ADAPTIVE and pair in plain:
            findings.setdefault(pair, []).append(_steadier(sweep, plain[pair]))
    for pair, found in findings.items():
        if not found:
            found.append(
                Finding(pair_name(*pair), None, [], "no adaptive optimizer with finished runs beside plain SGD")
            )
        elif pair not in PAIRS or any(finding.agrees is not None for finding in found):
            findings[pair] = [replace(finding, needed=False) for finding in found]
    return [finding for found in findings.values() for finding in found]


def _converges_later(mnist: Sweep, cifar10: Sweep) -> Finding:
    where = f"{cifar10.pair} against {mnist.pair}"
    figures = []
    answers = []
    for rate in (rate for rate in RATES if rate in mnist.rates and rate in cifar10.rates):
        early, late = convergence(mnist.rates[rate]), convergence(cifar10.rates[rate])
        figures.append(
            f"{format_rate(rate)}: {cifar10.pair} {_epoch_text(late)}, {mnist.pair} {_epoch_text(early)}"
            f"{cifar10.remark or mnist.remark}"
        )
        if early is not None and late is not None:
            answers.append(late > early)
    if departures := cifar10.departures or mnist.departures:
        return Finding(where, None, figures, ", ".join(departures))
    if False in answers:
        return Finding(where, False, figures)
    if lacks := [f"{text} in {sweep.pair}" for sweep in (cifar10, mnist) if (text := missing(sweep, *RATES))]:
        return Finding(where, None, figures, ", ".join(lacks))
    if not answers:
        return Finding(where, None, figures, "at no rate did both converge")
    return Finding(where, True, figures)


def _steadier(adaptive: Sweep, sgd: Sweep) -> Finding:
    where = f"{adaptive.optimizer} in {adaptive.pair}"
    both = {
        rate: (adaptive.rates[rate], sgd.rates[rate])
        for rate in HIGH_RATES
        if rate in adaptive.rates and rate in sgd.rates
    }
    figures = [
        f"{adaptive.pair} at {format_rate(rate)}: {adaptive.optimizer} {_steadiness_text(ours)}; "
        f"sgd {_steadiness_text(theirs)}{adaptive.remark or sgd.remark}"
        for rate, (ours, theirs) in both.items()
    ]
    if departures := adaptive.departures or sgd.departures:
        return Finding(where, None, figures, ", ".join(departures))
    if not all(_is_steadier(ours, theirs) for ours, theirs in both.values()):
        return Finding(where, False, figures)
    if lacks := [
        f"{text} under {sweep.optimizer}" for sweep in (adaptive, sgd) if (text := missing(sweep, *HIGH_RATES))
    ]:
        return Finding(where, None, figures, ", ".join(lacks))
    return Finding(where, True, figures)


def _is_steadier(ours: Runs, theirs: Runs) -> bool:
    our_failures, their_failures = _failed_share(ours), _failed_share(theirs)
    if our_failures != their_failures or our_failures == 1:
        return our_failures < their_failures
    return _mean_fluctuation(ours) < _mean_fluctuation(theirs)


def _failed_share(runs: Runs) -> float:
    return sum(_failed(run) for run in runs) / len(runs)


def _failed(run: DoneRun) -> bool:
    return not run.verdict.learned or run.val_accuracy < NEAR_CHANCE


def _mean_fluctuation(runs: Runs) -> float:
    """Return the mean over the runs that did not fail, of which there is one at least; their losses are finite."""
    return statistics.fmean(run.fluctuation or 0.0 for run in runs if not _failed(run))


def _steadiness_text(runs: Runs) -> str:
    failed = sum(_failed(run) for run in runs)
    text = f"{failed} of {len(runs)} failed"
    return text if failed == len(runs) else f"{text}, mean fluctuation {_mean_fluctuation(runs):.3f}"


def _epoch_text(epoch: float | None) -> str:
    return "not converged" if epoch is None else f"epoch {epoch:g}"
