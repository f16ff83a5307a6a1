"""How each claim of the paper is put to the runs. The claims and the criteria in words are in `paper.py`."""

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise

import polars as pl

from lrtui.analysis.statistics import CONFIDENCE, paired
from lrtui.analysis.verdicts import Verdict
from lrtui.analysis.winner import Comparison, comparisons
from lrtui.analysis.wording import pair_name
from lrtui.book.compare import Expect, compare
from lrtui.book.figures import Figures
from lrtui.book.grouping import ALONE, Grouping
from lrtui.book.measures import EPOCHS_TO_COMMON
from lrtui.book.paper_runs import (
    CONVERGENCE,
    FALLEN,
    FLUCTUATION,
    HIGH_RATES,
    LOW_RATES,
    NEAR_EPOCHS,
    PAIRS,
    SLOW,
    STEADINESS,
    STEADY,
    Pair,
    accuracies,
    check_protocol,
    complete,
    convergence_text,
    measured,
    missing,
    need,
    plain_sweeps,
    unless_lacking,
)
from lrtui.book.protocol import RATES, departures
from lrtui.book.question import ABOVE, Evidence, LackingError, Point, counted, lines
from lrtui.book.scenario import TRAINED
from lrtui.book.sweeps import Sweep, optimizer_label, sweeps
from lrtui.study.schema import RunConfig
from lrtui.text import shown_rate


def best_at_1e_3(_: Pair, sweep: Sweep) -> Sequence[Evidence]:
    """Claim 1: 1e-3 is the best and can be told from every other rate; contradicted if it can be told from the best."""
    rates = measured(sweep, *RATES)
    renamed = [one.runs.with_columns(pl.lit(shown_rate(rate)).alias("scenario")) for rate, one in rates.items()]
    figures = accuracies(sweep)
    overview = f"{sweep.pair}: " + ", ".join(f"{shown_rate(rate)} {one.text(2, '%')}" for rate, one in figures.items())
    for comparison in comparisons(pl.concat(renamed, how="diagonal")) if renamed and figures else ():
        if 1e-3 not in rates:
            break
        evidence = [
            Evidence(
                (overview, comparison.verdict()),
                _of_1e_3(comparison),
                ABOVE,
                min(len(found.values) for found in figures.values()),
            )
        ]
        return complete(evidence, sweep, *RATES)
    raise LackingError(missing(sweep, *RATES) or "no run has an accuracy", [overview] if figures else [])


def _of_1e_3(comparison: Comparison) -> tuple[float, float]:
    """Return where 1e-3 lies: above all others, below the best, or it is open."""
    if comparison.best.scenario == "1e-3":
        return (1.0, 1.0) if comparison.ahead else (-1.0, 1.0)
    rival = next((rival for rival in comparison.rivals if rival.scenario.scenario == "1e-3"), None)
    behind = (
        rival is None or not rival.scenario.n or (rival.apart and rival.paired is not None and rival.paired.mean > 0)
    )
    return (-1.0, -1.0 if behind else 1.0)


def fails_at_1e_1(pair: Pair, sweep: Sweep) -> Sequence[Evidence]:
    """Claim 2."""
    ended = need(sweep, 1e-1)[1e-1].runs.sort("seed").select("final_val_accuracy", "verdict").rows()
    shown = ", ".join(
        f"{'no accuracy,' if accuracy is None else f'{accuracy:.2f} %'} {verdict}" for accuracy, verdict in ended
    )
    failed = [
        verdict == Verdict.DIVERGED.value or accuracy is None or accuracy < pair.collapsed
        for accuracy, verdict in ended
    ]
    return [counted(f"{sweep.pair} at 1e-1: {shown} (limit {pair.collapsed:.0f} %)", failed, most=True)]


def slow_but_stable(_: Pair, sweep: Sweep) -> Sequence[Evidence]:
    """Claim 3, as the text has it."""
    return _low_rates(sweep, lambda _, epoch: epoch > SLOW)


def slow_as_in_table_1(pair: Pair, sweep: Sweep) -> Sequence[Evidence]:
    """Claim 9: the same epochs as Table 1."""
    return _low_rates(sweep, lambda rate, epoch: abs(epoch - pair.epochs[rate]) <= NEAR_EPOCHS)


