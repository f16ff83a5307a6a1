"""Weights that runs of saved studies have kept, found by what a preset calls them."""

import hashlib
import math
from pathlib import Path

import polars as pl

from lrtui.errors import InputError
from lrtui.store import folder, parts
from lrtui.store.catalogue import Wanted, documents, resolve
from lrtui.study import references
from lrtui.study.binding import bound_to_starts
from lrtui.study.networks import Start
from lrtui.study.pretrained import of_torchvision
from lrtui.study.records import RunStatus
from lrtui.study.spec import RunSpec, Study
from lrtui.text import literal

OF_STUDY = "study:"
_SHORTEST_KEY = 8


def with_starts(study: Study, runs_dir: Path) -> Study:
    """Return a study whose runs know which weights they begin with: file and SHA-256.

    `model.start` is `study:` and the key of a run, or the beginning of one; or `study:` and a study as commands know it (its
    id, the beginning of that, its preset), of whose runs with the same seed, else of all, the one is taken that knows something
    and has the highest validation accuracy; or a file. What begins with torchvision's weights is left as it is
    (`data.pretrained`). Raises InputError if there is no such run, or it kept no weights.
    """
    known: dict[tuple[str, int], Start] = {}
    starts = {}
    for spec in study.runs:
        if (name := spec.config.model.start) is None or of_torchvision(name):
            continue
        if (name, spec.seed) not in known:
            known[name, spec.seed] = _start(name, spec, runs_dir)
        starts[spec.run] = known[name, spec.seed]
    return bound_to_starts(study, starts)


def _start(name: str, spec: RunSpec, runs_dir: Path) -> Start:
    if not name.startswith(OF_STUDY):
        path = references.at(spec.folder, name)
        return Start(str(path), _sha256(path), "")
    if not (wanted := name.removeprefix(OF_STUDY).strip()):
        raise InputError("model.start: study: needs the study's name, id or preset behind it, or the key of a run")
    if len(wanted) >= _SHORTEST_KEY and set(wanted) <= set("0123456789abcdef"):
        found = _by_key(wanted, runs_dir)
    else:
        found = _of_study(wanted, spec.seed, runs_dir)
    study, run = found
    path = folder.kept_file(study, run)
    if not path.is_file():
        raise InputError(
            f'model.start: run {run} of {literal(study.name)} kept no weights; train it with train.keep = "last" or "best"'
        )
    return Start(str(path.absolute()), _sha256(path), f"run {run} of {study.name}")


def _by_key(key: str, runs_dir: Path) -> tuple[Path, int]:
    found: dict[str, tuple[Path, int]] = {}
    for path, _ in documents(runs_dir):
        rows = _rows(path)
        for run, full in rows.select("run", "run_key").iter_rows() if "run_key" in rows.columns else ():
            if full is not None and full.startswith(key):
                kept = folder.kept_file(path, run).is_file()
                if kept or full not in found:
                    found[full] = (path, run)
    if not found:
        raise InputError(f"model.start: no run of {literal(str(runs_dir))} has a key that begins with {key}")
    if len(found) > 1:
        raise InputError(f"model.start: {len(found)} runs have keys that begin with {key}; give more of it")
    return next(iter(found.values()))


def _of_study(name: str, seed: int, runs_dir: Path) -> tuple[Path, int]:
    try:
        path = resolve(name, runs_dir, Wanted.TRAINING)
    except InputError as error:
        raise InputError(f"model.start: {error}; it is to be trained first, with train.keep") from None
    rows = _rows(path).filter(pl.col("status") == RunStatus.DONE.value)
    rows = rows.filter(pl.col("final_val_accuracy").is_not_null() & pl.col("final_val_accuracy").is_not_nan())
    if rows.is_empty():
        raise InputError(f"model.start: {literal(path.name)} has no run that is done")
    same = rows.filter(pl.col("seed") == seed)
    those = same if len(same) else rows
    if {"final_val_loss", "chance_loss"} <= set(those.columns):
        knowing = those.filter(pl.col("final_val_loss").fill_nan(math.inf) < pl.col("chance_loss"))
        those = knowing if len(knowing) else those
    best = those.sort("final_val_accuracy", descending=True, maintain_order=True)
    return path, int(best["run"][0])


def _rows(path: Path) -> pl.DataFrame:
    return parts.read(path, folder.RUNS_FILE).rows


def _sha256(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise InputError(f"model.start: cannot read {literal(str(path))}: {error.strerror or error}") from None
