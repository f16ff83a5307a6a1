"""Who trains a study: which hands there are, from what a person wants and the machine has."""

from collections.abc import Callable

from lrtui.engine import cores
from lrtui.engine.data_pool import DataPool
from lrtui.engine.hand import Hand
from lrtui.engine.loop_hand import LoopHand
from lrtui.engine.means import Means
from lrtui.engine.niceness import give_way
from lrtui.engine.process_hand import ProcessHand
from lrtui.engine.workshop import Setup


def hands(pool: DataPool, means: Means, *, lanes: int, nice: bool) -> list[Callable[[], Hand]]:
    """Return what makes the hand of each lane, in the lane's thread: the first in this process, the others in their own.

    With `nice` they leave a core to a screen in this process whenever it has something to draw. A hand on a GPU that is
    lost in this process is made anew in another: what has broken CUDA here is broken for good.
    """
    devices = [means.devices[lane % len(means.devices)] for lane in range(lanes)]
    lost = False

    def own() -> Hand:
        nonlocal lost
        if lost and means.kind == "cuda" and cores.PROCESSES:
            return ProcessHand(pool, Setup(str(devices[0]), means.threads, nice))
        lost = True
        if nice:
            give_way()
        return LoopHand(pool, means.threads)

    def other(lane: int) -> Callable[[], Hand]:
        return lambda: ProcessHand(pool, Setup(str(devices[lane]), means.threads, nice))

    if not cores.PROCESSES and means.kind == "cpu":
        return [own] * lanes
    return [own, *(other(lane) for lane in range(1, lanes))]
