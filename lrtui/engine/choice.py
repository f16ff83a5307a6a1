"""Who trains a study: which hands there are, from what a person wants and the machine has."""

from collections.abc import Callable, Sequence

from lrtui.analysis.bracket import next_runs
from lrtui.engine import cores
from lrtui.engine.data_pool import DataPool
from lrtui.engine.hand import Hand
from lrtui.engine.loop_hand import LoopHand
from lrtui.engine.means import Means
from lrtui.engine.niceness import give_way
from lrtui.engine.process_hand import ProcessHand
from lrtui.engine.queue import Chunk
from lrtui.engine.stack_hand import StackHand
from lrtui.engine.workshop import Setup
from lrtui.study.spec import Study
from lrtui.study.stacking import chunks
from lrtui.study.states import RunState


def hands(
    pool: DataPool, means: Means, *, lanes: int, nice: bool, note: Callable[[str], object]
) -> list[Callable[[], Hand]]:
    """Return what makes the hand of each lane, in the lane's thread: the first in this process, the others in their own.

    With `nice` they leave a core to a screen in this process whenever it has something to draw. A hand on a GPU that is
    lost in this process is made anew in another: what has broken CUDA here is broken for good. `note` is told what
    a person should know of it.
    """
    if means.cluster is not None:
        return means.cluster.hands(pool, lanes, note)
    devices = [means.devices[lane % len(means.devices)] for lane in range(lanes)]
    lost = False

    def own() -> Hand:
        nonlocal lost
        if lost and means.kind == "cuda" and cores.PROCESSES:
            return ProcessHand(pool, Setup(str(devices[0]), means.engine, means.threads, nice), note)
        lost = True
        if nice:
            give_way()
        return StackHand(pool, means.threads, note) if means.engine == "stack" else LoopHand(pool, means.threads)

    def other(lane: int) -> Callable[[], Hand]:
        return lambda: ProcessHand(pool, Setup(str(devices[lane]), means.engine, means.threads, nice), note)

    if not cores.PROCESSES and means.kind == "cpu":
        return [own] * lanes
    return [own, *(other(lane) for lane in range(1, lanes))]


def searching(means: Means, study: Study, lanes: int) -> Callable[[Sequence[RunState]], list[Chunk]]:
    """Return what says which runs of a search are trained next, as they are trained."""

    def search(states: Sequence[RunState]) -> list[Chunk]:
        runs = next_runs(study, states)
        return chunks(runs, lanes) if means.engine == "stack" else [(spec,) for spec in runs]

    return search


def chunked(means: Means, study: Study, states: Sequence[RunState], lanes: int, *, find_only: bool) -> list[Chunk]:
    """Return the runs of a study that have not ended, as they are trained, in order: each alone, or in stacks."""
    left = {state.spec.run for state in states if not state.status.ended}
    runs = [spec for spec in study.training_order if spec.run in left]
    return chunks(runs, lanes) if means.engine == "stack" and not find_only else [(spec,) for spec in runs]
