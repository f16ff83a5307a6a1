"""The range tests of a study, as they are drawn: losses by learning rate, and the rates they suggest."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from lrtui.analysis.coordinates import short_rate
from lrtui.analysis.result import StudyResult
from lrtui.errors import InputError
from lrtui.report.layer_run import spec_of
from lrtui.text import format_rate

NAMES = {"valley": "valley", "steepest": "steepest", "minimum_tenth": "minimum / 10"}
"""What the suggestions are called."""


@dataclass(frozen=True)
class Suggestion:
    """A learning rate that a range test suggests."""

    key: str
    lr: float
    chosen: bool
    """Whether it is the one that a run takes."""

    @property
    def label(self) -> str:
        """Return `valley 0.026`."""
        return f"{NAMES[self.key]} {format_rate(short_rate(self.lr))}"


@dataclass(frozen=True)
class RangeTest:
    """One range test: figures by step. Losses are nats and may be NaN or infinite."""

    scenario: str
    rates: Sequence[float]
    losses: Sequence[float]
    smoothed: Sequence[float]
    suggestions: Sequence[Suggestion]

    @property
    def settled(self) -> tuple[list[float], list[float]]:
        """Return rates and smoothed losses of the steps whose smoothed loss is finite."""
        points = [pair for pair in zip(self.rates, self.smoothed, strict=True) if math.isfinite(pair[1])]
        return [rate for rate, _ in points], [loss for _, loss in points]


def range_tests(result: StudyResult, run: int | None = None) -> list[RangeTest]:
    """Return the range tests in the study's order; of one scenario, where a `run` of it is given.

    Raises InputError where there is no such run, or its scenario has no range test.
    """
    steps = result.finder
    if run is not None:
        scenario = spec_of(result, run).scenario
        steps = steps.filter(pl.col("scenario") == scenario)
        if steps.is_empty():
            raise InputError(f"--run {run}: there is no range test of its scenario")
    return [_range_test(rows) for _, rows in steps.sort("run", "iteration").group_by("run", maintain_order=True)]


def _range_test(steps: pl.DataFrame) -> RangeTest:
    first = steps.row(0, named=True)
    chosen = next((key for key in NAMES if first[key] is not None and first[key] == first["chosen"]), None)
    return RangeTest(
        scenario=first["scenario"],
        rates=steps["lr"].to_list(),
        losses=steps["loss"].to_list(),
        smoothed=steps["smoothed"].to_list(),
        suggestions=[Suggestion(key, first[key], key == chosen) for key in NAMES if first[key] is not None],
    )
