"""The results of a study as a table: one row per scenario, or one per run."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from lrtui.analysis.columns import swept
from lrtui.analysis.result import StudyResult
from lrtui.analysis.scenarios import scenarios
from lrtui.analysis.verdicts import RULES
from lrtui.analysis.winner import comparisons
from lrtui.errors import InputError
from lrtui.report.cells import Cell, Column, FoundRate, Kind, Table
from lrtui.report.compared import MARK, MARK_NOTE, comparison_documents, marks
from lrtui.report.finder_table import finder_table, only_searched
from lrtui.report.indonesian import paper_table
from lrtui.study.records import RunStatus
from lrtui.study.reused import reused_sentence
from lrtui.study.tasks import CLASSIFICATION
from lrtui.study.words import Words
from lrtui.text import count, format_value, one_of, shown_value

__all__ = ["LANGUAGES", "PER", "Table", "results_table"]

PER = ("scenario", "run", "epoch")
LANGUAGES = ("en", "id")

COORDINATES = (
    Column("variant", "variant", identifies=True),
    Column("model", "model", identifies=True),
    Column("dataset", "data", identifies=True),
    Column("optimizer", "optimizer", identifies=True),
    Column("lr", "lr", "rate", identifies=True),
    Column("batch_size", "batch", "count", identifies=True),
    Column("lr_found", "lr found", identifies=True),
)
_SCENARIO = (
    Column("n", "n", "count"),
    Column("epochs", "epochs", "count"),
    Column("val_accuracy_mean", "val acc %", "fixed"),
    Column("val_accuracy_sd", "sd", "fixed"),
    Column("best_val_accuracy_mean", "best %", "fixed"),
    Column("test_accuracy_mean", "test %", "fixed"),
    Column("test_accuracy_sd", "sd", "fixed"),
    Column("test_top5_accuracy_mean", "top-5 %", "fixed"),
    Column("mc_accuracy_mean", "MC %", "fixed"),
    Column("kept_epoch_mean", "kept", "fixed", decimals=1),
    Column("sparsity_mean", "sparsity", "fixed"),
    Column("final_val_loss_mean", "val loss", "fixed", decimals=4),
    Column("verdict", "verdict"),
    Column("settling_epoch_median", "settled", "number"),
    Column("convergence_epoch_median", "conv.", "number"),
    Column("fluctuation_mean", "fluct.", "fixed"),
    Column("diverged", "div.", "count"),
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
    Column("test_accuracy", "test %", "fixed"),
    Column("test_top5_accuracy", "top-5 %", "fixed"),
    Column("mc_accuracy", "MC %", "fixed"),
    Column("kept_epoch", "kept", "count"),
    Column("sparsity", "sparsity", "fixed"),
    Column("final_val_loss", "val loss", "fixed", decimals=4),
    Column("settling_epoch", "settled", "count"),
    Column("stable_epoch", "stable", "count"),
    Column("convergence_epoch", "conv.", "count"),
    Column("fluctuation", "fluct.", "fixed"),
    Column("worst_jump", "worst jump", "fixed"),
    Column("diverged_at", "div. at", "count"),
    Column("seconds", "seconds", "fixed", decimals=1),
    Column("reused_from", "trained in", missing="here"),
    Column("continued_from", "begun in", missing="here"),
)
_EPOCH = (
    Column("run", "run", "count", identifies=True),
    Column("epoch", "epoch", "count", identifies=True),
    Column("train_loss", "train loss", "fixed", decimals=4),
    Column("train_accuracy", "train acc %", "fixed"),
    Column("val_loss", "val loss", "fixed", decimals=4),
    Column("val_accuracy", "val acc %", "fixed"),
    Column("lr", "lr", "rate"),
    Column("momentum", "momentum", "number"),
    Column("grad_norm", "grad norm", "fixed", decimals=4),
    Column("seconds", "seconds", "fixed", decimals=1),
    Column("lr_first", "first lr", "rate"),
    Column("momentum_first", "first momentum", "number"),
)
"""The columns of epochs.parquet."""
_FIRST_TO_LAST = ("done", "running", "stopped", "failed", "interrupted", "skipped", "waiting", "elsewhere", "untried")


def results_table(result: StudyResult, per: str = "scenario", lang: str = "en") -> Table:
    """Return the study's results, its scenarios, runs or epochs in the study's order; what is not done is there, and says so.

    Coordinates (variant, model, data, optimizer, learning rate, other swept keys) have a column if they vary; the rest
    stand in the table's note. Test accuracy has one unless the test images validate, the epoch whose weights were kept if
    early stopping may choose it, accuracy of MC dropout and sparsity if there is any. Accuracies, or what the task has in place
    of them, are percent, losses nats or what the note says, fluctuation and jumps fractions; of other tasks than classification
    a last column tells programs. The scenario that won is marked, and those that cannot be told from the best. A
    scenario's statistics are over its runs that are done; if there are none, over what its runs have so far. `lang="id"`
    gives the paper's own table, in Indonesian. If nothing was trained but rates were searched, the table is that of the
    range tests. Raises InputError for another `per` or `lang`, and for epochs or the paper's table of range tests.
    """
    if per not in PER:
        raise InputError(f"unknown kind of row {per!r}; expected {one_of(PER)}")
    if lang not in LANGUAGES:
        raise InputError(f"unknown language {lang!r}; expected {one_of(LANGUAGES)}")
    searched = only_searched(result)
    if lang == "id":
        if per != "scenario":
            raise InputError("the Indonesian table is the paper's own, which has one row per scenario")
        if searched:
            raise InputError(
                "this study is of range tests: nothing was trained, and the paper's table has nothing to say"
            )
        return paper_table(result)
    if searched and per == "epoch":
        raise InputError(
            "this study is of range tests: nothing was trained, so there are no epochs; their steps: finder.parquet"
        )
    if searched:
        return finder_table(result)
    if per == "epoch":
        return _epoch_table(result)
    return _scenario_table(result) if per == "scenario" else _run_table(result)


def _scenario_table(result: StudyResult) -> Table:
    varying, note = split_coordinates(result)
    states = _states(result.runs)
    all_done = set(states.values()) == {RunStatus.DONE.value}
    compared = comparisons(result.runs, result.study.equal_within, result.study.looks)
    best = marks(compared)
    words = result.study.words
    figures = [*_said(_shown(_SCENARIO, result), words), *_of_text(result)]
    columns = [*varying, *([MARK] if best else []), *figures, *([] if all_done else [_STATE]), *_task(result)]
    lists = _lists(result)
    rows = []
    for row in scenarios(result.runs, partial=True).iter_rows(named=True):
        if row["epochs"] is None:
            row["diverged"] = None  # nothing was measured, so nothing did not diverge
        row["state"] = states[row["scenario"]]
        row["best"] = best.get(row["scenario"])
        row.update(_text_figures(row["final_val_loss_mean"]))
        rows.append([_cell(row, column, lists) for column in columns])
    notes = [
        note,
        *reused_notes(result),
        *([words.sentence] if words.sentence else []),
        *(text for word, text in MARK_NOTE.items() if word in best.values()),
        *([] if all_done else ["unfinished scenarios: figures so far"]),
    ]
    about = {"rules": RULES, "comparisons": comparison_documents(compared)}
    return Table.of(result.study.title, columns, rows, "; ".join(notes), result.study.overrides, about)


def _run_table(result: StudyResult) -> Table:
    varying, note = split_coordinates(result)
    words = result.study.words
    columns = [
        Column("run", "run", "count", identifies=True),
        *varying,
        *_said(_shown(_RUN, result), words),
        *_task(result),
    ]
    lists = _lists(result)
    rows = [[_cell(row, column, lists) for column in columns] for row in result.runs.iter_rows(named=True)]
    notes = "; ".join(filter(None, [note, *reused_notes(result), words.sentence]))
    return Table.of(result.study.title, columns, rows, notes, result.study.overrides, {"rules": RULES})


def _epoch_table(result: StudyResult) -> Table:
    """Return the rows of epochs.parquet."""
    rows = result.epochs.select(column.key for column in _EPOCH).rows()
    words = result.study.words
    units = words.sentence or "accuracies in percent, losses in nats"
    note = f"{units}; epoch 0 is before training"
    return Table.of(result.study.title, _said(_EPOCH, words), rows, note, result.study.overrides)


def _said(columns: Iterable[Column], words: Words) -> list[Column]:
    """Return columns headed in the words of what is learned."""
    return [replace(column, header=words.said(column.header)) for column in columns]


def _task(result: StudyResult) -> list[Column]:
    """Return the column of what is learned, which says what figures are; none if it is classification everywhere.

    People read it in the note, unless there are several.
    """
    tasks = {spec.config.task.name for spec in result.study.runs}
    return [] if tasks == {CLASSIFICATION.name} else [Column("task", "task", for_programs=len(tasks) == 1)]


def _of_text(result: StudyResult) -> list[Column]:
    """Return the columns that only a text has."""
    told_of_text = all(spec.config.task.per_token for spec in result.study.runs)
    tokens = {getattr(spec.config.data, "tokens", "characters") for spec in result.study.runs}
    unit = "byte" if tokens == {"bytes"} else "char"
    if not told_of_text:
        return []
    return [Column("val_bits", f"bits/{unit}", "fixed"), Column("val_perplexity", "perplexity", "fixed")]


def _text_figures(loss: float | None) -> dict[str, float | None]:
    """Return a loss in nats per token as bits per token, and as perplexity."""
    if loss is None or not math.isfinite(loss):
        return {"val_bits": loss, "val_perplexity": loss}
    return {"val_bits": loss / math.log(2), "val_perplexity": math.exp(min(loss, 700.0))}


def reused_notes(result: StudyResult) -> list[str]:
    """Return a note of the runs that were taken over; empty if there are none."""
    return list(filter(None, [reused_sentence(result.runs["reused_from"])]))


def split_coordinates(result: StudyResult) -> tuple[list[Column], str]:
    """Return a column for each coordinate that varies (the learning rate always), and those that do not in words."""
    runs = result.runs
    lists = {key for key, _ in _lists(result)}
    others = [_swept_column(name, runs[name], name in lists) for name in swept(runs)]
    varying, fixed = [], []
    for column in (*COORDINATES, *others):
        if column.key == "lr" or runs[column.key].n_unique() > 1:
            varying.append(column)
        elif column.key == "lr_found":
            fixed += ["lr found by the finder"] if runs["lr_found"].all() else []
        elif runs[column.key][0] is not None:
            fixed.append(f"{column.header} {shown_value(runs[column.key][0])}")
    epochs = sorted({spec.epochs for spec in result.study.runs})
    fixed.append(" or ".join([*map(str, epochs[:-1]), count(epochs[-1], "epoch")]))
    return varying, ", ".join(fixed)


def _shown(columns: Sequence[Column], result: StudyResult) -> list[Column]:
    """Return the columns without those that have nothing to say."""
    runs, configs = result.runs, [spec.config for spec in result.study.runs]
    said = {
        "test_accuracy": any(config.data.validation != "test" for config in configs),
        "test_top5_accuracy": True,
        "mc_accuracy": True,
        "kept_epoch": any(config.early_stopping.restores for config in configs),
        "sparsity": bool((runs["sparsity"] > 0).any()),
        "reused_from": True,
        "continued_from": True,
    }
    hidden = {key for key in said if not said[key] or runs[key].null_count() == len(runs)}
    return [column for column in columns if column.key.removesuffix("_mean").removesuffix("_sd") not in hidden]


def _lists(result: StudyResult) -> dict[tuple[str, str], tuple[Any, ...]]:
    """Return the swept lists themselves, by key and text: `runs` has them as text."""
    pairs = {pair for spec in result.study.runs for pair in spec.other_swept}
    return {(key, format_value(value)): value for key, value in pairs if isinstance(value, tuple)}


def _cell(row: dict[str, Any], column: Column, lists: Mapping[tuple[str, str], tuple[Any, ...]]) -> Cell:
    value: Cell = row[column.key]
    if column.key == "lr" and row["lr_found"] and isinstance(value, float):
        return FoundRate(value)
    return lists.get((column.key, value), value) if isinstance(value, str) else value


def _swept_column(key: str, values: pl.Series, lists: bool) -> Column:
    text: Kind = "list" if lists else "text"
    kind: Kind = "count" if values.dtype.is_integer() else "number" if values.dtype.is_float() else text
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
