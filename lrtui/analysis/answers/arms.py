"""The arms of an experiment: one for each scenario of the study, with the runs of it that are done."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from lrtui.analysis.answers.stat import Stat
from lrtui.analysis.claim_comparisons import NEAR_CHANCE
from lrtui.analysis.result import StudyResult
from lrtui.analysis.verdicts import FAILED
from lrtui.study.records import RunStatus
from lrtui.study.schema import RunConfig
from lrtui.study.spec import RunSpec
from lrtui.text import format_rate, format_value

OUTPUT = "output"
"""The name of the output layer in layers.parquet."""


class LackingError(Exception):
    """The study has not what a finding is about; the message says what."""


@dataclass(frozen=True, eq=False)
class Arm:
    """One scenario: what its done runs measured. Figures are one value a run, in order of replicate."""

    label: str
    config: RunConfig
    planned: int
    """Runs the study has of it."""
    runs: pl.DataFrame
    epochs: pl.DataFrame
    layers: pl.DataFrame

    @property
    def n(self) -> int:
        """Return how many runs are done."""
        return len(self.runs)

    @property
    def failed(self) -> tuple[bool, ...]:
        """Return of every run whether it diverged, stalled, or ended below `NEAR_CHANCE` validation accuracy."""
        ended = self.runs.select("verdict", "final_val_accuracy").iter_rows()
        bad = {verdict.value for verdict in FAILED}
        return tuple(verdict in bad or (accuracy or 0.0) < NEAR_CHANCE for verdict, accuracy in ended)

    def column(self, name: str) -> Stat | None:
        """Return a column of runs.parquet; None where no run has a value."""
        values = self.runs[name].drop_nulls().to_list()
        return Stat(tuple(map(float, values))) if values else None

    def epoch_seconds(self) -> Stat | None:
        """Return the median wall time of an epoch, seconds, of every run."""
        return self._by_run(self.epochs.filter(pl.col("epoch") > 0), pl.col("seconds").median())

    def largest_gradient(self) -> Stat | None:
        """Return the largest mean gradient norm of an epoch, before clipping, of every run; infinity where one is not finite."""
        return self._by_run(self.epochs, pl.col("grad_norm").fill_nan(math.inf).max())

    def fastest_epoch(self) -> Stat | None:
        """Return the least wall time of an epoch, seconds, of every run: what else the machine does adds to the others."""
        return self._by_run(self.epochs.filter(pl.col("epoch") > 0), pl.col("seconds").min())

    def lowest_loss(self) -> Stat | None:
        """Return the lowest validation loss of every run, nats."""
        losses = self.epochs.filter(pl.col("epoch") > 0, pl.col("val_loss").is_finite())
        return self._by_run(losses, pl.col("val_loss").min())

    def loss_reached(self) -> float:
        """Return the lowest validation loss, nats, that each of its runs reached, of those that did not fail; NaN: all did."""
        good = [run for run, failed in zip(self.runs["run"].to_list(), self.failed, strict=True) if not failed]
        losses = self.epochs.filter(pl.col("epoch") > 0, pl.col("run").is_in(good), pl.col("val_loss").is_finite())
        lowest = losses.group_by("run").agg(pl.col("val_loss").min())["val_loss"].to_list()
        return max(lowest, default=math.nan)

    def final_loss(self) -> Stat | None:
        """Return the validation loss of the last epoch of every run, nats."""
        return self._by_run(self.epochs.filter(pl.col("epoch") > 0), pl.col("val_loss").last())

    def final_train_loss(self) -> Stat | None:
        """Return the training loss of the last epoch of every run, nats."""
        return self._by_run(self.epochs.filter(pl.col("epoch") > 0), pl.col("train_loss").last())

    def epochs_to(self, loss: float) -> Stat | None:
        """Return the first epoch at which the validation loss of every run is at most `loss`; infinity: it never was."""
        reached = self.epochs.filter(pl.col("epoch") > 0)
        first = pl.col("epoch").filter(pl.col("val_loss") <= loss).min().cast(pl.Float64).fill_null(math.inf)
        return self._by_run(reached, first)

    def hidden(self, *, at: str = "last") -> pl.DataFrame:
        """Return the rows of layers.parquet of the hidden layers before training (`first`) or at its end (`last`)."""
        rows = self.layers.filter(pl.col("name") != OUTPUT)
        chosen = pl.col("epoch").min() if at == "first" else pl.col("epoch").max()
        return rows.filter(pl.col("epoch") == chosen.over("run"))

    def over_layers(self, expression: pl.Expr, *, at: str = "last") -> Stat | None:
        """Return an aggregate over the hidden layers of every run."""
        return self._by_run(self.hidden(at=at), expression)

    def by_depth(self, column: str, *, at: str = "last") -> dict[int, float]:
        """Return the mean over the runs of a column of layers.parquet, by hidden layer from 1."""
        rows = self.hidden(at=at).group_by("layer").agg(pl.col(column).mean()).sort("layer")
        return dict(rows.iter_rows())

    def _by_run(self, rows: pl.DataFrame, expression: pl.Expr) -> Stat | None:
        found = rows.group_by("run", maintain_order=True).agg(expression.alias("value"))["value"].drop_nulls()
        return Stat(tuple(found.to_list())) if len(found) else None


@dataclass(frozen=True, eq=False)
class Arms:
    """All arms of a study, in its order."""

    all: tuple[Arm, ...]

    @cached_property
    def done(self) -> tuple[Arm, ...]:
        """Return the arms that have a run that is done."""
        return tuple(arm for arm in self.all if arm.n)

    def where(self, test: Callable[[RunConfig], bool]) -> tuple[Arm, ...]:
        """Return the arms with a done run whose configuration passes."""
        return tuple(arm for arm in self.done if test(arm.config))

    def some(self, what: str, test: Callable[[RunConfig], bool]) -> tuple[Arm, ...]:
        """Return the arms whose configuration passes. Raises LackingError, naming them, where there is none."""
        if not (found := self.where(test)):
            raise LackingError(f"no finished run with {what}")
        return found

    def only(self, what: str, test: Callable[[RunConfig], bool]) -> Arm:
        """Return the one arm whose configuration passes. Raises LackingError, naming it, where there is none or several."""
        found = self.where(test)
        if len(found) != 1:
            raise LackingError(f"{'no finished run' if not found else 'several scenarios'} with {what}")
        return found[0]

    @cached_property
    def common_loss(self) -> float:
        """Return the lowest validation loss, nats, that every run reached that did not fail; NaN where all did."""
        reached = [loss for arm in self.done if math.isfinite(loss := arm.loss_reached())]
        return max(reached, default=math.nan)


def arms(result: StudyResult) -> Arms:
    """Return the arms of a study."""
    done = result.runs.filter(pl.col("status") == RunStatus.DONE.value).sort("run")
    found = []
    for scenario in result.study.scenarios:
        specs = [spec for spec in result.study.runs if spec.scenario == scenario]
        runs = done.filter(pl.col("run").is_in([spec.run for spec in specs]))
        mine = pl.col("run").is_in(runs["run"].to_list())
        found.append(
            Arm(
                label=arm_label(specs[0], specs[0].variant),
                config=specs[0].config,
                planned=len(specs),
                runs=runs,
                epochs=result.epochs.filter(mine).sort("run", "epoch"),
                layers=result.layers.filter(mine).sort("run", "epoch", "layer"),
            )
        )
    return Arms(tuple(found))


def arm_label(spec: RunSpec, name: str) -> str:
    """Return the arm's name (the variant's, or none), and the values of what is swept."""
    swept = [
        str(value)
        if isinstance(value, str)
        else f"{key.rpartition('.')[2]} {format_rate(value) if key == 'optim.lr' and value != 'find' else format_value(value)}"
        for key, value in spec.swept
    ]
    return ", ".join([name, *swept] if name else swept) or spec.scenario
