"""Measured beside published, in tables and plain sentences."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from lrtui.analysis.result import StudyResult
from lrtui.analysis.wording import pair_name
from lrtui.book.published import Comparison, OptimizerFit, alike, beside_published
from lrtui.book.sweeps import optimizer_label
from lrtui.report.cells import Cell, Column, Table
from lrtui.report.table import COORDINATES
from lrtui.text import rate_text

ACCURACY_POINTS = 1.0
"""Accuracies at least this far apart, and further than either standard deviation, count as a disagreement."""
CONVERGENCE_EPOCHS = 3
"""Convergence epochs further apart than this count as one."""

_FIGURES = (
    (Column("n", "n", "count"), "n"),
    (Column("measured_accuracy", "measured %", "fixed"), "val_accuracy_mean"),
    (Column("measured_sd", "sd", "fixed"), "val_accuracy_sd"),
    (Column("published_accuracy", "published %", "fixed"), "published.val_accuracy"),
    (Column("published_sd", "sd", "fixed"), "published.val_accuracy_sd"),
    (Column("difference", "diff.", "fixed"), ""),
    (Column("measured_convergence", "conv.", "number"), "convergence_epoch_median"),
    (Column("published_convergence", "publ. conv.", "count"), "published.convergence_epoch"),
    (Column("measured_stable", "stable", "number"), "stable_epoch_median"),
    (Column("measured_test_accuracy", "test %", "fixed"), "test_accuracy_mean"),
    (Column("published_test_accuracy", "publ. test %", "fixed"), "published.test_accuracy"),
    (Column("measured_mc_accuracy", "MC %", "fixed"), "mc_accuracy_mean"),
    (Column("published_mc_accuracy", "publ. MC %", "fixed"), "published.mc_accuracy"),
    (Column("measured_best_epoch", "best at", "fixed", decimals=1), "best_val_loss_epoch_mean"),
    (Column("published_best_epoch", "publ. best at", "count"), "published.best_epoch"),
    (Column("measured_epochs", "stop", "fixed", decimals=1), "epochs_mean"),
    (Column("published_epochs", "publ. stop", "count"), "published.epochs"),
    (Column("verdict", "verdict"), "verdict"),
    (Column("remark", "published remark"), ""),
)
"""Columns, and where their figures come from: a scenario's column, or what was published."""
_FURTHER = ("test_accuracy", "mc_accuracy", "best_epoch", "epochs")
"""Figures that have two columns if the source gives them for any scenario."""
_FIT = (
    Column("optimizer", "optimizer", identifies=True),
    Column("pair", "model/data"),
    Column("n", "scenarios", "count"),
    Column("mean_absolute_difference", "mean abs. difference", "fixed"),
    Column("trained", "trained"),
)


def published_table(comparisons: Sequence[Comparison], title: str = "", *, less: Collection[str] = ()) -> Table:
    """Return one row per scenario with a published figure: accuracies in percent, their difference in points.

    Test and MC dropout accuracy, best and last epoch have columns if the source gives them for any scenario. `less` are the keys
    of columns to leave out.
    """
    varying = [
        (column, column.key)
        for column in COORDINATES
        if column.key == "lr"
        or len({one.row[column.key] for one in comparisons}) > 1
        or (column.key == "variant" and any(one.row["variant"] for one in comparisons))
    ]
    absent = {
        f"{kind}_{name}"
        for name in _FURTHER
        for kind in ("measured", "published")
        if all(getattr(one.published, name) is None for one in comparisons)
    }
    shown = [*varying, *((column, source) for column, source in _FIGURES if column.key not in {*absent, *less})]
    rows = [[_cell(one, column.key, source) for column, source in shown] for one in comparisons]
    return Table.of(title, [column for column, _ in shown], rows)


def _cell(comparison: Comparison, key: str, source: str) -> Cell:
    published = comparison.published
    if key == "remark":
        remark, english = published.remark, published.remark_en
        return f"{remark} ({english})" if remark and english else remark or english
    if key == "difference":
        return comparison.difference
    where, _, name = source.rpartition(".")
    cell: Cell = getattr(published, name) if where else comparison.row[name]
    return cell


