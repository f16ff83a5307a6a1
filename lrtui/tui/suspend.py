"""Being stopped and going on: Ctrl-Z, SIGTSTP, SIGSTOP, and `fg`."""

import os
import signal

from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver


class ResumingDriver(LinuxDriver):
    """Takes the terminal back on SIGCONT, also after a SIGSTOP, which gives no time to let go of it first."""

    _let_go = False

    def suspend_application_mode(self) -> None:
        """Give the terminal back."""
        self._let_go = True
        super().suspend_application_mode()

    def resume_application_mode(self) -> None:
        """Take it again, and have the app told, so that it draws everything anew."""
        self._let_go, self._must_signal_resume = False, True
        super().resume_application_mode()

    def _sigcont_application(self, *_: object) -> None:
        if not self._auto_restart:
            return
        if not self._let_go:  # it was stopped at once: the shell has changed the terminal's settings meanwhile
            self.suspend_application_mode()
        self.resume_application_mode()


def can_suspend(driver: Driver | None) -> bool:
    """Return whether there is a shell that can call the program back."""
    if driver is None or not driver.can_suspend or not hasattr(signal, "SIGTSTP"):
        return False
    return os.getsid(0) != os.getpgrp()  # the leader of a session has no shell above it


def suspend() -> None:
    """Stop the processes of this terminal's foreground job, as the terminal itself would."""
    os.killpg(os.getpgrp(), signal.SIGTSTP)
