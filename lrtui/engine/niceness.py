"""How nice a lane is to the screen beside it."""

import contextlib
import os
import sys
import threading

NICENESS = 10


def give_way() -> None:
    """Make the calling thread nicer than the rest of the process; only Linux knows a thread's own niceness."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), os.getpriority(os.PRIO_PROCESS, 0) + NICENESS)
