"""The done runs of one or several studies, put together by what they are runs of."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from lrtui.analysis.indicators import Verdict
from lrtui.analysis.protocol import departures
from lrtui.analysis.result import StudyResult
from lrtui.analysis.wording import pair_name
from lrtui.study.diagnostics import HealthConfig, McDropoutConfig
from lrtui.study.indicators import IndicatorConfig
from lrtui.study.optimizers import OptimConfig
from lrtui.study.records import RunStatus
from lrtui.study.schema import RunConfig
from lrtui.text import format_value


@dataclass(frozen=True)
class DoneRun:
    """One run that was trained to its end."""

    config: RunConfig
    lr: float
    seed: int
    epochs: int
    val_accuracy: float
    """Percent; NaN if the network gave no numbers."""
    """Final, percent."""
    verdict: Verdict
    convergence_epoch: int | None
    fluctuation: float | None
    published_accuracy: float | None
    """Percent; what its study's preset gives for its scenario."""


@dataclass(frozen=True)
class Sweep:
    """The replicates of one model on one data set under one optimizer, at each learning rate."""

    model: str
    dataset: str
    optimizer: str
    """See `optimizer_label`."""
    departures: tuple[str, ...]
    """In what all its runs depart from the paper's protocol; empty where they follow it."""
    rates: dict[float, tuple[DoneRun, ...]]
    """Replicates by learning rate, the lowest first."""

    @property
    def pair(self) -> str:
        """Return `MLP/MNIST`."""
        return pair_name(self.model, self.dataset)

    @property
    def remark(self) -> str:
        """Return the departures as a remark to set behind a figure, or nothing."""
        return f" ({', '.join(self.departures)})" if self.departures else ""


def sweeps(results: Sequence[StudyResult]) -> list[Sweep]:
    """Return one sweep per model, data set and optimizer setting that has done runs, in order of appearance.

    Studies are put together: their replicates are pooled, and where two hold a run of the same configuration and seed,
    the later in `results` counts. Runs that follow the paper's protocol are taken alone; where there are none, those
    that depart from it in one and the same way: the way with the most epochs.
    """
    kinds: dict[tuple[str, str, str], dict[tuple[str, ...], list[DoneRun]]] = {}
    for run in _distinct(run for result in results for run in _done(result)):
        kind = (run.config.model.name, run.config.data.name, optimizer_label(run.config.optim))
        kinds.setdefault(kind, {}).setdefault(departures(run.config, run.epochs), []).append(run)
    found = []
    for (model, dataset, optimizer), ways in kinds.items():
        way = () if () in ways else max(ways, key=lambda way: ways[way][0].epochs)
        found.append(Sweep(model, dataset, optimizer, way, _by_rate(ways[way])))
    return found


def optimizer_label(optim: OptimConfig) -> str:
    """Return the optimizer's name and its settings other than the defaults: `sgd` is plain, `sgd momentum=0.9` is not."""
    fields = type(optim).model_fields
    changed = [
        f" {key}={format_value(value)}"
        for key, value in optim
        if key not in ("name", "lr") and value != fields[key].default
    ]
    return optim.name + "".join(changed)


def _done(result: StudyResult) -> Iterable[DoneRun]:
    specs = {spec.run: spec for spec in result.study.runs}
    finished = result.runs.filter(pl.col("status") == RunStatus.DONE.value, pl.col("epochs") > 0)
    for row in finished.iter_rows(named=True):
        spec = specs[row["run"]]
        published = (figure for figure in result.study.published if figure.matches(spec))
        yield DoneRun(
            config=spec.config,
            lr=row["lr"],
            seed=spec.seed,
            epochs=row["epochs"],
            val_accuracy=math.nan if row["final_val_accuracy"] is None else row["final_val_accuracy"],
            verdict=Verdict(row["verdict"]),
            convergence_epoch=row["convergence_epoch"],
            fluctuation=row["fluctuation"],
            published_accuracy=next((f.val_accuracy for f in published if f.val_accuracy is not None), None),
        )


def _distinct(runs: Iterable[DoneRun]) -> list[DoneRun]:
    """Return the last run of each configuration and seed. What is measured of a run and how does not make it another."""
    judged_alike = {"indicators": IndicatorConfig(), "health": HealthConfig(), "mc_dropout": McDropoutConfig()}
    return list({(run.config.model_copy(update=judged_alike), run.seed): run for run in runs}.values())


def _by_rate(runs: list[DoneRun]) -> dict[float, tuple[DoneRun, ...]]:
    rates = sorted({run.lr for run in runs})
    return {rate: tuple(run for run in runs if run.lr == rate) for rate in rates}
