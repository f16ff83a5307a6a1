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
    Column("convergence_epoch", pl.Int32(), "epoch", "first epoch of a stable validation loss; null: did not converge"),
    Column("fluctuation", pl.Float64(), "fraction", "share of the validation loss's movement that is upward, 0 to 1"),
    Column("worst_jump", pl.Float64(), "fraction", "largest relative rise of the validation loss in one epoch"),
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


def schema(columns: tuple[Column, ...]) -> dict[str, pl.DataType]:
    """Return the polars schema of `columns`."""
    return {column.name: column.dtype for column in columns}
