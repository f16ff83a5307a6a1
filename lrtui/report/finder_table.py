"""The suggestions of range tests as a table: what a study that trained nothing has to show."""

import math

import polars as pl

from lrtui.analysis.coordinates import telling
from lrtui.analysis.result import StudyResult
from lrtui.report.cells import Column, Table
from lrtui.text import count, shown_rate

_FIGURES = (
    Column("iterations", "steps", "count"),
    Column("lowest_loss", "lowest loss", "fixed", decimals=4),
    Column("lowest_lr", "at lr", "rate"),
    Column("valley", "valley", "rate"),
    Column("steepest", "steepest", "rate"),
    Column("minimum_tenth", "minimum / 10", "rate"),
    Column("chosen", "chosen", "rate"),
)


def finder_table(result: StudyResult) -> Table:
    """Return one row per range test: its steps, the lowest smoothed loss (nats) and its rate, the suggested rates, and, if any
    is in doubt, why there is none or why they are not to be trusted. Before them stand the coordinates, besides the rate,
    that tell the scenarios from each other. Rates have three digits.
    """
    keys = [key for key in telling(result.runs) if key != "lr"]
    tests = result.runs.select("run", *keys, "seed").join(result.finder, on="run", maintain_order="left")
    doubtful = bool((result.finder["doubt"].fill_null("") != "").any())
    rows = []
    for _, steps in tests.group_by("run", maintain_order=True):
        settled = steps.slice(len(steps) // 10)  # the smoothed loss of the first steps is that of a batch or two
        lowest = settled.filter(pl.col("smoothed").is_finite()).sort("smoothed").head(1)
        first = steps.row(0, named=True) | {
            "iterations": len(steps),
            "lowest_loss": lowest["smoothed"].first(),
            "lowest_lr": lowest["lr"].first(),
        }
        rates = (float(f"{first[column.key]:.3g}") if first[column.key] else None for column in _FIGURES[2:])
        doubt = [first["doubt"]] if doubtful else []
        rows.append([*(first[key] for key in (*keys, "seed", "iterations", "lowest_loss")), *rates, *doubt])
    coordinates = [_coordinate(key, result.runs[key].dtype) for key in keys]
    doubts = [Column("doubt", "doubt")] if doubtful else []
    columns = [*coordinates, Column("seed", "seed", "count", identifies=True), *_FIGURES, *doubts]
    return Table.of(result.study.title, columns, rows, "range tests: learning rates, and what each suggests")


def only_searched(result: StudyResult) -> bool:
    """Return whether nothing was trained, but rates were searched."""
    return result.epochs.is_empty() and not result.finder.is_empty()


def suggested(result: StudyResult) -> str:
    """Return in a sentence which rates the range tests chose."""
    chosen = result.finder.group_by("run", maintain_order=True).first()["chosen"]
    rates = sorted({float(f"{rate:.3g}") for rate in chosen.drop_nulls() if math.isfinite(rate)})
    tests = count(len(chosen), "range test")
    if not rates:
        return f"Nothing was trained, and no rate is suggested by {tests}."
    between = " to ".join(shown_rate(rate) for rate in dict.fromkeys((rates[0], rates[-1])))
    without = f" ({chosen.null_count()} of them nothing)" if chosen.null_count() else ""
    return f"Nothing was trained; {tests} suggested {between}{without}."


def _coordinate(key: str, dtype: pl.DataType) -> Column:
    return Column(key, key.rpartition(".")[2], "number" if dtype.is_numeric() else "text", identifies=True)
