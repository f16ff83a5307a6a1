"""Finished runs of saved studies from whose last weights a run of more epochs goes on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lrtui.store import folder
from lrtui.store.catalogue import documents
from lrtui.store.known import about, as_run_of, conditions_of, finished, is_whole
from lrtui.store.reader import kind_of
from lrtui.study.extending import beginning_of, can_extend
from lrtui.study.records import RunStatus
from lrtui.study.reused import numbered
from lrtui.study.run_key import Conditions, run_keys, with_epochs
from lrtui.study.spec import RunSpec, Study
from lrtui.study.states import RunState
from lrtui.text import literal


@dataclass
class Extensions:
    """Runs that go on from where others ended."""

    states: dict[int, RunState] = field(default_factory=dict)
    """The epochs they have already, by run, as they are to stand in the new study."""
    files: dict[int, Path] = field(default_factory=dict)
    """What was kept of the runs that trained them, by run of the new study."""
    origins: dict[str, dict[str, Any]] = field(default_factory=dict)
    """As `Known.origins`."""
    refused: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    """Runs that have shorter ones from which they cannot go on: by the study of these, and why, as a clause."""

    def refuse(self, run: int, why: str) -> None:
        """A run cannot go on after all."""
        state = self.states.pop(run)
        del self.files[run]
        self.refused.setdefault((state.continued_from, why), []).append(run)

    def sentences(self) -> list[str]:
        """Return what a person should know of those that are trained from the start."""
        return [
            f"{numbered(runs)}: trained from the start, not on from the epochs of {literal(study)}: {why}"
            for (study, why), runs in self.refused.items()
        ]


def extensions(
    study: Study, missing: Mapping[int, str], conditions: Conditions, data: Mapping[str, str], runs_dir: Path
) -> Extensions:
    """Return from where the runs of `study` that are missing, with their keys, can go on.

    That is the end of a run that is the same but for fewer epochs, the more the better, whose last weights were kept; see
    `can_extend`. `data` are the SHA-256 of the data sets, by name.
    """
    found = Extensions()
    left = {spec.run: spec for spec in study.own if spec.run in missing}
    longest = max((spec.epochs for spec in left.values()), default=0)
    first = {spec.scenario: spec.run for spec in reversed(study.runs)}
    shorter: dict[int, dict[str, list[int]]] = {}
    why_not: dict[int, tuple[str, str]] = {}
    for path, document in documents(runs_dir) if longest > 1 else []:
        if kind_of(document) != "training" or conditions_of(document) != conditions:
            continue
        for epochs in sorted((one for one in _epochs(document["preset"]) if one < longest), reverse=True):
            if epochs not in shorter:
                runs = tuple(beginning_of(spec, epochs) or with_epochs(spec, epochs) for spec in study.runs)
                keys = run_keys(replace(study, runs=runs), conditions, data)
                shorter[epochs] = _by_key(keys, [run for run, spec in left.items() if spec.epochs > epochs])
            for key, state in finished(path, document, conditions, shorter[epochs]):
                file = folder.kept_file(path, state.spec.run)
                specs = [left[run] for run in shorter[epochs][key]]
                for spec in [
                    one for one in specs if is_whole(state, searched=one.finds_lr and first[one.scenario] == one.run)
                ]:
                    reason = can_extend(state.spec, spec) or ("" if file.is_file() else "its last weights are gone")
                    if reason:
                        why_not.setdefault(spec.run, (path.name, reason))
                    elif spec.run not in found.states or found.states[spec.run].epochs_done < state.epochs_done:
                        origin = state.continued_from or state.reused_from or path.name
                        found.states[spec.run] = _begun(state, spec, missing[spec.run], origin)
                        found.files[spec.run] = file
                        found.origins[origin] = about(origin, path, document)
    for run, (study_id, reason) in why_not.items():
        if run not in found.states:
            found.refused.setdefault((study_id, reason), []).append(run)
    return found


def _by_key(keys: Mapping[int, str], runs: Sequence[int]) -> dict[str, list[int]]:
    """Return the runs that begin as the run of a key does; of one beginning there may be several ends."""
    found: dict[str, list[int]] = {}
    for run in runs:
        if run in keys:
            found.setdefault(keys[run], []).append(run)
    return found


def _begun(state: RunState, spec: RunSpec, key: str, origin: str) -> RunState:
    """Return a run that is done as the beginning of a longer one of another study."""
    begun = as_run_of(state, spec)
    return replace(begun, status=RunStatus.WAITING, outcome=None, run_key=key, reused_from="", continued_from=origin)


def _epochs(preset: Mapping[str, Any]) -> set[int]:
    """Return the numbers of epochs that the runs of a resolved preset have."""
    return {epochs for epochs in _said(preset) if isinstance(epochs, int)}


def _said(preset: Mapping[str, Any]) -> Iterator[object]:
    for part in (preset, *preset.get("variants", {}).values()):
        yield part.get("train", {}).get("epochs")
    yield from preset.get("sweep", {}).get("train.epochs", ())
