"""The paper's own tables, headed in Indonesian, from what was measured: Table 1, and Table 2 with the spread of the replicates.

The remark (Keterangan) follows the verdicts:

- `Optimal` leads if the scenario, of its model, data set and optimizer, won or cannot be told from the best
  (`analysis.winner`), and none of its replicates diverged, collapsed or stalled.
- What became of it. If it settled, or improves and has a convergence epoch, the speed: the median of that epoch (of the
  settling epoch if there is none) as a share of the epochs trained: above ¾ `sangat lambat`, above ½ `cukup lambat`, above ⅓
  `cukup cepat`, up to ⅓ `cepat`. Else the word of the verdict. If replicates differ, how many had which.
- The epoch and the remark agree: a settled scenario without a convergence epoch has its settling epoch, and runs that failed in
  the end have none.
- Stability: `tidak stabil` if a replicate diverged, collapsed or oscillated; else `stabil` if the mean fluctuation of the
  validation loss is below 0.1, and `fluktuasi sedang` from there on.
- `belum selesai` if no replicate is done: the figures are those so far.

With the paper's 30 epochs its own words come out of its own epochs: 28 is very slow, 20 fairly slow, 10 fast.
"""

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from lrtui.analysis.columns import swept
from lrtui.analysis.result import StudyResult
from lrtui.analysis.scenarios import scenarios
from lrtui.analysis.verdicts import FAILED, Verdict
from lrtui.analysis.winner import comparisons
from lrtui.report.cells import Column, Kind, Part, Table
from lrtui.study.records import RunStatus
from lrtui.study.tasks import ClassificationConfig

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
_UNSTABLE = (Verdict.DIVERGED, Verdict.COLLAPSED, Verdict.OSCILLATING)
_SCORES = {"accuracy": "Akurasi", "R²": "R²"}
"""What scores are called; `Skor` if there are several."""
_LOSSES = {
    "regression": "regresi: loss adalah galat kuadrat rata-rata dalam satuan ragam label, R² dalam persen",
    "reconstruction": "rekonstruksi: loss adalah galat kuadrat rata-rata, R² dalam persen",
    "next_token": "token berikutnya: loss adalah cross-entropy per token (nat), akurasi dalam persen",
    "rotation": "rotasi: loss adalah cross-entropy seperempat putaran (nat), akurasi dalam persen",
}
"""What losses and scores are, where they are not those of classes."""
_SD = "Standar Deviasi"
_SETTLED_NOTE = (
    "Epoch Menuju Konvergensi: epoch sejak loss menetap jika tidak pernah tiga kali berturut-turut berubah di bawah 1 %"
)
_STEADY_BELOW = 0.1
"""Fluctuation below which the validation loss is called stable."""


def paper_table(result: StudyResult) -> Table:
    """Return Model, Dataset, Learning Rate, Akurasi Validasi (%), Epoch Menuju Konvergensi, Keterangan per scenario.

    `R²` stands for `Akurasi` where numbers are told, and the note says what losses are.

    With replicates, their standard deviation stands beside the mean; people are shown it as the paper's Table 2, apart from its
    Table 1. Optimizer, batch size and other swept keys come after the data set if they vary. The columns' keys are their
    headings; figures have a decimal point.
    """
    runs = result.runs
    found = scenarios(runs, partial=True)
    spread = found["val_accuracy_sd"].null_count() < len(found)
    missing = "Tidak Konvergen" if found["epochs"].null_count() == 0 else ""
    extra = [
        (name, Column(header, header, kind, identifies=True))
        for name, header, kind in _extra_coordinates(runs)
        if runs[name].n_unique() > 1
    ]
    score = _SCORES.get(result.study.words.score, "Skor")
    average = f"{score} Validasi (%)"
    columns = [
        Column("Model", "Model", identifies=True),
        Column("Dataset", "Dataset", identifies=True),
        *(column for _, column in extra),
        Column("Learning Rate", "Learning Rate", "rate", identifies=True),
        Column(average, average, "fixed"),
        *([Column(_SD, _SD, "fixed")] if spread else []),
        Column("Epoch Menuju Konvergensi", "Epoch Menuju Konvergensi", "number", missing=missing),
        Column("Keterangan", "Keterangan"),
    ]
    best = _best(runs)
    rows = [
        [
            _NAMES.get(row["model"], row["model"]),
            _NAMES.get(row["dataset"], row["dataset"]),
            *(row[name] for name, _ in extra),
            row["lr"],
            row["val_accuracy_mean"],
            *([row["val_accuracy_sd"]] if spread else []),
            epoch.median,
            _remark(result, row, epoch, row["scenario"] in best),
        ]
        for row, epoch in ((row, _converged(runs, row)) for row in found.iter_rows(named=True))
    ]
    told = _told(result)
    parts = _two_tables(columns, found, score, told) if spread else []
    settled = any(_converged(runs, row).settled for row in found.iter_rows(named=True))
    note = "; ".join([*([_SETTLED_NOTE] if settled else []), *told])
    return Table.of(result.study.title, columns, rows, note, changed=result.study.overrides, parts=parts)


