"""Whether and with what a saved study is gone on with: only what would have been, had it never been broken off."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile
from typing import Any

from lrtui.errors import InputError
from lrtui.store import live
from lrtui.store.document import read_document
from lrtui.store.known import conditions_of, has_its_curvature, keys_of
from lrtui.store.reader import SavedStudy
from lrtui.study.records import RunStatus
from lrtui.study.run_key import Conditions
from lrtui.study.states import RunState
from lrtui.text import literal
from lrtui.trust import Code


def to_go_on(saved: SavedStudy, conditions: Conditions, *, handed_over: bool) -> tuple[RunState, ...]:
    """Return the runs of a saved study as they stand when it is gone on with: what is to be trained is waiting.

    Raises InputError if another process trains it, or if nothing is left to train.
    """
    if not saved.status.ended:
        owner = live.read(saved.path)
        if owner is None or not owner.is_this_process:
            raise InputError(f"{saved.id} is being trained by another process")
    if saved.complete:
        raise InputError(f"{saved.id}: every run is done or skipped; nothing is left to train")
    kept = (RunStatus.STOPPED, RunStatus.FAILED) if handed_over else ()
    left = {state.spec.run for state in saved.left if state.status not in kept}
    keys = keys_of(saved, conditions) if saved.kind == "training" else {}
    return tuple(
        replace(_up_to_a_gap(state), status=RunStatus.WAITING, message="", run_key=keys.get(state.spec.run, ""))
        if state.spec.run in left
        else state
        for state in saved.states
    )


def _up_to_a_gap(state: RunState) -> RunState:
    """Return a run with its epochs up to the first that is missing, or lacks its layers or its curvature: a file that held
    it was damaged. From there it is trained again.
    """
    measured = state.spec.config.health.measure
    whole = takewhile(
        lambda numbered: (
            numbered[0] == numbered[1].epoch
            and (bool(numbered[1].layers) or not measured)
            and has_its_curvature(numbered[1], state.spec)
        ),
        enumerate(state.records),
    )
    records = tuple(record for _, record in whole)
    return replace(state, records=records, seconds=sum(record.seconds for record in records))


def require_same_computation(saved: SavedStudy, conditions: Conditions) -> None:
    """Refuse to mix figures of one computation with those of another in one study."""
    was = conditions_of(read_document(saved.path))
    before = {"torch": saved.versions.get("torch")} if was is None else was.decisive
    for name, value in conditions.decisive.items():
        if name in before and before[name] != value:
            raise InputError(
                f"{saved.id} was trained with {name} {literal(str(before[name]))}, and here it is {value}: its figures would not "
                "go with those to come; `lrtui run` trains it anew"
            )


def require_same_code(saved: SavedStudy, code: Sequence[Code]) -> None:
    """Refuse to go on with other code than a study was begun with."""
    begun_with = read_document(saved.path).get("code") or {}
    for one in code:
        if begun_with.get(one.name) != one.sha256:
            raise InputError(
                f"{saved.id} was trained with another {literal(one.name)} than there is now; `lrtui run` trains it anew"
            )


def require_same_data(saved: SavedStudy, found: Sequence[dict[str, Any]]) -> None:
    """Refuse to go on with other images than a study was begun with."""
    keys = ("name", "sha256", "train_count", "val_count", "test_count")
    begun_with = {tuple(data.get(key) for key in keys) for data in saved.fingerprints}
    for data in found:
        if tuple(data[key] for key in keys) not in begun_with:
            raise InputError(
                f"{saved.id} was trained on another {data['name']} than there is here (sha256 {data['sha256'][:12]}…)"
            )
