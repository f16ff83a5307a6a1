"""A scenario: runs with the same settings, replicates over seeds, and the figures taken of those that are done."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import polars as pl

from lrtui.analysis import verdicts
from lrtui.analysis.result import StudyResult
from lrtui.book.figures import Figures
from lrtui.book.protocol import changes
from lrtui.store.reader import SavedStudy
from lrtui.study.records import RunStatus
from lrtui.study.schema import RunConfig
from lrtui.study.spec import Published

OUTPUT = "output"
"""The name of the output layer in layers.parquet."""
NEAR_CHANCE = 2.0
"""Times the accuracy of guessing: a run that ends below it failed."""
FAILED = tuple(verdict.value for verdict in verdicts.FAILED)
UNEVEN = 1.5
"""Times as long as a tenth of a run's epochs that another tenth takes: from here on the machine was not its own."""
UNKNOWN_MACHINE = ("unknown", 0)
TRAINED = pl.col("epoch") > 0


@dataclass(frozen=True, eq=False)
class Trained:
    """A study, with what is known of how it was trained."""

    id: str
    result: StudyResult
    device: str = ""
    """Kind and name of what trained it."""
    lanes: int = 1
    """Runs that were trained at a time."""
    data: tuple[Mapping[str, Any], ...] = ()
    """The fingerprints of its data sets."""
    origins: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    """Device and lanes of the studies that it took runs over from, by id."""

    @classmethod
    def of(cls, saved: SavedStudy) -> "Trained":
        """Return a saved study."""
        origins = {
            study: (device_name(about.get("device", {})), int(about.get("lanes", 0)))
            for study, about in saved.origins.items()
        }
        return cls(saved.id, saved.result, device_name(saved.device), saved.lanes, tuple(saved.fingerprints), origins)


def device_name(device: Mapping[str, Any]) -> str:
    """Return `cpu: NAME` of a device as a study's document has it."""
    details = ", ".join(str(device[key]) for key in ("model", "instructions") if device.get(key))
    return f"{device.get('kind', 'unknown')}: {device.get('name', 'unknown')}" + (f" ({details})" if details else "")


