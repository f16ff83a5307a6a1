"""Replicate statistics: one row per scenario."""

from collections import Counter

import polars as pl

from lrtui.analysis.columns import RUNS, SCENARIO_COORDINATES, SCENARIOS, SPREAD, schema
from lrtui.analysis.indicators import Verdict
from lrtui.study.records import RunStatus

_RUN_COLUMNS = {column.name for column in RUNS}


def scenarios(runs: pl.DataFrame, *, partial: bool = False) -> pl.DataFrame:
    """Return one row per scenario, in order of appearance: coordinates, other swept columns, statistics.

    The columns are `columns.SCENARIOS`, the other swept ones between coordinates and statistics.

    Statistics are over the runs that are `done`. With `partial`, a scenario without any is given those of its runs that
    have at least one epoch; its `n` stays 0. Where there is nothing to take a figure of, it is null. A NaN loss makes
    its mean NaN.
    """
    swept = [name for name in runs.columns if name not in _RUN_COLUMNS]
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
        *(pl.col(name).drop_nulls().first() for name in (*coordinates, *swept)),
        n=done.sum(),
        unfinished=(begun & ~done).sum(),
        waiting=(~begun & ~done).sum(),
        epochs=figure("epochs").min(),
        epochs_mean=figure("epochs").mean(),
        val_accuracy_mean=figure("final_val_accuracy").mean(),
        val_accuracy_sd=figure("final_val_accuracy").std(ddof=1),
        best_val_accuracy_mean=figure("best_val_accuracy").mean(),
        best_val_accuracy_sd=figure("best_val_accuracy").std(ddof=1),
        final_val_loss_mean=figure("final_val_loss").mean(),
        best_val_loss_mean=figure("best_val_loss").mean(),
        best_val_loss_epoch_mean=figure("best_val_loss_epoch").mean(),
        convergence_epoch_median=figure("convergence_epoch").median(),
        settling_epoch_median=figure("settling_epoch").median(),
        stable_epoch_median=figure("stable_epoch").median(),
        converged=figure("convergence_epoch").count(),
        **{verdict.value: count(verdict) for verdict in Verdict},
        fluctuation_mean=figure("fluctuation").mean(),
        worst_jump_mean=figure("worst_jump").mean(),
        verdict=figure("verdict").drop_nulls(),
        seconds_mean=figure("seconds").mean(),
        **{
            f"{name}_{statistic}": figure(name).mean() if statistic == "mean" else figure(name).std(ddof=1)
            for name in SPREAD
            for statistic in ("mean", "sd")
        },
    )
    verdicts = [_common(Counter(verdicts)) for verdicts in rows["verdict"].to_list()]
    return rows.with_columns(pl.Series("verdict", verdicts, pl.String())).cast(schema(SCENARIOS))  # type: ignore[arg-type]


def _common(verdicts: Counter[str]) -> str | None:
    """Return the verdict all share, else `2 settled, 1 diverged`."""
    if len(verdicts) <= 1:
        return next(iter(verdicts), None)
    return ", ".join(f"{count} {verdict}" for verdict, count in verdicts.most_common())
