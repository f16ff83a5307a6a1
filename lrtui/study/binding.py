"""A study with what it names outside itself: what its data turned out to be, what its code is, which weights it begins with."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from lrtui.study.datasets import AnyDataConfig, CodeDataConfig, Found, OwnDataConfig
from lrtui.study.networks import OwnNetworkConfig, Start
from lrtui.study.spec import RunSpec, Study
from lrtui.study.tasks import TaskConfig


def reading(data: AnyDataConfig, task: TaskConfig) -> str:
    """Return what tells two uses of one file apart, as `Fingerprint.reading` has it; empty of a data set that is but one."""
    if isinstance(data, OwnDataConfig):
        return f"{task.name} {data.reading}"
    told = [task.name] if task.labels != "classes" else []
    return " ".join(filter(None, [*told, data.reading]))


def bound(study: Study, fingerprints: Iterable[Mapping[str, Any]], code: Mapping[str, str]) -> Study:
    """Return a study whose runs know what their data turned out to be, and the SHA-256 of their code by its name.

    `fingerprints` are those of its data, as study.json has them. What they do not say stays unknown.
    """
    found = {
        (str(one["name"]), str(one.get("reading", ""))): Found.of(one["found"])
        for one in fingerprints
        if one.get("found")
    }
    if not found and not code:
        return study
    return replace(study, runs=tuple(_bound(spec, found, code) for spec in study.runs))


def _bound(spec: RunSpec, found: Mapping[tuple[str, str], Found], code: Mapping[str, str]) -> RunSpec:
    config, changed = spec.config, dict[str, Any]()
    known = found.get((config.data.name, reading(config.data, config.task)))
    if known is not None or config.data.name in code:
        data: AnyDataConfig = config.data.with_found(known)
        if isinstance(data, CodeDataConfig):
            data._sha256 = code.get(data.name, "")
        changed["data"] = data
    if isinstance(config.model, OwnNetworkConfig) and config.model.name in code:
        changed["model"] = config.model.with_sha256(code[config.model.name])
    return replace(spec, config=config.model_copy(update=changed)) if changed else spec


def starts_of(study: Study) -> dict[str, dict[str, str]]:
    """Return the weights that the runs of a study begin with, by run, as study.json has them."""
    found = {str(spec.run): spec.config.model.begins_with for spec in study.runs}
    return {run: start.as_dict() for run, start in found.items() if start is not None}


def bound_to_starts(study: Study, starts: Mapping[int, Start]) -> Study:
    """Return a study whose runs know which weights they begin with; those that are not named stay as they are."""
    if not starts:
        return study
    return replace(study, runs=tuple(_begun(spec, starts.get(spec.run)) for spec in study.runs))


def bound_starts(study: Study, starts: Mapping[str, Mapping[str, str]]) -> Study:
    """Return a saved study whose runs know which weights they began with."""
    told = {spec.run: starts.get(str(spec.run)) for spec in study.runs}
    return bound_to_starts(study, {run: Start.of(one) for run, one in told.items() if one is not None})


def with_layers(study: Study, layers: Mapping[int, str]) -> Study:
    """Return a study whose runs know, in words, which of their layers begin with the weights that they begin with."""
    starts = {spec.run: spec.config.model.begins_with for spec in study.runs if spec.run in layers}
    return bound_to_starts(
        study, {run: replace(start, layers=layers[run]) for run, start in starts.items() if start is not None}
    )


def _begun(spec: RunSpec, start: Start | None) -> RunSpec:
    if start is None:
        return spec
    return replace(spec, config=spec.config.model_copy(update={"model": spec.config.model.beginning_with(start)}))
