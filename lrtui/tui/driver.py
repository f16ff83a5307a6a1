"""Textual's driver of a terminal, with what can happen to one: it is suspended and taken back, and it goes away."""

import os
import selectors
from codecs import getincrementaldecoder

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

from lrtui.tui.screen_file import ScreenFile

_CHUNK = 1 << 12


class WorkbenchDriver(LinuxDriver):
    """Takes the terminal back on SIGCONT, also after a SIGSTOP, which gives no time to let go of it first.

    A terminal that went away is not read from again; what is written to it `ScreenFile` drops.
    """

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

    def run_input_thread(self) -> None:
        """Hand on what is typed, until the app is left or the terminal has gone: at its end reading would return at once."""
        parser, decode = XTermParser(self._debug), getincrementaldecoder("utf-8")("replace").decode
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if selector.select(0.1):
                    try:
                        typed = os.read(self.fileno, _CHUNK)
                    except BlockingIOError:
                        continue
                    except OSError:
                        typed = b""
                    if not typed:
                        if isinstance(self._file, ScreenFile):
                            self._file.lose()
                        return
                    for event in parser.feed(decode(typed)):
                        self.process_message(event)
                for event in parser.tick():
                    self.process_message(event)