def _low_rates(sweep: Sweep, slow: Callable[[float, float], bool]) -> Sequence[Evidence]:
    evidence = []
    for rate, scenario in measured(sweep, *LOW_RATES).items():
        runs = scenario.runs.sort("seed").select("seed", "fluctuation").rows()
        epochs = CONVERGENCE.take(scenario, ALONE)
        by_seed = {} if epochs is None else epochs.by_seed  # of the runs that learned
        held = [
            seed in by_seed and (fluctuation or 0.0) < STEADY and slow(rate, by_seed[seed])
            for seed, fluctuation in runs
        ]
        failed = len(runs) - len(by_seed)
        fluctuations = FLUCTUATION.take(scenario, ALONE)
        shown = "no finite loss" if fluctuations is None else f"mean fluctuation {fluctuations.mean:.2f}"
        more = f", {failed} of {len(runs)} never learned or lost it" if failed else ""
        line = f"{sweep.pair} at {shown_rate(rate)}: {shown}, {convergence_text(scenario)}{more}"
        evidence.append(counted(line, held, most=True))
    return complete(evidence, sweep, *LOW_RATES)


def converges_at_10_to_15(_: Pair, sweep: Sweep) -> Sequence[Evidence]:
    """Claim 4."""
    scenario = need(sweep, 1e-3)[1e-3]
    converged = scenario.runs["convergence_epoch"].drop_nulls().to_list()
    held = len(converged) > scenario.n / 2 and 10 <= statistics.median(converged) <= 15
    return [counted(f"{sweep.pair} at 1e-3: {convergence_text(scenario)}", [held] * scenario.n)]


def repeatable_at_1e_3(_: Pair, sweep: Sweep) -> Sequence[Evidence]:
    """Claim 5."""
    found = accuracies(sweep, 1e-3)[1e-3]
    if found.sd is None:
        raise LackingError("one replicate at 1e-3", [f"{sweep.pair} at 1e-3: {found.text(2, '%')}, one replicate"])
    line = f"{sweep.pair} at 1e-3: sd {found.sd:.2f} points over {len(found.values)} replicates"
    return [counted(line, [found.sd < 1] * len(found.values))]


def cnn_suffers_more(grouping: Grouping) -> Sequence[Evidence]:
    """Claim 6: the fall from the best rate to 1e-1, seed by seed, is larger in the CNN."""
    falls, lines, lacks = [], [], []
    for pair in PAIRS:
        try:
            sweep = pair.sweep(grouping)
        except LackingError as lacking:
            lacks.append(f"{pair.name}: {lacking}")
            continue
        figures = {rate: found.by_seed for rate, found in accuracies(sweep).items()}
        if 1e-1 in figures:
            whole = [rate for rate in figures if not _silent(sweep, rate)] or list(figures)
            best = max(whole, key=lambda rate: statistics.fmean(figures[rate].values()))
            common = sorted(figures[best].keys() & figures[1e-1].keys())
            fall = Figures({seed: figures[best][seed] - figures[1e-1][seed] for seed in common})
            if silent := _silent(sweep, 1e-1):
                lacks.append(f"{sweep.pair}: {silent} of {sweep.rates[1e-1].n} runs at 1e-1 gave no accuracy")
            else:
                fell = f"a fall of {fall.text(2, 'points')} from {shown_rate(best)} to 1e-1"
                lines.append(f"{sweep.pair}: {'no fall, 1e-1 is the best' if best == 1e-1 else fell}{sweep.remark}")
                falls.append(fall.by_seed)
        elif 1e-1 in sweep.rates:
            lacks.append(f"{sweep.pair}: no accuracy at 1e-1")
        lacks += [f"{sweep.pair}: {text}" for text in (*sweep.departures, missing(sweep, *RATES)) if text]
    if lacks:
        raise LackingError("; ".join(lacks), lines)
    found = paired(falls[1], falls[0])
    if found is None:
        raise LackingError("the pairs share no seed", lines)
    interval = found.interval
    bounds = "" if interval is None else f" [{interval[0]:.2f}, {interval[1]:.2f}]"
    lines.append(f"the CNN falls by {found.mean:+.2f}{bounds} points more")
    return [Evidence(tuple(lines), interval, ABOVE, found.n, found.p)]


