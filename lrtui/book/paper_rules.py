"""How each claim of the paper is put to the runs. The claims and the criteria in words are in `paper.py`."""

import math
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import polars as pl

from lrtui.analysis.statistics import CONFIDENCE, paired
from lrtui.analysis.verdicts import Verdict
from lrtui.analysis.winner import comparisons
from lrtui.analysis.wording import pair_name
from lrtui.book.compare import Expect, compare
from lrtui.book.figures import Figures
from lrtui.book.grouping import ALONE, FAILED, TRAINED, Grouping, Scenario
from lrtui.book.measures import EPOCHS_TO_COMMON, Measure, column
from lrtui.book.protocol import RATES, departures
from lrtui.book.question import ABOVE, Evidence, LackingError, Point, counted, judge
from lrtui.book.sweeps import Sweep, optimizer_label, sweeps
from lrtui.study.schema import RunConfig
from lrtui.text import format_rate


@dataclass(frozen=True)
class Pair:
    """One of the paper's model/data pairs, and what it says of it."""

    model: str
    dataset: str
    collapsed: float
    """Validation accuracy, percent, below which the paper speaks of a collapse."""
    epochs: Mapping[float, int]
    """Epochs to convergence of Table 1, by rate; the highest has none."""

    @property
    def name(self) -> str:
        """Return `MLP/MNIST`."""
        return pair_name(self.model, self.dataset)

    def sweep(self, grouping: Grouping) -> Sweep:
        """Return its sweep under plain SGD. Raises LackingError if there is none."""
        return plain_sweep(grouping, self.model, self.dataset)


PAIRS = (
    Pair("mlp", "mnist", 60.0, {1e-5: 28, 1e-4: 20, 1e-3: 12, 1e-2: 10}),
    Pair("cnn", "cifar10", 30.0, {1e-5: 30, 1e-4: 22, 1e-3: 15, 1e-2: 12}),
)
Rule = Callable[[Pair, Sweep], Sequence[Evidence]]

LOW_RATES, HIGH_RATES = (1e-5, 1e-4), (1e-2, 1e-1)
SLOW = 25
"""Epochs that the text says both low rates need more of."""
STEADY = 0.3
"""Fluctuation below which a run counts as stable."""
NEAR_EPOCHS = 3
"""Epochs within which a convergence epoch counts as that of Table 1."""
FALLEN = 0.98
"""Share of its value before training that a training loss which did not fall keeps."""


def in_pairs(rule: Rule) -> tuple[Point, ...]:
    """Return a point for each pair. Runs that depart from the protocol give figures and decide nothing."""
    return tuple(Point(pair.name, _look(rule, pair)) for pair in PAIRS)


def _look(rule: Rule, pair: Pair) -> Callable[[Grouping], Sequence[Evidence]]:
    def look(grouping: Grouping) -> Sequence[Evidence]:
        sweep = pair.sweep(grouping)
        try:
            return _following([sweep], rule(pair, sweep))
        except LackingError as lacking:
            if not sweep.departures:
                raise
            raise LackingError(", ".join(sweep.departures), _remarked(sweep, lacking.measured)) from None

    return look


def plain_sweep(grouping: Grouping, model: str, dataset: str) -> Sweep:
    """Return the sweep of a pair under plain SGD. Raises LackingError if there is none."""
    for sweep in sweeps(grouping):
        if (sweep.model, sweep.dataset, sweep.optimizer) == (model, dataset, "sgd"):
            return sweep
    raise LackingError("no finished run under plain SGD")


def _following(used: Sequence[Sweep], evidence: Sequence[Evidence]) -> Sequence[Evidence]:
    """Return the evidence. Raises LackingError, with its figures, if runs depart from the protocol."""
    for sweep in used:
        if sweep.departures:
            lines = [line for piece in evidence for line in piece.measured]
            raise LackingError(", ".join(sweep.departures), _remarked(sweep, lines))
    return evidence


def _remarked(sweep: Sweep, lines: Iterable[str]) -> list[str]:
    return [f"{line}{sweep.remark}" for line in lines]


def _complete(evidence: Sequence[Evidence], sweep: Sweep, *rates: float) -> Sequence[Evidence]:
    """Return the evidence. Raises LackingError if a rate is missing and what there is does not contradict already."""
    if (lacks := missing(sweep, *rates)) and not (evidence and judge(evidence).contradicts):
        raise LackingError(lacks, [line for piece in evidence for line in piece.measured])
    return evidence


