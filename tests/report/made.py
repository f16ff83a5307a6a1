"""Studies made by hand: their runs have the losses and accuracies a test gives them, nothing was trained."""

import datetime as dt
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl

from lrtui.analysis.frames import runs_frame, study_result
from lrtui.analysis.result import StudyResult
from lrtui.plots.view import StudyShape, View
from lrtui.store.remarks import Remarks
from lrtui.store.sittings import Sitting
from lrtui.study import preset
from lrtui.study.datasets import Found
from lrtui.study.records import EpochRecord, Outcome, RunStatus, StudyStatus
from lrtui.study.spec import RunSpec, Study
from lrtui.study.states import BoardSnapshot, RunState

HOSTILE = "=cmd()|'/c calc'!A1 [bold]x[/] \x1b[31mred\x1b[0m $x_1$ <b>*_#&`"
"""A formula, markup of five kinds, and a control sequence."""

NAN = math.nan
INF = math.inf
BEGAN = dt.datetime(2026, 11, 21, 16, 55, 12, tzinfo=dt.timezone.utc)


@dataclass(frozen=True)
class Saved:
    """A saved study, as `lrtui.store.reader.SavedStudy` would offer it."""

    study: Study
    states: tuple[RunState, ...]
    id: str = "20261121-165512-made"
    status: StudyStatus = StudyStatus.DONE
    message: str = ""
    started: dt.datetime = BEGAN
    ended: dt.datetime | None = BEGAN + dt.timedelta(minutes=62, seconds=7)
    device: dict[str, Any] = field(default_factory=lambda: {"kind": "cpu", "name": "Made Processor 9", "cores": 2})
    lanes: int = 2
    versions: dict[str, str] = field(
        default_factory=lambda: {"lrtui": "0.1.0", "python": "3.12.1", "torch": "2.15.0", "system": "Linux-6.1-x86_64"}
    )
    fingerprints: list[dict[str, Any]] = field(default_factory=list)
    origins: dict[str, dict[str, Any]] = field(default_factory=dict)
    sittings: tuple[Sitting, ...] = ()
    warnings: list[str] = field(default_factory=list)
    remarks: Remarks = field(default_factory=Remarks)

    @property
    def view(self) -> View:
        runs = tuple(self.states)
        snapshot = BoardSnapshot(self.status, self.message, "cpu", self.lanes, runs, 0.0, 0.0, None)
        return View(self.study, StudyShape.of(self.study), snapshot)

    @property
    def duration(self) -> float | None:
        return (self.ended - self.started).total_seconds() if self.ended else None

    @property
    def path(self) -> Path:
        return Path("runs") / self.id

    @property
    def runs(self) -> pl.DataFrame:
        return runs_frame(self.states)

    @property
    def result(self) -> StudyResult:
        return study_result(self.study, self.states)


def study(name: str, table: dict[str, Any]) -> Study:
    """Return the study of a preset given as a dict."""
    return preset.from_resolved(name, table)


def state(
    spec: RunSpec,
    losses: Sequence[float],
    accuracies: Sequence[float] | None = None,
    status: RunStatus = RunStatus.DONE,
) -> RunState:
    """Return a run with these validation losses, epoch 0 first; each epoch took half a second."""
    shown = accuracies or [10.0 + index for index in range(len(losses))]
    records = tuple(
        EpochRecord(
            spec.run,
            epoch,
            loss,
            accuracy,
            loss,
            accuracy,
            spec.lr,
            0.0,
            None if epoch == 0 else 1.5 - 0.01 * epoch,
            0.5,
        )
        for epoch, (loss, accuracy) in enumerate(zip(losses, shown, strict=True))
    )
    return RunState(spec, status, records, seconds=0.5 * len(losses))


def waiting(spec: RunSpec) -> RunState:
    """Return a run that has not begun."""
    return RunState(spec)


def variants(**more: Any) -> Saved:
    """Return a study of two variants, `plain` and `adam`, with two replicates each, stopped early and measured after training.

    Of `adam` there is a published figure. The last 100 training images validate.
    """
    made = study(
        "variants",
        {
            "title": "Two variants",
            "data": {"name": "digits", "validation": "last", "validation_count": 100},
            "model": {"name": "mlp"},
            "optim": {"name": "sgd", "lr": 0.1},
            "train": {"epochs": 9},
            "early_stopping": {"patience": 2},
            "variants": {"plain": {}, "adam": {"optim": {"name": "adam", "lr": 1e-3}}},
            "sweep": {"replicates": 2},
            "published": [
                {"variant": "adam", "val_accuracy": 80.0, "test_accuracy": 79.0, "best_epoch": 2, "epochs": 4}
            ],
            **more,
        },
    )
    states = [state(spec, [2.3, 1.0, 0.5, 0.6, 0.7], [10.0, 60.0, 70.0 + spec.run, 69.0, 65.0]) for spec in made.runs]
    return Saved(made, tuple(replace(one, outcome=outcome(one.spec.run, 2)) for one in states))


def of_a_text(**more: Any) -> Saved:
    """Return a study of one run that learned to tell the next of ten characters."""
    data, optim = {"name": "constitution", "context": 8}, {"name": "adam", "lr": 0.01}
    made = study("text", {"title": "Text", "data": data, "model": {"name": "gru"}, "optim": optim, **more})
    (spec,) = made.runs
    known = spec.config.data.with_found(Found((8,), 10, math.log(10)))
    spec = replace(spec, config=spec.config.model_copy(update={"data": known}))
    return Saved(replace(made, runs=(spec,)), (state(spec, [2.3, 1.0, 0.5], [10.0, 60.0, 70.0]),))


