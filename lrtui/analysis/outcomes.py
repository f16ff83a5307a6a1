"""What was measured after training, as columns of `runs.parquet`, and back."""

import math
from collections.abc import Mapping
from typing import Any

from lrtui.analysis.columns import INFERENCE_DTYPES, OUTCOME
from lrtui.study.records import FoldedFigures, InferenceFigures, McFigures, Outcome

_PLAIN = (
    "kept_epoch",
    "stopped_early",
    "test_loss",
    "test_accuracy",
    "test_top5_accuracy",
    "test_entropy",
    "test_seconds",
    "sparsity",
    "unpruned_accuracy",
)
"""Columns that bear their field's name."""
_MC = ("samples", "accuracy", "loss", "sd", "entropy", "seconds")
_INFERENCE = ("bytes", "seconds", "accuracy", "loss")
_FOLDED = {"folded_seconds": "seconds", "unfolded_seconds": "unfolded_seconds", "folded_difference": "difference"}


def outcome_columns(outcome: Outcome | None) -> dict[str, Any]:
    """Return the value of every column of `columns.OUTCOME`; None if there is no such figure."""
    row: dict[str, Any] = dict.fromkeys(column.name for column in OUTCOME)
    if outcome is None:
        return row
    row |= {name: getattr(outcome, name) for name in _PLAIN}
    row |= {"kept_val_loss": outcome.val_loss, "kept_val_accuracy": _known(outcome.val_accuracy, outcome.val_loss)}
    row["test_accuracy"] = _known(outcome.test_accuracy, outcome.test_loss)
    if outcome.mc is not None:
        row |= {f"mc_{name}": getattr(outcome.mc, name) for name in _MC}
        row["mc_accuracy"] = _known(outcome.mc.accuracy, outcome.mc.loss)
    if outcome.folded is not None:
        row |= {column: getattr(outcome.folded, name) for column, name in _FOLDED.items()}
    for figures in outcome.inference:
        row |= {f"{figures.dtype}_{name}": getattr(figures, name) for name in _INFERENCE}
        row[f"{figures.dtype}_accuracy"] = _known(figures.accuracy, figures.loss)
    return row


def outcome_from(run: int, row: Mapping[str, Any]) -> Outcome | None:
    """Return the outcome in a row of `runs.parquet`; None if it has none."""
    if row["kept_epoch"] is None:
        return None
    folded = {name: row[column] for column, name in _FOLDED.items()}
    return Outcome(
        run=run,
        val_loss=row["kept_val_loss"],
        val_accuracy=_number(row["kept_val_accuracy"]),
        **{name: _number(row[name]) if name == "test_accuracy" else row[name] for name in _PLAIN},
        mc=None if row["mc_samples"] is None else McFigures(**{name: _number(row[f"mc_{name}"]) for name in _MC}),
        folded=None if row["folded_seconds"] is None else FoldedFigures(**folded),
        inference=tuple(
            InferenceFigures(dtype, **{name: _number(row[f"{dtype}_{name}"]) for name in _INFERENCE})
            for dtype in INFERENCE_DTYPES
            if row[f"{dtype}_bytes"] is not None
        ),
    )


def _known(accuracy: float, loss: float) -> float | None:
    """Return an accuracy; None if the network gave no numbers."""
    return None if math.isnan(loss) or math.isnan(accuracy) else accuracy


def _number(value: Any) -> Any:
    return math.nan if value is None else value
