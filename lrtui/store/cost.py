"""What training a study will cost, from studies of the same networks on the same data that were trained before."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from lrtui.errors import InputError
from lrtui.store import folder, parts
from lrtui.store.catalogue import documents
from lrtui.store.contents import DAMAGE
from lrtui.study import preset
from lrtui.study.records import RunStatus
from lrtui.study.spec import RunSpec, Study
from lrtui.study.stacking import shared
from lrtui.text import count

_LOOKED_AT = 40
"""So many of the newest studies of these networks and data are looked at."""
_MOST_RUNS = 1000
"""A study of more runs is not expanded for it."""
_ROW, _LAYER_ROW, _RUN_ROW, _BASE = 70, 60, 700, 30_000
"""Bytes of an epoch, of a layer's health, of a run, and of what every study has, as Parquet has them."""
LONG = 3600.0
"""Seconds from which on a start is asked about."""


@dataclass(frozen=True)
class Cost:
    """An estimate."""

    runs: int
    """To be trained, at most; what is known already is not taken off."""
    seconds: float | None
    """Wall time; None if no study of one of the networks was trained here."""
    studies: tuple[str, ...]
    """Ids of the studies it is from."""
    bytes: int
    """On disk, without weights that are kept."""
    at_most: bool = False
    """Whether training may end earlier: a search, early stopping."""

    @property
    def text(self) -> str:
        """Return it in a line."""
        parts = [count(self.runs, "run")]
        if self.seconds is not None:
            parts.append(f"{'at most' if self.at_most else 'about'} {told(self.seconds)} (by {self.studies[0]})")
        else:
            parts.append("how long is not known: no such network was trained here on such data")
        size = f"{self.bytes / 2**20:.1f} MiB" if self.bytes >= 2**20 else f"{self.bytes / 2**10:.0f} KiB"
        return ", ".join([*parts, f"{size} on disk"])


def told(seconds: float) -> str:
    """Return a time in two figures: `40 s`, `12 min`, `3.2 h`, `2.5 days`."""
    for least, unit, word in ((2 * 86400, 86400, "days"), (2 * 3600, 3600, "h"), (120, 60, "min")):
        if seconds >= least:
            return f"{float(f'{seconds / unit:.2g}'):g} {word}"
    return f"{max(1, round(seconds))} s"


def estimate(study: Study, runs_dir: Path, *, kind: str = "cpu", lanes: int = 1) -> Cost:
    """Return what a study will cost on a kind of device with so many lanes: a run takes what runs like it took.

    Runs are alike that share network, data, batches and optimizer; rates, seeds and schedules make no difference. Studies
    that cannot be read are passed over.
    """
    wanted = {shared(spec): spec for spec in study.runs}
    known: dict[Any, tuple[float, str]] = {}
    for name, times in _measured(study, runs_dir, kind):
        for shape, an_epoch in times.items():
            if shape in wanted:
                known.setdefault(shape, (an_epoch, name))
        if len(known) == len(wanted):
            break
    share = study.budget / len(study.runs)
    seconds: float | None = None
    if len(known) == len(wanted):
        total = sum(known[shared(spec)][0] * spec.epochs for spec in study.own) * share
        longest = max(known[shared(spec)][0] * spec.epochs for spec in study.own)
        seconds = max(total / max(1, min(lanes, study.budget)), longest)
    at_most = study.searches or any(spec.config.early_stopping.patience for spec in study.runs)
    size = _BASE + share * sum(_bytes(spec) for spec in study.own)
    names = tuple(dict.fromkeys(name for _, name in known.values()))
    return Cost(study.budget, seconds, names, round(size), at_most)


def _measured(study: Study, runs_dir: Path, kind: str) -> Iterator[tuple[str, Mapping[Any, float]]]:
    """Yield of studies like this one, newest first, their id and the seconds of an epoch by what runs share."""
    models, data = {spec.model for spec in study.runs}, {spec.dataset for spec in study.runs}
    looked = 0
    try:
        found = documents(runs_dir)
    except InputError:
        return
    for path, document in found:
        if looked == _LOOKED_AT:
            return
        told = str(document["preset"])
        if document["device"].get("kind") != kind or document["runs"] > _MOST_RUNS or document.get("kind") == "finder":
            continue
        if not (any(model in told for model in models) and any(name in told for name in data)):
            continue
        looked += 1
        with contextlib.suppress(InputError, KeyError, TypeError, ValueError, *DAMAGE):
            other = preset.from_resolved(document["name"], document["preset"], folder=document.get("folder", ""))
            yield path.name, _times(other, parts.read(path, folder.RUNS_FILE).rows)


def _times(study: Study, runs: pl.DataFrame) -> dict[Any, float]:
    """Return the mean seconds of an epoch of the runs that were trained there, by what they share."""
    done = runs.filter(
        (pl.col("status") == RunStatus.DONE.value) & pl.col("reused_from").is_null() & (pl.col("epochs") > 0)
    )
    specs = {spec.run: spec for spec in study.runs}
    found: dict[Any, list[float]] = {}
    for run, seconds, epochs in done.select("run", "seconds", "epochs").iter_rows():
        if run in specs:
            found.setdefault(shared(specs[run]), []).append(seconds / epochs)
    return {shape: sum(times) / len(times) for shape, times in found.items()}


def _bytes(spec: RunSpec) -> int:
    layers = (spec.epochs + 1) * _LAYER_ROW * 10 if spec.config.health.measure else 0
    return _RUN_ROW + (spec.epochs + 1) * _ROW + layers
