"""The runs of one or several studies, put together into scenarios: the same settings, replicates over seeds."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from lrtui.book.question import LackingError
from lrtui.book.scenario import Scenario, Trained
from lrtui.study.diagnostics import FinderConfig, HealthConfig, McDropoutConfig
from lrtui.study.indicators import IndicatorConfig
from lrtui.study.records import RunStatus
from lrtui.study.schema import RunConfig
from lrtui.study.spec import RunSpec
from lrtui.text import shown_rate, shown_value


@dataclass(frozen=True, eq=False)
class Grouping:
    """The scenarios that are compared with each other."""

    name: str
    scenarios: tuple[Scenario, ...]
    left_out: tuple[str, ...] = ()
    """Studies of a scenario that a later one has with other settings; `STUDY (LABEL)`."""

    @cached_property
    def done(self) -> tuple[Scenario, ...]:
        """Return the scenarios with a run that is done."""
        return tuple(scenario for scenario in self.scenarios if scenario.n)

    @property
    def studies(self) -> tuple[Trained, ...]:
        """Return the studies that have a run in it, each once."""
        return tuple({study.id: study for one in self.scenarios for study in one.studies}.values())

    def some(self, what: str, test: Callable[[RunConfig], bool]) -> tuple[Scenario, ...]:
        """Return the done scenarios whose configuration passes. Raises LackingError, naming them, if there is none."""
        passing = tuple(one for one in self.done if test(one.config))
        if not passing:
            raise LackingError(f"no finished run {what}")
        return passing

    def only(self, what: str, test: Callable[[RunConfig], bool]) -> Scenario:
        """Return the one done scenario whose configuration passes. Raises LackingError if there is none or several."""
        passing = self.some(what, test)
        if len(passing) > 1:
            raise LackingError(f"several scenarios {what}")
        return passing[0]

    @cached_property
    def common_loss(self) -> float:
        """Return the lowest validation loss, nats, that every run reached that did not fail; NaN if all did."""
        return max((loss for one in self.done if math.isfinite(loss := one.loss_reached())), default=math.nan)


ALONE = Grouping("", ())
"""For figures that do not depend on the other scenarios."""


@dataclass(frozen=True, eq=False)
class StudyRun:
    """One run of a study, and where it stands."""

    study: Trained
    spec: RunSpec
    row: Mapping[str, Any]
    """Its row of runs.parquet."""

    @property
    def status(self) -> RunStatus:
        """Return where it stands."""
        return RunStatus(self.row["status"])

    @property
    def settings(self) -> RunConfig:
        """Return its configuration, but for what its training and its figures do not depend on."""
        idle: dict[str, Any] = {"health": HealthConfig(), "indicators": IndicatorConfig()}
        if not self.spec.finds_lr:
            idle["finder"] = FinderConfig()
        if not self.spec.config.model.dropout:
            idle["mc_dropout"] = McDropoutConfig()
        return self.spec.config.model_copy(update=idle)


def study_runs(studies: Iterable[Trained]) -> list[StudyRun]:
    """Return every run of the studies that trains something."""
    runs = []
    for study in studies:
        specs = {spec.run: spec for spec in study.result.study.runs}
        for row in study.result.runs.iter_rows(named=True):
            spec = specs[row["run"]]
            if row["epochs"] or row["status"] != RunStatus.DONE.value:  # else a range test and nothing more
                runs.append(StudyRun(study, spec, row))
    return runs


def group(name: str, runs: Sequence[StudyRun], label: Callable[[StudyRun], str]) -> Grouping:
    """Return the runs as scenarios, one for each label, in order of appearance; later runs are of studies begun later.

    A scenario's replicates may come from several studies: of one seed the later done run counts. If runs of one label have
    different settings, those with the settings of the latest count.
    """
    labels: dict[str, list[StudyRun]] = {}
    for run in runs:
        labels.setdefault(label(run), []).append(run)
    scenarios, left_out, first = [], [], 1
    for text, members in labels.items():
        settings = members[-1].settings
        left_out += [f"{run.study.id} ({text})" for run in members if run.settings != settings]
        seeds: dict[int, StudyRun] = {}
        for run in members:
            earlier = seeds.get(run.spec.seed)
            if run.settings == settings and (
                earlier is None or run.status is RunStatus.DONE or earlier.status is not RunStatus.DONE
            ):
                seeds[run.spec.seed] = run
        kept = [seeds[seed] for seed in sorted(seeds)]
        scenarios.append(_scenario(text, kept, first))
        first += len(kept)
    return Grouping(name, tuple(scenarios), tuple(dict.fromkeys(left_out)))


def own_label(spec: RunSpec, name: str) -> str:
    """Return a scenario's short name: its variant's (or none), and the values of what is swept."""
    swept = [
        str(value)
        if isinstance(value, str)
        else f"{key.rpartition('.')[2]} {shown_rate(value) if key == 'optim.lr' and value != 'find' else shown_value(value)}"
        for key, value in spec.swept
    ]
    return ", ".join([name, *swept] if name else swept) or spec.scenario


def _scenario(label: str, runs: Sequence[StudyRun], first: int) -> Scenario:
    """Return the scenario; its runs are numbered anew from `first`, since several studies number theirs alike."""
    done = [run for run in runs if run.status is RunStatus.DONE]
    last = runs[-1]
    published = (figure for figure in last.study.result.study.published if figure.matches(last.spec))

    def rows(table: str) -> pl.DataFrame:
        tables: list[pl.DataFrame] = [getattr(run.study.result, table) for run in done or [last]]
        if not done:
            return tables[0].clear()
        mine = [
            rows.filter(pl.col("run") == run.spec.run).with_columns(pl.lit(first + place, pl.Int32).alias("run"))
            for place, (run, rows) in enumerate(zip(done, tables, strict=True))
        ]
        return pl.concat(mine, how="diagonal")

    return Scenario(
        label=label,
        config=last.spec.config,
        lr=last.row["lr"],
        statuses=tuple(run.status for run in runs),
        studies=tuple({run.study.id: run.study for run in runs}.values()),
        published=next(published, None),
        runs=rows("runs"),
        epochs=rows("epochs").sort("run", "epoch"),
        layers=rows("layers"),
    )