def outcome(run: int, kept_epoch: int, **more: Any) -> Outcome:
    """Return what was measured after training with the weights of `kept_epoch`: test accuracy 68 % and the run's number."""
    figures = {"val_loss": 0.5, "val_accuracy": 70.0 + run, "test_loss": 0.55, "test_accuracy": 68.0 + run}
    rest = {"stopped_early": True, "test_entropy": 0.7, "test_seconds": 0.01, "sparsity": 0.0}
    return Outcome(run=run, kept_epoch=kept_epoch, **{**figures, **rest, **more})


def falling(epochs: int, start: float, floor: float, speed: float) -> list[float]:
    """Return losses that fall from `start` towards `floor`, by the share `speed` of what is left every epoch."""
    return [floor + (start - floor) * (1 - speed) ** epoch for epoch in range(epochs + 1)]


def rising(epochs: int, end: float, speed: float) -> list[float]:
    """Return accuracies that rise from 10 % to exactly `end`."""
    return [end - (end - 10.0) * (1 - speed) ** epoch for epoch in range(epochs)] + [end]


def mixed() -> Saved:
    """Return a small study with every kind of run in it, under a hostile title.

    Two hidden layouts × two rates × two replicates: converged, diverged to NaN and to infinity, stalled, stopped on the
    way, under way, waiting.
    """
    made = study(
        "mixed",
        {
            "title": HOSTILE,
            "data": {"name": "digits"},
            "model": {"name": "mlp"},
            "optim": {"name": "sgd"},
            "train": {"epochs": 6, "batch_size": 32},
            "sweep": {"model.hidden": [[64, 32], [16]], "optim.lr": [1e-3, 0.25], "replicates": 2},
        },
    )
    one, two, three, four, five, six, seven, eight = made.runs
    states = (
        state(one, [2.3, 0.5, 0.4, 0.399, 0.398, 0.397, 0.3961234], [10, 80, 90, 91.25, 91.5, 91.499, 91.504]),
        state(two, [2.3, 0.6, 0.5, 0.4, 0.41, 0.409, 0.4075], [9, 78, 86, 90, 90.5, 90.1, 90.005]),
        state(three, [2.3, 5.0, NAN, NAN, NAN, NAN, NAN], [10, 11, 9.8, 9.8, 9.8, 9.8, 9.8]),
        state(four, [2.3, 4e7, 1.2e12, INF, INF, INF, INF], [10, 12, 10.5, 9.5, 9.5, 9.5, 9.5]),
        state(five, [2.3, 2.299, 2.298, 2.297, 2.296, 2.295, 2.294]),
        state(six, [2.3, 1.5, 1.0], [10, 60, 70.125], RunStatus.STOPPED),
        state(seven, [2.3, 1.25], [10, 55.5], RunStatus.RUNNING),
        waiting(eight),
    )
    return Saved(made, states, status=StudyStatus.RUNNING, ended=None)


PUBLISHED = (
    (1e-5, 93.41, None, 28, "Sangat lambat, stabil", "very slow, stable"),
    (1e-4, 96.02, None, 20, "Cukup lambat, stabil", "fairly slow, stable"),
    (1e-3, 98.14, 0.42, 12, "Optimal dan stabil", "optimal and stable"),
    (1e-2, 96.85, None, 10, "Cepat, fluktuasi sedang", "fast, moderate fluctuation"),
    (1e-1, 58.72, 7.12, None, "Divergen, tidak stabil", "divergent, unstable"),
)

FINGERPRINT = {
    "name": "mnist",
    "train_count": 60000,
    "val_count": 10000,
    "sha256": "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
    "canonical": False,
    "source": "train-images-idx3-ubyte",
    "note": "not the canonical copy: its SHA-256 is another.",
}


def paper(optimizer: str = "sgd", epochs: int = 30, finals: Sequence[float] = (23.4, 66.0, 90.2, 94.1, 96.0)) -> Saved:
    """Return the paper's MLP/MNIST sweep: each rate faster than the one below; one replicate at 1e-1 diverges."""
    made = study(
        "paper/mlp-mnist" if optimizer == "sgd" else f"paper/mlp-mnist-{optimizer}",
        {
            "title": f"MLP on MNIST, five learning rates, {optimizer}",
            "source": "the paper, table 1",
            "protocol": "paper",
            "data": {"name": "mnist"},
            "model": {"name": "mlp"},
            "optim": {"name": optimizer},
            "train": {"epochs": epochs, "batch_size": 64},
            "sweep": {"optim.lr": [row[0] for row in PUBLISHED], "replicates": 3},
            "published": [_published(*row) for row in PUBLISHED],
        },
    )
    speeds = (0.001, 0.02, 0.2, 0.35, 0.5)
    states = []
    for spec in made.runs:
        place = [row[0] for row in PUBLISHED].index(spec.lr)
        final = finals[place] + 0.11 * (spec.replicate - 2) * (place + 1)
        losses = falling(epochs, 2.3, 0.08 + 0.01 * spec.replicate, speeds[place])
        if spec.lr == 1e-1 and spec.replicate == 3:
            losses[3:] = [NAN] * (epochs - 2)
            final = 9.8
        states.append(state(spec, losses, rising(epochs, final, speeds[place])))
    return Saved(
        made, tuple(states), id=f"20261121-165512-{made.name.replace('/', '-')}", fingerprints=[dict(FINGERPRINT)]
    )


def _published(
    lr: float, accuracy: float, sd: float | None, epoch: int | None, remark: str, english: str
) -> dict[str, Any]:
    row = {
        "optim.lr": lr,
        "val_accuracy": accuracy,
        "val_accuracy_sd": sd,
        "convergence_epoch": epoch,
        "remark": remark,
        "remark_en": english,
    }
    return {key: value for key, value in row.items() if value is not None}


Golden = Callable[[str, str | bytes], None]
