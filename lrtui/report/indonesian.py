"""The paper's own table, headed in Indonesian, from what was measured.

Its remark (Keterangan) is put together from the indicators, word by word:

- `Optimal` leads where the scenario's mean validation accuracy is the highest of its model, data set and optimizer and
  none of its replicates diverged or stalled.
- What became of it: `divergen` (all replicates diverged), `tidak belajar` (all stalled), `belum konvergen` (unstable or
  still improving), else the speed of the median convergence epoch as a share of the epochs trained: above ¾ `sangat
  lambat`, above ½ `cukup lambat`, above ⅓ `cukup cepat`, up to ⅓ `cepat`. Where replicates differ, how many had which.
- Stability, by the mean fluctuation of the validation loss: below a third of the preset's `unstable_fluctuation`
  (0.3) `stabil`, below it `fluktuasi sedang`, from it on `tidak stabil`; divergence is `tidak stabil` always.
- `belum selesai` where no replicate is done: the figures are those so far.

With the paper's 30 epochs its own words come out of its own epochs: 28 is very slow, 20 fairly slow, 10 fast.
"""

from collections import Counter
from typing import Any

import polars as pl

from lrtui.analysis.columns import RUNS
from lrtui.analysis.indicators import Verdict
from lrtui.analysis.result import StudyResult
from lrtui.analysis.scenarios import scenarios
from lrtui.report.cells import Column, Kind, Table
from lrtui.study.records import RunStatus

_NAMES = {
    "mlp": "MLP",
    "cnn": "CNN",
    "mnist": "MNIST",
    "fashion_mnist": "Fashion-MNIST",
    "cifar10": "CIFAR-10",
    "digits": "Digits",
    "synthetic": "Sintetis",
}
_VERDICTS = {
    Verdict.DIVERGED: "divergen",
    Verdict.STALLED: "tidak belajar",
    Verdict.COLLAPSED: "runtuh",
    Verdict.OVERFITTING: "overfitting",
    Verdict.OSCILLATING: "berfluktuasi",
    Verdict.IMPROVING: "belum konvergen",
    Verdict.SETTLED: "konvergen",
}
_STANDARD = {column.name for column in RUNS}


def paper_table(result: StudyResult) -> Table:
    """Return Model, Dataset, Learning Rate, Akurasi Validasi (%), Epoch Konvergensi, Keterangan per scenario.

    Optimizer, batch size and other swept keys come after the data set where they vary. The columns' keys are their
    headings; figures have a decimal point.
    """
    runs = result.runs
    extra = [
        (name, Column(header, header, kind, identifies=True))
        for name, header, kind in _extra_coordinates(runs)
        if runs[name].n_unique() > 1
    ]
    columns = [
        Column("Model", "Model", identifies=True),
        Column("Dataset", "Dataset", identifies=True),
        *(column for _, column in extra),
        Column("Learning Rate", "Learning Rate", "rate", identifies=True),
        Column("Akurasi Validasi (%)", "Akurasi Validasi (%)", "fixed"),
        Column("Epoch Konvergensi", "Epoch Konvergensi", "number"),
        Column("Keterangan", "Keterangan"),
    ]
    found = scenarios(runs, partial=True)
    best = _best(found)
    rows = [
        [
            _NAMES.get(row["model"], row["model"]),
            _NAMES.get(row["dataset"], row["dataset"]),
            *(row[name] for name, _ in extra),
            row["lr"],
            row["val_accuracy_mean"],
            row["convergence_epoch_median"],
            _remark(result, row, row["scenario"] in best),
        ]
        for row in found.iter_rows(named=True)
    ]
    return Table.of(result.study.title, columns, rows)


def _extra_coordinates(runs: pl.DataFrame) -> list[tuple[str, str, Kind]]:
    swept = [name for name in runs.columns if name not in _STANDARD]
    kinds: dict[str, Kind] = {name: "number" if runs[name].dtype.is_numeric() else "text" for name in swept}
    return [
        ("variant", "Varian", "text"),
        ("optimizer", "Optimizer", "text"),
        ("batch_size", "Ukuran Batch", "count"),
        *((name, name, kinds[name]) for name in swept),
    ]


def _best(found: pl.DataFrame) -> set[str]:
    """Return the best scenario of each model, data set and optimizer that has more than one, ties included."""
    sound = pl.col("n").gt(0) & pl.col("diverged").eq(0) & pl.col("stalled").eq(0)
    group = ["model", "dataset", "optimizer"]
    top = pl.col("val_accuracy_mean").max().over(group)
    chosen = found.filter(sound & pl.col("val_accuracy_mean").eq(top) & pl.len().over(group).gt(1))
    return set(chosen["scenario"].to_list())


def _remark(result: StudyResult, row: dict[str, Any], best: bool) -> str:
    runs = result.runs.filter(pl.col("scenario") == row["scenario"])
    done = runs.filter(pl.col("status") == RunStatus.DONE.value)
    counted = done if row["n"] else runs.filter(pl.col("epochs") > 0)
    if counted.is_empty():
        return "Belum dilatih"
    config = next(spec.config for spec in result.study.runs if spec.scenario == row["scenario"])
    words = ["optimal"] if best else []
    verdicts = Counter(_VERDICTS[Verdict(verdict)] for verdict in counted["verdict"])
    if len(verdicts) > 1:
        words += [f"{count} {verdict}" for verdict, count in verdicts.most_common()]
    elif "konvergen" in verdicts:
        words.append(_speed(row["convergence_epoch_median"] or row["settling_epoch_median"], config.train.epochs))
    else:
        words += verdicts
    if "divergen" in verdicts:
        words.append("tidak stabil")
    elif row["fluctuation_mean"] is not None:
        words.append(_stability(row["fluctuation_mean"], 0.3))
    if not row["n"]:
        words.append("belum selesai")
    remark = ", ".join(words)
    return remark[0].upper() + remark[1:]


def _speed(epoch: float, epochs: int) -> str:
    share = epoch / epochs
    if share > 3 / 4:
        return "sangat lambat"
    if share > 1 / 2:
        return "cukup lambat"
    return "cukup cepat" if share > 1 / 3 else "cepat"


def _stability(fluctuation: float, unstable: float) -> str:
    if fluctuation < unstable / 3:
        return "stabil"
    return "fluktuasi sedang" if fluctuation < unstable else "tidak stabil"
