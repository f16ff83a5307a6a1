"""Giving the terminal back to the shell that called the program, until `fg`."""

import os
import signal

from textual.driver import Driver


def can_suspend(driver: Driver | None) -> bool:
    """Return whether there is a shell that can call the program back."""
    if driver is None or not driver.can_suspend or not hasattr(signal, "SIGTSTP"):
        return False
    return os.getsid(0) != os.getpgrp()  # the leader of a session has no shell above it


def suspend() -> None:
    """Stop the processes of this terminal's foreground job, as the terminal itself would."""
    os.killpg(os.getpgrp(), signal.SIGTSTP)