def missing(sweep: Sweep, *rates: float) -> str:
    """Return which of the rates have no finished run, or nothing."""
    absent = [format_rate(rate) for rate in rates if rate not in sweep.rates]
    return f"no finished run at {', '.join(absent)}" if absent else ""


def _measured(sweep: Sweep, *rates: float) -> dict[float, Scenario]:
    return {rate: sweep.rates[rate] for rate in rates if rate in sweep.rates}


def _accuracies(sweep: Sweep, *needed: float) -> dict[float, Figures]:
    """Return the final validation accuracies at each of the paper's rates that has any.

    Raises LackingError if a needed one has none.
    """
    _need(sweep, *needed)
    taken = {rate: one.column("final_val_accuracy") for rate, one in _measured(sweep, *RATES).items()}
    known = {rate: figures for rate, figures in taken.items() if figures is not None}
    if lacks := [format_rate(rate) for rate in needed if rate not in known]:
        raise LackingError(f"no accuracy at {', '.join(lacks)}")
    return known


def _rows(scenario: Scenario) -> list[dict[str, object]]:
    return scenario.runs.sort("seed").to_dicts()


def _learned(row: Mapping[str, object]) -> bool:
    return row["verdict"] not in FAILED


def _convergence(scenario: Scenario, _: Grouping) -> Figures | None:
    """Return the convergence epoch of every run that learned; infinity: it did not converge by the end."""
    rows = scenario.runs.filter(~pl.col("verdict").is_in(FAILED)).sort("seed")
    epochs = rows.select("seed", pl.col("convergence_epoch").cast(pl.Float64).fill_null(math.inf)).rows()
    return Figures(dict(epochs)) if epochs else None


CONVERGENCE = Measure(
    "convergence_epoch",
    "conv.",
    1,
    _convergence,
    "convergence epoch",
    above="{} converges later than {}",
    below="{} converges sooner than {}",
)
FLUCTUATION = Measure("fluctuation", "fluct.", 3, column("fluctuation"))
STEADINESS = Measure(
    "steadiness",
    "fluctuation (of a run that failed: infinite)",
    3,
    lambda scenario, _: Figures(
        {
            seed: math.inf if scenario.failed[seed] else fluctuation or 0.0
            for seed, fluctuation in scenario.runs.sort("seed").select("seed", "fluctuation").iter_rows()
        }
    ),
)


def _convergence_text(scenario: Scenario) -> str:
    """Return `2 of 3 converged, median epoch 11.5`."""
    converged = scenario.runs["convergence_epoch"].drop_nulls().to_list()
    if not converged:
        return f"none of {scenario.n} converged"
    return f"{len(converged)} of {scenario.n} converged, median epoch {statistics.median(converged):g}"


def best_at_1e_3(_: Pair, sweep: Sweep) -> Sequence[Evidence]:
    """Claim 1: 1e-3 is the best and can be told from every other rate; contradicted if it can be told from the best."""
    rates = _measured(sweep, *RATES)
    renamed = [one.runs.with_columns(pl.lit(format_rate(rate)).alias("scenario")) for rate, one in rates.items()]
    figures = _accuracies(sweep)
    overview = f"{sweep.pair}: " + ", ".join(f"{format_rate(rate)} {one.text(2, '%')}" for rate, one in figures.items())
    for comparison in comparisons(pl.concat(renamed, how="diagonal")) if renamed and figures else ():
        alike = {scenario.scenario for scenario in comparison.alike}
        won = comparison.ahead and alike == {"1e-3"}
        interval = (1.0, 1.0) if won else (-1.0, 1.0 if "1e-3" in alike else -1.0)
        if 1e-3 not in rates:
            break
        seeds = min(len(found.values) for found in figures.values())
        evidence = [Evidence((overview, comparison.sentences()[0]), interval, ABOVE, seeds)]
        return _complete(evidence, sweep, *RATES)
    raise LackingError(missing(sweep, *RATES) or "no run has an accuracy", [overview] if figures else [])


def fails_at_1e_1(pair: Pair, sweep: Sweep) -> Sequence[Evidence]:
    """Claim 2."""
    rows = _rows(_need(sweep, 1e-1)[1e-1])
    replicates = ", ".join(f"{_accuracy(row):.2f} % {row['verdict']}".replace("nan %", "no accuracy,") for row in rows)
    failed = [row["verdict"] == Verdict.DIVERGED.value or not _accuracy(row) >= pair.collapsed for row in rows]
    return [counted(f"{sweep.pair} at 1e-1: {replicates} (limit {pair.collapsed:.0f} %)", failed, most=True)]


