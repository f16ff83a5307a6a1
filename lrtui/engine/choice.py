"""Who trains a study: which hands there are, from what a person wants and the machine has."""

from collections.abc import Callable

from lrtui.engine import cores
from lrtui.engine.data_pool import DataPool
from lrtui.engine.hand import Hand
from lrtui.engine.loop_hand import LoopHand
from lrtui.engine.niceness import give_way
from lrtui.engine.process_hand import ProcessHand
from lrtui.engine.workshop import Setup


def hands(pool: DataPool, *, device: str, lanes: int, threads: int, nice: bool) -> list[Callable[[], Hand]]:
    """Return what makes the hand of each lane, in the lane's thread: the first in this process, the others in their own.

    With `nice` they leave a core to a screen in this process whenever it has something to draw.
    """

    def own() -> Hand:
        if nice:
            give_way()
        return LoopHand(pool, threads)

    def other() -> Hand:
        return ProcessHand(pool, Setup(device, threads, nice))

    return [own, *[other if cores.PROCESSES else own] * (lanes - 1)]