def _silent(sweep: Sweep, rate: float) -> int:
    """Return how many runs at a rate gave no accuracy."""
    return sweep.rates[rate].runs["final_val_accuracy"].null_count()


def cifar10_converges_later(grouping: Grouping) -> Sequence[Evidence]:
    """Claim 7. The same model on both data sets if it was measured at all rates, else the paper's pairs."""
    plain = plain_sweeps(grouping)
    models = dict.fromkeys(model for model, _ in plain)
    same_model = [((model, "mnist"), (model, "cifar10")) for model in models]
    papers = (PAIRS[0].key, PAIRS[1].key)
    candidates = [couple for couple in (*same_model, papers) if all(pair in plain for pair in couple)]
    following = [couple for couple in candidates if not any(plain[pair].departures for pair in couple)]
    complete = [couple for couple in following if not any(missing(plain[pair], *RATES) for pair in couple)]
    usable = complete or following or candidates
    chosen = [couple for couple in usable if couple in same_model] or usable
    if not chosen:
        raise LackingError("no finished runs on both data sets under plain SGD")
    return [piece for mnist, cifar10 in chosen for piece in _later(grouping, plain[mnist], plain[cifar10])]


def _later(grouping: Grouping, mnist: Sweep, cifar10: Sweep) -> Sequence[Evidence]:
    evidence = []
    for rate in (rate for rate in RATES if rate in mnist.rates and rate in cifar10.rates):
        both = cifar10.rates[rate], mnist.rates[rate]
        if all(scenario.runs["convergence_epoch"].is_not_null().any() for scenario in both):
            evidence.append(compare(grouping, CONVERGENCE, *both, Expect.HIGHER, any_images=True))
    check_protocol([cifar10, mnist], lines(evidence))
    complete(complete(evidence, cifar10, *RATES), mnist, *RATES)
    if not evidence:
        raise LackingError("at no rate did both converge")
    return evidence


def adaptive_points(grouping: Grouping) -> tuple[Point, ...]:
    """Claim 8: one point per adaptive optimizer and pair, one per pair of the paper that has none.

    A pair of the paper needs an optimizer that was measured at both rates; what else was measured may contradict.
    """
    every = sweeps(grouping)
    plain = plain_sweeps(grouping)
    papers = [pair.key for pair in PAIRS]
    points: list[Point] = []
    for pair in dict.fromkeys([*papers, *plain]):
        beside = [one for one in every if (one.model, one.dataset) == pair and pair in plain and _is_adaptive(one)]
        asked = [Point(f"{one.optimizer} in {one.pair}", partial(_steadier, one, plain[pair])) for one in beside]
        measured = [not point.finding(grouping).lacks for point in asked]
        points += [
            replace(point, needed=pair in papers and (ok or not any(measured)))
            for point, ok in zip(asked, measured, strict=True)
        ]
        if pair in papers and not asked:
            lacks = "no adaptive optimizer with finished runs beside plain SGD"
            points.append(Point.lacking(pair_name(*pair), lacks))
    return tuple(points)


def _is_adaptive(sweep: Sweep) -> bool:
    return all(scenario.config.optim.adaptive for scenario in sweep.rates.values())


def _steadier(adaptive: Sweep, sgd: Sweep, grouping: Grouping) -> Sequence[Evidence]:
    evidence: Sequence[Evidence] = [
        compare(grouping, STEADINESS, adaptive.rates[rate], sgd.rates[rate], Expect.LOWER)
        for rate in HIGH_RATES
        if rate in adaptive.rates and rate in sgd.rates
    ]
    check_protocol([adaptive, sgd], lines(evidence))
    return complete(complete(evidence, adaptive, *HIGH_RATES), sgd, *HIGH_RATES)


