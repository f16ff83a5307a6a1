"""The columns of a saved study: name, type, unit, meaning. They are lrtui's API for polars, pandas and duckdb."""

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Column:
    """One column of a Parquet file."""

    name: str
    dtype: pl.DataType
    unit: str
    meaning: str


RUNS = (
    Column("run", pl.Int32(), "", "position in the study, from 1"),
    Column("scenario", pl.String(), "", "label shared by the replicates of one scenario"),
    Column("model", pl.String(), "", "model.name"),
    Column("dataset", pl.String(), "", "data.name"),
    Column("optimizer", pl.String(), "", "optim.name"),
    Column("lr", pl.Float64(), "", "learning rate, optim.lr"),
    Column("batch_size", pl.Int32(), "images", "train.batch_size"),
    Column("replicate", pl.Int32(), "", "position among the replicates of its scenario, from 1"),
    Column("seed", pl.Int64(), "", "seed of initialization and shuffling"),
    Column("status", pl.String(), "", "waiting, running, done, stopped, skipped, failed or interrupted"),
    Column("verdict", pl.String(), "", "diverged, stalled, converged, unstable or improving; null before epoch 1"),
    Column("epochs", pl.Int32(), "epochs", "epochs finished"),
    Column("final_val_accuracy", pl.Float64(), "percent", "validation accuracy after the last finished epoch"),
    Column("best_val_accuracy", pl.Float64(), "percent", "highest validation accuracy after any epoch from 1 on"),
    Column("best_epoch", pl.Int32(), "epoch", "first epoch with that accuracy"),
    Column("final_val_loss", pl.Float64(), "nats", "validation loss after the last finished epoch; NaN and inf kept"),
    Column(
        "convergence_epoch",
        pl.Int32(),
        "epoch",
        "first epoch of a stable validation loss; null: did not converge (or diverged later)",
    ),
    Column(
        "fluctuation",
        pl.Float64(),
        "fraction",
        "share of the validation loss's movement that is upward, 0 to 1; finite losses only",
    ),
    Column(
        "worst_jump",
        pl.Float64(),
        "fraction",
        "largest relative rise of the validation loss in one epoch; negative: it fell in every one",
    ),
    Column("diverged_at", pl.Int32(), "epoch", "epoch of the divergence; null: did not diverge"),
    Column("seconds", pl.Float64(), "s", "wall time of all finished epochs, validation included"),
)
"""Columns of runs.parquet. One column per other swept key follows, under its dotted name (String for lists)."""

EPOCHS = (
    Column("run", pl.Int32(), "", "position in the study, from 1"),
    Column("epoch", pl.Int32(), "epoch", "epochs trained so far; 0 is before training"),
    Column(
        "train_loss",
        pl.Float64(),
        "nats",
        "mean loss over the epoch's batches, each before its step; epoch 0: evaluated",
    ),
    Column("train_accuracy", pl.Float64(), "percent", "training accuracy, measured like train_loss"),
    Column("val_loss", pl.Float64(), "nats", "mean cross-entropy on the validation images; NaN and inf kept"),
    Column("val_accuracy", pl.Float64(), "percent", "share of validation images classified correctly"),
    Column("lr", pl.Float64(), "", "learning rate used in the epoch (its last step)"),
    Column("momentum", pl.Float64(), "", "momentum β (Adam family: β₁) used in the epoch; 0 where there is none"),
    Column(
        "grad_norm",
        pl.Float64(),
        "",
        "mean L2 norm of the gradient over up to 32 batches of the epoch; null at epoch 0",
    ),
    Column("seconds", pl.Float64(), "s", "wall time of the epoch, validation included"),
)
"""Columns of epochs.parquet."""

SCENARIO_COORDINATES = tuple(
    column for column in RUNS if column.name in ("scenario", "model", "dataset", "optimizer", "lr", "batch_size")
)
"""The columns that a scenario's runs have in common, besides the other swept keys."""

SCENARIOS = (
    *SCENARIO_COORDINATES,
    Column("n", pl.Int32(), "runs", "replicates that are done: the statistics are over these"),
    Column("unfinished", pl.Int32(), "runs", "replicates with at least one epoch that are not done"),
    Column("waiting", pl.Int32(), "runs", "replicates without a finished epoch"),
    Column("epochs", pl.Int32(), "epochs", "fewest epochs of a counted replicate"),
    Column("val_accuracy_mean", pl.Float64(), "percent", "mean of final_val_accuracy"),
    Column("val_accuracy_sd", pl.Float64(), "points", "its sample standard deviation (n - 1); null for one replicate"),
    Column("best_val_accuracy_mean", pl.Float64(), "percent", "mean of best_val_accuracy"),
    Column("final_val_loss_mean", pl.Float64(), "nats", "mean of final_val_loss; NaN where one is"),
    Column("convergence_epoch_median", pl.Float64(), "epoch", "median over those that converged; null: none did"),
    Column("converged", pl.Int32(), "runs", "replicates that converged"),
    Column("diverged", pl.Int32(), "runs", "replicates that diverged"),
    Column("stalled", pl.Int32(), "runs", "replicates that stalled"),
    Column("fluctuation_mean", pl.Float64(), "fraction", "mean of fluctuation"),
    Column("worst_jump_mean", pl.Float64(), "fraction", "mean of worst_jump"),
    Column("verdict", pl.String(), "", "the verdict all share, else how many had which: `2 converged, 1 diverged`"),
    Column("seconds_mean", pl.Float64(), "s", "mean of seconds"),
)
"""Columns of a table with one row per scenario. Other swept keys stand after the coordinates."""


def schema(columns: tuple[Column, ...]) -> dict[str, pl.DataType]:
    """Return the polars schema of `columns`."""
    return {column.name: column.dtype for column in columns}


def reference_markdown() -> str:
    """Return docs/columns.md: every column with its type, unit and meaning."""
    tables = (
        ("runs.parquet", "One row per run. One column per other swept key follows, under its dotted name.", RUNS),
        ("epochs.parquet", "One row per run and epoch.", EPOCHS),
    )
    lines = ["# The columns of a saved study", "", "Parquet files of a study's folder; accuracies are percent."]
    for title, text, columns in tables:
        lines += ["", f"## {title}", "", text, "", "| column | type | unit | meaning |", "|---|---|---|---|"]
        lines += [f"| `{one.name}` | {one.dtype} | {one.unit} | {one.meaning} |" for one in columns]
    return "\n".join(lines) + "\n"