def _accuracy(row: Mapping[str, object]) -> float:
    value = row["final_val_accuracy"]
    return float(value) if isinstance(value, float) else math.nan


def slow_but_stable(_: Pair, sweep: Sweep) -> Sequence[Evidence]:
    """Claim 3, as the text has it."""
    return _low_rates(sweep, lambda _, epoch: epoch > SLOW)


def slow_as_in_table_1(pair: Pair, sweep: Sweep) -> Sequence[Evidence]:
    """Claim 9: the same epochs as Table 1."""
    return _low_rates(sweep, lambda rate, epoch: abs(epoch - pair.epochs[rate]) <= NEAR_EPOCHS)


def _low_rates(sweep: Sweep, slow: Callable[[float, float], bool]) -> Sequence[Evidence]:
    evidence = []
    for rate, scenario in _measured(sweep, *LOW_RATES).items():
        rows = _rows(scenario)
        epochs = CONVERGENCE.take(scenario, ALONE)
        by_seed = {} if epochs is None else epochs.by_seed
        held = [
            _learned(row) and (row["fluctuation"] or 0.0) < STEADY and slow(rate, by_seed[row["seed"]])  # type: ignore[operator, index]
            for row in rows
        ]
        failed = sum(not _learned(row) for row in rows)
        fluctuation = FLUCTUATION.take(scenario, ALONE)
        shown = "no finite loss" if fluctuation is None else f"mean fluctuation {fluctuation.mean:.2f}"
        more = f", {failed} of {len(rows)} never learned or lost it" if failed else ""
        line = f"{sweep.pair} at {format_rate(rate)}: {shown}, {_convergence_text(scenario)}{more}"
        evidence.append(counted(line, held, most=True))
    return _complete(evidence, sweep, *LOW_RATES)


def converges_at_10_to_15(_: Pair, sweep: Sweep) -> Sequence[Evidence]:
    """Claim 4."""
    scenario = _need(sweep, 1e-3)[1e-3]
    converged = scenario.runs["convergence_epoch"].drop_nulls().to_list()
    held = len(converged) > scenario.n / 2 and 10 <= statistics.median(converged) <= 15
    return [counted(f"{sweep.pair} at 1e-3: {_convergence_text(scenario)}", [held] * scenario.n)]


def repeatable_at_1e_3(_: Pair, sweep: Sweep) -> Sequence[Evidence]:
    """Claim 5."""
    found = _accuracies(sweep, 1e-3)[1e-3]
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
        figures = {rate: found.by_seed for rate, found in _accuracies(sweep).items()}
        if 1e-1 in figures:
            best = max(figures, key=lambda rate: statistics.fmean(figures[rate].values()))
            common = sorted(figures[best].keys() & figures[1e-1].keys())
            fall = Figures({seed: figures[best][seed] - figures[1e-1][seed] for seed in common})
            lines.append(
                f"{sweep.pair}: a fall of {fall.text(2, 'points')} from {format_rate(best)} to 1e-1{sweep.remark}"
            )
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


def cifar10_converges_later(grouping: Grouping) -> Sequence[Evidence]:
    """Claim 7. The same model on both data sets if it was measured at all rates, else the paper's pairs."""
    plain = {(sweep.model, sweep.dataset): sweep for sweep in sweeps(grouping) if sweep.optimizer == "sgd"}
    models = dict.fromkeys(model for model, _ in plain)
    same_model = [((model, "mnist"), (model, "cifar10")) for model in models]
    papers = ((PAIRS[0].model, PAIRS[0].dataset), (PAIRS[1].model, PAIRS[1].dataset))
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
    _following([cifar10, mnist], evidence)
    for sweep in (cifar10, mnist):
        evidence = list(_complete(evidence, sweep, *RATES))
    if not evidence:
        raise LackingError("at no rate did both converge")
    return evidence


def adaptive_points(grouping: Grouping) -> tuple[Point, ...]:
    """Claim 8: one point per adaptive optimizer and pair, one per pair of the paper that has none.

    A pair of the paper needs an optimizer that was measured at both rates; what else was measured may contradict.
    """
    every = sweeps(grouping)
    plain = {(sweep.model, sweep.dataset): sweep for sweep in every if sweep.optimizer == "sgd"}
    papers = [(pair.model, pair.dataset) for pair in PAIRS]
    points: list[Point] = []
    for pair in dict.fromkeys([*papers, *plain]):
        beside = [one for one in every if (one.model, one.dataset) == pair and pair in plain and _is_adaptive(one)]
        asked = [Point(f"{one.optimizer} in {one.pair}", _steadier(one, plain[pair])) for one in beside]
        measured = [not point.finding(grouping).lacks for point in asked]
        points += [
            replace(point, needed=pair in papers and (ok or not any(measured)))
            for point, ok in zip(asked, measured, strict=True)
        ]
        if pair in papers and not asked:
            points.append(Point(pair_name(*pair), _no_adaptive))
    return tuple(points)


