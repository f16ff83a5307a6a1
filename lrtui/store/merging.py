"""Joining studies of compatible settings into one new study, of the runs that they have finished."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lrtui.errors import InputError
from lrtui.store.document import read_document
from lrtui.store.known import conditions_of, is_whole, keys_of, known_runs
from lrtui.store.log import LogFile
from lrtui.store.reader import SavedStudy, open_study
from lrtui.store.writer import StudyWriter
from lrtui.study import preset
from lrtui.study.binding import bound, bound_to_starts, starts_of
from lrtui.study.joining import joined
from lrtui.study.model_config import Start
from lrtui.study.problems import PresetError, shown
from lrtui.study.records import RunStatus, StudyStatus
from lrtui.study.reused import reused_sentence
from lrtui.study.run_key import Conditions, run_keys
from lrtui.study.spec import RunSpec, Study
from lrtui.study.states import LogEvent, LogLevel, RunState, first_state
from lrtui.text import count, literal


@dataclass(frozen=True)
class _Source:
    """A study to be joined, and what its runs were trained under."""

    saved: SavedStudy
    document: Mapping[str, Any]
    conditions: Conditions

    @classmethod
    def of(cls, path: Path) -> "_Source":
        saved, document = open_study(path), read_document(path)
        if saved.kind != "training":
            raise InputError(f"{saved.id}: was to find learning rates and trained nothing: there is nothing to join")
        conditions = conditions_of(document)
        if conditions is None:
            raise InputError(f"{saved.id}: does not say all that its numbers depend on, as studies of version 0.3 do")
        return cls(saved, document, conditions)

    @property
    def id(self) -> str:
        return self.saved.id

    @property
    def finished(self) -> set[str]:
        """Return the keys of the runs that are done."""
        keys = keys_of(self.saved, self.conditions)
        return {
            keys[state.spec.run]
            for state in self.saved.states
            if state.status is RunStatus.DONE and state.spec.run in keys and is_whole(state, searched=False)
        }


def merge(paths: Sequence[Path], runs_dir: Path, into: Path | None = None) -> Path:
    """Join studies into a new one in the runs folder, or in the folder `into`, which is made; return its folder.

    It has every run that one of them has finished, once, and is done if these are all; its log says what came from where.
    Raises InputError, naming the first setting that differs, for studies that are not of one preset up to replicates,
    values of a sweep, variants and shards, or were not trained under one torch, kind of device and number of threads.
    """
    if len(paths) < 2:
        raise InputError("merge joins two studies or more")
    _refuse_repetition(paths)
    sources = [_Source.of(path) for path in paths]
    first = sources[0]
    data = _data(sources)
    _require_same_conditions(sources)
    code = _code(sources)
    study = _with_starts(bound(_study(sources), data, code), sources)
    keys = run_keys(study, first.conditions, {one["name"]: one["sha256"] for one in data})
    _require_a_place(sources, set(keys.values()))
    known = known_runs(study, keys, first.conditions, runs_dir, only=paths)
    states = [known.states.get(spec.run) or first_state(study, spec, keys[spec.run]) for spec in study.runs]
    missing = sum(not state.reused_from for state in states)
    writer = StudyWriter.create(
        runs_dir,
        study,
        device=first.saved.device,
        lanes=first.saved.lanes,
        threads=first.saved.threads,
        fingerprints=data,
        code=code,
        starts=starts_of(study),
        numerics=first.conditions.numerics,
        origins=known.origins,
        states=states,
        libraries=first.saved.versions,
        into=into,
    )
    _log(writer.path, sources, states)
    status, message = StudyStatus.DONE, ""
    if missing:
        status, message = (
            StudyStatus.STOPPED,
            f"{missing} of {count(len(states), 'run')} are in none of the studies joined",
        )
    try:
        for run, file in known.files.items():
            writer.kept(run, file.read_bytes())
        writer.finish(status, message, states, seconds=0.0)
    except OSError as error:
        writer.let_go()
        raise InputError(f"cannot write to {writer.path}: {error.strerror or error}") from None
    return writer.path


def _refuse_repetition(paths: Sequence[Path]) -> None:
    seen: set[Path] = set()
    for path in paths:
        if (real := path.resolve()) in seen:
            raise InputError(f"{literal(path.name)}: is given twice")
        seen.add(real)


def _require_same_conditions(sources: Sequence[_Source]) -> None:
    first, *others = sources
    for other in others:
        mine, theirs = first.conditions.decisive, other.conditions.decisive
        for name in (*mine, *theirs):
            if mine.get(name) != theirs.get(name):
                raise InputError(f"{name}: {mine.get(name)} in {first.id}, {theirs.get(name)} in {other.id}")


def _data(sources: Sequence[_Source]) -> list[dict[str, Any]]:
    """Return the fingerprints of all data sets. Raises InputError if two studies have other data of one name."""
    contents: dict[str, tuple[str, str]] = {}
    found: list[dict[str, Any]] = []
    for source in sources:
        for one in source.saved.fingerprints:
            sha256, study = contents.setdefault(one["name"], (one["sha256"], source.id))
            if sha256 != one["sha256"]:
                raise InputError(
                    f"data {one['name']}: SHA-256 {sha256[:12]}… in {study}, {one['sha256'][:12]}… in {source.id}"
                )
            if one not in found:
                found.append(one)
    return found


def _code(sources: Sequence[_Source]) -> dict[str, str]:
    """Return the SHA-256 of all code by its name. Raises InputError if two studies have other code of one name."""
    found: dict[str, tuple[str, str]] = {}
    for source in sources:
        for name, sha256 in source.document.get("code", {}).items():
            known, study = found.setdefault(name, (sha256, source.id))
            if sha256 != known:
                raise InputError(
                    f"code {literal(name)}: SHA-256 {known[:12]}… in {study}, {sha256[:12]}… in {source.id}"
                )
    return {name: sha256 for name, (sha256, _) in found.items()}


def _with_starts(study: Study, sources: Sequence[_Source]) -> Study:
    """Return the study with the weights that its runs began with. Raises InputError if two began with others of one name."""
    found: dict[tuple[object, ...], tuple[Start, str]] = {}
    for source in sources:
        for spec in source.saved.study.runs:
            if (start := spec.config.model.begins_with) is None:
                continue
            known, other = found.setdefault(_beginning(spec), (start, source.id))
            if start.sha256 != known.sha256:
                raise InputError(
                    f"weights {literal(str(spec.config.model.start))}: SHA-256 {known.sha256[:12]}… in {other}, "
                    f"{start.sha256[:12]}… in {source.id}"
                )
            if not known.layers:  # another shard's run, of which nobody had to know
                found[_beginning(spec)] = (start, source.id)
    starts = {spec.run: found[_beginning(spec)][0] for spec in study.runs if _beginning(spec) in found}
    return bound_to_starts(study, starts)


def _beginning(spec: RunSpec) -> tuple[object, ...]:
    model = spec.config.model
    return model.name, model.start, model.start_layers, spec.dataset, spec.seed


def _study(sources: Sequence[_Source]) -> Study:
    """Return the study that has all runs of the sources, called as the first."""
    table = joined({source.id: source.document["preset"] for source in sources})
    first = sources[0].saved.study
    try:
        study = preset.from_resolved(first.name, table, folder=first.folder)
    except PresetError as error:
        raise InputError(f"joined they are no study: {error}") from None
    before = [source.saved.study for source in sources]
    shared = [override for override in first.overrides if all(override in one.overrides for one in before)]
    given = {override.partition("=")[0] for override in shared}
    swept = study.resolved["sweep"]
    changed = [
        f"{key if '.' in key else f'sweep.{key}'}={shown(value)}"
        for key, value in swept.items()
        if key not in given and any(one.resolved["sweep"].get(key) != value for one in before)
    ]
    return replace(study, overrides=(*shared, *changed), protocol=first.protocol)


def _require_a_place(sources: Sequence[_Source], keys: set[str]) -> None:
    """Refuse studies with a finished run that the joined study has not: their settings differ where no key says so."""
    for source in sources:
        if lost := source.finished - keys:
            raise InputError(
                f"{source.id}: {count(len(lost), 'run')} of it would have other settings beside {sources[0].id}"
            )


def _log(path: Path, sources: Sequence[_Source], states: Sequence[RunState]) -> None:
    log = LogFile(path)
    twice = sum(len(source.finished) for source in sources) - sum(bool(state.reused_from) for state in states)
    lines = [
        f"joined from {', '.join(source.id for source in sources)}",
        reused_sentence(state.reused_from for state in states) or "no run of them is done",
        *([f"{count(twice, 'run')} of them in more than one study: taken once"] if twice else []),
    ]
    for line in lines:
        log.write(LogEvent(dt.datetime.now(), LogLevel.INFO, line))
