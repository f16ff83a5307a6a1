"""What every analysis of a whole study starts from."""

from dataclasses import dataclass, field

import polars as pl

from lrtui.analysis.columns import CURVATURE, FINDER, LAYERS, empty
from lrtui.study.spec import Study


@dataclass(frozen=True, eq=False)
class StudyResult:
    """A study and what was measured of it so far."""

    study: Study
    runs: pl.DataFrame
    """One row per run, columns as `columns.RUNS`, other swept keys after them."""
    epochs: pl.DataFrame
    """One row per run and measured epoch, columns as `columns.EPOCHS`."""
    layers: pl.DataFrame = field(default_factory=lambda: empty(LAYERS))
    """One row per run, measured epoch and layer, columns as `columns.LAYERS`; empty if health is not measured."""
    finder: pl.DataFrame = field(default_factory=lambda: empty(FINDER))
    """One row per range test and step, columns as `columns.FINDER`."""
    curvature: pl.DataFrame = field(default_factory=lambda: empty(CURVATURE))
    """One row per run and epoch after which it was measured, columns as `columns.CURVATURE`."""