def far_more_spread_at_1e_1(_: Pair, sweep: Sweep) -> Sequence[Evidence]:
    """Claim 10: the interval of the ratio of the variances (F distribution) lies above 1."""
    figures = accuracies(sweep, 1e-1, 1e-3)
    high, low = figures[1e-1], figures[1e-3]
    if high.sd is None or low.sd is None:
        raise LackingError("one replicate at a rate")
    line = f"{sweep.pair}: sd {high.sd:.2f} points at 1e-1 over {len(high.values)}, {low.sd:.2f} at 1e-3 over {len(low.values)}"
    if not low.sd:
        interval = (math.inf, math.inf) if high.sd else (-math.inf, math.inf)
    else:
        ratio = (high.sd / low.sd) ** 2
        degrees = len(high.values) - 1, len(low.values) - 1
        bounds = ratio / _f_quantile(*degrees), ratio * _f_quantile(*degrees[::-1])
        interval = (bounds[0] - 1, bounds[1] - 1)
        line += f"; ratio {math.sqrt(ratio):.1f} [{math.sqrt(bounds[0]):.1f}, {math.sqrt(bounds[1]):.1f}]"
    return [Evidence((line,), interval, ABOVE, min(len(high.values), len(low.values)))]


def _f_quantile(over: int, under: int) -> float:
    from scipy.special import fdtri

    return float(fdtri(over, under, (1 + CONFIDENCE) / 2))


def sooner_with_the_rate(_: Pair, sweep: Sweep) -> Sequence[Evidence]:
    """Claim 11: each rate of Table 1 with an epoch converges sooner than the one below it."""
    rates = measured(sweep, *RATES[:-1])
    grouping = Grouping("", tuple(rates.values()))
    evidence, never = [], []
    for below, above in pairwise(RATES[:-1]):
        if below in rates and above in rates:
            try:
                evidence.append(compare(grouping, CONVERGENCE, rates[above], rates[below], Expect.LOWER))
            except LackingError:  # no run of the one learned, so that none converged
                never.append(f"{sweep.pair}: no run at {shown_rate(below)} or {shown_rate(above)} learned")
    return unless_lacking(complete(evidence, sweep, *RATES[:-1]), "; ".join(never))


def moderate_fluctuation_at_1e_2(_: Pair, sweep: Sweep) -> Sequence[Evidence]:
    """Claim 12: more than at 1e-3, less than at 1e-1."""
    rates = need(sweep, 1e-3, 1e-2, 1e-1)
    grouping = Grouping("", tuple(rates.values()))
    return [
        compare(grouping, STEADINESS, rates[1e-2], rates[1e-3], Expect.HIGHER),
        compare(grouping, STEADINESS, rates[1e-2], rates[1e-1], Expect.LOWER),
    ]


def training_loss_stays_at_1e_1(_: Pair, sweep: Sweep) -> Sequence[Evidence]:
    """Claim 13."""
    scenario = need(sweep, 1e-1)[1e-1]
    first = scenario.by_run(scenario.epochs.filter(~TRAINED), pl.col("train_loss").first())
    last = scenario.over_epochs(pl.col("train_loss").last())
    if first is None or last is None:
        raise LackingError(f"no training loss of {scenario.label}")
    held = [
        not math.isfinite(loss) or loss >= FALLEN * first.by_seed[seed]
        for seed, loss in last.by_seed.items()
        if seed in first.by_seed
    ]
    line = f"{sweep.pair} at 1e-1: training loss {first.text(3)} before training, {last.text(3)} at the end"
    return [counted(line, held, most=True)]


def decay_points() -> tuple[Point, ...]:
    """Claim 14: with a schedule and nothing else that differs, the loss that both reach is reached in fewer epochs."""
    return tuple(Point(pair.name, partial(_sooner_with_decay, pair)) for pair in PAIRS)


def _sooner_with_decay(pair: Pair, grouping: Grouping) -> Sequence[Evidence]:
    sweep = pair.sweep(grouping)
    evidence = [
        compare(Grouping("", (decaying, plain)), EPOCHS_TO_COMMON, decaying, plain, Expect.LOWER)
        for decaying in grouping.scenarios
        if _is_decay(decaying.config, pair) and (plain := sweep.rates.get(decaying.lr or 0.0)) is not None
    ]
    if not evidence:
        raise LackingError("no finished run of SGD with a schedule beside plain SGD at the same rate")
    check_protocol([sweep], lines(evidence))
    return evidence


def _is_decay(config: RunConfig, pair: Pair) -> bool:
    same = (config.model.name, config.data.name) == pair.key
    return same and optimizer_label(config.optim) == "sgd" and departures(config) == ("with a schedule",)
