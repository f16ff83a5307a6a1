"""The curves of a study: which runs belong in one picture, in one colour, and their mean."""

from dataclasses import dataclass

import polars as pl

from lrtui.analysis.coordinates import rate_text, telling
from lrtui.analysis.result import StudyResult
from lrtui.study.records import RunStatus
from lrtui.text import format_value


@dataclass(frozen=True)
class Curve:
    """One run's figures by epoch; a figure may be NaN or infinite."""

    epochs: list[int]
    values: list[float]


@dataclass(frozen=True)
class Scenario:
    """One scenario within a group: its replicates, and their mean at each epoch that all of them reached.

    The mean is over the runs that are done (over all that began, where none is); it is not finite where one is not.
    """

    lr: float
    replicates: list[Curve]
    mean: Curve
    label: str
    """What tells it from the others of its group: its rate, or, where the study has but one rate, the rest."""


@dataclass(frozen=True)
class Group:
    """What differs only in the learning rate; all of a study that compares something else.

    The label is empty where the study has but one group.
    """

    label: str
    scenarios: list[Scenario]


def groups(result: StudyResult, column: str) -> list[Group]:
    """Return the curves of a column of epochs.parquet, in training order. Runs without a figure in it are left out."""
    others, sweeps = group_keys(result.runs), sweeps_rate(result.runs)
    keys, rest = (others, []) if sweeps else ([], others)
    found: dict[tuple[object, ...], list[Scenario]] = {}
    figures = result.epochs.select("run", "epoch", column).drop_nulls()
    by_run = {run: rows for (run,), rows in figures.group_by("run", maintain_order=True)}
    for _, runs in result.runs.group_by("scenario", maintain_order=True):
        curves = {run: _curve(by_run[run], column) for run in runs["run"] if run in by_run}
        done = set(runs.filter(pl.col("status") == RunStatus.DONE.value)["run"])
        counted = [curve for run, curve in curves.items() if run in done] or list(curves.values())
        if counted:
            lr = float(runs["lr"].drop_nulls()[0])
            label = group_label(rest, tuple(runs[key][0] for key in rest)) or rate_text(lr, runs["lr_found"][0])
            scenario = Scenario(lr, list(curves.values()), _mean(counted), label)
            found.setdefault(tuple(runs[key][0] for key in keys), []).append(scenario)
    return [Group(group_label(keys, values), scenarios) for values, scenarios in found.items()]


def group_keys(runs: pl.DataFrame) -> list[str]:
    """Return the coordinates besides the learning rate that tell the scenarios from each other."""
    return [key for key in telling(runs) if key != "lr"]


def sweeps_rate(runs: pl.DataFrame) -> bool:
    """Return whether scenarios that are the same in all else differ in their learning rate."""
    return "lr" in telling(runs)


def group_label(keys: list[str], values: tuple[object, ...]) -> str:
    """Return `mlp, mnist`; numbers get their name: `batch size 32`, `momentum 0.9`."""
    return ", ".join(
        format_value(value)
        if key in ("variant", "model", "dataset", "optimizer")
        else f"{key.rpartition('.')[2].replace('_', ' ')} {format_value(value)}"
        for key, value in zip(keys, values, strict=True)
    )


def _curve(rows: pl.DataFrame, column: str) -> Curve:
    return Curve(rows["epoch"].to_list(), rows[column].to_list())


def _mean(curves: list[Curve]) -> Curve:
    by_epoch = [dict(zip(curve.epochs, curve.values, strict=True)) for curve in curves]
    shared = [epoch for epoch in by_epoch[0] if all(epoch in values for values in by_epoch)]
    return Curve(shared, [sum(values[epoch] for values in by_epoch) / len(by_epoch) for epoch in shared])
