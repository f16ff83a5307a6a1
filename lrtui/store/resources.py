"""resources.parquet: what training took of the machine, from sitting to sitting. No study depends on it."""

import contextlib
from collections.abc import Iterable
from pathlib import Path

import polars as pl

from lrtui.analysis.columns import RESOURCES, empty, schema
from lrtui.errors import InputError
from lrtui.store import folder
from lrtui.store.contents import DAMAGE, checked
from lrtui.study.resources import GpuUse, Resources

MOST = 7200
"""Where there are more samples, two neighbours each become one: a study of a week takes no more room than one of two hours."""
WRITE_SECONDS = 60.0


class ResourcesFile:
    """Takes samples, and writes them every now and then. A file that cannot be written is left."""

    def __init__(self, study: Path) -> None:
        """Go on with what is there already."""
        self._path = study / folder.RESOURCES_FILE
        self._samples: list[Resources] = list(read(study))
        self._written = self._samples[-1].at if self._samples else 0.0
        self._broken = False

    def take(self, sample: Resources) -> None:
        """Take a sample."""
        self._samples.append(sample)
        if len(self._samples) > MOST:
            self._samples = thinned(self._samples)
        self._written = self._written or sample.at
        if sample.at - self._written >= WRITE_SECONDS:
            self.write()

    def write(self) -> None:
        """Put what there is on disk."""
        if not self._samples or self._broken:
            return
        self._written = self._samples[-1].at
        try:
            folder.write_frame(self._path, frame(self._samples))
        except OSError:
            self._broken = True


def read(study: Path) -> tuple[Resources, ...]:
    """Return the samples of a study folder, in order; none if there is no such file, or nothing can be made of it."""
    rows = read_frame(study)
    samples: dict[float, Resources] = {}
    with contextlib.suppress(*DAMAGE):
        for row in rows.iter_rows(named=True):
            known = samples.get(row["at"])
            gpus = (*(known.gpus if known else ()), *([_gpu(row)] if row["gpu"] is not None else []))
            figures = {name: row[name] for name in _FIGURES}
            samples[row["at"]] = Resources(at=row["at"].timestamp(), gpus=gpus, **figures)
        return tuple(samples.values())
    return ()


def read_frame(study: Path) -> pl.DataFrame:
    """Return resources.parquet; without rows if there is none, or nothing can be made of it."""
    file = study / folder.RESOURCES_FILE
    try:
        return checked(pl.read_parquet(file), RESOURCES, file)
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


def thinned(samples: list[Resources]) -> list[Resources]:
    """Return samples of which two neighbours each are one: means by their times, of memory the larger."""
    pairs = zip(samples[::2], samples[1::2], strict=False)
    rest = samples[-1:] if len(samples) % 2 else []
    return [_together(one, other) for one, other in pairs] + rest


def _together(one: Resources, other: Resources) -> Resources:
    whole = one.seconds + other.seconds

    def mean(name: str) -> float:
        parts: list[tuple[float, float]] = [(getattr(each, name), each.seconds) for each in (one, other)]
        return sum(value * seconds for value, seconds in parts) / whole if whole else parts[1][0]

    return Resources(
        at=other.at,
        seconds=whole,
        cpu=round(mean("cpu"), 1),
        machine_cpu=round(mean("machine_cpu"), 1),
        memory=max(one.memory, other.memory),
        machine_memory=max(one.machine_memory, other.machine_memory),
        machine_memory_total=other.machine_memory_total,
        gpus=other.gpus,
    )


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
