"""Who trains a study: which hands there are, from what a person wants and the machine has."""

from collections.abc import Callable

from lrtui.engine.data_pool import DataPool
from lrtui.engine.hand import Hand
from lrtui.engine.loop_hand import LoopHand
from lrtui.engine.niceness import give_way


def hands(pool: DataPool, *, lanes: int, threads: int, nice: bool) -> list[Callable[[], Hand]]:
    """Return what makes the hand of each lane, in the lane's thread.

    With `nice` they leave a core to a screen in the same process whenever it has something to draw.
    """

    def own() -> Hand:
        if nice:
            give_way()
        return LoopHand(pool, threads)

    return [own] * lanes
