"""The results of a study as a table: one row per scenario, or one per run."""

from collections import Counter

import polars as pl

from lrtui.analysis.columns import RUNS
from lrtui.analysis.result import StudyResult
from lrtui.analysis.scenarios import scenarios
from lrtui.errors import InputError
from lrtui.report.cells import Column, Kind, Table
from lrtui.report.indonesian import paper_table
from lrtui.study.records import RunStatus
from lrtui.text import format_value, one_of

__all__ = ["LANGUAGES", "PER", "Table", "results_table"]

PER = ("scenario", "run")
LANGUAGES = ("en", "id")

COORDINATES = (
    Column("model", "model", identifies=True),
    Column("dataset", "data", identifies=True),
    Column("optimizer", "optimizer", identifies=True),
    Column("lr", "lr", "rate", identifies=True),
    Column("batch_size", "batch", "count", identifies=True),
)
_SCENARIO = (
    Column("n", "n", "count"),
    Column("epochs", "epochs", "count"),
    Column("val_accuracy_mean", "val acc %", "fixed"),
    Column("val_accuracy_sd", "sd", "fixed"),
    Column("best_val_accuracy_mean", "best %", "fixed"),
    Column("final_val_loss_mean", "val loss", "fixed", decimals=4),
    Column("convergence_epoch_median", "conv.", "number"),
    Column("fluctuation_mean", "fluct.", "fixed"),
    Column("diverged", "div.", "count"),
    Column("verdict", "verdict"),
)
_STATE = Column("state", "state")
_RUN = (
    Column("replicate", "rep.", "count", identifies=True),
    Column("seed", "seed", "count"),
    Column("status", "status"),
    Column("verdict", "verdict"),
    Column("epochs", "epochs", "count"),
    Column("final_val_accuracy", "val acc %", "fixed"),
    Column("best_val_accuracy", "best %", "fixed"),
    Column("best_epoch", "best at", "count"),
    Column("final_val_loss", "val loss", "fixed", decimals=4),
    Column("convergence_epoch", "conv.", "count"),
    Column("fluctuation", "fluct.", "fixed"),
    Column("worst_jump", "worst jump", "fixed"),
    Column("diverged_at", "div. at", "count"),
    Column("seconds", "seconds", "fixed", decimals=1),
)
_FIRST_TO_LAST = ("done", "running", "stopped", "failed", "interrupted", "skipped", "waiting")
_STANDARD = {column.name for column in RUNS}


def results_table(result: StudyResult, per: str = "scenario", lang: str = "en") -> Table:
    """Return the study's results, its scenarios or runs in training order; what is not done is there, and says so.

    Coordinates (model, data, optimizer, learning rate, other swept keys) have a column where they vary; the rest stand
    in the table's note. Accuracies are percent with 2 decimals, losses nats with 4, fluctuation and jumps fractions
    with 2: rounded for reading, in full in runs.parquet. A scenario's statistics are over its runs that are done, where
    there are none over what its runs have so far. `lang="id"` heads the paper's own table, in Indonesian.
    Raises InputError for another `per` or `lang`.
    """
    if per not in PER:
        raise InputError(f"unknown kind of row {per!r}; expected {one_of(PER)}")
    if lang not in LANGUAGES:
        raise InputError(f"unknown language {lang!r}; expected {one_of(LANGUAGES)}")
    if lang == "id":
        if per == "run":
            raise InputError("the Indonesian table is the paper's own, which has one row per scenario")
        return paper_table(result)
    return _scenario_table(result) if per == "scenario" else _run_table(result)


def _scenario_table(result: StudyResult) -> Table:
    varying, note = split_coordinates(result)
    states = _states(result.runs)
    all_done = set(states.values()) == {RunStatus.DONE.value}
    columns = [*varying, *_SCENARIO, *([] if all_done else [_STATE])]
    rows = []
    for row in scenarios(result.runs, partial=True).iter_rows(named=True):
        if row["epochs"] is None:
            row["diverged"] = None  # nothing was measured, so nothing did not diverge
        row["state"] = states[row["scenario"]]
        rows.append([row[column.key] for column in columns])
    return Table.of(
        result.study.title, columns, rows, note if all_done else f"{note}; unfinished scenarios: figures so far"
    )


def _run_table(result: StudyResult) -> Table:
    varying, note = split_coordinates(result)
    columns = [Column("run", "run", "count", identifies=True), *varying, *_RUN]
    rows = [[row[column.key] for column in columns] for row in result.runs.iter_rows(named=True)]
    return Table.of(result.study.title, columns, rows, note)


def split_coordinates(result: StudyResult) -> tuple[list[Column], str]:
    """Return a column for each coordinate that varies (the learning rate always), and those that do not in words."""
    runs = result.runs
    swept = [_swept_column(name, runs[name]) for name in runs.columns if name not in _STANDARD]
    varying, fixed = [], []
    for column in (*COORDINATES, *swept):
        if column.key == "lr" or runs[column.key].n_unique() > 1:
            varying.append(column)
        else:
            fixed.append(f"{column.header} {format_value(runs[column.key][0])}")
    epochs = sorted({spec.epochs for spec in result.study.runs})
    fixed.append(f"{' or '.join(map(str, epochs))} epochs")
    return varying, ", ".join(fixed)


def _swept_column(key: str, values: pl.Series) -> Column:
    kind: Kind = "count" if values.dtype.is_integer() else "number" if values.dtype.is_float() else "text"
    return Column(key, key.rpartition(".")[2], kind, identifies=True)


def _states(runs: pl.DataFrame) -> dict[str, str]:
    """Return how far each scenario is: `done`; `2 done, 1 stopped`; `unfinished: running`; `waiting`."""
    found = {}
    for (scenario,), group in runs.group_by("scenario", maintain_order=True):
        statuses = Counter(group["status"].to_list())
        words = next(iter(statuses)) if len(statuses) == 1 else _counts(statuses)
        begun = RunStatus.DONE.value not in statuses and bool((group["epochs"] > 0).any())
        found[str(scenario)] = f"unfinished: {words}" if begun else words
    return found


def _counts(statuses: "Counter[str]") -> str:
    order = sorted((status.value for status in RunStatus), key=_FIRST_TO_LAST.index)
    return ", ".join(f"{statuses[status]} {status}" for status in order if statuses[status])
