"""Studies put together: the arms of exercise 8, whether one study has them as variants or each is a study of its own."""

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from lrtui.analysis.answers.arms import Arm, LackingError, arm_label
from lrtui.analysis.answers.parts import PARTS, part_of
from lrtui.analysis.protocol import changes
from lrtui.analysis.result import StudyResult
from lrtui.analysis.verdicts import FAILED
from lrtui.study.diagnostics import FinderConfig, HealthConfig
from lrtui.study.indicators import IndicatorConfig
from lrtui.study.records import RunStatus
from lrtui.study.schema import RunConfig
from lrtui.study.spec import Published, RunSpec

OWN = "presets of one's own"
"""The family of presets that are in no folder and have no variants."""
_FAILED = tuple(verdict.value for verdict in FAILED)


@dataclass(frozen=True, eq=False)
class Trained:
    """A saved study, with what is known of how it was trained."""

    id: str
    result: StudyResult
    device: str
    """Kind and name of what trained it."""
    lanes: int
    """Runs that were trained at a time."""
    data: tuple[Mapping[str, Any], ...] = ()
    """The fingerprints of its data sets."""


@dataclass(frozen=True, eq=False)
class Member:
    """One arm of a family, with where its runs come from."""

    arm: Arm
    part: str | None
    """Which part of the exercise it is: a key of PARTS."""
    statuses: tuple[RunStatus, ...]
    """Of its runs, in order of seed."""
    studies: tuple[Trained, ...]
    """Those that have a run of it."""
    published: Published | None

    @property
    def changes(self) -> tuple[str, ...]:
        """Return what was changed of the presets behind it."""
        return tuple(dict.fromkeys(change for study in self.studies for change in changes(study.result.study)))

    @property
    def images(self) -> tuple[object, ...]:
        """Return what has to be equal where losses and accuracies are to be compared."""
        data = self.arm.config.data
        count = None if data.validation == "test" else data.validation_count
        return (data.name, data.validation, count, data.train_limit, data.val_limit)

    @property
    def contents(self) -> set[str]:
        """Return the SHA-256 of its data, as far as it is known."""
        return {str(one["sha256"]) for study in self.studies for one in study.data if one.get("sha256")}

    @property
    def test_images(self) -> int | None:
        """Return how many images its test accuracy is of; None where that is not known."""
        data = [one for study in self.studies for one in study.data if one.get("name") == self.arm.config.data.name]
        counts = [
            one.get("test_count") or one.get("val_count") for one in data
        ]  # without test images those validated on
        return min(filter(None, counts), default=None)

    @property
    def machines(self) -> set[tuple[str, int]]:
        """Return what has to be equal where seconds are to be compared: the machine, and how many runs shared it."""
        return {(study.device, study.lanes) for study in self.studies}


@dataclass(frozen=True, eq=False)
class Family:
    """The arms that are compared with each other: those of `exercise8/…`, or those of `handson/…`."""

    name: str
    members: tuple[Member, ...]
    """In the order of the exercise's parts."""
    left_out: tuple[str, ...]
    """Studies of an arm that a later one has with other settings; `STUDY (ARM)`."""

    @property
    def done(self) -> tuple[Member, ...]:
        """Return the members with a run that is done."""
        return tuple(member for member in self.members if member.arm.n)

    @property
    def studies(self) -> tuple[Trained, ...]:
        """Return the studies that have a run in it, each once."""
        return tuple({study.id: study for member in self.members for study in member.studies}.values())

    def part(self, letter: str) -> Member:
        """Return the member that is this part of the exercise. Raises LackingError where none, or several, have a done run."""
        found = [member for member in self.done if member.part == letter]
        if len(found) != 1:
            raise LackingError(
                f"{'several arms are' if found else 'no finished run of'} part {letter} ({PARTS[letter]})"
            )
        return found[0]

    @cached_property
    def common_loss(self) -> float:
        """Return the validation loss, nats, that all arms are to reach: the worst of the arms' means of their best losses.

        Runs that diverged or stalled do not set it; NaN where no run learned.
        """
        means = []
        for member in self.done:
            learned = member.arm.runs.filter(~pl.col("verdict").is_in(_FAILED))["best_val_loss"].drop_nulls()
            if finite := [loss for loss in learned.to_list() if math.isfinite(loss)]:
                means.append(statistics.fmean(finite))
        return max(means, default=math.nan)


def families(studies: Sequence[Trained]) -> list[Family]:
    """Return a family for each set of presets among the studies, in order of appearance; later studies were begun later.

    An arm's replicates may come from several studies: of one seed the later done run counts. Where two studies have an
    arm with different settings, the later study's counts.
    """
    found: dict[str, list[_Run]] = {}
    for study in studies:
        for spec, status in _statuses(study.result):
            found.setdefault(_family_of(study), []).append(_Run(study, spec, status))
    return [_family(name, runs) for name, runs in found.items()]


@dataclass(frozen=True, eq=False)
class _Run:
    study: Trained
    spec: RunSpec
    status: RunStatus

    @property
    def label(self) -> str:
        return arm_label(self.spec, self.spec.variant or self.study.result.study.name.rpartition("/")[2])

    @property
    def settings(self) -> RunConfig:
        """Return its configuration, but for what its training does not depend on."""
        idle: dict[str, Any] = {"health": HealthConfig(), "indicators": IndicatorConfig()}
        if not self.spec.finds_lr:
            idle["finder"] = FinderConfig()
        return self.spec.config.model_copy(update=idle)


def _statuses(result: StudyResult) -> Iterable[tuple[RunSpec, RunStatus]]:
    """Return every run that trains something, and where it stands."""
    rows = result.runs.select("status", "epochs").iter_rows()
    for spec, (status, epochs) in zip(result.study.runs, rows, strict=True):
        if epochs or status != RunStatus.DONE.value:  # else a range test and nothing more
            yield spec, RunStatus(status)


def _family_of(study: Trained) -> str:
    found = study.result.study
    folder = found.name.rpartition("/")[0]
    return folder or (found.name if found.runs[0].variant else OWN)


def _family(name: str, runs: Sequence[_Run]) -> Family:
    labels: dict[str, list[_Run]] = {}
    for run in runs:
        labels.setdefault(run.label, []).append(run)
    members, left_out, first = [], [], 1
    for label, found in labels.items():
        settings = found[-1].settings
        left_out += [f"{run.study.id} ({label})" for run in found if run.settings != settings]
        seeds: dict[int, _Run] = {}
        for run in found:
            earlier = seeds.get(run.spec.seed)
            if run.settings == settings and (
                earlier is None or run.status is RunStatus.DONE or earlier.status is not RunStatus.DONE
            ):
                seeds[run.spec.seed] = run
        kept = [seeds[seed] for seed in sorted(seeds)]
        members.append(_member(label, kept, first))
        first += len(kept)
    parts = [*PARTS, None]
    members.sort(key=lambda member: parts.index(member.part))
    return Family(name, tuple(members), tuple(dict.fromkeys(left_out)))


def _member(label: str, runs: Sequence[_Run], first: int) -> Member:
    """Return the arm; its runs are numbered anew from `first`, since several studies number theirs alike."""
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

    arm = Arm(label, last.spec.config, len(runs), rows("runs"), rows("epochs"), rows("layers"))
    return Member(
        arm=arm,
        part=part_of(last.spec.config),
        statuses=tuple(run.status for run in runs),
        studies=tuple({run.study.id: run.study for run in runs}.values()),
        published=next(published, None),
    )
