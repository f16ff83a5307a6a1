"""Going on with a study: which of its runs have a checkpoint to be taken up from."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import torch

from lrtui.errors import InputError
from lrtui.store.extensions import Extensions
from lrtui.study.states import RunState
from lrtui.train.checkpoint import Checkpoint, DamagedCheckpointError, ForeignCheckpointError


def prolonged(longer: Extensions, device: torch.device, threads: int) -> dict[int, bytes]:
    """Return what was kept of the runs that others go on from as checkpoints of these, by run.

    Those that cannot be used are refused.
    """
    made = {}
    for run, state in list(longer.states.items()):
        try:
            checkpoint = Checkpoint.decoded(longer.files[run].read_bytes()).for_run(state.spec)
            checkpoint.require(state.spec, device, threads)
        except (OSError, DamagedCheckpointError, ForeignCheckpointError) as error:
            longer.refuse(run, f"what was kept of it cannot be used: {error}")
        else:
            made[run] = checkpoint.encoded()
    return made


class ResumePoint(NamedTuple):
    """Where a run is taken up."""

    epoch: int
    """The last epoch that it has behind it."""
    content: bytes
    """Its checkpoint, as `Checkpoint.encoded` has it."""


class Checkpoints:
    """The checkpoints of a study's runs, read when they are needed. `read` returns a run's file, None if there is none."""

    def __init__(self, read: Callable[[int], bytes | None], device: torch.device, threads: int) -> None:
        self._read, self._device, self._threads = read, device, threads

    def check(self, states: Iterable[RunState]) -> list[str]:
        """Return a sentence for every run whose checkpoint is of no use, so that it is trained from the start.

        Raises InputError if one is whole and was made by another run or by another computation: what is trained from it
        would not be what was begun.
        """
        useless = []
        for state in states:
            try:
                self.of(state)
            except DamagedCheckpointError as error:
                useless.append(f"run {state.spec.run} is trained from the start: its checkpoint is of no use, {error}")
            except ForeignCheckpointError as error:
                raise InputError(f"run {state.spec.run} cannot go on from its checkpoint, which {error}") from None
        return useless

    def of(self, state: RunState) -> ResumePoint | None:
        """Return where a run is to be taken up, None if from its start. Raises as `Checkpoint.require` does."""
        try:
            content = self._read(state.spec.run)
        except InputError as error:
            raise DamagedCheckpointError(str(error)) from None
        if content is None:
            return None
        checkpoint = Checkpoint.decoded(content)
        checkpoint.require(state.spec, self._device, self._threads)
        if checkpoint.epoch > state.epochs_done or not state.records:
            raise DamagedCheckpointError(f"it is of epoch {checkpoint.epoch}, and rows up to there are missing")
        return ResumePoint(checkpoint.epoch, content)
