"""Finished runs of saved studies, found by their keys and taken over into a new study."""

import io
import math
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl

from lrtui.errors import InputError
from lrtui.store import folder
from lrtui.store.catalogue import documents
from lrtui.store.document import read_document
from lrtui.store.reader import SavedStudy, kind_of, open_study
from lrtui.study.records import EpochRecord, RunStatus, StudyStatus
from lrtui.study.run_key import KEY_VERSION, Conditions, run_keys
from lrtui.study.spec import RunSpec, Study
from lrtui.study.states import RunState


@dataclass(frozen=True)
class Known:
    """What saved studies know of the runs of a new one."""

    states: dict[int, RunState] = field(default_factory=dict)
    """Runs that are done, by run, as they are to stand in the new study."""
    origins: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Of the studies that trained them, by id: `device` and `lanes`, as study.json has them. Their seconds are of these."""
    files: dict[int, Path] = field(default_factory=dict)
    """What was kept of them (`train.keep`), by run, if the new study keeps it too."""


_NUMERICS_OF_VERSION = {"0.1": 1}
"""What studies were trained with that do not say it, by version of lrtui."""


def known_runs(
    study: Study, keys: Mapping[int, str], conditions: Conditions, runs_dir: Path, *, only: Sequence[Path] | None = None
) -> Known:
    """Return the runs of `study` that a study of the runs folder has finished.

    Newer studies come before older ones. One that is being written gives what it has finished so far; one that cannot be
    read is passed over. `only` names the studies to look at, instead of all of the folder.
    """
    wanted: dict[str, list[RunSpec]] = {}  # of one key there are several if variants say the same
    for spec in study.own:
        if spec.run in keys:
            wanted.setdefault(keys[spec.run], []).append(spec)
    first = {spec.scenario: spec.run for spec in reversed(study.runs)}
    found = Known()
    if not wanted:
        return found
    for path, document in documents(runs_dir) if only is None else [(path, read_document(path)) for path in only]:
        if not wanted:
            break
        if kind_of(document) != "training" or conditions_of(document) != conditions:
            continue
        for key, state in finished(path, document, conditions, wanted):
            specs = wanted.get(key, ())
            if not is_whole(state, searched=any(spec.finds_lr and first[spec.scenario] == spec.run for spec in specs)):
                continue
            keeps = {spec.config.train.keep for spec in specs} - {"none"}
            file = folder.kept_file(path, state.spec.run)
            if keeps and not (keeps == {state.spec.config.train.keep} and file.is_file()):
                continue
            for spec in wanted.pop(key, ()):
                origin = state.reused_from or path.name
                found.states[spec.run] = taken_over(state, spec, key, origin)
                found.origins[origin] = about(origin, path, document)
                if keeps:
                    found.files[spec.run] = file
    return found


def conditions_of(document: Mapping[str, Any]) -> Conditions | None:
    """Return what a study was trained under, as its study.json has it; None if it does not say all of it."""
    try:
        versions = document["versions"]
        numerics = document.get("numerics") or _NUMERICS_OF_VERSION[versions["lrtui"].rpartition(".")[0]]
        device = document["device"]
        arithmetic = device.get("arithmetic") or device.get("instructions", "")
        return Conditions(numerics, versions["torch"], device["kind"], document["threads"], arithmetic)
    except (KeyError, TypeError, AttributeError):
        return None


def keys_of(saved: SavedStudy, conditions: Conditions) -> dict[int, str]:
    """Return the keys of a saved study's runs, made from its settings and the data that it recorded."""
    return run_keys(saved.study, conditions, {data["name"]: data["sha256"] for data in saved.fingerprints})


def is_whole(state: RunState, *, searched: bool) -> bool:
    """Return whether nothing is missing of a run that is done; `searched`: its range test has to be there too."""
    spec, records = state.spec, state.records
    if state.outcome is None or [record.epoch for record in records] != list(range(len(records))):
        return False
    if not records or not (
        state.epochs_done == spec.epochs or state.outcome.stopped_early or _broke_off(spec, records[-1])
    ):
        return False
    if spec.config.health.measure and not all(record.layers for record in records):
        return False
    if not all(has_its_curvature(record, spec) for record in records):
        return False
    if spec.finds_lr and spec.found_lr is None:
        return False
    return state.finder is not None or not searched


def taken_over(state: RunState, spec: RunSpec, key: str, origin: str) -> RunState:
    """Return a run that is done as the run `spec` of another study, in which it is known by `key`."""
    return replace(as_run_of(state, spec), run_key=key, reused_from=origin)


def as_run_of(state: RunState, spec: RunSpec) -> RunState:
    """Return what was measured of a run as that of the run `spec` of another study."""
    records = tuple(
        replace(
            record,
            run=spec.run,
            layers=tuple(replace(layer, run=spec.run) for layer in record.layers),
            curvature=record.curvature and replace(record.curvature, run=spec.run),
        )
        for record in state.records
    )
    outcome = None if state.outcome is None else replace(state.outcome, run=spec.run)
    return replace(state, spec=replace(spec, found_lr=state.spec.found_lr), records=records, outcome=outcome)


def about(origin: str, path: Path, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return on what the study `origin` trained, which is the study in `path` or one that this one took runs over from."""
    if origin != path.name:
        return dict(document.get("origins", {}).get(origin, {}))
    return {"device": document["device"], "lanes": document["lanes"]}


def finished(
    path: Path, document: Mapping[str, Any], conditions: Conditions, wanted: Container[str]
) -> list[tuple[str, RunState]]:
    """Return the runs of a study that are done and wanted, with their keys; none if the study cannot be read.

    The table of runs tells of a study that has ended whether there is any; else its newest rows are beside the table.
    """
    try:
        told = document.get("keys") == KEY_VERSION and StudyStatus(document["status"]).ended
        told = told and not (path / folder.PARTS_FOLDER).exists()
        if told and not any(key in wanted for key in _done_keys(path)):
            return []
        saved = open_study(path)
        keys = keys_of(saved, conditions)
    except (InputError, OSError, KeyError, TypeError, ValueError, pl.exceptions.PolarsError):
        return []
    done = [state for state in saved.states if state.status is RunStatus.DONE and state.spec.run in keys]
    return [(keys[state.spec.run], state) for state in done if keys[state.spec.run] in wanted]


def _done_keys(path: Path) -> list[str]:
    """Return the keys of the runs that are done by the table of runs."""
    content = io.BytesIO((path / folder.RUNS_FILE).read_bytes())
    runs = pl.read_parquet(content, columns=["status", "run_key"])
    return runs.filter(pl.col("status") == RunStatus.DONE.value)["run_key"].drop_nulls().to_list()


def has_its_curvature(record: EpochRecord, spec: RunSpec) -> bool:
    """Return whether an epoch has the curvature that is to be measured after it, if any is."""
    config = spec.config.curvature
    return not config.measure or record.epoch % config.every != 0 or record.curvature is not None


def _broke_off(spec: RunSpec, last: EpochRecord) -> bool:
    """Return whether a run ended with this epoch because its loss was not finite."""
    return spec.config.train.stop_on_nan and not (math.isfinite(last.train_loss) and math.isfinite(last.val_loss))
