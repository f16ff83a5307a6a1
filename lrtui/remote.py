"""A study under way in another process: looked at through its folder, steered through its socket.

The folder may be on another machine: then the study can be looked at, and not be steered.
"""

import contextlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from lrtui.control import Control
from lrtui.errors import InputError, WorkError
from lrtui.store import live
from lrtui.study.records import FinderCurve, FinderPoint, RunStatus, StudyStatus
from lrtui.study.states import BoardSnapshot, RunState
from lrtui.text import literal


def reach(study: Path) -> Control:
    """Connect to the process that trains a study. Raises InputError if none does, or if it cannot be spoken to from here."""
    owner = live.living(study)
    if owner is None:
        raise InputError(f"{literal(study.name)}: nobody trains this study")
    if not owner.here:
        raise InputError(
            f"{literal(study.name)}: is trained on {literal(owner.host)} (process {owner.pid}): steer it from there"
        )
    if not owner.socket:
        raise InputError(
            f"{literal(study.name)}: its process {owner.pid} has no socket; a SIGTERM to it ends the study"
        )
    try:
        return Control(owner.socket)
    except OSError as error:
        raise WorkError(
            f"{literal(study.name)}: its process {owner.pid} does not answer: {error.strerror or error}"
        ) from None


def with_progress(saved: BoardSnapshot, told: Mapping[str, Any]) -> BoardSnapshot:
    """Return a study as its folder has it, with what its process tells (`control.picture`)."""
    running = {row["run"]: row for row in told["running"]}
    ends = {run: (status, message) for run, status, message in told.get("ends", ())}
    return replace(
        saved,
        status=StudyStatus(told["status"]),
        message=told["message"],
        device=told["device"],
        lanes=told["lanes"],
        elapsed=told["elapsed"],
        images_per_second=told["images_per_second"],
        seconds_left=told["seconds_left"],
        runs=tuple(_as_told(state, running.get(state.spec.run), ends.get(state.spec.run)) for state in saved.runs),
    )


def _as_told(state: RunState, running: Mapping[str, Any] | None, end: tuple[str, str] | None) -> RunState:
    if end is not None:
        return replace(state, status=RunStatus(end[0]), message=end[1], lane=None, step=0)
    if running is None:
        waiting = not state.status.ended and not state.records
        return replace(state, status=RunStatus.WAITING) if waiting else state
    behind = running["epoch"] > state.epochs_done  # the folder was read before the epoch ended
    points = running["points"]
    return replace(
        state,
        status=RunStatus.RUNNING,
        lane=running["lane"],
        step=running["steps_per_epoch"] if behind else running["step"],
        steps_per_epoch=running["steps_per_epoch"],
        finder=state.finder if points is None else FinderCurve(tuple(FinderPoint(*point) for point in points)),
    )


def progress_of(study: Path, saved: BoardSnapshot) -> BoardSnapshot:
    """Return a study as it stands now: as saved, and as its process tells if it can be asked."""
    with contextlib.suppress(InputError, WorkError, OSError, KeyError, TypeError, ValueError):
        control = reach(study)
        try:
            return with_progress(saved, control.ask("snapshot"))
        finally:
            control.close()
    return saved
