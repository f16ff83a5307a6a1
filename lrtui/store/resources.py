"""resources.parquet: what training took of the machine, from sitting to sitting. No study depends on it."""

import contextlib
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from lrtui.analysis.columns import RESOURCES, empty, schema
from lrtui.errors import InputError
from lrtui.store import folder
from lrtui.store.contents import DAMAGE, checked
from lrtui.study.resources import GpuUse, Resources

MOST = 7200
"""Rows that are kept: where there are more, neighbours become one, so that a week takes no more room than two hours."""
WRITE_SECONDS = 60.0


class ResourcesFile:
    """Takes samples, and writes them every now and then; what cannot be written is tried again with those that follow."""

    def __init__(self, study: Path) -> None:
        """Go on with what is there already."""
        self._path = study / folder.RESOURCES_FILE
        self._samples: list[Resources] = list(read(study))
        self._span = statistics.median(one.seconds for one in self._samples) if self._samples else 0.0
        self._written = self._tried = self._samples[-1].at if self._samples else 0.0

    def take(self, sample: Resources) -> None:
        """Take a sample; it becomes one with that before it if together they span no longer than all others do."""
        self._samples[-1:] = merged([*self._samples[-1:], sample], self._span)
        while len(self._samples) * max(1, len(sample.gpus)) > MOST:
            self._span = 2 * max(self._span, sample.seconds)
            self._samples = merged(self._samples, self._span)
        self._tried = self._tried or sample.at
        if abs(sample.at - self._tried) >= WRITE_SECONDS:  # clocks are set back too
            self.write()

    def write(self) -> None:
        """Put what is new on disk, if that can be had."""
        last = self._samples[-1].at if self._samples else 0.0
        if last == self._written:
            return
        self._tried = last
        with contextlib.suppress(OSError):
            folder.write_frame(self._path, frame(self._samples))
            self._written = last


def read(study: Path) -> tuple[Resources, ...]:
    """Return the samples of a study folder, in order; none if there is no such file, or nothing can be made of it."""
    samples: list[Resources] = []
    for row in read_frame(study).iter_rows(named=True):
        sample = Resources(at=row["at"].timestamp(), **{name: row[name] for name in _FIGURES})
        if row["gpu"] is not None:
            others = samples.pop().gpus if samples and samples[-1].at == sample.at else ()
            sample = replace(sample, gpus=(*others, _gpu(row)))
        samples.append(sample)
    return tuple(samples)


def read_frame(study: Path) -> pl.DataFrame:
    """Return resources.parquet; without rows if there is none, or nothing can be made of it."""
    file = study / folder.RESOURCES_FILE
    try:
        return checked(pl.read_parquet(file.read_bytes()), RESOURCES, file).drop_nulls(["at", *_FIGURES])
    except (OSError, InputError, *DAMAGE):
        return empty(RESOURCES)


def frame(samples: Iterable[Resources]) -> pl.DataFrame:
    """Return samples as resources.parquet has them: a row each, or one for each GPU."""
    rows = []
    for sample in samples:
        figures = {name: getattr(sample, name) for name in _FIGURES} | {"at": round(sample.at * 1000)}
        for gpu in sample.gpus or (None,):
            told = {} if gpu is None else {name: getattr(gpu, field) for name, field in _OF_GPU.items()}
            rows.append({**dict.fromkeys(_OF_GPU), **figures, **told})
    types = {**schema(RESOURCES), "at": pl.Int64()}
    made = pl.DataFrame(rows, schema={name: types[name] for name in types}, orient="row")
    return made.with_columns(pl.col("at").cast(pl.Datetime("ms", "UTC")))


def merged(samples: Sequence[Resources], span: float) -> list[Resources]:
    """Return samples of which neighbours are one that together take no longer than about `span` seconds."""
    found: list[Resources] = []
    for sample in samples:
        if found and abs(sample.at - found[-1].at) + found[-1].seconds <= span * 1.1:  # a second is never quite one
            found[-1] = _together(found[-1], sample)
        else:
            found.append(sample)
    return found


def _together(one: Resources, other: Resources) -> Resources:
    """Return two samples as one: means by their times, of memory the larger."""
    weights = (one.seconds, other.seconds)

    def mean(name: str) -> float:
        return round(_mean(getattr(one, name), getattr(other, name), weights) or 0.0, 1)

    before = {gpu.uuid: gpu for gpu in one.gpus}
    return Resources(
        at=other.at,
        seconds=round(sum(weights), 3),
        cpu=mean("cpu"),
        machine_cpu=mean("machine_cpu"),
        memory=max(one.memory, other.memory),
        machine_memory=max(one.machine_memory, other.machine_memory),
        machine_memory_total=other.machine_memory_total,
        gpus=tuple(_gpus_together(before.get(gpu.uuid, gpu), gpu, weights) for gpu in other.gpus),
    )


def _gpus_together(one: GpuUse, other: GpuUse, weights: tuple[float, float]) -> GpuUse:
    return GpuUse(
        index=other.index,
        uuid=other.uuid,
        utilization=_mean(one.utilization, other.utilization, weights),
        memory=max((size for size in (one.memory, other.memory) if size is not None), default=None),
        memory_total=other.memory_total,
        power=_mean(one.power, other.power, weights),
        temperature=_mean(one.temperature, other.temperature, weights),
    )


def _mean(one: float | None, other: float | None, weights: tuple[float, float]) -> float | None:
    """Return the mean of two figures by their weights; that which there is of one."""
    if one is None or other is None or not sum(weights):
        return one if other is None else other
    return (one * weights[0] + other * weights[1]) / sum(weights)


_FIGURES = ("seconds", "cpu", "machine_cpu", "memory", "machine_memory", "machine_memory_total")
_OF_GPU = {
    "gpu": "index",
    "gpu_uuid": "uuid",
    "gpu_utilization": "utilization",
    "gpu_memory": "memory",
    "gpu_memory_total": "memory_total",
    "gpu_power": "power",
    "gpu_temperature": "temperature",
}
"""Columns of a GPU, and what `GpuUse` calls them."""


def _gpu(row: dict[str, object]) -> GpuUse:
    return GpuUse(**{field: row[name] for name, field in _OF_GPU.items()})  # type: ignore[arg-type]
