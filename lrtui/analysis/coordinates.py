"""What the scenarios of a table of runs are called."""

import polars as pl

from lrtui.analysis.columns import SCENARIO_COORDINATES, swept
from lrtui.study import coordinates
from lrtui.text import rate_text

_STANDARD = [column.name for column in SCENARIO_COORDINATES if column.name not in ("scenario", "lr_found")]


def telling(runs: pl.DataFrame) -> list[str]:
    """Return the coordinates that vary over a table of runs, standard ones first; rates that the finder chose do not count."""
    keys = [*_STANDARD, *swept(runs)]
    scenarios = runs.group_by("scenario", maintain_order=True).agg(pl.col(*keys, "lr_found").drop_nulls().first())
    if scenarios["lr_found"].all():
        keys.remove("lr")
    return coordinates.telling(scenarios.select(keys).to_dicts())


def scenario_labels(runs: pl.DataFrame) -> dict[str, str]:
    """Return every scenario's coordinates that tell it from the others of the table; its whole label if none does."""
    keys = telling(runs)
    labels = {}
    for row in runs.unique("scenario", maintain_order=True).iter_rows(named=True):
        parts = [
            rate_text(row["lr"], row["lr_found"]) if key == "lr" else coordinates.coordinate_text(key, row[key])
            for key in keys
        ]
        labels[row["scenario"]] = ", ".join(filter(None, parts)) or row["scenario"]
    return labels