def reservations(comparisons: Iterable[Comparison]) -> list[str]:
    """Return why measured figures do not compare with the published ones, a sentence for each reason."""
    comparisons = list(comparisons)
    found: dict[str, list[Comparison]] = {}
    for comparison in comparisons:
        if not comparison.comparable:
            found.setdefault(comparison.reason, []).append(comparison)
    return [
        f"{_which(some, comparisons)}: {reason}; the difference says little about the published figure."
        if any(comparison.row["n"] for comparison in some)
        else f"{_which(some, comparisons)}: {reason}."
        for reason, some in found.items()
    ]


def _which(some: Sequence[Comparison], of: Sequence[Comparison]) -> str:
    return "All scenarios" if len(some) == len(of) else ", ".join(comparison.row["scenario"] for comparison in some)


def fit_table(fits: Sequence[OptimizerFit]) -> Table:
    """Return each optimizer's mean absolute difference from the published accuracies, in points.

    The row over all pairs is left out for an optimizer that was measured on one pair only.
    """
    pairs = Counter(fit.optimizer for fit in fits if fit.model is not None)
    rows = [
        (
            fit.optimizer,
            "all" if fit.model is None or fit.dataset is None else pair_name(fit.model, fit.dataset),
            fit.n,
            fit.mean_absolute_difference,
            fit.reason or "as published",
        )
        for fit in fits
        if fit.model is not None or pairs[fit.optimizer] > 1
    ]
    return Table.of("", _FIT, rows)


def fit_sentence(fits: Sequence[OptimizerFit]) -> str:
    """Return which optimizer explains the published accuracies best, or why none can be named."""
    ranked = alike(fits)
    if not ranked:
        if len({fit.optimizer for fit in fits}) == 1:
            return f"Only {fits[0].optimizer} was measured; a report over studies of several optimizers compares them."
        return "No two optimizers were measured in the same scenarios, so none explains the published table best."
    best = ranked[0]
    others = ", ".join(f"{fit.optimizer} {fit.mean_absolute_difference:.2f}" for fit in ranked[1:])
    pairs = list(dict.fromkeys((model, dataset) for model, dataset, _ in best.covered))
    where = f" of {pairs[0][0]} on {pairs[0][1]}" if len(pairs) == 1 else ""
    way = f", though {best.reason}" if best.reason else ""
    return (
        f"{best.optimizer} explains the published accuracies best: {best.mean_absolute_difference:.2f} points from them "
        f"on average over {best.n} scenarios{where} ({others}){way}."
    )


def disagreements(result: StudyResult) -> list[str]:
    """Return what was measured under the paper's own conditions (plain SGD, its protocol) and is not what it says.

    One sentence for each scenario. Accuracies count as `ACCURACY_POINTS` says, convergence epochs when more than
    `CONVERGENCE_EPOCHS` apart.
    """
    if result.study.protocol != "paper":
        return []
    plain = {spec.scenario for spec in result.study.runs if optimizer_label(spec.config.optim) == "sgd"}
    sentences = []
    for one in beside_published(result):
        if one.comparable and one.row["scenario"] in plain:
            said = [part for part in (_accuracy(one), _convergence(one)) if part]
            where = f"{pair_name(one.row['model'], one.row['dataset'])} at {rate_text(one.row['lr'], found=False)}"
            sentences += [f"{where}: {'; '.join(said)}."] if said else []
    return sentences


def _accuracy(comparison: Comparison) -> str:
    difference, published = comparison.difference, comparison.published
    if difference is None:
        return ""
    measured, sd = comparison.row["val_accuracy_mean"], comparison.row["val_accuracy_sd"]
    if abs(difference) < max(ACCURACY_POINTS, sd or 0.0, published.val_accuracy_sd or 0.0):
        return ""
    spread = "" if sd is None else f" ± {sd:.2f}"
    return (
        f"published {published.val_accuracy:.2f} %, measured {measured:.2f}{spread} %, "
        f"{abs(difference):.2f} points {'higher' if difference > 0 else 'lower'}"
    )


def _convergence(comparison: Comparison) -> str:
    row, published = comparison.row, comparison.published.convergence_epoch
    measured = row["convergence_epoch_median"]
    here = f"{row['converged'] or 'none'} of {row['n']} converged"
    if measured is not None:
        here += f", at epoch {measured:g} (median)"
    if published is None:
        return f"published without a convergence epoch, {here}" if measured is not None else ""
    if measured is not None and abs(measured - published) <= CONVERGENCE_EPOCHS:
        return ""
    return f"published to converge at epoch {published}, {here}"