@dataclass(frozen=True, eq=False)
class Scenario:
    """Runs with the same settings: what those that are done measured."""

    label: str
    config: RunConfig
    lr: float | None
    """None while the finder has not chosen it."""
    statuses: tuple[RunStatus, ...]
    """Of its runs, in order of seed."""
    studies: tuple[Trained, ...]
    """Those that have a run of it."""
    published: Published | None
    runs: pl.DataFrame
    epochs: pl.DataFrame
    layers: pl.DataFrame

    @property
    def n(self) -> int:
        """Return how many runs are done."""
        return len(self.runs)

    @property
    def changes(self) -> tuple[str, ...]:
        """Return what was changed of the presets behind it."""
        return tuple(dict.fromkeys(change for study in self.studies for change in changes(study.result.study)))

    @property
    def images(self) -> tuple[object, ...]:
        """Return what has to be equal for losses and accuracies to compare."""
        data = self.config.data
        count = None if data.validation == "test" else data.validation_count
        return (data.name, data.validation, count, data.train_limit, data.val_limit)

    @property
    def contents(self) -> set[str]:
        """Return the SHA-256 of its data, as far as it is known."""
        return {str(one["sha256"]) for study in self.studies for one in study.data if one.get("sha256")}

    @property
    def test_images(self) -> int | None:
        """Return how many images its test accuracy is of; None if that is not known."""
        data = [one for study in self.studies for one in study.data if one.get("name") == self.config.data.name]
        counts = [one.get("test_count") or one.get("val_count") for one in data]  # without test images: validation
        return min(filter(None, counts), default=None)

    @property
    def machines(self) -> set[tuple[str, int]]:
        """Return what has to be equal for seconds to compare: the machine, and how many runs shared it.

        A run that was taken over has the seconds of the study that trained it.
        """
        origins = {study: about for trained in self.studies for study, about in trained.origins.items()}
        elsewhere = [*self.runs["reused_from"].drop_nulls(), *self.runs["continued_from"].drop_nulls()]
        found = {origins.get(study, UNKNOWN_MACHINE) for study in elsewhere}
        if self.runs.is_empty() or self.runs["reused_from"].null_count():
            found |= {(study.device, study.lanes) for study in self.studies}
        return found

    @cached_property
    def failed(self) -> dict[int, bool]:
        """Return of every run, by seed, whether it knows nothing at its end: by its verdict, or near chance."""
        chance = NEAR_CHANCE * 100 / self.config.data.classes
        ended = self.runs.select("seed", "verdict", "final_val_accuracy").iter_rows()
        return {seed: verdict in FAILED or (accuracy or 0.0) < chance for seed, verdict, accuracy in ended}

    @cached_property
    def uneven(self) -> tuple[float, float] | None:
        """Return the seconds of a quick epoch (a tenth is quicker) and of a slow one of the most uneven run.

        None if every run's epochs took about as long, as they do on a machine without other work.
        """
        tenths = [pl.col("seconds").quantile(share, "linear").alias(str(share)) for share in (0.1, 0.9)]
        seconds = self.epochs.filter(TRAINED).group_by("run").agg(*tenths)
        slow = seconds.filter(pl.col("0.9") > UNEVEN * pl.col("0.1")).sort(pl.col("0.9") / pl.col("0.1"))
        return slow.select("0.1", "0.9").row(-1) if len(slow) else None

    def column(self, name: str) -> Figures | None:
        """Return a column of runs.parquet; None if no run has a value."""
        rows = self.runs.drop_nulls(name).select("seed", pl.col(name).cast(pl.Float64)).iter_rows()
        return _figures(rows)

    def by_run(self, rows: pl.DataFrame, expression: pl.Expr) -> Figures | None:
        """Return an aggregate over a table's rows of every run; None if no run has a value."""
        values = rows.group_by("run").agg(expression.cast(pl.Float64).alias("value")).drop_nulls("value")
        return _figures(values.join(self.runs.select("run", "seed"), on="run").select("seed", "value").iter_rows())

    def over_epochs(self, expression: pl.Expr) -> Figures | None:
        """Return an aggregate over the epochs from 1 on of every run."""
        return self.by_run(self.epochs.filter(TRAINED), expression)

    def epochs_to(self, loss: float) -> Figures | None:
        """Return the first epoch at which the validation loss of every run is at most `loss`; infinity: it never was.

        None if `loss` is not a number.
        """
        if math.isnan(loss):
            return None
        first = pl.col("epoch").filter(pl.col("val_loss") <= loss).min().cast(pl.Float64)
        return self.over_epochs(first.fill_null(math.inf))

    def seconds_to(self, loss: float) -> Figures | None:
        """Return the wall time, seconds, until the epoch of `epochs_to`, of every run."""
        if math.isnan(loss):
            return None
        reached = (pl.col("val_loss") <= loss) & TRAINED
        until = pl.col("seconds").filter(pl.col("epoch") <= pl.col("epoch").filter(reached).min()).sum()
        return self.by_run(self.epochs, pl.when(reached.any()).then(until).otherwise(math.inf))

    def loss_reached(self) -> float:
        """Return the lowest validation loss, nats, that each of its runs reached that did not fail; NaN: all did."""
        lowest = self.over_epochs(pl.col("val_loss").filter(pl.col("val_loss").is_finite()).min())
        reached = {} if lowest is None else lowest.by_seed
        return max((loss for seed, loss in reached.items() if not self.failed[seed]), default=math.nan)

    def hidden(self, *, at: str = "last") -> pl.DataFrame:
        """Return the rows of layers.parquet of the hidden layers before training (`first`) or at its end (`last`)."""
        rows = self.layers.filter(pl.col("name") != OUTPUT, pl.col("step").is_null())
        chosen = pl.col("epoch").min() if at == "first" else pl.col("epoch").max()
        return rows.filter(pl.col("epoch") == chosen.over("run"))

    def over_layers(self, expression: pl.Expr, *, at: str = "last") -> Figures | None:
        """Return an aggregate over the hidden layers of every run."""
        return self.by_run(self.hidden(at=at), expression)

    def by_depth(self, column: str, *, at: str = "last") -> dict[int, float]:
        """Return the mean over the runs of a column of layers.parquet, by hidden layer from 1."""
        rows = self.hidden(at=at).group_by("layer").agg(pl.col(column).mean()).sort("layer")
        return dict(rows.iter_rows())


def _figures(pairs: Iterable[tuple[int, float]]) -> Figures | None:
    by_seed = dict(sorted(pairs))
    return Figures(by_seed) if by_seed else None
