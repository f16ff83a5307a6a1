"""Replicate statistics as a table, a row per scenario, for tables and programs; comparisons go by seed: see `replicates`."""

from collections import Counter
from collections.abc import Sequence

import polars as pl

from lrtui.analysis.columns import SCENARIO_COORDINATES, SCENARIOS, SPREAD, schema, swept
from lrtui.analysis.statistics import mean, sd
from lrtui.analysis.verdicts import Verdict
from lrtui.study.records import RunStatus

_STATISTICS = {"mean": mean, "sd": sd}


def scenarios(runs: pl.DataFrame, *, partial: bool = False) -> pl.DataFrame:
    """Return one row per scenario, in order of appearance: coordinates, other swept columns, statistics.

    The columns are `columns.SCENARIOS`, the other swept ones between coordinates and statistics.

    Statistics are over the runs that are `done`. With `partial`, a scenario without any is given those of its runs that
    have at least one epoch; its `n` stays 0. If there is nothing to take a figure of, it is null. A NaN loss makes
    its mean NaN.
    """
    coordinates = [column.name for column in SCENARIO_COORDINATES if column.name != "scenario"]
    done = pl.col("status") == RunStatus.DONE.value
    begun = pl.col("epochs") > 0
    counted = done | begun & ~done.any().over("scenario") if partial else done
    marked = runs.with_columns(counted.alias("_counted"))

    def figure(name: str) -> pl.Expr:
        return pl.col(name).filter("_counted")

    def count(verdict: Verdict) -> pl.Expr:
        return (figure("verdict") == verdict.value).sum()

    rows = marked.group_by("scenario", maintain_order=True).agg(
        *(pl.col(name).drop_nulls().first() for name in (*coordinates, *swept(runs))),
        n=done.sum(),
        unfinished=(begun & ~done).sum(),
        waiting=(~begun & ~done & (pl.col("status") != RunStatus.ELSEWHERE.value)).sum(),
        epochs=figure("epochs").min(),
        epochs_mean=figure("epochs"),
        val_accuracy_mean=figure("final_val_accuracy"),
        val_accuracy_sd=figure("final_val_accuracy"),
        best_val_accuracy_mean=figure("best_val_accuracy"),
        best_val_accuracy_sd=figure("best_val_accuracy"),
        final_val_loss_mean=figure("final_val_loss"),
        best_val_loss_mean=figure("best_val_loss"),
        best_val_loss_epoch_mean=figure("best_val_loss_epoch"),
        convergence_epoch_median=figure("convergence_epoch").median(),
        settling_epoch_median=figure("settling_epoch").median(),
        stable_epoch_median=figure("stable_epoch").median(),
        converged=figure("convergence_epoch").count(),
        **{verdict.value: count(verdict) for verdict in Verdict},
        fluctuation_mean=figure("fluctuation"),
        worst_jump_mean=figure("worst_jump"),
        verdict=figure("verdict").drop_nulls(),
        seconds_mean=figure("seconds"),
        **{f"{name}_{statistic}": figure(name) for name in SPREAD for statistic in ("mean", "sd")},
        task=pl.col("task").drop_nulls().first(),
    )
    summed = [
        pl.Series(
            name,
            [_STATISTICS[name.rpartition("_")[2]](_known(values)) for values in rows[name].to_list()],
            pl.Float64(),
        )
        for name in rows.columns
        if name.endswith(("_mean", "_sd")) and rows[name].dtype == pl.List
    ]
    verdicts = pl.Series("verdict", [_common(Counter(verdicts)) for verdicts in rows["verdict"].to_list()], pl.String())
    return rows.with_columns(*summed, verdicts).cast(schema(SCENARIOS))  # type: ignore[arg-type]


def _known(values: Sequence[float | None]) -> list[float]:
    return [float(value) for value in values if value is not None]


def _common(verdicts: Counter[str]) -> str | None:
    """Return the verdict all share, else `2 settled, 1 diverged`."""
    if len(verdicts) <= 1:
        return next(iter(verdicts), None)
    return ", ".join(f"{count} {verdict}" for verdict, count in verdicts.most_common())
