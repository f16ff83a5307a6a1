"""What tells the scenarios of a study from each other."""

import polars as pl

from lrtui.analysis.columns import SCENARIO_COORDINATES, swept
from lrtui.text import format_rate, format_value

_STANDARD = [column.name for column in SCENARIO_COORDINATES if column.name not in ("scenario", "lr_found")]


def telling(runs: pl.DataFrame) -> list[str]:
    """Return the coordinates that vary over a table of runs, standard ones first.

    If a study has variants, what a variant fixes goes without saying; so does a rate that the finder chose.
    """
    keys = [*_STANDARD, *swept(runs)]
    scenarios = runs.group_by("scenario", maintain_order=True).agg(pl.col(*keys, "lr_found").drop_nulls().first())
    if scenarios["lr_found"].all():
        keys.remove("lr")
    varying = [key for key in keys if scenarios[key].n_unique() > 1]
    if "variant" not in varying:
        return varying
    within = scenarios.group_by("variant").agg(pl.col(key).n_unique() for key in varying if key != "variant")
    return ["variant", *(key for key in varying if key != "variant" and bool((within[key] > 1).any()))]


def scenario_labels(runs: pl.DataFrame) -> dict[str, str]:
    """Return every scenario's coordinates that tell it from the others of the table; its whole label if none does."""
    keys = telling(runs)
    labels = {}
    for row in runs.unique("scenario", maintain_order=True).iter_rows(named=True):
        parts = [rate_text(row["lr"], row["lr_found"]) if key == "lr" else _part(key, row[key]) for key in keys]
        labels[row["scenario"]] = ", ".join(parts) or row["scenario"]
    return labels


def _part(key: str, value: object) -> str:
    return str(value) if isinstance(value, str) else f"{key.rpartition('.')[2]} {format_value(value)}"


def rate_text(lr: float | None, found: bool | None) -> str:
    """Return `1e-3`; `find → 0.00123` for a rate that the finder chose, and `find` before it has."""
    if not found:
        return "" if lr is None else format_rate(lr)
    return "find" if lr is None else f"find → {format_rate(short_rate(lr))}"


def short_rate(lr: float) -> float:
    """Return a rate that nobody typed, in three digits."""
    return float(f"{lr:.3g}")
