"""Telling a person who looks elsewhere: a command of theirs is called, and the terminal's bell rings.

That happens when a study has ended, when every replicate of a rate has diverged, and when the study has failed.
"""

import math
import os
import shlex
import shutil
import subprocess
import threading
from collections.abc import Callable
from enum import Enum
from pathlib import Path

from lrtui.errors import InputError
from lrtui.study.records import RunStatus, StudyStatus
from lrtui.study.states import BoardSnapshot, LogLevel, RunState
from lrtui.text import count, literal


class Event(str, Enum):
    """What a person is told."""

    ENDED = "ended"
    FAILED = "failed"
    DIVERGED = "diverged"


Note = Callable[[str, LogLevel], object]


class Notices:
    """Looks at a study under way, and tells each thing once.

    `command` is split into words as a shell does, and started without one: no variables, no pipes, nothing of the study's
    texts in it. It finds LRTUI_EVENT, LRTUI_STUDY (the folder), LRTUI_STATUS and LRTUI_MESSAGE in its environment.
    """

    def __init__(self, command: str | None = None, bell: Callable[[], object] = lambda: None) -> None:
        """Raises InputError if there is no such command."""
        self._words = _words(command) if command is not None else []
        self._bell = bell
        self._study: Path | None = None
        self._told: set[str] = set()
        self._seen: tuple[RunState, ...] = ()

    @property
    def options(self) -> list[str]:
        """Return the options with which another process tells the same."""
        return ["--notify", shlex.join(self._words)] if self._words else []

    def look(self, study: Path, snapshot: BoardSnapshot, note: Note) -> None:
        """Tell what is new; `note` writes into the study's log."""
        if study != self._study:
            self._study, self._told = study, set()
        if snapshot.runs is not self._seen:
            self._seen = snapshot.runs
            for scenario in _diverged(snapshot.runs) - self._told:
                self._told.add(scenario)
                self._tell(Event.DIVERGED, study, snapshot, f"{scenario}: every replicate diverged", note)
        if snapshot.status.ended and Event.ENDED.value not in self._told:
            self._told.add(Event.ENDED.value)
            if snapshot.status is StudyStatus.INTERRUPTED:  # another process goes on with it, and tells
                return
            done = sum(state.status is RunStatus.DONE for state in snapshot.runs)
            text = f"{study.name} {snapshot.status.value}: {done} of {count(len(snapshot.runs), 'run')} done"
            failed = snapshot.status is StudyStatus.FAILED
            reason = f"; {snapshot.message}" if snapshot.message else ""
            self._tell(Event.FAILED if failed else Event.ENDED, study, snapshot, text + reason, note)

    def _tell(self, event: Event, study: Path, snapshot: BoardSnapshot, message: str, note: Note) -> None:
        self._bell()
        if not self._words:
            return
        about = {
            "LRTUI_EVENT": event.value,
            "LRTUI_STUDY": str(study.absolute()),
            "LRTUI_STATUS": snapshot.status.value,
            "LRTUI_MESSAGE": literal(message),
        }
        try:
            process = subprocess.Popen(
                self._words,
                env={**os.environ, **about},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            note(f"cannot call {self._words[0]}: {error.strerror or error}", LogLevel.WARNING)
            return
        threading.Thread(target=self._wait, args=(process, note), name="notify", daemon=True).start()

    def _wait(self, process: "subprocess.Popen[bytes]", note: Note) -> None:
        if status := process.wait():
            note(f"{self._words[0]} ended with {status}", LogLevel.WARNING)


def _words(command: str) -> list[str]:
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise InputError(f"--notify {literal(command)}: {str(error).lower()}") from None
    if not words:
        raise InputError("--notify: is empty; it takes a command")
    if shutil.which(words[0]) is None:
        raise InputError(f"--notify {literal(command)}: there is no command {literal(words[0])}")
    return words


def _diverged(runs: tuple[RunState, ...]) -> set[str]:
    """Return the scenarios of which every run has come to a loss that is no number."""
    by_scenario: dict[str, list[bool]] = {}
    for state in runs:
        lost = bool(state.records) and not math.isfinite(state.records[-1].val_loss + state.records[-1].train_loss)
        by_scenario.setdefault(state.spec.scenario, []).append(lost)
    return {scenario for scenario, lost in by_scenario.items() if all(lost)}