def _is_adaptive(sweep: Sweep) -> bool:
    return all(scenario.config.optim.adaptive for scenario in sweep.rates.values())


def _no_adaptive(_: Grouping) -> Sequence[Evidence]:
    raise LackingError("no adaptive optimizer with finished runs beside plain SGD")


def _steadier(adaptive: Sweep, sgd: Sweep) -> Callable[[Grouping], Sequence[Evidence]]:
    def look(grouping: Grouping) -> Sequence[Evidence]:
        evidence: Sequence[Evidence] = [
            compare(grouping, STEADINESS, adaptive.rates[rate], sgd.rates[rate], Expect.LOWER)
            for rate in HIGH_RATES
            if rate in adaptive.rates and rate in sgd.rates
        ]
        _following([adaptive, sgd], evidence)
        for sweep in (adaptive, sgd):
            evidence = _complete(evidence, sweep, *HIGH_RATES)
        return evidence

    return look


def far_more_spread_at_1e_1(_: Pair, sweep: Sweep) -> Sequence[Evidence]:
    """Claim 10: the interval of the ratio of the variances (F distribution) lies above 1."""
    figures = _accuracies(sweep, 1e-1, 1e-3)
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
    rates = _measured(sweep, *RATES[:-1])
    grouping = Grouping("", tuple(rates.values()))
    evidence, never = [], []
    for below, above in pairwise(RATES[:-1]):
        if below in rates and above in rates:
            try:
                evidence.append(compare(grouping, CONVERGENCE, rates[above], rates[below], Expect.LOWER))
            except LackingError:  # no run of the one learned, so that none converged
                never.append(f"{sweep.pair}: no run at {format_rate(below)} or {format_rate(above)} learned")
    evidence = list(_complete(evidence, sweep, *RATES[:-1]))
    if never and not (evidence and judge(evidence).contradicts):
        raise LackingError("; ".join(never), [line for piece in evidence for line in piece.measured])
    return evidence


def moderate_fluctuation_at_1e_2(_: Pair, sweep: Sweep) -> Sequence[Evidence]:
    """Claim 12: more than at 1e-3, less than at 1e-1."""
    rates = _need(sweep, 1e-3, 1e-2, 1e-1)
    grouping = Grouping("", tuple(rates.values()))
    return [
        compare(grouping, STEADINESS, rates[1e-2], rates[1e-3], Expect.HIGHER),
        compare(grouping, STEADINESS, rates[1e-2], rates[1e-1], Expect.LOWER),
    ]


def training_loss_stays_at_1e_1(_: Pair, sweep: Sweep) -> Sequence[Evidence]:
    """Claim 13."""
    scenario = _need(sweep, 1e-1)[1e-1]
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
    return tuple(Point(pair.name, _sooner_with_decay(pair)) for pair in PAIRS)


def _sooner_with_decay(pair: Pair) -> Callable[[Grouping], Sequence[Evidence]]:
    def look(grouping: Grouping) -> Sequence[Evidence]:
        sweep = pair.sweep(grouping)
        evidence = [
            compare(Grouping("", (decaying, plain)), EPOCHS_TO_COMMON, decaying, plain, Expect.LOWER)
            for decaying in grouping.scenarios
            if _is_decay(decaying.config, pair) and (plain := sweep.rates.get(decaying.lr or 0.0)) is not None
        ]
        if not evidence:
            raise LackingError("no finished run of SGD with a schedule beside plain SGD at the same rate")
        return _following([sweep], evidence)

    return look


def _is_decay(config: RunConfig, pair: Pair) -> bool:
    same = (config.model.name, config.data.name) == (pair.model, pair.dataset)
    return same and optimizer_label(config.optim) == "sgd" and departures(config) == ("with a schedule",)


def _need(sweep: Sweep, *rates: float) -> dict[float, Scenario]:
    """Return the scenarios at the rates. Raises LackingError if one is missing."""
    if lacks := missing(sweep, *rates):
        raise LackingError(lacks)
    return _measured(sweep, *rates)
