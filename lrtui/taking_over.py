"""What a new study takes over from those of the runs folder: finished runs, and the weights that longer ones go on from."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lrtui.engine.resumption import prolonged
from lrtui.errors import InputError
from lrtui.store.extensions import extensions
from lrtui.store.known import Known, known_runs
from lrtui.store.writer import StudyWriter
from lrtui.study.run_key import Conditions
from lrtui.study.spec import Study
from lrtui.study.states import RunState

if TYPE_CHECKING:
    import torch


class TakenOver:
    """What the runs folder knows of the runs of a new study, with `keys`; nothing, if it is trained afresh."""

    def __init__(
        self,
        study: Study,
        keys: Mapping[int, str],
        conditions: Conditions,
        *,
        data: Mapping[str, str],
        device: "torch.device",
        runs_dir: Path,
        fresh: bool,
    ) -> None:
        """`data` are the SHA-256 of the data sets, by name."""
        known = Known() if fresh else known_runs(study, keys, conditions, runs_dir)
        self._kept = _kept_with(known)
        missing = {} if fresh else {run: key for run, key in keys.items() if run not in known.states}
        longer = extensions(study, missing, conditions, data, runs_dir)
        self._checkpoints = prolonged(longer, device, conditions.threads)
        self.done: dict[int, RunState] = known.states
        """Runs that need no training, by run."""
        self.begun: dict[int, RunState] = longer.states
        """Runs of which the first epochs are there."""
        self.origins: dict[str, dict[str, Any]] = known.origins | longer.origins
        """As `Known.origins`."""
        self.notes = tuple(longer.sentences())
        """What a person should know of runs that could not go on."""

    def put_into(self, writer: StudyWriter) -> None:
        """Put the files that belong to it into the study's folder. Raises InputError, and leaves no study, if that fails."""
        try:
            for run, content in self._kept.items():
                writer.kept(run, content)
            for run, content in self._checkpoints.items():
                writer.checkpoint(run, self.begun[run].epochs_done, content)
            writer.flush()
        except OSError as error:
            writer.let_go()
            shutil.rmtree(writer.path, ignore_errors=True)
            raise InputError(f"cannot write to {writer.path}: {error.strerror or error}") from None


def _kept_with(known: Known) -> dict[int, bytes]:
    """Return what was kept of the runs that are taken over; a run of which it is gone by now is not taken over."""
    kept = {}
    for run, file in known.files.items():
        try:
            kept[run] = file.read_bytes()
        except OSError:
            del known.states[run]
    return kept
