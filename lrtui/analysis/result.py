"""What every analysis of a whole study starts from."""

from dataclasses import dataclass

import polars as pl

from lrtui.study.spec import Study


@dataclass(frozen=True, eq=False)
class StudyResult:
    """A study and what was measured of it so far."""

    study: Study
    runs: pl.DataFrame
    """One row per run, columns as `columns.RUNS`, other swept keys after them."""
    epochs: pl.DataFrame
    """One row per run and measured epoch, columns as `columns.EPOCHS`."""