@dataclass(frozen=True)
class _Epoch:
    """The median epoch at which a scenario converged; None if it did not."""

    median: float | None
    settled: bool = False
    """Whether it is the settling epoch: no run has a convergence epoch, and their losses stay where they are nevertheless."""


def _converged(runs: pl.DataFrame, row: dict[str, Any]) -> _Epoch:
    """Return when a scenario converged, in agreement with its verdicts: a run that failed in the end did not."""
    learned = _counted(runs, row).filter(~pl.col("verdict").is_in([verdict.value for verdict in FAILED]))
    epochs = learned["convergence_epoch"].drop_nulls()
    if not epochs.is_empty():
        return _Epoch(statistics.median(epochs))
    settled = learned.filter(pl.col("verdict") == Verdict.SETTLED.value)["settling_epoch"].drop_nulls()
    return _Epoch(None) if settled.is_empty() else _Epoch(statistics.median(settled), settled=True)


def _counted(runs: pl.DataFrame, row: dict[str, Any]) -> pl.DataFrame:
    """Return the runs of a scenario that its figures are of: those done, or, if none is, those begun."""
    mine = runs.filter(pl.col("scenario") == row["scenario"])
    done = mine.filter(pl.col("status") == RunStatus.DONE.value)
    return (done if row["n"] else mine.filter(pl.col("epochs") > 0)).drop_nulls("verdict")


def _told(result: StudyResult) -> list[str]:
    """Return what losses and scores are, for each task that is not classification, and how labels of that were changed."""
    tasks = {task.model_dump_json(): task for task in (spec.config.task for spec in result.study.runs)}
    said = []
    for task in tasks.values():
        if task.name in _LOSSES:
            said.append(_LOSSES[task.name])
        elif isinstance(task, ClassificationConfig) and task.minimized:
            smoothed = f"label smoothing {task.label_smoothing:g}" if task.label_smoothing else ""
            weighted = "kelas berbobot" if task.class_weights == "balanced" else ""
            ways = " dan ".join(filter(None, (smoothed, weighted)))
            said.append(f"dilatih dengan {ways}; loss yang dicatat tanpa itu")
    return list(dict.fromkeys(said))


def _two_tables(columns: Sequence[Column], found: pl.DataFrame, score: str, told: Sequence[str]) -> list[Part]:
    """Return the paper's Table 1, of every column but the deviation, and its Table 2, of the scenarios that have one."""
    keys = [column.key for column in columns]
    which = [column.key for column in columns if column.identifies]
    replicates = found.drop_nulls("val_accuracy_sd")["n"].unique().sort().to_list()
    counted = "–".join(str(number) for number in (replicates[:1] + replicates[1:][-1:]))
    within = score if score == _SCORES["R²"] else score.lower()
    return [
        Part(
            "; ".join([f"Tabel 1. {score} validasi dan epoch menuju konvergensi", *told]),
            tuple(key for key in keys if key != _SD),
        ),
        Part(
            f"Tabel 2. Rata-rata dan standar deviasi {within} validasi, {counted} replikasi",
            (*which, f"{score} Validasi (%)", _SD),
            needs=_SD,
        ),
    ]


def _extra_coordinates(runs: pl.DataFrame) -> list[tuple[str, str, Kind]]:
    kinds: dict[str, Kind] = {name: "number" if runs[name].dtype.is_numeric() else "text" for name in swept(runs)}
    return [
        ("variant", "Varian", "text"),
        ("optimizer", "Optimizer", "text"),
        ("batch_size", "Ukuran Batch", "count"),
        *((name, name, kind) for name, kind in kinds.items()),
    ]


def _best(runs: pl.DataFrame) -> set[str]:
    """Return the scenarios that are the best of their model, data set and optimizer, or cannot be told from it."""
    of_optimizers = (rows for _, rows in runs.group_by("optimizer", maintain_order=True))
    told = [comparison for rows in of_optimizers for comparison in comparisons(rows) if not comparison.alone]
    return {one.scenario for comparison in told for one in comparison.alike if one.n and not one.lost}


def _remark(result: StudyResult, row: dict[str, Any], epoch: _Epoch, best: bool) -> str:
    counted = _counted(result.runs, row)
    if counted.is_empty():
        return "Belum dilatih"
    config = next(spec.config for spec in result.study.runs if spec.scenario == row["scenario"])
    words = ["optimal"] if best else []
    verdicts = Counter(Verdict(verdict) for verdict in counted["verdict"])
    if len(verdicts) > 1:
        words += [f"{count} {_VERDICTS[verdict]}" for verdict, count in verdicts.most_common()]
    elif epoch.median is not None and (Verdict.SETTLED in verdicts or Verdict.IMPROVING in verdicts):
        words.append(_speed(epoch.median, config.train.epochs))
    else:
        words += [_VERDICTS[verdict] for verdict in verdicts]
    if any(verdict in _UNSTABLE for verdict in verdicts):
        words.append("tidak stabil")
    elif row["fluctuation_mean"] is not None:
        words.append("stabil" if row["fluctuation_mean"] < _STEADY_BELOW else "fluktuasi sedang")
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
